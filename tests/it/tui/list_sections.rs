//! The sections of the list: favourites, recents, and accounts as a tree that folds.

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::records::history::{Action, History};
use genkan::domain::{AccountEntry, PermissionSetName, SyncEvent};
use genkan::tui::effect::Effect;
use genkan::tui::model::Options;
use genkan::tui::msg::{Msg, SyncMsg};

use crate::support::accounts::{account, entry, key, with_accounts};
use crate::support::driver::{Driver, later, options};

const SETS: [&str; 3] = ["Admin", "Audit", "View"];

/// So many accounts; the first has one permission set, the others three.
fn list(accounts: usize) -> Driver {
    let entries = (0..accounts).map(|n| {
        let sets = if n == 0 { &SETS[..1] } else { &SETS[..] };
        entry(n + 1, &format!("account-{n:02}"), sets)
    });
    with_accounts(entries.collect(), Vec::new())
}

/// The list's lines as text, without the frame and blanks at their ends.
fn lines(driver: &mut Driver) -> Vec<String> {
    let text = driver.text((80, 24));
    let inner = text.lines().skip(3).take(19);
    inner
        .map(|line| line.trim_end_matches(['▐', ' ']).to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

fn text_cursor(driver: &Driver) -> String {
    let row = driver.model.browse.current().unwrap();
    let set = row.permission_set().map_or("", |set| set.as_str());
    format!("{}/{set}", row.account().name)
}

#[test]
fn favourites_and_recents_stand_above_the_accounts_that_keep_their_rows() {
    let mut driver = list(9);
    let entries: Vec<_> = driver.model.place.as_ref().unwrap().catalog.entries().to_vec();
    driver.model.history.toggle_favourite(key(&entries[4], 2));
    driver
        .model
        .history
        .record(key(&entries[2], 0), Action::Shell, later(-200_000));
    driver
        .model
        .history
        .record(key(&entries[4], 2), Action::Shell, later(-200_000));
    driver.model.rebuild();
    let shown = lines(&mut driver);
    assert_eq!(shown[0], " Favourites");
    assert!(
        shown[1].starts_with("▌★ account-04") && shown[1].ends_with(" 1"),
        "{shown:#?}"
    );
    assert_eq!(shown[2], " Recent");
    assert!(
        shown[3].starts_with("   account-02") && shown[3].contains("2 days ago"),
        "{shown:#?}"
    );
    assert!(shown[3].ends_with(" 2"), "{shown:#?}");
    assert_eq!(shown[4], " Accounts");
    assert!(
        shown[5].starts_with("   account-00") && shown[5].contains("Admin"),
        "{shown:#?}"
    );
    assert!(
        shown[6].starts_with(" ▸ account-01") && shown[6].contains("3 permission sets"),
        "{shown:#?}"
    );
    let name = |name: &str| shown.iter().filter(|line| line.contains(name)).count();
    assert_eq!((name("account-04"), name("account-02")), (2, 2), "{shown:#?}");
}

#[test]
fn arrows_fold_and_unfold_the_account_under_the_cursor() {
    let mut driver = list(9);
    driver.key(KeyCode::Down);
    assert_eq!(text_cursor(&driver), "account-01/");
    driver.key(KeyCode::Right);
    let shown = lines(&mut driver);
    let at = shown
        .iter()
        .position(|line| line.starts_with("▌▾ account-01"))
        .unwrap();
    assert_eq!(shown[at + 1..at + 4], ["     Admin", "     Audit", "     View"]);
    assert!(
        shown[at + 4].starts_with(" ▸ account-02"),
        "the others stay folded: {shown:#?}"
    );
    driver.key(KeyCode::Right);
    assert_eq!(text_cursor(&driver), "account-01/", "once more does nothing");
    driver.key(KeyCode::Down);
    driver.key(KeyCode::Down);
    assert_eq!(text_cursor(&driver), "account-01/Audit");
    driver.key(KeyCode::Left);
    assert_eq!(text_cursor(&driver), "account-01/");
    assert!(
        lines(&mut driver)
            .iter()
            .any(|line| line.starts_with("▌▸ account-01"))
    );
    // On an account with one row of its own there is nothing to fold.
    driver.key(KeyCode::Up);
    assert_eq!(text_cursor(&driver), "account-00/Admin");
    for code in [KeyCode::Left, KeyCode::Right] {
        driver.key(code);
        assert_eq!(text_cursor(&driver), "account-00/Admin");
    }
}

#[test]
fn enter_unfolds_an_account_and_enters_a_target() {
    let mut driver = list(9);
    assert!(
        matches!(driver.key(KeyCode::Enter), [Effect::Enter { .. }]),
        "one permission set: entered directly"
    );
    driver.key(KeyCode::Esc);
    driver.key(KeyCode::Down);
    assert!(driver.text((80, 24)).contains("Enter unfold"));
    assert_eq!(driver.key(KeyCode::Enter), []);
    assert!(driver.text((80, 24)).contains("Enter fold"));
    assert!(lines(&mut driver).contains(&"     Audit".to_owned()));
    driver.key(KeyCode::Down);
    driver.key(KeyCode::Down);
    let [Effect::Enter { target, .. }] = driver.key(KeyCode::Enter) else {
        panic!("nothing is entered")
    };
    assert_eq!(target.to_string(), "account-01/Audit");
}

#[test]
fn other_actions_on_an_account_ask_for_a_permission_set() {
    let mut driver = list(9);
    driver.key(KeyCode::Down);
    for letter in ['o', 'e', 'f'] {
        assert_eq!(driver.control(letter), []);
        assert!(
            driver
                .text((80, 24))
                .contains("account-01 has 3 permission sets: select one of them"),
            "{letter}"
        );
    }
}

#[test]
fn one_key_folds_and_unfolds_all() {
    let mut driver = list(9);
    let height = |driver: &Driver| driver.model.browse.window().2;
    let folded = height(&driver);
    driver.key(KeyCode::F(4));
    assert_eq!(height(&driver), folded + 8 * SETS.len());
    driver.key(KeyCode::F(4));
    assert_eq!(height(&driver), folded);
    // One that is unfolded is enough to fold all.
    driver.key(KeyCode::Down);
    driver.key(KeyCode::Right);
    driver.key(KeyCode::F(4));
    assert_eq!(height(&driver), folded);
}

/// An account that was unfolded for a row that a search had found is not one that the user unfolded.
#[test]
fn account_of_a_found_row_is_unfolded_only_until_the_next_one() {
    let mut driver = list(9);
    let height = |driver: &Driver| driver.model.browse.window().2;
    let folded = height(&driver);
    for account in ["account-03", "account-05"] {
        driver.type_text(account);
        driver.key(KeyCode::F(4));
        driver.key(KeyCode::Down);
        driver.control('u');
        assert_eq!(text_cursor(&driver), format!("{account}/Audit"));
        assert_eq!(height(&driver), folded + SETS.len(), "one at a time");
    }
    driver.key(KeyCode::F(4));
    assert_eq!(height(&driver), folded + 8 * SETS.len(), "all are unfolded");
    assert_eq!(text_cursor(&driver), "account-05/Audit");
    driver.key(KeyCode::F(4));
    assert_eq!(height(&driver), folded);
    // One that is folded by hand afterwards stays so.
    driver.type_text("account-03");
    driver.control('u');
    driver.key(KeyCode::Left);
    assert_eq!(height(&driver), folded);
}

/// What can be seen at once needs no folding.
#[test]
fn a_short_list_begins_unfolded() {
    let mut driver = list(4);
    assert!(lines(&mut driver).iter().any(|line| line == "     Audit"));
    assert!(!lines(&mut list(9)).iter().any(|line| line == "     Audit"));
}

#[test]
fn a_flat_list_has_a_row_for_each_target() {
    let mut driver = list(9);
    driver.key(KeyCode::Down);
    driver.control('t');
    let shown = lines(&mut driver);
    let of_account = shown.iter().filter(|line| line.contains("account-01")).count();
    assert_eq!(of_account, 3, "{shown:#?}");
    assert!(
        shown
            .iter()
            .any(|line| line.starts_with("▌  account-01") && line.contains("Admin"))
    );
    driver.key(KeyCode::Down);
    driver.control('t');
    // The target under the cursor is seen in the tree, too.
    assert_eq!(text_cursor(&driver), "account-01/Audit");
    assert!(lines(&mut driver).iter().any(|line| line == "▌    Audit"));
}

/// An account's rows are together where its best one is, in the order of their ranks.
#[test]
fn results_of_one_account_are_together_where_its_best_one_is() {
    let entries = vec![
        entry(1, "payments", &["Administrator", "View"]),
        entry(2, "pay", &["View"]),
        entry(3, "prepay", &["Administrator", "Audit", "View"]),
    ];
    let mut driver = with_accounts(entries, Vec::new());
    driver.type_text("pay");
    let shown = lines(&mut driver);
    assert_eq!(shown.len(), 6);
    let accounts: Vec<&str> = shown
        .iter()
        .map(|line| {
            line.trim_start_matches(['▌', ' '])
                .split_whitespace()
                .next()
                .unwrap()
        })
        .collect();
    let mut runs = accounts.clone();
    runs.dedup();
    assert_eq!(runs.len(), 3, "{accounts:?}");
    assert_eq!(accounts[0], "pay", "the best one first");
}

#[test]
fn alt_with_a_number_enters_favourites_and_recents() {
    let mut history = History::default();
    let mut driver = list(9);
    let entries: Vec<_> = driver.model.place.as_ref().unwrap().catalog.entries().to_vec();
    history.toggle_favourite(key(&entries[4], 2));
    history.record(key(&entries[2], 0), Action::Shell, later(-200_000));
    driver.model.history = history;
    driver.model.rebuild();
    let alt = |driver: &mut Driver, c| driver.press(KeyCode::Char(c), KeyModifiers::ALT).to_vec();
    let [Effect::Enter { target, .. }] = &alt(&mut driver, '2')[..] else {
        panic!("nothing is entered")
    };
    assert_eq!(target.to_string(), "account-02/Admin");
    assert_eq!(text_cursor(&driver), "account-02/Admin");
    driver.key(KeyCode::Esc);
    assert_eq!(alt(&mut driver, '3'), [], "there is no third");
    let before = text_cursor(&driver);
    driver.type_text("account");
    assert_eq!(alt(&mut driver, '1'), [], "no number is shown during a search");
    driver.key(KeyCode::Esc);
    assert_ne!(before, "");
}

#[test]
fn vim_keys_fold_and_unfold() {
    let vim = Options {
        vim: true,
        ..options()
    };
    let mut driver = Driver::signed_in_with(vim, History::default());
    let rows = driver.model.browse.window().2;
    driver.type_text("jl");
    assert!(driver.model.browse.window().2 > rows);
    driver.type_text("h");
    assert_eq!(driver.model.browse.window().2, rows);
}

/// An account whose permission sets are not known yet may have the one that is searched for. Where nothing else of it
/// matches it is not shown: every such account may.
#[test]
fn accounts_that_are_still_loading_may_match_a_search_of_several_words() {
    let loading = |number, name: &str| AccountEntry {
        listed_at: None,
        ..entry(number, name, &[])
    };
    let entries = vec![
        entry(1, "payments-dev", &["Admin", "View"]),
        loading(2, "payments-uat"),
        loading(3, "search-dev"),
    ];
    let mut driver = with_accounts(entries, Vec::new());
    driver.type_text("pay adm");
    let shown = lines(&mut driver);
    assert_eq!(shown.len(), 2, "{shown:#?}");
    assert!(
        shown[0].contains("payments-dev") && shown[0].contains("Admin"),
        "{shown:#?}"
    );
    assert!(
        shown[1].contains("payments-uat") && shown[1].contains("loading…"),
        "{shown:#?}"
    );
    let wanted: Vec<String> = driver
        .model
        .browse
        .wanted_accounts("tanuki")
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(wanted.contains(&"000000000002".to_owned()), "{wanted:?}");
    driver.key(KeyCode::Esc);
    driver.type_text("admin");
    assert_eq!(lines(&mut driver).len(), 1);
    driver.key(KeyCode::Esc);
    driver.type_text("acct:pay set:bill");
    assert_eq!(lines(&mut driver).len(), 1, "only the one that is not known");
}

/// The way of arranging accounts is there again at the next start.
#[test]
fn tree_or_flat_is_remembered() {
    let mut driver = list(9);
    let [Effect::SaveView { view }] = driver.control('t') else {
        panic!("nothing is remembered")
    };
    let view = *view;
    assert!(view.flat);
    let mut next = list(9);
    next.model.set_view(view);
    assert!(!lines(&mut next).iter().any(|line| line.contains('▸')));
}

#[test]
fn loading_says_how_long_it_takes_and_what_slows_it() {
    let accounts: Vec<_> = (1..=200).map(|n| account(n, &format!("account-{n}"))).collect();
    let mut driver = with_accounts(Vec::new(), Vec::new());
    driver.refresh();
    let id = driver.id();
    let send = |driver: &mut Driver, event| {
        driver.send(Msg::Sync {
            id,
            event: SyncMsg::Event(event),
        });
    };
    let ids: Vec<_> = accounts.iter().map(|account| account.id.clone()).collect();
    send(
        &mut driver,
        SyncEvent::Accounts {
            accounts,
            complete: true,
            settled: 0,
        },
    );
    for account in ids.into_iter().take(50) {
        let names = vec![PermissionSetName::new("Admin")];
        let at = later(0);
        send(&mut driver, SyncEvent::PermissionSets { account, names, at });
    }
    let text = driver.text((120, 36));
    assert!(text.contains("loading 50 of 200 · 30 s old"), "{text}");
    driver.send(Msg::Tick(later(5)));
    let text = driver.text((120, 36));
    assert!(text.contains("loading 50 of 200 · 15 s left"), "{text}");
    let narrow = driver.text((60, 16));
    assert!(narrow.contains("loading 50/200"), "{narrow}");
    let narrow = driver.text((40, 10));
    assert!(narrow.contains("loading 50/200"), "{narrow}");
    send(&mut driver, SyncEvent::Throttled);
    let text = driver.text((120, 36));
    assert!(
        text.contains("loading 50 of 200 · slowed by AWS · 15 s left"),
        "{text}"
    );
    driver.send(Msg::Tick(later(60)));
    assert!(!driver.text((120, 36)).contains("slowed by AWS"));
}
