//! What the user may write for a target: with several sessions, by a profile, in full or in short; and
//! the credentials file, which genkan may only add to.

use std::os::unix::fs::PermissionsExt;

use crate::support::env::{ACCOUNT, CommandResult, TARGET, TestEnv};

fn fails(result: &CommandResult, code: i32, words: &[&str]) {
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(code), ""),
        "{}",
        result.stderr
    );
    for word in words {
        assert!(result.stderr.contains(word), "{word}: {}", result.stderr);
    }
}

/// Where a command ran, and in which Region.
fn entered(env: &TestEnv, arguments: &[&str]) -> String {
    let mut all = vec!["exec"];
    all.extend(arguments);
    all.extend([
        "--",
        "sh",
        "-c",
        "echo $GENKAN_SESSION:$GENKAN_ACCOUNT_ID/$GENKAN_PERMISSION_SET $AWS_REGION",
    ]);
    env.output(&all).trim().to_owned()
}

/// An environment of one signed-in session `demo` among others.
fn among_others(others: &str) -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    let demo = env.sso_session("demo");
    env.write(".aws/config", &format!("{others}\n{demo}"));
    env
}

#[test]
fn signed_out_session_does_not_block_other_sessions() {
    let env = among_others(
        "[sso-session other]\nsso_start_url = https://other.awsapps.com/start\nsso_region = ap-northeast-1\n",
    );
    let there = format!("demo:{ACCOUNT}/AdministratorAccess ap-northeast-1");
    for text in [
        TARGET,
        "payments-dev/adm",
        &format!("{ACCOUNT}/AdministratorAccess"),
        &format!("demo:{TARGET}"),
    ] {
        assert_eq!(entered(&env, &[text]), there, "{text}");
    }
    // Without a catalog the signed-in one is asked, and the other only where that doesn't know.
    std::fs::remove_dir_all(env.path(".cache/genkan/catalog")).unwrap();
    assert_eq!(entered(&env, &[TARGET]), there);
    std::fs::remove_dir_all(env.path(".cache/genkan/catalog")).unwrap();
    fails(
        &env.run(&["export", "payments-dev/nonsense"]),
        1,
        &[
            "target `payments-dev/nonsense` not found",
            "did you mean `payments-dev/",
            "some SSO sessions were not searched: sign-in is required for SSO session `other`",
        ],
    );
    fails(
        &env.run(&["export", &format!("other:{TARGET}")]),
        3,
        &["SSO session `other`"],
    );
    // An account that is named in full is never taken for one that is only like it.
    fails(
        &env.run(&["export", "payments-dev/BillingReadOnly"]),
        1,
        &["not found"],
    );
}

#[test]
fn two_sessions_of_one_portal_resolve_to_the_signed_in_one() {
    let env = TestEnv::new();
    let start_url = env.sandbox.start_url();
    let demo = env.sso_session("demo");
    env.write(
        ".aws/config",
        &format!("[profile old]\nsso_start_url = {start_url}/#/\nsso_region = ap-northeast-1\n[profile older]\nsso_start_url = {start_url}\nsso_region = ap-northeast-1\n{demo}"),
    );
    let sessions: Vec<String> = ["old", "demo"].map(str::to_owned).into();
    env.output(&["login", "old", "--no-browser"]);
    env.output(&["list", "--session", "old"]);
    assert_eq!(entered(&env, &[TARGET]).split(':').next(), Some("old"));
    env.output(&["login", "demo", "--no-browser"]);
    env.output(&["list", "--session", "demo"]);
    assert_eq!(
        entered(&env, &[TARGET]).split(':').next(),
        Some("demo"),
        "a section before a profile"
    );
    for session in sessions {
        assert_eq!(
            entered(&env, &[&format!("{session}:{TARGET}")]).split(':').next(),
            Some(session.as_str())
        );
    }
    fails(
        &env.run(&["login", "older", "--no-browser"]),
        1,
        &["SSO session `older` not found", "demo, old"],
    );
    // Two sections of one portal may be two people.
    let twin = env.sso_session("twin");
    env.write(".aws/config", &format!("{demo}{twin}"));
    env.output(&["login", "twin", "--no-browser"]);
    env.output(&["list", "--session", "twin"]);
    fails(
        &env.run(&["export", TARGET]),
        1,
        &["is ambiguous", &format!("twin:{ACCOUNT}/AdministratorAccess")],
    );
}

#[test]
fn profile_names_a_target() {
    let mut env = TestEnv::new();
    env.sign_in();
    let start_url = env.sandbox.start_url();
    let demo = env.sso_session("demo");
    let config = format!(
        "{demo}\n[profile new]\nsso_session = demo\nsso_account_id = {ACCOUNT}\nsso_role_name = AdministratorAccess\n\
         region = eu-west-3\n[profile old]\nsso_start_url = {start_url}/\nsso_region = ap-northeast-1\n\
         sso_account_id = {ACCOUNT}\nsso_role_name = PowerUserAccess\n[profile process]\n\
         credential_process = '/x y/genkan' credential-process demo:{ACCOUNT}/PowerUserAccess\n\
         [profile half]\nsso_session = demo\n[profile gone]\nsso_session = gone\nsso_account_id = {ACCOUNT}\n\
         sso_role_name = X\n[profile plain]\nregion = x\n[profile role]\nrole_arn = arn:aws:iam::111122223333:role/r\n\
         credential_source = Environment\n[profile other]\ncredential_process = aws-vault export x\n"
    );
    env.write(".aws/config", &config);
    env.environment.remove("AWS_REGION");
    env.environment.remove("AWS_DEFAULT_REGION");
    let there = format!("demo:{ACCOUNT}/AdministratorAccess");
    assert_eq!(entered(&env, &["--profile", "new"]), format!("{there} eu-west-3"));
    assert_eq!(
        entered(&env, &["--profile", "process"]),
        format!("demo:{ACCOUNT}/PowerUserAccess ap-northeast-1")
    );
    env.output(&["login", "old", "--no-browser"]);
    assert_eq!(
        entered(&env, &["--profile", "old"]),
        format!("old:{ACCOUNT}/PowerUserAccess ap-northeast-1")
    );
    let export = env.output(&["export", "--profile", "new", "--format", "dotenv"]);
    assert!(export.contains("AWS_REGION='eu-west-3'"), "{export}");
    let console = env.output(&["console", "--profile", "new", "--print", "--via", "portal"]);
    assert!(
        console.contains("role_name=AdministratorAccess") && console.contains("eu-west-3"),
        "{console}"
    );
    let process = env.output(&["credential-process", "--profile", "new"]);
    assert!(process.contains(ACCOUNT) && process.contains("ASIA"), "{process}");
    for (name, code, words) in [
        ("nwe", 1, "did you mean `new`"),
        ("half", 1, "`sso_account_id` or `sso_role_name` is missing"),
        ("gone", 1, "SSO session `gone` not found"),
        (
            "plain",
            1,
            "profile `plain` has no target: it has no SSO settings",
        ),
        (
            "role",
            1,
            "AWS_ACCESS_KEY_ID is not set, which `credential_source = Environment` reads",
        ),
        ("other", 1, "it gets credentials from another program"),
    ] {
        fails(&env.run(&["export", "--profile", name]), code, &[words, "hint: "]);
        fails(
            &env.run(&["credential-process", "--profile", name]),
            code,
            &[words],
        );
    }
    fails(
        &env.run(&["export", TARGET, "--profile", "new"]),
        2,
        &["cannot be used with"],
    );
    fails(&env.run(&["credential-process"]), 2, &["TARGET"]);
    env.environment.insert("AWS_REGION".into(), "us-west-2".into());
    assert_eq!(
        entered(&env, &["--profile", "new"]),
        format!("{there} us-west-2"),
        "as the AWS CLI has it"
    );
}

#[test]
fn start_url_with_a_region_needs_no_region() {
    let env = TestEnv::with(|options| options.region = "eu-central-1".into());
    env.write(
        ".aws/config",
        "[sso-session new]\nsso_start_url = https://ssoins-1.portal.eu-central-1.app.aws\n",
    );
    let result = env.run(&["list"]);
    fails(&result, 3, &["sign-in is required for SSO session `new`"]);
    env.write(
        ".aws/config",
        "[sso-session new]\nsso_start_url = https://identitycenter.amazonaws.com/ssoins-1\n",
    );
    fails(
        &env.run(&["list"]),
        1,
        &["missing or incomplete SSO session `new`: `sso_region` is missing"],
    );
}

#[test]
fn credentials_file_export_uses_its_own_section() {
    let env = TestEnv::new();
    env.sign_in();
    let write = |name: &str| {
        env.run(&[
            "export",
            TARGET,
            "--format",
            "credentials-file",
            "--as",
            name,
            "--write",
        ])
    };
    let first = write("payments");
    assert_eq!(
        (first.code, first.stdout.as_str()),
        (Some(0), ""),
        "{}",
        first.stderr
    );
    assert!(
        first
            .stderr
            .contains("wrote credentials to [payments] in ~/.aws/credentials (expire in "),
        "{}",
        first.stderr
    );
    let path = env.path(".aws/credentials");
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    let own = env.read(".aws/credentials");
    assert!(
        own.starts_with("[payments]\n# written by genkan; expires 20")
            && own.contains("\naws_session_token = ")
    );
    let theirs = "; mine\r\n[default]\r\naws_access_key_id = AKIAMINE\r\naws_secret_access_key=SECRET ; x\r\n\r\n[odd one]\r\nx\r\n";
    let last = "[last]\r\naws_access_key_id = AKIALAST";
    env.write(
        ".aws/credentials",
        &format!("{theirs}[payments]\r\nregion = x\r\n{last}"),
    );
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    assert_eq!(write("payments").code, Some(0));
    let text = env.read(".aws/credentials");
    let inner = text.strip_prefix(theirs).unwrap().strip_suffix(last).unwrap();
    assert!(
        inner.starts_with("[payments]\r\n# written by genkan; expires ")
            && inner.ends_with("\r\nregion = x\r\n")
    );
    assert_eq!(mode(), 0o600, "it was open to others");
    assert_eq!(
        env.read(".aws/credentials.genkan-backup"),
        format!("{theirs}[payments]\r\nregion = x\r\n{last}")
    );
    // Again: one section, the same place.
    env.write(
        ".aws/credentials",
        &text.replace(
            "aws_session_token = ",
            "AWS_Security_Token = old\r\naws_session_token = ",
        ),
    );
    assert_eq!(write("payments").code, Some(0));
    let again = env.read(".aws/credentials");
    assert_eq!(again, text, "the same credentials came from the cache");
    for name in ["default", "last"] {
        fails(
            &write(name),
            1,
            &["has credentials that genkan didn't write", "choose another name"],
        );
        assert_eq!(env.read(".aws/credentials"), text);
    }
    env.write(".aws/credentials", "[payments]\n[payments]\n");
    fails(
        &write("payments"),
        1,
        &["it has `[payments]` twice", "fix it in an editor"],
    );
    env.write(".aws/credentials", "# none\n");
    assert_eq!(write("default").code, Some(0), "asked for by name");
    assert!(
        env.read(".aws/credentials")
            .starts_with("# none\n\n[default]\n# written by genkan")
    );
    fails(
        &env.run(&["export", TARGET, "--as", "x", "--write"]),
        2,
        &["can't be written to a file"],
    );
    fails(
        &env.run(&["export", TARGET, "--format", "credentials-file", "--write"]),
        2,
        &["--as"],
    );
}

#[test]
fn config_file_endpoints_work_in_both_spellings() {
    for (profile, spelling) in [
        ("default", "sso_oidc"),
        ("profile x", "sso-oidc"),
        ("profile y", "sso_oidc"),
        ("profile z", ""),
    ] {
        let mut env = TestEnv::new();
        let url = env.sandbox.url();
        env.environment
            .retain(|name, _| !name.starts_with("AWS_ENDPOINT_URL"));
        let endpoints = if spelling.is_empty() {
            format!("endpoint_url = {url}\n")
        } else {
            format!(
                "services = here\n[services here]\nsso =\n  endpoint_url = {url}\n{spelling} =\n  endpoint_url = {url}\n"
            )
        };
        let demo = env.sso_session("demo");
        env.write(".aws/config", &format!("{demo}[{profile}]\n{endpoints}"));
        if let Some(name) = profile.strip_prefix("profile ") {
            env.environment.insert("AWS_PROFILE".into(), name.into());
        }
        env.sign_in();
        assert_eq!(
            env.output(&["list", "--format", "plain"]).lines().count(),
            100,
            "{profile} {spelling}"
        );
    }
}

/// A portal session that ended elsewhere while its access token looks good: what was refused is not
/// taken for a sign-in again.
#[test]
fn sign_in_that_ended_elsewhere_is_started_again() {
    let env = TestEnv::new();
    env.sign_in();
    let export = ["export", "payments-prod/AdministratorAccess"];
    env.sandbox.control().end_portal_sessions();
    let result = env.run(&export);
    assert_eq!(result.code, Some(3), "{}", result.stderr);
    assert!(
        result.stderr.contains("has ended (detected "),
        "{}",
        result.stderr
    );
    let status = env.output(&["status"]);
    assert!(
        status.contains("expired") && !status.contains("signed in"),
        "{status}"
    );
    env.sign_in();
    env.output(&export);
    assert!(env.output(&["status"]).contains("signed in"));
}
