//! Accounts for lists that are made up in a test.

use genkan::domain::records::history::{History, TargetKey};
use genkan::domain::{Account, AccountEntry, Catalog, Changes, PermissionSetName, SignInState};
use genkan::tui::model::Options;
use genkan::tui::msg::Msg;

use crate::support::driver::{Driver, later, options};
use crate::support::env::session;

pub fn account(number: usize, name: &str) -> Account {
    Account {
        id: format!("{number:012}").parse().unwrap(),
        name: name.into(),
        email: "a@example.com".into(),
    }
}

pub fn entry(number: usize, name: &str, sets: &[&str]) -> AccountEntry {
    AccountEntry {
        account: account(number, name),
        permission_sets: sets.iter().map(|set| PermissionSetName::new(*set)).collect(),
        listed_at: Some(later(-30)),
        problem: None,
    }
}

/// The list with these accounts, fresh enough not to be refreshed.
pub fn with_accounts(entries: Vec<AccountEntry>, expiries: Vec<(TargetKey, jiff::Timestamp)>) -> Driver {
    with_accounts_and(options(), entries, expiries)
}

/// The same with other options.
pub fn with_accounts_and(
    options: Options,
    entries: Vec<AccountEntry>,
    expiries: Vec<(TargetKey, jiff::Timestamp)>,
) -> Driver {
    let mut driver = Driver::new(options, vec![session("tanuki")], History::default());
    driver.send(Msg::Loaded {
        of_earlier_sign_in: false,
        session: "tanuki".into(),
        catalog: Some(Catalog::from_entries(entries, Some(later(-30)))),
        changes: Changes::default(),
        expiries: expiries.into_iter().map(|(key, at)| (key, at.into())).collect(),
        sign_in: SignInState::SignedIn {
            until: later(18_720),
            renews: false,
            ends: None,
        },
        notices: Vec::new(),
    });
    driver
}

/// A target of one of them.
pub fn key(entry: &AccountEntry, set: usize) -> TargetKey {
    TargetKey {
        session: "tanuki".into(),
        account_id: entry.account.id.clone(),
        permission_set: entry.permission_sets[set].clone(),
    }
}
