//! What a search needs is made in parts while the portal waits for keys, and so is a search that takes longer than a key
//! may. What a search finds, and what a key does, depends on neither.

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::records::history::{Action, History};
use genkan::domain::rules::{Given, Match, Rule, RuleSet};
use genkan::domain::search::Work;
use genkan::domain::{Changes, SignInState};
use genkan::sandbox::Organisation;
use genkan::tui::browse::{Budget, Row};
use genkan::tui::effect::Effect;
use genkan::tui::model::Options;
use genkan::tui::msg::Msg;
use proptest::prelude::*;

use crate::support::driver::{Driver, later, now, options};
use crate::support::env::{catalog, session};

/// More accounts than are taken in at a time, three times over.
const ACCOUNTS: usize = 1_300;

/// So little work at a time that each search takes many parts.
const LITTLE: Budget = Budget {
    key: Work::of(14_000),
    part: Work::of(9_000),
};

/// A key may do so much more than its budget: accounts are added to the index some at a time.
const OVERSPENT: usize = 10_000;

/// All at once.
const UNLIMITED: Budget = Budget {
    key: Work::UNLIMITED,
    part: Work::UNLIMITED,
};

fn portal() -> Driver {
    portal_with(ACCOUNTS)
}

/// Many accounts, some of which have a chained role in place of a permission set.
fn organisation(accounts: usize) -> Organisation {
    let mut organisation = Organisation::generated(accounts, 3);
    for account in organisation.accounts.iter_mut().skip(90).step_by(97) {
        "X via 000000000001/Zy".clone_into(&mut account.permission_sets[1]);
    }
    organisation
}

/// A portal with many accounts, some of which have an alias and a tag.
fn portal_with(accounts: usize) -> Driver {
    let matches = Match {
        account: vec!["search-*".parse().unwrap()],
        permission_set: vec!["*Admin*".parse().unwrap()],
        ..Match::default()
    };
    let given = Given {
        alias: Some("lookup".parse().unwrap()),
        tags: vec!["team=find".parse().unwrap()],
        ..Given::default()
    };
    let options = Options {
        rules: RuleSet::new(vec![Rule { matches, given }]).into(),
        ..options()
    };
    let mut driver = Driver::new(options, vec![session("tanuki")], History::default());
    let catalog = catalog(&organisation(accounts), later(-30));
    let used = catalog.targets("tanuki").swap_remove(accounts);
    driver.model.history.record((&used).into(), Action::Shell, now());
    driver.send(Msg::Loaded {
        of_earlier_sign_in: false,
        session: "tanuki".into(),
        catalog: Some(catalog),
        changes: Changes::default(),
        expiries: Vec::new(),
        sign_in: SignInState::SignedIn {
            until: later(18_720),
            renews: false,
            ends: None,
        },
        notices: Vec::new(),
    });
    driver
}

/// How many targets are found, which are on the screen, and the letters that are marked there.
fn found(driver: &Driver) -> String {
    let lines = driver.model.browse.visible().iter().map(|line| {
        let row = line.row.as_ref();
        let row = row.map(|row| (&row.account().id, row.permission_set()));
        format!("{row:?} {:?} {:?}", line.kind, line.marks)
    });
    let lines: Vec<String> = lines.collect();
    format!(
        "{:?} {:?}\n{}",
        driver.model.browse.counts(),
        driver.model.browse.correction(),
        lines.join("\n")
    )
}

#[derive(Clone, Debug)]
enum Step {
    Type(char),
    Erase,
    /// A key that needs the row under the cursor.
    Key(KeyCode),
    /// No key comes for so many parts.
    Wait(usize),
    /// A listing has found what was known.
    Rebuild,
}

fn step() -> impl Strategy<Value = Step> {
    let key = |code| Just(Step::Key(code));
    prop_oneof![
        8 => prop_oneof!["[pradoyzu]", "[ -~]"].prop_map(|text| Step::Type(text.chars().next().unwrap())),
        2 => Just(Step::Erase),
        1 => key(KeyCode::Down),
        1 => key(KeyCode::PageDown),
        1 => key(KeyCode::Enter),
        1 => key(KeyCode::Tab),
        1 => key(KeyCode::Esc),
        2 => (0_usize..30).prop_map(Step::Wait),
        1 => Just(Step::Rebuild),
    ]
}

fn take(driver: &mut Driver, step: &Step) -> Vec<Effect> {
    match step {
        Step::Type(letter) => driver.type_text(&letter.to_string()),
        Step::Erase => {
            driver.key(KeyCode::Backspace);
        }
        Step::Key(code) => return driver.key(*code).to_vec(),
        Step::Wait(_) => {}
        Step::Rebuild => driver.model.rebuild(),
    }
    Vec::new()
}

#[test]
fn rows_found_so_far_are_shown_without_one_to_act_on() {
    let mut driver = portal();
    driver.model.browse.set_budget(LITTLE);
    driver.type_text("p");
    assert!(driver.model.browse.is_partial());
    let (found, all) = driver.model.browse.counts();
    assert!(found > 0 && found < all, "{found} of {all}");
    let text = driver.text((80, 24));
    assert!(text.contains(&format!("{found}+ of 3,900")), "{text}");
    while !driver.model.browse.work_on_search() {}
    let text = driver.text((80, 24));
    assert!(
        !text.contains("+ of") && driver.model.browse.current().is_some(),
        "{text}"
    );
    // None of the first ones match: that isn't said before all were looked at.
    driver.key(KeyCode::Backspace);
    driver.type_text("zzz");
    assert!(driver.model.browse.is_partial());
    let text = driver.text((80, 24));
    assert!(
        text.contains("searching …") && !text.contains("no match"),
        "{text}"
    );
    while !driver.model.browse.work_on_search() {}
    let text = driver.text((80, 24));
    assert!(text.contains("no match for “zzz”"), "{text}");
}

#[test]
fn list_that_changes_under_a_search_stays_until_the_new_one_is_found() {
    let mut driver = portal();
    driver.model.browse.set_budget(UNLIMITED);
    driver.type_text("p");
    driver.key(KeyCode::Down);
    let (before, row) = (found(&driver), driver.model.browse.current().cloned());
    driver.model.browse.set_budget(LITTLE);
    driver.model.rebuild();
    assert!(driver.model.browse.is_unsettled());
    assert_eq!(
        (found(&driver), driver.model.browse.current().cloned()),
        (before, row.clone())
    );
    while !driver.model.browse.work_on_search() {}
    assert_eq!(driver.model.browse.current(), row.as_ref());
}

/// A portal with the second result of a search under the cursor.
fn portal_on_a_result() -> Driver {
    let mut driver = portal();
    driver.model.browse.set_budget(UNLIMITED);
    driver.type_text("p");
    driver.key(KeyCode::Down);
    driver
}

/// Builds the list again, with the results to come, without the permission set of a row.
fn rebuild_without(driver: &mut Driver, row: &Row) {
    let mut organisation = organisation(ACCOUNTS);
    let (id, set) = (&row.account().id, row.permission_set().unwrap().shown());
    for account in &mut organisation.accounts {
        if account.id == id.as_str() {
            account.permission_sets.retain(|name| name != set);
        }
    }
    driver.model.place.as_mut().unwrap().catalog = catalog(&organisation, later(-20));
    driver.model.browse.set_budget(LITTLE);
    driver.model.rebuild();
    assert!(driver.model.browse.is_unsettled() && !driver.model.browse.is_partial());
}

fn account_and_set(row: Option<&Row>) -> Option<(String, Option<String>)> {
    let set = |row: &Row| Some(row.permission_set()?.shown().to_owned());
    row.map(|row| (row.account().id.to_string(), set(row)))
}

#[test]
fn chained_roles_are_found_by_their_way_after_the_list_was_made_again() {
    let mut driver = portal();
    driver.model.browse.set_budget(UNLIMITED);
    driver.type_text("/zy");
    let before = found(&driver);
    assert!(driver.model.browse.counts().0 > 0, "{before}");
    for budget in [UNLIMITED, LITTLE] {
        driver.model.browse.set_budget(budget);
        driver.model.rebuild();
        while driver.model.browse.is_unsettled() {
            driver.model.browse.work_on_search();
        }
        assert_eq!(found(&driver), before);
    }
}

#[test]
fn key_acts_on_no_row_that_was_not_on_the_screen() {
    let keys = [
        (KeyCode::Enter, KeyModifiers::NONE),
        (KeyCode::Char('o'), KeyModifiers::CONTROL),
        (KeyCode::Char('y'), KeyModifiers::CONTROL),
        (KeyCode::Char('e'), KeyModifiers::CONTROL),
        (KeyCode::Char('f'), KeyModifiers::CONTROL),
        (KeyCode::Char('p'), KeyModifiers::ALT),
        (KeyCode::Tab, KeyModifiers::NONE),
        (KeyCode::Char(' '), KeyModifiers::CONTROL),
    ];
    for (code, modifiers) in keys {
        let mut driver = portal_on_a_result();
        let row = driver.model.browse.current().cloned().unwrap();
        rebuild_without(&mut driver, &row);
        assert_eq!(driver.model.browse.current(), Some(&row));
        let effects = driver.press(code, modifiers);
        assert!(effects.is_empty(), "{code:?} {effects:?}");
        let model = &driver.model;
        assert!(model.overlay.is_none() && model.marked.is_empty() && model.busy.is_none());
        // Another row is under the cursor now, and was not acted on.
        assert!(!model.browse.is_unsettled());
        assert_ne!(
            account_and_set(model.browse.current()),
            account_and_set(Some(&row))
        );
        assert!(model.browse.current().is_some());
    }
    // It is seen now.
    let mut driver = portal_on_a_result();
    let row = driver.model.browse.current().cloned().unwrap();
    rebuild_without(&mut driver, &row);
    driver.key(KeyCode::Enter);
    assert!(!driver.key(KeyCode::Enter).is_empty());
}

#[test]
fn click_takes_the_line_that_was_on_the_screen() {
    for line in [0, 3] {
        let mut driver = portal_on_a_result();
        let row = driver.model.browse.current().cloned().unwrap();
        let clicked = driver.model.browse.visible()[line].row.clone();
        rebuild_without(&mut driver, &row);
        driver.model.browse.click(line);
        assert_eq!(
            account_and_set(driver.model.browse.current()),
            account_and_set(clicked.as_ref())
        );
    }
    // The line that was clicked is no more: none is taken in its place.
    let mut driver = portal_on_a_result();
    let clicked = driver.model.browse.visible()[3].row.clone().unwrap();
    let row = driver.model.browse.current().cloned();
    rebuild_without(&mut driver, &clicked);
    driver.model.browse.click(3);
    assert_eq!(
        account_and_set(driver.model.browse.current()),
        account_and_set(row.as_ref())
    );
}

#[test]
fn list_that_gets_higher_does_not_wait_for_what_is_typed() {
    let mut driver = portal();
    driver.model.browse.set_budget(LITTLE);
    driver.type_text("p");
    for (height, is_roomy) in [(9, true), (9, false), (12, false), (12, true)] {
        let before = driver.model.browse.work_done();
        driver.model.browse.set_height(height, is_roomy);
        let spent = driver.model.browse.work_done() - before;
        assert!(spent < LITTLE.key.left() + OVERSPENT, "{spent}");
        assert!(driver.model.browse.is_partial());
        assert_eq!(driver.model.browse.visible().len(), height);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn keys_do_the_same_however_little_work_is_done_at_a_time(
        steps in proptest::collection::vec(step(), 1..14),
    ) {
        let (mut little, mut whole) = (portal_with(500), portal_with(500));
        little.model.browse.set_budget(LITTLE);
        whole.model.browse.set_budget(UNLIMITED);
        for step in steps {
            let before = little.model.browse.work_done();
            let letters = little.model.browse.query.text().trim().chars().count();
            let effects = [&mut little, &mut whole].map(|driver| take(driver, &step));
            match &step {
                // What was left of the search is done by the loop meanwhile.
                Step::Wait(parts) => {
                    for _ in 0..*parts {
                        let before = little.model.browse.work_done();
                        little.model.browse.work_on_search();
                        let spent = little.model.browse.work_done() - before;
                        prop_assert!(spent < LITTLE.part.left() + OVERSPENT, "{spent}");
                    }
                }
                Step::Rebuild => {}
                // The cursor stays on the first row that was found, which is waited for.
                Step::Erase if letters <= 1 => {}
                Step::Type(_) | Step::Erase => {
                    let spent = little.model.browse.work_done() - before;
                    prop_assert!(spent < LITTLE.key.left() + OVERSPENT, "{spent}");
                }
                Step::Key(_) => {
                    prop_assert_eq!(&effects[0], &effects[1]);
                    // Esc may cancel something else, which needs no row.
                    if !little.model.browse.is_unsettled() {
                        prop_assert_eq!(found(&little), found(&whole), "{:?}", step);
                    }
                }
            }
            // No row is the current one that the results don't have first.
            if little.model.browse.is_partial() {
                prop_assert_eq!(little.model.browse.current(), None);
            }
        }
        while little.model.has_unprepared() {
            little.model.browse.work_on_search();
        }
        prop_assert_eq!(found(&little), found(&whole));
    }

    #[test]
    fn query_finds_the_same_at_any_moment_of_the_index(
        parts in 0_usize..4,
        between in 0_usize..3,
        query in prop_oneof![
            "(pay|prod|zur|決|lookup|via|!/zy|tag:find|adm|12|sys|!dev|data-platfrm) ?(prod|ad|2|osaka)?",
            "[a-z0-9 ]{1,3}",
        ],
    ) {
        let (mut early, mut complete) = (portal(), portal());
        let part = Work::of(500 * Work::ACCOUNT);
        early.model.browse.set_budget(Budget { part, ..UNLIMITED });
        complete.model.browse.set_budget(UNLIMITED);
        for _ in 0..parts {
            prop_assert!(early.model.has_unprepared());
            early.model.browse.work_on_search();
        }
        while complete.model.has_unprepared() {
            complete.model.browse.work_on_search();
        }
        for letter in query.chars() {
            early.type_text(&letter.to_string());
            complete.type_text(&letter.to_string());
            prop_assert_eq!(found(&early), found(&complete));
            // The loop may go on with it whenever no key comes.
            for _ in 0..between {
                early.model.browse.work_on_search();
            }
        }
    }
}
