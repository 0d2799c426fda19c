//! What a listing found different from the one before it.
//!
//! Only what is known counts: the permission sets of an account that could not be listed, now or
//! then, are neither new nor gone. And only lists of one sign-in are compared: after another one, perhaps
//! of another user, "gone" would name accounts that this user never had. Nothing that AWS answers says whose
//! sign-in it is, so changes between two sign-ins of one user are not reported either.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::{Account, AccountEntry, AccountId, Catalog, PermissionSetName, SignInId};

/// One assignment that came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub account: Account,
    pub permission_set: PermissionSetName,
}

impl Change {
    /// Which assignment it is, whatever its account is called.
    #[must_use]
    pub fn key(&self) -> (AccountId, PermissionSetName) {
        (self.account.id.clone(), self.permission_set.clone())
    }
}

/// What is new and what is gone, accounts in the catalog's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The sign-in that both lists are of.
    pub sign_in: Option<SignInId>,
    /// When the listing that this one is compared with ended; `None` where there was none, and
    /// then everything is known for the first time and nothing is new.
    pub since: Option<Timestamp>,
    pub new: Vec<Change>,
    pub gone: Vec<Change>,
}

impl Changes {
    /// Compares a catalog with an older one of the same sign-in.
    #[must_use]
    pub fn between(old: &Catalog, now: &Catalog) -> Self {
        let mut changes = Self {
            sign_in: now.sign_in.clone(),
            ..Self::default()
        };
        if old.synced_at.is_none() || old.sign_in != now.sign_in {
            return changes;
        }
        changes.since = old.synced_at;
        let known = |entry: &AccountEntry| entry.listed_at.is_some();
        for entry in now.entries().iter().filter(|e| e.problem.is_none() && known(e)) {
            match old.entry(&entry.account.id) {
                Some(before) if known(before) => {
                    changes.new.extend(added_permission_sets(entry, before));
                    changes.gone.extend(added_permission_sets(before, entry));
                }
                Some(_) => {}
                None => changes
                    .new
                    .extend(entry.permission_sets.iter().map(|p| change_of(entry, p))),
            }
        }
        let left = old
            .entries()
            .iter()
            .filter(|e| now.entry(&e.account.id).is_none());
        changes
            .gone
            .extend(left.flat_map(|e| e.permission_sets.iter().map(|p| change_of(e, p))));
        changes
    }

    /// Takes in what a later listing found: what was added and removed again, or removed and added again, is no change.
    /// A listing of another sign-in starts from nothing.
    #[must_use]
    pub fn followed_by(mut self, later: Self) -> Self {
        if self.sign_in != later.sign_in || self.since.is_none() || self.is_empty() {
            return later;
        }
        let known = change_keys(self.new.iter().chain(&self.gone));
        let (came, went) = (change_keys(&later.new), change_keys(&later.gone));
        self.new.retain(|change| !went.contains(&change.key()));
        self.gone.retain(|change| !came.contains(&change.key()));
        let unheard = |change: &Change| !known.contains(&change.key());
        self.new.extend(later.new.into_iter().filter(unheard));
        self.gone.extend(later.gone.into_iter().filter(unheard));
        self
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.gone.is_empty()
    }

    /// "12 new, 3 removed"; `None` where nothing is different.
    #[must_use]
    pub fn counted(&self) -> Option<String> {
        match (self.new.len(), self.gone.len()) {
            (0, 0) => None,
            (new, 0) => Some(format!("{new} new")),
            (0, gone) => Some(format!("{gone} removed")),
            (new, gone) => Some(format!("{new} new, {gone} removed")),
        }
    }
}

fn change_keys<'a>(changes: impl IntoIterator<Item = &'a Change>) -> HashSet<(AccountId, PermissionSetName)> {
    changes.into_iter().map(Change::key).collect()
}

/// The permission sets of `entry` that `other` doesn't have.
fn added_permission_sets<'a>(
    entry: &'a AccountEntry,
    other: &'a AccountEntry,
) -> impl Iterator<Item = Change> + 'a {
    let others: HashSet<&PermissionSetName> = other.permission_sets.iter().collect();
    entry
        .permission_sets
        .iter()
        .filter(move |p| !others.contains(p))
        .map(|p| change_of(entry, p))
}

fn change_of(entry: &AccountEntry, permission_set: &PermissionSetName) -> Change {
    Change {
        account: entry.account.clone(),
        permission_set: permission_set.clone(),
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.account.name, self.permission_set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: u8, sets: &[&str]) -> AccountEntry {
        AccountEntry {
            account: Account {
                id: format!("{id:012}").parse().expect("an id"),
                name: format!("account-{id}").into(),
                email: "".into(),
            },
            permission_sets: sets.iter().map(|s| PermissionSetName::new(*s)).collect(),
            listed_at: Some(Timestamp::UNIX_EPOCH),
            problem: None,
        }
    }

    fn words(list: &[Change]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_appears_and_disappears_again_is_no_change() {
        let changes = |since, new: &[u8], gone: &[u8]| {
            let list = |of: &[u8]| {
                of.iter()
                    .flat_map(|id| {
                        added_permission_sets(&entry(*id, &["Admin"]), &entry(*id, &[])).collect::<Vec<_>>()
                    })
                    .collect()
            };
            Changes {
                sign_in: None,
                since: Timestamp::from_second(since).ok(),
                new: list(new),
                gone: list(gone),
            }
        };
        let first = changes(5, &[1, 2], &[3, 4]);
        assert_eq!(Changes::default().followed_by(first.clone()), first);
        assert_eq!(
            changes(5, &[], &[]).followed_by(changes(6, &[1], &[])),
            changes(6, &[1], &[])
        );
        assert_eq!(
            first.clone().followed_by(changes(6, &[3, 5], &[2, 6])),
            changes(5, &[1, 5], &[4, 6])
        );
        assert_eq!(first.clone().followed_by(changes(6, &[], &[])), first);
        assert_eq!(
            first.clone().followed_by(changes(5, &[1, 2], &[3, 4])),
            first,
            "told twice"
        );
        let of_another_sign_in = Changes {
            sign_in: Some(SignInId::new("other")),
            ..changes(6, &[7], &[])
        };
        assert_eq!(first.followed_by(of_another_sign_in.clone()), of_another_sign_in);
    }

    #[test]
    fn only_what_is_known_is_new_or_gone() {
        let never_listed = AccountEntry {
            listed_at: None,
            problem: Some("throttled".into()),
            ..entry(4, &[])
        };
        let failed_now = AccountEntry {
            problem: Some("throttled".into()),
            ..entry(5, &["Admin"])
        };
        let old = vec![
            entry(1, &["Admin", "View"]),
            entry(2, &["Admin"]),
            never_listed,
            entry(5, &["Admin"]),
        ];
        let now = vec![
            entry(1, &["Admin", "Billing"]),
            entry(3, &["View"]),
            entry(4, &["Admin"]),
            failed_now,
        ];
        let now = Catalog::from_entries(now, Some(Timestamp::UNIX_EPOCH));
        let changes = Changes::between(
            &Catalog::from_entries(old.clone(), Some(Timestamp::UNIX_EPOCH)),
            &now,
        );
        assert_eq!(words(&changes.new), ["account-1/Billing", "account-3/View"]);
        assert_eq!(words(&changes.gone), ["account-1/View", "account-2/Admin"]);
        assert_eq!(changes.counted().as_deref(), Some("2 new, 2 removed"));
        let first = Changes::between(&Catalog::from_entries(old, None), &now);
        assert!(
            first.is_empty() && first.counted().is_none(),
            "the first listing has no changes"
        );
    }
}
