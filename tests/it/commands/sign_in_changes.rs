//! Role credentials belong to the sign-in that they came from, whichever tool signs in, out, or refreshes.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::support::env::{ACCOUNT, ADMINISTRATOR, TestEnv};
use crate::support::peers;
use crate::support::served_shell::ServedShell;
use crate::support::text::files_below;
use crate::support::tokens::{TOKEN_FILE, edit_token, other_sign_in};

fn signed_in() -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    env
}

/// The access key that `credential-process` gives.
fn given(env: &TestEnv) -> Value {
    let text = env.output(&["credential-process", ADMINISTRATOR]);
    serde_json::from_str::<Value>(&text).unwrap()["AccessKeyId"].clone()
}

fn issued(env: &TestEnv) -> u64 {
    env.sandbox.counts().get_role_credentials
}

/// The files of cached role credentials, with what is in them.
fn cached(env: &TestEnv) -> Vec<String> {
    let files: Vec<PathBuf> = files_below(&env.path(".cache/genkan/credentials"));
    files
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

/// Ways in which tools put another sign-in's tokens into place.
#[test]
fn another_sign_in_invalidates_cached_credentials() {
    type Replace = fn(&TestEnv, &str);
    let ways: [(&str, Replace); 5] = [
        ("in place", |env, text| env.write(TOKEN_FILE, text)),
        ("removed and written", |env, text| {
            std::fs::remove_file(env.path(TOKEN_FILE)).unwrap();
            env.write(TOKEN_FILE, text);
        }),
        ("renamed over", |env, text| {
            env.write("new", text);
            std::fs::rename(env.path("new"), env.path(TOKEN_FILE)).unwrap();
        }),
        ("with fields of other tools", |env, text| {
            let mut theirs: Value = serde_json::from_str(text).unwrap();
            theirs["receivedAt"] = "2026-01-01T00:00:00Z".into();
            env.write(TOKEN_FILE, &theirs.to_string());
        }),
        ("with all of the old fields but one", |env, text| {
            let theirs: Value = serde_json::from_str(text).unwrap();
            edit_token(env, |token| {
                token["accessToken"] = theirs["accessToken"].clone();
            });
        }),
    ];
    let env = signed_in();
    let mut first = given(&env);
    for (way, replace) in ways {
        assert_eq!(given(&env), first, "{way}: cached");
        replace(&env, &other_sign_in(&env));
        let before = issued(&env);
        let second = given(&env);
        assert_ne!(second, first, "{way}");
        assert_eq!(issued(&env), before + 1, "{way}");
        let files = cached(&env);
        assert!(
            !files.iter().any(|text| text.contains(first.as_str().unwrap())),
            "{way}: the old ones are deleted"
        );
        first = second;
    }
}

/// What was cached of unused targets is deleted, too; after a sign-out, at the next read.
#[test]
fn all_cached_credentials_are_deleted_with_their_sign_in() {
    let env = signed_in();
    given(&env);
    env.output(&["credential-process", "310660284419/PowerUserAccess"]);
    assert_eq!(cached(&env).len(), 2);
    let theirs = other_sign_in(&env);
    env.write(TOKEN_FILE, &theirs);
    given(&env);
    assert_eq!(cached(&env).len(), 1, "only the new sign-in's");
    std::fs::remove_file(env.path(TOKEN_FILE)).unwrap();
    assert_eq!(env.run(&["credential-process", ADMINISTRATOR]).code, Some(3));
    assert!(cached(&env).is_empty());
    env.write(TOKEN_FILE, &theirs);
    env.output(&["status"]);
    assert!(!env.output(&["status"]).contains("credentials"));
}

/// A refresh of genkan's own is the same sign-in.
#[test]
fn own_refresh_keeps_cached_credentials() {
    let env = signed_in();
    let first = given(&env);
    for _ in 0..6 {
        edit_token(&env, |token| token["expiresAt"] = "2020-01-01T00:00:00Z".into());
        env.output(&["list", "--refresh"]);
        assert_eq!(given(&env), first);
    }
    assert_eq!((issued(&env), env.sandbox.counts().refresh_token.issued), (1, 6));
}

/// `aws sso logout`, and a sign-in by another tool, while a shell runs.
#[test]
fn running_shell_follows_the_sign_in_of_another_tool() {
    let Some(venv) = peers::python() else { return };
    let python = |env: &TestEnv, script: PathBuf, arguments: &[&str]| {
        let mut command = Command::new(venv.join("bin/python"));
        command.arg(script).args(arguments);
        let output = command.env_clear().envs(&env.environment).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let logout = peers::script("sso_logout.py", include_str!("../../peers/sso_logout.py"));
    let sign_in = peers::script("sign_in.py", include_str!("../../peers/sign_in.py"));
    let env = signed_in();
    let first = given(&env);
    let mut shell = ServedShell::enter(&env);
    let endpoint = shell.endpoint();
    assert_eq!(endpoint.get().json()["AccessKeyId"], first);
    let start_url = env.sandbox.start_url();
    let arguments = ["demo", start_url.as_str(), "ap-northeast-1"];
    for asked_between in [true, false] {
        let before = endpoint.get().json()["AccessKeyId"].clone();
        python(&env, logout.clone(), &[]);
        if asked_between {
            assert_eq!(endpoint.get().status, 403);
            assert_eq!(env.run(&["credential-process", ADMINISTRATOR]).code, Some(3));
        }
        python(&env, sign_in.clone(), &arguments);
        let after = endpoint.get().json()["AccessKeyId"].clone();
        assert!(after.is_string() && after != before, "{after}");
        let process = given(&env);
        assert!(process != before && process != first);
    }
    shell.leave();
}

/// botocore refreshes the same file on its own, which can't be told from another sign-in: one request.
#[test]
fn refresh_by_botocore_costs_one_request() {
    let Some(venv) = peers::python() else { return };
    let env = signed_in();
    env.write(
        ".aws/config",
        &format!(
            "{}\n[profile p]\nsso_session = demo\nsso_account_id = {ACCOUNT}\n\
             sso_role_name = AdministratorAccess\nregion = ap-northeast-1\n",
            env.sso_session("demo")
        ),
    );
    let first = given(&env);
    edit_token(&env, |token| token["expiresAt"] = "2020-01-01T00:00:00Z".into());
    let script = peers::script("identity.py", include_str!("../../peers/identity.py"));
    let mut boto3 = Command::new(venv.join("bin/python"));
    boto3.arg(script).arg("p").env_clear().envs(&env.environment);
    assert!(boto3.output().unwrap().status.success());
    assert_eq!(env.sandbox.counts().refresh_token.issued, 1, "by botocore");
    let before = issued(&env);
    let second = given(&env);
    assert_ne!(second, first);
    assert_eq!(given(&env), second);
    assert_eq!(issued(&env), before + 1);
}
