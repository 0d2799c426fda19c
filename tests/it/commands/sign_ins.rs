//! Role credentials belong to the sign-in that they came from, whichever tool signs in, out, or refreshes.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::commands::endpoint::Shell;
use crate::robustness::storms::{ADMINISTRATOR, TOKEN_FILE, edit_token, kept};
use crate::support::env::{ACCOUNT, House};
use crate::support::peers;

fn signed_in() -> House {
    let house = House::new();
    house.sign_in();
    house
}

/// The access key that `credential-process` gives.
fn given(house: &House) -> Value {
    let text = house.output(&["credential-process", ADMINISTRATOR]);
    serde_json::from_str::<Value>(&text).unwrap()["AccessKeyId"].clone()
}

fn vended(house: &House) -> u64 {
    house.sandbox.counts().get_role_credentials
}

/// The files of cached role credentials, with what is in them.
fn cached(house: &House) -> Vec<String> {
    let files: Vec<PathBuf> = kept(&house.path(".cache/genkan/credentials"));
    files
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

/// The token file of another sign-in to the same session, made in another home.
fn other_sign_in(house: &House) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut login = house.command(&["login", "--no-browser"]);
    let config = house.path(".aws/config");
    let output = login
        .env("HOME", home.path())
        .env("AWS_CONFIG_FILE", config)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::read_to_string(home.path().join(TOKEN_FILE)).unwrap()
}

/// Ways in which tools put another sign-in's tokens into place.
#[test]
fn after_another_sign_in_nothing_old_is_given_out() {
    type Replace = fn(&House, &str);
    let ways: [(&str, Replace); 5] = [
        ("in place", |house, text| house.write(TOKEN_FILE, text)),
        ("removed and written", |house, text| {
            std::fs::remove_file(house.path(TOKEN_FILE)).unwrap();
            house.write(TOKEN_FILE, text);
        }),
        ("renamed over", |house, text| {
            house.write("new", text);
            std::fs::rename(house.path("new"), house.path(TOKEN_FILE)).unwrap();
        }),
        ("with fields of other tools", |house, text| {
            let mut theirs: Value = serde_json::from_str(text).unwrap();
            theirs["receivedAt"] = "2026-01-01T00:00:00Z".into();
            house.write(TOKEN_FILE, &theirs.to_string());
        }),
        ("with all of the old fields but one", |house, text| {
            let theirs: Value = serde_json::from_str(text).unwrap();
            edit_token(house, |token| {
                token["accessToken"] = theirs["accessToken"].clone();
            });
        }),
    ];
    let house = signed_in();
    let mut first = given(&house);
    for (way, replace) in ways {
        assert_eq!(given(&house), first, "{way}: cached");
        replace(&house, &other_sign_in(&house));
        let before = vended(&house);
        let second = given(&house);
        assert_ne!(second, first, "{way}");
        assert_eq!(vended(&house), before + 1, "{way}");
        let files = cached(&house);
        assert!(
            !files.iter().any(|text| text.contains(first.as_str().unwrap())),
            "{way}: the old ones are deleted"
        );
        first = second;
    }
}

/// What was cached of targets that nobody asks for again goes, too; and with a sign-out at the first look.
#[test]
fn all_that_a_sign_in_brought_is_deleted_with_it() {
    let house = signed_in();
    given(&house);
    house.output(&["credential-process", "310660284419/PowerUserAccess"]);
    assert_eq!(cached(&house).len(), 2);
    let theirs = other_sign_in(&house);
    house.write(TOKEN_FILE, &theirs);
    given(&house);
    assert_eq!(cached(&house).len(), 1, "only the new sign-in's");
    std::fs::remove_file(house.path(TOKEN_FILE)).unwrap();
    assert_eq!(house.run(&["credential-process", ADMINISTRATOR]).code, Some(3));
    assert!(cached(&house).is_empty());
    house.write(TOKEN_FILE, &theirs);
    house.output(&["status"]);
    assert!(!house.output(&["status"]).contains("credentials"));
}

/// A refresh of genkan's own is the same sign-in.
#[test]
fn an_own_refresh_keeps_what_is_cached() {
    let house = signed_in();
    let first = given(&house);
    for _ in 0..6 {
        edit_token(&house, |token| token["expiresAt"] = "2020-01-01T00:00:00Z".into());
        house.output(&["list", "--refresh"]);
        assert_eq!(given(&house), first);
    }
    assert_eq!(
        (vended(&house), house.sandbox.counts().refresh_token.issued),
        (1, 6)
    );
}

/// `aws sso logout`, and a sign-in by another tool, while a shell runs.
#[test]
fn a_running_shell_follows_the_sign_in_of_another_tool() {
    let Some(venv) = peers::python() else { return };
    let python = |house: &House, script: PathBuf, arguments: &[&str]| {
        let mut command = Command::new(venv.join("bin/python"));
        command.arg(script).args(arguments);
        let output = command.env_clear().envs(&house.environment).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let logout = peers::script("sso_logout.py", include_str!("../../peers/sso_logout.py"));
    let sign_in = peers::script("sign_in.py", include_str!("../../peers/sign_in.py"));
    let house = signed_in();
    let first = given(&house);
    let mut shell = Shell::enter(&house);
    let endpoint = shell.endpoint();
    assert_eq!(endpoint.get().json()["AccessKeyId"], first);
    let start_url = house.sandbox.start_url();
    let arguments = ["demo", start_url.as_str(), "ap-northeast-1"];
    for asked_between in [true, false] {
        let before = endpoint.get().json()["AccessKeyId"].clone();
        python(&house, logout.clone(), &[]);
        if asked_between {
            assert_eq!(endpoint.get().status, 403);
            assert_eq!(house.run(&["credential-process", ADMINISTRATOR]).code, Some(3));
        }
        python(&house, sign_in.clone(), &arguments);
        let after = endpoint.get().json()["AccessKeyId"].clone();
        assert!(after.is_string() && after != before, "{after}");
        let process = given(&house);
        assert!(process != before && process != first);
    }
    shell.leave();
}

/// botocore refreshes the same file on its own, which nobody can tell from another sign-in: one request.
#[test]
fn a_refresh_of_botocore_costs_one_request() {
    let Some(venv) = peers::python() else { return };
    let house = signed_in();
    house.write(
        ".aws/config",
        &format!(
            "{}\n[profile p]\nsso_session = demo\nsso_account_id = {ACCOUNT}\n\
             sso_role_name = AdministratorAccess\nregion = ap-northeast-1\n",
            house.sso_session("demo")
        ),
    );
    let first = given(&house);
    edit_token(&house, |token| token["expiresAt"] = "2020-01-01T00:00:00Z".into());
    let script = peers::script("identity.py", include_str!("../../peers/identity.py"));
    let mut boto3 = Command::new(venv.join("bin/python"));
    boto3.arg(script).arg("p").env_clear().envs(&house.environment);
    assert!(boto3.output().unwrap().status.success());
    assert_eq!(house.sandbox.counts().refresh_token.issued, 1, "by botocore");
    let before = vended(&house);
    let second = given(&house);
    assert_ne!(second, first);
    assert_eq!(given(&house), second);
    assert_eq!(vended(&house), before + 1);
}
