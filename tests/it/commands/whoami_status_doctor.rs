//! `whoami`, `status` and `doctor`: what they say, in words and in the shapes that programs read.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use crate::support::env::{ACCOUNT, CommandResult, TARGET, TestEnv, command_result};
use crate::support::peers;
use crate::support::served_shell::ServedShell;

/// Snapshots without what changes from run to run.
fn settled(env: &TestEnv) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    let home = env.home.path().to_str().unwrap();
    for (pattern, stands_for) in [
        (regex_of(home).as_str(), "[home]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[date]"),
        (r#""seconds_left": [1-9]\d+"#, r#""seconds_left": [seconds]"#),
        (r"ASIA[A-Z0-9]{16}", "[key]"),
        (r"about (7 h 59 min|8 h\b)", "about [8 hours]"),
        (r"59 min|1 h\b", "[an hour]"),
        (r"89 days 23 h|90 days", "[90 days]"),
        (r"just now|\d+ s ago", "[just now]"),
        (r"127\.0\.0\.1:\d+", "[sandbox]"),
    ] {
        settings.add_filter(pattern, stands_for);
    }
    settings
}

fn regex_of(text: &str) -> String {
    text.replace('.', r"\.")
}

/// An environment with profiles of every kind beside the SSO session.
fn furnished() -> TestEnv {
    let env = TestEnv::new();
    let genkan = env!("CARGO_BIN_EXE_genkan");
    env.write(
        ".aws/config",
        &format!(
            "{}\n[profile sso]\nsso_session = demo\nsso_account_id = {ACCOUNT}\nsso_role_name = AdministratorAccess\n\
             region = eu-west-1\n[profile process]\ncredential_process = \"{genkan}\" credential-process {TARGET}\n\
             [profile keys]\naws_access_key_id = AKIDCONFIG\naws_secret_access_key = canary\n\
             [profile role]\nrole_arn = arn:aws:iam::111122223333:role/Deploy\nsource_profile = keys\n",
            env.sso_session("demo"),
        ),
    );
    env.write(
        ".aws/credentials",
        "[file]\naws_access_key_id = AKIDFILE\naws_secret_access_key = canary\n",
    );
    env
}

fn with(env: &TestEnv, variables: &[(&str, &str)], arguments: &[&str]) -> CommandResult {
    let mut command = env.command(arguments);
    for (name, value) in variables {
        command.env(name, value);
    }
    command_result(command.output().unwrap())
}

#[test]
fn status_reports_sign_in_and_credentials() {
    let env = TestEnv::new();
    settled(&env).bind(|| insta::assert_snapshot!("status signed out", env.output(&["status"])));
    env.sign_in();
    env.output(&["list"]);
    env.output(&["export", TARGET]);
    let before = env.sandbox.counts().connections;
    settled(&env).bind(|| {
        insta::assert_snapshot!("status signed in", env.output(&["status"]));
        insta::assert_snapshot!("status json", env.output(&["status", "--format", "json"]));
    });
    assert_eq!(
        env.sandbox.counts().connections,
        before,
        "it makes no network calls"
    );
    let other = env.run(&["status", "--session", "none"]);
    assert_eq!(other.code, Some(1));
    assert!(
        other.stderr.contains("configured SSO sessions: demo"),
        "{}",
        other.stderr
    );
}

#[test]
fn status_without_sessions_is_empty() {
    let env = TestEnv::new();
    env.write(".aws/config", "");
    let text = env.run(&["status"]);
    assert_eq!((text.code, text.stdout.as_str()), (Some(0), ""));
    assert!(text.stderr.contains("no SSO session is configured"));
    assert_eq!(env.output(&["status", "--format", "json"]), "[]\n");
}

#[test]
fn whoami_in_a_child_and_with_verify() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    let genkan = env!("CARGO_BIN_EXE_genkan");
    settled(&env).bind(|| {
        insta::assert_snapshot!("whoami", env.output(&["exec", TARGET, "--", genkan, "whoami"]));
        insta::assert_snapshot!(
            "whoami json",
            env.output(&[
                "exec", TARGET, "--", genkan, "whoami", "--verify", "--format", "json"
            ])
        );
    });
    assert_eq!(env.sandbox.counts().sts, 1, "only --verify asks");
    let nobody = env.run(&["whoami"]);
    assert_eq!((nobody.code, nobody.stdout.as_str()), (Some(1), ""));
    assert!(
        nobody.stderr.contains("error: no credentials are configured"),
        "{}",
        nobody.stderr
    );
    let refused = with(
        &env,
        &[("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "x")],
        &["whoami", "--verify"],
    );
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(
        refused.stderr.contains("AWS rejected the credentials"),
        "{}",
        refused.stderr
    );
    // A program that hangs is not taken for an STS that does.
    let config = format!(
        "{}[profile slow]\ncredential_process = sleep 5\n",
        env.sso_session("demo")
    );
    env.write(".aws/config", &config);
    env.write(".config/genkan/config.toml", "timeout_seconds = 1\n");
    let hangs = with(&env, &[("AWS_PROFILE", "slow")], &["whoami", "--verify"]);
    assert_eq!((hangs.code, hangs.stdout.as_str()), (Some(1), ""));
    assert!(
        hangs
            .stderr
            .contains("the search took longer than 1 s; a credential_process may hang"),
        "{}",
        hangs.stderr
    );
}

/// A way to hold an identity: the variables, what we say, and what botocore calls its provider.
type Way = (
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

const WAYS: &[Way] = &[
    (&[("AWS_PROFILE", "sso")], "sso-profile", "sso"),
    (&[("AWS_DEFAULT_PROFILE", "sso")], "sso-profile", "sso"),
    (&[("AWS_PROFILE", "process")], "process-profile", "custom-process"),
    (&[("AWS_PROFILE", "keys")], "keys-profile", "config-file"),
    (
        &[("AWS_PROFILE", "file")],
        "keys-profile",
        "shared-credentials-file",
    ),
    (&[("AWS_PROFILE", "role")], "role-profile", "assume-role"),
    (
        &[
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_PROFILE", "sso"),
        ],
        "environment",
        "env",
    ),
    (
        &[
            ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/Web"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/dev/null"),
        ],
        "web-identity",
        "assume-role-with-web-identity",
    ),
    (
        &[
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x"),
            ("AWS_PROFILE", "sso"),
        ],
        "sso-profile",
        "sso",
    ),
];

/// Credentials that come from a sign-in end with it: whoami says so in a shell with an endpoint and for a profile, and
/// not of keys, which work until they expire.
#[test]
fn whoami_says_whether_its_sign_in_is_there() {
    let mut env = furnished();
    env.sign_in();
    let mut shell = ServedShell::enter(&env);
    let genkan = env!("CARGO_BIN_EXE_genkan");
    let json = format!("'{genkan}' whoami --format json | tr -d '\\n'; echo");
    let mut served = || shell.json(&json);
    let said = served();
    assert_eq!(
        (said["source"].as_str(), said["signed_in"].as_bool()),
        (Some("genkan"), Some(true))
    );
    assert!(
        said["expires_at"].is_string() && said["seconds_left"].as_i64() > Some(0),
        "{said}"
    );
    assert_eq!(said["warnings"], serde_json::json!([]));
    env.output(&["logout"]);
    let said = served();
    assert_eq!(
        (said["signed_in"].as_bool(), said["expires_at"].as_str()),
        (Some(false), None),
        "{said}"
    );
    let warning = said["warnings"][0].as_str().unwrap();
    assert!(
        warning.starts_with("SSO session `demo` is signed out"),
        "{warning}"
    );
    env.sign_in();
    assert_eq!(served()["signed_in"], true);
    shell.leave();
    env.write(
        ".aws/config",
        &format!(
            "{}[profile sso]\nsso_session = demo\nsso_account_id = {ACCOUNT}\nsso_role_name = AdministratorAccess\n",
            env.sso_session("demo")
        ),
    );
    env.environment.insert("AWS_PROFILE".into(), "sso".into());
    let profile = || serde_json::from_str::<Value>(&env.output(&["whoami", "--format", "json"])).unwrap();
    assert_eq!(profile()["signed_in"], true);
    let keys = env.output(&["exec", TARGET, "--", genkan, "whoami", "--format", "json"]);
    let keys: Value = serde_json::from_str(&keys).unwrap();
    assert_eq!(keys["signed_in"], Value::Null);
    env.output(&["logout"]);
    assert_eq!(profile()["signed_in"], false);
    assert!(
        env.output(&["whoami"])
            .contains("SSO session `demo` is signed out")
    );
}

#[test]
fn whoami_names_the_credential_source_that_botocore_uses() {
    let env = furnished();
    env.sign_in();
    let venv = peers::python();
    for (variables, source, method) in WAYS {
        let said = with(&env, variables, &["whoami", "--format", "json"]);
        assert_eq!(said.code, Some(0), "{variables:?}: {}", said.stderr);
        let json: Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!(json["source"], *source, "{variables:?}");
        assert!(!said.stdout.contains("canary"), "{}", said.stdout);
        let Some(venv) = &venv else { continue };
        let script = peers::script("method.py", include_str!("../../peers/method.py"));
        let mut command = Command::new(venv.join("bin/python"));
        command.arg(script).env_clear().envs(&env.environment);
        let output = command_result(command.envs(variables.iter().copied()).output().unwrap());
        assert_eq!(output.code, Some(0), "{variables:?}: {}", output.stderr);
        let theirs: Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!(theirs["method"], *method, "{variables:?}");
        if let Some(key) = json["access_key_id"].as_str() {
            assert_eq!(theirs["key"], key, "{variables:?}");
        }
    }
}

#[test]
fn whoami_warns_where_sdks_disagree() {
    let env = furnished();
    for (variables, words) in [
        (
            &[
                ("AWS_ACCESS_KEY_ID", "AKID"),
                ("AWS_SECRET_ACCESS_KEY", "x"),
                ("AWS_PROFILE", "sso"),
            ][..],
            "the SDK for JavaScript prefers AWS_PROFILE over the keys",
        ),
        (
            &[("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_PROFILE", "sso")],
            "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY",
        ),
        (
            &[
                ("AWS_PROFILE", "sso"),
                ("AWS_ROLE_ARN", "arn:aws:iam::1:role/W"),
                ("AWS_WEB_IDENTITY_TOKEN_FILE", "/x"),
            ],
            "the AWS CLI and boto3 prefer the web identity over the profile",
        ),
        (
            &[
                ("AWS_PROFILE", "sso"),
                ("GENKAN_ACCOUNT_ID", ACCOUNT),
                ("GENKAN_PERMISSION_SET", "X"),
            ],
            "GENKAN_* variables are set, but don't belong to the active identity",
        ),
    ] {
        let said = with(&env, variables, &["whoami"]);
        assert!(said.stdout.contains(words), "{variables:?}: {}", said.stdout);
    }
    let nope = with(&env, &[("AWS_PROFILE", "nope")], &["whoami"]);
    assert!(
        nope.stderr.contains("AWS_PROFILE names `nope`"),
        "{}",
        nope.stderr
    );
}

/// An environment whose `PATH` holds genkan, a shell and an AWS CLI that says this.
fn tooled(env: &mut TestEnv, aws: &str) {
    let bin = env.path("bin");
    std::fs::create_dir_all(&bin).unwrap();
    env.write("bin/aws", &format!("#!/bin/sh\n{aws}\n"));
    std::fs::set_permissions(bin.join("aws"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_genkan"), bin.join("genkan")).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.to_str().unwrap());
    env.environment.insert("PATH".into(), path);
}

const AWS_2: &str = "echo aws-cli/2.36.7 Python/3.13.1 Linux/6.1 exe/x86_64";

fn doctor(env: &TestEnv, variables: &[(&str, &str)], arguments: &[&str]) -> (CommandResult, Vec<Value>) {
    let mut all = vec!["doctor", "--format", "json"];
    all.extend(arguments);
    let result = with(env, variables, &all);
    let list = serde_json::from_str(&result.stdout).unwrap_or_else(|e| panic!("{e}: {}", result.stderr));
    (result, list)
}

/// What is worse than a note, as `severity check`.
fn bad(list: &[Value]) -> Vec<String> {
    list.iter()
        .filter(|f| f["severity"] != "ok" && f["severity"] != "note")
        .map(|f| {
            format!(
                "{} {}",
                f["severity"].as_str().unwrap(),
                f["check"].as_str().unwrap()
            )
        })
        .collect()
}

/// One line a finding, without the one about the terminal, which a test may or may not have.
fn told(env: &TestEnv, list: &[Value]) -> (insta::Settings, String) {
    let mut settings = settled(env);
    settings.add_filter(r"\(\d+ ms\)", "([some] ms)");
    settings.add_filter(r"genkan \d+\.\d+\.\d+", "genkan [version]");
    let mut text = String::new();
    for finding in list.iter().filter(|f| f["check"] != "terminal") {
        let word = |key: &str| finding[key].as_str().unwrap().to_owned();
        let (severity, topic) = (word("severity"), word("topic"));
        writeln!(text, "{severity} {topic}/{}: {}", word("check"), word("sentence")).unwrap();
        for step in finding["advice"].as_array().unwrap() {
            writeln!(text, "    {}", step.as_str().unwrap()).unwrap();
        }
    }
    (settings, text)
}

#[test]
fn doctor_passes_on_a_healthy_setup() {
    let mut env = TestEnv::new();
    tooled(&mut env, AWS_2);
    env.sign_in();
    let (result, list) = doctor(&env, &[], &[]);
    assert_eq!((result.code, bad(&list)), (Some(0), Vec::new()));
    let (settings, text) = told(&env, &list);
    settings.bind(|| {
        insta::assert_snapshot!("doctor healthy", text);
        insta::assert_snapshot!("doctor json", format!("{:#}", Value::Array(list[..2].to_vec())));
    });
    let text = env.run(&["doctor"]);
    assert_eq!(text.code, Some(0));
    assert!(text.stdout.ends_with("\nno problems found\n"), "{}", text.stdout);
    assert!(
        text.stdout.lines().all(|line| line.chars().count() <= 80),
        "{}",
        text.stdout
    );
    let before = env.sandbox.counts().connections;
    let (_, list) = doctor(&env, &[], &["--offline"]);
    assert_eq!(
        env.sandbox.counts().connections,
        before,
        "offline makes no network calls"
    );
    assert!(list.iter().any(|f| f["sentence"] == "skipped (--offline)"));
}

#[test]
fn doctor_reports_each_problem_with_a_fix() {
    let mut env = TestEnv::new();
    tooled(&mut env, "exit 1");
    env.sign_in();
    let config = env.read(".aws/config");
    env.write(
        ".aws/config",
        &format!(
            "{config}[profile a]\nsso_session = demo\nsso_region = us-east-1\nsso_account_id = 310660284419\n\
             [profile a]\nregion = x\n[b]\nregion = x\nnonsense\n"
        ),
    );
    env.write(".aws/sso/cache/other.json", "{");
    env.write(".aws/sso/cache/x.tmp-1", "");
    env.write(".config/genkan/config.toml", "thme = \"light\"\n");
    for (file, mode) in [(".aws/config", 0o666), (".aws/sso/cache/other.json", 0o644)] {
        std::fs::set_permissions(env.path(file), std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let variables = [
        ("HTTPS_PROXY", "http://"),
        ("NO_PROXY", "https://x"),
        ("AWS_PROFILE", "nope"),
        ("SHELL", "/no/such/shell"),
    ];
    let (result, list) = doctor(&env, &variables, &[]);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    let (settings, text) = told(&env, &list);
    settings.bind(|| insta::assert_snapshot!("doctor sick", text));
}

#[test]
fn doctor_checks_the_connection_to_aws() {
    let mut env = TestEnv::new();
    tooled(&mut env, AWS_2);
    env.sign_in();
    for (variables, expected) in [
        (
            &[("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:1")][..],
            &["problem reach"][..],
        ),
        (&[("AWS_CA_BUNDLE", "/dev/null")], &["problem trust"]),
        (&[("SSL_CERT_FILE", "/no/such.pem")], &["problem trust"]),
        (
            &[("HTTP_PROXY", "http://127.0.0.1:1"), ("NO_PROXY", "127.0.0.1")],
            &[],
        ),
        (
            &[("HTTP_PROXY", "http://me:canary@127.0.0.1:1")],
            &["problem reach", "problem reach"],
        ),
        (
            &[("AWS_USE_FIPS_ENDPOINT", "true")],
            &["problem endpoints", "problem reach", "problem reach"],
        ),
    ] {
        let (result, list) = doctor(&env, variables, &[]);
        assert_eq!(bad(&list), expected, "{variables:?}: {}", result.stdout);
        assert_eq!(
            result.code,
            Some(i32::from(!expected.is_empty())),
            "{variables:?}"
        );
        assert!(!result.stdout.contains("canary"), "{}", result.stdout);
        let advised = list.iter().filter(|f| f["severity"] == "problem");
        for finding in advised {
            assert!(!finding["advice"].as_array().unwrap().is_empty(), "{finding}");
        }
    }
}

#[test]
fn doctor_gives_up_on_a_tool_that_hangs() {
    let mut env = TestEnv::new();
    // In the shell's place: only what was started is ended.
    tooled(&mut env, "exec sleep 600");
    let (result, list) = doctor(&env, &[], &["--offline"]);
    assert_eq!(
        (result.code, bad(&list)),
        (Some(0), vec!["warning aws-cli".to_owned()])
    );
}

#[test]
fn doctor_reports_a_wrong_clock() {
    let mut env = TestEnv::with(|options| {
        options.clock =
            std::sync::Arc::new(|| genkan::platform::clock::now() + jiff::SignedDuration::from_hours(2));
    });
    tooled(&mut env, AWS_2);
    let (result, list) = doctor(&env, &[], &[]);
    assert_eq!(
        (result.code, bad(&list)),
        (Some(0), vec!["warning clock".to_owned()])
    );
    let clock = list.iter().find(|f| f["check"] == "clock").unwrap();
    assert!(
        clock["sentence"].as_str().unwrap().contains("behind AWS's"),
        "{clock}"
    );
}

/// A tool that hangs takes nothing with it: what it started is ended, too.
#[test]
fn doctor_ends_a_hanging_tool_with_its_children() {
    let mut env = TestEnv::new();
    tooled(&mut env, "sleep 600 &\necho $! > child\nwait");
    let (_, list) = doctor(&env, &[], &["--offline"]);
    assert!(
        bad(&list).contains(&"warning aws-cli".to_owned()),
        "{:?}",
        bad(&list)
    );
    let child = env.read("child");
    crate::support::wait::until("the child is gone", || {
        // A process that was not waited for yet has no command line.
        let line = std::fs::read(format!("/proc/{}/cmdline", child.trim()));
        line.is_ok_and(|line| line.is_empty()) || !std::path::Path::new("/proc").join(child.trim()).exists()
    });
}

/// A session that can't be used is named beside those that can.
#[test]
fn status_names_a_broken_session_beside_a_working_one() {
    let env = TestEnv::new();
    let config = env.read(".aws/config");
    env.write(
        ".aws/config",
        &format!("{config}[sso-session broken]\nsso_region = eu-west-1\n"),
    );
    for arguments in [&["status"][..], &["status", "--format", "json"]] {
        let said = env.run(arguments);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert!(said.stdout.contains("demo"), "{}", said.stdout);
        assert!(said.stderr.contains("broken"), "{}", said.stderr);
    }
    assert_eq!(env.run(&["status", "--session", "demo"]).stderr, "");
}

/// One portal in two spellings gives each target twice.
#[test]
fn doctor_names_two_sessions_of_one_portal() {
    let env = TestEnv::new();
    let again = env.sso_session("again").replace("/start", "/start/#");
    env.write(".aws/config", &format!("{}{again}", env.sso_session("demo")));
    let (_, list) = doctor(&env, &[], &["--offline"]);
    let said = list.iter().find(|f| f["check"] == "same-portal").expect("a note");
    assert_eq!(said["severity"], "note");
    assert!(
        said["sentence"]
            .as_str()
            .unwrap()
            .contains("`demo` and `again` are one access portal")
    );
    let (_, list) = doctor(&TestEnv::new(), &[], &["--offline"]);
    assert!(list.iter().all(|f| f["check"] != "same-portal"));
}
