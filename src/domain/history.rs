//! Favourites and recents, and the order they give to the list. Holds no secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

pub use super::TargetKey;
use super::{AccountId, PermissionSetName};

/// What was done with a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Shell,
    Console,
    Export,
    Copy,
    Exec,
}

impl Action {
    pub const ALL: [Self; 5] = [Self::Shell, Self::Console, Self::Export, Self::Copy, Self::Exec];

    /// The word for it, in files and on screen.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Console => "console",
            Self::Export => "export",
            Self::Copy => "copy",
            Self::Exec => "exec",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The last use of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub target: TargetKey,
    pub at: Timestamp,
    pub action: Action,
    pub times: u32,
}

/// Favourites and past uses; uses newest first, one entry a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    pub favourites: BTreeSet<TargetKey>,
    pub uses: Vec<Use>,
}

/// How many targets are remembered.
const LONGEST: usize = 500;
/// How many recents stand on top of the list.
pub const RECENTS: usize = 5;

impl History {
    /// Notes a use: the target moves to the front.
    pub fn record(&mut self, target: TargetKey, action: Action, at: Timestamp) {
        let times = self.last_use(&target).map_or(0, |u| u.times);
        self.uses.retain(|u| u.target != target);
        self.uses.insert(
            0,
            Use {
                target,
                at,
                action,
                times: times.saturating_add(1),
            },
        );
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

    /// The order of a session's list without a query: favourites, then the newest recents, then the
    /// rest as given. Answers places in `targets`.
    #[must_use]
    pub fn order<'a>(
        &self,
        session: &str,
        targets: impl IntoIterator<Item = (&'a AccountId, Option<&'a PermissionSetName>)>,
    ) -> Vec<usize> {
        let recent = self.uses.iter().take(RECENTS).map(|u| &u.target).zip(1..);
        let favourites = self.favourites.iter().map(|key| (key, 0));
        // A few, asked for tens of thousands of times.
        let ranks: BTreeMap<(&AccountId, Option<&PermissionSetName>), usize> = recent
            .chain(favourites)
            .filter(|(key, _)| key.session == session)
            .map(|(key, rank)| ((&key.account_id, Some(&key.permission_set)), rank))
            .collect();
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for (at, target) in targets.into_iter().enumerate() {
            match ranks.get(&target) {
                Some(rank) => first.push((*rank, at)),
                None => rest.push(at),
            }
        }
        first.sort_unstable();
        first.into_iter().map(|(_, at)| at).chain(rest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Target;

    fn target(id: u64) -> Target {
        Target {
            session: "org".into(),
            account_id: format!("{id:012}").parse().unwrap_or_else(|e| panic!("{e}")),
            account_name: format!("account-{id}").into(),
            permission_set: PermissionSetName::new("Admin"),
        }
    }

    #[test]
    fn favourites_come_first_then_recents_then_the_rest() {
        let targets: Vec<Target> = (0..6).map(target).collect();
        let key = |i: u64| TargetKey::from(&target(i));
        let mut history = History::default();
        history.record(key(2), Action::Shell, Timestamp::UNIX_EPOCH);
        history.record(key(4), Action::Shell, Timestamp::UNIX_EPOCH);
        history.record(key(2), Action::Console, Timestamp::UNIX_EPOCH);
        assert!(history.toggle_favourite(key(5)));
        let parts = || targets.iter().map(|t| (&t.account_id, Some(&t.permission_set)));
        assert_eq!(history.order("org", parts()), [5, 2, 4, 0, 1, 3]);
        assert_eq!(history.order("lab", parts()), [0, 1, 2, 3, 4, 5]);
        assert_eq!(
            history.last_use(&key(2)).map(|u| (u.times, u.action)),
            Some((2, Action::Console))
        );
        assert!(!history.toggle_favourite(key(5)));
    }
}
