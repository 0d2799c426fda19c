//! `genkan history`: what was used, in which order the list has it, and forgetting it.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::env::{ADMINISTRATOR, TestEnv};

const FILE: &str = ".local/state/genkan/history.json";
const READ_ONLY: &str = "payments-prod/ReadOnlyAccess";

fn signed_in() -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    env
}

fn history(env: &TestEnv) -> Vec<Value> {
    serde_json::from_str(&env.output(&["history", "--format", "json"])).unwrap()
}

fn used(env: &TestEnv) -> Vec<(String, String, u64)> {
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    history(env)
        .iter()
        .map(|entry| {
            (
                text(entry, "permission_set"),
                text(entry, "action"),
                entry["uses"].as_u64().unwrap(),
            )
        })
        .collect()
}

#[test]
fn history_shows_what_was_used_latest_first() {
    let env = signed_in();
    let empty = env.run(&["history"]);
    assert_eq!((empty.code, empty.stdout.as_str()), (Some(0), ""));
    assert!(
        empty.stderr.contains("no targets have been used yet"),
        "{}",
        empty.stderr
    );
    env.output(&["export", ADMINISTRATOR]);
    env.output(&["export", ADMINISTRATOR]);
    env.output(&["exec", READ_ONLY, "--", "true"]);
    let connections = env.sandbox.counts().connections;
    assert_eq!(
        used(&env),
        [
            ("ReadOnlyAccess".to_owned(), "exec".to_owned(), 1),
            ("AdministratorAccess".to_owned(), "export".to_owned(), 2)
        ]
    );
    let first = &history(&env)[0];
    assert_eq!(first["account_name"], "payments-prod");
    assert_eq!(
        (&first["session"], &first["favourite"]),
        (&"demo".into(), &false.into())
    );
    let table = env.output(&["history"]);
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split("  ").collect()).collect();
    let [first, second] = lines.as_slice() else {
        panic!("{table}")
    };
    assert!(table.contains("payments-prod/ReadOnlyAccess      "), "{table}");
    assert!(table.contains("payments-dev/AdministratorAccess  "), "{table}");
    assert_eq!((first.last(), second.last()), (Some(&"1 use"), Some(&"2 uses")));
    assert_eq!(env.output(&["history", "--session", "other"]), "");
    assert_eq!(env.sandbox.counts().connections, connections, "it works offline");
}

#[test]
fn history_file_names_no_directory_and_is_readable_only_by_its_user() {
    let env = signed_in();
    std::fs::create_dir(env.path("customer-x")).unwrap();
    let mut command = env.command(&["export", ADMINISTRATOR]);
    assert!(
        command
            .current_dir(env.path("customer-x"))
            .output()
            .unwrap()
            .status
            .success()
    );
    let text = env.read(FILE);
    assert!(
        text.contains("\"directories\"") && text.contains("\"digest\""),
        "{text}"
    );
    assert!(!text.contains("customer-x") && !text.contains('/'), "{text}");
    let mode = std::fs::metadata(env.path(FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn clearing_history_forgets_uses_and_keeps_favourites() {
    let env = signed_in();
    env.output(&["export", ADMINISTRATOR]);
    let mut file: Value = serde_json::from_str(&env.read(FILE)).unwrap();
    file["favourites"] = Value::Array(vec![file["uses"][0].clone()]);
    env.write(FILE, &file.to_string());
    assert_eq!(history(&env)[0]["favourite"], true);
    assert!(env.output(&["history"]).starts_with("★  "));
    let other = env.run(&["history", "--clear", "--session", "other"]);
    assert!(other.stderr.contains("no uses to clear"), "{}", other.stderr);
    let cleared = env.run(&["history", "--clear"]);
    assert_eq!((cleared.code, cleared.stdout.as_str()), (Some(0), ""));
    assert!(
        cleared.stderr.contains("cleared 1 target; favourites were kept"),
        "{}",
        cleared.stderr
    );
    assert!(used(&env).is_empty());
    let file: Value = serde_json::from_str(&env.read(FILE)).unwrap();
    assert_eq!(file["favourites"].as_array().map(Vec::len), Some(1));
    let both = env.run(&["history", "--clear", "--format", "json"]);
    assert_eq!(both.code, Some(2), "{}", both.stderr);
}

#[test]
fn history_that_is_off_remembers_and_uses_nothing() {
    let env = signed_in();
    env.output(&["export", ADMINISTRATOR]);
    env.write(".config/genkan/config.toml", "history = false\n");
    env.output(&["export", READ_ONLY]);
    let shown = env.run(&["history", "--format", "json"]);
    assert!(shown.stderr.contains("history is off"), "{}", shown.stderr);
    // What is there can be seen, to be cleared.
    assert_eq!(used(&env).len(), 1);
    // `gk -` has nothing to go back to.
    let back = env.run(&["assume", "bash", "-"]);
    assert!(back.stderr.contains("no previous target"), "{}", back.stderr);
    env.run(&["history", "--clear"]);
    assert!(used(&env).is_empty());
}
