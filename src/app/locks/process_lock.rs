//! The right to do a step that must not be done twice at once, neither in this process nor by others.
//!
//! Across processes the operating system holds the lock, so a killed holder holds up no one. What a step does is
//! none of its business; [`turn_queue`](crate::app::locks::single_flight) waits for a turn.
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

use crate::app::locks::scope::Step;
use crate::store::{FileLock, Locks, Pulse, Stamp};

/// How often a holder shows that it runs.
const BEAT: Duration = Duration::from_secs(1);
/// After a pause like this between two beats a holder was stopped, and looks whether it was passed over.
const LONG_PAUSE: Duration = Duration::from_secs(5);
/// How many holders of one step may be passed over at the same time.
pub(in crate::app) const GENERATIONS: usize = 4;

/// All turns of this process.
#[derive(Debug)]
pub(in crate::app) struct Turns {
    pub(in crate::app) locks: Locks,
    held: Mutex<HashMap<Name, Weak<Hold>>>,
}

/// Which turn: the step, of what, and how many holders before this one were passed over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::app) struct Name {
    step: &'static str,
    of: String,
    pub(in crate::app) generation: usize,
}

impl Name {
    pub(in crate::app) fn new(step: Step, of: &str) -> Self {
        Self {
            step: step.as_str(),
            of: of.to_owned(),
            generation: 0,
        }
    }

    pub(in crate::app) fn at(&self, generation: usize) -> Self {
        Self {
            generation,
            ..self.clone()
        }
    }

    fn path(&self, locks: &Locks) -> std::path::PathBuf {
        locks.path_of_generation(self.step, &self.of, self.generation)
    }

    pub(in crate::app) fn pulse(&self, locks: &Locks) -> Option<Pulse> {
        Pulse::of(&self.path(locks))
    }

    pub(in crate::app) fn later(&self) -> impl Iterator<Item = Self> + '_ {
        (self.generation + 1..GENERATIONS).map(|generation| self.at(generation))
    }
}

/// What is behind a turn.
#[derive(Debug)]
pub(in crate::app) struct Hold {
    pub(in crate::app) name: Name,
    /// `None` while this process is stopped.
    lock: Mutex<Option<FileLock>>,
    lost: watch::Sender<bool>,
}

impl Hold {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<FileLock>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether another one has had this step since `last`: it took this lock, or passed it over.
    pub(in crate::app) fn was_taken_since(&self, locks: &Locks, last: Pulse) -> bool {
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
pub(in crate::app) struct Turn<'a> {
    turns: &'a Turns,
    pub(in crate::app) hold: Arc<Hold>,
}

impl Turn<'_> {
    /// Whether another one has taken over, because this one took too long.
    pub(in crate::app) fn is_passed_over(&self) -> bool {
        self.hold.name.later().any(|later| self.turns.is_held(&later))
    }

    /// Waits until another process has taken over, which happens only after this one was stopped. Who
    /// can should end its step then, and wait for the other one.
    pub(in crate::app) async fn lost(&self) {
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

impl Turns {
    pub(in crate::app) fn new(locks: Locks) -> Self {
        Self {
            locks,
            held: Mutex::default(),
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Name, Weak<Hold>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::app) fn is_held(&self, name: &Name) -> bool {
        self.held().contains_key(name) || FileLock::is_held(&name.path(&self.locks))
    }

    /// Takes the turn of a name. `passed_over` is when the holder before it took its own.
    pub(in crate::app) fn take_name(&self, name: &Name, passed_over: Option<Stamp>) -> Option<Turn<'_>> {
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
    pub(in crate::app) fn is_still_passed_over(&self, name: &Name, passed_over: Option<Stamp>) -> bool {
        name.generation.checked_sub(1).is_none_or(|before| {
            let before = name.at(before);
            self.is_held(&before) && before.pulse(&self.locks).map(|pulse| pulse.taken) == passed_over
        })
    }

    /// Gives all turns up, because this process is about to be stopped. What comes back is for [`Self::wake`].
    pub(in crate::app) fn rest(&self) -> Resting {
        let held: Vec<Arc<Hold>> = self.held().values().filter_map(Weak::upgrade).collect();
        let given_up = held.into_iter().filter_map(|hold| {
            let pulse = hold.name.pulse(&self.locks);
            hold.lock().take()?;
            Some((hold, pulse))
        });
        Resting(given_up.collect())
    }

    /// Takes the turns up again that no other process has had meanwhile; the others are lost.
    pub(in crate::app) fn wake(&self, resting: Resting) {
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
}

/// Turns that were given up before a stop.
#[derive(Debug)]
pub(in crate::app) struct Resting(Vec<(Arc<Hold>, Option<Pulse>)>);
