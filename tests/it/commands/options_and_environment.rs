//! What someone set counts, or is said not to: Regions, targets, services, proxies, and options together.

use genkan::sandbox::{Fault, Operation};

use crate::support::env::{ACCOUNT, CommandResult, TARGET, TestEnv};
use crate::support::screen::Screen;

const REGION: &str = "echo region=$AWS_REGION default=$AWS_DEFAULT_REGION";

fn signed_in() -> TestEnv {
    let mut env = TestEnv::new();
    env.environment.remove("AWS_REGION");
    env.environment.remove("AWS_DEFAULT_REGION");
    env.sign_in();
    env.output(&["list"]);
    env
}

/// An environment whose only session is in another partition's Region.
fn in_partition(region: &str) -> TestEnv {
    let mut env = TestEnv::new();
    env.environment.remove("AWS_REGION");
    env.environment.remove("AWS_DEFAULT_REGION");
    let config = env.read(".aws/config").replace("ap-northeast-1", region);
    env.write(".aws/config", &config);
    env.sign_in();
    env.output(&["list"]);
    env
}

fn refused(result: &CommandResult, code: i32, words: &[&str]) {
    let shown = format!("{result:?}");
    assert_eq!((result.code, result.stdout.as_str()), (Some(code), ""), "{shown}");
    for word in words {
        assert!(result.stderr.contains(word), "{word}: {shown}");
    }
}

/// The Region that a command gets, and what is said about it.
fn region(env: &TestEnv, options: &[&str]) -> (String, String) {
    let mut all = vec!["exec", TARGET];
    all.extend(options);
    all.extend(["--", "sh", "-c", REGION]);
    let result = env.run(&all);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let region = result.stdout.trim().strip_prefix("region=").unwrap();
    let (region, default) = region.split_once(" default=").unwrap();
    assert_eq!(region, default, "both variables");
    (region.to_owned(), result.stderr)
}

#[test]
fn first_region_set_wins_and_sso_region_fallback_is_reported() {
    let mut env = signed_in();
    let (found, said) = region(&env, &[]);
    assert_eq!(found, "ap-northeast-1");
    assert_eq!(
        said,
        "note: no Region is set; using the SSO Region ap-northeast-1\n"
    );
    let config = env.read(".aws/config");
    env.write(
        ".aws/config",
        &format!("{config}[default]\nregion = eu-north-1\n"),
    );
    assert_eq!(region(&env, &[]), ("eu-north-1".into(), String::new()));
    env.write(".config/genkan/config.toml", "region = \"eu-west-3\"\n");
    assert_eq!(region(&env, &[]), ("eu-west-3".into(), String::new()));
    env.environment
        .insert("AWS_DEFAULT_REGION".into(), "eu-west-2".into());
    assert_eq!(region(&env, &[]), ("eu-west-2".into(), String::new()));
    env.environment.insert("AWS_REGION".into(), "EU-WEST-1".into());
    assert_eq!(region(&env, &[]), ("eu-west-1".into(), String::new()), "case");
    assert_eq!(
        region(&env, &["--region", "Us-East-2"]),
        ("us-east-2".into(), String::new())
    );
    env.environment.insert("AWS_REGION".into(), "eu-wst-1".into());
    let (found, said) = region(&env, &[]);
    assert_eq!(found, "eu-west-2", "the next that can be used");
    assert!(
        said.contains("ignored AWS_REGION: `eu-wst-1`") && said.contains("did you mean `eu-west-1`?"),
        "{said}"
    );
    for command in [
        ["export", TARGET],
        ["shell", TARGET],
        ["console", TARGET],
        ["assume", "bash"],
    ] {
        let mut all = command.to_vec();
        all.extend(["--region", "eu-wst-1"]);
        refused(
            &env.run(&all),
            2,
            &["'eu-wst-1' for '--region", "did you mean `eu-west-1`?"],
        );
    }
}

/// Every way to set a Region, for sessions of other partitions.
#[test]
fn region_of_another_partition_is_never_used() {
    for (sso, other, fitting) in [
        ("us-gov-west-1", "us-east-1", "us-gov-east-1"),
        ("cn-north-1", "eu-west-1", "cn-northwest-1"),
        ("ap-northeast-1", "us-gov-west-1", "us-west-2"),
    ] {
        let mut env = in_partition(sso);
        let config = env.read(".aws/config");
        env.write(".aws/config", &format!("{config}[default]\nregion = {other}\n"));
        env.write(".config/genkan/config.toml", &format!("region = \"{other}\"\n"));
        env.environment.insert("AWS_REGION".into(), other.into());
        let (found, said) = region(&env, &[]);
        assert_eq!(found, sso);
        for origin in ["AWS_REGION", "setting `region`", "`region` of [default]"] {
            let words = format!("ignored {origin}: Region {other} is in partition");
            assert_eq!(said.matches(&words).count(), 1, "{words}: {said}");
        }
        assert!(said.contains("using the SSO Region"), "{said}");
        let refusal = format!("--region: Region {other} is in partition");
        for command in ["export", "console"] {
            refused(
                &env.run(&[command, TARGET, "--region", other]),
                2,
                &[&refusal, fitting],
            );
        }
        refused(
            &env.run(&["assume", "bash", TARGET, "--region", other]),
            2,
            &[&refusal],
        );
        refused(&env.run(&["profiles", "--region", other]), 2, &[&refusal]);
        assert_eq!(region(&env, &["--region", fitting]).0, fitting);
        let written = env.run(&["profiles", "--write"]);
        let config = env.read(".aws/config");
        let block = config.split("# genkan profiles begin").nth(1).unwrap();
        assert!(!block.contains(&format!("region = {other}")), "{block}");
        assert!(block.contains(&format!("region = {sso}")), "{block}");
        assert!(
            written.stderr.contains("ignored `region` of [default]"),
            "{}",
            written.stderr
        );
        // One that an earlier version wrote doesn't stay.
        let old = config.replace(&format!("region = {sso}\n"), &format!("region = {other}\n"));
        let old = old.replace(&format!("sso_region = {other}"), &format!("sso_region = {sso}"));
        env.write(".aws/config", &old);
        let again = env.run(&["profiles", "--write"]);
        assert_eq!(env.read(".aws/config"), config, "{}", again.stderr);
    }
}

#[test]
fn unknown_console_page_is_refused() {
    let mut env = signed_in();
    let address = |env: &TestEnv, options: &[&str]| {
        let mut all = vec![
            "console",
            TARGET,
            "--print",
            "--via",
            "portal",
            "--region",
            "eu-west-1",
        ];
        all.extend(options);
        env.run(&all)
    };
    let s3 = address(&env, &["--service", "S3"]);
    assert!(s3.stdout.contains("%2Fs3%2Fhome%3Fregion%3Deu-west-1"), "{s3:?}");
    let path = address(&env, &["--service", "brand-new/home"]);
    assert!(path.stdout.contains("%2Fbrand-new%2Fhome%3F"), "{path:?}");
    refused(
        &address(&env, &["--service", "dynamdb"]),
        2,
        &["did you mean `dynamodb`?", "`dynamdb/home`"],
    );
    let gov = "https://console.amazonaws-us-gov.com/s3";
    refused(
        &env.run(&["console", TARGET, "--destination", gov]),
        1,
        &["is in partition aws-us-gov"],
    );
    refused(&address(&env, &["--destination", gov]), 2, &["--region"]);
    env.write(".config/genkan/config.toml", "console_service = \"dynamdb\"\n");
    let home = address(&env, &[]);
    assert!(home.stdout.contains("%2Fconsole%2Fhome%3F"), "{home:?}");
    assert!(
        home.stderr.contains("ignored setting `console_service`"),
        "{home:?}"
    );
    env.environment.insert("AWS_REGION".into(), "eu-west-1".into());
}

#[test]
fn options_without_effect_are_refused() {
    let env = signed_in();
    for (arguments, words) in [
        (
            &["export", TARGET, "--as", "work"][..],
            "--as names a profile in a credentials file",
        ),
        (
            &["export", TARGET, "--as", "work", "--format", "json"],
            "--format credentials-file",
        ),
        (
            &["export", TARGET, "--format", "json", "--region", "eu-west-1"],
            "doesn't include a Region",
        ),
        (
            &["export", "--unset", "--region", "eu-west-1"],
            "cannot be used with",
        ),
        (&["export", "--unset", "--profile", "x"], "cannot be used with"),
        (&["sandbox", "--permission-sets", "2"], "--accounts"),
        (&["demo", "--permission-sets", "2"], "--accounts"),
        (&["login", "--port", "8400"], "--flow pkce"),
    ] {
        refused(&env.run(arguments), 2, &[words]);
    }
}

/// Every option with a list of values takes them in any case.
#[test]
fn option_values_are_case_insensitive() {
    fn walk(command: &clap::Command, path: &[String]) -> usize {
        let mut seen = 0;
        for argument in command.get_arguments() {
            let values = argument.get_possible_values();
            let is_flag = !argument.get_action().takes_values();
            if !values.is_empty() && !is_flag {
                seen += 1;
                assert!(argument.is_ignore_case_set(), "{path:?} {}", argument.get_id());
            }
        }
        for sub in command.get_subcommands() {
            let path: Vec<String> = path.iter().cloned().chain([sub.get_name().to_owned()]).collect();
            seen += walk(sub, &path);
        }
        seen
    }
    assert!(walk(&genkan::cli::build_command(), &[]) > 10);
    let env = signed_in();
    let json = env.output(&["list", "--format", "JSON"]);
    assert!(json.starts_with('['));
}

#[test]
fn invalid_proxy_is_an_error_and_never_bypassed() {
    for (variable, value) in [
        ("HTTPS_PROXY", "http://me:can ary@proxy.example:3128"),
        ("https_proxy", "socks5://proxy.example:1080"),
        ("ALL_PROXY", "http://"),
    ] {
        let mut env = signed_in();
        env.environment.insert(variable.into(), value.into());
        let before = env.sandbox.counts().list_accounts;
        let result = env.run(&["list", "--refresh"]);
        let words = format!("{variable} is not a valid HTTP proxy URL");
        refused(&result, 1, &[&words, "http://HOST:PORT"]);
        assert!(!result.stderr.contains("can ary"), "{}", result.stderr);
        assert_eq!(env.sandbox.counts().list_accounts, before);
        // What needs no network works.
        env.output(&["list"]);
        env.environment.insert("NO_PROXY".into(), "*".into());
        env.output(&["list", "--refresh"]);
    }
}

#[test]
fn unknown_preferred_session_is_reported_once() {
    let env = signed_in();
    env.write(".config/genkan/config.toml", "session = \"Demo\"\n");
    assert_eq!(env.run(&["login", "--no-browser"]).code, Some(0), "in any case");
    env.write(".config/genkan/config.toml", "session = \"demoo\"\n");
    for arguments in [
        &["login", "--no-browser"][..],
        &["exec", TARGET, "--region", "eu-west-1", "--", "true"],
    ] {
        let result = env.run(arguments);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        let words = "ignored setting `session`: SSO session `demoo` not found";
        assert_eq!(result.stderr.matches(words).count(), 1, "{}", result.stderr);
    }
}

#[test]
fn target_defaults_to_the_environment() {
    let mut env = signed_in();
    env.output(&["profiles", "--write"]);
    let entered = |env: &TestEnv, options: &[&str]| {
        let mut all = vec!["exec"];
        all.extend(options);
        all.extend(["--", "sh", "-c", "echo $GENKAN_ACCOUNT_ID/$GENKAN_PERMISSION_SET"]);
        env.run(&all)
    };
    // A profile that names no target is ignored; without any other target it is a usage error.
    env.environment
        .insert("AWS_PROFILE".into(), "of-another-tool".into());
    refused(
        &entered(&env, &[]),
        2,
        &[
            "no TARGET given",
            "AWS_PROFILE=of-another-tool: profile `of-another-tool` not found",
        ],
    );
    for (name, value) in [
        ("GENKAN_SESSION", "demo"),
        ("GENKAN_ACCOUNT_ID", ACCOUNT),
        ("GENKAN_PERMISSION_SET", "AdministratorAccess"),
    ] {
        env.environment.insert(name.into(), value.into());
    }
    let in_shell = entered(&env, &[]);
    assert_eq!(
        in_shell.stdout,
        format!("{ACCOUNT}/AdministratorAccess\n"),
        "{in_shell:?}"
    );
    let words = "using payments-dev/AdministratorAccess (from the current genkan shell)";
    assert!(in_shell.stderr.contains(words), "{in_shell:?}");
    let other = "ci-runners-administratoraccess";
    assert!(env.read(".aws/config").contains(&format!("[profile {other}]")));
    env.environment.insert("AWS_PROFILE".into(), other.into());
    let by_profile = entered(&env, &[]);
    assert!(
        by_profile.stderr.contains(&format!("from AWS_PROFILE={other}")),
        "{by_profile:?}"
    );
    assert!(by_profile.stdout.ends_with("/AdministratorAccess\n") && !by_profile.stdout.starts_with(ACCOUNT));
    // What is typed counts before both, and needs no word.
    let typed = entered(&env, &["--profile", "payments-dev-administratoraccess"]);
    assert_eq!(
        typed.stdout,
        format!("{ACCOUNT}/AdministratorAccess\n"),
        "{typed:?}"
    );
    assert!(!typed.stderr.contains("using"), "{typed:?}");
    refused(&env.run(&["credential-process"]), 2, &["TARGET"]);
}

/// On a terminal a command signs in and continues; without one it fails with code 3 and makes no network calls.
#[test]
fn commands_sign_in_when_needed_on_a_terminal_only() {
    for line in [
        "\"$GENKAN\" exec payments-dev/AdministratorAccess -- echo ran",
        "eval \"$(\"$GENKAN\" export payments-dev/AdministratorAccess)\"; echo ran ${AWS_ACCESS_KEY_ID%%[A-Z2-7]*}",
        "eval \"$(\"$GENKAN\" assume bash payments-dev/AdministratorAccess)\"; echo ran $GENKAN_ACCOUNT_ID",
        "\"$GENKAN\" console --print --via federation payments-dev/AdministratorAccess >link && echo ran",
        "\"$GENKAN\" list --format plain >list && echo ran",
    ] {
        let env = TestEnv::new();
        let mut screen = Screen::script(&env, line);
        screen.wait("check that it shows this code");
        screen.wait("ran");
        assert_eq!(screen.exit(), 0, "{line}");
        assert_eq!(env.sandbox.counts().start_device_authorization, 1, "{line}");
    }
    let env = TestEnv::new();
    let mut screen = Screen::script(
        &env,
        "\"$GENKAN\" credential-process payments-dev/AdministratorAccess",
    );
    screen.wait("sign-in is required");
    assert_eq!(screen.exit(), 3);
    for arguments in [
        &["exec", TARGET, "--", "true"][..],
        &["export", TARGET],
        &["shell", TARGET],
        &["console", TARGET, "--print"],
        &["assume", "bash", TARGET],
    ] {
        refused(
            &env.run(arguments),
            3,
            &["sign-in is required", "genkan login demo"],
        );
    }
    assert_eq!(env.sandbox.counts().start_device_authorization, 0);
}

#[test]
fn session_to_sign_in_to_is_not_guessed() {
    let env = TestEnv::new();
    let two = format!("{}{}", env.sso_session("one"), env.sso_session("two"));
    env.write(".aws/config", &two);
    refused(
        &env.run(&["export", TARGET]),
        3,
        &[
            "not signed in to any of the SSO sessions one, two",
            "SESSION:ACCOUNT/PERMISSION_SET",
        ],
    );
    let mut screen = Screen::script(&env, "\"$GENKAN\" export payments-dev/AdministratorAccess");
    screen.wait("not signed in to any of the SSO sessions");
    assert_eq!(screen.exit(), 3);
}

/// `login --force` ends a session only where another can begin.
#[test]
fn forced_login_that_cannot_start_keeps_the_old_sign_in() {
    for flow in [&["--flow", "device"][..], &["--flow", "pkce"]] {
        let mut env = signed_in();
        let mut all = vec!["login", "--force", "--no-browser"];
        all.extend(flow);
        let environment = env.environment.clone();
        for (name, value) in &mut env.environment {
            if name.starts_with("AWS_ENDPOINT_URL") {
                *value = "http://127.0.0.1:9".into();
            }
        }
        let result = env.run(&all);
        refused(
            &result,
            1,
            &["could not reach", "the previous sign-in to demo is still valid"],
        );
        env.environment = environment;
        assert_eq!(env.sandbox.counts().logout, 0);
        env.output(&["list", "--refresh"]);
    }
    // One that Identity Center refuses leaves it, too.
    let env = signed_in();
    let control = env.sandbox.control();
    control.inject(Operation::StartDeviceAuthorization, &Fault::InternalError, 20);
    assert_eq!(env.run(&["login", "--force", "--no-browser"]).code, Some(1));
    assert_eq!(env.sandbox.counts().logout, 0);
    env.output(&["list", "--refresh"]);
}

#[test]
fn reason_is_printed_before_the_fallback_region() {
    let mut env = signed_in();
    env.environment.insert("AWS_REGION".into(), "eu-wset-1".into());
    let (found, said) = region(&env, &[]);
    assert_eq!(found, "ap-northeast-1");
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines[0].starts_with("note: ignored AWS_REGION: `eu-wset-1`"),
        "{said}"
    );
    assert_eq!(
        lines[1..],
        ["note: using the SSO Region ap-northeast-1"],
        "{said}"
    );
}
