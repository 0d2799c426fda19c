//! Rules of what is drawn: names, notices, the QR code, blanks, and words that hold only for a while.

use std::collections::BTreeSet;

use crossterm::event::KeyCode;
use genkan::domain::device::DevicePage;
use genkan::domain::history::{History, TargetKey};
use genkan::domain::text::width;
use genkan::domain::{Account, AccountEntry, Catalog, Changes, PermissionSetName};
use genkan::domain::{SignInEvent, SignInState, SyncEvent};
use genkan::settings::ThemeName;
use genkan::tui::browse::Row;
use genkan::tui::front;
use genkan::tui::model::{Options, Sync};
use genkan::tui::msg::{Listed, Msg, Problem, SignInMsg, SyncMsg};
use genkan::tui::theme::Theme;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::support::driver::{Driver, SIZES, later, listed, now, options, problem, target, text_of};
use crate::support::env::session;

fn account(number: usize, name: &str) -> Account {
    Account {
        id: format!("{number:012}").parse().unwrap(),
        name: name.into(),
        email: "a@example.com".into(),
    }
}

fn entry(number: usize, name: &str, sets: &[&str]) -> AccountEntry {
    AccountEntry {
        account: account(number, name),
        permission_sets: sets.iter().map(|set| PermissionSetName::new(*set)).collect(),
        listed_at: Some(later(-30)),
        problem: None,
    }
}

/// The list with these accounts, fresh enough not to be refreshed.
fn with_accounts(entries: Vec<AccountEntry>, expiries: Vec<(TargetKey, jiff::Timestamp)>) -> Driver {
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.send(Msg::Loaded {
        of_earlier_sign_in: false,
        session: "tanuki".into(),
        catalog: Some(Catalog::from_entries(entries, Some(later(-30)))),
        news: Changes::default(),
        expiries,
        sign_in: SignInState::SignedIn {
            until: later(18_720),
            renews: false,
            ends: None,
        },
        notices: Vec::new(),
    });
    driver
}

/// The rows of the list without the marks in front and the scroll mark behind.
fn rows(driver: &mut Driver, size: (u16, u16)) -> Vec<String> {
    let buffer = driver.buffer(size);
    let list = front::areas(&driver.model, size).list;
    (list.top()..list.bottom())
        .map(|y| line(&buffer, list.x + 2, list.right(), y))
        .map(|row| row.trim_end_matches('▐').to_owned())
        .filter(|row| !row.trim().is_empty())
        .collect()
}

fn line(buffer: &Buffer, from: u16, to: u16, y: u16) -> String {
    let (mut line, mut x) = (String::new(), from);
    while x < to {
        let symbol = buffer[(x, y)].symbol();
        line.push_str(symbol);
        x += u16::try_from(width(symbol)).unwrap().max(1);
    }
    line
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,12}(-[a-z0-9]{1,12}){0,4}",
        1 => "[決済本番東京開発]{1,20}",
        1 => "[a-z決済é]{1,30}",
    ]
}

fn set() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("ReadOnlyAccess".to_owned()),
        Just("AdministratorAccess".to_owned()),
        "[A-Za-z]{1,32}",
    ]
}

/// A list with these names, every other row with a time.
fn with_names(names: &[(String, String)], with_time: bool) -> Driver {
    let entries: Vec<AccountEntry> = names
        .iter()
        .enumerate()
        .map(|(number, (name, set))| entry(number, name, &[set.as_str()]))
        .collect();
    let expiries = entries
        .iter()
        .filter(|_| with_time)
        .step_by(2)
        .map(|entry| {
            let key = TargetKey {
                session: "tanuki".into(),
                account_id: entry.account.id.clone(),
                permission_set: entry.permission_sets[0].clone(),
            };
            (key, later(3_120))
        })
        .collect();
    with_accounts(entries, expiries)
}

/// One symbol for each column of the row; the second column of a wide symbol is empty.
fn cells(row: &str) -> Vec<String> {
    let mut cells = Vec::new();
    for symbol in row.graphemes(true) {
        cells.push(symbol.to_owned());
        cells.extend((1..width(symbol)).map(|_| String::new()));
    }
    cells
}

/// Every position in a row where a field with this text can begin: as a whole, or cut behind its first symbol.
fn starts(row: &str, text: &str) -> BTreeSet<usize> {
    let cells = cells(row);
    let first = cells_of_first(text);
    (1..cells.len())
        .filter(|at| cells[at - 1] == " ")
        .filter(|at| {
            let rest = cells[*at..].concat();
            rest.starts_with(text) || (row.contains('…') && rest.starts_with(&first))
        })
        .collect()
}

fn cells_of_first(text: &str) -> String {
    text.graphemes(true).next().unwrap_or_default().to_owned()
}

/// Fails where the rows on the screen don't have each of their fields at one position.
fn assert_aligned(driver: &mut Driver, size: (u16, u16)) {
    let rows = rows(driver, size);
    let shown: Vec<_> = driver
        .model
        .browse
        .visible()
        .map(|(row, ..)| row.clone())
        .collect();
    assert_eq!(rows.len(), shown.len(), "{size:?}: {rows:#?}");
    let common = |field: &dyn Fn(&Row) -> String| {
        let starts = rows
            .iter()
            .zip(&shown)
            .map(|(text, row)| starts(text, &field(row)));
        starts
            .reduce(|a, b| a.intersection(&b).copied().collect())
            .unwrap_or_default()
    };
    let names = common(&|row| row.account().name.to_string());
    assert!(names.contains(&1), "{size:?}: {rows:#?}");
    let sets = common(&|row| row.in_second_column().to_owned());
    assert!(!sets.is_empty(), "{size:?}: {rows:#?}");
    let ids = rows
        .iter()
        .zip(&shown)
        .filter(|(text, row)| text.contains(row.account().id.as_str()))
        .count();
    assert!(ids == 0 || ids == rows.len(), "{size:?}: {rows:#?}");
    if ids > 0 {
        assert!(
            !common(&|row| row.account().id.to_string()).is_empty(),
            "{size:?}: {rows:#?}"
        );
    }
    let ends: BTreeSet<usize> = rows
        .iter()
        .map(|row| row.trim_end())
        .filter(|row| row.ends_with(" min"))
        .map(width)
        .collect();
    assert!(ends.len() <= 1, "{size:?}: {rows:#?}");
}

/// As the list of 5,000 accounts where this was seen first: one permission set is longer than most.
#[test]
fn long_permission_set_keeps_columns_aligned() {
    let names: Vec<(String, String)> = [
        "analytics-dev",
        "analytics-dev-frankfurt",
        "analytics-dev-são-paulo-02",
        "決済-prod",
    ]
    .iter()
    .flat_map(|name| {
        [
            "BillingReadOnly",
            "DatabaseAdministrator",
            "NetworkAdministrator",
            "SecurityAudit",
        ]
        .map(|set| ((*name).to_owned(), set.to_owned()))
    })
    .collect();
    for size in [
        (80, 24),
        (100, 30),
        (110, 24),
        (120, 30),
        (120, 36),
        (40, 10),
        (160, 40),
    ] {
        for with_time in [false, true] {
            let mut driver = with_names(&names, with_time);
            assert_aligned(&mut driver, size);
            if size.0 >= 80 {
                let rows = rows(&mut driver, size);
                assert!(rows.iter().all(|row| !row.contains('…')), "{size:?}: {rows:#?}");
            }
            driver.type_text("dev adm");
            assert_aligned(&mut driver, size);
        }
    }
}

#[test]
fn details_pane_shrinks_before_a_name_is_cut() {
    let long = |letter: &str| (letter.repeat(50), "AdministratorAccess".to_owned());
    let mut driver = with_names(&[long("a"), long("b")], true);
    let text = driver.text((100, 30));
    assert!(text.contains(&"a".repeat(50)) && !text.contains('│'), "{text}");
    let short = ("short".to_owned(), "AdministratorAccess".to_owned());
    assert!(with_names(&[short], true).text((100, 30)).contains('│'));
}

/// A star, too, has a blank behind it at every width.
#[test]
fn favourites_align_with_other_rows() {
    for columns in 30..=120 {
        let mut driver = with_names(
            &[
                ("payments-dev".to_owned(), "AdministratorAccess".to_owned()),
                ("payments-staging".to_owned(), "DatabaseAdministrator".to_owned()),
            ],
            false,
        );
        driver.control('f');
        let text = driver.text((columns, 10));
        assert!(text.contains("★ payments"), "{columns}:\n{text}");
        driver.key(KeyCode::Esc);
        assert_aligned(&mut driver, (columns, 10));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn columns_of_all_rows_align(
        names in proptest::collection::vec((name(), set()), 1..30),
        columns in 30u16..=200,
        with_time in any::<bool>(),
        moves in 0usize..30,
    ) {
        let mut driver = with_names(&names, with_time);
        driver.buffer((columns, 24));
        for _ in 0..moves {
            driver.key(KeyCode::Down);
        }
        assert_aligned(&mut driver, (columns, 24));
    }

    /// The columns could give it room while all rows together leave two blanks.
    #[test]
    fn names_are_cut_only_without_spare_columns(
        names in proptest::collection::vec((name(), set()), 1..30),
        columns in 30u16..=200,
        with_time in any::<bool>(),
    ) {
        let mut driver = with_names(&names, with_time);
        let rows = rows(&mut driver, (columns, 24));
        prop_assert!(!rows.is_empty());
        let shown: Vec<_> = driver.model.browse.visible().map(|(row, ..)| row.clone()).collect();
        let widest = |field: &dyn Fn(&Row) -> usize| shown.iter().map(field).max().unwrap_or_default();
        let both = widest(&|row| width(&row.account().name)) + widest(&|row| width(row.in_second_column()));
        let time = if with_time { " 52 min".len() } else { 0 };
        let mark = usize::from(names.len() > shown.len());
        let room = usize::from(columns).saturating_sub("▌★ ".chars().count() + 1 + time + mark);
        if rows.iter().any(|row| row.contains('…')) {
            prop_assert!(both > room, "{columns} columns: {rows:#?}");
            prop_assert!(rows.iter().zip(&shown).all(|(text, row)| !text.contains(row.account().id.as_str())));
        }
        for (text, row) in rows.iter().zip(&shown).filter(|(text, _)| !text.contains('…')) {
            let whole = text.contains(row.account().name.as_str()) && text.contains(row.in_second_column());
            prop_assert!(whole, "{columns} columns: {text:?}");
        }
    }

    #[test]
    fn names_that_differ_at_either_end_stay_distinct(
        middle in "[a-z]{5}(-[a-z]{5}){4}",
        columns in 30u16..=200,
        at_the_end in any::<bool>(),
    ) {
        let names = ["prod", "dev1"].map(|stage| {
            if at_the_end { format!("{middle}-xyz-{stage}") } else { format!("{stage}-xyz-{middle}") }
        });
        let entries = names.iter().enumerate().map(|(n, name)| entry(n, name, &["AdministratorAccess"])).collect();
        let mut driver = with_accounts(entries, Vec::new());
        let rows = rows(&mut driver, (columns, 24));
        for stage in ["prod", "dev1"] {
            prop_assert!(rows.iter().any(|row| row.contains(stage)), "{columns} columns: {rows:?}");
        }
    }
}

#[test]
fn forty_letter_names_that_differ_at_the_end_stay_distinct() {
    let names = [
        "shared-services-networking-euc1-prod-001",
        "shared-services-networking-euc1-dev-0001",
    ];
    assert!(names.iter().all(|name| name.len() == 40));
    for columns in 30..=200 {
        let entries = names.iter().enumerate();
        let entries = entries.map(|(n, name)| entry(n, name, &["AdministratorAccess", "ReadOnlyAccess"]));
        let mut driver = with_accounts(entries.collect(), Vec::new());
        let rows = rows(&mut driver, (columns, 24));
        let distinct: std::collections::BTreeSet<&String> = rows.iter().collect();
        assert_eq!(distinct.len(), 4, "{columns}: {rows:?}");
        if columns >= 40 {
            for end in ["prod-001", "dev-0001"] {
                assert!(rows.iter().any(|row| row.contains(end)), "{columns}: {rows:?}");
            }
        }
        if columns >= 80 {
            assert!(rows.iter().all(|row| !row.contains('…')), "{columns}: {rows:?}");
        }
    }
}

#[test]
fn rule_line_shows_the_full_target_of_a_cut_row() {
    let long = "shared-services-networking-euc1-prod-001";
    let mut driver = with_accounts(vec![entry(1, long, &["AdministratorAccess"])], Vec::new());
    let text = driver.text((60, 24));
    assert!(
        text.contains(&format!("{long}/Admin")) || text.contains("AdministratorAccess"),
        "{text}"
    );
    driver.assert_screen_at("a row that is cut", (60, 24));
    driver.assert_screen_at("a row that is cut", (40, 10));
}

/// Titles and menus, too.
#[test]
fn titles_are_cut_in_the_middle() {
    let long = "shared-services-networking-euc1-prod-001";
    let mut driver = with_accounts(vec![entry(1, long, &["AdministratorAccess"])], Vec::new());
    driver.key(KeyCode::Tab);
    for columns in 30..=120 {
        let text = driver.text((columns, 24));
        assert!(
            text.contains("shared-s") && text.contains("Access "),
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
    let list = Driver::at_home_with(themed(), History::default());
    let mut search = Driver::at_home_with(themed(), History::default());
    search.type_text("pay adm");
    let mut error = Driver::at_home_with(themed(), History::default());
    error.send(Msg::Failed(problem("something went wrong")));
    let mut overlays: Vec<Driver> = [KeyCode::Tab, KeyCode::F(1)]
        .into_iter()
        .map(|key| {
            let mut driver = Driver::at_home_with(themed(), History::default());
            driver.key(key);
            driver
        })
        .collect();
    for letter in ['e', 'y', 's'] {
        let mut driver = Driver::at_home_with(themed(), History::default());
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
            .contains("no match yet, the accounts are being loaded")
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
                .contains(&format!("no match yet, {count} loaded"))
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
                .contains("no match yet, 19 of 300 accounts loaded"),
            "{text}"
        );
    }
    assert!(driver.text((80, 24)).contains("0+ of"));
    driver.assert_screen_at("search while accounts arrive", (80, 24));
    send(&mut driver, SyncMsg::Event(SyncEvent::Waiting));
    assert!(driver.text((80, 24)).contains("no match yet, another genkan"));
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
        ends: ends.map(later),
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
    driver.send(Msg::Vended {
        target: TargetKey::from(&target),
        until: later(3_600),
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
    // This machine's clock was wrong, until it was put right.
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
