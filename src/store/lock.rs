//! Locks between processes. The operating system holds them, so they die with their process.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub struct FileLock {
    /// `None` where the folder allows no lock file: a lock is never a reason for failing, so the
    /// holder then goes on alone.
    _file: Option<File>,
}

impl FileLock {
    /// Takes the lock if nobody holds it.
    #[must_use]
    pub fn try_acquire(path: &Path) -> Option<Self> {
        if let Some(folder) = path.parent() {
            let _ = super::atomic::create_private_folder(folder);
        }
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let Ok(file) = options.open(path) else {
            return Some(Self { _file: None });
        };
        match file.try_lock() {
            Ok(()) => Some(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(_)) => Some(Self { _file: None }),
        }
    }

    /// Waits a short while for the lock, then goes on without it: for a read-modify-write of a
    /// small file, where waiting for ever would be worse than a lost favourite.
    #[must_use]
    pub fn soon(path: &Path) -> Self {
        for _ in 0..100 {
            if let Some(lock) = Self::try_acquire(path) {
                return lock;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Self { _file: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        let held = FileLock::try_acquire(&path);
        assert!(held.is_some());
        assert!(FileLock::try_acquire(&path).is_none());
        drop(held);
        assert!(FileLock::try_acquire(&path).is_some());
        std::fs::write(folder.path().join("file"), "").expect("writes");
        let nowhere = folder.path().join("file").join("x.lock");
        assert!(
            FileLock::try_acquire(&nowhere).is_some(),
            "no lock file, no failure"
        );
    }
}
