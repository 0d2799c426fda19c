//! Whether a rule matches: all its patterns must, and what is not known of a subject fits none.

use super::pattern::{Name, Pattern};
use super::subject::{Names, Subject};

/// What a rule matches: a field matches where one of its patterns does, and one without patterns always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    pub account: Vec<Pattern>,
    pub id: Vec<Pattern>,
    pub permission_set: Vec<Pattern>,
    pub email: Vec<Pattern>,
    pub session: Vec<Pattern>,
}

impl Match {
    /// Whether it has no pattern at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            account,
            id,
            permission_set,
            email,
            session,
        } = self;
        [account, id, permission_set, email, session]
            .iter()
            .all(|patterns| patterns.is_empty())
    }

    /// Whether it fits a subject. What is not known of it fits no pattern.
    #[must_use]
    pub fn fits(&self, subject: Subject<'_>) -> bool {
        self.matches(&Names::new(subject))
    }

    pub(super) fn matches(&self, names: &Names<'_>) -> bool {
        self.matches_account(names) && self.matches_permission_set(names.permission_set())
    }

    pub(super) fn matches_permission_set(&self, name: Option<&Name<'_>>) -> bool {
        let some = |name: &Name<'_>| self.permission_set.iter().any(|pattern| pattern.matches(name));
        self.permission_set.is_empty() || name.is_some_and(some)
    }

    /// Whether everything matches besides the permission set.
    pub(super) fn matches_account(&self, names: &Names<'_>) -> bool {
        fn some(patterns: &[Pattern], name: Option<&Name<'_>>) -> bool {
            name.is_some_and(|name| patterns.iter().any(|pattern| pattern.matches(name)))
        }
        let id = || Name::new(names.subject.account_id.as_str());
        (self.account.is_empty() || some(&self.account, Some(names.account())))
            && (self.id.is_empty() || some(&self.id, Some(&id())))
            && (self.email.is_empty() || some(&self.email, names.email()))
            && (self.session.is_empty() || some(&self.session, Some(names.session())))
    }

    /// Whether it could match if the account's name and email address were known: these count as fitting.
    pub(super) fn could_match(&self, names: &Names<'_>) -> bool {
        let without_names = Self {
            account: Vec::new(),
            email: Vec::new(),
            ..self.clone()
        };
        without_names.matches(names)
    }
}
