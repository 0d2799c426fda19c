//! Rules of what is drawn: titles, notices, the QR code, blanks, and words that hold only for a while.

use crossterm::event::KeyCode;
use genkan::domain::device::DevicePage;
use genkan::domain::history::{History, TargetKey};
use genkan::domain::{Account, Catalog, Changes, PermissionSetName};
use genkan::domain::{SignInEvent, SignInState, SyncEvent};
use genkan::settings::ThemeName;
use genkan::tui::front;
use genkan::tui::model::{Options, Sync};
use genkan::tui::msg::{Listed, Msg, Problem, SignInMsg, SyncMsg};
use genkan::tui::theme::Theme;
use ratatui::style::{Color, Modifier};

use crate::support::accounts::{account, entry, with_accounts};
use crate::support::driver::{
    Driver, SIZES, later, listed, now, options, problem, session_end, target, text_of,
};
use crate::support::env::session;

/// Titles and menus, too.
#[test]
fn titles_are_cut_in_the_middle() {
    let long = "shared-services-networking-euc1-prod-001";
    let mut driver = with_accounts(vec![entry(1, long, &["AdministratorAccess"])], Vec::new());
    driver.key(KeyCode::Tab);
    for columns in 30..=120 {
        let text = driver.text((columns, 24));
        assert!(
            text.contains(" share") && text.contains("/Admin"),
            "{columns}:\n{text}"
        );
    }
}

/// Whatever its length: the row with the cursor is in sight, and the notice below the list.
#[test]
fn notice_never_covers_the_selected_row() {
    let long = "this sentence says at some length what happened; ".repeat(12);
    for size in [(80, 24), (120, 36), (40, 10), (30, 8), (60, 12)] {
        for words in ["short", long.as_str()] {
            for moves in [0, 1, 4, 18, 30, 99] {
                let mut driver = Driver::at_home();
                driver.send(Msg::Resize(size.0, size.1));
                for _ in 0..moves {
                    driver.key(KeyCode::Down);
                }
                let here = driver.model.browse.current().unwrap().account().id.clone();
                driver.send(Msg::Failed(problem(words)));
                let text = driver.text(size);
                let row = text.lines().find(|line| line.starts_with('▌'));
                assert!(row.is_some(), "{size:?} {moves} {words}:\n{text}");
                assert_eq!(driver.model.browse.current().unwrap().account().id, here);
                assert!(text.contains("✗ "), "{text}");
                let list = front::areas(&driver.model, size).list;
                let lines = usize::from(list.bottom());
                let first = text.lines().position(|line| line.starts_with(" ✗ ")).unwrap();
                assert!(first >= lines, "{size:?}:\n{text}");
            }
        }
    }
}

#[test]
fn notice_covers_no_menu_entry_and_no_code() {
    let long = "this sentence says at some length what happened; ".repeat(4);
    for size in [(80, 24), (40, 10), (30, 8)] {
        let mut driver = Driver::at_home();
        driver.go_to("payments-dev", "AdministratorAccess");
        driver.key(KeyCode::Tab);
        driver.send(Msg::Failed(problem(&long)));
        driver.type_text("favour");
        driver.send(Msg::Failed(problem(&long)));
        let text = driver.text(size);
        assert!(text.contains("Add to favourites"), "{size:?}:\n{text}");
    }
}

fn every_screen(theme: Theme) -> Vec<Driver> {
    let themed = || Options { theme, ..options() };
    let list = Driver::signed_in_with(themed(), History::default());
    let mut search = Driver::signed_in_with(themed(), History::default());
    search.type_text("pay adm");
    let mut error = Driver::signed_in_with(themed(), History::default());
    error.send(Msg::Failed(problem("something went wrong")));
    let mut overlays: Vec<Driver> = [KeyCode::Tab, KeyCode::F(1)]
        .into_iter()
        .map(|key| {
            let mut driver = Driver::signed_in_with(themed(), History::default());
            driver.key(key);
            driver
        })
        .collect();
    for letter in ['e', 'y', 's'] {
        let mut driver = Driver::signed_in_with(themed(), History::default());
        driver.control(letter);
        overlays.push(driver);
    }
    let setup = Driver::new(themed(), Vec::new(), History::default());
    let mut code = Driver::new(themed(), vec![session("tanuki")], History::default());
    code.loaded(false, false);
    code.code(Some("SSH session"));
    let mut all = vec![list, search, error, setup, code];
    all.extend(overlays);
    all
}

const THEMES: [(ThemeName, bool); 5] = [
    (ThemeName::Default, true),
    (ThemeName::Light, true),
    (ThemeName::HighContrast, true),
    (ThemeName::Mono, true),
    (ThemeName::Default, false),
];

#[test]
fn no_theme_underlines_blanks() {
    for (name, colour) in THEMES {
        for mut driver in every_screen(Theme::named(name, colour)) {
            for size in SIZES {
                let buffer = driver.buffer(size);
                for cell in buffer.content() {
                    let underlined = cell.modifier.contains(Modifier::UNDERLINED);
                    assert!(
                        !underlined || cell.symbol() != " ",
                        "{name:?}:\n{}",
                        text_of(&buffer)
                    );
                }
            }
        }
    }
}

#[test]
fn qr_code_is_black_on_white_in_every_theme() {
    for (name, colour) in THEMES {
        let theme = Theme::named(name, colour);
        let mut driver = Driver::new(
            Options { theme, ..options() },
            vec![session("tanuki")],
            History::default(),
        );
        driver.loaded(false, false);
        driver.code(None);
        for size in [(80, 24), (120, 36)] {
            let buffer = driver.buffer(size);
            let code: Vec<_> = buffer
                .content()
                .iter()
                .filter(|c| matches!(c.symbol(), "▀" | "▄"))
                .collect();
            assert!(code.len() > 100, "{name:?} {size:?}: there is a QR code");
            for cell in code {
                assert_eq!(cell.fg, Color::Rgb(255, 255, 255));
                assert_eq!(cell.bg, Color::Rgb(0, 0, 0));
                assert!(cell.modifier.is_empty());
            }
        }
    }
}

/// The warning against approving another's code is there at every size, with and without a notice.
#[test]
fn sign_in_asks_to_compare_the_code_at_every_size() {
    let address = "https://start.us-gov-home.awsapps.com/directory/d-1234567890/#/device?user_code=DFPR-GJTF";
    for case in 0..4 {
        let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
        driver.loaded(false, false);
        let id = driver.id();
        match case {
            0 => driver.code(None),
            1 => driver.code(Some("SSH session")),
            _ => {
                let page = DevicePage {
                    user_code: "DFPR-GJTF".into(),
                    address: address.into(),
                    expires_at: later(598),
                };
                driver.send(Msg::SignIn {
                    id,
                    event: SignInMsg::Event(SignInEvent::Elsewhere(page)),
                });
            }
        }
        if case == 3 {
            driver.send(Msg::Copied {
                what: "address".into(),
                result: Ok("copied via terminal clipboard".into()),
            });
        }
        for columns in [30, 34, 40, 50, 66, 80, 100, 130] {
            for rows in (8..=16).chain([20, 24, 36]) {
                let text = driver.text((columns, rows));
                assert!(text.contains("Check "), "{case} {columns}x{rows}:\n{text}");
                let plain =
                    text.matches("DFPR-GJTF").count() > usize::from(text.contains("user_code=DFPR-GJTF"));
                let code = plain || text.contains("D F P R") || text.contains("████");
                assert!(code, "{case} {columns}x{rows}:\n{text}");
            }
        }
    }
}

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
    let mut driver = Driver::at_home();
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
        format: genkan::domain::export::ExportFormat::Bash,
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
    let mut driver = Driver::at_home();
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
    let mut driver = Driver::at_home();
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
    let mut driver = Driver::at_home();
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

/// `o` always gets an answer.
#[test]
fn open_browser_key_always_reports_the_result() {
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.loaded(false, false);
    let id = driver.id();
    driver.code(None);
    assert!(driver.text((80, 24)).contains("page that opened in your browser"));
    driver.send(Msg::SignIn {
        id,
        event: SignInMsg::NoBrowser("`xdg-open` exited with code 3".into()),
    });
    let text = driver.text((100, 24));
    assert!(
        text.contains("Open this page in any browser (`xdg-open` exited with code 3"),
        "{text}"
    );
    driver.key(KeyCode::Char('o'));
    driver.send(Msg::PageOpened {
        result: Err(Problem {
            sentence: "the browser did not start: `xdg-open` exited with code 3".into(),
            hints: Vec::new(),
            sign_in: None,
        }),
    });
    let text = driver.text((120, 36));
    assert!(
        text.contains("the browser did not start") && text.contains("c copies it"),
        "{text}"
    );
    driver.send(Msg::PageOpened { result: Ok(()) });
    assert!(driver.text((80, 24)).contains("opened the page in the browser"));
}
