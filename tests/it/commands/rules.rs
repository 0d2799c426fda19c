//! Rules of the preferences, as commands know them.

use crate::support::browser::RecordingBrowser;
use crate::support::env::{CommandResult, TestEnv, peer, write_program};
use crate::support::screen::Screen;
use crate::support::wait::until;

const RULES: &str = r#"
region = "us-east-2"

[[rule]]
match = { account = "payments-*" }
tags = { team = "payments" }

[[rule]]
match = { account = "payments-dev" }
alias = "pay"
region = "eu-west-3"
production = true

[[rule]]
match = { account = "payments-dev", permission_set = "Admin*" }
alias = "pay-admin"
tags = "danger"

[[rule]]
match = { email = "aws+log-archive@example.com" }
hidden = true
"#;

/// An environment with rules, a sign-in and a list.
fn with_rules(rules: &str) -> TestEnv {
    let mut env = TestEnv::new();
    env.environment.remove("AWS_REGION");
    env.environment.remove("AWS_DEFAULT_REGION");
    env.write(".config/genkan/config.toml", rules);
    env.sign_in();
    env.output(&["list"]);
    env
}

fn plain(env: &TestEnv, arguments: &[&str]) -> Vec<String> {
    let mut all = vec!["list", "--format", "plain"];
    all.extend(arguments);
    let lines = env.output(&all);
    lines
        .lines()
        .map(|line| line.rsplit('/').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn list_shows_what_rules_give_and_finds_it() {
    let env = with_rules(RULES);
    let rows: serde_json::Value =
        serde_json::from_str(&env.output(&["list", "--format", "json", "--query", "acct:^payments-dev$"]))
            .unwrap();
    let found: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].to_string();
            [
                text("permission_set"),
                text("alias"),
                text("tags"),
                text("production"),
            ]
            .join(" ")
        })
        .collect();
    assert_eq!(
        found,
        [
            r#""AdministratorAccess" "pay-admin" ["team=payments","danger"] true"#,
            r#""PowerUserAccess" "pay" ["team=payments"] true"#,
        ]
    );
    assert_eq!(plain(&env, &["--query", "tag:danger"]), ["AdministratorAccess"]);
    assert_eq!(plain(&env, &["--query", "pay-admin"]), ["AdministratorAccess"]);
    assert_eq!(plain(&env, &["--query", "alias:^pay$"]), ["PowerUserAccess"]);
    assert_eq!(
        plain(&env, &["--query", "acct:payments !tag:team=payments"]),
        Vec::<String>::new()
    );
    let table = env.output(&["list", "--query", "acct:^payments-dev$"]);
    let first = table.lines().next().unwrap_or_default();
    assert!(
        first.ends_with("PERMISSION SET       PRODUCTION  ALIAS      TAGS"),
        "{table}"
    );
    assert!(
        table.contains("AdministratorAccess  PROD        pay-admin  team=payments danger\n"),
        "{table}"
    );
}

#[test]
fn hidden_targets_are_listed_only_when_asked_for() {
    let env = with_rules(RULES);
    assert_eq!(plain(&env, &["--query", "log-archive"]), Vec::<String>::new());
    assert_eq!(plain(&env, &["--query", "log-archive", "--hidden"]).len(), 2);
    // What is typed in full is meant.
    assert!(entered(&env, "log-archive/ReadOnlyAccess").starts_with("111204938571/ReadOnlyAccess"));
    env.write(
        ".config/genkan/config.toml",
        "[[rule]]\nmatch.account = \"*\"\nhidden = true\n",
    );
    let all = env.run(&["list"]);
    assert!(
        all.stderr
            .contains("rules hide all targets; `--hidden` lists them"),
        "{}",
        all.stderr
    );
}

/// Where a command runs, and in which Region.
fn entered(env: &TestEnv, target: &str) -> String {
    let script = "echo $GENKAN_ACCOUNT_ID/$GENKAN_PERMISSION_SET $AWS_REGION";
    env.output(&["exec", target, "--", "sh", "-c", script])
        .trim()
        .to_owned()
}

#[test]
fn an_alias_is_a_target_and_is_completed() {
    let env = with_rules(RULES);
    for (typed, meant) in [
        ("pay/power", "310660284419/PowerUserAccess eu-west-3"),
        ("pay-admin", "310660284419/AdministratorAccess eu-west-3"),
        ("demo:PAY-ADMIN", "310660284419/AdministratorAccess eu-west-3"),
    ] {
        assert_eq!(entered(&env, typed), meant, "{typed}");
    }
    let key = env.output(&["credential-process", "pay-admin"]);
    assert!(key.contains("AccessKeyId"), "{key}");
    let completed = env.output(&["complete", "fish", "--", "genkan", "export", "pay-"]);
    assert!(completed.contains("pay-admin/AdministratorAccess"), "{completed}");
}

#[test]
fn the_region_of_a_rule_counts_before_the_preference_and_after_what_is_set_for_now() {
    let mut env = with_rules(RULES);
    assert_eq!(
        entered(&env, "checkout-dev/power"),
        "320239951873/PowerUserAccess us-east-2"
    );
    let region = |env: &TestEnv, arguments: &[&str]| {
        let mut all = vec!["exec", "pay-admin"];
        all.extend(arguments);
        all.extend(["--", "sh", "-c", "echo $AWS_REGION"]);
        env.output(&all).trim().to_owned()
    };
    assert_eq!(region(&env, &["--region", "eu-north-1"]), "eu-north-1");
    env.environment.insert("AWS_REGION".into(), "ap-south-1".into());
    assert_eq!(region(&env, &[]), "ap-south-1");
    env.environment.remove("AWS_REGION");
    let profiles = env.output(&["profiles", "--format", "json", "--query", "acct:^payments-dev$"]);
    assert_eq!(profiles.matches("eu-west-3").count(), 2, "{profiles}");
    // Of another partition: it is said, and the next one counts.
    let rules = RULES.replace("eu-west-3", "cn-north-1");
    env.write(".config/genkan/config.toml", &rules);
    let ran = env.run(&["exec", "pay-admin", "--", "sh", "-c", "echo $AWS_REGION"]);
    assert_eq!(ran.stdout.trim(), "us-east-2");
    assert!(
        ran.stderr
            .contains("ignored `region` of a rule: Region cn-north-1 is in partition aws-cn"),
        "{}",
        ran.stderr
    );
}

fn json(result: &CommandResult) -> serde_json::Value {
    serde_json::from_str(&result.stdout).unwrap_or_else(|e| panic!("{e}: {}", result.stderr))
}

#[test]
fn whoami_and_status_say_what_is_production() {
    let env = with_rules(RULES);
    for (target, production) in [
        ("pay-admin", true),
        ("payments-prod/ReadOnlyAccess", true),
        ("checkout-dev/power", false),
    ] {
        let who = env.output(&["exec", target, "--", &program(), "whoami"]);
        assert_eq!(
            who.lines().next().unwrap_or_default().ends_with("  PROD"),
            production,
            "{who}"
        );
        let who = json(&env.run(&["exec", target, "--", &program(), "whoami", "--format", "json"]));
        assert_eq!(who["production"], production, "{who}");
    }
    let status = env.output(&["status"]);
    let with_word = |name: &str| {
        let line = status.lines().find(|line| line.contains(name));
        line.unwrap_or_else(|| panic!("{name}: {status}"))
            .ends_with("  PROD")
    };
    assert!(
        with_word("payments-prod/") && with_word("payments-dev/") && !with_word("checkout-dev/"),
        "{status}"
    );
    let status = json(&env.run(&["status", "--format", "json"]));
    let credentials = status[0]["credentials"].as_array().unwrap();
    assert_eq!(
        credentials.iter().filter(|c| c["production"] == true).count(),
        2,
        "{status}"
    );
}

fn program() -> String {
    env!("CARGO_BIN_EXE_genkan").to_owned()
}

#[test]
fn a_mistake_in_a_rule_is_reported_and_the_others_count() {
    let env = with_rules(&format!(
        "{RULES}\n[[rule]]\nmatch.acount = \"*\"\nhidden = true\n"
    ));
    let list = env.run(&["list", "--query", "tag:danger"]);
    assert_eq!(list.code, Some(0));
    assert!(list.stdout.contains("pay-admin"), "{}", list.stdout);
    assert!(
        list.stderr.contains(
            "config.toml`, line 24: rule 5 is ignored: unknown field `acount` in `match`; did you mean `account`?"
        ),
        "{}",
        list.stderr
    );
}

/// The prompt and the title of the window say production, in each shell whose title a theme may set again; other
/// shells say nothing.
#[test]
fn prompt_and_title_of_a_shell_say_production() {
    for shell in ["bash", "zsh", "fish"] {
        if !peer(shell) {
            continue;
        }
        let mut env = TestEnv::new();
        env.environment.insert("SHELL".into(), shell.into());
        env.write(".bashrc", "PS1='\\[\\e]0;of the user\\a\\]$ '\n");
        env.write(".zshrc", "precmd() { print -n '\\e]0;of the user\\a' }\n");
        env.sign_in();
        let place = "PROD payments-prod/ReadOnlyAccess";
        let mut screen = Screen::genkan(&env, &["shell", "payments-prod/ReadOnlyAccess"]);
        screen.wait(&format!("[{place}]"));
        // Kept, and set before any shell runs.
        let set = screen.wait_raw(&format!("\u{1b}[22;2t\u{1b}]2;{place}\u{7}"), 0);
        // And again by the shell, behind the title that the user's own prompt sets.
        let user = if shell == "fish" {
            "\u{1b}]"
        } else {
            "\u{1b}]0;of the user"
        };
        let users = screen.wait_raw(user, set);
        let title = if shell == "fish" {
            place.to_owned()
        } else {
            format!("\u{1b}]2;{place}\u{7}")
        };
        screen.wait_raw(&title, if shell == "fish" { set } else { users });
        screen.type_keys("exit\r");
        assert_eq!(screen.exit(), 0);
        screen.wait_raw("\u{1b}[23;2t", set);

        let mut screen = Screen::genkan(&env, &["shell", "checkout-dev/PowerUserAccess"]);
        screen.wait("[checkout-dev/PowerUserAccess]");
        screen.type_keys("exit\r");
        assert_eq!(screen.exit(), 0);
        // A title that its prompt may set later is brought back at the end; it sets none now.
        assert!(!screen.raw().contains("PROD") && !screen.raw().contains("\u{1b}]2;"));
    }
}

#[test]
fn production_is_a_variable_that_comes_and_goes_with_the_target() {
    let mut env = TestEnv::new();
    env.sign_in();
    let lines = env.output(&["assume", "bash", "payments-prod/ReadOnlyAccess"]);
    assert!(
        lines.contains("export GENKAN_PRODUCTION='1'") || lines.contains("export GENKAN_PRODUCTION=1"),
        "{lines}"
    );
    let script = "echo \"production=${GENKAN_PRODUCTION-none}\"";
    let inside = |env: &TestEnv, target: &str| env.output(&["exec", target, "--", "sh", "-c", script]);
    assert_eq!(inside(&env, "payments-prod/ReadOnlyAccess"), "production=1\n");
    // A genkan shell around it that is production.
    env.environment.insert("GENKAN_PRODUCTION".into(), "1".into());
    assert_eq!(inside(&env, "checkout-dev/power"), "production=none\n");
    let lines = env.output(&["assume", "bash", "checkout-dev/power"]);
    assert!(lines.contains("unset GENKAN_PRODUCTION\n"), "{lines}");
    let saved = lines
        .lines()
        .find(|line| line.contains("GENKAN_PRODUCTION") && !line.starts_with("unset"));
    assert!(saved.is_some(), "it comes back on leaving: {lines}");
}

#[test]
fn a_rule_decides_the_page_and_the_browser_of_the_console() {
    let mut env = TestEnv::new();
    let usual = RecordingBrowser::install(&mut env);
    let folder = tempfile::Builder::new().prefix("browser").tempdir().unwrap();
    let (script, opened) = (folder.path().join("ours"), folder.path().join("opened"));
    write_program(
        &script,
        &format!("#!/bin/sh\necho \"$1\" > {}\n", opened.display()),
    );
    env.write(
        ".config/genkan/config.toml",
        &format!(
            "console_service = \"ec2\"\n[[rule]]\nmatch.account = \"payments-dev\"\nconsole_service = \"s3\"\nbrowser = \"{} {{}}\"\n",
            script.display()
        ),
    );
    env.sign_in();
    let page = |target: &str, arguments: &[&str]| {
        let mut all = vec!["console", "--print", target];
        all.extend(arguments);
        env.output(&all)
    };
    assert!(page("payments-dev/adm", &[]).contains("s3"));
    assert!(page("payments-dev/adm", &["--service", "lambda"]).contains("lambda"));
    assert!(page("checkout-dev/power", &[]).contains("ec2"));
    env.output(&["console", "--via", "portal", "payments-dev/adm"]);
    until("the browser of the rule", || opened.exists());
    assert_eq!(usual.addresses(), Vec::<String>::new());
}
