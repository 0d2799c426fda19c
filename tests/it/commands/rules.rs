//! Rules of the preferences, as commands know them.

use crate::support::env::{CommandResult, TestEnv};

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
