//! The accounts of the sessions that are shown, by number. There are thousands of them and tens of thousands of
//! permission sets, so nothing is made for one that is neither drawn nor searched.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::row::Row;
use crate::domain::records::history::TargetKey;
use crate::domain::rules::RuleSet;
use crate::domain::text::text_width;
use crate::domain::{AccountEntry, AccountId, Catalog, PermissionSetName};

/// An account by its number, or one of its permission sets. Small, for there are a hundred thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    account: u32,
    /// One more than the permission set's number; 0 for the account as a whole.
    set: u32,
}

impl Place {
    /// `None` for the account as a whole.
    pub(super) fn new(account: usize, set: Option<usize>) -> Self {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            account: number(account),
            set: set.map_or(0, |set| number(set + 1)),
        }
    }

    pub(super) fn account(self) -> usize {
        self.account as usize
    }

    /// `None` for the account as a whole.
    pub(super) fn set(self) -> Option<usize> {
        (self.set as usize).checked_sub(1)
    }
}

#[derive(Debug, Default)]
pub(super) struct Targets {
    /// The sessions, and the number of the first account of each.
    sessions: Vec<(Arc<str>, usize)>,
    /// The catalog's own where all of one are shown.
    entries: Arc<Vec<Arc<AccountEntry>>>,
    /// How many targets rules hide, whether they are among the entries or not.
    hidden: usize,
    len: usize,
    widest_name: usize,
}

impl Targets {
    /// `with_hidden`: those that rules hide, too.
    pub(super) fn new(listed: &[(&str, &Catalog)], rules: &RuleSet, with_hidden: bool) -> Self {
        let mut targets = Self::default();
        if let [(session, catalog)] = listed
            && !rules.hides_some()
            && catalog.entries().iter().all(|entry| is_shown(entry))
        {
            targets.sessions.push(((*session).into(), 0));
            targets.entries = Arc::clone(catalog.shared_entries());
        } else {
            let mut entries = Vec::new();
            for (session, catalog) in listed {
                targets.sessions.push(((*session).into(), entries.len()));
                targets.hidden += add_session(&mut entries, session, catalog, rules, with_hidden);
            }
            targets.entries = Arc::new(entries);
        }
        targets.measure();
        targets
    }

    fn measure(&mut self) {
        for entry in self.entries.iter() {
            self.len += entry.permission_sets.len().max(1);
            let name: &str = &entry.account.name;
            // No text takes more columns than bytes: most need no measuring.
            if name.len() > self.widest_name {
                self.widest_name = self.widest_name.max(text_width(name));
            }
        }
    }

    /// The session of an account.
    pub(super) fn session(&self, account: usize) -> Option<&Arc<str>> {
        let after = self.sessions.partition_point(|(_, first)| *first <= account);
        Some(&self.sessions.get(after.checked_sub(1)?)?.0)
    }

    /// The accounts of a session, and the number of the first of them.
    fn of_session(&self, session: &str) -> Option<(usize, &[Arc<AccountEntry>])> {
        let at = self.sessions.iter().position(|(name, _)| **name == *session)?;
        let (_, first) = self.sessions.get(at)?;
        let end = self
            .sessions
            .get(at + 1)
            .map_or(self.entries.len(), |(_, next)| *next);
        Some((*first, self.entries.get(*first..end)?))
    }

    /// How many targets there are; an account whose permission sets are not known counts as one.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many targets rules hide.
    pub(super) fn hidden(&self) -> usize {
        self.hidden
    }

    /// Columns of the longest account name.
    pub(super) fn widest_name(&self) -> usize {
        self.widest_name
    }

    pub(super) fn entries(&self) -> &[Arc<AccountEntry>] {
        &self.entries
    }

    pub(super) fn id(&self, account: usize) -> Option<&AccountId> {
        Some(&self.entries.get(account)?.account.id)
    }

    pub(super) fn row(&self, place: Place) -> Option<Row> {
        let entry = self.entries.get(place.account())?;
        let session = Arc::clone(self.session(place.account())?);
        Some(Row::new(session, Arc::clone(entry), place.set()))
    }

    /// Where a row stands now; its account as a whole where the permission set is gone.
    pub(super) fn find(&self, row: &Row) -> Option<Place> {
        let id = &row.account().id;
        let (first, entries) = self.of_session(row.session())?;
        let account = first + entries.iter().position(|e| &e.account.id == id)?;
        let sets = &self.entries.get(account)?.permission_sets;
        let set = row
            .permission_set()
            .and_then(|name| sets.binary_search(name).ok());
        Some(Place::new(account, set))
    }

    /// Where targets stand, those that exist, in the same order.
    pub(super) fn find_all(&self, keys: &[&TargetKey]) -> Vec<Place> {
        let named = |key: &&TargetKey| (key.session.clone(), key.account_id.clone());
        let mut accounts: HashMap<(String, AccountId), usize> = HashMap::new();
        for (session, _) in &self.sessions {
            let of_session = keys.iter().filter(|key| *key.session == **session);
            let wanted: HashSet<&AccountId> = of_session.map(|key| &key.account_id).collect();
            let Some((first, entries)) = self.of_session(session).filter(|_| !wanted.is_empty()) else {
                continue;
            };
            let numbered = (first..).zip(entries);
            let found = numbered.filter(|(_, entry)| wanted.contains(&entry.account.id));
            accounts.extend(found.map(|(at, entry)| ((session.to_string(), entry.account.id.clone()), at)));
        }
        let place = |key: &&TargetKey| {
            let account = accounts.get(&named(key)).copied()?;
            let sets = &self.entries.get(account)?.permission_sets;
            let set = sets.binary_search(&key.permission_set).ok()?;
            Some(Place::new(account, Some(set)))
        };
        keys.iter().filter_map(place).collect()
    }

    /// The places of an account's targets; the account itself where it has none that are known.
    pub(super) fn of_account(&self, account: usize) -> impl Iterator<Item = Place> + use<> {
        let sets = self.entries.get(account).map_or(0, |e| e.permission_sets.len());
        let unknown = (sets == 0).then_some(Place::new(account, None));
        let known = (0..sets).map(move |set| Place::new(account, Some(set)));
        unknown.into_iter().chain(known)
    }
}

/// Whether an account is listed: not one that has been looked into and has nothing to offer.
fn is_shown(entry: &AccountEntry) -> bool {
    !entry.permission_sets.is_empty() || entry.problem.is_some() || entry.listed_at.is_none()
}

/// Adds the accounts of a session that are shown; how many targets rules hide of it.
fn add_session(
    entries: &mut Vec<Arc<AccountEntry>>,
    session: &str,
    catalog: &Catalog,
    rules: &RuleSet,
    with_hidden: bool,
) -> usize {
    let shown = catalog.entries().iter().filter(|entry| is_shown(entry));
    if !rules.hides_some() {
        entries.extend(shown.cloned());
        return 0;
    }
    let mut hidden = 0;
    for entry in shown {
        let left = without_hidden(session, entry, rules);
        let targets = |entry: &Arc<AccountEntry>| entry.permission_sets.len().max(1);
        hidden += targets(entry) - left.as_ref().map_or(0, targets);
        entries.extend(if with_hidden {
            Some(Arc::clone(entry))
        } else {
            left
        });
    }
    hidden
}

/// An account with the permission sets that rules don't hide; `None` where nothing of it is left.
fn without_hidden(session: &str, entry: &Arc<AccountEntry>, rules: &RuleSet) -> Option<Arc<AccountEntry>> {
    let of_account = rules.of_account(session, &entry.account);
    let hides = |set: Option<&PermissionSetName>| of_account.hide(set.map(PermissionSetName::name));
    if entry.permission_sets.is_empty() {
        return (!hides(None)).then(|| Arc::clone(entry));
    }
    let left: Vec<_> = entry
        .permission_sets
        .iter()
        .filter(|set| !hides(Some(*set)))
        .cloned()
        .collect();
    if left.len() == entry.permission_sets.len() {
        return Some(Arc::clone(entry));
    }
    (!left.is_empty()).then(|| {
        Arc::new(AccountEntry {
            permission_sets: left.into(),
            ..AccountEntry::clone(entry)
        })
    })
}
