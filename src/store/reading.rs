//! Reading files that others may have touched: bounded, mended, and set aside where they make no sense.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::error::{Loaded, Notice, StoreError};
use super::guard::{Flaw, OTHERS, flaw_of_metadata};

/// No file that genkan reads is honestly larger than this.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// Other tools rewrite their files in place: what is half-written now is whole in a moment.
const LOOKS: u32 = 12;
const MOMENT: Duration = Duration::from_millis(20);

/// Reads a file of the person's, which may be a pipe or a device; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match opened(path, File::open(path))? {
        Some(file) => bounded(path, file).map(Some),
        None => Ok(None),
    }
}

/// Reads a file that may as well not be there; leaves it as it is.
pub(super) fn peek(path: &Path) -> Option<Vec<u8>> {
    let file = open_regular(path).ok()??;
    bounded(path, file).ok()
}

/// Reads a file that only its owner should read, and mends its mode where others may.
pub(super) fn read_secret(path: &Path) -> Result<Loaded<Vec<u8>>, StoreError> {
    let Some(file) = open_regular(path)? else {
        return Ok(Loaded::absent());
    };
    let metadata = file.metadata().map_err(|e| StoreError::read(path, e))?;
    let notice = match flaw_of_metadata(path, &metadata) {
        None => None,
        Some(Flaw::Exposed { mode, .. }) => Some(mend(path, &file, mode)),
        Some(flaw) => return Err(flaw.into()),
    };
    Ok(Loaded {
        value: Some(bounded(path, file)?),
        notice,
    })
}

/// Reads what `read_secret` reads as JSON. What can't be understood is set aside.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Loaded<T>, StoreError> {
    // They may hold secrets: nothing of them stays in memory.
    read_understood(path, |bytes| serde_json::from_slice(&Zeroizing::new(bytes)))
}

/// Reads what `read_secret` reads and `understand` makes sense of. What can't be understood is set aside.
pub(super) fn read_understood<T>(
    path: &Path,
    understand: impl Fn(Vec<u8>) -> serde_json::Result<T>,
) -> Result<Loaded<T>, StoreError> {
    for look in 1..=LOOKS {
        let loaded = read_secret(path)?;
        let Some(bytes) = loaded.value else {
            return Ok(Loaded::absent());
        };
        if let Ok(value) = understand(bytes) {
            return Ok(Loaded {
                value: Some(value),
                notice: loaded.notice,
            });
        }
        if look < LOOKS {
            std::thread::sleep(MOMENT);
        }
    }
    Ok(Loaded {
        value: None,
        notice: Some(set_aside(path)),
    })
}

/// Opens a file; a pipe in its place is not waited for.
fn open_regular(path: &Path) -> Result<Option<File>, StoreError> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
    match opened(path, file)? {
        Some(file) if file.metadata().is_ok_and(|m| m.is_file()) => Ok(Some(file)),
        Some(_) => Err(Flaw::NotAFile {
            path: path.to_owned(),
        }
        .into()),
        None => Ok(None),
    }
}

fn opened(path: &Path, result: io::Result<File>) -> Result<Option<File>, StoreError> {
    match result {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::read(path, error)),
    }
}

fn bounded(path: &Path, file: File) -> Result<Vec<u8>, StoreError> {
    let length = file.metadata().map_or(0, |m| m.len()).min(MOST_BYTES);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| StoreError::read(path, e))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(StoreError::TooLarge {
            path: path.to_owned(),
            limit: MOST_BYTES,
        });
    }
    Ok(bytes)
}

fn mend(path: &Path, file: &File, mode: u32) -> Notice {
    let private = Permissions::from_mode(0o600);
    // Some file systems say yes and keep no modes.
    let mended = file.set_permissions(private).is_ok()
        && file
            .metadata()
            .is_ok_and(|m| m.permissions().mode() & OTHERS == 0);
    let path = path.to_owned();
    if mended {
        Notice::Mended { path, mode }
    } else {
        Notice::Exposed { path, mode }
    }
}

/// Moves a file that can't be understood out of the way, under a name that was free.
pub(super) fn set_aside(path: &Path) -> Notice {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for number in 1..=99 {
        let to = path.with_file_name(format!("{name}.broken-{number}"));
        if fs::symlink_metadata(&to).is_err() && fs::rename(path, &to).is_ok() {
            return Notice::SetAside {
                path: path.to_owned(),
                to,
            };
        }
    }
    Notice::Unreadable {
        reason: format!("`{}` can't be understood", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    #[test]
    fn wide_files_are_mended_and_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret.json");
        fs::write(&path, "one").expect("writes");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("chmod");
        let loaded = read_secret(&path).expect("reads");
        assert_eq!(loaded.value.as_deref(), Some(&b"one"[..]));
        assert!(matches!(loaded.notice, Some(Notice::Mended { mode: 0o644, .. })));
        assert_eq!(mode(&path), 0o600);
        assert_eq!(read_secret(&path).expect("reads").notice, None, "told once");
    }

    #[test]
    fn broken_files_are_set_aside_under_free_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.json");
        for number in 1..=2 {
            fs::write(&path, "{").expect("writes");
            let to = folder.path().join(format!("x.json.broken-{number}"));
            let loaded = read_json::<serde_json::Value>(&path).expect("reads");
            let aside = Notice::SetAside {
                path: path.clone(),
                to: to.clone(),
            };
            assert_eq!((loaded.value, loaded.notice), (None, Some(aside)));
            assert_eq!(fs::read(&to).expect("reads"), b"{");
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_file_that_is_being_rewritten_is_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.json");
        fs::write(&path, "{\"a\":").expect("writes");
        let theirs = path.clone();
        let writer = thread::spawn(move || {
            thread::sleep(MOMENT * 3);
            fs::write(theirs, "{\"a\":1}").expect("writes");
        });
        let loaded = read_json::<serde_json::Value>(&path).expect("reads");
        writer.join().expect("writes");
        assert_eq!(loaded.value, Some(serde_json::json!({"a": 1})));
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
            let error = read_secret(path).expect_err("no file");
            assert!(
                matches!(error, StoreError::Flawed(Flaw::NotAFile { .. })),
                "{error}"
            );
        }
    }
}
