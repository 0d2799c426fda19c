//! Every command without a screen: data on stdout, words on stderr, exit codes; and what happens
//! when something is wrong: a clear sentence with a hint, and nothing lost.

use std::os::unix::fs::PermissionsExt as _;

use genkan::sandbox::{Fault, Operation};

use crate::support::env::{ACCOUNT, Ended, House, TARGET};

/// A failure: nothing on stdout, one sentence, and what to do.
fn fails(ended: &Ended, code: i32, sentence: &str, hint: &str) {
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(code), ""),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains(&format!("error: {sentence}")),
        "{}",
        ended.stderr
    );
    let hints: Vec<&str> = ended.stderr.lines().filter(|l| l.starts_with("hint: ")).collect();
    assert!(hints.iter().any(|h| h.contains(hint)), "{}", ended.stderr);
}

#[test]
fn sign_in_list_and_out() {
    let house = House::new();
    fails(
        &house.run(&["list"]),
        3,
        "sign-in is required for SSO session `demo`",
        "genkan login demo",
    );
    let login = house.run(&["login", "--no-browser"]);
    assert_eq!((login.code, login.stdout.as_str()), (Some(0), ""));
    for words in [
        "/device?user_code=",
        "check that it shows the same code",
        "signed in to demo for ",
    ] {
        assert!(login.stderr.contains(words), "{}", login.stderr);
    }
    let table = house.output(&["list", "--query", "pay adm"]);
    assert!(table.starts_with(
        "ACCOUNT           ID            PERMISSION SET\npayments-dev      310660284419  Admin"
    ));
    let json: serde_json::Value = serde_json::from_str(&house.output(&["list", "--format", "json"])).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 100);
    let first = json[0].as_object().unwrap();
    let keys: Vec<&String> = first.keys().collect();
    assert_eq!(
        keys,
        ["session", "account_id", "account_name", "email", "permission_set"]
    );
    assert!(
        house
            .output(&["list", "--format", "csv"])
            .starts_with("session,account_id,account_name,email,")
    );
    assert_eq!(house.output(&["list", "--format", "plain"]).lines().count(), 100);
    assert_eq!(
        house.sandbox.counts().list_accounts,
        1,
        "the second list came from the cache"
    );
    let out = house.run(&["logout"]);
    assert!(out.stderr.contains("signed out of demo"));
    assert_eq!(house.sandbox.counts().logout, 1);
    assert_eq!(house.run(&["list", "--refresh"]).code, Some(3));
    assert!(house.run(&["logout"]).stderr.contains("nobody was signed in"));
}

#[test]
fn a_second_login_uses_what_is_there() {
    let house = House::new();
    house.sign_in();
    house.sign_in();
    let counts = house.sandbox.counts();
    assert_eq!(
        (counts.register_client, counts.start_device_authorization),
        (1, 1)
    );
    house.output(&["login", "--no-browser", "--force"]);
    assert_eq!(
        house.sandbox.counts().device_code.slow_down,
        0,
        "never asked faster than allowed"
    );
    let counts = house.sandbox.counts();
    assert_eq!(
        (
            counts.register_client,
            counts.start_device_authorization,
            counts.logout
        ),
        (1, 2, 1)
    );
}

#[test]
fn tokens_are_private_and_have_the_names_of_the_aws_cli() {
    let house = House::new();
    house.sign_in();
    // sha1("demo")
    let token = house.path(".aws/sso/cache/89e495e7941cf9e40e6980d14a16bf023ccd4c91.json");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&token), 0o600);
    assert_eq!(mode(&house.path(".aws/sso/cache")), 0o700);
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(token).unwrap()).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    let expected = [
        "startUrl",
        "region",
        "accessToken",
        "expiresAt",
        "clientId",
        "clientSecret",
        "registrationExpiresAt",
        "refreshToken",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn credentials_leave_in_every_format() {
    let house = House::new();
    house.sign_in();
    for format in [
        "auto",
        "bash",
        "zsh",
        "fish",
        "nushell",
        "powershell",
        "cmd",
        "json",
        "dotenv",
    ] {
        let text = house.output(&["export", TARGET, "--format", format]);
        assert!(text.contains("ASIA"), "{format}: {text}");
    }
    assert_eq!(
        house.sandbox.counts().get_role_credentials,
        1,
        "cached after the first"
    );
    let file = house.output(&["export", TARGET, "--format", "credentials-file", "--as", "work"]);
    assert!(
        file.starts_with("[work]\n# written by genkan; expires 20"),
        "{file}"
    );
    let nameless = house.run(&["export", TARGET, "--format", "credentials-file"]);
    fails(
        &nameless,
        2,
        "a section of a credentials file needs a profile name",
        "--as PROFILE",
    );
    let mut unset = house.command(&["export", "--unset", "--format", "bash"]);
    unset.env("GENKAN_VARIABLES", "AWS_SESSION_TOKEN GENKAN_VARIABLES");
    let unset = crate::support::env::ended(unset.output().unwrap()).stdout;
    assert!(
        unset.starts_with("unset AWS_SESSION_TOKEN\nunset GENKAN_VARIABLES\n"),
        "{unset}"
    );
    let process: serde_json::Value =
        serde_json::from_str(&house.output(&["credential-process", TARGET])).unwrap();
    assert_eq!(process["Version"], 1);
    assert!(process["Expiration"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn exec_runs_with_credentials_and_ends_like_its_child() {
    let mut house = House::new();
    house.sign_in();
    house.environment.insert("AWS_PROFILE".into(), "other".into());
    let script = "echo $GENKAN_ACCOUNT_ID $GENKAN_PERMISSION_SET [$AWS_PROFILE] ${AWS_ACCESS_KEY_ID%%[A-Z2-7]*}; exit 7";
    let ended = house.run(&["exec", TARGET, "--", "sh", "-c", script]);
    assert_eq!(ended.code, Some(7));
    assert!(
        ended
            .stdout
            .starts_with(&format!("{ACCOUNT} AdministratorAccess []")),
        "{}",
        ended.stdout
    );
    let kept = house.run(&[
        "exec",
        "--keep-env",
        TARGET,
        "--",
        "sh",
        "-c",
        "echo $AWS_PROFILE",
    ]);
    assert_eq!(kept.stdout, "other\n");
    fails(
        &house.run(&["exec", TARGET, "--", "nonsense"]),
        127,
        "`nonsense` can't be run",
        "PATH",
    );
}

#[test]
fn targets_are_found_or_the_nearest_named() {
    let house = House::new();
    house.sign_in();
    for text in [
        "payments-dev/AdministratorAccess",
        "310660284419/AdministratorAccess",
        "demo:payments-dev/adm",
        "PAYMENTS-DEV/administratoraccess",
        "sandbox-ayumi",
    ] {
        house.output(&["exec", text, "--", "true"]);
    }
    fails(
        &house.run(&["export", "payments-pord/adm"]),
        1,
        "there is no target `payments-pord/adm`",
        "did you mean `payments-prod/AdministratorAccess`",
    );
    fails(
        &house.run(&["export", "payments/adm"]),
        1,
        "`payments/adm` could mean several targets",
        "demo:310660284419/AdministratorAccess",
    );
    let none = house.run(&["export"]);
    fails(
        &none,
        2,
        "no TARGET was given and there is no terminal",
        "ACCOUNT/PERMISSION_SET",
    );
    assert_eq!(house.run(&["lst"]).code, Some(2));
}

#[test]
fn the_console_has_an_address() {
    let house = House::new();
    house.sign_in();
    let federation = house.output(&[
        "console",
        TARGET,
        "--service",
        "s3",
        "--region",
        "eu-west-1",
        "--print",
    ]);
    assert!(
        federation.starts_with(&format!("{}/federation?Action=login&", house.sandbox.url())),
        "{federation}"
    );
    assert!(
        federation.contains("eu-west-1.console.aws.amazon.com%2Fs3%2Fhome"),
        "{federation}"
    );
    assert_eq!(house.sandbox.counts().get_signin_token, 1);
    let logs = house.output(&[
        "console",
        TARGET,
        "--service",
        "logs",
        "--via",
        "portal",
        "--print",
    ]);
    assert!(
        logs.contains("%2Fcloudwatch%2Fhome%3Fregion%3Dap-northeast-1%23logsV2%3Alog-groups"),
        "{logs}"
    );
    let portal = house.output(&["console", TARGET, "--via", "portal", "--print"]);
    assert!(
        portal.starts_with(
            "https://genkan-sandbox.awsapps.com/start/#/console?account_id=310660284419&role_name=Admin"
        ),
        "{portal}"
    );
    let elsewhere = house.run(&["console", TARGET, "--destination", "https://evil.example/"]);
    fails(
        &elsewhere,
        1,
        "`https://evil.example/` is no page of the AWS console",
        "https address",
    );
}

#[test]
fn a_session_is_named_where_there_are_several() {
    let house = House::new();
    house.write(
        ".aws/config",
        &format!("{}\n{}", house.sso_session("one"), house.sso_session("two")),
    );
    fails(
        &house.run(&["login"]),
        1,
        "several SSO sessions are configured",
        "name one of one, two",
    );
    fails(
        &house.run(&["login", "three"]),
        1,
        "there is no SSO session named `three`",
        "known sessions: one, two",
    );
    house.output(&["login", "two", "--no-browser"]);
    assert!(
        house
            .output(&["list", "--session", "two", "--format", "plain"])
            .starts_with("two:")
    );
}

#[test]
fn a_wrong_start_url_is_told() {
    let house = House::new();
    let config = house.read(".aws/config").replace("genkan-sandbox", "elsewhere");
    house.write(".aws/config", &config);
    fails(
        &house.run(&["login", "--no-browser"]),
        1,
        "Identity Center refused the request",
        "check the start URL",
    );
    assert_eq!(house.read(".aws/config"), config);
}

#[test]
fn no_network_is_told() {
    let mut house = House::new();
    house.sign_in();
    house
        .environment
        .insert("AWS_ENDPOINT_URL_SSO".into(), "http://127.0.0.1:9".into());
    fails(
        &house.run(&["list", "--refresh"]),
        1,
        "could not reach the access portal",
        "check the network",
    );
}

#[test]
fn a_malformed_token_file_is_set_aside() {
    let house = House::new();
    house.sign_in();
    let token = house.path(".aws/sso/cache/89e495e7941cf9e40e6980d14a16bf023ccd4c91.json");
    std::fs::write(&token, "{\"accessToken\": \"half").unwrap();
    // Another tool may still be writing it: it stays where it is, and no copy is made.
    let ended = house.run(&["list", "--refresh"]);
    fails(&ended, 3, "sign-in is required", "genkan login");
    assert!(
        ended.stderr.contains("seems to be writing it"),
        "{}",
        ended.stderr
    );
    // Nothing has written it for an hour.
    let rested = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    let file = std::fs::File::options().write(true).open(&token).unwrap();
    file.set_modified(rested).unwrap();
    let ended = house.run(&["list", "--refresh"]);
    fails(&ended, 3, "sign-in is required", "genkan login");
    assert!(ended.stderr.contains("kept as"), "{}", ended.stderr);
    let aside = token.with_file_name("89e495e7941cf9e40e6980d14a16bf023ccd4c91.json.broken-1");
    assert_eq!(
        std::fs::read_to_string(aside).unwrap(),
        "{\"accessToken\": \"half"
    );
    house.sign_in();
}

#[test]
fn a_malformed_config_is_told_and_left_alone() {
    let house = House::new();
    let broken = "[sso-session demo\nsso_start_url\n\0\u{fffd}\n";
    house.write(".aws/config", broken);
    let ended = house.run(&["list"]);
    fails(
        &ended,
        1,
        "no SSO session is configured",
        "line 1: this is neither a section nor a setting",
    );
    assert_eq!(house.read(".aws/config"), broken);
    house.write(
        ".aws/config",
        "[sso-session demo]\nsso_start_url = ftp://x\nsso_region = eu-central-1\n",
    );
    fails(
        &house.run(&["list"]),
        1,
        "SSO session `demo` can't be used: a start URL begins with https://",
        "correct the section in `~/.aws/config`, line 1",
    );
}

#[test]
fn a_typo_in_the_preferences_is_named_and_the_rest_counts() {
    let house = House::new();
    house.write(
        ".config/genkan/config.toml",
        "session = \"gone\"\nkyes = \"vim\"\n",
    );
    // The other setting counts.
    let ended = house.run(&["login", "--no-browser"]);
    assert!(
        ended.stderr.contains("there is no SSO session named `gone`"),
        "{}",
        ended.stderr
    );
    let ended = house.run(&["logout", "demo"]);
    assert_eq!(ended.code, Some(0));
    assert!(
        ended
            .stderr
            .contains("line 2: there is no setting `kyes`; did you mean `keys`?"),
        "{}",
        ended.stderr
    );
}

/// Root may write anywhere: the folder is a file instead, which nobody can write into.
#[test]
fn a_home_that_cannot_be_written_costs_only_what_it_must() {
    let house = House::new();
    house.write(".aws/sso", "in the way");
    house.write(".cache", "in the way");
    house.write(".local", "in the way");
    let login = house.run(&["login", "--no-browser"]);
    assert_eq!(login.code, Some(1), "{}", login.stderr);
    assert!(
        login.stderr.contains("error: ") && login.stderr.contains("hint: "),
        "{}",
        login.stderr
    );
    assert_eq!(house.read(".aws/sso"), "in the way");
}

#[test]
fn one_bad_account_does_not_stop_the_rest() {
    let house = House::new();
    house.sign_in();
    house.sandbox.control().fail_account(ACCOUNT, Fault::Forbidden);
    let ended = house.run(&["list", "--format", "plain"]);
    assert_eq!(ended.code, Some(0));
    assert_eq!(
        ended.stdout.lines().count(),
        98,
        "two permission sets are missing"
    );
    assert!(
        ended
            .stderr
            .contains("note: payments-dev (310660284419) could not be listed"),
        "{}",
        ended.stderr
    );
    house.sandbox.control().heal_account(ACCOUNT);
    assert_eq!(
        house
            .output(&["list", "--refresh", "--format", "plain"])
            .lines()
            .count(),
        100
    );
}

#[test]
fn a_removed_assignment_is_told() {
    let house = House::new();
    house.sign_in();
    house
        .sandbox
        .control()
        .revoke_assignment(ACCOUNT, "AdministratorAccess");
    let ended = house.run(&["export", TARGET]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("hint: "), "{}", ended.stderr);
}

#[test]
fn expired_tokens_are_refreshed_without_a_word() {
    let house = House::new();
    house.sign_in();
    house.sandbox.control().revoke_access_tokens();
    let ended = house.run(&["list", "--refresh"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_eq!(house.sandbox.counts().refresh_token.issued, 1);
    house.sandbox.control().end_portal_sessions();
    let ended = house.run(&["list", "--refresh"]);
    fails(
        &ended,
        3,
        "sign-in is required for SSO session `demo`: the portal session of ",
        "genkan login",
    );
}

/// A longer rest than a person should wait is told, and not cut short.
#[test]
fn the_rest_that_the_portal_asks_for_is_kept() {
    let house = House::new();
    house.sign_in();
    let long = Fault::TooManyRequests {
        retry_after: Some(90),
        named: true,
    };
    let control = house.sandbox.control();
    control.inject(Operation::GetRoleCredentials, &long, 1);
    fails(
        &house.run(&["export", "310660284419/AdministratorAccess"]),
        1,
        "too many requests to the access portal in ap-northeast-1",
        "it asks to wait 90 s",
    );
    assert_eq!(house.sandbox.counts().get_role_credentials, 1);
}

#[test]
fn passing_trouble_is_not_a_failure() {
    let house = House::with(|options| options.poll_interval = std::time::Duration::from_secs(1));
    let control = house.sandbox.control();
    control.inject(Operation::CreateToken, &Fault::Unavailable, 3);
    house.sign_in();
    control.inject(Operation::ListAccounts, &Fault::InternalError, 1);
    control.inject(
        Operation::ListAccountRoles,
        &Fault::TooManyRequests {
            retry_after: None,
            named: false,
        },
        5,
    );
    assert_eq!(house.output(&["list", "--format", "plain"]).lines().count(), 100);
}
