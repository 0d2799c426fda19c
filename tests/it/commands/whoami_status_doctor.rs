//! `whoami` and `status`: what they say, in words and in the shapes that programs read.

use std::process::Command;

use serde_json::Value;

use crate::support::env::{ACCOUNT, TARGET, TestEnv, command_result};
use crate::support::furnished::{furnished, settled, with};
use crate::support::peers;
use crate::support::served_shell::ServedShell;

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
    assert_eq!(env.sandbox.counts().get_caller_identity, 1, "only --verify asks");
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
