//! `doctor`: what it finds, in words and in the shape that programs read.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::env::{CommandResult, TestEnv};
use crate::support::furnished::{settled, with};

/// An environment whose `PATH` holds genkan, a shell and an AWS CLI that says this.
fn tooled(env: &mut TestEnv, aws: &str) {
    let bin = env.path("bin");
    env.write_program("bin/aws", &format!("#!/bin/sh\n{aws}\n"));
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

/// One line a finding, without those about the terminal and installed browsers, which a test may or may not have.
fn told(env: &TestEnv, list: &[Value]) -> (insta::Settings, String) {
    let mut settings = settled(env);
    settings.add_filter(r"\(\d+ ms\)", "([some] ms)");
    settings.add_filter(r"genkan \d+\.\d+\.\d+", "genkan [version]");
    let mut text = String::new();
    let is_machines = |f: &&Value| f["check"] == "terminal" || f["check"] == "browsers";
    for finding in list.iter().filter(|f| !is_machines(f)) {
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
        options.clock = std::sync::Arc::new(|| {
            genkan::platform::clock::current_time() + jiff::SignedDuration::from_hours(2)
        });
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
