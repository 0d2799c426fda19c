//! Single flight: of those who need the same result at once, one produces it and the others use it.
//!
//! Each caller either acquires the lock or finds the result of the caller that held it ([`WaitOutcome`]). A waiter takes
//! over where the holder ended without a result, was stopped, or takes too long.
//!
//! Waiters poll, every 20 to 200 ms. A blocking lock (`flock` in a thread) would wake them at once, but it can be
//! neither cancelled nor given a deadline, and it wakes on the release only: what waiters need is the result, which
//! is in a file before that, and the fact that the holder no longer runs, which no lock tells. Watching files
//! (inotify, kqueue) would see the result, on local disks only and with code for each platform. A poll costs one
//! `stat` and one `read` and ends within 200 ms of the event.

use std::time::Duration;

use tokio::time::Instant;

use crate::app::locks::process_lock::{GENERATIONS, LockName, ProcessLock, ProcessLocks};
use crate::app::locks::scope::LockScope;
use crate::platform::log;
use crate::store::{FileTime, LockTimes};

/// A wait that is shorter than this is not worth a message.
const SILENT: Duration = Duration::from_secs(1);
/// How often a waiter polls, at first and after a while.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// How long a holder may miss its heartbeat before it is superseded. It beats every second: ten missed beats mean
/// that it was stopped, while a busy machine or a slow disk delays a few.
const STOPPED: Duration = Duration::from_secs(10);

/// How waiting for a lock ended.
#[derive(Debug)]
pub(in crate::app) enum WaitOutcome<L, T> {
    Acquired(L),
    /// The result of another holder.
    Found(T),
    /// One holder after the other took too long.
    TimedOut,
}

impl ProcessLocks {
    /// Acquires the lock, if no one holds it.
    pub(in crate::app) fn try_lock(&self, scope: LockScope, key: &str) -> Option<ProcessLock<'_>> {
        self.join_queue(scope, key).try_lock()
    }

    /// A place among those who want the lock.
    pub(in crate::app) fn join_queue(&self, scope: LockScope, key: &str) -> LockQueue<'_> {
        LockQueue {
            locks: self,
            scope,
            name: LockName::new(scope, key),
            superseded: None,
            watch: HolderWatch::default(),
        }
    }

    /// Waits for the lock, or for what `find_result` returns; it has been called under every lock that is
    /// returned. `on_wait` is called once, when the wait is worth a message.
    pub(in crate::app) async fn lock_or_find<T>(
        &self,
        scope: LockScope,
        key: &str,
        mut find_result: impl FnMut() -> Option<T>,
        on_wait: impl FnOnce(LockScope),
    ) -> WaitOutcome<ProcessLock<'_>, T> {
        let start = Instant::now();
        let mut on_wait = Some(on_wait);
        let mut pause = FIRST_PAUSE;
        let mut queue = self.join_queue(scope, key);
        loop {
            let lock = queue.try_lock();
            if let Some(found) = find_result() {
                if start.elapsed() >= FIRST_PAUSE {
                    let (scope, ms) = (scope.as_str(), elapsed_millis(start));
                    log::debug!("used the result of another process scope={scope:?} ms={ms}");
                }
                return WaitOutcome::Found(found);
            }
            if let Some(lock) = lock {
                return WaitOutcome::Acquired(lock);
            }
            if start.elapsed() >= SILENT
                && let Some(on_wait) = on_wait.take()
            {
                on_wait(scope);
            }
            if queue.pause_and_watch(pause).await == QueueState::Exhausted {
                return WaitOutcome::TimedOut;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Whether waiting can lead to anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum QueueState {
    Open,
    /// As many holders were superseded as may be.
    Exhausted,
}

/// A place among those who want a lock.
#[derive(Debug)]
pub(in crate::app) struct LockQueue<'a> {
    locks: &'a ProcessLocks,
    scope: LockScope,
    /// The lock that this waiter may acquire.
    name: LockName,
    /// When the superseded holder of the generation before acquired its lock.
    superseded: Option<FileTime>,
    watch: HolderWatch,
}

/// What is seen of a holder.
///
/// Time is the sum of the pauses between two observations, not the difference of two clock readings: a waiter that was
/// stopped itself, or a machine that slept, would otherwise find every holder overdue when it continues.
#[derive(Debug, Default)]
struct HolderWatch {
    generation: usize,
    times: Option<LockTimes>,
    /// For how long its heartbeat has been missing, and for how long it has held its lock.
    silent: Duration,
    held: Duration,
}

impl HolderWatch {
    fn observe(&mut self, times: Option<LockTimes>, pause: Duration) {
        self.held += pause;
        self.silent += pause;
        let acquired = |times: Option<LockTimes>| times.map(|times| times.acquired);
        if acquired(times) != acquired(self.times) {
            self.held = Duration::ZERO;
        }
        // Without a lock file the holder is in this process, and runs.
        if times.is_none() || times != self.times {
            self.silent = Duration::ZERO;
        }
        self.times = times;
    }
}

impl<'a> LockQueue<'a> {
    /// Acquires the lock, if no one holds it.
    pub(in crate::app) fn try_lock(&mut self) -> Option<ProcessLock<'a>> {
        let locks = self.locks;
        let newest = self
            .name
            .later_generations()
            .filter(|later| locks.is_held(later))
            .last();
        if let Some(newest) = newest {
            // Others have superseded the holder that this one watches.
            self.watch_generation(newest.generation);
            return None;
        }
        if !locks.is_still_superseded(&self.name, self.superseded) {
            self.name = self.name.with_generation(0);
            self.superseded = None;
        }
        self.watch_generation(self.name.generation);
        locks.try_lock_name(&self.name, self.superseded)
    }

    fn watch_generation(&mut self, generation: usize) {
        if self.watch.generation != generation {
            self.watch = HolderWatch {
                generation,
                ..HolderWatch::default()
            };
        }
    }

    /// Notes that the holder makes progress: it may hold the lock for longer.
    pub(in crate::app) fn reset_hold_time(&mut self) {
        self.watch.held = Duration::ZERO;
    }

    /// Waits a little, and supersedes a holder that doesn't run or takes too long.
    pub(in crate::app) async fn pause_and_watch(&mut self, pause: Duration) -> QueueState {
        tokio::time::sleep(pause).await;
        let watched = self.name.with_generation(self.watch.generation);
        self.watch.observe(watched.read_times(&self.locks.folder), pause);
        let stopped = self.watch.silent >= STOPPED;
        if !stopped && self.watch.held < self.scope.max_hold() {
            return QueueState::Open;
        }
        let generation = watched.generation + 1;
        let scope = self.scope.as_str();
        log::warning!("superseded a lock holder scope={scope:?} generation={generation} stopped={stopped}");
        if generation >= GENERATIONS {
            return QueueState::Exhausted;
        }
        self.superseded = self.watch.times.map(|times| times.acquired);
        self.name = watched.with_generation(generation);
        QueueState::Open
    }
}

fn elapsed_millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::platform::files::paths::Paths;
    use crate::store::{FileLock, LockFolder};

    fn lock_folder(home: &Path) -> LockFolder {
        LockFolder::new(&Paths::in_home(home))
    }

    fn process_locks(home: &Path) -> ProcessLocks {
        ProcessLocks::new(lock_folder(home))
    }

    /// Fifty tasks want one result; returns how many of them produced it.
    async fn count_producers(locks: &[&ProcessLocks]) -> u32 {
        let (produced, saved) = (AtomicU32::new(0), AtomicU32::new(0));
        let find = || (saved.load(Ordering::SeqCst) > 0).then_some(());
        let all = (0..50)
            .filter_map(|n| locks.get(n % locks.len()))
            .map(|locks| async {
                let done = locks.lock_or_find(LockScope::Credentials, "x", find, |_| {});
                if let WaitOutcome::Acquired(_lock) = done.await {
                    produced.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    saved.store(1, Ordering::SeqCst);
                }
            });
        futures_util::future::join_all(all).await;
        produced.load(Ordering::SeqCst)
    }

    #[tokio::test(start_paused = true)]
    async fn one_task_produces_the_result_for_all() {
        let home = tempfile::tempdir().expect("a folder");
        let one = process_locks(home.path());
        assert_eq!(count_producers(&[&one]).await, 1, "in one process");
        let other = process_locks(home.path());
        assert_eq!(count_producers(&[&one, &other]).await, 1, "in two, by the lock");
        std::fs::write(home.path().join("file"), "").expect("writes");
        let lockless = process_locks(&home.path().join("file"));
        assert_eq!(
            count_producers(&[&lockless]).await,
            1,
            "in one process, without a lock file"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn waiter_takes_over_from_a_holder_without_result_and_reports_its_wait() {
        let home = tempfile::tempdir().expect("a folder");
        let locks = process_locks(home.path());
        let held = locks.try_lock(LockScope::Refresh, "x");
        assert!(held.is_some() && locks.try_lock(LockScope::Refresh, "x").is_none());
        assert!(
            locks.try_lock(LockScope::Refresh, "y").is_some()
                && locks.try_lock(LockScope::SignIn, "x").is_some()
        );
        let waits = AtomicU32::new(0);
        let on_wait = |_| {
            waits.fetch_add(1, Ordering::SeqCst);
        };
        let release = async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            drop(held);
        };
        let wait = locks.lock_or_find(LockScope::Refresh, "x", || None::<()>, on_wait);
        let (lock, ()) = tokio::join!(wait, release);
        assert!(matches!(lock, WaitOutcome::Acquired(_)));
        assert_eq!(waits.load(Ordering::SeqCst), 1);
        drop(lock);
        let lock = locks
            .lock_or_find(LockScope::Refresh, "x", || None::<()>, on_wait)
            .await;
        assert!(matches!(lock, WaitOutcome::Acquired(_)));
        assert_eq!(waits.load(Ordering::SeqCst), 1, "no wait, no message");
    }

    /// The lock of a process that doesn't run.
    fn stopped(home: &Path, scope: LockScope) -> FileLock {
        let lock = FileLock::try_acquire(&lock_folder(home).path(scope.as_str(), "x")).expect("free");
        lock.mark_acquired();
        lock
    }

    /// Fifty waiters of different processes; how long it took until the first acted, and how many acted at the
    /// same time at most.
    async fn race(home: &Path, scope: LockScope, works: Duration) -> (Duration, u32, u32) {
        let start = Instant::now();
        let (now, most, acted) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
        let (first, saved) = (Mutex::new(None), AtomicU32::new(0));
        let processes: Vec<ProcessLocks> = (0..50).map(|_| process_locks(home)).collect();
        let find = || (saved.load(Ordering::SeqCst) > 0).then_some(());
        let all = processes.iter().map(|locks| async {
            match locks.lock_or_find(scope, "x", find, |_| {}).await {
                WaitOutcome::Acquired(_lock) => {
                    first.lock().expect("whole").get_or_insert(start.elapsed());
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    acted.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(works).await;
                    now.fetch_sub(1, Ordering::SeqCst);
                    saved.store(1, Ordering::SeqCst);
                }
                WaitOutcome::Found(()) => {}
                WaitOutcome::TimedOut => panic!("no one took over"),
            }
        });
        futures_util::future::join_all(all).await;
        let first = first.lock().expect("whole").expect("one acted");
        (first, most.into_inner(), acted.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn only_one_waiter_supersedes_a_stopped_holder() {
        let home = tempfile::tempdir().expect("a folder");
        let lock = stopped(home.path(), LockScope::Refresh);
        let (after, most, acted) = race(home.path(), LockScope::Refresh, Duration::from_secs(20)).await;
        assert!((STOPPED..STOPPED * 2).contains(&after), "{after:?}");
        assert_eq!((most, acted), (1, 1));
        // While it is stopped, and after it has ended.
        let (_, most, acted) = race(home.path(), LockScope::Refresh, Duration::from_millis(50)).await;
        assert_eq!((most, acted), (1, 1));
        drop(lock);
        let (after, _, acted) = race(home.path(), LockScope::Refresh, Duration::from_millis(50)).await;
        assert_eq!((after, acted), (Duration::ZERO, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn only_one_waiter_supersedes_a_holder_that_hangs() {
        let home = tempfile::tempdir().expect("a folder");
        let other = process_locks(home.path());
        let hangs = other.try_lock(LockScope::Credentials, "x").expect("free");
        let max_hold = LockScope::Credentials.max_hold();
        let (after, most, acted) = race(home.path(), LockScope::Credentials, Duration::from_secs(20)).await;
        assert!((max_hold..max_hold * 2).contains(&after), "{after:?}");
        assert_eq!((most, acted), (1, 1));
        drop(hangs);
    }

    #[tokio::test(start_paused = true)]
    async fn holder_within_its_time_is_not_superseded() {
        let home = tempfile::tempdir().expect("a folder");
        let works = Duration::from_secs(28);
        assert!(works < LockScope::Credentials.max_hold());
        assert_eq!(
            race(home.path(), LockScope::Credentials, works).await,
            (Duration::ZERO, 1, 1)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_after_the_last_generation() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = lock_folder(home.path());
        let all: Vec<_> = (0..GENERATIONS)
            .map(|generation| folder.path_of_generation(LockScope::Refresh.as_str(), "x", generation))
            .map(|path| FileLock::try_acquire(&path).expect("free"))
            .collect();
        let locks = process_locks(home.path());
        let late = locks
            .lock_or_find(LockScope::Refresh, "x", || None::<()>, |_| {})
            .await;
        assert!(matches!(late, WaitOutcome::TimedOut));
        drop(all);
    }

    /// A process that is stopped by a key releases its locks, and holds them again where no one wanted them.
    #[tokio::test(start_paused = true)]
    async fn released_lock_is_reacquired_unless_another_took_it() {
        let home = tempfile::tempdir().expect("a folder");
        let (one, other) = (process_locks(home.path()), process_locks(home.path()));
        let lock = one.try_lock(LockScope::SignIn, "x").expect("free");
        let is_superseded = || tokio::time::timeout(Duration::from_millis(10), lock.wait_until_superseded());
        let released = one.release_all();
        let theirs = other.try_lock(LockScope::SignIn, "y");
        one.reacquire_all(released);
        assert!(theirs.is_some() && other.try_lock(LockScope::SignIn, "x").is_none());
        assert!(is_superseded().await.is_err(), "no one wanted it");
        let released = one.release_all();
        // File systems count time in steps of some milliseconds.
        std::thread::sleep(Duration::from_millis(20));
        let theirs = other.try_lock(LockScope::SignIn, "x");
        assert!(theirs.is_some(), "free while it is released");
        // It was held meanwhile, even if it is free again.
        drop(theirs);
        one.reacquire_all(released);
        assert!(is_superseded().await.is_ok());
        drop(lock);
        assert!(one.try_lock(LockScope::SignIn, "x").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn lock_that_another_task_wants_is_released_too() {
        let home = tempfile::tempdir().expect("a folder");
        let (one, other) = (process_locks(home.path()), process_locks(home.path()));
        let lock = one.try_lock(LockScope::Refresh, "x").expect("free");
        assert!(one.try_lock(LockScope::Refresh, "x").is_none());
        let released = one.release_all();
        assert!(
            other.try_lock(LockScope::Refresh, "x").is_some(),
            "released before the stop"
        );
        one.reacquire_all(released);
        drop(lock);
    }

    /// A signal that can't be caught stopped it: the next heartbeat shows.
    #[tokio::test(start_paused = true)]
    async fn stopped_holder_learns_that_it_was_superseded() {
        let home = tempfile::tempdir().expect("a folder");
        let (one, other) = (process_locks(home.path()), process_locks(home.path()));
        let lock = one.try_lock(LockScope::SignIn, "x").expect("free");
        let last = lock.held.name.read_times(&one.folder).expect("there");
        assert!(!lock.held.was_taken_since(&one.folder, last));
        std::thread::sleep(Duration::from_millis(20));
        let next = other.try_lock_name(&lock.held.name.with_generation(1), Some(last.acquired));
        assert!(next.is_some() && lock.held.was_taken_since(&one.folder, last));
    }
}
