//! Locks between processes: advisory locks of the operating system on empty files.
//!
//! A file that merely exists (`O_EXCL`, a PID inside) would be simpler and would work on every file system, but
//! it outlives a killed process, and a process that finds it has to guess whether its writer still runs: PIDs are
//! reused, and mean nothing across containers that share a home folder. The operating system's lock ends with
//! its process, however that ended. The price: some network file systems have no such locks. There, and where no
//! lock file can be created, the caller continues without one, because a lock here prevents doubled work (two
//! browser tabs, two refreshes) and is never worth failing a command for.
//!
//! Lock files stay when the lock is released. Deleting one would let a process that has the old file open and
//! one that creates a new file both hold "the" lock.
//!
//! An advisory lock says that its holder exists, not that it runs: a process that was stopped (Ctrl-Z, a
//! suspended laptop, a debugger) keeps it. So a lock file also carries two times ([`LockTimes`]): its access time
//! says when the lock was acquired, its modification time is the holder's heartbeat. They are set by the file
//! system and only compared with each other for change, never with a clock, so neither a wrong clock nor one that
//! differs between machines matters. Writing a heartbeat into the file instead would need a format, and a reader
//! could meet half of it.

use std::fs::{File, TryLockError};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens};

use super::names::sha1_hex;
use super::reading::record_refusal;
use crate::platform::files::folder::{create_private_folder, folder_owner};
use crate::platform::files::paths::Paths;
use crate::platform::files::safe_open;

/// How often a lock is tried that is waited for, and how long apart: a second in all.
const TRIES: u32 = 100;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub struct FileLock {
    /// `None` where the folder allows no lock file.
    file: Option<Arc<File>>,
}

/// A time of the file system: seconds and nanoseconds.
pub type FileTime = (i64, i64);

/// What a lock file shows of its last holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockTimes {
    /// When the lock was acquired.
    pub acquired: FileTime,
    /// When the holder last showed that it runs.
    pub heartbeat: FileTime,
}

impl LockTimes {
    /// Reads the times of a lock file, where there is one.
    #[must_use]
    pub fn read(path: &Path) -> Option<Self> {
        let it = std::fs::symlink_metadata(path).ok()?;
        Some(Self {
            acquired: (it.atime(), it.atime_nsec()),
            heartbeat: (it.mtime(), it.mtime_nsec()),
        })
    }
}

/// Sends heartbeats as long as the lock is held.
#[derive(Clone, Debug)]
pub struct Heartbeat(Weak<File>);

impl Heartbeat {
    /// Shows that the holder runs; false where the lock has been released.
    #[must_use]
    pub fn send(&self) -> bool {
        let Some(file) = self.0.upgrade() else {
            return false;
        };
        set_times(&file, UTIME_OMIT);
        true
    }
}

/// Sets the modification time to now, and the access time as given. Where that fails, others wait longer.
fn set_times(file: &File, access: i64) {
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
    /// Acquires the lock if no one holds it.
    #[must_use]
    pub fn try_acquire(path: &Path) -> Option<Self> {
        Self::try_with(path, File::try_lock)
    }

    /// Whether the lock is held now. Creates no lock file.
    #[must_use]
    pub fn is_held(path: &Path) -> bool {
        std::fs::symlink_metadata(path).is_ok() && Self::try_acquire(path).is_none()
    }

    /// Records that a new holder has acquired the lock now.
    pub fn mark_acquired(&self) {
        if let Some(file) = &self.file {
            set_times(file, UTIME_NOW);
        }
    }

    /// What shows others that the holder runs.
    #[must_use]
    pub fn heartbeat(&self) -> Option<Heartbeat> {
        self.file.as_ref().map(|file| Heartbeat(Arc::downgrade(file)))
    }

    fn try_with(path: &Path, lock: impl Fn(&File) -> Result<(), TryLockError>) -> Option<Self> {
        let Some(file) = open_lock_file(path) else {
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

    /// Waits up to a second for the lock, then continues without it. For a read-modify-write of a small file:
    /// such a lock is held for milliseconds, so a longer wait means that its holder hangs, and then losing one
    /// favourite is better than a command that never ends. Keys and other requests go on meanwhile.
    pub async fn acquire_with_timeout(path: &Path) -> Self {
        Self::acquire_with(path, File::try_lock).await
    }

    /// The same for a shared lock, which excludes only exclusive ones.
    pub async fn share_with_timeout(path: &Path) -> Self {
        Self::acquire_with(path, File::try_lock_shared).await
    }

    /// The same for a command that runs no event loop: nothing else goes on while this thread waits.
    #[must_use]
    pub fn acquire_blocking(path: &Path) -> Self {
        for _ in 0..TRIES {
            if let Some(lock) = Self::try_acquire(path) {
                return lock;
            }
            std::thread::sleep(BETWEEN_TRIES);
        }
        Self { file: None }
    }

    async fn acquire_with(path: &Path, lock: fn(&File) -> Result<(), TryLockError>) -> Self {
        for _ in 0..TRIES {
            if let Some(lock) = Self::try_with(path, lock) {
                return lock;
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        Self { file: None }
    }
}

impl Drop for FileLock {
    /// Releases it instead of only closing the file: a child that another thread is just starting has a copy of the
    /// descriptor until it runs its program, and would keep the lock.
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            let _ = file.unlock();
        }
    }
}

/// The folder of lock files.
#[derive(Clone, Debug)]
pub struct LockFolder {
    folder: PathBuf,
}

impl LockFolder {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.cache.join("locks"),
        }
    }

    /// The lock file of a name, which consists of a readable word and any text.
    #[must_use]
    pub fn path(&self, word: &str, text: &str) -> PathBuf {
        let key = sha1_hex(text.as_bytes());
        self.folder.join(format!("{word}-{key}.lock"))
    }

    /// The lock file for those who take over from a holder of `path` that doesn't run, and so on.
    #[must_use]
    pub fn path_of_generation(&self, word: &str, text: &str, generation: usize) -> PathBuf {
        let first = self.path(word, text);
        match generation {
            0 => first,
            next => first.with_extension(format!("{next}.lock")),
        }
    }
}

/// Opens the lock file: empty, and only ours. What is not, stays as it is.
fn open_lock_file(path: &Path) -> Option<File> {
    if let Some(folder) = path.parent() {
        let _ = create_private_folder(folder);
    }
    let file = record_refusal(path, safe_open::lock_file(path)).ok()?;
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
    fn lock_has_one_holder_at_a_time() {
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

    /// A child that is just being started has such a copy.
    #[test]
    fn released_lock_is_free_though_its_file_is_open_elsewhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        let held = FileLock::try_acquire(&path).expect("free");
        let copy = held.file.as_ref().expect("a file").try_clone();
        drop(held);
        assert!(copy.is_ok() && FileLock::try_acquire(&path).is_some());
    }

    #[test]
    fn times_show_new_holder_and_heartbeat() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        assert!(!FileLock::is_held(&path) && !path.exists());
        let past = std::time::UNIX_EPOCH + Duration::from_secs(1000);
        let reset = || {
            let file = File::options().write(true).open(&path).expect("opens");
            let times = fs::FileTimes::new().set_accessed(past).set_modified(past);
            file.set_times(times).expect("sets");
            LockTimes::read(&path).expect("there")
        };
        let lock = FileLock::try_acquire(&path).expect("free");
        assert!(FileLock::is_held(&path));
        let before = reset();
        assert_eq!(before.acquired, (1000, 0));
        lock.mark_acquired();
        let taken = LockTimes::read(&path).expect("there");
        assert!(taken.acquired != before.acquired && taken.heartbeat != before.heartbeat);
        let before = reset();
        let heartbeat = lock.heartbeat().expect("a file");
        assert!(heartbeat.send());
        let later = LockTimes::read(&path).expect("there");
        assert!(later.acquired == before.acquired && later.heartbeat != before.heartbeat);
        drop(lock);
        assert!(!heartbeat.send() && !FileLock::is_held(&path));
    }

    /// A holder that hangs costs a second, in which other tasks go on.
    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_lock_stops_no_other_task() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        let held = FileLock::try_acquire(&path);
        let begun = tokio::time::Instant::now();
        let ticks = async {
            let mut tick = tokio::time::interval(Duration::from_millis(100));
            let mut ticks = 0;
            while begun.elapsed() < Duration::from_millis(950) {
                tick.tick().await;
                ticks += 1;
            }
            ticks
        };
        let (without, ticks) = tokio::join!(FileLock::acquire_with_timeout(&path), ticks);
        assert!(without.file.is_none() && ticks >= 10, "{ticks}");
        assert_eq!(begun.elapsed().as_millis() / 100, 10);
        drop(held);
        assert!(FileLock::acquire_with_timeout(&path).await.file.is_some());
        assert!(FileLock::acquire_blocking(&path).file.is_some());
    }

    #[tokio::test]
    async fn shared_locks_exclude_exclusive_ones() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        let (one, two) = (
            FileLock::share_with_timeout(&path).await,
            FileLock::share_with_timeout(&path).await,
        );
        assert!(FileLock::try_acquire(&path).is_none());
        drop((one, two));
        let alone = FileLock::try_acquire(&path);
        assert!(alone.is_some() && FileLock::try_with(&path, File::try_lock_shared).is_none());
    }

    #[test]
    fn file_system_without_locks_lets_everyone_continue() {
        let folder = tempfile::tempdir().expect("a folder");
        let unsupported = |_: &File| Err(TryLockError::Error(std::io::ErrorKind::Unsupported.into()));
        assert!(FileLock::try_with(&folder.path().join("x.lock"), unsupported).is_some());
    }

    #[test]
    fn obstacle_at_lock_path_is_neither_waited_for_nor_changed() {
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
