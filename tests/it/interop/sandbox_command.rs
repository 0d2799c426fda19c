//! `genkan sandbox` as a user starts it: what it prints is enough for every client, its files go with it, its knobs
//! work while it runs.

use genkan::sandbox::Organisation;

use crate::support::env::{TARGET, TestEnv};
use crate::support::http::request;
use crate::support::peers;
use crate::support::sandbox_process::SandboxProcess;

const CALLER: &str = "
import boto3, sys
print(boto3.Session(profile_name=sys.argv[1]).client('sts').get_caller_identity()['Arn'])
";

/// Who a profile of the printed config file is for boto3.
fn caller(sandbox: &SandboxProcess, profile: &str) -> Option<String> {
    let python = peers::python()?.join("bin/python");
    let said = sandbox.output(python.to_str().unwrap(), &["-c", CALLER, profile]);
    Some(said.trim().to_owned())
}

#[test]
fn printed_environment_is_sufficient_for_clients() {
    let mut sandbox = SandboxProcess::start(&["--auto-approve"]);
    sandbox.genkan(&["login", "--no-browser"]);
    // The permission sets, and the roles that the config file has a profile for.
    let listed = sandbox.genkan(&["list", "--format", "plain"]);
    assert_eq!(listed.lines().count(), 104, "{listed}");
    sandbox.genkan(&["export", TARGET]);
    sandbox.genkan(&["export", "--profile", "sandbox"]);
    for (profile, arn) in [
        ("sandbox", ":assumed-role/AWSReservedSSO_BillingReadOnly_"),
        ("management-incidentresponse", ":assumed-role/IncidentResponse/"),
        (
            "partner-api-prod-partneraudit",
            "390178853927:assumed-role/PartnerAudit/",
        ),
        ("log-archive-logreader", "111204938571:assumed-role/LogReader/"),
    ] {
        assert!(sandbox.notes.contains(profile), "{}", sandbox.notes);
        let found = caller(&sandbox, profile);
        assert!(
            found.iter().all(|found| found.contains(arn)),
            "{profile}: {found:?}"
        );
    }
    sandbox.genkan(&["profiles", "--write"]);
    let folder = sandbox.folder();
    assert!(!folder.join("credentials").exists(), "no keys unless asked for");
    assert!(!sandbox.notes.contains("AKIA") && !sandbox.notes.contains("secret"));
    let home = sandbox.home.path();
    assert!(!home.join(".aws/config").exists() && !home.join(".aws/credentials").exists());
    sandbox.stop();
    assert!(!folder.exists(), "its files go with it");
}

#[test]
fn keys_of_iam_users_are_written_where_they_are_asked_for() {
    let sandbox = SandboxProcess::start(&["--iam-keys", "--credentials-lifetime", "120"]);
    let credentials = std::fs::read_to_string(sandbox.folder().join("credentials")).unwrap();
    for profile in ["[ayumi.mori]", "[ren.sato]", "[ren.sato-2]", "[deploy]"] {
        assert!(credentials.contains(profile), "{credentials}");
    }
    assert!(
        sandbox.notes.contains(
            "MFA device arn:aws:iam::598204417736:mfa/ayumi-phone\n#   (a code: `oathtool --totp --base32 "
        ),
        "{}",
        sandbox.notes
    );
    for (profile, arn) in [
        ("ren.sato", "arn:aws:iam::598204417736:user/ren.sato"),
        (
            "management-jumpreadonly",
            "000123456789:assumed-role/JumpReadOnly/",
        ),
    ] {
        let found = caller(&sandbox, profile);
        assert!(
            found.iter().all(|found| found.contains(arn)),
            "{profile}: {found:?}"
        );
    }
    if let Some(venv) = peers::python() {
        let aws = venv.join("bin/aws");
        let aws = |arguments: &[&str]| sandbox.output(aws.to_str().unwrap(), arguments);
        let keys = aws(&[
            "iam",
            "list-access-keys",
            "--profile",
            "ren.sato",
            "--output",
            "json",
        ]);
        assert_eq!(keys.matches("AKIA").count(), 2, "{keys}");
        let who = [
            "sts",
            "get-caller-identity",
            "--profile",
            "management-jumpreadonly",
            "--output",
            "text",
        ];
        assert!(aws(&who).contains("assumed-role/JumpReadOnly/"));
    }
    let config = std::fs::read_to_string(sandbox.folder().join("config")).unwrap();
    assert!(
        config.contains("mfa_serial = arn:aws:iam::598204417736:mfa/ayumi-phone"),
        "{config}"
    );
}

#[test]
fn knobs_end_what_was_given() {
    let sandbox = SandboxProcess::start(&["--auto-approve"]);
    sandbox.genkan(&["login", "--no-browser"]);
    let url = sandbox.url();
    let turn = |path: &str, headers: &[(&str, &str)]| request(&url, "POST", path, headers, b"").unwrap();
    let elsewhere = [("origin", "https://evil.example")];
    assert_eq!(turn("/control/end-portal-sessions", &elsewhere).status, 403);
    sandbox.genkan(&["list", "--refresh"]);
    assert_eq!(turn("/control/revoke-access-tokens", &[]).status, 204);
    sandbox.genkan(&["list", "--refresh"]);
    assert_eq!(turn("/control/expire-credentials", &[]).status, 204);
    let own = [("origin", url.as_str())];
    let answer = turn("/control/end-portal-sessions", &own);
    assert_eq!((answer.status, answer.header("location")), (302, Some("/")));
    let genkan = env!("CARGO_BIN_EXE_genkan");
    let ended = sandbox.run(genkan, &["list", "--refresh"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert_eq!(turn("/control/nothing", &[]).status, 404);
    let home = request(&url, "GET", "/", &[], b"").unwrap().text();
    assert!(home.contains("End every portal session"), "{home}");
}

#[test]
fn an_organisation_of_ones_own_is_served_and_its_mistakes_have_lines() {
    let env = TestEnv::new();
    let sample = env.output(&["sandbox", "--print-organisation"]);
    assert_eq!(Organisation::from_toml(&sample).unwrap(), Organisation::sample());
    let own = "name = 'Own'\n[user]\nusername = 'me'\ndisplay_name = 'Me'\n\n[[account]]\nid = '123456789012'\n\
               name = 'mine'\nemail = 'a@example.com'\npermission_sets = ['Admin']\n";
    env.write("own.toml", own);
    let file = env.path("own.toml");
    let file = file.to_str().unwrap();
    let sandbox = SandboxProcess::start(&["--auto-approve", "--organisation", file]);
    sandbox.genkan(&["login", "--no-browser"]);
    assert!(
        sandbox
            .genkan(&["list", "--format", "plain"])
            .contains("123456789012/Admin")
    );
    env.write("own.toml", &own.replace("123456789012", "12"));
    for (arguments, words) in [
        (
            vec!["sandbox", "--organisation", file],
            "own.toml, line 6: account `12`: an account ID has 12 digits",
        ),
        (
            vec!["sandbox", "--organisation", "/nowhere.toml"],
            "can't read /nowhere.toml: no such file",
        ),
    ] {
        let result = env.run(&arguments);
        assert_eq!(
            (result.code, result.stdout.as_str()),
            (Some(1), ""),
            "{arguments:?}: {}",
            result.stderr
        );
        assert!(result.stderr.contains(words), "{}", result.stderr);
    }
}
