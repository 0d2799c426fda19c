//! What a person may write for a target: with several sessions, by a profile, in full or in short; and
//! the credentials file, which genkan may only add to.

use std::os::unix::fs::PermissionsExt;

use crate::support::env::{ACCOUNT, Ended, House, TARGET};

fn fails(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(code), ""),
        "{}",
        ended.stderr
    );
    for word in words {
        assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
    }
}

/// Where a command ran, and in which Region.
fn entered(house: &House, arguments: &[&str]) -> String {
    let mut all = vec!["exec"];
    all.extend(arguments);
    all.extend([
        "--",
        "sh",
        "-c",
        "echo $GENKAN_SESSION:$GENKAN_ACCOUNT_ID/$GENKAN_PERMISSION_SET $AWS_REGION",
    ]);
    house.output(&all).trim().to_owned()
}

/// A house of one signed-in session `demo` among others.
fn among_others(others: &str) -> House {
    let house = House::new();
    house.sign_in();
    house.output(&["list"]);
    let demo = house.sso_session("demo");
    house.write(".aws/config", &format!("{others}\n{demo}"));
    house
}

#[test]
fn a_session_that_is_signed_out_stands_in_nobodys_way() {
    let house = among_others(
        "[sso-session other]\nsso_start_url = https://other.awsapps.com/start\nsso_region = ap-northeast-1\n",
    );
    let there = format!("demo:{ACCOUNT}/AdministratorAccess ap-northeast-1");
    for text in [
        TARGET,
        "payments-dev/adm",
        &format!("{ACCOUNT}/AdministratorAccess"),
        &format!("demo:{TARGET}"),
    ] {
        assert_eq!(entered(&house, &[text]), there, "{text}");
    }
    // Without a catalog the signed-in one is asked, and the other only where that doesn't know.
    std::fs::remove_dir_all(house.path(".cache/genkan/catalog")).unwrap();
    assert_eq!(entered(&house, &[TARGET]), there);
    std::fs::remove_dir_all(house.path(".cache/genkan/catalog")).unwrap();
    fails(
        &house.run(&["export", "payments-dev/nonsense"]),
        1,
        &[
            "there is no target `payments-dev/nonsense`",
            "did you mean `payments-dev/",
            "not everything was asked: sign-in is required for SSO session `other`",
        ],
    );
    fails(
        &house.run(&["export", &format!("other:{TARGET}")]),
        3,
        &["SSO session `other`"],
    );
    // An account that is named in full is never taken for one that is only like it.
    fails(
        &house.run(&["export", "payments-dev/BillingReadOnly"]),
        1,
        &["there is no target"],
    );
}

#[test]
fn two_names_of_one_portal_mean_the_signed_in_one() {
    let house = House::new();
    let start_url = house.sandbox.start_url();
    let demo = house.sso_session("demo");
    house.write(
        ".aws/config",
        &format!("[profile old]\nsso_start_url = {start_url}/#/\nsso_region = ap-northeast-1\n[profile older]\nsso_start_url = {start_url}\nsso_region = ap-northeast-1\n{demo}"),
    );
    let sessions: Vec<String> = ["old", "demo"].map(str::to_owned).into();
    house.output(&["login", "old", "--no-browser"]);
    house.output(&["list", "--session", "old"]);
    assert_eq!(entered(&house, &[TARGET]).split(':').next(), Some("old"));
    house.output(&["login", "demo", "--no-browser"]);
    house.output(&["list", "--session", "demo"]);
    assert_eq!(
        entered(&house, &[TARGET]).split(':').next(),
        Some("demo"),
        "a section before a profile"
    );
    for session in sessions {
        assert_eq!(
            entered(&house, &[&format!("{session}:{TARGET}")])
                .split(':')
                .next(),
            Some(session.as_str())
        );
    }
    fails(
        &house.run(&["login", "older", "--no-browser"]),
        1,
        &["no SSO session named `older`", "demo, old"],
    );
    // Two sections of one portal may be two people.
    let twin = house.sso_session("twin");
    house.write(".aws/config", &format!("{demo}{twin}"));
    house.output(&["login", "twin", "--no-browser"]);
    house.output(&["list", "--session", "twin"]);
    fails(
        &house.run(&["export", TARGET]),
        1,
        &[
            "could mean several targets",
            &format!("twin:{ACCOUNT}/AdministratorAccess"),
        ],
    );
}

#[test]
fn a_profile_names_a_target() {
    let mut house = House::new();
    house.sign_in();
    let start_url = house.sandbox.start_url();
    let demo = house.sso_session("demo");
    let config = format!(
        "{demo}\n[profile new]\nsso_session = demo\nsso_account_id = {ACCOUNT}\nsso_role_name = AdministratorAccess\n\
         region = eu-west-3\n[profile old]\nsso_start_url = {start_url}/\nsso_region = ap-northeast-1\n\
         sso_account_id = {ACCOUNT}\nsso_role_name = PowerUserAccess\n[profile process]\n\
         credential_process = '/x y/genkan' credential-process demo:{ACCOUNT}/PowerUserAccess\n\
         [profile half]\nsso_session = demo\n[profile gone]\nsso_session = gone\nsso_account_id = {ACCOUNT}\n\
         sso_role_name = X\n[profile plain]\nregion = x\n[profile role]\nrole_arn = arn:aws:iam::1:role/r\n\
         source_profile = new\n[profile other]\ncredential_process = aws-vault export x\n"
    );
    house.write(".aws/config", &config);
    house.environment.remove("AWS_REGION");
    house.environment.remove("AWS_DEFAULT_REGION");
    let there = format!("demo:{ACCOUNT}/AdministratorAccess");
    assert_eq!(
        entered(&house, &["--profile", "new"]),
        format!("{there} eu-west-3")
    );
    assert_eq!(
        entered(&house, &["--profile", "process"]),
        format!("demo:{ACCOUNT}/PowerUserAccess ap-northeast-1")
    );
    house.output(&["login", "old", "--no-browser"]);
    assert_eq!(
        entered(&house, &["--profile", "old"]),
        format!("old:{ACCOUNT}/PowerUserAccess ap-northeast-1")
    );
    let export = house.output(&["export", "--profile", "new", "--format", "dotenv"]);
    assert!(export.contains("AWS_REGION='eu-west-3'"), "{export}");
    let console = house.output(&["console", "--profile", "new", "--print", "--via", "portal"]);
    assert!(
        console.contains("role_name=AdministratorAccess") && console.contains("eu-west-3"),
        "{console}"
    );
    let process = house.output(&["credential-process", "--profile", "new"]);
    assert!(process.contains(ACCOUNT) && process.contains("ASIA"), "{process}");
    for (name, code, words) in [
        ("nwe", 1, "did you mean `new`"),
        ("half", 1, "it lacks `sso_account_id` or `sso_role_name`"),
        ("gone", 1, "there is no SSO session named `gone`"),
        ("plain", 1, "profile `plain` names no target: it has no SSO keys"),
        ("role", 1, "it assumes the role arn:aws:iam::1:role/r"),
        ("other", 1, "it runs another program"),
    ] {
        fails(
            &house.run(&["export", "--profile", name]),
            code,
            &[words, "hint: "],
        );
        fails(
            &house.run(&["credential-process", "--profile", name]),
            code,
            &[words],
        );
    }
    fails(
        &house.run(&["export", TARGET, "--profile", "new"]),
        2,
        &["cannot be used with"],
    );
    fails(&house.run(&["credential-process"]), 2, &["TARGET"]);
    house.environment.insert("AWS_REGION".into(), "us-west-2".into());
    assert_eq!(
        entered(&house, &["--profile", "new"]),
        format!("{there} us-west-2"),
        "as the AWS CLI has it"
    );
}

#[test]
fn a_start_url_that_carries_the_region_needs_no_other() {
    let house = House::with(|options| options.region = "eu-central-1".into());
    house.write(
        ".aws/config",
        "[sso-session new]\nsso_start_url = https://ssoins-1.portal.eu-central-1.app.aws\n",
    );
    let ended = house.run(&["list"]);
    fails(&ended, 3, &["sign-in is required for SSO session `new`"]);
    house.write(
        ".aws/config",
        "[sso-session new]\nsso_start_url = https://identitycenter.amazonaws.com/ssoins-1\n",
    );
    fails(
        &house.run(&["list"]),
        1,
        &["SSO session `new` can't be used: `sso_region` is missing"],
    );
}

#[test]
fn credentials_are_written_into_a_section_of_their_own() {
    let house = House::new();
    house.sign_in();
    let write = |name: &str| {
        house.run(&[
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
            .contains("[payments] of ~/.aws/credentials has the credentials, for "),
        "{}",
        first.stderr
    );
    let path = house.path(".aws/credentials");
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    let own = house.read(".aws/credentials");
    assert!(
        own.starts_with("[payments]\n# written by genkan; expires 20")
            && own.contains("\naws_session_token = ")
    );
    let theirs = "; mine\r\n[default]\r\naws_access_key_id = AKIAMINE\r\naws_secret_access_key=SECRET ; x\r\n\r\n[odd one]\r\nx\r\n";
    let last = "[last]\r\naws_access_key_id = AKIALAST";
    house.write(
        ".aws/credentials",
        &format!("{theirs}[payments]\r\nregion = x\r\n{last}"),
    );
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    assert_eq!(write("payments").code, Some(0));
    let text = house.read(".aws/credentials");
    let inner = text.strip_prefix(theirs).unwrap().strip_suffix(last).unwrap();
    assert!(
        inner.starts_with("[payments]\r\n# written by genkan; expires ")
            && inner.ends_with("\r\nregion = x\r\n")
    );
    assert_eq!(mode(), 0o600, "it was open to others");
    assert_eq!(
        house.read(".aws/credentials.genkan-backup"),
        format!("{theirs}[payments]\r\nregion = x\r\n{last}")
    );
    // Again: one section, the same place.
    house.write(
        ".aws/credentials",
        &text.replace(
            "aws_session_token = ",
            "AWS_Security_Token = old\r\naws_session_token = ",
        ),
    );
    assert_eq!(write("payments").code, Some(0));
    let again = house.read(".aws/credentials");
    assert_eq!(again, text, "the same credentials came from the cache");
    for name in ["default", "last"] {
        fails(
            &write(name),
            1,
            &[
                "holds credentials that genkan didn't write",
                "choose another name",
            ],
        );
        assert_eq!(house.read(".aws/credentials"), text);
    }
    house.write(".aws/credentials", "[payments]\n[payments]\n");
    fails(
        &write("payments"),
        1,
        &["it holds `[payments]` twice", "mend it in an editor"],
    );
    house.write(".aws/credentials", "# none\n");
    assert_eq!(write("default").code, Some(0), "asked for by name");
    assert!(
        house
            .read(".aws/credentials")
            .starts_with("# none\n\n[default]\n# written by genkan")
    );
    fails(
        &house.run(&["export", TARGET, "--as", "x", "--write"]),
        2,
        &["is printed and never written"],
    );
    fails(
        &house.run(&["export", TARGET, "--format", "credentials-file", "--write"]),
        2,
        &["--as"],
    );
}

#[test]
fn endpoints_of_the_config_file_are_taken_in_both_spellings() {
    for (profile, spelling) in [
        ("default", "sso_oidc"),
        ("profile x", "sso-oidc"),
        ("profile y", "sso_oidc"),
        ("profile z", ""),
    ] {
        let mut house = House::new();
        let url = house.sandbox.url();
        house
            .environment
            .retain(|name, _| !name.starts_with("AWS_ENDPOINT_URL"));
        let endpoints = if spelling.is_empty() {
            format!("endpoint_url = {url}\n")
        } else {
            format!(
                "services = here\n[services here]\nsso =\n  endpoint_url = {url}\n{spelling} =\n  endpoint_url = {url}\n"
            )
        };
        let demo = house.sso_session("demo");
        house.write(".aws/config", &format!("{demo}[{profile}]\n{endpoints}"));
        if let Some(name) = profile.strip_prefix("profile ") {
            house.environment.insert("AWS_PROFILE".into(), name.into());
        }
        house.sign_in();
        assert_eq!(
            house.output(&["list", "--format", "plain"]).lines().count(),
            100,
            "{profile} {spelling}"
        );
    }
}

/// A portal session that ended elsewhere while its access token looks good: what was refused is not
/// taken for a sign-in again.
#[test]
fn a_sign_in_that_ended_elsewhere_is_begun_anew() {
    let house = House::new();
    house.sign_in();
    let export = ["export", "payments-prod/AdministratorAccess"];
    house.sandbox.control().end_portal_sessions();
    let ended = house.run(&export);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("has ended (noticed at "),
        "{}",
        ended.stderr
    );
    let status = house.output(&["status"]);
    assert!(
        status.contains("ended") && !status.contains("signed in"),
        "{status}"
    );
    house.sign_in();
    house.output(&export);
    assert!(house.output(&["status"]).contains("signed in"));
}
