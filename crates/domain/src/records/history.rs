//! Favourites and past uses, and the order that they give to the list. Holds no secrets, and no names of directories.
//!
//! The order is frecency: every use counts one, and what it counts halves every week. A plain count would keep on top
//! what was used daily a year ago; a plain date would put a single look above what is used every day. All uses lose
//! their weight at the same rate, so nothing changes places while nothing is used: the list can be remembered by hand,
//! and nothing has to be redrawn as time passes.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

pub use crate::TargetKey;
use crate::values::time::seconds_since;

/// What was done with a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Shell,
    Console,
    Export,
    Copy,
    Exec,
    Serve,
}

impl Action {
    pub const ALL: [Self; 6] = [
        Self::Shell,
        Self::Console,
        Self::Export,
        Self::Copy,
        Self::Exec,
        Self::Serve,
    ];

    /// The word for it, in files and on screen.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Console => "console",
            Self::Export => "export",
            Self::Copy => "copy",
            Self::Exec => "exec",
            Self::Serve => "serve",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How much past uses count at an instant: they fade, and new ones are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// In thousandths of a use that has just happened.
    pub thousandths: u32,
    /// When that was so.
    pub at: Timestamp,
}

impl Weight {
    const ONE_USE: u32 = 1000;
    /// After this long a use counts half as much.
    const HALF_LIFE: i64 = 7 * 86_400;

    /// The weight of a first use.
    #[must_use]
    pub fn first(at: Timestamp) -> Self {
        Self {
            thousandths: Self::ONE_USE,
            at,
        }
    }

    /// The weight of so many uses of which only the last is known by its time: most of them were earlier.
    #[must_use]
    pub fn estimated(times: u32, at: Timestamp) -> Self {
        Self {
            thousandths: Self::ONE_USE.saturating_mul(times.clamp(1, 5)),
            at,
        }
    }

    /// The same after another use.
    #[must_use]
    fn with_use(self, at: Timestamp) -> Self {
        let faded = u32::try_from(self.fine_at(at) >> Self::FINE).unwrap_or(u32::MAX);
        Self {
            thousandths: faded.saturating_add(Self::ONE_USE),
            at,
        }
    }

    /// Bits below a thousandth that comparisons are made with: a use of a year ago still counts more than none.
    const FINE: u32 = 24;

    /// The weight at a later instant. Halved for each half-life, and in a straight line within one. A clock that was
    /// set back makes nothing heavier.
    fn fine_at(self, at: Timestamp) -> u64 {
        let age = seconds_since(self.at, at).max(0);
        let halvings = u32::try_from(age / Self::HALF_LIFE).unwrap_or(u32::MAX);
        let whole = (u64::from(self.thousandths) << Self::FINE)
            .checked_shr(halvings)
            .unwrap_or(0);
        let part = u64::try_from(age % Self::HALF_LIFE).unwrap_or(0);
        let half_life = Self::HALF_LIFE.unsigned_abs();
        whole - whole / 2 / half_life * part
    }
}

/// A directory, by a digest of its path: that two uses were in the same one can be seen, but not which one it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryId(String);

impl DirectoryId {
    /// Takes a digest.
    #[must_use]
    pub fn new(digest: impl Into<String>) -> Self {
        Self(digest.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The uses of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub target: TargetKey,
    /// The last one.
    pub at: Timestamp,
    pub action: Action,
    pub times: u32,
    pub weight: Weight,
    /// The directories that it was used in, the latest first.
    pub directories: Vec<(DirectoryId, Weight)>,
}

/// Favourites and past uses; uses newest first, one entry a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    pub favourites: BTreeSet<TargetKey>,
    pub uses: Vec<Use>,
    /// The directory that one is in: what was used in it comes first.
    pub here: Option<DirectoryId>,
    /// What the list was last searched for.
    pub last_search: Option<String>,
    /// The user wants no uses remembered.
    pub is_off: bool,
}

/// How many targets are remembered.
const LONGEST: usize = 500;
/// How many directories are remembered of each.
const MOST_DIRECTORIES: usize = 4;
/// How many recents stand on top of the list.
pub const RECENTS: usize = 5;
/// How much more a use counts in the directory that it was in.
const SAME_DIRECTORY: u64 = 4;

impl History {
    /// Notes a use: the target moves to the front.
    pub fn record(&mut self, target: TargetKey, action: Action, at: Timestamp) {
        if self.is_off {
            return;
        }
        let known = self.uses.iter().position(|u| u.target == target);
        let mut used = match known.map(|place| self.uses.remove(place)) {
            Some(before) => Use {
                weight: before.weight.with_use(at),
                times: before.times.saturating_add(1),
                at,
                action,
                ..before
            },
            None => Use {
                target,
                at,
                action,
                times: 1,
                weight: Weight::first(at),
                directories: Vec::new(),
            },
        };
        if let Some(here) = &self.here {
            let known = used.directories.iter().position(|(id, _)| id == here);
            let weight = match known.map(|place| used.directories.remove(place)) {
                Some((_, before)) => before.with_use(at),
                None => Weight::first(at),
            };
            used.directories.insert(0, (here.clone(), weight));
            used.directories.truncate(MOST_DIRECTORIES);
        }
        self.uses.insert(0, used);
        self.uses.truncate(LONGEST);
    }

    /// Makes a target a favourite, or no longer one. True when it now is.
    pub fn toggle_favourite(&mut self, target: TargetKey) -> bool {
        if self.favourites.remove(&target) {
            false
        } else {
            self.favourites.insert(target);
            true
        }
    }

    #[must_use]
    pub fn is_favourite(&self, target: &TargetKey) -> bool {
        self.favourites.contains(target)
    }

    #[must_use]
    pub fn last_use(&self, target: &TargetKey) -> Option<&Use> {
        self.uses.iter().find(|u| &u.target == target)
    }

    /// The favourites of a session, by account ID.
    #[must_use]
    pub fn favourites_of(&self, sessions: &[&str]) -> Vec<&TargetKey> {
        let of_sessions = |key: &&TargetKey| sessions.contains(&key.session.as_str());
        self.favourites.iter().filter(of_sessions).collect()
    }

    /// The targets of some sessions that are used most and last, and are no favourites, the best first.
    #[must_use]
    pub fn recents_of(&self, sessions: &[&str]) -> Vec<&TargetKey> {
        let mut uses: Vec<&Use> = self
            .uses
            .iter()
            .filter(|u| sessions.contains(&u.target.session.as_str()) && !self.is_favourite(&u.target))
            .collect();
        // Of the last use of all: only differences count, and they stay the same as time passes.
        let now = self.uses.iter().map(|u| u.at).max().unwrap_or_default();
        uses.sort_by_cached_key(|u| Reverse((self.frecency(u, now), u.at)));
        uses.into_iter().take(RECENTS).map(|u| &u.target).collect()
    }

    /// How much the uses of a target count at an instant and in this directory.
    fn frecency(&self, used: &Use, now: Timestamp) -> u64 {
        let here = self.here.as_ref().and_then(|here| {
            let (_, weight) = used.directories.iter().find(|(id, _)| id == here)?;
            Some(weight.fine_at(now))
        });
        used.weight
            .fine_at(now)
            .saturating_add(here.unwrap_or_default().saturating_mul(SAME_DIRECTORY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PermissionSetName;
    use proptest::prelude::*;

    const DAY: i64 = 86_400;

    fn key(id: u64) -> TargetKey {
        TargetKey {
            session: "org".into(),
            account_id: format!("{id:012}").parse().unwrap_or_else(|e| panic!("{e}")),
            permission_set: PermissionSetName::new("Admin"),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap_or_default()
    }

    fn after(uses: &[(u64, i64)]) -> History {
        let mut history = History::default();
        for (id, second) in uses {
            history.record(key(*id), Action::Shell, at(*second));
        }
        history
    }

    #[test]
    fn favourites_are_no_recents_and_neither_are_those_of_other_sessions() {
        let mut history = after(&[(2, 0), (4, 0), (5, 0)]);
        history.record(key(2), Action::Console, at(0));
        assert!(history.toggle_favourite(key(5)));
        let last = history.last_use(&key(2));
        assert_eq!(last.map(|u| (u.times, u.action)), Some((2, Action::Console)));
        assert_eq!(history.favourites_of(&["org"]), [&key(5)]);
        assert_eq!(history.recents_of(&["org"]), [&key(2), &key(4)]);
        assert!(history.recents_of(&["lab"]).is_empty());
        assert!(!history.toggle_favourite(key(5)));
    }

    #[test]
    fn what_is_used_often_comes_before_what_was_used_last_until_it_fades() {
        // Daily for a week, then one look at another.
        let mut uses: Vec<(u64, i64)> = (0..7).map(|day| (1, day * DAY)).collect();
        uses.push((2, 7 * DAY));
        assert_eq!(after(&uses).recents_of(&["org"]), [&key(1), &key(2)]);
        // Weeks later the daily one has faded.
        uses.push((3, 35 * DAY));
        assert_eq!(after(&uses).recents_of(&["org"]), [&key(3), &key(1), &key(2)]);
    }

    #[test]
    fn what_was_used_in_this_directory_comes_first_there() {
        let directory = |name: &str| Some(DirectoryId::new(name));
        let mut history = History {
            here: directory("infra"),
            ..History::default()
        };
        history.record(key(1), Action::Shell, at(0));
        history.here = directory("web");
        for second in 1..=3 {
            history.record(key(2), Action::Shell, at(second));
        }
        assert_eq!(history.recents_of(&["org"]), [&key(2), &key(1)]);
        history.here = directory("infra");
        assert_eq!(history.recents_of(&["org"]), [&key(1), &key(2)]);
        history.here = None;
        assert_eq!(history.recents_of(&["org"]), [&key(2), &key(1)]);
        // Only a few directories are remembered of a target.
        for name in ["a", "b", "c", "d", "e"] {
            history.here = directory(name);
            history.record(key(1), Action::Shell, at(10));
        }
        let known = history.last_use(&key(1)).map(|u| u.directories.len());
        assert_eq!(known, Some(MOST_DIRECTORIES));
    }

    #[test]
    fn nothing_is_recorded_where_history_is_off() {
        let mut history = History {
            is_off: true,
            ..History::default()
        };
        history.record(key(1), Action::Shell, at(0));
        assert!(history.uses.is_empty() && history.toggle_favourite(key(1)));
    }

    proptest! {
        /// A use never lowers a target, and no clock, however it was set, makes a number overflow.
        #[test]
        fn the_target_that_is_used_never_falls(
            uses in prop::collection::vec((0_u64..6, -100 * DAY..100 * DAY), 1..40),
            last in 0_u64..6,
        ) {
            let mut history = after(&uses);
            let place = |history: &History| history.recents_of(&["org"]).iter().position(|k| **k == key(last));
            let before = place(&history);
            let newest = uses.iter().map(|(_, at)| *at).max().unwrap_or(0);
            history.record(key(last), Action::Shell, at(newest + 1));
            let now = place(&history);
            prop_assert!(before.is_none_or(|before| now.is_some_and(|now| now <= before)), "{before:?} {now:?}");
        }

        #[test]
        fn a_weight_only_fades(thousandths: u32, first in -4_000_000_000_i64..4_000_000_000, ages in (0..DAY * 4000, 0..DAY * 4000)) {
            let weight = Weight { thousandths, at: at(first) };
            let (young, old) = (ages.0.min(ages.1), ages.0.max(ages.1));
            prop_assert!(weight.fine_at(at(first + old)) <= weight.fine_at(at(first + young)));
        }
    }
}
