//! `genkan exec --query`: one command in many targets; what is printed, in which order, and how it ends.

use std::fmt::Write as _;
use std::process::Stdio;

use genkan::sandbox::Organisation;
use serde_json::Value;

use crate::support::env::{CommandResult, TestEnv, wait_for_result};
use crate::support::screen::{Screen, signal};
use crate::support::wait::until as wait_until;

/// Three targets: payments-dev, payments-prod and payments-staging.
const QUERY: &str = "acct:payments AdministratorAccess";
const NAMES: [&str; 3] = ["payments-dev", "payments-prod", "payments-staging"];

fn signed_in() -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    env
}

fn exec(env: &TestEnv, options: &[&str], script: &str) -> CommandResult {
    let mut arguments = vec!["exec", "--query", QUERY];
    arguments.extend(options);
    arguments.extend(["--", "sh", "-c", script]);
    env.run(&arguments)
}

/// Where words are, which must all be there.
fn places(text: &str, words: &[&str]) -> Vec<usize> {
    let place = |word: &&str| text.find(*word).unwrap_or_else(|| panic!("{word}:\n{text}"));
    words.iter().map(place).collect()
}

#[test]
fn command_runs_in_each_target_with_its_own_credentials() {
    let env = signed_in();
    let script = "echo $GENKAN_ACCOUNT_NAME $AWS_ACCESS_KEY_ID; echo err >&2; test $GENKAN_ACCOUNT_NAME != payments-staging";
    let result = exec(&env, &[], script);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    let lines: Vec<(&str, &str)> = result
        .stdout
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect();
    let mut keys: Vec<&str> = lines.iter().map(|(_, key)| *key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 3, "{}", result.stdout);
    let headings: Vec<String> = lines
        .iter()
        .map(|(name, _)| format!("── {name}/AdministratorAccess ("))
        .collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    assert!(places(&result.stderr, &headings).is_sorted());
    assert_eq!(result.stderr.matches("err\n").count(), 3);
    assert!(
        result.stderr.ends_with(
            "3 targets: 2 succeeded · 1 ended with exit code 1\n  ended with exit code 1: payments-staging/AdministratorAccess\n"
        ),
        "{}",
        result.stderr
    );
    assert_eq!(exec(&env, &[], "true").code, Some(0));
}

/// Each command waits for the one of the target behind it, so that they end in the opposite order.
const BACKWARDS: &str = "case $GENKAN_ACCOUNT_NAME in payments-dev) me=1;; payments-prod) me=2;; *) me=3;; esac; \
                         next=$((me + 1)); until [ $me = 3 ] || [ -e $next ]; do sleep 0.02; done; \
                         printf 'in %s\\n' $GENKAN_ACCOUNT_NAME; touch $me";

#[test]
fn output_has_the_order_of_targets_whichever_ends_first() {
    let env = signed_in();
    let listed = env.output(&["list", "--format", "json"]);
    let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
    let order: Vec<String> = listed
        .iter()
        .filter(|row| row["permission_set"] == "AdministratorAccess")
        .map(|row| row["account_name"].as_str().unwrap().to_owned())
        .filter(|name| NAMES.contains(&name.as_str()))
        .collect();
    let clean = || (1..=3).for_each(|n| drop(std::fs::remove_file(env.path(&n.to_string()))));
    let expected: String = order.iter().fold(String::new(), |mut text, name| {
        let _ = writeln!(text, "in {name}");
        text
    });
    let grouped = exec(&env, &["--parallel", "3"], BACKWARDS);
    assert_eq!(
        (grouped.code, grouped.stdout.as_str()),
        (Some(0), expected.as_str()),
        "{}",
        grouped.stderr
    );
    clean();
    let json = exec(&env, &["--parallel", "3", "--format", "json"], BACKWARDS);
    let rows: Vec<Value> = json
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let names: Vec<&str> = rows
        .iter()
        .map(|row| row["account_name"].as_str().unwrap())
        .collect();
    assert_eq!(names, order);
    assert_eq!(json.stderr, "", "nothing but JSON where all succeeded");
    assert_eq!(rows[0]["stdout"], format!("in {}\n", order[0]));
    let keys: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "session",
            "account_id",
            "account_name",
            "permission_set",
            "exit_code",
            "error",
            "stdout",
            "stderr"
        ]
    );
    clean();
    let prefixed = exec(&env, &["--parallel", "3", "--output", "prefixed"], BACKWARDS);
    // Lines of different commands may arrive in one moment: only that each is whole and marked is certain.
    let mut lines: Vec<&str> = prefixed.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "payments-dev/AdministratorAccess     | in payments-dev",
            "payments-prod/AdministratorAccess    | in payments-prod",
            "payments-staging/AdministratorAccess | in payments-staging",
        ]
    );
}

#[test]
fn nothing_more_is_started_after_a_failure_where_that_is_asked_for() {
    let env = signed_in();
    let result = exec(&env, &["--fail-fast"], "exit 7");
    assert_eq!(result.code, Some(1));
    assert!(
        result
            .stderr
            .contains("3 targets: 0 succeeded · 1 ended with exit code 7 · 2 not started"),
        "{}",
        result.stderr
    );
    let result = exec(&env, &["--fail-fast", "--format", "json"], "exit 7");
    let rows: Vec<Value> = result
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows[0]["exit_code"], 7);
    assert_eq!(
        (&rows[2]["exit_code"], &rows[2]["error"]),
        (&Value::Null, &"not started".into())
    );
    let missing = env.run(&[
        "exec",
        "--query",
        QUERY,
        "--parallel",
        "3",
        "--",
        "no-such-program",
    ]);
    assert_eq!(missing.code, Some(127), "as a shell has it");
    assert!(
        missing.stderr.contains("error: can't run `no-such-program`: "),
        "{}",
        missing.stderr
    );
    assert!(!missing.stderr.contains("3 targets"), "{}", missing.stderr);
}

#[test]
fn ctrl_c_ends_all_and_a_second_one_kills_what_stays() {
    let env = signed_in();
    let script = "trap 'echo caught >> caught' INT; echo $$ >> pids; while :; do sleep 0.05; done";
    let mut child = env
        .command(&[
            "exec",
            "--query",
            QUERY,
            "--parallel",
            "2",
            "--",
            "sh",
            "-c",
            script,
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = |name: &str| {
        std::fs::read_to_string(env.path(name))
            .unwrap_or_default()
            .lines()
            .count()
    };
    let pid = i32::try_from(child.id()).unwrap();
    wait_until("two commands run", || lines("pids") == 2);
    signal(pid, "INT");
    wait_until("both got the signal", || lines("caught") >= 2);
    assert!(child.try_wait().unwrap().is_none(), "commands have time to end");
    signal(pid, "INT");
    let result = wait_for_result(child);
    assert_eq!(result.code, Some(130), "{}", result.stderr);
    assert!(
        result
            .stderr
            .contains("3 targets: 0 succeeded · 2 ended with exit code 137 · 1 not started"),
        "{}",
        result.stderr
    );
    for pid in env.read("pids").lines() {
        let stat = format!("/proc/{pid}");
        wait_until("the command is gone", || !std::path::Path::new(&stat).exists());
    }
}

const GUARDS: &str = "[[rule]]\nmatch = { account = \"payments-*\" }\nguard = \"confirm\"\n\n\
                      [[rule]]\nmatch = { account = \"payments-dev\" }\nguard = \"none\"\n";

#[test]
fn guards_are_answered_once_for_all_by_their_number() {
    let env = TestEnv::new();
    env.write(".config/genkan/config.toml", GUARDS);
    env.sign_in();
    env.output(&["list"]);
    let result = exec(&env, &[], "echo ran");
    assert_eq!((result.code, result.stdout.as_str()), (Some(2), ""));
    assert!(
        result
            .stderr
            .contains("rules guard 2 of 3 targets, and no terminal to confirm them on")
            && result.stderr.contains("hint: confirm them with `--confirm 2`"),
        "{}",
        result.stderr
    );
    let result = exec(&env, &["--confirm", "3"], "echo ran");
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), ""));
    let result = exec(&env, &["--confirm", "2"], "echo ran");
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(0), "ran\nran\nran\n")
    );
    let line = format!("$GENKAN exec --query '{QUERY}' --parallel 2 -- sh -c 'echo ran'; echo ended $?");
    let mut screen = Screen::script(&env, &line);
    screen.wait("Type 2 to continue:");
    assert!(
        screen.text().contains("payments-staging/AdministratorAccess ("),
        "{}",
        screen.text()
    );
    screen.type_keys("2\r");
    screen.wait("3 targets: 3 succeeded");
    screen.wait("ended 0");
    screen.exit();
    // Confirmed a moment ago.
    assert_eq!(exec(&env, &[], "true").code, Some(0));
}

#[test]
fn queries_that_match_nothing_and_missing_sign_ins_run_nothing() {
    let env = signed_in();
    let result = env.run(&["exec", "--query", "paymnets-dev", "--", "echo", "ran"]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), ""));
    assert!(
        result.stderr.contains("error: no target matches `paymnets-dev`")
            && result.stderr.contains("hint: did you mean `payments-dev`?"),
        "{}",
        result.stderr
    );
    env.output(&["logout"]);
    let result = exec(&env, &[], "echo ran");
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(3), ""),
        "{}",
        result.stderr
    );
}

/// A limit that the pacer finds only by being refused: no target fails for it.
#[test]
fn a_batch_is_complete_at_a_low_limit_that_is_not_known() {
    let env = TestEnv::with(|options| options.rate = Some(5.0.into()));
    env.sign_in();
    env.output(&["list"]);
    // What the list found out about the limit.
    std::fs::remove_dir_all(env.path(".cache/genkan/pace")).unwrap();
    let before = env.sandbox.counts();
    let result = env.run(&[
        "exec",
        "--query",
        "set:readonly",
        "--parallel",
        "16",
        "--format",
        "json",
        "--",
        "true",
    ]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let after = env.sandbox.counts();
    assert!(result.stdout.lines().count() > 20, "{}", result.stdout);
    assert!(after.throttled > before.throttled, "the limit was met");
}

/// 200 targets in ten accounts, at a limit that the pacer knows.
#[test]
fn two_hundred_targets_stay_within_the_limit_of_the_portal() {
    const LIMIT: f64 = 50.0;
    let mut text =
        "name = \"Large\"\n[user]\nusername = \"a@example.com\"\ndisplay_name = \"A\"\n".to_owned();
    let sets: Vec<String> = (0..20).map(|n| format!("\"Set{n:02}\"")).collect();
    for account in 0..10 {
        let _ = writeln!(
            text,
            "[[account]]\nid = \"{account:012}\"\nname = \"account-{account}\"\nemail = \"{account}@example.com\"\n\
             permission_sets = [{}]",
            sets.join(", ")
        );
    }
    let env = TestEnv::with(|options| {
        options.organisation = Organisation::from_toml(&text).unwrap();
        options.rate = Some(LIMIT.into());
    });
    // A little below the limit: on a busy machine requests that were spaced arrive together.
    env.write(".config/genkan/config.toml", "requests_per_second = 40\n");
    env.sign_in();
    env.output(&["list"]);
    let before = env.sandbox.counts();
    let result = env.run(&[
        "exec",
        "--query",
        "account",
        "--parallel",
        "8",
        "--format",
        "json",
        "--",
        "sh",
        "-c",
        "echo $GENKAN_ACCOUNT_ID/$GENKAN_PERMISSION_SET",
    ]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let rows: Vec<Value> = result
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 200);
    for row in &rows {
        let own = format!(
            "{}/{}\n",
            row["account_id"].as_str().unwrap(),
            row["permission_set"].as_str().unwrap()
        );
        assert_eq!(row["stdout"], own);
    }
    let after = env.sandbox.counts();
    let (asked, refused) = (
        after.get_role_credentials - before.get_role_credentials,
        after.throttled - before.throttled,
    );
    assert!(refused * 50 < asked, "{refused} of {asked} requests were refused");
    // Again: from the cache.
    let again = env.run(&[
        "exec",
        "--query",
        "account",
        "--parallel",
        "8",
        "--output",
        "prefixed",
        "--",
        "true",
    ]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert_eq!(
        env.sandbox.counts().get_role_credentials,
        after.get_role_credentials
    );
}
