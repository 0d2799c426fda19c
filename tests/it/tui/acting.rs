//! What Enter does, what a picker is for, and with which search the portal begins.

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::records::history::History;
use genkan::domain::rules::EnterAction;
use genkan::tui::effect::Effect;
use genkan::tui::model::{Options, Overlay, PickFor};

use crate::support::driver::{Driver, options};
use crate::support::env::TestEnv;
use crate::support::screen::Screen;

fn with_enter(enter: EnterAction) -> Driver {
    let options = Options {
        enter: Some(enter),
        ..options()
    };
    let mut driver = Driver::signed_in_with(options, History::default());
    driver.type_text("payments-dev adm");
    driver
}

#[test]
fn enter_does_what_the_preferences_say_and_the_footer_names_it() {
    let mut shell = with_enter(EnterAction::Shell);
    assert!(shell.text((80, 24)).contains("Enter shell"));
    assert!(matches!(shell.key(KeyCode::Enter), [Effect::Enter { .. }]));
    let mut console = with_enter(EnterAction::Console);
    assert!(console.text((80, 24)).contains("Enter console"));
    console.key(KeyCode::Tab);
    let text = console.text((80, 24));
    let first = text
        .lines()
        .find(|line| line.contains("Enter "))
        .unwrap_or_default();
    assert!(first.contains("│  Console  "), "{text}");
    assert_eq!(text.matches("│  Console  ").count(), 1, "{text}");
    assert!(text.contains("│  Open a shell "), "{text}");
    console.key(KeyCode::Esc);
    assert!(matches!(console.key(KeyCode::Enter), [Effect::Console { .. }]));
    let mut export = with_enter(EnterAction::Export);
    assert!(export.text((80, 24)).contains("Enter export"));
    assert_eq!(export.key(KeyCode::Enter), []);
    assert!(export.text((80, 24)).contains("Enter prints and quits"));
}

#[test]
fn alt_enter_opens_the_console_and_stays() {
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev adm");
    let effects = driver.press(KeyCode::Enter, KeyModifiers::ALT);
    assert!(matches!(effects, [Effect::Console { .. }]), "{effects:?}");
    assert_eq!(driver.model.browse.query.text(), "payments-dev adm");
}

#[test]
fn picker_says_on_its_rule_what_will_run() {
    let options = Options {
        pick_for: Some(PickFor::Exec),
        picked_to: "run `terraform plan`".into(),
        ..options()
    };
    let mut driver = Driver::signed_in_with(options, History::default());
    for size in [(80, 24), (120, 36), (40, 10), (200, 50)] {
        let text = driver.text(size);
        assert!(text.contains("un `terraform plan` ─"), "{size:?}:\n{text}");
    }
    driver.assert_screen_at("picker for a command", (80, 24));
}

#[test]
fn portal_begins_with_the_search_of_the_command_line() {
    let options = Options {
        query: "payments-dev adm".into(),
        ..options()
    };
    let mut driver = Driver::signed_in_with(options, History::default());
    let text = driver.text((80, 24));
    assert!(text.contains("› payments-dev adm"), "{text}");
    assert!(matches!(driver.key(KeyCode::Enter), [Effect::Enter { .. }]));
    assert_eq!(driver.model.overlay, None::<Overlay>);
}

#[test]
fn genkan_with_a_query_opens_the_portal_on_it() {
    let env = TestEnv::new();
    env.sign_in();
    let mut screen = Screen::genkan(&env, &["payments-dev", "adm"]);
    screen.wait("› payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys("exit\r");
    screen.wait("back from payments-dev/AdministratorAccess");
    screen.type_keys("\x03");
    screen.exit();
    // A word that is nearly a command says so.
    let mut screen = Screen::genkan(&env, &["lst"]);
    screen.wait("no command is named so; did you mean `list`?");
    screen.type_keys("\x03");
    screen.exit();
}

/// As scripts have it: what was meant as a command is no search.
#[test]
fn word_that_is_no_command_is_an_error_without_a_terminal() {
    let env = TestEnv::new();
    let result = env.run(&["lst"]);
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(2), ""),
        "{}",
        result.stderr
    );
    assert!(
        result
            .stderr
            .contains("unknown command `lst`; did you mean `list`?"),
        "{}",
        result.stderr
    );
}

#[test]
fn rule_decides_what_enter_does() {
    let env = TestEnv::new();
    env.sign_in();
    let rule = "[[rule]]\nmatch = { account = \"payments-dev\" }\nenter = \"export\"\n";
    env.write(".config/genkan/config.toml", rule);
    let mut screen = Screen::genkan(&env, &["payments-dev adm"]);
    screen.wait("Enter export");
    screen.type_keys("\x15payments-prod read");
    screen.wait("Enter shell");
    screen.type_keys("\x03");
    screen.exit();
}

#[test]
fn ambiguous_target_opens_the_picker_on_a_terminal_only() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    let mut screen = Screen::genkan(
        &env,
        &[
            "exec",
            "payments",
            "--",
            "sh",
            "-c",
            "echo in $GENKAN_ACCOUNT_NAME",
        ],
    );
    screen.wait("`payments` means several targets; pick one");
    screen.wait("Pick a target to run `sh -c");
    screen.wait("› payments");
    screen.type_keys("-dev adm\r");
    assert_eq!(screen.exit(), 0);
    assert!(screen.text().contains("in payments-dev"), "{}", screen.text());
    // Esc: first the search, then the picker.
    let mut screen = Screen::genkan(&env, &["shell", "payments"]);
    screen.wait("› payments");
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 130);
    let result = env.run(&["exec", "payments", "--", "true"]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), ""));
    assert!(
        result.stderr.contains("`payments` is ambiguous"),
        "{}",
        result.stderr
    );
    // Where only one of them is no terminal, too.
    let line = "\"$GENKAN\" exec payments -- true 2>errors; echo code $?";
    let mut screen = Screen::script(&env, line);
    screen.wait("code 1");
    screen.exit();
    assert!(env.read("errors").contains("`payments` is ambiguous"));
}
