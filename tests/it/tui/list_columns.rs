//! The columns of the list: what is aligned, what is cut, and what the selected row shows of itself.

use crossterm::event::KeyCode;
use genkan::domain::records::history::TargetKey;
use genkan::domain::rules::{Given, Match, Rule, RuleSet};
use genkan::domain::text::text_width;
use genkan::domain::{AccountEntry, PermissionSetName};
use genkan::tui::drawing::columns;
use genkan::tui::drawing::columns::{Columns, Fit};
use genkan::tui::drawing::fields::Fields;
use genkan::tui::model::Options;
use genkan::tui::screens::front;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::support::accounts::{account, entry, key, with_accounts, with_accounts_and};
use crate::support::driver::{Driver, later, options};

/// A row of the screen: its text behind the gutter, and what it shows.
struct Shown {
    text: String,
    fields: Fields,
    fit: Fit,
}

/// The rows of the list without the marks in front and the scroll mark behind.
fn rows(driver: &mut Driver, size: (u16, u16)) -> Vec<Shown> {
    let buffer = driver.buffer(size);
    let model = &driver.model;
    let list = front::browse_areas(model, size).list;
    let columns = Columns::of(model, list.width);
    let room = columns::list_columns(model, list.width);
    let right = list.x + u16::try_from(room).unwrap();
    let lines = (list.top()..list.bottom()).zip(model.browse.visible());
    let shown = lines.filter_map(|(y, line)| {
        let fields = Fields::of(model, line, columns.is_short)?;
        Some(Shown {
            text: text(&buffer, list.x + 3, right, y),
            fit: columns.fit(&fields, room),
            fields,
        })
    });
    shown.collect()
}

fn text(buffer: &Buffer, from: u16, to: u16, y: u16) -> String {
    let (mut line, mut x) = (String::new(), from);
    while x < to {
        let symbol = buffer[(x, y)].symbol();
        line.push_str(symbol);
        x += u16::try_from(text_width(symbol)).unwrap().max(1);
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

/// Accounts with one to three permission sets; every third has a favourite or a recent one.
fn accounts() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    proptest::collection::vec((name(), proptest::collection::vec(set(), 1..4)), 1..30)
}

/// A list of these accounts, some of them favourites or used.
fn list(accounts: &[(String, Vec<String>)], with_time: bool) -> Driver {
    let entries: Vec<AccountEntry> = accounts
        .iter()
        .enumerate()
        .map(|(number, (name, sets))| {
            let mut sets: Vec<&str> = sets.iter().map(String::as_str).collect();
            sets.sort_unstable();
            sets.dedup();
            entry(number, name, &sets)
        })
        .collect();
    let expiries: Vec<(TargetKey, jiff::Timestamp)> = entries
        .iter()
        .filter(|_| with_time)
        .step_by(2)
        .map(|entry| (key(entry, 0), later(3_120)))
        .collect();
    let mut driver = with_accounts(entries.clone(), expiries);
    for (number, entry) in entries.iter().enumerate().skip(1) {
        match number % 6 {
            1 => drop(driver.model.history.toggle_favourite(key(entry, 0))),
            4 => driver.model.history.record(
                key(entry, 0),
                genkan::domain::records::history::Action::Shell,
                later(-100_000),
            ),
            _ => {}
        }
    }
    driver.model.rebuild();
    driver
}

/// One symbol for each column; the second column of a wide symbol is empty.
fn cells(text: &str) -> Vec<&str> {
    let symbols = text.graphemes(true);
    symbols
        .flat_map(|symbol| std::iter::once(symbol).chain((1..text_width(symbol)).map(|_| "")))
        .collect()
}

/// Whether a text begins at a column, with a blank in front.
fn begins_at(row: &str, text: &str, column: usize) -> bool {
    let cells = cells(row);
    let before = column.checked_sub(1).and_then(|at| cells.get(at));
    before.is_none_or(|cell| *cell == " ")
        && cells
            .get(column..)
            .is_some_and(|rest| rest.concat().starts_with(text))
}

/// Fails where rows that fit their columns don't have each field at one position, or rows that don't fit are cut with
/// blanks to spare.
fn assert_columns(driver: &mut Driver, size: (u16, u16)) {
    let rows = rows(driver, size);
    let list = front::browse_areas(&driver.model, size).list;
    let columns = Columns::of(&driver.model, list.width);
    assert!(!rows.is_empty());
    for row in &rows {
        let (fields, text) = (&row.fields, row.text.as_str());
        if row.fit == Fit::Columns && fields.is_child {
            assert!(
                begins_at(text, &fields.name, columns::INDENT),
                "{size:?}: {text:?}"
            );
        } else if row.fit == Fit::Columns {
            assert!(begins_at(text, &fields.name, 0), "{size:?}: {text:?}");
            let second = columns.name + columns.gap;
            assert!(begins_at(text, &fields.second, second), "{size:?}: {text:?}");
            if columns.id > 0 {
                assert!(text.contains(&fields.id), "{size:?}: {text:?}");
            }
        }
        // The permission sets of an account may be left out where their number is all there is to say.
        let indented = text.trim_start_matches(' ');
        let is_cut = indented.contains('…') && !fields.second.contains('…');
        if is_cut {
            let blanks = indented.contains("  ") || text.len() - indented.len() > columns::INDENT;
            assert!(!blanks, "{size:?}: cut with blanks to spare: {text:?}");
            assert!(columns.is_ragged);
        } else {
            let whole = text.contains(&fields.name) && (fields.is_summary || text.contains(&fields.second));
            assert!(whole, "{size:?}: {text:?} of {fields:?}");
        }
    }
    // Times and numbers end at one position each.
    for field in [|f: &Fields| f.time.clone(), |f: &Fields| f.number.clone()] {
        let shown = rows
            .iter()
            .filter(|row| row.fit == Fit::Columns && !field(&row.fields).is_empty());
        let ends: std::collections::BTreeSet<usize> = shown
            .filter_map(|row| {
                let field = field(&row.fields);
                let (before, _) = row.text.rsplit_once(&field)?;
                Some(text_width(before) + text_width(&field))
            })
            .collect();
        assert!(
            ends.len() <= 1 || columns.time == 0 || columns.number == 0,
            "{size:?}: {ends:?}"
        );
    }
}

/// The bar of the selected row spans the line, up to the scroll mark where there is one.
fn assert_bar(driver: &mut Driver, size: (u16, u16)) {
    let buffer = driver.buffer(size);
    let list = front::browse_areas(&driver.model, size).list;
    let room = u16::try_from(columns::list_columns(&driver.model, list.width)).unwrap();
    let current = driver
        .model
        .browse
        .visible()
        .iter()
        .position(|line| line.is_current)
        .unwrap();
    let y = list.y + u16::try_from(current).unwrap();
    assert_eq!(buffer[(list.x, y)].symbol(), "▌");
    for x in list.x + 1..list.x + room {
        // The second half of a wide character is no cell of its own.
        let hidden = buffer[(x - 1, y)].symbol();
        if text_width(hidden) < 2 {
            let reversed = buffer[(x, y)].modifier.contains(Modifier::REVERSED);
            assert!(
                reversed,
                "{size:?}: column {x} of {}",
                text(&buffer, list.x, list.x + room, y)
            );
        }
    }
}

/// As the list of 5,000 accounts where this was seen first: one permission set is longer than most.
#[test]
fn long_permission_set_keeps_columns_aligned() {
    let sets = [
        "BillingReadOnly",
        "DatabaseAdministrator",
        "NetworkAdministrator",
        "SecurityAudit",
    ];
    let accounts: Vec<(String, Vec<String>)> = [
        "analytics-dev",
        "analytics-dev-frankfurt",
        "analytics-dev-são-paulo-02",
        "決済-prod",
    ]
    .iter()
    .map(|name| ((*name).to_owned(), sets.map(str::to_owned).to_vec()))
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
            let mut driver = list(&accounts, with_time);
            for flat in [false, true] {
                driver.model.browse.set_flat(flat);
                assert_columns(&mut driver, size);
                if size.0 >= 80 {
                    let rows = rows(&mut driver, size);
                    assert!(rows.iter().all(|row| !row.text.contains('…')), "{size:?}");
                }
            }
            driver.type_text("dev adm");
            assert_columns(&mut driver, size);
        }
    }
}

#[test]
fn details_pane_shrinks_before_a_name_is_cut() {
    let long = |letter: &str| (letter.repeat(60), vec!["AdministratorAccess".to_owned()]);
    let mut driver = list(&[long("a"), long("b")], true);
    let text = driver.text((100, 30));
    assert!(text.contains(&"a".repeat(60)) && !text.contains('│'), "{text}");
    let short = ("short".to_owned(), vec!["AdministratorAccess".to_owned()]);
    assert!(list(&[short], true).text((100, 30)).contains('│'));
}

/// A star, too, has a blank behind it at every width.
#[test]
fn favourites_align_with_other_rows() {
    let accounts = [
        ("payments-dev".to_owned(), vec!["AdministratorAccess".to_owned()]),
        (
            "payments-staging".to_owned(),
            vec!["DatabaseAdministrator".to_owned()],
        ),
    ];
    for columns in 30..=120 {
        let mut driver = list(&accounts, false);
        let text = driver.text((columns, 10));
        assert!(text.contains("★ paym"), "{columns}:\n{text}");
        assert_columns(&mut driver, (columns, 10));
    }
}

/// A permission set of so many columns is whole on its line, however long the name is, on a screen of 70 columns.
const LINE_SHARE: usize = 24;

/// What is whole on the row is left out of the rule, so that the rest of it is whole there.
#[test]
fn target_that_is_longer_than_the_rule_is_whole_in_two_places() {
    let name = format!("{}-{}", "a".repeat(24), "b".repeat(25));
    let set = "c".repeat(LINE_SHARE);
    let mut driver = list(&[(name.clone(), vec![set.clone()])], true);
    let text = driver.text((70, 24));
    assert!(text.contains(&name) && text.contains(&set), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn columns_align_and_names_are_cut_only_without_blanks_to_spare(
        accounts in accounts(),
        columns in 30u16..=200,
        with_time in any::<bool>(),
        flat in any::<bool>(),
        unfolded in any::<bool>(),
        moves in 0usize..30,
        query in prop_oneof![Just(""), Just("a"), Just("acc"), Just("example")],
    ) {
        let mut driver = list(&accounts, with_time);
        driver.buffer((columns, 24));
        driver.model.browse.set_flat(flat);
        if unfolded {
            driver.key(KeyCode::F(4));
        }
        driver.type_text(query);
        for _ in 0..moves {
            driver.key(KeyCode::Down);
        }
        if driver.model.browse.counts().0 > 0 {
            assert_columns(&mut driver, (columns, 24));
            assert_bar(&mut driver, (columns, 24));
        }
    }

    /// Where a part of it is not on its line. What is too long for both lines is cut in its middle.
    #[test]
    fn the_whole_target_of_the_selected_row_is_on_the_screen(
        accounts in accounts(),
        columns in 70u16..=200,
        moves in 0usize..60,
    ) {
        let mut driver = list(&accounts, true);
        driver.buffer((columns, 24));
        driver.key(KeyCode::F(4));
        for _ in 0..moves {
            driver.key(KeyCode::Down);
        }
        let text = driver.text((columns, 24));
        let row = driver.model.browse.current().unwrap();
        let set = row.permission_set().map_or(0, |set| text_width(set.as_str()));
        let whole = text_width(row.account().name.as_str()) + 1 + set;
        prop_assume!(whole <= usize::from(columns) || set <= LINE_SHARE);
        prop_assert!(text.contains(row.account().name.as_str()), "{}\n{text}", row.account().name);
        if let Some(set) = row.permission_set().map(PermissionSetName::as_str) {
            prop_assert!(text.contains(set), "{set}\n{text}");
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
            prop_assert!(rows.iter().any(|row| row.text.contains(stage)), "{columns} columns");
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
        driver.model.browse.set_flat(true);
        let rows = rows(&mut driver, (columns, 24));
        let distinct: std::collections::BTreeSet<&String> = rows.iter().map(|row| &row.text).collect();
        assert_eq!(distinct.len(), 4, "{columns}: {distinct:?}");
        if columns >= 40 {
            for end in ["prod-001", "dev-0001"] {
                assert!(
                    rows.iter().any(|row| row.text.contains(end)),
                    "{columns}: {distinct:?}"
                );
            }
        }
        if columns >= 80 {
            assert!(
                rows.iter().all(|row| !row.text.contains('…')),
                "{columns}: {distinct:?}"
            );
        }
    }
}

#[test]
fn rule_line_shows_the_full_target_of_a_cut_row() {
    let long = "shared-services-networking-euc1-prod-001";
    let mut driver = with_accounts(vec![entry(1, long, &["AdministratorAccess"])], Vec::new());
    for columns in 60..70 {
        let text = driver.text((columns, 24));
        assert!(
            text.contains(long) && text.contains("AdministratorAccess"),
            "{text}"
        );
    }
    driver.assert_screen_at("a row that is cut", (60, 24));
    driver.assert_screen_at("a row that is cut", (40, 10));
}

/// A name longer than the others doesn't cost them their columns, and takes the room that its own row leaves.
#[test]
fn a_long_name_uses_the_room_of_its_own_row() {
    let long = "acme-payments-platform-settlement-and-ledger-production-eu-west-1";
    let mut entries: Vec<AccountEntry> = (1..9)
        .map(|n| entry(n, &format!("account-{n}"), &["AdministratorAccess"]))
        .collect();
    entries.push(entry(9, long, &["Audit"]));
    let mut driver = with_accounts(entries, Vec::new());
    let shown = rows(&mut driver, (80, 24));
    let row = shown.iter().find(|row| row.fields.name == long).unwrap();
    assert!(row.text.starts_with(&format!("{long} Audit")), "{:?}", row.text);
    let others = shown.iter().filter(|row| row.fields.name != long);
    assert!(others.clone().count() == 8 && others.clone().all(|row| row.fit == Fit::Columns));
    // Where that is not enough, the middle gives way.
    let shown = rows(&mut driver, (60, 24));
    let row = shown.iter().find(|row| row.fields.name == long).unwrap();
    assert!(row.text.starts_with("acme-payments-platform"), "{:?}", row.text);
    assert!(
        row.text.contains("…") && row.text.contains("eu-west-1 Audit"),
        "{:?}",
        row.text
    );
}

#[test]
fn wide_screens_show_email_and_last_use() {
    let accounts: Vec<(String, Vec<String>)> = (0..8)
        .map(|n| (format!("account-{n}"), vec!["AdministratorAccess".to_owned()]))
        .collect();
    let mut driver = list(&accounts, false);
    let text = driver.text((200, 50));
    assert!(text.contains("000000000002  a@example.com"), "{text}");
    assert!(text.contains("1 day ago"), "{text}");
    let text = driver.text((60, 24));
    assert!(
        text.contains("000000000002") && !text.contains("a@example.com"),
        "{text}"
    );
    assert!(text.contains("1 d ago"), "{text}");
}

/// A search that matched the email address shows it where it fits, with its letters marked.
#[test]
fn matched_email_is_shown_and_marked() {
    let mut other = account(2, "ledger");
    other.email = "finance-team@example.com".into();
    let mut named_alike = account(1, "payments");
    named_alike.email = "payments@example.com".into();
    let entries = vec![
        AccountEntry {
            account: named_alike,
            ..entry(1, "payments", &["ReadOnlyAccess"])
        },
        AccountEntry {
            account: other,
            ..entry(2, "ledger", &["ReadOnlyAccess"])
        },
    ];
    let mut driver = with_accounts(entries, Vec::new());
    driver.type_text("finance");
    let buffer = driver.buffer((80, 24));
    let text = crate::support::driver::text_of(&buffer);
    assert!(text.contains("finance-team@example.com"), "{text}");
    assert_eq!(marked(&buffer), "finance");
    // Where the name matches the same word, the address is not what one looks for, but its letters are marked, too.
    driver.control('u');
    driver.type_text("pay");
    let text = driver.text((80, 24));
    assert!(text.contains("000000000001"), "{text}");
    let buffer = driver.buffer((200, 50));
    let text = crate::support::driver::text_of(&buffer);
    assert!(text.contains("payments@example.com"), "{text}");
    assert_eq!(marked(&buffer), "paypay");
}

/// The same of tags, of which a row may have several.
#[test]
fn matched_tags_are_shown_and_marked() {
    let given = Given {
        tags: vec!["team=金融".parse().unwrap(), "cost=finance".parse().unwrap()],
        ..Given::default()
    };
    let matches = Match {
        account: vec!["ledger".parse().unwrap()],
        ..Match::default()
    };
    let entries = vec![
        entry(1, "payments", &["ReadOnlyAccess"]),
        entry(2, "ledger", &["ReadOnlyAccess"]),
    ];
    for (query, letters) in [("finance", "finance"), ("tag:team=金", "team=金"), ("tag:c", "c")] {
        let rule = Rule {
            matches: matches.clone(),
            given: given.clone(),
        };
        let options = Options {
            rules: RuleSet::new(vec![rule]).into(),
            ..options()
        };
        let mut driver = with_accounts_and(options, entries.clone(), Vec::new());
        driver.type_text(query);
        let buffer = driver.buffer((80, 24));
        let text = crate::support::driver::text_of(&buffer);
        assert!(text.contains("cost=finance"), "{query}: {text}");
        assert_eq!(marked(&buffer).replace(' ', ""), letters, "{query}: {text}");
    }
}

/// The letters that are marked on a screen.
fn marked(buffer: &Buffer) -> String {
    let cells = buffer.content().iter();
    let marked = cells.filter(|cell| cell.modifier.contains(Modifier::UNDERLINED));
    marked.map(ratatui::buffer::Cell::symbol).collect()
}

/// What Alt-1 enters is seen: where long words leave no room for the numbers, the words are short.
#[test]
fn numbers_of_keys_are_shown_beside_the_details() {
    let chained = |name| {
        let hub = "111427759318".parse().expect("an ID");
        PermissionSetName::chained(name, (&hub, "hub"), &PermissionSetName::new("Admin"))
    };
    let mut shortened = 0;
    for length in 8..32 {
        let name = |number: usize| format!("{number:0length$}");
        let roles = [
            PermissionSetName::new("Admin"),
            PermissionSetName::new("Audit"),
            chained("Repair"),
        ];
        let with_role = AccountEntry {
            permission_sets: roles.into(),
            ..entry(3, &name(0), &[])
        };
        let mut entries = vec![entry(1, "tools", &["Admin", "Audit"]), with_role];
        entries.extend((4..30).map(|number| entry(number, &name(number), &["Admin", "Audit"])));
        let mut driver = with_accounts(entries.clone(), Vec::new());
        driver.model.history.toggle_favourite(key(&entries[0], 0));
        driver.model.rebuild();
        let text = driver.text((100, 30));
        let line = text.lines().find(|line| line.contains('★')).unwrap_or_default();
        let before = line.split('│').next().unwrap_or_default();
        assert!(
            before.trim_end_matches([' ', '▐']).ends_with(" 1"),
            "{length}: {text}"
        );
        shortened += usize::from(text.contains("2 sets, 1 role"));
    }
    assert!(shortened > 0, "some names are so long that words must be short");
}
