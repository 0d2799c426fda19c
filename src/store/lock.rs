//! Locks between processes. The operating system holds them, so they die with their process.
//!
//! A lock is never a reason for failing: where no lock file can be made, or the file system knows
//! no locks, its holder goes on alone. Lock files are empty and stay: removing one that someone
//! holds would make two holders.
//!
//! A process can be stopped while it holds a lock. So a lock file shows a pulse: its access time says when
//! the lock was taken, its modification time when the holder last ran. Only whether they change matters, so
//! no clock has to be right.

use std::fs::{File, TryLockError};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens};

use super::names::sha1_hex;
use super::reading::noted;
use crate::platform::folder::{create_private_folder, folder_owner};
use crate::platform::paths::Paths;
use crate::platform::safe_open;

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub struct FileLock {
    /// `None` where the folder allows no lock file.
    file: Option<Arc<File>>,
}

/// An instant of the file system: seconds and nanoseconds.
pub type Stamp = (i64, i64);

/// What a lock file shows of its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// When the lock was taken.
    pub taken: Stamp,
    /// When the holder last showed that it runs.
    pub beat: Stamp,
}

impl Pulse {
    /// The pulse of the last holder, where there is a lock file.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let it = std::fs::symlink_metadata(path).ok()?;
        Some(Self {
            taken: (it.atime(), it.atime_nsec()),
            beat: (it.mtime(), it.mtime_nsec()),
        })
    }
}

/// Shows that a holder runs, as long as it holds its lock.
#[derive(Clone, Debug)]
pub struct Heart(Weak<File>);

impl Heart {
    /// Beats once; false where the lock has been given up.
    #[must_use]
    pub fn beat(&self) -> bool {
        let Some(file) = self.0.upgrade() else {
            return false;
        };
        touch(&file, UTIME_OMIT);
        true
    }
}

/// Sets the modification time to now, and the access time as told. That it can't be done costs waiters time.
fn touch(file: &File, access: i64) {
    let at = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    let _ = futimens(
        file,
        &Timestamps {
            last_access: at(access),
            last_modification: at(UTIME_NOW),
        },
    );
}

impl FileLock {
    /// Takes the lock if no one holds it.
    #[must_use]
    pub fn try_acquire(path: &Path) -> Option<Self> {
        Self::try_with(path, File::try_lock)
    }

    /// Whether someone holds the lock now. Makes no lock file.
    #[must_use]
    pub fn is_held(path: &Path) -> bool {
        std::fs::symlink_metadata(path).is_ok() && Self::try_acquire(path).is_none()
    }

    /// Starts the pulse of a new holder.
    pub fn start_pulse(&self) {
        if let Some(file) = &self.file {
            touch(file, UTIME_NOW);
        }
    }

    /// What keeps the pulse going.
    #[must_use]
    pub fn heart(&self) -> Option<Heart> {
        self.file.as_ref().map(|file| Heart(Arc::downgrade(file)))
    }

    fn try_with(path: &Path, lock: impl Fn(&File) -> Result<(), TryLockError>) -> Option<Self> {
        let Some(file) = open(path) else {
            return Some(Self { file: None });
        };
        match lock(&file) {
            Ok(()) => Some(Self {
                file: Some(Arc::new(file)),
            }),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(_)) => Some(Self { file: None }),
        }
    }

    /// Waits a short while for the lock, then goes on without it: for a read-modify-write of a
    /// small file, where waiting indefinitely would be worse than a lost favourite.
    #[must_use]
    pub fn soon(path: &Path) -> Self {
        Self::soon_with(path, File::try_lock)
    }

    /// The same beside others who share it, against those who want it alone.
    #[must_use]
    pub fn shared_soon(path: &Path) -> Self {
        Self::soon_with(path, File::try_lock_shared)
    }

    fn soon_with(path: &Path, lock: impl Fn(&File) -> Result<(), TryLockError>) -> Self {
        for _ in 0..100 {
            if let Some(lock) = Self::try_with(path, &lock) {
                return lock;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { file: None }
    }
}

/// The folder of locks for steps that one process at a time may do.
#[derive(Clone, Debug)]
pub struct Locks {
    folder: PathBuf,
}

impl Locks {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.cache.join("locks"),
        }
    }

    /// Where the lock of a name is. The name is made of one word for people and any text.
    #[must_use]
    pub fn path(&self, word: &str, text: &str) -> PathBuf {
        let key = sha1_hex(text.as_bytes());
        self.folder.join(format!("{word}-{key}.lock"))
    }

    /// Where the lock of those is who take over from a holder of `path` that doesn't answer, and so on.
    #[must_use]
    pub fn path_of_generation(&self, word: &str, text: &str, generation: usize) -> PathBuf {
        let first = self.path(word, text);
        match generation {
            0 => first,
            later => first.with_extension(format!("{later}.lock")),
        }
    }
}

/// The lock file, empty and ours alone. Something else in its place, or another user's, is left alone.
fn open(path: &Path) -> Option<File> {
    if let Some(folder) = path.parent() {
        let _ = create_private_folder(folder);
    }
    let file = noted(path, safe_open::lock_file(path)).ok()?;
    if let Some((user, group)) = path.parent().and_then(folder_owner) {
        let _ = fchown(&file, Some(user), Some(group));
    }
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn one_holder_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        let held = FileLock::try_acquire(&path);
        assert!(held.is_some());
        assert!(FileLock::try_acquire(&path).is_none());
        drop(held);
        assert!(FileLock::try_acquire(&path).is_some());
        let metadata = fs::metadata(&path).expect("there");
        assert_eq!(
            (metadata.len(), metadata.permissions().mode() & 0o777),
            (0, 0o600)
        );
    }

    #[test]
    fn a_pulse_shows_who_holds_and_who_runs() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        assert!(!FileLock::is_held(&path) && !path.exists());
        let past = std::time::UNIX_EPOCH + Duration::from_secs(1000);
        let reset = || {
            let file = File::options().write(true).open(&path).expect("opens");
            let times = fs::FileTimes::new().set_accessed(past).set_modified(past);
            file.set_times(times).expect("sets");
            Pulse::of(&path).expect("there")
        };
        let lock = FileLock::try_acquire(&path).expect("free");
        assert!(FileLock::is_held(&path));
        let before = reset();
        assert_eq!(before.taken, (1000, 0));
        lock.start_pulse();
        let taken = Pulse::of(&path).expect("there");
        assert!(taken.taken != before.taken && taken.beat != before.beat);
        let before = reset();
        let heart = lock.heart().expect("a file");
        assert!(heart.beat());
        let beaten = Pulse::of(&path).expect("there");
        assert!(beaten.taken == before.taken && beaten.beat != before.beat);
        drop(lock);
        assert!(!heart.beat() && !FileLock::is_held(&path));
    }

    #[test]
    fn those_who_share_keep_out_those_who_do_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        let (one, two) = (FileLock::shared_soon(&path), FileLock::shared_soon(&path));
        assert!(FileLock::try_acquire(&path).is_none());
        drop((one, two));
        let alone = FileLock::try_acquire(&path);
        assert!(alone.is_some() && FileLock::try_with(&path, File::try_lock_shared).is_none());
    }

    #[test]
    fn a_file_system_without_locks_stops_nobody() {
        let folder = tempfile::tempdir().expect("a folder");
        let unsupported = |_: &File| Err(TryLockError::Error(std::io::ErrorKind::Unsupported.into()));
        assert!(FileLock::try_with(&folder.path().join("x.lock"), unsupported).is_some());
    }

    #[test]
    fn what_is_in_the_way_is_neither_waited_for_nor_touched() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "").expect("writes");
        symlink(at("elsewhere"), at("link")).expect("links");
        fs::create_dir(at("folder")).expect("makes");
        let pipe = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), pipe, rustix::fs::Mode::RUSR, 0).expect("makes");
        for path in [at("file").join("x.lock"), at("link"), at("folder"), at("pipe")] {
            assert!(FileLock::try_acquire(&path).is_some(), "{}", path.display());
        }
        assert!(!at("elsewhere").exists());
    }
}
