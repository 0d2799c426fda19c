//! Programs that act for the user: no sign-in, only what `[agents]` allows, and a record of what was handed out.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::env::{ADMINISTRATOR, CommandResult, TARGET, TestEnv, command_result, export_as};

const RULES: &str = "[agents]\nallow = [{ account = \"*-dev\", permission_set = \"PowerUser*\" }, { permission_set = \"ReadOnly*\" }]\n";
const RECORD: &str = ".local/state/genkan/handed-out.log";

fn restricted() -> TestEnv {
    let mut env = TestEnv::new();
    env.write(".config/genkan/config.toml", RULES);
    env.sign_in();
    env.output(&["list"]);
    env.environment.insert("CLAUDECODE".into(), "1".into());
    env
}

fn refused(result: &CommandResult, target: &str) {
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(1), ""),
        "{}",
        result.stderr
    );
    let words = format!(
        "`[agents]` in config.toml doesn't allow {target} to a program that acts for you (CLAUDECODE is set)"
    );
    assert!(result.stderr.contains(&words), "{}", result.stderr);
}

#[test]
fn only_what_is_allowed_is_handed_out_whatever_the_command() {
    let env = restricted();
    for arguments in [
        &["exec", TARGET, "--", "true"][..],
        &["shell", TARGET],
        &["assume", "bash", TARGET],
        &["credential-process", TARGET],
        &["console", "--print", "--via", "federation", TARGET],
        &export_as("bash", TARGET),
        &export_as("json", ADMINISTRATOR),
    ] {
        refused(&env.run(arguments), TARGET);
    }
    for arguments in [
        &["exec", "payments-dev/PowerUserAccess", "--", "true"][..],
        &["credential-process", "payments-prod/ReadOnlyAccess"],
        &export_as("bash", "payments-prod/ReadOnlyAccess"),
    ] {
        assert_eq!(env.run(arguments).code, Some(0), "{arguments:?}");
    }
    let many = env.run(&[
        "exec",
        "--query",
        "acct:payments-dev",
        "--parallel",
        "2",
        "--",
        "true",
    ]);
    assert_eq!(many.code, Some(1));
    assert!(
        many.stderr.contains("2 targets: 1 succeeded · 1 did not run"),
        "{}",
        many.stderr
    );
    // Nor what was cached before, nor a project file that it approves by itself.
    env.write(".genkan.toml", "target = \"payments-dev/PowerUserAccess\"\n");
    let trust = env.run(&["trust", "--approve"]);
    assert_eq!(trust.code, Some(1));
    assert!(trust.stderr.contains("CLAUDECODE is set"), "{}", trust.stderr);
    let mut by_hand = env.command(&["credential-process", TARGET]);
    let by_hand = command_result(by_hand.env_remove("CLAUDECODE").output().unwrap());
    assert_eq!(by_hand.code, Some(0), "{}", by_hand.stderr);
    refused(&env.run(&["credential-process", TARGET]), TARGET);
}

#[test]
fn without_the_section_or_the_variable_nothing_is_restricted() {
    let env = restricted();
    for (name, value) in [("CLAUDECODE", "0"), ("CLAUDECODE", "")] {
        let mut command = env.command(&["credential-process", TARGET]);
        let result = command_result(command.env(name, value).output().unwrap());
        assert_eq!(result.code, Some(0), "{}", result.stderr);
    }
    env.write(".config/genkan/config.toml", "theme = \"light\"\n");
    assert_eq!(env.run(&["credential-process", TARGET]).code, Some(0));
    // A section that can't be read allows nothing.
    env.write(
        ".config/genkan/config.toml",
        "[agents\nallow = [{ account = \"*\" }]\n",
    );
    refused(&env.run(&["exec", TARGET, "--", "true"]), TARGET);
}

#[test]
fn no_sign_in_is_started_where_that_is_switched_off() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    env.output(&["logout"]);
    let before = env.sandbox.counts().start_device_authorization;
    let with = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = env.command(arguments);
        command_result(command.envs(variables.iter().copied()).output().unwrap())
    };
    let off = [("GENKAN_NO_SIGN_IN", "1")];
    for arguments in [
        &["login", "--no-browser"][..],
        &["login", "--flow", "pkce"],
        &["login", "--force"],
    ] {
        let result = with(arguments, &off);
        assert_eq!(
            (result.code, result.stdout.as_str()),
            (Some(3), ""),
            "{}",
            result.stderr
        );
        assert!(
            result
                .stderr
                .contains("error: no sign-in is started: GENKAN_NO_SIGN_IN is set"),
            "{}",
            result.stderr
        );
    }
    // On a terminal, too, where a sign-in would begin by itself.
    let line = format!("GENKAN_NO_SIGN_IN=1 $GENKAN exec {TARGET} -- echo ran; echo ended $?");
    let mut screen = crate::support::screen::Screen::script(&env, &line);
    screen.wait("ended 3");
    screen.exit();
    env.write(".config/genkan/config.toml", RULES);
    let result = with(&["login", "--no-browser"], &[("CI", "true")]);
    assert_eq!(result.code, Some(3));
    assert!(
        result.stderr.contains("no sign-in is started: CI is set"),
        "{}",
        result.stderr
    );
    assert_eq!(env.sandbox.counts().start_device_authorization, before);
    env.write(".config/genkan/config.toml", &format!("{RULES}sign_in = true\n"));
    assert_eq!(with(&["login", "--no-browser"], &[("CI", "true")]).code, Some(0));
    assert_eq!(
        with(&["login", "--no-browser"], &[("GENKAN_NO_SIGN_IN", "0")]).code,
        Some(0)
    );
}

fn record(env: &TestEnv) -> Vec<Value> {
    serde_json::from_str(&env.output(&["history", "--commands", "--format", "json"])).unwrap()
}

#[test]
fn record_has_console_sessions_and_names_accounts_when_it_is_shown() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    env.output(&["console", "--print", "--via", "federation", TARGET]);
    env.output(&["console", "--print", "--via", "portal", TARGET]);
    env.output(&["credential-process", ADMINISTRATOR]);
    let rows = record(&env);
    let said: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row["by"].as_str().unwrap(), row["account_name"].as_str().unwrap()))
        .collect();
    assert_eq!(
        said,
        [
            ("credential-process", "payments-dev"),
            ("console", "payments-dev")
        ]
    );
    // Each request of an SDK may run it: it looks nothing up that the record doesn't need.
    let file = env.read(RECORD);
    assert!(file.contains("\"account_name\":\"310660284419\""), "{file}");
}

#[test]
fn record_says_what_was_handed_to_which_command_without_arguments() {
    let env = restricted();
    let secret = "--password=hunter2";
    env.output(&["exec", "payments-dev/PowerUserAccess", "--", "true", secret]);
    env.output(&[
        "exec",
        "--query",
        "acct:payments-prod ReadOnlyAccess",
        "--",
        "sh",
        "-c",
        "true",
        secret,
    ]);
    env.output(&["credential-process", "payments-prod/ReadOnlyAccess"]);
    env.output(&export_as("bash", "payments-prod/ReadOnlyAccess"));
    refused(&env.run(&["exec", TARGET, "--", "true"]), TARGET);
    let rows = record(&env);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let said: Vec<(String, String)> = rows
        .iter()
        .map(|row| (text(row, "by"), text(row, "permission_set")))
        .collect();
    let expected = [
        ("export", "ReadOnlyAccess"),
        ("credential-process", "ReadOnlyAccess"),
        ("exec", "ReadOnlyAccess"),
        ("exec", "PowerUserAccess"),
    ];
    assert_eq!(
        said,
        expected.map(|(by, set)| (by.to_owned(), set.to_owned())),
        "the latest first"
    );
    assert_eq!(
        (text(&rows[3], "command"), text(&rows[2], "command")),
        ("true".into(), "sh".into())
    );
    assert_eq!(text(&rows[3], "agent"), "CLAUDECODE");
    assert_eq!(text(&rows[3], "folder"), env.home.path().to_str().unwrap());
    let keys: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "at",
            "session",
            "account_id",
            "account_name",
            "permission_set",
            "by",
            "command",
            "folder",
            "agent"
        ]
    );
    let file = env.read(RECORD);
    assert!(!file.contains("hunter2") && !file.contains("ASIA"), "{file}");
    let mode = std::fs::metadata(env.path(RECORD)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let table = env.output(&["history", "--commands"]);
    assert!(table.lines().next().unwrap().contains("export"), "{table}");
    env.output(&["history", "--clear"]);
    assert_eq!(record(&env), Vec::<Value>::new());
    env.write(".config/genkan/config.toml", "history = false\n");
    env.output(&["exec", TARGET, "--", "true"]);
    assert!(!env.path(RECORD).exists());
}
