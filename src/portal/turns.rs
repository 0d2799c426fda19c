//! One at a time: steps that must not be done twice at once, neither in this process nor by others.
//!
//! Whoever comes second keeps looking whether the first one has left what it needs, and takes over
//! where the first one went away without leaving anything. Across processes the operating system
//! holds the lock, so a killed holder holds up nobody. What a step does is none of its business.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::store::{FileLock, Locks};

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

    /// How long to wait for another one. A code lives ten minutes, and its holder tells how it
    /// ended; a listing may take minutes, and who waits for one sees whether it goes on; the other
    /// steps are short, and doing them twice harms nobody.
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
}

/// A wait that is shorter than this is nobody's business.
const SILENT: Duration = Duration::from_secs(1);
/// How often a waiter looks, at first and after a while.
const SOON: Duration = Duration::from_millis(20);
const SELDOM: Duration = Duration::from_millis(200);

/// All turns of this process.
#[derive(Debug)]
pub(super) struct Turns {
    locks: Locks,
    taken: Mutex<HashSet<(&'static str, String)>>,
}

/// The right to do a step, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    name: (&'static str, String),
    _lock: FileLock,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.taken().remove(&self.name);
    }
}

/// What waiting for a turn came to.
#[derive(Debug)]
pub(super) enum Waited<'a, T> {
    Turn(Turn<'a>),
    /// Another one has left this.
    Found(T),
    /// The other one is still at it.
    Late,
}

impl Turns {
    pub(super) fn new(locks: Locks) -> Self {
        Self {
            locks,
            taken: Mutex::default(),
        }
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, HashSet<(&'static str, String)>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turn, if nobody has it.
    pub(super) fn take(&self, step: Step, of: &str) -> Option<Turn<'_>> {
        let name = (step.word(), of.to_owned());
        if !self.taken().insert(name.clone()) {
            return None;
        }
        if let Some(lock) = FileLock::try_acquire(&self.locks.path(step.word(), of)) {
            let turns = self;
            return Some(Turn {
                turns,
                name,
                _lock: lock,
            });
        }
        self.taken().remove(&name);
        None
    }

    /// Waits for the turn, or for what `look` finds. Whoever gets the turn has looked under it.
    /// `tell` is called once, when the wait is worth a word.
    pub(super) async fn wait<T>(
        &self,
        step: Step,
        of: &str,
        mut look: impl FnMut() -> Option<T>,
        tell: impl FnOnce(Step),
    ) -> Waited<'_, T> {
        let start = Instant::now();
        let mut tell = Some(tell);
        let mut pause = SOON;
        loop {
            let turn = self.take(step, of);
            if let Some(found) = look() {
                if start.elapsed() >= SOON {
                    tracing::debug!(step = step.word(), ms = millis(start), "waited for another one's");
                }
                return Waited::Found(found);
            }
            if let Some(turn) = turn {
                return Waited::Turn(turn);
            }
            let waited = start.elapsed();
            if waited >= step.patience() {
                tracing::warn!(step = step.word(), "another one is still at it");
                return Waited::Late;
            }
            if waited >= SILENT
                && let Some(tell) = tell.take()
            {
                tell(step);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(SELDOM);
        }
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::platform::paths::{PathVariables, Paths};

    fn turns(home: &std::path::Path) -> Turns {
        let variables = PathVariables {
            home: Some(home.to_owned()),
            ..PathVariables::default()
        };
        Turns::new(Locks::new(&Paths::resolve(&variables).expect("a home")))
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
    async fn a_waiter_takes_over_is_told_and_has_an_end() {
        let home = tempfile::tempdir().expect("a folder");
        let turns = turns(home.path());
        let held = turns.take(Step::Refresh, "x");
        assert!(held.is_some() && turns.take(Step::Refresh, "x").is_none());
        assert!(turns.take(Step::Refresh, "y").is_some() && turns.take(Step::SignIn, "x").is_some());
        let told = AtomicU32::new(0);
        let tell = |_| {
            told.fetch_add(1, Ordering::SeqCst);
        };
        let late = turns.wait(Step::Refresh, "x", || None::<()>, tell).await;
        assert!(matches!(late, Waited::Late));
        assert_eq!(told.load(Ordering::SeqCst), 1);
        drop(held);
        let turn = turns.wait(Step::Refresh, "x", || None::<()>, tell).await;
        assert!(matches!(turn, Waited::Turn(_)));
        assert_eq!(told.load(Ordering::SeqCst), 1, "no wait, no word");
    }
}
