//! One at a time: steps that must not be done twice at once, neither in this process nor by others.
//!
//! Whoever comes second keeps looking whether the first one has left what it needs, and takes over where the
//! first one went away without leaving anything. Across processes the operating system holds the lock, so
//! a killed holder holds up nobody. What a step does is none of its business.
//!
//! A holder may also be stopped, or hang. One that is stopped by a key gives its turns up first ([`Turns::rest`]).
//! One that shows no pulse, or takes too long, is passed over: those who wait for it compete for the lock of
//! the next generation, so that exactly one of them goes on, and the others wait for that one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::store::{FileLock, Locks, Pulse, Stamp};

/// A step that one at a time does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Registration and device authorization.
    SignIn,
    /// Trading a refresh token for tokens.
    Refresh,
    /// GetRoleCredentials of one target.
    Credentials,
    /// Listing all assignments of one access portal.
    List,
}

impl Step {
    fn word(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Refresh => "refresh",
            Self::Credentials => "credentials",
            Self::List => "list",
        }
    }

    /// How long a holder that runs is watched without leaving anything. A code lives ten minutes, and its
    /// holder tells how it ended; a listing may take minutes, and who waits for one sees whether it goes
    /// on; the other steps are short.
    pub(super) fn patience(self) -> Duration {
        match self {
            Self::SignIn => Duration::from_mins(11),
            Self::List => Duration::from_mins(2),
            Self::Refresh | Self::Credentials => Duration::from_secs(30),
        }
    }

    /// What a waiter says.
    #[must_use]
    pub fn waiting(self) -> &'static str {
        match self {
            Self::SignIn => "another genkan is signing in to this session; waiting for it …",
            Self::Refresh => "another genkan is refreshing the sign-in; waiting for it …",
            Self::Credentials => "another genkan is getting these credentials; waiting for it …",
            Self::List => "another genkan is listing this session; waiting for it …",
        }
    }

    /// What the other one does, for a sentence that begins with "another genkan".
    #[must_use]
    pub fn doing(self) -> &'static str {
        match self {
            Self::SignIn => "signing in to this session",
            Self::Refresh => "refreshing the sign-in",
            Self::Credentials => "getting these credentials",
            Self::List => "listing this session",
        }
    }
}

/// A wait that is shorter than this is nobody's business.
const SILENT: Duration = Duration::from_secs(1);
/// How often a waiter looks, at first and after a while.
const SOON: Duration = Duration::from_millis(20);
const SELDOM: Duration = Duration::from_millis(200);
/// How often a holder shows that it runs.
const BEAT: Duration = Duration::from_secs(1);
/// After a pause like this between two beats a holder was stopped, and looks whether it was passed over.
const LONG_PAUSE: Duration = Duration::from_secs(5);
/// How long a holder is watched without a beat before it is passed over. A machine may be busy.
const STOPPED: Duration = Duration::from_secs(10);
/// How many holders of one step may be passed over at the same time.
const GENERATIONS: usize = 4;

/// All turns of this process.
#[derive(Debug)]
pub(super) struct Turns {
    locks: Locks,
    held: Mutex<HashMap<Name, Weak<Hold>>>,
}

/// Which turn: the step, of what, and how many holders before this one were passed over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Name {
    step: &'static str,
    of: String,
    generation: usize,
}

impl Name {
    fn at(&self, generation: usize) -> Self {
        Self {
            generation,
            ..self.clone()
        }
    }

    fn path(&self, locks: &Locks) -> std::path::PathBuf {
        locks.path_of_generation(self.step, &self.of, self.generation)
    }

    fn pulse(&self, locks: &Locks) -> Option<Pulse> {
        Pulse::of(&self.path(locks))
    }

    fn later(&self) -> impl Iterator<Item = Self> + '_ {
        (self.generation + 1..GENERATIONS).map(|generation| self.at(generation))
    }
}

/// What is behind a turn.
#[derive(Debug)]
struct Hold {
    name: Name,
    /// `None` while this process is stopped.
    lock: Mutex<Option<FileLock>>,
    lost: watch::Sender<bool>,
}

impl Hold {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<FileLock>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether another one has had this step since `last`: it took this lock, or passed it over.
    fn was_taken_since(&self, locks: &Locks, last: Pulse) -> bool {
        let passed_over = |name: Name| name.pulse(locks).is_some_and(|pulse| pulse.beat > last.beat);
        let now = self.name.pulse(locks);
        now.is_some_and(|now| now.taken != last.taken) || self.name.later().any(passed_over)
    }

    /// Shows that this process runs, until the lock is given up.
    fn keep_beating(self: &Arc<Self>, locks: &Locks) {
        let heart = self.lock().as_ref().and_then(FileLock::heart);
        let (Some(heart), Ok(runtime)) = (heart, tokio::runtime::Handle::try_current()) else {
            return;
        };
        let (hold, locks) = (Arc::downgrade(self), locks.clone());
        runtime.spawn(async move {
            loop {
                let last = Instant::now();
                tokio::time::sleep(BEAT).await;
                let Some(hold) = hold.upgrade() else { return };
                let before = hold.name.pulse(&locks);
                if last.elapsed() >= LONG_PAUSE
                    && before.is_some_and(|last| hold.was_taken_since(&locks, last))
                {
                    hold.lost.send_replace(true);
                }
                if !heart.beat() {
                    return;
                }
            }
        });
    }
}

/// The right to do a step, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    hold: Arc<Hold>,
}

impl Turn<'_> {
    /// Whether another one has taken over, because this one took too long.
    pub(super) fn is_passed_over(&self) -> bool {
        self.hold.name.later().any(|later| self.turns.is_held(&later))
    }

    /// Waits until another process has taken over, which happens only after this one was stopped. Who
    /// can should end its step then, and wait for the other one.
    pub(super) async fn lost(&self) {
        let mut lost = self.hold.lost.subscribe();
        if lost.wait_for(|lost| *lost).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // The lock first: who finds the name free must find the lock free.
        self.hold.lock().take();
        self.turns.held().remove(&self.hold.name);
    }
}

/// What waiting for a turn came to.
#[derive(Debug)]
pub(super) enum Waited<Turn, T> {
    Turn(Turn),
    /// Another one has left this.
    Found(T),
    /// One holder after the other took too long.
    Late,
}

impl Turns {
    pub(super) fn new(locks: Locks) -> Self {
        Self {
            locks,
            held: Mutex::default(),
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Name, Weak<Hold>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turn, if nobody has it.
    pub(super) fn take(&self, step: Step, of: &str) -> Option<Turn<'_>> {
        self.queue(step, of).try_turn()
    }

    /// A place among those who want a turn.
    pub(super) fn queue(&self, step: Step, of: &str) -> Queue<'_> {
        Queue {
            turns: self,
            step,
            name: Name {
                step: step.word(),
                of: of.to_owned(),
                generation: 0,
            },
            passed_over: None,
            watch: Watch::default(),
        }
    }

    fn is_held(&self, name: &Name) -> bool {
        self.held().contains_key(name) || FileLock::is_held(&name.path(&self.locks))
    }

    /// Takes the turn of a name. `passed_over` is when the holder before it took its own.
    fn take_name(&self, name: &Name, passed_over: Option<Stamp>) -> Option<Turn<'_>> {
        match self.held().entry(name.clone()) {
            // What is there is how a stop finds its holder.
            Entry::Occupied(_) => return None,
            Entry::Vacant(free) => free.insert(Weak::new()),
        };
        let taken = FileLock::try_acquire(&name.path(&self.locks)).filter(|lock| {
            // First seen, then looked: of two who take different generations at once, one sees the other.
            lock.start_pulse();
            name.later().all(|later| !self.is_held(&later)) && self.is_still_passed_over(name, passed_over)
        });
        let Some(lock) = taken else {
            self.held().remove(name);
            return None;
        };
        let hold = Arc::new(Hold {
            name: name.clone(),
            lock: Mutex::new(Some(lock)),
            lost: watch::Sender::new(false),
        });
        self.held().insert(name.clone(), Arc::downgrade(&hold));
        hold.keep_beating(&self.locks);
        Some(Turn { turns: self, hold })
    }

    /// Whether the holder before a name is the one that was passed over, and holds its lock still.
    fn is_still_passed_over(&self, name: &Name, passed_over: Option<Stamp>) -> bool {
        name.generation.checked_sub(1).is_none_or(|before| {
            let before = name.at(before);
            self.is_held(&before) && before.pulse(&self.locks).map(|pulse| pulse.taken) == passed_over
        })
    }

    /// Gives all turns up, because this process is about to be stopped. What comes back is for [`Self::wake`].
    pub(super) fn rest(&self) -> Resting {
        let held: Vec<Arc<Hold>> = self.held().values().filter_map(Weak::upgrade).collect();
        let given_up = held.into_iter().filter_map(|hold| {
            let pulse = hold.name.pulse(&self.locks);
            hold.lock().take()?;
            Some((hold, pulse))
        });
        Resting(given_up.collect())
    }

    /// Takes the turns up again that no other process has had meanwhile; the others are lost.
    pub(super) fn wake(&self, resting: Resting) {
        for (hold, last) in resting.0 {
            let taken = last.is_some_and(|last| hold.was_taken_since(&self.locks, last));
            let again = FileLock::try_acquire(&hold.name.path(&self.locks)).filter(|_| !taken);
            match again {
                Some(lock) => {
                    lock.start_pulse();
                    *hold.lock() = Some(lock);
                    hold.keep_beating(&self.locks);
                }
                None => {
                    hold.lost.send_replace(true);
                }
            }
        }
    }

    /// Waits for the turn, or for what `look` finds. Whoever gets the turn has looked under it.
    /// `tell` is called once, when the wait is worth a word.
    pub(super) async fn wait<T>(
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
                    tracing::debug!(step = step.word(), ms = millis(start), "waited for another one's");
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

/// Turns that were given up before a stop.
#[derive(Debug)]
pub(super) struct Resting(Vec<(Arc<Hold>, Option<Pulse>)>);

/// Whether waiting can lead to anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    Left,
    /// As many holders as may be were passed over.
    Over,
}

/// A place among those who want a turn.
#[derive(Debug)]
pub(super) struct Queue<'a> {
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
    /// The turn, if nobody has it.
    pub(super) fn try_turn(&mut self) -> Option<Turn<'a>> {
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
    pub(super) fn goes_on(&mut self) {
        self.watch.watched = Duration::ZERO;
    }

    /// Waits a little, and passes over a holder that doesn't run or takes too long.
    pub(super) async fn pause(&mut self, pause: Duration) -> Patience {
        tokio::time::sleep(pause).await;
        let watched = self.name.at(self.watch.generation);
        self.watch.look(watched.pulse(&self.turns.locks), pause);
        let stopped = self.watch.still >= STOPPED;
        if !stopped && self.watch.watched < self.step.patience() {
            return Patience::Left;
        }
        let generation = watched.generation + 1;
        tracing::warn!(
            step = self.step.word(),
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
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::platform::paths::{PathVariables, Paths};

    fn locks(home: &Path) -> Locks {
        let variables = PathVariables {
            home: Some(home.to_owned()),
            ..PathVariables::default()
        };
        Locks::new(&Paths::resolve(&variables).expect("a home"))
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
        let lock = FileLock::try_acquire(&locks(home).path(step.word(), "x")).expect("free");
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
            .map(|generation| locks.path_of_generation(Step::Refresh.word(), "x", generation))
            .map(|path| FileLock::try_acquire(&path).expect("free"))
            .collect();
        let turns = turns(home.path());
        let late = turns.wait(Step::Refresh, "x", || None::<()>, |_| {}).await;
        assert!(matches!(late, Waited::Late));
        drop(all);
    }

    /// A process that is stopped by a key gives its turns up, and has them again if nobody wanted them.
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

    /// One that was stopped by a signal that nobody sees finds out by itself.
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
