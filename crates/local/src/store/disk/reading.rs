//! Reading files through `safe_open`: what it refuses is record_refusal, and the mode of a secret file is fixed.

use std::path::Path;
use std::sync::Mutex;

use crate::platform::files::guard::PermissionIssue;
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::{FileKind, OpenError, Opened};
use crate::store::error::{Loaded, Notice, StoreError};

/// Files that were not believed, for someone to say so: most readers go on as if there were none.
static REFUSED: Mutex<Vec<PermissionIssue>> = Mutex::new(Vec::new());

/// The files that were not believed since this was last asked.
#[must_use]
pub fn take_refused() -> Vec<PermissionIssue> {
    let refused = REFUSED.lock().map(|mut list| std::mem::take(&mut *list));
    refused.unwrap_or_default()
}

/// Passes on the result of `safe_open`, and notes a file that it refused.
pub(in crate::store) fn record_refusal<T>(
    path: &Path,
    result: Result<T, OpenError>,
) -> Result<T, StoreError> {
    result.map_err(|error| match error {
        OpenError::BadPermissions(issue) => {
            if let Ok(mut refused) = REFUSED.lock()
                && !refused.contains(&issue)
            {
                refused.push(issue.clone());
            }
            issue.into()
        }
        OpenError::Io(source) => StoreError::read(path, source),
        OpenError::TooLarge => StoreError::TooLarge {
            path: path.to_owned(),
            limit: safe_open::MOST_BYTES,
        },
    })
}

/// Reads a file of the user's; `None` where there is none.
pub(in crate::store) fn read_user_file(path: &Path, kind: FileKind) -> Result<Option<Vec<u8>>, StoreError> {
    record_refusal(path, safe_open::read_settled(path, kind))
}

/// Reads a file of genkan's own that may as well not be there; leaves it as it is.
pub(in crate::store) fn peek_file(path: &Path) -> Option<Vec<u8>> {
    record_refusal(path, safe_open::read_file(path, FileKind::Own)).ok()?
}

/// Reads a file that only its owner should read, and fixes its mode where others may.
pub(in crate::store) fn read_secret(path: &Path, kind: FileKind) -> Result<Loaded<Vec<u8>>, StoreError> {
    let Some((opened, notice)) = open_secret(path, kind)? else {
        return Ok(Loaded::absent());
    };
    Ok(Loaded {
        value: Some(record_refusal(path, opened.bytes())?),
        notice,
    })
}

/// Opens what [`read_secret`] reads.
pub(in crate::store) fn open_secret(
    path: &Path,
    kind: FileKind,
) -> Result<Option<(Opened, Option<Notice>)>, StoreError> {
    let Some(opened) = record_refusal(path, safe_open::open_file(path, kind))? else {
        return Ok(None);
    };
    let notice = opened.exposed().map(|mode| fix_permissions(path, &opened, mode));
    Ok(Some((opened, notice)))
}

fn fix_permissions(path: &Path, opened: &Opened, mode: u32) -> Notice {
    let path = path.to_owned();
    if opened.make_private() {
        Notice::PermissionsFixed { path, mode }
    } else {
        Notice::Exposed { path, mode }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    #[test]
    fn exposed_files_are_made_private_and_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret.json");
        fs::write(&path, "one").expect("writes");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("chmod");
        let loaded = read_secret(&path, FileKind::Shared).expect("reads");
        assert_eq!(loaded.value.as_deref(), Some(&b"one"[..]));
        assert!(matches!(
            loaded.notice,
            Some(Notice::PermissionsFixed { mode: 0o644, .. })
        ));
        assert_eq!(mode(&path), 0o600);
        assert_eq!(
            read_secret(&path, FileKind::Shared).expect("reads").notice,
            None,
            "told once"
        );
    }

    #[test]
    fn pipes_and_folders_are_no_secret_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .expect("makes a pipe");
        for path in [pipe.as_path(), folder.path()] {
            let error = read_secret(path, FileKind::Shared).expect_err("no file");
            assert!(
                matches!(
                    error,
                    StoreError::BadPermissions(PermissionIssue::NotAFile { .. })
                ),
                "{error}"
            );
        }
    }
}
