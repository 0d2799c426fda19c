//! Locks for what must not happen twice at once, neither in this process nor in others.
//!
//! Across processes the operating system holds each lock, so a killed holder blocks no one. What the holder does
//! with it is not known here; [`single_flight`](crate::app::locks::single_flight) waits for a lock.
//!
//! A holder can also be stopped, or hang, and the operating system's lock then stays held. Breaking it is not
//! possible, and ignoring it would let every waiter start at once: fifty browser tabs. So each lock has
//! generations. A holder whose heartbeat stops, or that takes too long, is superseded: its waiters compete for
//! the lock file of the next generation, exactly one of them gets it, and the others wait for that one. A holder
//! that continues later finds the next generation held and drops its result. Four generations bound how often
//! that happens, so that a machine on which every holder hangs ends with an error instead of a queue that grows.
//!
//! A holder that is stopped by a key knows beforehand, and releases its locks first
//! ([`ProcessLocks::release_all`]): then no one has to wait for its heartbeat to be missed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::app::locks::scope::LockScope;
use crate::store::{FileLock, FileTime, LockFolder, LockTimes};

/// How often a holder shows that it runs.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// After a pause like this between two heartbeats a holder was stopped, and checks whether it was superseded.
const LONG_PAUSE: Duration = Duration::from_secs(5);
/// How many holders of one lock may be superseded at the same time.
pub(in crate::app) const GENERATIONS: usize = 4;

/// All locks of this process.
#[derive(Debug)]
pub(in crate::app) struct ProcessLocks {
    pub(in crate::app) folder: LockFolder,
    held: Mutex<HashMap<LockName, Weak<HeldLock>>>,
}

/// Which lock: its scope, what it protects, and how many holders before this one were superseded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::app) struct LockName {
    scope: &'static str,
    key: String,
    pub(in crate::app) generation: usize,
}

impl LockName {
    pub(in crate::app) fn new(scope: LockScope, key: &str) -> Self {
        Self {
            scope: scope.as_str(),
            key: key.to_owned(),
            generation: 0,
        }
    }

    pub(in crate::app) fn with_generation(&self, generation: usize) -> Self {
        Self {
            generation,
            ..self.clone()
        }
    }

    fn path(&self, folder: &LockFolder) -> std::path::PathBuf {
        folder.path_of_generation(self.scope, &self.key, self.generation)
    }

    pub(in crate::app) fn read_times(&self, folder: &LockFolder) -> Option<LockTimes> {
        LockTimes::read(&self.path(folder))
    }

    pub(in crate::app) fn later_generations(&self) -> impl Iterator<Item = Self> + '_ {
        (self.generation + 1..GENERATIONS).map(|generation| self.with_generation(generation))
    }
}

/// What is behind a lock that this process holds.
#[derive(Debug)]
pub(in crate::app) struct HeldLock {
    pub(in crate::app) name: LockName,
    /// `None` while this process is stopped.
    file: Mutex<Option<FileLock>>,
    superseded: watch::Sender<bool>,
}

impl HeldLock {
    fn file(&self) -> std::sync::MutexGuard<'_, Option<FileLock>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether another process has held this lock since `last`, or superseded this one.
    pub(in crate::app) fn was_taken_since(&self, folder: &LockFolder, last: LockTimes) -> bool {
        let is_later = |name: LockName| {
            name.read_times(folder)
                .is_some_and(|times| times.heartbeat > last.heartbeat)
        };
        let now = self.name.read_times(folder);
        now.is_some_and(|now| now.acquired != last.acquired) || self.name.later_generations().any(is_later)
    }

    /// Shows that this process runs, until the lock is released.
    fn start_heartbeat(self: &Arc<Self>, folder: &LockFolder) {
        let heartbeat = self.file().as_ref().and_then(FileLock::heartbeat);
        let (Some(heartbeat), Ok(runtime)) = (heartbeat, tokio::runtime::Handle::try_current()) else {
            return;
        };
        let (held, folder) = (Arc::downgrade(self), folder.clone());
        runtime.spawn(async move {
            loop {
                let last = Instant::now();
                tokio::time::sleep(HEARTBEAT).await;
                let Some(held) = held.upgrade() else { return };
                let before = held.name.read_times(&folder);
                if last.elapsed() >= LONG_PAUSE
                    && before.is_some_and(|last| held.was_taken_since(&folder, last))
                {
                    held.superseded.send_replace(true);
                }
                if !heartbeat.send() {
                    return;
                }
            }
        });
    }
}

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub(in crate::app) struct ProcessLock<'a> {
    locks: &'a ProcessLocks,
    pub(in crate::app) held: Arc<HeldLock>,
}

impl ProcessLock<'_> {
    /// Whether another holder has taken over, because this one took too long.
    pub(in crate::app) fn is_superseded(&self) -> bool {
        let mut later = self.held.name.later_generations();
        later.any(|later| self.locks.is_held(&later))
    }

    /// Waits until another process has taken over, which happens only after this one was stopped. The holder
    /// should end its work then where it can, and wait for the other one.
    pub(in crate::app) async fn wait_until_superseded(&self) {
        let mut superseded = self.held.superseded.subscribe();
        if superseded.wait_for(|superseded| *superseded).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for ProcessLock<'_> {
    fn drop(&mut self) {
        // The lock first: who finds the name free must find the lock free.
        self.held.file().take();
        self.locks.held().remove(&self.held.name);
    }
}

impl ProcessLocks {
    pub(in crate::app) fn new(folder: LockFolder) -> Self {
        Self {
            folder,
            held: Mutex::default(),
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<LockName, Weak<HeldLock>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::app) fn is_held(&self, name: &LockName) -> bool {
        self.held().contains_key(name) || FileLock::is_held(&name.path(&self.folder))
    }

    /// Acquires the lock of a name. `superseded` is when the holder of the generation before acquired its own.
    pub(in crate::app) fn try_lock_name(
        &self,
        name: &LockName,
        superseded: Option<FileTime>,
    ) -> Option<ProcessLock<'_>> {
        match self.held().entry(name.clone()) {
            // `release_all` finds the holder by this entry.
            Entry::Occupied(_) => return None,
            Entry::Vacant(free) => free.insert(Weak::new()),
        };
        let acquired = FileLock::try_acquire(&name.path(&self.folder)).filter(|lock| {
            // Marked first, then checked: of two that acquire different generations at once, one sees the other.
            lock.mark_acquired();
            name.later_generations().all(|later| !self.is_held(&later))
                && self.is_still_superseded(name, superseded)
        });
        let Some(lock) = acquired else {
            self.held().remove(name);
            return None;
        };
        let held = Arc::new(HeldLock {
            name: name.clone(),
            file: Mutex::new(Some(lock)),
            superseded: watch::Sender::new(false),
        });
        self.held().insert(name.clone(), Arc::downgrade(&held));
        held.start_heartbeat(&self.folder);
        Some(ProcessLock { locks: self, held })
    }

    /// Whether the holder of the generation before is the one that was superseded, and still holds its lock.
    pub(in crate::app) fn is_still_superseded(&self, name: &LockName, superseded: Option<FileTime>) -> bool {
        name.generation.checked_sub(1).is_none_or(|before| {
            let before = name.with_generation(before);
            let acquired = before.read_times(&self.folder).map(|times| times.acquired);
            self.is_held(&before) && acquired == superseded
        })
    }

    /// Releases all locks, because this process is about to be stopped. The result is for
    /// [`Self::reacquire_all`].
    pub(in crate::app) fn release_all(&self) -> ReleasedLocks {
        let held: Vec<Arc<HeldLock>> = self.held().values().filter_map(Weak::upgrade).collect();
        let released = held.into_iter().filter_map(|held| {
            let times = held.name.read_times(&self.folder);
            held.file().take()?;
            Some((held, times))
        });
        ReleasedLocks(released.collect())
    }

    /// Acquires those locks again that no other process has held meanwhile; the others are superseded.
    pub(in crate::app) fn reacquire_all(&self, released: ReleasedLocks) {
        for (held, last) in released.0 {
            let taken = last.is_some_and(|last| held.was_taken_since(&self.folder, last));
            let again = FileLock::try_acquire(&held.name.path(&self.folder)).filter(|_| !taken);
            match again {
                Some(lock) => {
                    lock.mark_acquired();
                    *held.file() = Some(lock);
                    held.start_heartbeat(&self.folder);
                }
                None => {
                    held.superseded.send_replace(true);
                }
            }
        }
    }
}

/// Locks that were released before a stop.
#[derive(Debug)]
pub(in crate::app) struct ReleasedLocks(Vec<(Arc<HeldLock>, Option<LockTimes>)>);
