//! The screen without a terminal: what messages change and ask for, and how each screen looks at
//! 80×24 (home), 120×36 and 40×10.

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::records::history::{Action, History, TargetKey};
use genkan::domain::{Secret, SyncEvent};
use genkan::sandbox::Organisation;
use genkan::tui::effect::{Effect, Outcome};
use genkan::tui::model::{Options, PickFor};
use genkan::tui::msg::{ConsoleAddress, Msg, Problem, SyncMsg};

use crate::support::driver::{Driver, later, listed, now, options, problem, target};
use crate::support::env::{catalog, session};

#[test]
fn first_run_screen() {
    let mut driver = Driver::new(options(), Vec::new(), History::default());
    driver.assert_screen("first run");
    driver.type_text("http://x");
    driver.key(KeyCode::Enter);
    driver.assert_screen("first run with a mistake");
    driver.control('u');
    driver.type_text("tanuki.awsapps.com/start");
    assert_eq!(driver.key(KeyCode::Enter), [], "the Region is still missing");
    driver.type_text("ap-northeast-1");
    driver.key(KeyCode::Enter);
    let [Effect::CreateSession { session, .. }] = driver.effects.as_slice() else {
        panic!("{:?}", driver.effects)
    };
    assert_eq!(session.start_url.as_str(), "https://tanuki.awsapps.com/start");
    assert_eq!(session.name, "tanuki");
    let (id, session) = (driver.id(), session.clone());
    driver.send(Msg::SessionCreated {
        id,
        result: Err(problem(
            "Identity Center doesn't know this start URL in ap-northeast-1",
        )),
    });
    driver.assert_screen("first run refused");
    driver.key(KeyCode::Enter);
    let id = driver.id();
    driver.send(Msg::SessionCreated {
        id,
        result: Ok(session.clone()),
    });
    assert_eq!(driver.effects, [Effect::Load { session }]);
}

#[test]
fn list_screen() {
    let mut history = History::default();
    history.record(
        TargetKey::from(&target("決済-本番", "ReadOnlyAccess")),
        Action::Console,
        later(-172_800),
    );
    history.toggle_favourite(TargetKey::from(&target("payments-prod", "ReadOnlyAccess")));
    let mut driver = Driver::signed_in_with(options(), history);
    assert!(
        matches!(driver.effects.as_slice(), [Effect::Refresh { .. }]),
        "an old list is refreshed"
    );
    let id = driver.id();
    driver.assert_screen("list while it refreshes");
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Ok(listed(catalog(&Organisation::sample(), now())))),
    });
    driver.send(Msg::CredentialsFetched {
        target: TargetKey::from(&target("payments-prod", "ReadOnlyAccess")),
        validity: later(3_120).into(),
    });
    driver.assert_screen("list");
    driver.type_text("pay adm");
    driver.assert_screen("search");
    driver.type_text(" nonsense");
    driver.assert_screen("search without a match");
    driver.key(KeyCode::Esc);
    assert_eq!(
        driver
            .text((80, 24))
            .lines()
            .nth(4)
            .map(|l| l.contains("payments-prod")),
        Some(true)
    );
    assert_eq!(driver.key(KeyCode::Esc), [Effect::Finish(Outcome::Quit)]);
}

#[test]
fn cursor_stays_on_its_target_while_rows_arrive() {
    let mut driver = Driver::signed_in();
    let id = driver.id();
    driver.go_to("payments-dev", "AdministratorAccess");
    let before = driver.model.browse.current().unwrap().target().unwrap();
    let account = genkan::domain::Account {
        id: "000000000001".parse().unwrap(),
        name: "aaa-first".into(),
        email: "a@example.com".into(),
    };
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::Accounts {
            accounts: vec![account.clone()],
            complete: true,
            settled: 0,
        }),
    });
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::PermissionSets {
            account: account.id,
            names: vec![genkan::domain::PermissionSetName::new("ReadOnlyAccess")],
            at: now(),
        }),
    });
    assert!(
        driver.model.next_wakeup().is_some_and(|at| at < later(1)),
        "rows are rebuilt soon"
    );
    driver.send(Msg::Tick(later(1)));
    assert_eq!(driver.model.browse.counts().1, 101);
    assert_eq!(driver.model.browse.current().unwrap().target().unwrap(), before);
}

#[test]
fn failed_accounts_are_named_and_others_are_listed() {
    let mut driver = Driver::signed_in();
    let id = driver.id();
    let mut whole = catalog(&Organisation::sample(), now());
    whole.set_problem(
        &"391390075149".parse().unwrap(),
        "Identity Center asks for patience",
    );
    let broken = genkan::domain::Account {
        id: "000000000001".parse().unwrap(),
        name: "aaa-broken".into(),
        email: "a@example.com".into(),
    };
    whole.add_accounts(vec![broken]);
    whole.set_problem(&"000000000001".parse().unwrap(), "you have no access to it");
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Ok(listed(whole))),
    });
    driver.assert_screen("list with failed accounts");
    driver.key(KeyCode::Enter);
    assert_eq!(driver.effects, [], "nothing can be entered there");
    assert!(driver.text((80, 24)).contains("you have no access to it"));
}

#[test]
fn failed_refresh_keeps_the_old_rows() {
    let mut driver = Driver::signed_in();
    let id = driver.id();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Err(problem(
            "portal.sso.ap-northeast-1.amazonaws.com can't be reached",
        ))),
    });
    driver.assert_screen("list not refreshed");
}

#[test]
fn ended_session_and_waiting_are_explained() {
    let mut driver = Driver::signed_in();
    let id = driver.id();
    let why = "the portal session of 07:38 has ended (detected 15:40)";
    let ended = Err(Problem {
        sign_in: Some(why.into()),
        ..problem("sign-in is required")
    });
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(ended),
    });
    driver.assert_screen("session ended");
    driver.send(Msg::Waits(
        "another genkan is getting these credentials; waiting for it …",
    ));
    driver.assert_screen("waiting for another genkan");
}

#[test]
fn opening_a_shell_waits_runs_and_returns() {
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev adm");
    driver.key(KeyCode::Enter);
    let target = target("payments-dev", "AdministratorAccess");
    let id = driver.id();
    assert_eq!(
        driver.effects,
        [Effect::Enter {
            id,
            target: target.clone()
        }]
    );
    driver.assert_screen("busy");
    driver.key(KeyCode::Enter);
    assert_eq!(driver.effects, [], "one at a time");
    assert_eq!(driver.key(KeyCode::Esc), [Effect::Cancel { id }]);
    driver.send(Msg::Entered {
        id,
        target: target.clone(),
        result: Ok(0),
    });
    assert!(
        driver.model.history.uses.is_empty(),
        "cancelled: a late answer counts for nothing"
    );
    driver.key(KeyCode::Enter);
    let id = driver.id();
    driver.send(Msg::Entered {
        id,
        target: target.clone(),
        result: Ok(3),
    });
    assert_eq!(driver.model.history.uses.len(), 1);
    driver.assert_screen("back from a subshell");
}

#[test]
fn menus() {
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev adm");
    driver.key(KeyCode::Tab);
    driver.assert_screen("actions");
    driver.key(KeyCode::Down);
    assert!(matches!(driver.key(KeyCode::Enter), [Effect::Console { .. }]));
    driver.key(KeyCode::Esc);
    driver.control('e');
    driver.assert_screen("export formats");
    driver.key(KeyCode::Down);
    driver.key(KeyCode::Down);
    let fish = genkan::domain::shells::export::ExportFormat::Fish;
    let wanted = target("payments-dev", "AdministratorAccess");
    assert_eq!(
        driver.key(KeyCode::Enter),
        [Effect::Finish(Outcome::Print {
            target: wanted,
            format: fish
        })]
    );
    assert_eq!(driver.control('s'), [Effect::ReadSessions]);
    driver.assert_screen("sso sessions");
    driver.key(KeyCode::Esc);
    driver.key(KeyCode::F(1));
    driver.assert_screen("help");
    driver.press(KeyCode::End, KeyModifiers::CONTROL);
    driver.assert_screen("help at its end");
}

#[test]
fn link_for_another_machine_is_shown() {
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev adm");
    driver.control('o');
    let id = driver.id();
    driver.send(Msg::Console {
        id,
        target: target("payments-dev", "AdministratorAccess"),
        result: Ok(Some(ConsoleAddress {
            address: Secret::new("https://tanuki.awsapps.com/start/#/console?account_id=310660284419"),
            is_secret: false,
            forward: None,
        })),
    });
    driver.assert_screen("link");
}

#[test]
fn link_that_signs_in_says_so_and_is_copied_as_a_secret() {
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev adm");
    driver.control('o');
    let id = driver.id();
    let address = Secret::new("http://127.0.0.1:4000/federation?Action=login&SigninToken=canary");
    driver.send(Msg::Console {
        id,
        target: target("payments-dev", "AdministratorAccess"),
        result: Ok(Some(ConsoleAddress {
            address: address.clone(),
            is_secret: true,
            forward: Some("ssh -L 4000:127.0.0.1:4000 192.0.2.7".into()),
        })),
    });
    driver.assert_screen("secret link");
    let effects = driver.key(KeyCode::Char('c')).to_vec();
    let what = "address".to_owned();
    assert_eq!(effects, [Effect::CopySecret { text: address, what }]);
    assert!(!format!("{effects:?} {:?}", driver.model.overlay).contains("canary"));
}

#[test]
fn picker_says_what_it_picks_for() {
    let picking = Options {
        pick_for: Some(PickFor::Exec),
        ..options()
    };
    let mut driver = Driver::signed_in_with(picking, History::default());
    driver.assert_screen("picker");
    driver.go_to("payments-dev", "AdministratorAccess");
    driver.control('o');
    assert_eq!(driver.effects, []);
    assert!(
        driver
            .text((80, 24))
            .contains("picking a target for `genkan exec`")
    );
    driver.type_text("payments-dev adm");
    let wanted = target("payments-dev", "AdministratorAccess");
    assert_eq!(
        driver.key(KeyCode::Enter),
        [Effect::Finish(Outcome::Picked(wanted))]
    );
    assert_eq!(driver.control('c'), [Effect::Finish(Outcome::Cancelled)]);
}

#[test]
fn errors_have_hints() {
    let mut driver = Driver::signed_in();
    driver.go_to("payments-dev", "AdministratorAccess");
    driver.key(KeyCode::Enter);
    let id = driver.id();
    let target = driver.model.browse.current().unwrap().target().unwrap();
    driver.send(Msg::Entered {
        id,
        target,
        result: Err(Problem {
            sentence: "Identity Center refuses credentials for it: no access".into(),
            hints: vec!["the assignment may have been removed; F5 refreshes the list".into()],
            sign_in: None,
        }),
    });
    driver.assert_screen("error");
    driver.key(KeyCode::Down);
    driver.type_text("pay");
    assert!(driver.text((80, 24)).contains("no access"), "it stays");
    assert_eq!(driver.key(KeyCode::Esc), [], "Esc dismisses it and nothing else");
    assert!(!driver.text((80, 24)).contains("no access"));
    assert_eq!(driver.model.browse.query.text(), "pay");
}

#[test]
fn vim_keys_move_until_slash() {
    let mut driver = Driver::signed_in_with(
        Options {
            vim: true,
            ..options()
        },
        History::default(),
    );
    driver.type_text("jj");
    assert_eq!(driver.model.browse.query.text(), "");
    driver.type_text("/jj");
    assert_eq!(driver.model.browse.query.text(), "jj");
    driver.key(KeyCode::Esc);
    driver.type_text("k");
    assert_eq!(driver.model.browse.query.text(), "jj");
    // As in vim, Enter ends the search; the next one acts on what it found.
    driver.control('u');
    driver.type_text("/payments-dev adm");
    assert!(driver.text((80, 24)).contains("Enter to the list"));
    assert_eq!(driver.key(KeyCode::Enter), []);
    assert!(driver.text((80, 24)).contains("Enter shell"));
    assert_eq!(driver.key(KeyCode::Enter).len(), 1);
    driver.key(KeyCode::Esc);
    assert_eq!(driver.key(KeyCode::Char('q')), [Effect::Finish(Outcome::Quit)]);
}

#[test]
fn too_small_a_terminal_gets_one_line() {
    let mut driver = Driver::signed_in();
    assert_eq!(driver.text((29, 10)).trim_end(), "genkan needs 30×8 at least");
    assert_eq!(driver.text((80, 7)).trim_end(), "genkan needs 30×8 at least");
    for size in [(1, 1), (2, 1), (30, 8), (31, 9), (300, 100)] {
        driver.text(size);
    }
}

/// Behind other notices, and until it was seen.
#[test]
fn wrong_clock_is_shown_until_a_key_is_pressed() {
    let mut driver = Driver::signed_in();
    driver.send(Msg::Failed(Problem {
        sentence: "something else went wrong".into(),
        hints: Vec::new(),
        sign_in: None,
    }));
    driver.send(Msg::ClockSkew(Some(
        "this machine's clock is 2 h behind AWS's".into(),
    )));
    assert!(driver.text((80, 24)).contains("something else"));
    driver.key(KeyCode::Esc);
    driver.assert_screen("wrong clock");
    driver.key(KeyCode::Down);
    assert!(!driver.text((80, 24)).contains("clock"));
}

/// Any key at any time, on any screen, at any size: never a panic.
#[test]
fn random_keys_never_panic() {
    let mut seed = 7_u64;
    let mut random = move |most: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % most
    };
    let codes = [
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Backspace,
        KeyCode::Left,
        KeyCode::F(1),
        KeyCode::F(5),
        KeyCode::Char('a'),
        KeyCode::Char('決'),
        KeyCode::Char('s'),
        KeyCode::Char('e'),
        KeyCode::Char('o'),
        KeyCode::Char('g'),
        KeyCode::Char('f'),
        KeyCode::Char('u'),
        KeyCode::Home,
        KeyCode::End,
    ];
    for start in 0..4 {
        let mut driver = match start {
            0 => Driver::new(options(), Vec::new(), History::default()),
            1 => Driver::new(options(), vec![session("tanuki")], History::default()),
            _ => Driver::signed_in(),
        };
        for _ in 0..500 {
            let modifiers = if random(3) == 0 {
                KeyModifiers::CONTROL
            } else {
                KeyModifiers::NONE
            };
            driver.press(codes[random(codes.len())], modifiers);
            if random(20) == 0 {
                let size = (
                    u16::try_from(random(140)).unwrap(),
                    u16::try_from(random(50)).unwrap(),
                );
                driver.text((size.0.max(1), size.1.max(1)));
            }
            let (columns, rows) = driver.model.size;
            driver.text((columns.max(1), rows.max(1)));
        }
    }
}
