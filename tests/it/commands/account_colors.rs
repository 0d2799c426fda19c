//! The colour that an account has in the AWS console: read once behind an entry, remembered, and in no one's way.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use crossterm::event::KeyCode;
use genkan::app::App;
use genkan::domain::records::history::{History, TargetKey};
use genkan::domain::rules::{AccountColor, Given, Match, Rule, RuleSet};
use genkan::domain::{AccountColors, Target};
use genkan::sandbox::{Fault, Operation};
use genkan::settings::{Environment, Settings, ThemeName};
use genkan::tui::drawing::theme::Theme;
use genkan::tui::model::Options;
use genkan::tui::msg::Msg;
use ratatui::style::Color;

use crate::support::driver::{Driver, now, options, target};
use crate::support::env::{ACCOUNT, ADMINISTRATOR, TARGET, TestEnv, export_as};
use crate::support::wait::until;

const FILE: &str = ".cache/genkan/colors.json";

/// Signed in, with a shell that stays until a line of Bash is true, a minute at the most.
fn with_shell(until: &str) -> TestEnv {
    let env = TestEnv::new();
    let script = format!("#!/bin/sh\nfor i in $(seq 1200); do {until} && exit 0; sleep 0.05; done\nexit 9\n");
    let path = env.write_program("a-shell", &script);
    env.write(
        ".config/genkan/config.toml",
        &format!("shell = \"{}\"\n", path.display()),
    );
    env.sign_in();
    env.output(&["list"]);
    env
}

fn asked(env: &TestEnv) -> u64 {
    env.sandbox.counts().get_account_customizations
}

#[test]
fn the_color_is_read_once_behind_the_first_entry_and_remembered() {
    let env = with_shell("grep -q light-blue \"$HOME/.cache/genkan/colors.json\" 2>/dev/null");
    for _ in 0..2 {
        assert_eq!(env.run(&["shell", TARGET]).code, Some(0));
        assert_eq!(asked(&env), 1);
    }
    let file: serde_json::Value = serde_json::from_str(&env.read(FILE)).unwrap();
    assert_eq!(file["accounts"][ACCOUNT]["color"], "light-blue");
    let mode = std::fs::metadata(env.path(FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_role_that_may_not_read_it_is_not_asked_again() {
    let env = with_shell("grep -q ReadOnlyAccess \"$HOME/.cache/genkan/colors.json\" 2>/dev/null");
    let reading = "payments-prod/ReadOnlyAccess";
    for _ in 0..2 {
        assert_eq!(env.run(&["shell", reading]).code, Some(0));
        assert_eq!(asked(&env), 1);
    }
    // Another role of the account may.
    let script = env.read("a-shell").replace("ReadOnlyAccess", "red");
    env.write_program("a-shell", &script);
    let administrating = "payments-prod/AdministratorAccess";
    assert_eq!(env.run(&["shell", administrating]).code, Some(0));
    assert_eq!(asked(&env), 2);
}

/// Whatever the answer is, the shell ends as it ends, and nothing is said or remembered.
#[test]
fn what_goes_wrong_with_it_is_in_no_ones_way() {
    for fault in [
        Fault::Hang,
        Fault::Reset,
        Fault::InternalError,
        Fault::NotFromAws(403),
        Fault::BrokenJson,
        Fault::WrongJson,
        Fault::Forbidden,
    ] {
        let env = with_shell("[ -e \"$HOME/asked\" ]");
        env.sandbox
            .control()
            .inject(Operation::GetAccountCustomizations, &fault, 1);
        let mut shell = env
            .command(&["shell", TARGET])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        until("a request", || asked(&env) == 1);
        env.write("asked", "");
        assert_eq!(shell.wait().unwrap().code(), Some(0), "{fault:?}");
        let mut said = String::new();
        std::io::Read::read_to_string(&mut shell.stderr.take().unwrap(), &mut said).unwrap();
        assert!(
            !said.contains("uxc") && !said.contains("error"),
            "{fault:?}: {said}"
        );
        assert!(!env.path(FILE).exists(), "{fault:?}");
    }
}

/// What an entry of a target whose credentials are cached asks for, with these preferences and after this change.
fn asked_after(preferences: &str, change: impl FnOnce(&mut TestEnv)) -> u64 {
    let mut env = TestEnv::new();
    env.write(".config/genkan/config.toml", preferences);
    change(&mut env);
    env.sign_in();
    env.output(&export_as("json", ADMINISTRATOR));
    let environment = Environment::from_pairs(env.environment.clone());
    let app = App::new(Settings::resolve(environment).unwrap());
    let target = Target {
        account_id: ACCOUNT.parse().unwrap(),
        session: "demo".into(),
        ..target("payments-dev", "AdministratorAccess")
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let learnt = runtime.block_on(app.account_colors.learn(&target));
    assert_eq!(learnt.is_some(), asked(&env) == 1);
    asked(&env)
}

#[test]
fn it_is_asked_for_where_it_is_wanted() {
    assert_eq!(asked_after("", |_| {}), 1);
    assert_eq!(asked_after("account_colors = false\n", |_| {}), 0);
    let rule = "[[rule]]\nmatch = { id = \"310660284419\" }\ncolor = \"teal\"\n";
    assert_eq!(asked_after(rule, |_| {}), 0);
}

/// Credentials that came from somewhere else than AWS are not sent to AWS.
#[test]
fn credentials_of_another_endpoint_stay_there() {
    let without = |env: &mut TestEnv| drop(env.environment.remove("AWS_ENDPOINT_URL_UXC"));
    assert_eq!(asked_after("", without), 0);
}

/// Only the commercial partition has the service.
#[test]
fn other_partitions_are_not_asked() {
    let in_china = |env: &mut TestEnv| {
        let config = env.read(".aws/config").replace("ap-northeast-1", "cn-north-1");
        env.write(".aws/config", &config);
    };
    assert_eq!(asked_after("", in_china), 0);
}

/// The name's colour in the list, and the words of the details.
fn shown(given: Option<AccountColor>, theme: ThemeName) -> (Color, String) {
    let matches = Match {
        account: vec!["payments-dev".parse().unwrap()],
        ..Match::default()
    };
    let given = Given {
        color: given,
        ..Given::default()
    };
    let options = Options {
        rules: Arc::new(RuleSet::new(vec![Rule { matches, given }])),
        theme: Theme::named(theme, true),
        ..options()
    };
    let mut driver = Driver::signed_in_with(options, History::default());
    let mut colors = AccountColors::default();
    let key = TargetKey::from(&target("payments-dev", "AdministratorAccess"));
    colors.set(&key, Some(AccountColor::Green), now());
    driver.send(Msg::Colors(colors));
    driver.type_text("id:310660284419");
    driver.key(KeyCode::Down);
    let buffer = driver.buffer((120, 36));
    let text = |y: u16| (3..15).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    let row = (3..20).find(|y| text(*y) == "payments-dev").expect("a row");
    let color = buffer[(3, row)].fg;
    let text = driver.text((120, 36));
    let words = text
        .lines()
        .find_map(|line| Some(line.split_once("colour ")?.1.trim().to_owned()));
    (color, words.unwrap_or_default())
}

#[test]
fn the_list_and_the_details_show_it_unless_a_rule_gives_another() {
    assert_eq!(
        shown(None, ThemeName::Default),
        (Color::Green, "green (AWS console)".to_owned())
    );
    assert_eq!(
        shown(Some(AccountColor::Teal), ThemeName::Default),
        (Color::Cyan, "teal (rule)".to_owned())
    );
    assert_eq!(
        shown(None, ThemeName::Mono),
        (Color::Reset, "green (AWS console)".to_owned())
    );
}
