//! Where profiles are written: links, several writers, several sessions, the legacy form, files that botocore refuses.

use std::process::Stdio;

use crate::support::env::{ACCOUNT, TestEnv, wait_for_result};
use crate::support::profiles::{NAME, add_to_block, gone, list, signed_in};

#[test]
fn symlink_and_aws_config_file_are_followed() {
    let mut env = signed_in();
    let config = env.read(".aws/config");
    env.write("dotfiles/aws", &config);
    std::fs::remove_file(env.path(".aws/config")).unwrap();
    std::os::unix::fs::symlink(env.path("dotfiles/aws"), env.path(".aws/config")).unwrap();
    env.output(&["profiles", "--write"]);
    assert!(env.path(".aws/config").is_symlink());
    assert!(env.read("dotfiles/aws").contains(NAME));
    env.write("else where/c", &config);
    let place = env.path("else where/c").to_str().unwrap().to_owned();
    env.environment.insert("AWS_CONFIG_FILE".into(), place);
    env.output(&["profiles", "--write"]);
    assert!(env.read("else where/c").contains(NAME));
}

#[test]
fn concurrent_writers_give_one_valid_block() {
    let env = signed_in();
    env.output(&["list"]);
    let before = env.read(".aws/config");
    let queries = ["payments", "checkout", "data", "ci", "readonly", "admin"];
    let children: Vec<_> = queries
        .iter()
        .map(|query| {
            let mut command = env.command(&["profiles", "--write", "--query", query]);
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let result = wait_for_result(child);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
    }
    let together = env.read(".aws/config");
    env.write(".aws/config", &before);
    for query in queries {
        env.output(&["profiles", "--write", "--query", query]);
    }
    assert_eq!(env.read(".aws/config"), together);
}

#[test]
fn sessions_share_a_file_while_one_is_signed_out() {
    let env = signed_in();
    let other = env
        .sso_session("demo")
        .replace("demo", "other")
        .replace("genkan-sandbox", "elsewhere");
    let start_url = env.sandbox.start_url();
    let config = format!(
        "{}{other}[profile old]\nsso_start_url = {start_url}/\nsso_region = ap-northeast-1\n",
        env.sso_session("demo")
    );
    env.write(".aws/config", &config);
    let result = env.run(&["profiles", "--write"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result.stderr.contains("note: skipped other: sign-in is required"),
        "{}",
        result.stderr
    );
    assert!(
        !result.stderr.contains("old"),
        "the same portal by another name: {}",
        result.stderr
    );
    // A session that was removed has no profiles; one that isn't signed in keeps them.
    add_to_block(
        &env,
        &(gone("a", ACCOUNT).replace("demo", "other") + &gone("b", ACCOUNT).replace("demo", "removed")),
    );
    env.output(&["profiles", "--write", "--prune", "--session", "demo"]);
    assert!(env.read(".aws/config").contains("[profile b]"));
    env.output(&["profiles", "--write", "--prune", "--yes"]);
    let text = env.read(".aws/config");
    assert!(text.contains("[profile a]") && !text.contains("[profile b]"));
    let only = env.run(&["profiles", "--session", "other"]);
    assert_eq!(
        (only.code, only.stdout.as_str()),
        (Some(3), ""),
        "{}",
        only.stderr
    );
}

#[test]
fn legacy_session_gives_legacy_profiles() {
    let env = TestEnv::new();
    let start_url = env.sandbox.start_url();
    let config = format!(
        "[profile old]\nsso_start_url = {start_url}\nsso_region = ap-northeast-1\nsso_account_id = {ACCOUNT}\n\
         sso_role_name = AdministratorAccess\n"
    );
    env.write(".aws/config", &config);
    env.sign_in();
    env.output(&["profiles", "--write"]);
    let text = env.read(".aws/config");
    assert!(
        text.contains(&format!(
            "[profile {NAME}]\nsso_start_url = {start_url}\nsso_region = ap-northeast-1\nsso_account_id = {ACCOUNT}\n"
        )),
        "{text}"
    );
    assert!(!text.contains("sso_session"));
    assert_eq!(
        list(&env, &[])[0]["session"],
        "old",
        "the session is not renamed by our profiles"
    );
}

/// What was written is of no use to tools that refuse the file, which was so before.
#[test]
fn file_that_botocore_refuses_is_reported_after_the_write() {
    for broken in ["\u{feff}", "[profile x]\nregion = a\n[profile x]\nregion = b\n"] {
        let env = TestEnv::new();
        env.sign_in();
        let config = env.read(".aws/config");
        env.write(".aws/config", &format!("{broken}{config}"));
        let result = env.run(&["profiles", "--write"]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        assert!(
            result
                .stderr
                .contains("the AWS CLI and boto3 can't read this file"),
            "{}",
            result.stderr
        );
    }
}
