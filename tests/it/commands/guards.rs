//! Guards of rules: a name is typed before a guarded target is used, on the terminal or in the portal.

use crossterm::event::KeyCode;
use genkan::domain::records::history::History;
use genkan::domain::rules::{AccountColor, Given, Guard, Match, Rule, RuleSet};
use genkan::settings::ThemeName;
use genkan::tui::drawing::theme::Theme;
use genkan::tui::effect::{Effect, Outcome};
use genkan::tui::model::{Options, PickFor};
use ratatui::style::Color;

use crate::support::driver::{Driver, later, options};
use crate::support::env::{CommandResult, TARGET, TestEnv, export_as};
use crate::support::screen::Screen;

const RULES: &str = r#"
[[rule]]
match = { account = "payments-dev" }
alias = "pay"
guard = "confirm"
production = true
note = "Ask #payments first."
"#;

fn guarded() -> TestEnv {
    let env = TestEnv::new();
    env.write(".config/genkan/config.toml", RULES);
    env.sign_in();
    env.output(&["list"]);
    env
}

/// Refused with this code and these words, with nothing on standard output.
fn refused(result: &CommandResult, code: i32, words: &[&str]) {
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(code), ""),
        "{}",
        result.stderr
    );
    for word in words {
        assert!(result.stderr.contains(word), "{word}: {}", result.stderr);
    }
}

#[test]
fn without_a_terminal_the_name_is_an_option() {
    let env = guarded();
    let hint = "hint: confirm it with `--confirm payments-dev`";
    for arguments in [
        &["export", "--format", "bash", TARGET][..],
        &["exec", TARGET, "--", "true"],
        &["shell", TARGET],
        &["assume", "bash", TARGET],
    ] {
        let result = env.run(arguments);
        refused(
            &result,
            2,
            &[
                &format!("a rule guards {TARGET}, and no terminal to confirm it on"),
                hint,
            ],
        );
        let mut wrong = vec![arguments[0], "--confirm", "payments-prod"];
        wrong.extend(&arguments[1..]);
        let words =
            "--confirm is not the name of the account of payments-dev/AdministratorAccess; nothing was done";
        refused(
            &env.run(&wrong),
            1,
            &[words, "hint: type `pay` or `payments-dev`"],
        );
        // Each time: what a script says opens nothing for others.
        if arguments[0] != "shell" {
            for name in ["payments-dev", "PAY", "310660284419"] {
                wrong[2] = name;
                assert_eq!(env.run(&wrong).code, Some(0), "{wrong:?}");
            }
        }
    }
    refused(&env.run(&export_as("bash", TARGET)), 2, &[hint]);
    // Others are not asked for, nor what is for SDKs and browsers.
    assert_eq!(env.run(&export_as("bash", "checkout-dev/power")).code, Some(0));
    assert_eq!(env.run(&["credential-process", TARGET]).code, Some(0));
    assert_eq!(env.run(&["console", "--print", TARGET]).code, Some(0));
}

/// No list was ever loaded, so no one knows whose ID it is: the guard can't be ruled out.
#[test]
fn a_guard_by_name_holds_for_an_id_whose_name_is_unknown() {
    let env = TestEnv::new();
    env.write(".config/genkan/config.toml", RULES);
    env.sign_in();
    for id in ["310660284419", "320239951873"] {
        let target = format!("{id}/PowerUserAccess");
        let result = env.run(&export_as("bash", &target));
        refused(&result, 2, &[&format!("hint: confirm it with `--confirm {id}`")]);
    }
    env.output(&["list"]);
    let known = env.run(&export_as("bash", "320239951873/PowerUserAccess"));
    assert_eq!(
        known.code,
        Some(0),
        "checkout-dev is not guarded: {}",
        known.stderr
    );
    refused(
        &env.run(&export_as("bash", "310660284419/PowerUserAccess")),
        2,
        &["hint: confirm it with `--confirm "],
    );
}

#[test]
fn the_terminal_asks_once_in_ten_minutes() {
    let env = guarded();
    let ask = |answer: &str| {
        let mut screen = Screen::genkan(&env, &["exec", TARGET, "--", "echo", "ran it"]);
        screen.wait("PROD payments-dev/AdministratorAccess: runs a command with credentials.");
        screen.wait("Type `pay` or `payments-dev` to continue:");
        screen.wait("note: Ask #payments first.");
        screen.type_keys(answer);
        screen
    };
    let mut screen = ask("payments\r");
    screen.wait("this is not the name of the account");
    assert_eq!(screen.exit(), 1);
    let mut screen = ask("\u{3}");
    assert_eq!(screen.exit(), 130);
    let mut screen = ask("pay\r");
    screen.wait("ran it");
    assert_eq!(screen.exit(), 0);
    // Not again, wherever; but for another permission set.
    assert_eq!(env.run(&export_as("bash", TARGET)).code, Some(0));
    refused(
        &env.run(&export_as("bash", "payments-dev/power")),
        2,
        &["a rule guards"],
    );
    // Eleven minutes ago is too long.
    let file = ".cache/genkan/confirmed.json";
    let mut entries: serde_json::Value = serde_json::from_str(&env.read(file)).unwrap();
    entries[0]["at"] = (entries[0]["at"].as_i64().unwrap() - 660).into();
    env.write(file, &entries.to_string());
    refused(&env.run(&export_as("bash", TARGET)), 2, &["a rule guards"]);
}

fn rules() -> RuleSet {
    let matches = Match {
        account: vec!["payments-dev".parse().unwrap()],
        ..Match::default()
    };
    let given = Given {
        alias: Some("pay".parse().unwrap()),
        guard: Some(Guard::Confirm),
        production: Some(true),
        note: Some("Ask #payments first.".into()),
        ..Given::default()
    };
    RuleSet::new(vec![Rule { matches, given }])
}

fn portal(pick_for: Option<PickFor>) -> Driver {
    let options = Options {
        rules: rules().into(),
        pick_for,
        ..options()
    };
    let mut driver = Driver::signed_in_with(options, History::default());
    driver.type_text("acct:payments-dev adm");
    driver
}

#[test]
fn the_portal_asks_before_a_shell_and_not_again() {
    let mut driver = portal(None);
    assert_eq!(driver.key(KeyCode::Enter), []);
    driver.assert_screen("guard");
    driver.type_text("payments");
    assert_eq!(driver.key(KeyCode::Enter), []);
    assert!(driver.text((80, 24)).contains("not its name"));
    driver.type_text("payments-dev");
    let effects = driver.key(KeyCode::Enter).to_vec();
    let [
        Effect::Confirm { targets: confirmed },
        Effect::Enter { target, .. },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(confirmed, std::slice::from_ref(target));
    driver.control('c');
    // Within ten minutes the same target opens at once.
    let mut driver = portal(None);
    driver.key(KeyCode::Enter);
    driver.type_text("pay");
    driver.key(KeyCode::Enter);
    driver.key(KeyCode::Esc);
    assert!(matches!(driver.key(KeyCode::Enter), [Effect::Enter { .. }]));
    driver.key(KeyCode::Esc);
    driver.send(genkan::tui::msg::Msg::Tick(later(601)));
    assert_eq!(driver.key(KeyCode::Enter), []);
    assert!(driver.text((80, 24)).contains("Opens a shell with credentials"));
    driver.key(KeyCode::Esc);
    // The console hands out no credentials.
    assert!(matches!(driver.control('o'), [Effect::Console { .. }]));
}

#[test]
fn a_picker_asks_for_what_it_picks_for() {
    let mut driver = portal(Some(PickFor::Exec));
    assert_eq!(driver.key(KeyCode::Enter), []);
    assert!(driver.text((80, 24)).contains("Runs a command with credentials"));
    driver.type_text("pay");
    let effects = driver.key(KeyCode::Enter).to_vec();
    assert!(
        matches!(
            &effects[..],
            [Effect::Confirm { .. }, Effect::Finish(Outcome::Picked(_))]
        ),
        "{effects:?}"
    );
    let mut driver = portal(Some(PickFor::Console));
    assert!(matches!(
        driver.key(KeyCode::Enter),
        [Effect::Finish(Outcome::Picked(_))]
    ));
}

#[test]
fn a_picked_target_is_not_asked_for_twice() {
    let env = guarded();
    let mut screen = Screen::genkan(&env, &["exec", "--", "echo", "ran it"]);
    screen.wait("Pick a target");
    screen.type_keys("acct:payments-dev adm");
    screen.wait("1 of ");
    screen.type_keys("\r");
    screen.wait("Type “pay” or “payments-dev” to continue:");
    screen.type_keys("pay\r");
    screen.wait("ran it");
    assert_eq!(screen.exit(), 0);
}

/// The colour of a rule is that of the account's name, where colours are wanted.
#[test]
fn a_rule_colours_the_name_of_an_account() {
    let colours = |wanted: bool| {
        let matches = Match {
            account: vec!["payments-dev".parse().unwrap()],
            ..Match::default()
        };
        let given = Given {
            color: Some(AccountColor::Teal),
            ..Given::default()
        };
        let options = Options {
            rules: RuleSet::new(vec![Rule { matches, given }]).into(),
            theme: Theme::named(ThemeName::Default, wanted),
            ..options()
        };
        let mut driver = Driver::signed_in_with(options, History::default());
        driver.type_text("id:310660284419");
        // The first row is under the cursor, where colours give way to the cursor's.
        driver.key(KeyCode::Down);
        let buffer = driver.buffer((80, 24));
        let text = |y: u16| (3..15).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        let row = (3..20).find(|y| text(*y) == "payments-dev").expect("a row");
        buffer[(3, row)].fg
    };
    assert_eq!(colours(true), Color::Cyan);
    assert_eq!(colours(false), Color::Reset);
}
