//! One account, or one of its permission sets: what the list shows on a line, and what an action on that line takes.

use std::borrow::Cow;
use std::sync::Arc;

use crate::domain::records::history::TargetKey;
use crate::domain::rules::Subject;
use crate::domain::targets::account::count_names;
use crate::domain::{Account, AccountEntry, PermissionSetName, Target};

/// An account or a target. It shares its texts with the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    session: Arc<str>,
    entry: Arc<AccountEntry>,
    /// Which of the entry's; `None` for the account as a whole.
    permission_set: Option<usize>,
}

impl Row {
    pub(super) fn new(session: Arc<str>, entry: Arc<AccountEntry>, permission_set: Option<usize>) -> Self {
        Self {
            session,
            entry,
            permission_set,
        }
    }

    /// The SSO session that it is of.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }

    /// Whether it is of the same account and permission set, whatever else is known of these now.
    #[must_use]
    pub fn is_same_target(&self, other: &Self) -> bool {
        self.session == other.session
            && self.account().id == other.account().id
            && self.permission_set() == other.permission_set()
    }

    #[must_use]
    pub fn account(&self) -> &Account {
        &self.entry.account
    }

    /// `None` for an account as a whole: it has several permission sets, or they are not known.
    #[must_use]
    pub fn permission_set(&self) -> Option<&PermissionSetName> {
        self.entry.permission_sets.get(self.permission_set?)
    }

    /// Every permission set of the row's account.
    #[must_use]
    pub fn permission_sets(&self) -> &[PermissionSetName] {
        &self.entry.permission_sets
    }

    /// Whether it is an account whose permission sets have lines of their own.
    #[must_use]
    pub fn is_account(&self) -> bool {
        self.permission_set.is_none() && !self.entry.permission_sets.is_empty()
    }

    /// Why the account could not be listed the last time.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.entry.problem.as_deref()
    }

    /// The permission set, how many there are, or why there is none.
    #[must_use]
    pub fn in_second_column(&self) -> Cow<'_, str> {
        match (self.permission_set(), self.problem()) {
            (Some(set), _) => set.shown().into(),
            (None, _) if self.is_account() => count_names(self.permission_sets(), false).into(),
            (None, Some(_)) => "failed to load".into(),
            (None, None) => "loading…".into(),
        }
    }

    /// What an action on this line acts on.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        Some(Target {
            session: self.session.as_ref().to_owned(),
            account_id: self.account().id.clone(),
            account_name: self.account().name.clone(),
            permission_set: self.permission_set()?.clone(),
        })
    }

    /// Every target of the row's account.
    #[must_use]
    pub fn targets(&self) -> Vec<Target> {
        let target = |set: &PermissionSetName| Target {
            session: self.session.as_ref().to_owned(),
            account_id: self.account().id.clone(),
            account_name: self.account().name.clone(),
            permission_set: set.clone(),
        };
        self.permission_sets().iter().map(target).collect()
    }

    /// What rules are compared with; the account as a whole where it is one.
    #[must_use]
    pub fn subject(&self) -> Subject<'_> {
        Subject::new(&self.session, self.account(), self.permission_set())
    }

    /// The account of the row as a whole.
    #[must_use]
    pub fn account_subject(&self) -> Subject<'_> {
        Subject::new(&self.session, self.account(), None)
    }

    #[must_use]
    pub fn key(&self) -> Option<TargetKey> {
        Some(self.key_of(self.permission_set()?))
    }

    /// The key of a permission set of the row's account.
    #[must_use]
    pub fn key_of(&self, set: &PermissionSetName) -> TargetKey {
        TargetKey {
            session: self.session.as_ref().to_owned(),
            account_id: self.account().id.clone(),
            permission_set: set.clone(),
        }
    }
}
