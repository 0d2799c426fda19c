//! The catalog: every assignment of one SSO session, kept per account.
//!
//! Accounts arrive one by one, and any one of them may fail without harm to the rest: a failed
//! account keeps its old permission sets and says what went wrong. Thousands of them arrive in one
//! listing, so what is done for each takes the same time however many there are.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use crate::text::CleanText;
use crate::{Account, AccountId, PermissionSetName, SignInId, Target, TargetKey};

/// One account and what may be entered in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountEntry {
    pub account: Account,
    /// Sorted by name. Shared: most accounts have the same as another one.
    pub permission_sets: Arc<[PermissionSetName]>,
    /// When the permission sets were listed; `None` while they never were.
    pub listed_at: Option<Timestamp>,
    /// Why the last listing failed, in one sentence.
    pub problem: Option<CleanText>,
}

/// One account and one of its permission sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment<'a> {
    pub account: &'a Account,
    pub permission_set: &'a PermissionSetName,
}

/// All assignments of one SSO session, accounts ordered by name, then id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// Shared with the code that shows them: a copy of the catalog copies neither the list nor texts.
    accounts: Arc<Vec<Arc<AccountEntry>>>,
    places: Places,
    /// When a listing last ran to its end; failed accounts may remain.
    pub synced_at: Option<Timestamp>,
    /// The sign-in that listed it. Another one may be another user's, who has access to other accounts.
    pub sign_in: Option<SignInId>,
}

/// The index of each account among the accounts: made when the first of them is looked for.
#[derive(Clone, Debug, Default)]
struct Places(OnceLock<HashMap<AccountId, usize>>);

impl Places {
    fn of(accounts: &[Arc<AccountEntry>]) -> HashMap<AccountId, usize> {
        let numbered = accounts.iter().enumerate();
        numbered
            .map(|(place, entry)| (entry.account.id.clone(), place))
            .collect()
    }

    fn get(&self, accounts: &[Arc<AccountEntry>], id: &AccountId) -> Option<usize> {
        self.0.get_or_init(|| Self::of(accounts)).get(id).copied()
    }

    /// Notes the place of an account that is about to be added behind the others.
    fn add(&mut self, accounts: &[Arc<AccountEntry>], id: &AccountId) {
        self.0.get_or_init(|| Self::of(accounts));
        if let Some(places) = self.0.get_mut() {
            places.insert(id.clone(), accounts.len());
        }
    }
}

/// They follow from the accounts.
impl PartialEq for Places {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Places {}

impl Catalog {
    /// A catalog of known entries, put in order; an account named twice counts once.
    #[must_use]
    pub fn from_entries(
        entries: impl IntoIterator<Item = AccountEntry>,
        synced_at: Option<Timestamp>,
    ) -> Self {
        let entries = entries.into_iter();
        let mut known = HashSet::with_capacity(entries.size_hint().0);
        let mut accounts = Vec::with_capacity(entries.size_hint().0);
        for mut entry in entries {
            if known.insert(entry.account.id.clone()) {
                entry.permission_sets = in_order_once(&entry.permission_sets);
                accounts.push(Arc::new(entry));
            }
        }
        let mut catalog = Self::of_saved(accounts, synced_at);
        catalog.put_in_order();
        catalog
    }

    /// The same of entries as they were saved: in order, each account once.
    #[must_use]
    pub fn of_saved(accounts: Vec<Arc<AccountEntry>>, synced_at: Option<Timestamp>) -> Self {
        Self {
            accounts: Arc::new(accounts),
            places: Places::default(),
            synced_at,
            sign_in: None,
        }
    }

    #[must_use]
    pub fn entries(&self) -> &[Arc<AccountEntry>] {
        &self.accounts
    }

    /// The same, to be kept while the catalog changes.
    #[must_use]
    pub fn shared_entries(&self) -> &Arc<Vec<Arc<AccountEntry>>> {
        &self.accounts
    }

    #[must_use]
    pub fn entry(&self, id: &AccountId) -> Option<&AccountEntry> {
        Some(self.accounts.get(self.places.get(&self.accounts, id)?)?)
    }

    /// Every account × permission set, in order.
    pub fn assignments(&self) -> impl Iterator<Item = Assignment<'_>> {
        self.accounts.iter().flat_map(|entry| {
            entry.permission_sets.iter().map(|permission_set| Assignment {
                account: &entry.account,
                permission_set,
            })
        })
    }

    /// All targets, in order, as those of a session of this name.
    #[must_use]
    pub fn targets(&self, session: &str) -> Vec<Target> {
        let target = |assignment: Assignment<'_>| Target {
            session: session.to_owned(),
            account_id: assignment.account.id.clone(),
            account_name: assignment.account.name.clone(),
            permission_set: assignment.permission_set.clone(),
        };
        self.assignments().map(target).collect()
    }

    /// The target of a key, assigned or not, with the account's name where that is known.
    #[must_use]
    pub fn target(&self, key: &TargetKey) -> Target {
        let entry = self.entry(&key.account_id);
        let mut target = key.named(entry.map(|entry| &entry.account.name));
        // The catalog's own says the way to a chained role in names.
        let own = entry.and_then(|entry| {
            entry
                .permission_sets
                .iter()
                .find(|set| **set == key.permission_set)
        });
        target.permission_set = match own {
            Some(own) => own.clone(),
            None => key.permission_set.with_names(&|id| {
                let entry = self.entry(id);
                entry.map(|entry| entry.account.name.clone())
            }),
        };
        target
    }

    /// How many assignments there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accounts.iter().map(|e| e.permission_sets.len()).sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Takes in accounts as they are listed. Known ones keep their permission sets.
    pub fn add_accounts(&mut self, accounts: Vec<Account>) {
        let mut moved = false;
        for account in accounts {
            if let Some(entry) = self.entry_mut(&account.id) {
                moved |= entry.account.name != account.name;
                entry.account = account;
            } else {
                moved = true;
                self.places.add(&self.accounts, &account.id);
                Arc::make_mut(&mut self.accounts).push(Arc::new(AccountEntry {
                    account,
                    permission_sets: Arc::default(),
                    listed_at: None,
                    problem: None,
                }));
            }
        }
        if moved {
            self.put_in_order();
        }
    }

    /// Records the permission sets of one account. Chained roles that are known of it stay.
    pub fn set_permission_sets(&mut self, id: &AccountId, mut names: Vec<PermissionSetName>, now: Timestamp) {
        if let Some(entry) = self.entry_mut(id) {
            let chained = entry.permission_sets.iter().filter(|name| name.is_chained());
            names.extend(chained.cloned());
            names.sort_unstable();
            names.dedup();
            entry.permission_sets = names.into();
            entry.listed_at = Some(now);
            entry.problem = None;
        }
    }

    /// Adds chained roles to accounts, some of which may be ones that nothing is assigned in.
    pub fn add_chained_roles(&mut self, roles: impl IntoIterator<Item = (Account, Vec<PermissionSetName>)>) {
        let listed = self.synced_at.unwrap_or(Timestamp::UNIX_EPOCH);
        let mut is_longer = false;
        for (account, names) in roles {
            if let Some(entry) = self.entry_mut(&account.id) {
                let known = entry.permission_sets.iter().cloned();
                entry.permission_sets = in_order_once(&known.chain(names).collect());
                continue;
            }
            is_longer = true;
            self.places.add(&self.accounts, &account.id);
            let entry = AccountEntry {
                account,
                permission_sets: in_order_once(&names.into()),
                listed_at: Some(listed),
                problem: None,
            };
            Arc::make_mut(&mut self.accounts).push(Arc::new(entry));
        }
        if is_longer {
            self.put_in_order();
        }
    }

    /// Records that one account could not be listed. What was known of it stays.
    pub fn set_problem(&mut self, id: &AccountId, problem: impl Into<CleanText>) {
        if let Some(entry) = self.entry_mut(id) {
            entry.problem = Some(problem.into());
        }
    }

    /// Ends a listing: accounts that were not among `listed` are no longer assigned.
    pub fn finish(&mut self, listed: &HashSet<AccountId>, now: Timestamp) {
        Arc::make_mut(&mut self.accounts).retain(|e| listed.contains(&e.account.id));
        self.places = Places::default();
        self.synced_at = Some(now);
    }

    /// The accounts that could not be listed.
    pub fn failed(&self) -> impl Iterator<Item = &AccountEntry> {
        self.accounts
            .iter()
            .map(AsRef::as_ref)
            .filter(|e: &&AccountEntry| e.problem.is_some())
    }

    fn entry_mut(&mut self, id: &AccountId) -> Option<&mut AccountEntry> {
        let place = self.places.get(&self.accounts, id)?;
        Arc::make_mut(&mut self.accounts)
            .get_mut(place)
            .map(Arc::make_mut)
    }

    /// What was saved in order, or listed in it, costs one look.
    fn put_in_order(&mut self) {
        if !self
            .accounts
            .is_sorted_by(|a, b| in_order(a, b) != Ordering::Greater)
        {
            Arc::make_mut(&mut self.accounts).sort_by(|a, b| in_order(a, b));
            self.places = Places::default();
        }
    }
}

/// Names in order, each once.
fn in_order_once(names: &Arc<[PermissionSetName]>) -> Arc<[PermissionSetName]> {
    if names.is_sorted_by(|a, b| a < b) {
        return Arc::clone(names);
    }
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    names.into()
}

fn in_order(a: &AccountEntry, b: &AccountEntry) -> Ordering {
    in_any_case(&a.account.name, &b.account.name).then_with(|| a.account.id.cmp(&b.account.id))
}

/// The order of two names in small letters. Makes no copies, and changes the case of nothing that both begin with:
/// what was saved in order is read at each start.
fn in_any_case(a: &str, b: &str) -> Ordering {
    let common = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    // In the middle of a character its first byte is the same, too.
    let from = (0..=common)
        .rev()
        .find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at));
    let rest = |text| str::get(text, from.unwrap_or(0)..).unwrap_or_default();
    let (a, b): (&str, &str) = (rest(a), rest(b));
    a.chars()
        .flat_map(char::to_lowercase)
        .cmp(b.chars().flat_map(char::to_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str, name: &str) -> Account {
        Account {
            id: id.parse().unwrap_or_else(|e| panic!("{id}: {e}")),
            name: name.into(),
            email: format!("{name}@example.com").into(),
        }
    }

    #[test]
    fn target_has_the_name_of_its_account_or_its_id() {
        let known = account("000000000001", "prod");
        let mut catalog = Catalog::default();
        catalog.add_accounts(vec![known.clone()]);
        let key = |account_id: &str| TargetKey {
            session: "org".into(),
            account_id: account_id.parse().unwrap_or_else(|e| panic!("{e}")),
            permission_set: PermissionSetName::new("Admin"),
        };
        assert_eq!(catalog.target(&key("000000000001")).to_string(), "prod/Admin");
        assert_eq!(
            catalog.target(&key("000000000002")).to_string(),
            "000000000002/Admin"
        );
        catalog.set_permission_sets(&known.id, names(&["Admin"]), Timestamp::UNIX_EPOCH);
        assert_eq!(catalog.targets("org"), [catalog.target(&key("000000000001"))]);
    }

    #[test]
    fn names_are_compared_without_regard_to_case_after_what_they_have_in_common() {
        let lower = |name: &str| name.chars().flat_map(char::to_lowercase).collect::<String>();
        let names = [
            "",
            "a",
            "B",
            "acme-Prod",
            "acme-dev",
            "acme-\u{e9}",
            "acme-\u{c8}",
            "\u{6c7a}",
            "\u{6c7b}",
            "\u{6c7a}x",
            "\u{130}",
            "i\u{307}",
        ];
        for a in names {
            for b in names {
                assert_eq!(
                    in_any_case(a, b),
                    lower(a).chars().cmp(lower(b).chars()),
                    "{a} {b}"
                );
            }
        }
    }

    fn names(list: &[&str]) -> Vec<PermissionSetName> {
        list.iter().map(|n| PermissionSetName::new(*n)).collect()
    }

    #[test]
    fn a_failed_account_keeps_what_was_known() {
        let (a, b) = (account("000000000001", "beta"), account("000000000002", "Alpha"));
        let mut catalog = Catalog::default();
        catalog.add_accounts(vec![a.clone(), b.clone()]);
        catalog.set_permission_sets(&a.id, names(&["View", "Admin", "View"]), Timestamp::UNIX_EPOCH);
        catalog.set_problem(&a.id, "throttled");
        catalog.add_accounts(vec![Account {
            name: "gamma".into(),
            ..a.clone()
        }]);
        let shown: Vec<String> = catalog
            .assignments()
            .map(|x| format!("{}/{}", x.account.name, x.permission_set))
            .collect();
        assert_eq!(shown, ["gamma/Admin", "gamma/View"]);
        assert_eq!(catalog.failed().count(), 1);
        catalog.finish(&HashSet::from([b.id.clone()]), Timestamp::UNIX_EPOCH);
        assert_eq!(catalog.entry(&b.id).map(|e| &e.account), Some(&b));
        assert_eq!(catalog.entry(&a.id), None);
        assert_eq!(
            catalog
                .entries()
                .iter()
                .map(|e| e.account.name.as_str())
                .collect::<Vec<_>>(),
            ["Alpha"]
        );
    }
}
