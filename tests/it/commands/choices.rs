//! What someone set counts, or is said not to: Regions, targets, services, proxies, and options together.

use genkan::sandbox::{Fault, Operation};

use crate::support::env::{ACCOUNT, Ended, House, TARGET};
use crate::tui::pty::Screen;

const REGION: &str = "echo region=$AWS_REGION default=$AWS_DEFAULT_REGION";

fn signed_in() -> House {
    let mut house = House::new();
    house.environment.remove("AWS_REGION");
    house.environment.remove("AWS_DEFAULT_REGION");
    house.sign_in();
    house.output(&["list"]);
    house
}

/// A house whose only session is in another partition's Region.
fn in_partition(region: &str) -> House {
    let mut house = House::new();
    house.environment.remove("AWS_REGION");
    house.environment.remove("AWS_DEFAULT_REGION");
    let config = house.read(".aws/config").replace("ap-northeast-1", region);
    house.write(".aws/config", &config);
    house.sign_in();
    house.output(&["list"]);
    house
}

fn refused(ended: &Ended, code: i32, words: &[&str]) {
    let shown = format!("{ended:?}");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{shown}");
    for word in words {
        assert!(ended.stderr.contains(word), "{word}: {shown}");
    }
}

/// The Region that a command gets, and what is said about it.
fn region(house: &House, options: &[&str]) -> (String, String) {
    let mut all = vec!["exec", TARGET];
    all.extend(options);
    all.extend(["--", "sh", "-c", REGION]);
    let ended = house.run(&all);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let region = ended.stdout.trim().strip_prefix("region=").unwrap();
    let (region, default) = region.split_once(" default=").unwrap();
    assert_eq!(region, default, "both variables");
    (region.to_owned(), ended.stderr)
}

#[test]
fn the_region_is_the_first_that_is_set_and_the_sso_region_is_said_as_such() {
    let mut house = signed_in();
    let (found, said) = region(&house, &[]);
    assert_eq!(found, "ap-northeast-1");
    assert_eq!(
        said,
        "note: no Region is set; using the SSO Region ap-northeast-1\n"
    );
    let config = house.read(".aws/config");
    house.write(
        ".aws/config",
        &format!("{config}[default]\nregion = eu-north-1\n"),
    );
    assert_eq!(region(&house, &[]), ("eu-north-1".into(), String::new()));
    house.write(".config/genkan/config.toml", "region = \"eu-west-3\"\n");
    assert_eq!(region(&house, &[]), ("eu-west-3".into(), String::new()));
    house
        .environment
        .insert("AWS_DEFAULT_REGION".into(), "eu-west-2".into());
    assert_eq!(region(&house, &[]), ("eu-west-2".into(), String::new()));
    house.environment.insert("AWS_REGION".into(), "EU-WEST-1".into());
    assert_eq!(region(&house, &[]), ("eu-west-1".into(), String::new()), "case");
    assert_eq!(
        region(&house, &["--region", "Us-East-2"]),
        ("us-east-2".into(), String::new())
    );
    house.environment.insert("AWS_REGION".into(), "eu-wst-1".into());
    let (found, said) = region(&house, &[]);
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
            &house.run(&all),
            2,
            &["'eu-wst-1' for '--region", "did you mean `eu-west-1`?"],
        );
    }
}

/// Every way to set a Region, for sessions of other partitions.
#[test]
fn a_region_of_another_partition_is_never_used() {
    for (sso, other, fitting) in [
        ("us-gov-west-1", "us-east-1", "us-gov-east-1"),
        ("cn-north-1", "eu-west-1", "cn-northwest-1"),
        ("ap-northeast-1", "us-gov-west-1", "us-west-2"),
    ] {
        let mut house = in_partition(sso);
        let config = house.read(".aws/config");
        house.write(".aws/config", &format!("{config}[default]\nregion = {other}\n"));
        house.write(".config/genkan/config.toml", &format!("region = \"{other}\"\n"));
        house.environment.insert("AWS_REGION".into(), other.into());
        let (found, said) = region(&house, &[]);
        assert_eq!(found, sso);
        for origin in [
            "AWS_REGION",
            "`region` of the preferences",
            "`region` of [default]",
        ] {
            let words = format!("ignored {origin}: Region {other} is in partition");
            assert_eq!(said.matches(&words).count(), 1, "{words}: {said}");
        }
        assert!(said.contains("using the SSO Region"), "{said}");
        let refusal = format!("--region: Region {other} is in partition");
        for command in ["export", "console"] {
            refused(
                &house.run(&[command, TARGET, "--region", other]),
                2,
                &[&refusal, fitting],
            );
        }
        refused(
            &house.run(&["assume", "bash", TARGET, "--region", other]),
            2,
            &[&refusal],
        );
        refused(&house.run(&["profiles", "--region", other]), 2, &[&refusal]);
        assert_eq!(region(&house, &["--region", fitting]).0, fitting);
        let written = house.run(&["profiles", "--write"]);
        let config = house.read(".aws/config");
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
        house.write(".aws/config", &old);
        let again = house.run(&["profiles", "--write"]);
        assert_eq!(house.read(".aws/config"), config, "{}", again.stderr);
    }
}

#[test]
fn a_console_page_is_known_or_refused() {
    let mut house = signed_in();
    let address = |house: &House, options: &[&str]| {
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
        house.run(&all)
    };
    let s3 = address(&house, &["--service", "S3"]);
    assert!(s3.stdout.contains("%2Fs3%2Fhome%3Fregion%3Deu-west-1"), "{s3:?}");
    let path = address(&house, &["--service", "brand-new/home"]);
    assert!(path.stdout.contains("%2Fbrand-new%2Fhome%3F"), "{path:?}");
    refused(
        &address(&house, &["--service", "dynamdb"]),
        2,
        &["did you mean `dynamodb`?", "`dynamdb/home`"],
    );
    let gov = "https://console.amazonaws-us-gov.com/s3";
    refused(
        &house.run(&["console", TARGET, "--destination", gov]),
        1,
        &["is a page of partition aws-us-gov"],
    );
    refused(&address(&house, &["--destination", gov]), 2, &["--region"]);
    house.write(".config/genkan/config.toml", "console_service = \"dynamdb\"\n");
    let home = address(&house, &[]);
    assert!(home.stdout.contains("%2Fconsole%2Fhome%3F"), "{home:?}");
    assert!(
        home.stderr
            .contains("ignored `console_service` of the preferences"),
        "{home:?}"
    );
    house.environment.insert("AWS_REGION".into(), "eu-west-1".into());
}

#[test]
fn options_that_have_no_use_are_refused() {
    let house = signed_in();
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
            "--region has no place in",
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
        refused(&house.run(arguments), 2, &[words]);
    }
}

/// Every option with a list of values takes them in any case.
#[test]
fn values_of_options_are_taken_in_any_case() {
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
    assert!(walk(&genkan::cli::command(), &[]) > 10);
    let house = signed_in();
    let json = house.output(&["list", "--format", "JSON"]);
    assert!(json.starts_with('['));
}

#[test]
fn a_proxy_that_cannot_be_read_is_never_passed_by() {
    for (variable, value) in [
        ("HTTPS_PROXY", "http://me:can ary@proxy.example:3128"),
        ("https_proxy", "socks5://proxy.example:1080"),
        ("ALL_PROXY", "http://"),
    ] {
        let mut house = signed_in();
        house.environment.insert(variable.into(), value.into());
        let before = house.sandbox.counts().list_accounts;
        let ended = house.run(&["list", "--refresh"]);
        let words = format!("{variable} is not an address of an HTTP proxy");
        refused(&ended, 1, &[&words, "http://HOST:PORT"]);
        assert!(!ended.stderr.contains("can ary"), "{}", ended.stderr);
        assert_eq!(house.sandbox.counts().list_accounts, before);
        // What needs no network works.
        house.output(&["list"]);
        house.environment.insert("NO_PROXY".into(), "*".into());
        house.output(&["list", "--refresh"]);
    }
}

#[test]
fn an_unknown_preferred_session_is_said_once() {
    let house = signed_in();
    house.write(".config/genkan/config.toml", "session = \"Demo\"\n");
    assert_eq!(house.run(&["login", "--no-browser"]).code, Some(0), "in any case");
    house.write(".config/genkan/config.toml", "session = \"demoo\"\n");
    for arguments in [
        &["login", "--no-browser"][..],
        &["exec", TARGET, "--region", "eu-west-1", "--", "true"],
    ] {
        let ended = house.run(arguments);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let words = "ignored `session` of the preferences: there is no SSO session named `demoo`";
        assert_eq!(ended.stderr.matches(words).count(), 1, "{}", ended.stderr);
    }
}

#[test]
fn without_a_target_the_environment_says_which() {
    let mut house = signed_in();
    house.output(&["profiles", "--write"]);
    let entered = |house: &House, options: &[&str]| {
        let mut all = vec!["exec"];
        all.extend(options);
        all.extend(["--", "sh", "-c", "echo $GENKAN_ACCOUNT_ID/$GENKAN_PERMISSION_SET"]);
        house.run(&all)
    };
    // A profile that names no target stands in nobody's way; without anything else it is a usage error.
    house
        .environment
        .insert("AWS_PROFILE".into(), "of-another-tool".into());
    refused(
        &entered(&house, &[]),
        2,
        &[
            "no TARGET was given",
            "AWS_PROFILE=of-another-tool: there is no profile",
        ],
    );
    for (name, value) in [
        ("GENKAN_SESSION", "demo"),
        ("GENKAN_ACCOUNT_ID", ACCOUNT),
        ("GENKAN_PERMISSION_SET", "AdministratorAccess"),
    ] {
        house.environment.insert(name.into(), value.into());
    }
    let in_shell = entered(&house, &[]);
    assert_eq!(
        in_shell.stdout,
        format!("{ACCOUNT}/AdministratorAccess\n"),
        "{in_shell:?}"
    );
    let words = "using payments-dev/AdministratorAccess, from the current genkan shell";
    assert!(in_shell.stderr.contains(words), "{in_shell:?}");
    let other = "ci-runners-administratoraccess";
    assert!(house.read(".aws/config").contains(&format!("[profile {other}]")));
    house.environment.insert("AWS_PROFILE".into(), other.into());
    let by_profile = entered(&house, &[]);
    assert!(
        by_profile.stderr.contains(&format!("from AWS_PROFILE={other}")),
        "{by_profile:?}"
    );
    assert!(by_profile.stdout.ends_with("/AdministratorAccess\n") && !by_profile.stdout.starts_with(ACCOUNT));
    // What is typed counts before both, and needs no word.
    let typed = entered(&house, &["--profile", "payments-dev-administratoraccess"]);
    assert_eq!(
        typed.stdout,
        format!("{ACCOUNT}/AdministratorAccess\n"),
        "{typed:?}"
    );
    assert!(!typed.stderr.contains("using"), "{typed:?}");
    refused(&house.run(&["credential-process"]), 2, &["TARGET"]);
}

/// On a terminal a command signs in and goes on; without one it fails with code 3 and asks nobody.
#[test]
fn a_command_signs_in_where_it_is_needed() {
    for line in [
        "\"$GENKAN\" exec payments-dev/AdministratorAccess -- echo ran",
        "eval \"$(\"$GENKAN\" export payments-dev/AdministratorAccess)\"; echo ran ${AWS_ACCESS_KEY_ID%%[A-Z2-7]*}",
        "eval \"$(\"$GENKAN\" assume bash payments-dev/AdministratorAccess)\"; echo ran $GENKAN_ACCOUNT_ID",
        "\"$GENKAN\" console --print --via federation payments-dev/AdministratorAccess >link && echo ran",
        "\"$GENKAN\" list --format plain >list && echo ran",
    ] {
        let house = House::new();
        let mut screen = Screen::script(&house, line);
        screen.wait("check that it shows the same code");
        screen.wait("ran");
        assert_eq!(screen.exit(), 0, "{line}");
        assert_eq!(house.sandbox.counts().start_device_authorization, 1, "{line}");
    }
    let house = House::new();
    let mut screen = Screen::script(
        &house,
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
            &house.run(arguments),
            3,
            &["sign-in is required", "genkan login demo"],
        );
    }
    assert_eq!(house.sandbox.counts().start_device_authorization, 0);
}

#[test]
fn which_of_several_sessions_to_sign_in_to_is_not_guessed() {
    let house = House::new();
    let two = format!("{}{}", house.sso_session("one"), house.sso_session("two"));
    house.write(".aws/config", &two);
    refused(
        &house.run(&["export", TARGET]),
        3,
        &[
            "none of the SSO sessions one, two is signed in",
            "SESSION:ACCOUNT/PERMISSION_SET",
        ],
    );
    let mut screen = Screen::script(&house, "\"$GENKAN\" export payments-dev/AdministratorAccess");
    screen.wait("none of the SSO sessions");
    assert_eq!(screen.exit(), 3);
}

/// `login --force` ends a session only where another can begin.
#[test]
fn a_forced_login_that_cannot_begin_leaves_the_sign_in() {
    for flow in [&["--flow", "device"][..], &["--flow", "pkce"]] {
        let mut house = signed_in();
        let mut all = vec!["login", "--force", "--no-browser"];
        all.extend(flow);
        let environment = house.environment.clone();
        for (name, value) in &mut house.environment {
            if name.starts_with("AWS_ENDPOINT_URL") {
                *value = "http://127.0.0.1:9".into();
            }
        }
        let ended = house.run(&all);
        refused(
            &ended,
            1,
            &["could not reach", "the sign-in to demo before is still there"],
        );
        house.environment = environment;
        assert_eq!(house.sandbox.counts().logout, 0);
        house.output(&["list", "--refresh"]);
    }
    // One that Identity Center refuses leaves it, too.
    let house = signed_in();
    let control = house.sandbox.control();
    control.inject(Operation::StartDeviceAuthorization, &Fault::InternalError, 20);
    assert_eq!(house.run(&["login", "--force", "--no-browser"]).code, Some(1));
    assert_eq!(house.sandbox.counts().logout, 0);
    house.output(&["list", "--refresh"]);
}

#[test]
fn the_reason_comes_before_the_region_that_is_used_instead() {
    let mut house = signed_in();
    house.environment.insert("AWS_REGION".into(), "eu-wset-1".into());
    let (found, said) = region(&house, &[]);
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
