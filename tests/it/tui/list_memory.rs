//! What the list hides and shows again, the permission sets of an account, and the last search at the next start.

use std::sync::Arc;

use crossterm::event::KeyCode;
use genkan::domain::SignInState;
use genkan::domain::records::history::History;
use genkan::domain::rules::{Given, Match, Rule, RuleSet};
use genkan::tui::effect::Effect;
use genkan::tui::model::{Options, Overlay};
use genkan::tui::screens::menu::MenuOf;

use crate::support::driver::{Driver, later, options};
use crate::support::env::{TestEnv, session};
use crate::support::screen::Screen;

/// The sample's accounts, with a rule that hides these.
fn hiding(account: &str) -> Driver {
    let matches = Match {
        account: vec![account.parse().unwrap()],
        ..Match::default()
    };
    let given = Given {
        hidden: Some(true),
        ..Given::default()
    };
    let options = Options {
        rules: Arc::new(RuleSet::new(vec![Rule { matches, given }])),
        ..options()
    };
    fresh(options)
}

/// A list that is young enough not to be refreshed.
fn fresh(options: Options) -> Driver {
    let mut driver = Driver::new(options, vec![session("tanuki")], History::default());
    driver.loaded_as(SignInState::SignedIn {
        until: later(18_720),
        renews: false,
        ends: None,
    });
    driver
}

#[test]
fn a_key_shows_what_rules_hide() {
    let mut driver = hiding("payments-*");
    let text = driver.text((120, 36));
    assert!(text.contains("88 targets · 12 hidden (F9)"), "{text}");
    assert!(driver.text((200, 50)).contains("F9 show hidden"));
    driver.type_text("payments");
    assert!(driver.model.browse.current().is_none() || !driver.text((80, 24)).contains("payments-dev"));
    driver.control('u');
    assert_eq!(driver.key(KeyCode::F(9)), []);
    driver.type_text("payments-dev adm");
    let text = driver.text((120, 36));
    assert!(text.contains("1 of 100 · 12 of them hidden (F9)"), "{text}");
    assert!(text.contains("hidden       by a rule"), "{text}");
    // A hidden target is acted on like any other.
    assert!(matches!(driver.key(KeyCode::Enter), [Effect::Enter { .. }]));
    driver.key(KeyCode::Esc);
    driver.control('u');
    driver.key(KeyCode::F(9));
    assert!(driver.text((80, 24)).contains("88 targets · 12 hidden (F9)"));
    // Without such a rule there is nothing to show.
    let mut driver = fresh(options());
    assert!(!driver.text((120, 36)).contains("hidden"));
    driver.key(KeyCode::F(9));
    assert!(driver.text((80, 24)).contains("no rule hides a target"));
}

#[test]
fn a_list_that_rules_hide_as_a_whole_says_so() {
    let mut driver = hiding("*");
    let text = driver.text((80, 24));
    assert!(text.contains("rules hide all targets · F9 shows them"), "{text}");
    driver.key(KeyCode::F(9));
    assert!(driver.text((80, 24)).contains("100 targets"));
}

#[test]
fn tab_on_an_account_lists_its_permission_sets() {
    let mut driver = fresh(options());
    assert!(
        driver
            .model
            .browse
            .current()
            .is_some_and(genkan::tui::browse::Row::is_account)
    );
    assert_eq!(driver.key(KeyCode::Tab), []);
    let text = driver.text((80, 24));
    assert!(
        text.contains("DeployPipeline") && text.contains("ReadOnlyAccess"),
        "{text}"
    );
    driver.type_text("read");
    driver.key(KeyCode::Enter);
    assert!(matches!(&driver.model.overlay, Some(Overlay::Menu(menu))
            if matches!(&menu.of, MenuOf::Actions(target) if target.permission_set.as_str() == "ReadOnlyAccess")));
    driver.key(KeyCode::Esc);
    assert!(
        matches!(&driver.model.overlay, Some(Overlay::Menu(menu)) if matches!(menu.of, MenuOf::AccountSets(_)))
    );
    driver.key(KeyCode::Esc);
    driver.control('o');
    assert!(
        driver
            .text((80, 24))
            .contains("select one of them; Tab lists them")
    );
}

#[test]
fn the_last_search_is_there_at_the_next_start_unless_history_is_off() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    let search = || {
        let mut screen = Screen::genkan(&env, &[]);
        screen.wait("100 targets");
        screen.type_keys("ledger");
        screen.wait("› ledger");
        screen.type_keys("\u{15}");
        screen.wait("type to search");
        screen.type_keys("\u{3}");
        screen.exit();
    };
    search();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("searches for “ledger” again");
    screen.type_keys("\u{1b}[A");
    screen.wait("› ledger");
    screen.type_keys("\u{3}");
    screen.exit();
    let file = ".local/state/genkan/history.json";
    assert!(env.read(file).contains("\"last_search\": \"ledger\""));
    env.output(&["history", "--clear"]);
    assert!(!env.read(file).contains("ledger"));
    env.write(".config/genkan/config.toml", "history = false\n");
    search();
    assert!(!env.read(file).contains("ledger"));
}
