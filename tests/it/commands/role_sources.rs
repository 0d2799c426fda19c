//! Chains of roles that begin elsewhere than in Identity Center: with plain keys, another program, the environment.

use crate::support::env::{CommandResult, TestEnv};
use crate::support::iam_users::{WITH_MFA, WITHOUT_MFA, keys};
use crate::support::profile_roles::{JUMP, device, section, with_keys};
use crate::support::screen::Screen;

fn whoami(env: &TestEnv, arguments: &[&str]) -> String {
    let genkan = env!("CARGO_BIN_EXE_genkan");
    let said = ["--", genkan, "whoami", "--verify", "--format", "json"];
    let said = env.output(&[&["exec"], arguments, &said].concat());
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    said["caller"]["arn"].as_str().unwrap_or_default().to_owned()
}

fn fails(result: &CommandResult, code: i32, words: &[&str]) {
    let printed = (result.code, result.stdout.as_str());
    assert_eq!(printed, (Some(code), ""), "{}", result.stderr);
    for word in words {
        assert!(result.stderr.contains(word), "{word}: {}", result.stderr);
    }
}

/// Every file below a folder that holds a text.
fn files_with(folder: &std::path::Path, text: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(files_with(&path, text));
        } else if std::fs::read(&path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text)) {
            found.push(path);
        }
    }
    found
}

#[test]
fn keys_of_a_profile_assume_its_roles_and_are_not_handed_out() {
    let (env, key) = with_keys(WITHOUT_MFA, "");
    let who = whoami(&env, &["--profile", "one"]);
    assert_eq!(
        who,
        "arn:aws:sts::390178853927:assumed-role/JumpReadOnly/ren.sato"
    );
    // By its text, by AWS_PROFILE, and for SDKs: all the same, and one request.
    let text = "profile ci:390178853927/JumpReadOnly via 000000000000/keys";
    assert_eq!(whoami(&env, &[text]), who);
    let answer = env.output(&["credential-process", "--profile", "one"]);
    assert!(answer.contains("\"AccountId\":\"390178853927\""), "{answer}");
    assert_eq!(env.output(&["credential-process", text]), answer);
    let mut by_variable = env.command(&["export", "--format", "json"]);
    let by_variable = by_variable.env("AWS_PROFILE", "one").output().unwrap();
    assert!(by_variable.status.success());
    let counts = env.sandbox.counts();
    assert_eq!((counts.assume_role, counts.get_session_token), (1, 0));
    let listed = env.output(&["list", "--session", "profile ci", "--format", "plain"]);
    assert!(listed.contains(text), "{listed}");
    let status = env.output(&["status", "--session", "profile ci"]);
    let words = "profile ci  roles that a profile's own credentials assume\n  sign-in       none needed\n";
    assert!(status.starts_with(words), "{status}");
    // The key stays where it is.
    fails(
        &env.run(&["export", "profile ci:000000000000/keys"]),
        1,
        &["profile ci only provides keys for assuming roles"],
    );
    let secret = &key.secret_access_key;
    assert_eq!(
        files_with(env.home.path(), secret),
        [env.path(".aws/credentials")]
    );
    assert!(!answer.contains(secret) && !listed.contains(secret));
    // Another key is another sign-in: nothing of the old one's is given out.
    env.write(".aws/credentials", &section("ci", &keys(&env, WITHOUT_MFA)[1]));
    assert_eq!(whoami(&env, &["--profile", "one"]), who);
    assert_eq!(env.sandbox.counts().assume_role, 2);
}

#[test]
fn a_key_with_one_half_or_none_is_named() {
    let (env, key) = with_keys(WITHOUT_MFA, "");
    let half = format!("[ci]\naws_access_key_id = {}\n", key.access_key_id);
    env.write(".aws/credentials", &half);
    fails(
        &env.run(&["export", "--profile", "one"]),
        1,
        &[
            "profile `ci` has only one half of an access key",
            "hint: set both",
        ],
    );
}

#[test]
fn one_code_of_a_device_opens_all_roles_of_its_user() {
    let serial = device(WITH_MFA);
    let (env, _) = with_keys(WITH_MFA, &format!("mfa_serial = {serial}"));
    fails(
        &env.run(&["export", "--profile", "two"]),
        3,
        &[
            &format!("a code of the MFA device {serial} is needed for profile ci"),
            "hint: run it in a terminal, or set `mfa_process`",
        ],
    );
    env.write("code", &env.sandbox.control().mfa_code(&serial).unwrap());
    let command = format!(
        "mfa_process = \"echo asked >> '{0}/asked'; cat '{0}/code'\"\n",
        env.home.path().display()
    );
    env.write(".config/genkan/config.toml", &command);
    for (profile, role) in [
        ("two", "JumpAdministrator"),
        ("one", "JumpReadOnly"),
        ("two", "JumpAdministrator"),
    ] {
        let who = whoami(&env, &["--profile", profile]);
        assert!(who.contains(&format!("assumed-role/{role}/")), "{who}");
    }
    let counts = env.sandbox.counts();
    assert_eq!((counts.get_session_token, counts.assume_role), (1, 2));
    assert_eq!(env.read("asked").lines().count(), 1);
}

#[test]
fn a_code_is_asked_for_in_a_terminal() {
    let serial = device(WITH_MFA);
    let (env, _) = with_keys(WITH_MFA, &format!("mfa_serial = {serial}"));
    let mut screen = Screen::genkan(&env, &["exec", "--profile", "two", "--", "echo", "as", "admin"]);
    let question = format!("Code of the MFA device {serial}:");
    screen.wait(&question);
    screen.type_keys("000000\r");
    screen.wait("STS didn't accept the code");
    screen.wait_until("it is asked again", |screen| {
        screen.raw().matches(&question).count() == 2
    });
    screen.type_keys(&format!("{}\r", env.sandbox.control().mfa_code(&serial).unwrap()));
    screen.wait("as admin");
    assert_eq!(screen.exit(), 0);
    assert_eq!(env.sandbox.counts().assume_role, 1);
}

#[test]
fn programs_of_other_tools_and_the_environment_begin_chains() {
    let env = TestEnv::new();
    let key = keys(&env, WITHOUT_MFA).remove(0);
    let printed = serde_json::json!({
        "Version": 1, "AccessKeyId": key.access_key_id, "SecretAccessKey": key.secret_access_key
    });
    env.write("printed file.json", &printed.to_string());
    let config = format!(
        "{}[profile tool]\ncredential_process = cat '{}'\n[profile broken]\n\
         credential_process = sh -c 'echo no token >&2; exit 3'\n\
         [profile one]\nrole_arn = {JUMP}\nsource_profile = tool\n\
         [profile two]\nrole_arn = {JUMP}\nsource_profile = broken\n\
         [profile three]\nrole_arn = {JUMP}\ncredential_source = Environment\n\
         [profile four]\nrole_arn = {JUMP}\ncredential_source = EcsContainer\n",
        env.sso_session("demo"),
        env.path("printed file.json").display(),
    );
    env.write(".aws/config", &config);
    let who = "arn:aws:sts::390178853927:assumed-role/JumpReadOnly/ren.sato";
    assert_eq!(whoami(&env, &["--profile", "one"]), who);
    fails(
        &env.run(&["export", "--profile", "two"]),
        1,
        &["the credential_process of profile `broken` failed with code 3: no token"],
    );
    fails(
        &env.run(&["export", "--profile", "four"]),
        1,
        &[
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set, which `credential_source = EcsContainer` reads",
        ],
    );
    let exported = env
        .command(&["export", "--profile", "three", "--format", "json"])
        .env("AWS_ACCESS_KEY_ID", &key.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &key.secret_access_key)
        .output()
        .unwrap();
    assert!(
        exported.status.success(),
        "{}",
        String::from_utf8_lossy(&exported.stderr)
    );
    assert_eq!(env.sandbox.counts().assume_role, 2);
}
