//! Temporary files: how they are begun, and how those of writers that died are found and removed.
//!
//! A writer holds a lock on its temporary file, and the operating system lets go of it when the
//! writer dies. A file with our name that no one holds is a leftover, and may hold a secret.

use std::ffi::OsStr;
use std::fs::{self, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use jiff::Timestamp;
use tempfile::NamedTempFile;

use crate::domain::values::time::seconds_since;
use crate::platform::clock;
use crate::platform::files::safe_open;
use crate::platform::processes::users;

const BEFORE: &str = ".genkan-";
const AFTER: &str = ".tmp";
const RANDOM: usize = 8;
/// Between being made and being locked a file has no holder: seconds.
const MOMENT: i64 = 60;
/// When a file is left over where the file system knows no locks: seconds.
const LONG: i64 = 24 * 60 * 60;

/// A new file in a folder, for its owner alone from its first instant. Dropped, it goes.
pub(in crate::store) fn begin_file(folder: &Path) -> io::Result<NamedTempFile> {
    let file = tempfile::Builder::new()
        .prefix(BEFORE)
        .suffix(AFTER)
        .rand_bytes(RANDOM)
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    // Not every file system has locks; age is what tells then.
    let _ = file.as_file().try_lock();
    Ok(file)
}

/// Removes what dead writers left in a folder. Nothing here is a reason for failing.
pub(in crate::store) fn sweep_folder(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if is_ours(&entry.file_name()) && is_left(&path) {
            let _ = fs::remove_file(path);
        }
    }
}

fn is_ours(name: &OsStr) -> bool {
    let random = name
        .to_str()
        .and_then(|n| n.strip_prefix(BEFORE))
        .and_then(|n| n.strip_suffix(AFTER));
    random.is_some_and(|r| r.len() == RANDOM && r.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_left(path: &Path) -> bool {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return false;
    };
    let me = users::effective_user_id();
    if !metadata.is_file() || (metadata.uid() != me && me != 0) {
        return false;
    }
    let written = metadata.modified().ok().and_then(|m| Timestamp::try_from(m).ok());
    let age = written.map_or(0, |at| seconds_since(at, clock::current_time()));
    match safe_open::open_temporary(path).map(|file| file.try_lock()) {
        Ok(Ok(())) => age >= MOMENT,
        Ok(Err(TryLockError::WouldBlock)) => false,
        Ok(Err(TryLockError::Error(_))) | Err(_) => age >= LONG,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::time::Duration;

    fn aged(path: &Path, seconds: i64) {
        let then = clock::current_time().as_second() - seconds;
        let then = std::time::UNIX_EPOCH + Duration::from_secs(u64::try_from(then).expect("after 1970"));
        File::options()
            .write(true)
            .open(path)
            .and_then(|f| f.set_modified(then))
            .expect("sets the time");
    }

    #[test]
    fn only_what_the_dead_left_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let make = |name: &str, age| {
            let path = folder.path().join(name);
            fs::write(&path, "secret").expect("writes");
            aged(&path, age);
            path
        };
        let dead = make(".genkan-aaaaaaaa.tmp", MOMENT + 1);
        let young = make(".genkan-bbbbbbbb.tmp", 1);
        let theirs = [
            make(".genkan-short.tmp", LONG * 2),
            make(".genkan-cccccccc.json", LONG * 2),
            make("token.json", LONG * 2),
            make(".other-cccccccc.tmp", LONG * 2),
        ];
        let living = begin_file(folder.path()).expect("begins");
        aged(living.path(), LONG * 2);
        let link = folder.path().join(".genkan-dddddddd.tmp");
        std::os::unix::fs::symlink(&theirs[2], &link).expect("links");
        sweep_folder(folder.path());
        assert!(!dead.exists(), "no one holds it");
        assert!(young.exists() && living.path().exists() && link.is_symlink());
        assert!(theirs.iter().all(|path| path.exists()));
    }
}
