//! What the portal shows of a listing: changes, retries, and the order in which accounts are requested.

use std::time::Duration;

use crossterm::event::KeyCode;
use genkan::domain::records::history::{Action, History, TargetKey};
use genkan::domain::{
    Account, AccountEntry, AccountId, Catalog, Change, Changes, PermissionSetName, SignInState, SyncEvent,
};
use genkan::sandbox::Organisation;
use genkan::tui::effect::Effect;
use genkan::tui::msg::{Listed, Msg, SyncMsg};

use crate::support::driver::{Driver, later, now, options, problem};
use crate::support::env::{TestEnv, catalog, session};
use crate::support::screen::Screen;

fn account(number: u32, name: &str) -> Account {
    Account {
        id: format!("{number:012}").parse().unwrap(),
        name: name.into(),
        email: format!("{name}@example.com").into(),
    }
}

fn sample() -> Catalog {
    catalog(&Organisation::sample(), now())
}

fn ended_with(driver: &mut Driver, catalog: Catalog, changes: Changes) {
    let id = driver.id();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Ok(Listed { catalog, changes })),
    });
}

#[test]
fn portal_reports_changes() {
    let mut driver = Driver::signed_in();
    let change = |number, name: &str, set: &str| Change {
        account: account(number, name),
        permission_set: PermissionSetName::new(set),
    };
    let mut changes = Changes {
        sign_in: None,
        since: Some(later(-172_800)),
        new: vec![
            change(1, "payments-prod", "AdministratorAccess"),
            change(2, "決済-本番", "ReadOnlyAccess"),
        ],
        gone: Vec::new(),
    };
    changes
        .gone
        .extend((10..30).map(|n| change(n, &format!("old-account-{n}"), "PowerUserAccess")));
    ended_with(&mut driver, sample(), changes.clone());
    driver.assert_screen("news of a listing");
    assert!(matches!(
        driver.key(KeyCode::F(6)),
        [Effect::MarkChangesSeen { .. }]
    ));
    driver.assert_screen("what changed");
    driver.key(KeyCode::End);
    for _ in 0..9 {
        driver.key(KeyCode::Down);
    }
    driver.assert_screen("what changed, scrolled");
    driver.key(KeyCode::Esc);
    assert!(driver.model.overlay.is_none());
    // Seen, and nothing newer: it stays there for this time, and is not said again.
    for (changes, said) in [(Changes::default(), false), (changes, false)] {
        driver.key(KeyCode::Char(' '));
        driver.key(KeyCode::Esc);
        driver.refresh();
        ended_with(&mut driver, sample(), changes);
        assert_eq!(driver.text((80, 24)).contains("since last refresh"), said);
    }
    assert!(matches!(
        driver.key(KeyCode::F(6)),
        [Effect::MarkChangesSeen { .. }]
    ));
}

/// What is new is marked on its row, and found again by a user who left before looking.
#[test]
fn new_assignments_are_marked() {
    let first = sample().entries()[0].clone();
    let mut driver = Driver::signed_in_with_changes(Changes {
        sign_in: None,
        since: Some(later(-172_800)),
        new: vec![Change {
            permission_set: first.permission_sets[0].clone(),
            account: first.account.clone(),
        }],
        gone: Vec::new(),
    });
    driver.assert_screen("new rows");
    driver.key(KeyCode::Right);
    driver.key(KeyCode::Down);
    assert!(driver.text((120, 36)).contains("▌  + DeployPipeline"));
    assert!(
        driver
            .text((120, 36))
            .contains("+ new since last refresh (2 days ago)")
    );
}

#[test]
fn changes_key_without_changes_says_so() {
    let mut driver = Driver::signed_in();
    driver.key(KeyCode::F(6));
    assert!(driver.text((80, 24)).contains("no changes since your last visit"));
    let changes = Changes {
        sign_in: None,
        since: Some(later(-3600)),
        ..Changes::default()
    };
    driver.send(Msg::Tick(now()));
    let mut driver = Driver::signed_in();
    ended_with(&mut driver, sample(), changes);
    driver.key(KeyCode::F(6));
    assert!(
        driver
            .text((80, 24))
            .contains("no changes since last refresh (1 h ago)")
    );
}

#[test]
fn failed_accounts_are_retried_with_backoff() {
    let broken: AccountId = Organisation::sample().accounts[0].id.parse().unwrap();
    let mut failing = sample();
    failing.set_problem(&broken, "Identity Center returned HTTP 500");
    let mut driver = Driver::signed_in();
    ended_with(&mut driver, failing.clone(), Changes::default());
    assert!(driver.effects.is_empty());
    let mut at = 0;
    for wait in [60, 120, 240, 480, 960, 1800, 1800] {
        assert_eq!(
            driver.model.place.as_ref().unwrap().retry.at,
            Some(later(at + wait)),
            "it wakes up for it"
        );
        driver.send(Msg::Tick(later(at + wait - 1)));
        assert_eq!(driver.effects, []);
        at += wait;
        driver.send(Msg::Tick(later(at)));
        assert!(
            matches!(driver.effects.as_slice(), [Effect::RetryFailed { .. }]),
            "only what failed is asked for: {:?}",
            driver.effects
        );
        ended_with(&mut driver, failing.clone(), Changes::default());
    }
    driver.send(Msg::Tick(later(at + 1800)));
    ended_with(&mut driver, sample(), Changes::default());
    assert_eq!(driver.model.place.as_ref().unwrap().retry.at, None);
    driver.send(Msg::Tick(later(at + 36_000)));
    assert_eq!(driver.effects, []);
}

/// What another sign-in has listed is shown as such until it is replaced, however young it is.
#[test]
fn a_list_of_an_earlier_sign_in_is_labelled_and_refreshed_at_once() {
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.send(Msg::Loaded {
        session: "tanuki".into(),
        catalog: Some(catalog(&Organisation::sample(), later(-30))),
        of_earlier_sign_in: true,
        changes: Changes::default(),
        expiries: Vec::new(),
        sign_in: SignInState::SignedIn {
            until: later(18_720),
            renews: false,
            ends: None,
        },
        notices: Vec::new(),
    });
    assert!(matches!(driver.effects.as_slice(), [Effect::Refresh { .. }]));
    driver.assert_screen("a list of an earlier sign-in");
    let id = driver.id();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Err(problem("timed out"))),
    });
    assert!(driver.text((80, 24)).contains("earlier sign-in · out of date"));
    driver.refresh();
    ended_with(&mut driver, sample(), Changes::default());
    assert!(!driver.text((80, 24)).contains("earlier"));
    // Someone else signs in while accounts are listed.
    driver.refresh();
    let id = driver.id();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::BegunAgain),
    });
    assert!(driver.text((80, 24)).contains("earlier sign-in · refreshing"));
    let listed = Listed {
        catalog: sample(),
        changes: Changes::default(),
    };
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Ok(listed)),
    });
    assert!(!driver.text((80, 24)).contains("earlier"));
}

#[test]
fn listing_by_another_process_is_shown() {
    let mut driver = Driver::signed_in();
    let id = driver.id();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::Waiting),
    });
    driver.assert_screen("another genkan lists");
    let mut known = sample();
    known.add_accounts(vec![account(1, "aaa-first")]);
    known.set_permission_sets(
        &"000000000001".parse().unwrap(),
        vec![PermissionSetName::new("View")],
        now(),
    );
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::Known(known)),
    });
    driver.send(Msg::Tick(later(1)));
    assert!(driver.text((80, 24)).contains("aaa-first"));
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Err(problem("timed out"))),
    });
    driver.send(Msg::Tick(later(61)));
    assert!(matches!(driver.effects.as_slice(), [Effect::Refresh { .. }]));
}

#[test]
fn accounts_match_a_search_before_they_are_listed() {
    let mut driver = Driver::signed_in();
    let id = driver.id();
    let new = ["zebra-dev", "zebra-prod", "zebra-test"];
    let accounts: Vec<Account> = (1..).zip(new).map(|(n, name)| account(n, name)).collect();
    let wanted: Vec<AccountId> = accounts.iter().map(|a| a.id.clone()).collect();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::Accounts {
            accounts,
            complete: false,
            settled: 0,
        }),
    });
    driver.send(Msg::Tick(later(1)));
    assert_eq!(driver.effects, [], "they stand below the screen");
    driver.type_text("zebr");
    driver.key(KeyCode::Char('a'));
    assert_eq!(driver.effects, [], "these were asked for with the letter before");
    driver.key(KeyCode::Char('-'));
    driver.key(KeyCode::Char('p'));
    assert!(
        matches!(driver.effects.as_slice(), [Effect::Prefer { accounts, .. }] if *accounts == wanted[1..2]),
        "{:?}",
        driver.effects
    );
    driver.assert_screen("an account that is not listed yet");
    driver.key(KeyCode::Enter);
    assert!(driver.text((80, 24)).contains("zebra-prod is still loading"));
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::PermissionSets {
            account: wanted[1].clone(),
            names: ["Admin", "View"].map(PermissionSetName::new).to_vec(),
            at: now(),
        }),
    });
    driver.send(Msg::Tick(later(2)));
    let here = driver.model.browse.current().unwrap();
    assert_eq!(here.target().unwrap().to_string(), "zebra-prod/Admin");
}

#[test]
fn visible_accounts_are_requested_next() {
    let mut driver = Driver::signed_in();
    let id = driver.id();
    let first = account(1, "aaa-first");
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::Accounts {
            accounts: vec![first.clone()],
            complete: false,
            settled: 0,
        }),
    });
    driver.send(Msg::Tick(later(1)));
    assert!(
        matches!(driver.effects.as_slice(), [Effect::Prefer { accounts, .. }] if accounts[0] == first.id),
        "{:?}",
        driver.effects
    );
    driver.send(Msg::Tick(later(2)));
    assert_eq!(driver.effects, []);
}

/// First what is on the screen and matches, then what the user favours, then what was used.
#[test]
fn favourites_and_recents_are_requested_before_the_rest() {
    let sample = sample();
    let key = |entry: &AccountEntry| TargetKey {
        session: "tanuki".into(),
        account_id: entry.account.id.clone(),
        permission_set: entry.permission_sets[0].clone(),
    };
    let rest: Vec<_> = (sample.entries().iter())
        .filter(|entry| !entry.account.name.starts_with("payments"))
        .collect();
    let [.., used, favourite] = rest.as_slice() else {
        panic!("more accounts")
    };
    let mut history = History::default();
    history.toggle_favourite(key(favourite));
    history.record(key(used), Action::Shell, now());
    let mut driver = Driver::signed_in_with(options(), history);
    ended_with(&mut driver, sample.clone(), Changes::default());
    driver.type_text("payments");
    driver.refresh();
    let asked = driver.effects.iter().find_map(|effect| match effect {
        Effect::Refresh { first, .. } => Some(first),
        _ => None,
    });
    let names: Vec<&str> = (asked.unwrap().iter())
        .map(|id| sample.entry(id).unwrap().account.name.as_str())
        .collect();
    let searched = names.iter().filter(|name| name.contains("payments")).count();
    assert!(searched > 1 && names.len() == sample.entries().len(), "{names:?}");
    assert!(
        names[..searched].iter().all(|name| name.contains("payments")),
        "{names:?}"
    );
    assert_eq!(
        names[searched..searched + 2],
        [favourite.account.name.as_str(), used.account.name.as_str()],
        "{names:?}"
    );
}

/// At four requests a second the last of 200 accounts would come after the screen's timeout.
#[test]
fn matches_of_the_search_are_listed_first() {
    let env = TestEnv::with_accounts(200, Duration::ZERO, 4);
    let last = Organisation::generated(200, 4).accounts.pop().unwrap();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("loading…");
    screen.type_keys(&last.id);
    // Only that account matches.
    screen.wait(&last.permission_sets[0]);
    assert!(env.sandbox.counts().list_account_roles < 150);
}
