//! Roles of profiles whose chains begin elsewhere stand in every list, are found by what they are, and are remembered, as
//! all targets are. Listing them asks no one: neither the network, nor a program that a profile names.

use serde_json::Value;

use crate::support::env::{CommandResult, TestEnv};
use crate::support::iam_users::{WITH_MFA, WITHOUT_MFA, add, keys, with_file};
use crate::support::profile_roles::{ADMIN, JUMP, device, with_keys};
use crate::support::screen::Screen;
use crate::support::served::Served;

const TEXT: &str = "profile ci:390178853927/JumpReadOnly via 000000000000/keys";

fn json(env: &TestEnv, arguments: &[&str]) -> Vec<Value> {
    serde_json::from_str(&env.output(&[arguments, &["--format", "json"]].concat())).unwrap()
}

/// Who the credentials of a target are for.
fn caller(env: &TestEnv, arguments: &[&str]) -> String {
    let whoami = [
        "--",
        env!("CARGO_BIN_EXE_genkan"),
        "whoami",
        "--verify",
        "--format",
        "json",
    ];
    let said = env.output(&[&["exec"], arguments, &whoami].concat());
    let said: Value = serde_json::from_str(&said).unwrap();
    said["caller"]["arn"].as_str().unwrap_or_default().to_owned()
}

fn fails(result: &CommandResult, code: i32, words: &str) {
    let printed = (result.code, result.stdout.as_str());
    assert_eq!(printed, (Some(code), ""), "{}", result.stderr);
    assert!(result.stderr.contains(words), "{}", result.stderr);
}

/// What a command offers behind its last word.
fn completed(env: &TestEnv, line: &[&str]) -> Vec<String> {
    let answer = env.output(&[&["complete", "zsh", "--", "genkan"], line].concat());
    let words = answer.lines().map(|line| line.split('\t').next().unwrap());
    words.map(str::to_owned).collect()
}

#[test]
fn roles_of_profiles_are_listed_and_found_like_all_others() {
    let (env, _) = with_keys(WITHOUT_MFA, "");
    env.sign_in();
    let rows = json(&env, &["list"]);
    let of_profiles: Vec<(&str, &str, &str)> = (rows.iter())
        .filter(|row| row["session"] == "profile ci")
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap();
            (text("account_name"), text("role_arn"), text("via"))
        })
        .collect();
    // The name of the account is the one that Identity Center has for it.
    let via = "profile ci:000000000000/keys";
    assert_eq!(
        of_profiles,
        [("partner-api-prod", ADMIN, via), ("partner-api-prod", JUMP, via)]
    );
    let table = env.output(&["list", "--query", "jumpread"]);
    assert!(table.contains("JumpReadOnly via profile ci/keys"), "{table}");
    // Found by its account and name, by a part of it, and by its ARN.
    let who = "arn:aws:sts::390178853927:assumed-role/JumpReadOnly/ren.sato";
    for text in ["partner-api-prod/JumpReadOnly", "partner-api-prod/JumpRe", TEXT] {
        assert_eq!(caller(&env, &[text]), who, "{text}");
    }
    assert_eq!(env.sandbox.counts().assume_role, 1, "credentials are cached");
    let batch = env.output(&[
        "exec",
        "--query",
        "jumpreadonly",
        "--",
        "printenv",
        "GENKAN_SESSION",
    ]);
    assert!(batch.contains("profile ci"), "{batch}");
    // They are no profiles to be written: they are in the file.
    let planned = env.output(&["profiles"]);
    assert!(!planned.contains("JumpReadOnly"), "{planned}");
}

#[test]
fn listing_roles_of_profiles_asks_neither_the_network_nor_a_program() {
    let env = TestEnv::new();
    let ran = env.path("ran");
    let config = format!(
        "[profile tool]\ncredential_process = touch '{}'\n\
         [profile one]\nrole_arn = {JUMP}\nsource_profile = tool\n\
         [profile two]\nrole_arn = {JUMP}\ncredential_source = Ec2InstanceMetadata\n\
         [profile three]\nrole_arn = {JUMP}\ncredential_source = EcsContainer\n",
        ran.display()
    );
    env.write(".aws/config", &config);
    let rows = env.output(&["list", "--format", "plain", "--refresh"]);
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.sort_unstable();
    assert_eq!(
        rows,
        [
            "credential_source Ec2InstanceMetadata:390178853927/JumpReadOnly via 000000000000/role",
            "credential_source EcsContainer:390178853927/JumpReadOnly via 000000000000/role",
            "profile tool:390178853927/JumpReadOnly via 000000000000/process",
        ]
    );
    env.output(&["status"]);
    env.output(&["history"]);
    env.run(&["doctor", "--offline"]);
    completed(&env, &["export", "3"]);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("JumpReadOnly");
    screen.type_keys("\x13");
    screen.wait("Sources of access");
    screen.type_keys("\x1b");
    screen.gone("Sources of access");
    screen.type_keys("\x03");
    screen.exit();
    assert!(!ran.exists(), "no program was run");
    let counts = env.sandbox.counts();
    assert_eq!((counts.assume_role, counts.get_session_token), (0, 0));
    // It runs where its role is wanted.
    let refused = env.run(&[
        "export",
        "profile tool:390178853927/JumpReadOnly via 000000000000/process",
    ]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(ran.exists());
}

#[test]
fn roles_of_profiles_are_left_out_of_lists_where_the_preferences_say_so() {
    let (env, _) = with_keys(WITHOUT_MFA, "");
    env.sign_in();
    env.write(".config/genkan/config.toml", "profile_roles = false\n");
    let listed = env.output(&["list", "--format", "plain"]);
    assert!(!listed.contains("Jump"), "{listed}");
    assert!(!env.output(&["status"]).contains("profile ci"));
    // By their profile, and by name, they are still there.
    let who = "arn:aws:sts::390178853927:assumed-role/JumpReadOnly/ren.sato";
    assert_eq!(caller(&env, &["--profile", "one"]), who);
    assert_eq!(caller(&env, &[TEXT]), who);
    let named = env.output(&["list", "--session", "profile ci", "--format", "plain"]);
    assert_eq!(named.lines().count(), 2, "{named}");
}

#[test]
fn commands_without_a_session_still_mean_the_sso_session() {
    let (env, _) = with_keys(WITHOUT_MFA, "");
    env.sign_in();
    let said = env.run(&["login", "--all", "--no-browser"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(!said.stderr.contains("profile ci"), "{}", said.stderr);
    env.output(&["profiles", "--write"]);
    assert!(!env.read(".aws/config").contains("profile ci:"));
    // A profile's own roles are no sign-in.
    let without = env.read(".aws/config").replace("sso-session demo", "sso-session");
    env.write(".aws/config", &without);
    fails(&env.run(&["login"]), 1, "no SSO session is configured");
}

/// Two hundred profiles of one jump account are two hundred rows of one source.
#[test]
fn two_hundred_profiles_of_one_key_are_one_source() {
    use std::fmt::Write as _;

    let (env, _) = with_keys(WITHOUT_MFA, "");
    let mut config = env.read(".aws/config");
    for number in 0..200 {
        let _ = write!(
            config,
            "[profile role-{number}]\nrole_arn = arn:aws:iam::{:012}:role/Switch\nsource_profile = ci\n",
            700_000_000_000_u64 + number
        );
    }
    env.write(".aws/config", &config);
    let rows = json(&env, &["list", "--session", "profile ci"]);
    assert_eq!(rows.len(), 202);
    let status = json(&env, &["status"]);
    let sources: Vec<&str> = status.iter().map(|it| it["session"].as_str().unwrap()).collect();
    assert_eq!(sources, ["demo", "profile ci"]);
    assert_eq!(completed(&env, &["export", "7000000001"]).len(), 100);
}

#[test]
fn history_and_completion_know_roles_of_profiles_and_iam_users() {
    let (env, _) = with_keys(WITHOUT_MFA, "");
    with_file(&env);
    add(&env, "ren", &keys(&env, WITHOUT_MFA)[0]);
    let user = "ren:598204417736/ren.sato";
    for target in [TEXT, user] {
        env.output(&["exec", target, "--", "true"]);
    }
    let rows: Vec<String> = json(&env, &["history"])
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap();
            format!(
                "{}:{}/{}",
                text("session"),
                text("account_id"),
                text("permission_set")
            )
        })
        .collect();
    assert_eq!(rows, [user, TEXT]);
    for (line, expected) in [
        (
            &["export", "profile ci:390178853927/JumpR"][..],
            "profile ci:390178853927/JumpReadOnly",
        ),
        (&["export", "390178853927/JumpR"], "390178853927/JumpReadOnly"),
        (&["export", "ren:"], user),
        (&["list", "--session", "pro"], "profile ci"),
        (&["login", "r"], "ren"),
    ] {
        let found = completed(&env, line);
        assert!(found.iter().any(|word| word == expected), "{line:?}: {found:?}");
    }
}

#[test]
fn a_server_hands_out_roles_of_profiles_and_sessions_of_iam_users() {
    let (env, key) = with_keys(WITHOUT_MFA, "");
    with_file(&env);
    add(&env, "ren", &keys(&env, WITHOUT_MFA)[0]);
    let served = Served::start(&env, &[TEXT, "ren:598204417736/ren.sato"]);
    for number in [0, 1] {
        let answer = served.get(number);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let given: Value = serde_json::from_str(&answer.text()).unwrap();
        assert!(given["Token"].is_string(), "temporary: {given}");
        assert_ne!(given["AccessKeyId"], key.access_key_id.as_str());
    }
    let (code, said) = served.stop();
    assert_eq!(code, Some(0), "{said}");
}

/// `iam-user session` as a program of a profile is genkan's own, and not run: its user is the source of the chain.
#[test]
fn a_profile_that_runs_iam_user_session_is_that_user() {
    let env = TestEnv::new();
    with_file(&env);
    add(&env, "ren", &keys(&env, WITHOUT_MFA)[0]);
    let config = format!(
        "{}[profile jump]\ncredential_process = genkan iam-user session ren\n\
         [profile one]\nrole_arn = {JUMP}\nsource_profile = jump\n\
         [profile gone]\ncredential_process = genkan iam-user session no-such-user\n",
        env.sso_session("demo")
    );
    env.write(".aws/config", &config);
    let listed = env.output(&["list", "--session", "ren", "--format", "plain"]);
    assert_eq!(
        listed.lines().collect::<Vec<_>>(),
        [
            "ren:390178853927/JumpReadOnly via 598204417736/ren.sato",
            "ren:598204417736/ren.sato"
        ]
    );
    assert_eq!(
        caller(&env, &["--profile", "one"]),
        "arn:aws:sts::390178853927:assumed-role/JumpReadOnly/ren.sato"
    );
    assert_eq!(
        caller(&env, &["--profile", "jump"]),
        "arn:aws:iam::598204417736:user/ren.sato"
    );
    let counts = env.sandbox.counts();
    assert_eq!((counts.get_session_token, counts.assume_role), (1, 1));
    fails(&env.run(&["export", "--profile", "gone"]), 1, "`no-such-user`");
}

/// The code is asked for by every command that needs it, and by `login` before it is needed.
#[test]
fn login_opens_the_session_of_a_device_that_roles_want() {
    let serial = device(WITH_MFA);
    let (env, _) = with_keys(WITH_MFA, &format!("mfa_serial = {serial}"));
    fails(&env.run(&["login", "profile ci"]), 3, "a code of the MFA device");
    let mut screen = Screen::genkan(&env, &["login", "profile ci"]);
    screen.wait(&format!("Code of the MFA device {serial}:"));
    screen.type_keys(&format!("{}\r", env.sandbox.control().mfa_code(&serial).unwrap()));
    screen.wait("signed in to profile ci");
    assert_eq!(screen.exit(), 0);
    env.output(&["export", "--profile", "two", "--format", "json"]);
    let counts = env.sandbox.counts();
    assert_eq!((counts.get_session_token, counts.assume_role), (1, 1));
    let again = env.run(&["login", "profile ci"]);
    assert!(again.stderr.contains("needs no sign-in"), "{}", again.stderr);
}
