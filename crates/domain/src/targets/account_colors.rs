//! The colours that accounts have in the AWS console, as far as they were read, and which roles may not read them.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::rules::AccountColor;
use crate::values::time::seconds_since;
use crate::{AccountId, TargetKey};

/// How long an answer, or a refusal, counts: both may change, and neither often.
const COUNTS_SECONDS: i64 = 30 * 24 * 60 * 60;

/// What is known of one account: its colour, if it has one, and when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadColor {
    pub color: Option<AccountColor>,
    pub at: Timestamp,
}

/// The colours that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountColors {
    accounts: HashMap<AccountId, ReadColor>,
    /// Targets whose role may not read it, and when that was found.
    refused: HashMap<TargetKey, Timestamp>,
}

impl AccountColors {
    /// Those of a list, and the targets of another whose role may not read them.
    #[must_use]
    pub fn of(
        accounts: impl IntoIterator<Item = (AccountId, ReadColor)>,
        refused: impl IntoIterator<Item = (TargetKey, Timestamp)>,
    ) -> Self {
        Self {
            accounts: accounts.into_iter().collect(),
            refused: refused.into_iter().collect(),
        }
    }

    /// The colour of an account in the console; `None` where it has none, or that is not known.
    #[must_use]
    pub fn color(&self, account: &AccountId) -> Option<AccountColor> {
        self.accounts.get(account)?.color
    }

    /// Whether entering a target is a reason to ask for the colour of its account.
    #[must_use]
    pub fn is_due(&self, target: &TargetKey, now: Timestamp) -> bool {
        let counts = |at: Timestamp| seconds_since(at, now) < COUNTS_SECONDS;
        let is_known = self
            .accounts
            .get(&target.account_id)
            .is_some_and(|read| counts(read.at));
        let is_refused = self.refused.get(target).is_some_and(|at| counts(*at));
        !is_known && !is_refused
    }

    /// Takes in what the console says of a target's account.
    pub fn set(&mut self, target: &TargetKey, color: Option<AccountColor>, now: Timestamp) {
        self.refused.remove(target);
        self.accounts
            .insert(target.account_id.clone(), ReadColor { color, at: now });
    }

    /// Takes in that a target's role may not read it.
    pub fn refuse(&mut self, target: TargetKey, now: Timestamp) {
        self.refused.insert(target, now);
    }

    pub fn accounts(&self) -> impl Iterator<Item = (&AccountId, &ReadColor)> {
        self.accounts.iter()
    }

    pub fn refused(&self) -> impl Iterator<Item = (&TargetKey, &Timestamp)> {
        self.refused.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PermissionSetName;

    fn key(set: &str) -> TargetKey {
        TargetKey {
            session: "org".into(),
            account_id: "000000000001".parse().unwrap_or_else(|e| panic!("{e}")),
            permission_set: PermissionSetName::new(set),
        }
    }

    #[test]
    fn a_color_is_asked_for_once_a_month_and_a_refusal_counts_for_its_role() {
        let at =
            |day: i64| Timestamp::from_second(1_000_000 + day * 86_400).unwrap_or_else(|e| panic!("{e}"));
        let mut colors = AccountColors::default();
        assert!(colors.is_due(&key("Admin"), at(0)));
        colors.refuse(key("Read"), at(0));
        assert!(!colors.is_due(&key("Read"), at(29)) && colors.is_due(&key("Admin"), at(29)));
        assert!(colors.is_due(&key("Read"), at(30)));
        colors.set(&key("Admin"), Some(AccountColor::Red), at(1));
        assert_eq!(colors.color(&key("Read").account_id), Some(AccountColor::Red));
        assert!(!colors.is_due(&key("Read"), at(30)) && colors.is_due(&key("Admin"), at(31)));
        // An account without a colour is known, too.
        colors.set(&key("Admin"), None, at(31));
        assert!(!colors.is_due(&key("Admin"), at(32)));
        assert_eq!(colors.color(&key("Read").account_id), None);
    }
}
