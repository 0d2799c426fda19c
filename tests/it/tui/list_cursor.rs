//! The cursor of the list stays on its row, whatever happens to the rows around it.

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::records::history::{Action, TargetKey};
use genkan::domain::{AccountEntry, AccountId, Catalog, Changes, PermissionSetName, SyncEvent};
use genkan::tui::browse::Focus;
use genkan::tui::effect::Effect;
use genkan::tui::msg::{Listed, Msg, SyncMsg};
use proptest::prelude::*;

use crate::support::accounts::{account, entry, with_accounts};
use crate::support::driver::{Driver, later, now};

const SETS: [&str; 4] = ["Admin", "Audit", "Billing", "View"];

/// Something that happens while the cursor is on a row.
#[derive(Clone, Debug)]
enum Happens {
    /// A listing finds an account more, in front of or behind the others.
    Account(usize, usize),
    /// A listing ends: the first so many accounts are gone, and the others have one permission set less.
    Listed(usize),
    /// A target becomes a favourite, or no longer one.
    Favourite(usize),
    /// A target is used.
    Use(usize),
    Tree,
    FoldAll,
    /// A search that has the row among its results, and its end.
    SearchAndClear,
    Resize(u16, u16),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        (0usize..40, 0usize..5).prop_map(|(number, sets)| Happens::Account(number, sets)),
        (0usize..4).prop_map(Happens::Listed),
        (0usize..12).prop_map(Happens::Favourite),
        (0usize..12).prop_map(Happens::Use),
        Just(Happens::Tree),
        Just(Happens::FoldAll),
        Just(Happens::SearchAndClear),
        (30u16..120, 8u16..40).prop_map(|(columns, rows)| Happens::Resize(columns, rows)),
    ]
}

fn entries(number: usize) -> Vec<AccountEntry> {
    let sets = |n: usize| &SETS[..=n % SETS.len()];
    (0..number)
        .map(|n| entry(100 + n, &format!("m-{n:02}"), sets(n)))
        .collect()
}

fn here(driver: &Driver) -> (AccountId, Option<PermissionSetName>) {
    let row = driver.model.browse.current().unwrap();
    (row.account().id.clone(), row.permission_set().cloned())
}

fn happen(driver: &mut Driver, what: &Happens, known: &[AccountEntry]) {
    match what {
        Happens::Account(number, sets) => {
            let name = if number % 2 == 0 {
                format!("a-{number}")
            } else {
                format!("z-{number}")
            };
            let account = account(500 + number, &name);
            driver.refresh();
            let id = driver.id();
            let sets = SETS.iter().take(*sets).map(|set| PermissionSetName::new(*set));
            for event in [
                SyncEvent::Accounts {
                    accounts: vec![account.clone()],
                    complete: false,
                    settled: 0,
                },
                SyncEvent::PermissionSets {
                    account: account.id,
                    names: sets.collect(),
                    at: now(),
                },
            ] {
                driver.send(Msg::Sync {
                    id,
                    event: SyncMsg::Event(event),
                });
            }
            let at = driver.model.now.as_second() + 1;
            driver.send(Msg::Tick(jiff::Timestamp::from_second(at).unwrap()));
        }
        Happens::Listed(gone) => {
            driver.refresh();
            let id = driver.id();
            let left = known.iter().skip(*gone).cloned();
            let catalog = Catalog::from_entries(left, Some(now()));
            let listed = Listed {
                catalog,
                changes: Changes::default(),
            };
            driver.send(Msg::Sync {
                id,
                event: SyncMsg::Ended(Ok(listed)),
            });
        }
        Happens::Favourite(number) | Happens::Use(number) => {
            let entry = &known[number % known.len()];
            let key = TargetKey {
                session: "tanuki".into(),
                account_id: entry.account.id.clone(),
                permission_set: entry.permission_sets[number % entry.permission_sets.len()].clone(),
            };
            if matches!(what, Happens::Favourite(_)) {
                driver.model.history.toggle_favourite(key);
            } else {
                driver.model.history.record(key, Action::Shell, later(-60));
            }
            driver.model.rebuild();
        }
        Happens::Tree => drop(driver.control('t').to_vec()),
        Happens::FoldAll => drop(driver.key(KeyCode::F(4)).to_vec()),
        Happens::SearchAndClear => {
            let before = here(driver);
            driver.type_text(before.0.as_str());
            // The cursor goes to the best result; here it goes back to where it was.
            for _ in 0..SETS.len() {
                if here(driver) != before {
                    driver.key(KeyCode::Down);
                }
            }
            let found = here(driver);
            driver.key(KeyCode::Esc);
            assert_eq!(here(driver), found, "clearing");
        }
        Happens::Resize(columns, rows) => driver.send(Msg::Resize(*columns, *rows)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn cursor_stays_on_its_row_through_everything(
        number in 1usize..20,
        moves in 0usize..40,
        all in proptest::collection::vec(happens(), 1..12),
    ) {
        let known = entries(number);
        let mut driver = with_accounts(known.clone(), Vec::new());
        for _ in 0..moves {
            driver.key(KeyCode::Down);
        }
        driver.key(KeyCode::Down);
        for what in &all {
            if driver.model.browse.current().is_none() {
                break;
            }
            let (id, set) = here(&driver);
            happen(&mut driver, what, &known);
            let place = driver.model.place.as_ref().unwrap();
            let still = place.catalog.entry(&id).map(|entry| entry.permission_sets.clone());
            prop_assert!(driver.model.browse.counts().1 == 0 || driver.model.browse.current().is_some());
            let Some(sets) = still else { continue };
            let after = here(&driver);
            prop_assert_eq!(&after.0, &id, "the account, after {:?}", what);
            // An account that is folded has the cursor in place of its permission sets; and one that is shown as a row
            // for each of them gives it to the first.
            if let Some(set) = set.filter(|set| sets.contains(set) && !matches!(what, Happens::FoldAll | Happens::SearchAndClear)) {
                prop_assert_eq!(after.1, Some(set), "the permission set, after {:?}", what);
            }
            // It is on the screen.
            let lines = driver.model.browse.visible();
            prop_assert_eq!(lines.iter().filter(|line| line.is_current).count(), 1);
        }
    }
}

/// Down to the last row and up again: each row once, and headings never.
#[test]
fn moving_visits_every_row_and_no_heading() {
    let known = entries(8);
    let mut driver = with_accounts(known.clone(), Vec::new());
    driver.model.history.toggle_favourite(TargetKey {
        session: "tanuki".into(),
        account_id: known[3].account.id.clone(),
        permission_set: known[3].permission_sets[1].clone(),
    });
    driver.model.rebuild();
    driver.key(KeyCode::F(4));
    for height in [8, 12, 24, 60] {
        driver.send(Msg::Resize(80, height));
        driver.key(KeyCode::Home);
        let mut down = vec![here(&driver)];
        loop {
            driver.key(KeyCode::Down);
            if down.last() == Some(&here(&driver)) {
                break;
            }
            down.push(here(&driver));
        }
        let mut up = vec![here(&driver)];
        while up.len() < down.len() {
            driver.key(KeyCode::Up);
            up.push(here(&driver));
        }
        up.reverse();
        assert_eq!(up, down);
        // The headings above the first row are seen with it.
        let text = driver.text((80, height));
        assert!(text.contains("Favourites"), "{text}");
    }
}

#[test]
fn home_and_end_go_to_the_first_and_the_last_row_while_the_search_is_empty() {
    let mut driver = with_accounts(entries(12), Vec::new());
    driver.key(KeyCode::End);
    assert_eq!(here(&driver).0.as_str(), "000000000111");
    driver.key(KeyCode::Home);
    assert_eq!(here(&driver).0.as_str(), "000000000100");
    // In a search they are the text cursor's.
    driver.type_text("m-0");
    driver.key(KeyCode::Down);
    let before = here(&driver);
    driver.key(KeyCode::Home);
    assert_eq!(here(&driver), before);
    driver.type_text("!");
    assert_eq!(driver.model.browse.query.text(), "!m-0");
}

/// Input methods and screen readers follow the terminal's own cursor.
#[test]
fn hardware_cursor_is_in_the_search_or_on_the_row() {
    let mut driver = with_accounts(entries(12), Vec::new());
    assert_eq!(driver.cursor((80, 24)), (3, 1), "behind the sign of the search");
    driver.key(KeyCode::Down);
    assert_eq!(driver.model.browse.focus(), Focus::Line);
    let (x, y) = driver.cursor((80, 24));
    let row = driver
        .text((80, 24))
        .lines()
        .position(|line| line.starts_with('▌'))
        .unwrap();
    assert_eq!((usize::from(x), usize::from(y)), (0, row));
    driver.type_text("m-決");
    assert_eq!(driver.cursor((80, 24)), (7, 1), "behind what is typed");
    driver.key(KeyCode::Left);
    assert_eq!(driver.cursor((80, 24)), (5, 1));
}

#[test]
fn up_at_the_first_row_searches_again() {
    let mut driver = with_accounts(entries(12), Vec::new());
    driver.key(KeyCode::Up);
    assert_eq!(driver.model.browse.query.text(), "", "there was no search");
    driver.type_text("m-03 view");
    driver.key(KeyCode::Esc);
    driver.key(KeyCode::Home);
    driver.key(KeyCode::Up);
    assert_eq!(
        driver.model.browse.query.text(),
        "",
        "Up that is held to get here does nothing more"
    );
    driver.type_text("x");
    driver.press(KeyCode::Backspace, KeyModifiers::NONE);
    driver.control('u');
    // A search that found something and was acted on is remembered, too.
    driver.type_text("m-03 view");
    assert!(matches!(driver.key(KeyCode::Enter), [Effect::Enter { .. }]));
    driver.key(KeyCode::Esc);
    driver.key(KeyCode::Esc);
    assert_eq!(driver.model.browse.query.text(), "");
    let last = driver.model.browse.recalls().map(str::to_owned);
    assert!(last.is_none() || last.as_deref() == Some("m-03 view"));
}
