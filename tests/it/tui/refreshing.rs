//! What the screen says while time passes and accounts arrive: counts, times left, notices that come and go.

use crossterm::event::KeyCode;
use genkan::domain::records::history::{History, TargetKey};
use genkan::domain::{Account, Catalog, Changes, PermissionSetName, SignInState, SyncEvent};
use genkan::tui::model::Sync;
use genkan::tui::msg::{Listed, Msg, SyncMsg};

use crate::support::accounts::{account, entry, with_accounts};
use crate::support::driver::{Driver, later, listed, now, options, problem, session_end, target};
use crate::support::env::session;

#[test]
fn search_during_a_listing_does_not_claim_no_match() {
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.loaded_with_nothing();
    let id = driver.id();
    driver.type_text("zzz");
    assert!(
        driver
            .text((80, 24))
            .contains("no match yet · the accounts are being loaded")
    );
    let accounts: Vec<Account> = (0..300).map(|n| account(n, &format!("account-{n}"))).collect();
    let send = |driver: &mut Driver, event| driver.send(Msg::Sync { id, event });
    for (from, to, complete) in [(0, 100, false), (100, 300, true)] {
        send(
            &mut driver,
            SyncMsg::Event(SyncEvent::Accounts {
                accounts: accounts[from..to].to_vec(),
                complete,
                settled: 0,
            }),
        );
        let count = if complete {
            "0 of 300 accounts"
        } else {
            "0 of 100+ accounts"
        };
        assert!(
            driver
                .text((80, 24))
                .contains(&format!("no match yet · {count} loaded"))
        );
    }
    for account in &accounts[..19] {
        send(
            &mut driver,
            SyncMsg::Event(SyncEvent::PermissionSets {
                account: account.id.clone(),
                names: vec![PermissionSetName::new("ReadOnlyAccess")],
                at: now(),
            }),
        );
    }
    driver.send(Msg::Tick(later(1)));
    for size in [(80, 24), (40, 10)] {
        let text = driver.text(size).replace('\n', " ");
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(
            words
                .join(" ")
                .contains("no match yet · 19 of 300 accounts loaded"),
            "{text}"
        );
    }
    assert!(driver.text((80, 24)).contains("0+ of"));
    driver.assert_screen_at("search while accounts arrive", (80, 24));
    send(&mut driver, SyncMsg::Event(SyncEvent::Waiting));
    assert!(driver.text((80, 24)).contains("no match yet · another genkan"));
    // Once all is known it says so, and what failed is not denied either.
    let mut whole = Catalog::from_entries(
        vec![entry(1, "one", &["A"]), entry(2, "two", &["A"])],
        Some(now()),
    );
    whole.set_problem(&"000000000002".parse().unwrap(), "no answer".to_owned());
    send(&mut driver, SyncMsg::Ended(Ok(listed(whole))));
    driver.key(KeyCode::Down);
    assert!(
        driver.text((80, 24)).contains("no match in 1 of 2 accounts"),
        "{}",
        driver.text((80, 24))
    );
    let whole = Catalog::from_entries(vec![entry(1, "one", &["A"])], Some(now()));
    driver.control('r');
    let id = driver.id();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Ok(listed(whole))),
    });
    assert!(driver.text((80, 24)).contains("no match for “zzz”"));
}

/// What the catalog knows is not forgotten while it is refreshed.
#[test]
fn refresh_counter_starts_with_the_known_accounts() {
    let accounts: Vec<Account> = (0..300).map(|n| account(n, &format!("account-{n}"))).collect();
    let entries = (0..300)
        .map(|n| entry(n, &format!("account-{n}"), &["A"]))
        .collect();
    let mut driver = with_accounts(entries, Vec::new());
    driver.refresh();
    let id = driver.id();
    let text = driver.text((120, 36));
    assert!(text.contains("loading 0 of 300+"), "{text}");
    for (to, complete, expected) in [
        (100, false, "61 of 300+"),
        (200, false, "122 of 300+"),
        (290, true, "183 of 290 "),
    ] {
        let event = SyncMsg::Event(SyncEvent::Accounts {
            accounts: accounts[to - 90..to].to_vec(),
            complete: false,
            settled: 61,
        });
        driver.send(Msg::Sync { id, event });
        if complete {
            let accounts = accounts[..to].to_vec();
            driver.send(Msg::Sync {
                id,
                event: SyncMsg::Event(SyncEvent::Accounts {
                    accounts,
                    complete,
                    settled: 0,
                }),
            });
        }
        let text = driver.text((120, 36));
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
    // More done than counted so far, as after another process listed some.
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.loaded_with_nothing();
    let id = driver.id();
    let text = driver.text((120, 36));
    assert!(text.contains(" loading\n") && !text.contains("0/0"), "{text}");
    let event = SyncMsg::Event(SyncEvent::Accounts {
        accounts: accounts[..60].to_vec(),
        complete: false,
        settled: 83,
    });
    driver.send(Msg::Sync { id, event });
    assert!(
        driver.text((120, 36)).contains("loading 83 of 83+"),
        "{}",
        driver.text((120, 36))
    );
}

fn signed_in(until: i64, ends: Option<i64>) -> SignInState {
    SignInState::SignedIn {
        until: later(until),
        renews: ends.is_some(),
        ends: ends.map(session_end),
    }
}

/// All words of the screen, wherever lines end.
fn words(driver: &mut Driver) -> String {
    let text = driver.text((80, 24));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn time_left_in_a_notice_counts_down_and_disappears() {
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev adm");
    driver.control('y');
    driver.key(KeyCode::Enter);
    let (id, target) = (driver.id(), target("payments-dev", "AdministratorAccess"));
    driver.send(Msg::CredentialsFetched {
        target: TargetKey::from(&target),
        validity: later(3_600).into(),
    });
    driver.send(Msg::Exported {
        id,
        target,
        format: genkan::domain::shells::export::ExportFormat::Bash,
        result: Ok("copied with xclip".into()),
    });
    assert!(words(&mut driver).contains("expire in 1 h"));
    driver.send(Msg::Tick(later(3_000)));
    assert!(words(&mut driver).contains("expire in 10 min"));
    driver.send(Msg::Tick(later(3_590)));
    assert!(driver.model.next_wakeup().is_some_and(|at| at <= later(3_600)));
    driver.send(Msg::Tick(later(3_600)));
    assert_eq!(driver.model.notice, None);
}

#[test]
fn notice_disappears_when_it_is_no_longer_true() {
    // The sign-in ends soon, until it is renewed.
    let mut driver = Driver::signed_in();
    driver.loaded_as(signed_in(3_000, Some(10 * 60)));
    driver.send(Msg::Tick(later(1)));
    assert!(
        driver.text((120, 24)).contains("sign-in expires in about 9 min"),
        "{}",
        driver.text((120, 24))
    );
    driver.send(Msg::Tick(later(5 * 60)));
    assert!(
        driver.text((120, 24)).contains("sign-in expires in about 5 min"),
        "{}",
        driver.text((120, 24))
    );
    driver.loaded_as(signed_in(30_000, Some(30_000)));
    assert_eq!(driver.model.notice, None);
    // Signed out, until someone signs in.
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.loaded(true, false);
    assert!(driver.text((80, 24)).contains("signed out"));
    driver.loaded_as(signed_in(30_000, None));
    assert!(!driver.text((80, 24)).contains("; Ctrl-G signs in"));
    // Another one is waited for, until the wait ends.
    let mut driver = Driver::signed_in();
    let listing = driver.id();
    driver.send(Msg::Sync {
        id: listing,
        event: SyncMsg::Ended(Ok(listed(crate::support::env::catalog(
            &genkan::sandbox::Organisation::sample(),
            now(),
        )))),
    });
    driver.send(Msg::Waits(
        "another genkan is getting these credentials; waiting for it …",
    ));
    assert_eq!(driver.model.notice, None, "nothing is waited for");
    driver.go_to("payments-dev", "AdministratorAccess");
    driver.key(KeyCode::Enter);
    let id = driver.id();
    driver.send(Msg::Waits(
        "another genkan is getting these credentials; waiting for it …",
    ));
    assert!(driver.text((80, 24)).contains("waiting for it"));
    let target = driver.model.browse.current().unwrap().target().unwrap();
    driver.send(Msg::Entered {
        id,
        target,
        result: Ok(0),
    });
    assert!(!driver.text((80, 24)).contains("waiting for it"));
    // A listing failed, until one works.
    let mut driver = Driver::signed_in();
    let id = driver.id();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Err(problem("it can't be reached"))),
    });
    assert!(driver.text((80, 24)).contains("it can't be reached"));
    driver.send(Msg::Tick(later(61)));
    assert!(matches!(
        driver.model.place.as_ref().unwrap().sync,
        Sync::Running { .. }
    ));
    let id = driver.id();
    let catalog = crate::support::env::catalog(&genkan::sandbox::Organisation::sample(), later(61));
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Ok(Listed {
            catalog,
            changes: Changes::default(),
        })),
    });
    assert!(!driver.text((80, 24)).contains("it can't be reached"));
    // This machine's clock was wrong, until it was corrected.
    driver.send(Msg::ClockSkew(Some("the clock is 2 h behind".into())));
    assert!(driver.text((80, 24)).contains("2 h behind"));
    driver.send(Msg::ClockSkew(None));
    assert!(!driver.text((80, 24)).contains("2 h behind"));
}

#[test]
fn account_listed_meanwhile_is_not_shown_as_unlisted() {
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.loaded_with_nothing();
    let id = driver.id();
    let one = account(1, "one");
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::Accounts {
            accounts: vec![one.clone()],
            complete: true,
            settled: 0,
        }),
    });
    driver.send(Msg::Tick(later(1)));
    driver.key(KeyCode::Enter);
    assert!(driver.text((80, 24)).contains("one is still loading"));
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::PermissionSets {
            account: one.id,
            names: vec![PermissionSetName::new("A")],
            at: now(),
        }),
    });
    assert!(!driver.text((80, 24)).contains("is still loading"));
}
