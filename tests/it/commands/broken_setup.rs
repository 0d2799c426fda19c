//! Files and answers that are not as they should be, one at a time: each is named, and nothing else fails.

use genkan::sandbox::{Fault, Operation};

use crate::support::env::{ACCOUNT, TARGET, TestEnv, fails};

#[test]
fn wrong_start_url_is_reported() {
    let env = TestEnv::new();
    let config = env.read(".aws/config").replace("genkan-sandbox", "elsewhere");
    env.write(".aws/config", &config);
    fails(
        &env.run(&["login", "--no-browser"]),
        1,
        "Identity Center rejected the request",
        "check the start URL",
    );
    assert_eq!(env.read(".aws/config"), config);
}

#[test]
fn missing_network_is_reported() {
    let mut env = TestEnv::new();
    env.sign_in();
    env.environment
        .insert("AWS_ENDPOINT_URL_SSO".into(), "http://127.0.0.1:9".into());
    fails(
        &env.run(&["list", "--refresh"]),
        1,
        "could not reach the AWS access portal",
        "check the network",
    );
}

#[test]
fn malformed_token_file_is_moved_aside() {
    let env = TestEnv::new();
    env.sign_in();
    let token = env.path(".aws/sso/cache/89e495e7941cf9e40e6980d14a16bf023ccd4c91.json");
    std::fs::write(&token, "{\"accessToken\": \"half").unwrap();
    // Another tool may still be writing it: it stays where it is, and no copy is made.
    let result = env.run(&["list", "--refresh"]);
    fails(&result, 3, "sign-in is required", "genkan login");
    assert!(result.stderr.contains("may be writing it"), "{}", result.stderr);
    // Nothing has written it for an hour.
    let rested = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    let file = std::fs::File::options().write(true).open(&token).unwrap();
    file.set_modified(rested).unwrap();
    let result = env.run(&["list", "--refresh"]);
    fails(&result, 3, "sign-in is required", "genkan login");
    assert!(result.stderr.contains("copied to"), "{}", result.stderr);
    let aside = token.with_file_name("89e495e7941cf9e40e6980d14a16bf023ccd4c91.json.broken-1");
    assert_eq!(
        std::fs::read_to_string(aside).unwrap(),
        "{\"accessToken\": \"half"
    );
    env.sign_in();
}

#[test]
fn malformed_config_is_reported_and_unchanged() {
    let env = TestEnv::new();
    let broken = "[sso-session demo\nsso_start_url\n\0\u{fffd}\n";
    env.write(".aws/config", broken);
    let result = env.run(&["list"]);
    fails(
        &result,
        1,
        "no SSO session is configured",
        "line 1: neither a section nor a setting",
    );
    assert_eq!(env.read(".aws/config"), broken);
    env.write(
        ".aws/config",
        "[sso-session demo]\nsso_start_url = ftp://x\nsso_region = eu-central-1\n",
    );
    fails(
        &env.run(&["list"]),
        1,
        "missing or incomplete SSO session `demo`: a start URL must start with https://",
        "correct the section in `~/.aws/config`, line 1",
    );
}

#[test]
fn typo_in_preferences_is_named_and_other_keys_apply() {
    let env = TestEnv::new();
    env.write(
        ".config/genkan/config.toml",
        "session = \"gone\"\nkyes = \"vim\"\n",
    );
    // The other setting counts.
    let result = env.run(&["login", "--no-browser"]);
    assert!(
        result.stderr.contains("SSO session `gone` not found"),
        "{}",
        result.stderr
    );
    let result = env.run(&["logout", "demo"]);
    assert_eq!(result.code, Some(0));
    assert!(
        result
            .stderr
            .contains("line 2: unknown setting `kyes`; did you mean `keys`?"),
        "{}",
        result.stderr
    );
}

/// Root may write anywhere: the folder is a file instead, which can't be written into.
#[test]
fn commands_work_in_a_home_that_cannot_be_written() {
    let env = TestEnv::new();
    env.write(".aws/sso", "in the way");
    env.write(".cache", "in the way");
    env.write(".local", "in the way");
    let login = env.run(&["login", "--no-browser"]);
    assert_eq!(login.code, Some(1), "{}", login.stderr);
    assert!(
        login.stderr.contains("error: ") && login.stderr.contains("hint: "),
        "{}",
        login.stderr
    );
    assert_eq!(env.read(".aws/sso"), "in the way");
}

#[test]
fn one_failed_account_does_not_stop_the_others() {
    let env = TestEnv::new();
    env.sign_in();
    env.sandbox.control().fail_account(ACCOUNT, Fault::Forbidden);
    let result = env.run(&["list", "--format", "plain"]);
    assert_eq!(result.code, Some(0));
    assert_eq!(
        result.stdout.lines().count(),
        98,
        "two permission sets are missing"
    );
    assert!(
        result
            .stderr
            .contains("note: payments-dev (310660284419) failed to load"),
        "{}",
        result.stderr
    );
    env.sandbox.control().heal_account(ACCOUNT);
    assert_eq!(
        env.output(&["list", "--refresh", "--format", "plain"])
            .lines()
            .count(),
        100
    );
}

#[test]
fn removed_assignment_is_reported() {
    let env = TestEnv::new();
    env.sign_in();
    env.sandbox
        .control()
        .revoke_assignment(ACCOUNT, "AdministratorAccess");
    let result = env.run(&["export", TARGET]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), ""));
    assert!(result.stderr.contains("hint: "), "{}", result.stderr);
}

#[test]
fn expired_token_is_refreshed_silently() {
    let env = TestEnv::new();
    env.sign_in();
    env.sandbox.control().revoke_access_tokens();
    let result = env.run(&["list", "--refresh"]);
    assert_eq!((result.code, result.stderr.as_str()), (Some(0), ""));
    assert_eq!(env.sandbox.counts().refresh_token.issued, 1);
    env.sandbox.control().end_portal_sessions();
    let result = env.run(&["list", "--refresh"]);
    fails(
        &result,
        3,
        "sign-in is required for SSO session `demo`: the portal session of ",
        "genkan login",
    );
}

/// A pause that is longer than a user should wait is reported, and not cut short.
#[test]
fn retry_after_is_honored() {
    let env = TestEnv::new();
    env.sign_in();
    let long = Fault::TooManyRequests {
        retry_after: Some(90),
        named: true,
    };
    let control = env.sandbox.control();
    control.inject(Operation::GetRoleCredentials, &long, 1);
    fails(
        &env.run(&["export", "310660284419/AdministratorAccess"]),
        1,
        "too many requests to the AWS access portal in ap-northeast-1",
        "retry in 90 s",
    );
    assert_eq!(env.sandbox.counts().get_role_credentials, 1);
}

#[test]
fn transient_errors_are_retried() {
    let env = TestEnv::with(|options| options.poll_interval = std::time::Duration::from_secs(1));
    let control = env.sandbox.control();
    control.inject(Operation::CreateToken, &Fault::Unavailable, 3);
    env.sign_in();
    control.inject(Operation::ListAccounts, &Fault::InternalError, 1);
    control.inject(
        Operation::ListAccountRoles,
        &Fault::TooManyRequests {
            retry_after: None,
            named: false,
        },
        5,
    );
    assert_eq!(env.output(&["list", "--format", "plain"]).lines().count(), 100);
}
