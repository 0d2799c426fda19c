//! Every command without a screen: data on stdout, words on stderr, exit codes; and what happens
//! when something is wrong: a clear sentence with a hint, and nothing lost.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::env::{ACCOUNT, TARGET, TestEnv, fails};

#[test]
fn sign_in_list_and_sign_out() {
    let env = TestEnv::new();
    fails(
        &env.run(&["list"]),
        3,
        "sign-in is required for SSO session `demo`",
        "genkan login demo",
    );
    let login = env.run(&["login", "--no-browser"]);
    assert_eq!((login.code, login.stdout.as_str()), (Some(0), ""));
    for words in [
        "/device?user_code=",
        "check that it shows this code",
        "signed in to demo for ",
    ] {
        assert!(login.stderr.contains(words), "{}", login.stderr);
    }
    let table = env.output(&["list", "--query", "pay adm"]);
    assert!(
        table.starts_with("ACCOUNT           ID            PERMISSION SET "),
        "{table}"
    );
    assert!(
        table.contains("\npayments-dev      310660284419  AdministratorAccess\n"),
        "{table}"
    );
    let json: serde_json::Value = serde_json::from_str(&env.output(&["list", "--format", "json"])).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 100);
    let first = json[0].as_object().unwrap();
    let keys: Vec<&String> = first.keys().collect();
    assert_eq!(
        keys,
        [
            "session",
            "account_id",
            "account_name",
            "email",
            "permission_set",
            "role_arn",
            "via",
            "alias",
            "tags",
            "production"
        ]
    );
    assert!(
        env.output(&["list", "--format", "csv"])
            .starts_with("session,account_id,account_name,email,")
    );
    assert_eq!(env.output(&["list", "--format", "plain"]).lines().count(), 100);
    assert_eq!(
        env.sandbox.counts().list_accounts,
        1,
        "the second list came from the cache"
    );
    let out = env.run(&["logout"]);
    assert!(out.stderr.contains("signed out of demo"));
    assert_eq!(env.sandbox.counts().logout, 1);
    assert_eq!(env.run(&["list", "--refresh"]).code, Some(3));
    assert!(env.run(&["logout"]).stderr.contains("not signed in"));
}

#[test]
fn second_login_reuses_the_token() {
    let env = TestEnv::new();
    env.sign_in();
    env.sign_in();
    let counts = env.sandbox.counts();
    assert_eq!(
        (counts.register_client, counts.start_device_authorization),
        (1, 1)
    );
    env.output(&["login", "--no-browser", "--force"]);
    assert_eq!(
        env.sandbox.counts().device_code.slow_down,
        0,
        "never asked faster than allowed"
    );
    let counts = env.sandbox.counts();
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
fn token_files_are_private_and_named_as_by_the_aws_cli() {
    let env = TestEnv::new();
    env.sign_in();
    // sha1("demo")
    let token = env.path(".aws/sso/cache/89e495e7941cf9e40e6980d14a16bf023ccd4c91.json");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&token), 0o600);
    assert_eq!(mode(&env.path(".aws/sso/cache")), 0o700);
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
fn credentials_export_in_every_format() {
    let env = TestEnv::new();
    env.sign_in();
    for format in [
        "auto",
        "bash",
        "zsh",
        "fish",
        "nushell",
        "elvish",
        "xonsh",
        "tcsh",
        "powershell",
        "cmd",
        "json",
        "dotenv",
    ] {
        let text = env.output(&["export", TARGET, "--format", format]);
        assert!(text.contains("ASIA"), "{format}: {text}");
    }
    assert_eq!(
        env.sandbox.counts().get_role_credentials,
        1,
        "cached after the first"
    );
    let file = env.output(&["export", TARGET, "--format", "credentials-file", "--as", "work"]);
    assert!(
        file.starts_with("[work]\n# written by genkan; expires 20"),
        "{file}"
    );
    let nameless = env.run(&["export", TARGET, "--format", "credentials-file"]);
    fails(
        &nameless,
        2,
        "a section of a credentials file needs a profile name",
        "--as PROFILE",
    );
    let mut unset = env.command(&["export", "--unset", "--format", "bash"]);
    unset.env("GENKAN_VARIABLES", "AWS_SESSION_TOKEN GENKAN_VARIABLES");
    let unset = crate::support::env::command_result(unset.output().unwrap()).stdout;
    assert!(
        unset.starts_with("unset AWS_SESSION_TOKEN\nunset GENKAN_VARIABLES\n"),
        "{unset}"
    );
    let process: serde_json::Value =
        serde_json::from_str(&env.output(&["credential-process", TARGET])).unwrap();
    assert_eq!(process["Version"], 1);
    assert!(process["Expiration"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn exec_sets_credentials_and_returns_the_exit_code_of_its_child() {
    let mut env = TestEnv::new();
    env.sign_in();
    env.environment.insert("AWS_PROFILE".into(), "other".into());
    let script = "echo $GENKAN_ACCOUNT_ID $GENKAN_PERMISSION_SET [$AWS_PROFILE] ${AWS_ACCESS_KEY_ID%%[A-Z2-7]*}; exit 7";
    let result = env.run(&["exec", TARGET, "--", "sh", "-c", script]);
    assert_eq!(result.code, Some(7));
    assert!(
        result
            .stdout
            .starts_with(&format!("{ACCOUNT} AdministratorAccess []")),
        "{}",
        result.stdout
    );
    let kept = env.run(&[
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
        &env.run(&["exec", TARGET, "--", "nonsense"]),
        127,
        "can't run `nonsense`",
        "PATH",
    );
}

#[test]
fn targets_are_found_or_the_nearest_suggested() {
    let env = TestEnv::new();
    env.sign_in();
    for text in [
        "payments-dev/AdministratorAccess",
        "310660284419/AdministratorAccess",
        "demo:payments-dev/adm",
        "PAYMENTS-DEV/administratoraccess",
        "sandbox-ayumi",
    ] {
        env.output(&["exec", text, "--", "true"]);
    }
    fails(
        &env.run(&["export", "payments-pord/adm"]),
        1,
        "target `payments-pord/adm` not found",
        "did you mean `payments-prod/AdministratorAccess`",
    );
    fails(
        &env.run(&["export", "payments/adm"]),
        1,
        "`payments/adm` is ambiguous",
        "demo:310660284419/AdministratorAccess",
    );
    let none = env.run(&["export"]);
    fails(
        &none,
        2,
        "no TARGET given, and no terminal",
        "ACCOUNT/PERMISSION_SET",
    );
    assert_eq!(env.run(&["lst"]).code, Some(2));
}

#[test]
fn console_prints_its_url() {
    let env = TestEnv::new();
    env.sign_in();
    let federation = env.output(&[
        "console",
        TARGET,
        "--service",
        "s3",
        "--region",
        "eu-west-1",
        "--print",
    ]);
    assert!(
        federation.starts_with(&format!("{}/federation?Action=login&", env.sandbox.url())),
        "{federation}"
    );
    assert!(
        federation.contains("eu-west-1.console.aws.amazon.com%2Fs3%2Fhome"),
        "{federation}"
    );
    assert_eq!(env.sandbox.counts().get_signin_token, 1);
    let logs = env.output(&[
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
    let portal = env.output(&["console", TARGET, "--via", "portal", "--print"]);
    assert!(
        portal.starts_with(
            "https://genkan-sandbox.awsapps.com/start/#/console?account_id=310660284419&role_name=Admin"
        ),
        "{portal}"
    );
    let elsewhere = env.run(&["console", TARGET, "--destination", "https://evil.example/"]);
    assert_eq!((elsewhere.code, elsewhere.stdout.as_str()), (Some(2), ""));
    assert!(
        elsewhere
            .stderr
            .contains("`https://evil.example/` is not an AWS console page"),
        "{}",
        elsewhere.stderr
    );
}

#[test]
fn login_all_signs_in_to_each_session_and_reports_those_that_fail() {
    let env = TestEnv::new();
    let unreachable =
        "[sso-session gone]\nsso_start_url = http://127.0.0.1:1/start\nsso_region = ap-northeast-1\n";
    let sessions = [
        env.sso_session("one"),
        unreachable.to_owned(),
        env.sso_session("two"),
    ];
    env.write(".aws/config", &sessions.join("\n"));
    assert_eq!(env.run(&["login", "--all", "one"]).code, Some(2));
    let result = env.run(&["login", "--all", "--no-browser"]);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    for words in [
        "signed in to one for ",
        "signed in to two for ",
        "error: 1 of 3 sign-ins failed: gone",
        "hint: run `genkan login SESSION` for each of them",
    ] {
        assert!(result.stderr.contains(words), "{words}: {}", result.stderr);
    }
    env.write(".aws/config", &sessions[2]);
    env.output(&["login", "--all", "--no-browser"]);
    assert_eq!(
        env.sandbox.counts().start_device_authorization,
        3,
        "two is still signed in"
    );
}

#[test]
fn session_must_be_named_when_there_are_several() {
    let env = TestEnv::new();
    env.write(
        ".aws/config",
        &format!("{}\n{}", env.sso_session("one"), env.sso_session("two")),
    );
    fails(
        &env.run(&["login"]),
        1,
        "several SSO sessions are configured",
        "specify one of one, two",
    );
    fails(
        &env.run(&["login", "three"]),
        1,
        "SSO session `three` not found",
        "configured SSO sessions: one, two",
    );
    env.output(&["login", "two", "--no-browser"]);
    assert!(
        env.output(&["list", "--session", "two", "--format", "plain"])
            .starts_with("two:")
    );
}
