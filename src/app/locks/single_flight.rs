//! Waiting for a turn: whoever comes second keeps looking whether the first one has left what it needs, and takes
//! over where the first one went away without leaving anything.

use std::time::Duration;

use tokio::time::Instant;

use crate::app::locks::process_lock::{GENERATIONS, Name, Turn, Turns};
use crate::app::locks::scope::Step;
use crate::store::{Pulse, Stamp};

/// A wait that is shorter than this is not worth a word.
const SILENT: Duration = Duration::from_secs(1);
/// How often a waiter looks, at first and after a while.
const SOON: Duration = Duration::from_millis(20);
const SELDOM: Duration = Duration::from_millis(200);
/// How long a holder is watched without a beat before it is passed over. A machine may be busy.
const STOPPED: Duration = Duration::from_secs(10);

/// What waiting for a turn came to.
#[derive(Debug)]
pub(in crate::app) enum Waited<Turn, T> {
    Turn(Turn),
    /// Another one has left this.
    Found(T),
    /// One holder after the other took too long.
    Late,
}

impl Turns {
    /// The turn, if no one has it.
    pub(in crate::app) fn take(&self, step: Step, of: &str) -> Option<Turn<'_>> {
        self.queue(step, of).try_turn()
    }

    /// A place among those who want a turn.
    pub(in crate::app) fn queue(&self, step: Step, of: &str) -> Queue<'_> {
        Queue {
            turns: self,
            step,
            name: Name::new(step, of),
            passed_over: None,
            watch: Watch::default(),
        }
    }

    /// Waits for the turn, or for what `look` finds. Whoever gets the turn has looked under it.
    /// `tell` is called once, when the wait is worth a word.
    pub(in crate::app) async fn wait<T>(
        &self,
        step: Step,
        of: &str,
        mut look: impl FnMut() -> Option<T>,
        tell: impl FnOnce(Step),
    ) -> Waited<Turn<'_>, T> {
        let start = Instant::now();
        let mut tell = Some(tell);
        let mut pause = SOON;
        let mut queue = self.queue(step, of);
        loop {
            let turn = queue.try_turn();
            if let Some(found) = look() {
                if start.elapsed() >= SOON {
                    tracing::debug!(
                        step = step.as_str(),
                        ms = millis(start),
                        "used the result of another process"
                    );
                }
                return Waited::Found(found);
            }
            if let Some(turn) = turn {
                return Waited::Turn(turn);
            }
            if start.elapsed() >= SILENT
                && let Some(tell) = tell.take()
            {
                tell(step);
            }
            if queue.pause(pause).await == Patience::Over {
                return Waited::Late;
            }
            pause = (pause * 2).min(SELDOM);
        }
    }
}

/// Whether waiting can lead to anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Patience {
    Left,
    /// As many holders as may be were passed over.
    Over,
}

/// A place among those who want a turn.
#[derive(Debug)]
pub(in crate::app) struct Queue<'a> {
    turns: &'a Turns,
    step: Step,
    /// The turn that this one may take.
    name: Name,
    /// When the holder before that took its lock, which was passed over.
    passed_over: Option<Stamp>,
    watch: Watch,
}

/// What is seen of a holder.
///
/// Time is counted in the pauses between looks, so that a waiter that was stopped itself, or a machine that
/// slept, makes no holder look stopped.
#[derive(Debug, Default)]
struct Watch {
    generation: usize,
    pulse: Option<Pulse>,
    /// For how long it has shown the same pulse, and for how long it has held its turn.
    still: Duration,
    watched: Duration,
}

impl Watch {
    fn look(&mut self, pulse: Option<Pulse>, pause: Duration) {
        self.watched += pause;
        self.still += pause;
        let taken = |pulse: Option<Pulse>| pulse.map(|pulse| pulse.taken);
        if taken(pulse) != taken(self.pulse) {
            self.watched = Duration::ZERO;
        }
        // Without a lock file the holder is in this process, and runs.
        if pulse.is_none() || pulse != self.pulse {
            self.still = Duration::ZERO;
        }
        self.pulse = pulse;
    }
}

impl<'a> Queue<'a> {
    /// The turn, if no one has it.
    pub(in crate::app) fn try_turn(&mut self) -> Option<Turn<'a>> {
        let turns = self.turns;
        if let Some(later) = self.name.later().filter(|later| turns.is_held(later)).last() {
            // Others have passed over whom this one watches.
            self.watch(later.generation);
            return None;
        }
        if !turns.is_still_passed_over(&self.name, self.passed_over) {
            self.name = self.name.at(0);
            self.passed_over = None;
        }
        self.watch(self.name.generation);
        turns.take_name(&self.name, self.passed_over)
    }

    fn watch(&mut self, generation: usize) {
        if self.watch.generation != generation {
            self.watch = Watch {
                generation,
                ..Watch::default()
            };
        }
    }

    /// What is waited for goes on: the holder is doing well.
    pub(in crate::app) fn goes_on(&mut self) {
        self.watch.watched = Duration::ZERO;
    }

    /// Waits a little, and passes over a holder that doesn't run or takes too long.
    pub(in crate::app) async fn pause(&mut self, pause: Duration) -> Patience {
        tokio::time::sleep(pause).await;
        let watched = self.name.at(self.watch.generation);
        self.watch.look(watched.pulse(&self.turns.locks), pause);
        let stopped = self.watch.still >= STOPPED;
        if !stopped && self.watch.watched < self.step.patience() {
            return Patience::Left;
        }
        let generation = watched.generation + 1;
        tracing::warn!(
            step = self.step.as_str(),
            generation,
            stopped,
            "a holder is passed over"
        );
        if generation >= GENERATIONS {
            return Patience::Over;
        }
        self.passed_over = self.watch.pulse.map(|pulse| pulse.taken);
        self.name = watched.at(generation);
        Patience::Left
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::platform::paths::Paths;
    use crate::store::{FileLock, Locks};

    fn locks(home: &Path) -> Locks {
        Locks::new(&Paths::in_home(home))
    }

    fn turns(home: &Path) -> Turns {
        Turns::new(locks(home))
    }

    /// Fifty tasks want one thing: one of them makes it.
    async fn made(turns: &[&Turns]) -> u32 {
        let (made, kept) = (AtomicU32::new(0), AtomicU32::new(0));
        let look = || (kept.load(Ordering::SeqCst) > 0).then_some(());
        let all = (0..50)
            .filter_map(|n| turns.get(n % turns.len()))
            .map(|turns| async {
                if let Waited::Turn(_turn) = turns.wait(Step::Credentials, "x", look, |_| {}).await {
                    made.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    kept.store(1, Ordering::SeqCst);
                }
            });
        futures_util::future::join_all(all).await;
        made.load(Ordering::SeqCst)
    }

    #[tokio::test(start_paused = true)]
    async fn one_makes_it_and_all_have_it() {
        let home = tempfile::tempdir().expect("a folder");
        let one = turns(home.path());
        assert_eq!(made(&[&one]).await, 1, "in one process");
        let other = turns(home.path());
        assert_eq!(made(&[&one, &other]).await, 1, "in two, by the lock");
        std::fs::write(home.path().join("file"), "").expect("writes");
        let lockless = turns(&home.path().join("file"));
        assert_eq!(made(&[&lockless]).await, 1, "in one process, without a lock file");
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_takes_over_from_one_that_went_away_and_is_told() {
        let home = tempfile::tempdir().expect("a folder");
        let turns = turns(home.path());
        let held = turns.take(Step::Refresh, "x");
        assert!(held.is_some() && turns.take(Step::Refresh, "x").is_none());
        assert!(turns.take(Step::Refresh, "y").is_some() && turns.take(Step::SignIn, "x").is_some());
        let told = AtomicU32::new(0);
        let tell = |_| {
            told.fetch_add(1, Ordering::SeqCst);
        };
        let release = async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            drop(held);
        };
        let wait = turns.wait(Step::Refresh, "x", || None::<()>, tell);
        let (turn, ()) = tokio::join!(wait, release);
        assert!(matches!(turn, Waited::Turn(_)));
        assert_eq!(told.load(Ordering::SeqCst), 1);
        drop(turn);
        let turn = turns.wait(Step::Refresh, "x", || None::<()>, tell).await;
        assert!(matches!(turn, Waited::Turn(_)));
        assert_eq!(told.load(Ordering::SeqCst), 1, "no wait, no word");
    }

    /// The lock of a process that doesn't run.
    fn stopped(home: &Path, step: Step) -> FileLock {
        let lock = FileLock::try_acquire(&locks(home).path(step.as_str(), "x")).expect("free");
        lock.start_pulse();
        lock
    }

    /// Fifty waiters of different processes; how long it took until the first acted, and how many acted at the
    /// same time at most.
    async fn storm(home: &Path, step: Step, works: Duration) -> (Duration, u32, u32) {
        let start = Instant::now();
        let (now, most, acted) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
        let (first, kept) = (Mutex::new(None), AtomicU32::new(0));
        let processes: Vec<Turns> = (0..50).map(|_| turns(home)).collect();
        let look = || (kept.load(Ordering::SeqCst) > 0).then_some(());
        let all = processes.iter().map(|turns| async {
            match turns.wait(step, "x", look, |_| {}).await {
                Waited::Turn(_turn) => {
                    first.lock().expect("whole").get_or_insert(start.elapsed());
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    acted.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(works).await;
                    now.fetch_sub(1, Ordering::SeqCst);
                    kept.store(1, Ordering::SeqCst);
                }
                Waited::Found(()) => {}
                Waited::Late => panic!("nobody took over"),
            }
        });
        futures_util::future::join_all(all).await;
        let first = first.lock().expect("whole").expect("one acted");
        (first, most.into_inner(), acted.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn one_alone_takes_over_from_a_stopped_holder() {
        let home = tempfile::tempdir().expect("a folder");
        let lock = stopped(home.path(), Step::Refresh);
        let (after, most, acted) = storm(home.path(), Step::Refresh, Duration::from_secs(20)).await;
        assert!((STOPPED..STOPPED * 2).contains(&after), "{after:?}");
        assert_eq!((most, acted), (1, 1));
        // As long as it is stopped, and after it has gone.
        let (_, most, acted) = storm(home.path(), Step::Refresh, Duration::from_millis(50)).await;
        assert_eq!((most, acted), (1, 1));
        drop(lock);
        let (after, _, acted) = storm(home.path(), Step::Refresh, Duration::from_millis(50)).await;
        assert_eq!((after, acted), (Duration::ZERO, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn one_alone_takes_over_from_a_holder_that_hangs() {
        let home = tempfile::tempdir().expect("a folder");
        let other = turns(home.path());
        let hangs = other.take(Step::Credentials, "x").expect("free");
        let patience = Step::Credentials.patience();
        let (after, most, acted) = storm(home.path(), Step::Credentials, Duration::from_secs(20)).await;
        assert!((patience..patience * 2).contains(&after), "{after:?}");
        assert_eq!((most, acted), (1, 1));
        drop(hangs);
    }

    /// Whoever works as long as its step may takes is not passed over.
    #[tokio::test(start_paused = true)]
    async fn a_holder_that_runs_is_waited_for() {
        let home = tempfile::tempdir().expect("a folder");
        let works = Duration::from_secs(28);
        assert!(works < Step::Credentials.patience());
        assert_eq!(
            storm(home.path(), Step::Credentials, works).await,
            (Duration::ZERO, 1, 1)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_one_stopped_holder_after_the_other_has_an_end() {
        let home = tempfile::tempdir().expect("a folder");
        let locks = locks(home.path());
        let all: Vec<_> = (0..GENERATIONS)
            .map(|generation| locks.path_of_generation(Step::Refresh.as_str(), "x", generation))
            .map(|path| FileLock::try_acquire(&path).expect("free"))
            .collect();
        let turns = turns(home.path());
        let late = turns.wait(Step::Refresh, "x", || None::<()>, |_| {}).await;
        assert!(matches!(late, Waited::Late));
        drop(all);
    }

    /// A process that is stopped by a key gives its turns up, and has them again if no one wanted them.
    #[tokio::test(start_paused = true)]
    async fn a_turn_that_rests_is_free_and_comes_back_or_is_lost() {
        let home = tempfile::tempdir().expect("a folder");
        let (one, other) = (turns(home.path()), turns(home.path()));
        let turn = one.take(Step::SignIn, "x").expect("free");
        let is_lost = || tokio::time::timeout(Duration::from_millis(10), turn.lost());
        let resting = one.rest();
        let theirs = other.take(Step::SignIn, "y");
        one.wake(resting);
        assert!(theirs.is_some() && other.take(Step::SignIn, "x").is_none());
        assert!(is_lost().await.is_err(), "nobody wanted it");
        let resting = one.rest();
        // File systems count time in steps of some milliseconds.
        std::thread::sleep(Duration::from_millis(20));
        let theirs = other.take(Step::SignIn, "x");
        assert!(theirs.is_some(), "free while it rests");
        // Even one that is done by now has had it.
        drop(theirs);
        one.wake(resting);
        assert!(is_lost().await.is_ok());
        drop(turn);
        assert!(one.take(Step::SignIn, "x").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_another_task_waits_for_rests_too() {
        let home = tempfile::tempdir().expect("a folder");
        let (one, other) = (turns(home.path()), turns(home.path()));
        let turn = one.take(Step::Refresh, "x").expect("free");
        assert!(one.take(Step::Refresh, "x").is_none());
        let resting = one.rest();
        assert!(
            other.take(Step::Refresh, "x").is_some(),
            "given up before the stop"
        );
        one.wake(resting);
        drop(turn);
    }

    /// One that was stopped by a signal that no one sees finds out by itself.
    #[tokio::test(start_paused = true)]
    async fn a_stopped_holder_that_was_passed_over_has_lost_its_turn() {
        let home = tempfile::tempdir().expect("a folder");
        let (one, other) = (turns(home.path()), turns(home.path()));
        let turn = one.take(Step::SignIn, "x").expect("free");
        let last = turn.hold.name.pulse(&one.locks).expect("there");
        assert!(!turn.hold.was_taken_since(&one.locks, last));
        std::thread::sleep(Duration::from_millis(20));
        let next = other.take_name(&turn.hold.name.at(1), Some(last.taken));
        assert!(next.is_some() && turn.hold.was_taken_since(&one.locks, last));
    }
}
