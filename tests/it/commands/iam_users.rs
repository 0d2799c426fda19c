//! `genkan iam-user`: keys are added, listed, rotated and removed; their secrets are in the keyring or the encrypted file
//! and nowhere else.

use genkan::sandbox::{Fault, Operation};

use crate::support::env::{CommandResult, TestEnv};
use crate::support::iam_users::{
    REQUIRES_MFA, WITH_MFA, WITHOUT_MFA, add, in_file, keys, run_with_input, with_file,
};
use crate::support::screen::Screen;

/// An environment without a keyring, and with an encrypted file.
fn with_encrypted_file() -> TestEnv {
    let env = TestEnv::new();
    with_file(&env);
    env
}

fn entry(name: &str, key: &str) -> String {
    format!("iam-user/{name}/{key}")
}

/// Refused with these words, with nothing on standard output and nothing kept.
fn refused(env: &TestEnv, result: &CommandResult, code: i32, words: &[&str]) {
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(code), ""),
        "{}",
        result.stderr
    );
    for word in words {
        assert!(result.stderr.contains(word), "{word}: {}", result.stderr);
    }
    assert!(!env.path(".local/state/genkan/iam-users.json").exists());
}

#[test]
fn a_key_is_proved_and_kept_and_listed_without_its_secret() {
    let env = with_encrypted_file();
    let key = &keys(&env, WITHOUT_MFA)[0];
    let added = add(&env, "ren", key);
    for words in [
        "note: no keyring service runs in this session: there is no D-Bus session; the secret is in an encrypted file",
        "added ren: ren.sato in account 598204417736",
        "note: no MFA device is known",
    ] {
        assert!(added.stderr.contains(words), "{words}: {}", added.stderr);
    }
    let stored = in_file(&env, &entry("ren", &key.access_key_id)).unwrap();
    assert!(stored.contains(&key.secret_access_key));
    let listed = env.output(&["iam-user", "list"]);
    assert!(
        listed.contains(&key.access_key_id) && listed.contains("no MFA"),
        "{listed}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&env.output(&["iam-user", "list", "--format", "json"])).unwrap();
    assert_eq!(json[0]["name"], "ren");
    assert_eq!(json[0]["arn"], key.user_arn.as_str());
    assert_eq!(json[0]["secret_in"], "file");
    assert_eq!(json[0]["rotating"], false);
    let metadata = env.read(".local/state/genkan/iam-users.json");
    assert!(!metadata.contains(&key.secret_access_key));
}

#[test]
fn an_mfa_device_is_found_where_the_user_may_list_it() {
    let env = with_encrypted_file();
    let key = &keys(&env, WITH_MFA)[0];
    let added = add(&env, "ayumi", key);
    let serial = key.mfa_serial.as_deref().unwrap();
    assert!(added.stderr.contains(serial), "{}", added.stderr);
    let key = &keys(&env, REQUIRES_MFA)[0];
    let added = add(&env, "deploy", key);
    assert!(
        added.stderr.contains("no MFA device is known"),
        "{}",
        added.stderr
    );
}

#[test]
fn a_key_that_does_not_work_is_not_kept() {
    let env = with_encrypted_file();
    let key = &keys(&env, WITHOUT_MFA)[0];
    let wrong = format!("{}\n{}\n", key.access_key_id, "w".repeat(40));
    let result = run_with_input(&env, &["iam-user", "add", "ren"], &wrong);
    refused(
        &env,
        &result,
        1,
        &[
            "STS refused GetCallerIdentity",
            "hint: check the secret access key",
        ],
    );
    let temporary = format!("ASIAIOSFODNN7EXAMPLE\n{}\n", "w".repeat(40));
    let result = run_with_input(&env, &["iam-user", "add", "ren"], &temporary);
    refused(&env, &result, 1, &["these are temporary credentials"]);
    for (input, words) in [
        ("", "standard input has no access key"),
        ("one\ntwo\nthree\n", "standard input has no access key"),
        (
            &*format!("{0}\n{0}\n", key.secret_access_key),
            "an access key ID has 16 to 128",
        ),
        (
            &*format!("{}\nshort\n", key.access_key_id),
            "this is not a secret access key",
        ),
    ] {
        let result = run_with_input(&env, &["iam-user", "add", "ren"], input);
        refused(&env, &result, 2, &[words]);
        assert!(!result.stderr.contains(&key.secret_access_key));
    }
    let good = format!("{}\n{}\n", key.access_key_id, key.secret_access_key);
    let result = run_with_input(&env, &["iam-user", "add", "a/b"], &good);
    refused(&env, &result, 1, &["`a/b` is not a name for an IAM user"]);
    let result = run_with_input(&env, &["iam-user", "add", "demo"], &good);
    refused(&env, &result, 1, &["the name `demo` is taken by an SSO session"]);
}

#[test]
fn the_json_of_a_new_key_is_read_too() {
    let env = with_encrypted_file();
    let key = &keys(&env, WITHOUT_MFA)[0];
    let json = serde_json::json!({"AccessKey": {
        "UserName": key.user_name, "AccessKeyId": key.access_key_id,
        "Status": "Active", "SecretAccessKey": key.secret_access_key,
    }});
    let result = run_with_input(&env, &["iam-user", "add"], &json.to_string());
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(result.stderr.contains("added ren.sato: "), "{}", result.stderr);
}

#[test]
fn a_profile_is_imported_and_removed_there_and_every_other_byte_stays() {
    let env = with_encrypted_file();
    let key = &keys(&env, WITHOUT_MFA)[0];
    let before = "# mine\r\n[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n\n";
    let section = format!(
        "[jump]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        key.access_key_id, key.secret_access_key
    );
    env.write(".aws/credentials", &format!("{before}{section}"));
    let result = env.run(&["iam-user", "add", "ren", "--from-profile", "jump"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result
            .stderr
            .contains("note: the key is still in plain text in `[jump]`"),
        "{}",
        result.stderr
    );
    env.output(&["iam-user", "remove", "ren"]);
    let result = env.run(&["iam-user", "add", "ren", "--from-profile", "jump", "--remove"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(env.read(".aws/credentials"), before);
    let backup = env.read(".aws/credentials.genkan-backup");
    assert_eq!(backup, format!("{before}{section}"));
    let none = env.run(&["iam-user", "add", "x", "--from-profile", "none"]);
    assert!(none.stderr.contains("`[none]` in"), "{}", none.stderr);
}

#[test]
fn a_rotation_replaces_the_key_and_deletes_the_old_one() {
    let env = with_encrypted_file();
    env.sandbox
        .control()
        .set_key_propagation(std::time::Duration::from_millis(300));
    let [old, second] = &keys(&env, WITHOUT_MFA)[..] else {
        panic!("two keys");
    };
    add(&env, "ren", old);
    let blocked = env.run(&["iam-user", "rotate"]);
    assert_eq!(blocked.code, Some(1));
    let hint = format!("genkan iam-user rotate ren --delete {}", second.access_key_id);
    assert!(blocked.stderr.contains(&hint), "{}", blocked.stderr);
    let rotated = env.run(&["iam-user", "rotate", "ren", "--delete", &second.access_key_id]);
    assert_eq!(rotated.code, Some(0), "{}", rotated.stderr);
    let now = keys(&env, WITHOUT_MFA);
    let [new] = &now[..] else {
        panic!("one key");
    };
    assert_ne!(new.access_key_id, old.access_key_id);
    let stored = in_file(&env, &entry("ren", &new.access_key_id)).unwrap();
    assert!(stored.contains(&new.secret_access_key));
    assert_eq!(in_file(&env, &entry("ren", &old.access_key_id)), None);
    for words in [
        "created AKIA",
        "works and is used from now on",
        "deactivated AKIA",
        "ren uses the key AKIA",
    ] {
        assert!(rotated.stderr.contains(words), "{words}: {}", rotated.stderr);
    }
}

#[test]
fn a_rotation_with_mfa_takes_the_code_of_a_program() {
    let env = TestEnv::new();
    let key = keys(&env, REQUIRES_MFA).remove(0);
    let serial = key.mfa_serial.clone().unwrap();
    let code = env.path("code");
    env.write(
        ".config/genkan/config.toml",
        &format!(
            "mfa_process = \"test \\\"$GENKAN_MFA_SERIAL\\\" = '{serial}' && cat '{}'\"\n",
            code.display()
        ),
    );
    with_file(&env);
    let input = format!("{}\n{}\n", key.access_key_id, key.secret_access_key);
    let added = run_with_input(
        &env,
        &["iam-user", "add", "deploy", "--mfa-serial", &serial],
        &input,
    );
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    env.write("code", "not a code\n");
    let refused = env.run(&["iam-user", "rotate", "deploy"]);
    assert!(refused.stderr.contains("has six digits"), "{}", refused.stderr);
    env.write("code", &env.sandbox.control().mfa_code(&serial).unwrap());
    let rotated = env.run(&["iam-user", "rotate", "deploy"]);
    assert_eq!(rotated.code, Some(0), "{}", rotated.stderr);
    assert_ne!(keys(&env, REQUIRES_MFA)[0].access_key_id, key.access_key_id);
    // A code works once.
    let again = env.run(&["iam-user", "rotate", "deploy"]);
    assert_eq!(again.code, Some(1));
    assert!(
        again.stderr.contains("STS didn't accept the code"),
        "{}",
        again.stderr
    );
}

#[test]
fn without_a_terminal_and_a_program_no_code_is_asked_for() {
    let env = with_encrypted_file();
    let key = &keys(&env, WITH_MFA)[0];
    add(&env, "ayumi", key);
    let result = env.run(&["iam-user", "rotate"]);
    assert_eq!(result.code, Some(3));
    assert!(
        result.stderr.contains("a code of the MFA device"),
        "{}",
        result.stderr
    );
    assert!(
        result
            .stderr
            .contains("hint: run it in a terminal, or set `mfa_process`"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_refusal_of_iam_names_the_permission_and_changes_nothing() {
    let env = with_encrypted_file();
    let old = &keys(&env, WITHOUT_MFA)[0];
    add(&env, "ren", old);
    env.sandbox
        .control()
        .inject(Operation::ListAccessKeys, &Fault::Forbidden, usize::MAX);
    let result = env.run(&["iam-user", "rotate"]);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    assert!(
        result
            .stderr
            .contains("hint: check that the user may do iam:ListAccessKeys"),
        "{}",
        result.stderr
    );
    assert_eq!(keys(&env, WITHOUT_MFA).len(), 2);
}

#[test]
fn a_removed_user_leaves_no_secret() {
    let env = with_encrypted_file();
    let key = &keys(&env, WITHOUT_MFA)[0];
    add(&env, "ren", key);
    let result = env.run(&["iam-user", "remove", "ren"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result.stderr.contains("is still valid in AWS"),
        "{}",
        result.stderr
    );
    assert_eq!(in_file(&env, &entry("ren", &key.access_key_id)), None);
    assert_eq!(in_file(&env, "other").as_deref(), Some("kept"));
    assert!(!env.path(".local/state/genkan/iam-users.json").exists());
    let unknown = env.run(&["iam-user", "remove", "ren"]);
    assert!(
        unknown.stderr.contains("no IAM user `ren` is configured"),
        "{}",
        unknown.stderr
    );
}

/// On a terminal: nothing secret is shown, and a new file asks for its passphrase twice.
#[test]
fn what_is_typed_is_not_shown() {
    let env = TestEnv::new();
    let key = &keys(&env, WITHOUT_MFA)[0];
    let mut screen = Screen::genkan(&env, &["iam-user", "add", "ren"]);
    screen.wait("Access key ID:");
    screen.type_keys(&format!("{}\r", key.access_key_id));
    screen.wait("Secret access key:");
    screen.type_keys(&format!("{}\r", key.secret_access_key));
    let mut asked = 0;
    let mut answer = |screen: &mut Screen, question: &str, typed: &str| {
        asked += 1;
        // What is typed before a question is no answer to it.
        screen.wait_until(question, |screen| {
            let raw = screen.raw();
            raw.matches("New passphrase:").count() + raw.matches("The same once more:").count() == asked
        });
        screen.type_keys(&format!("{typed}\r"));
    };
    answer(&mut screen, "the first", "");
    answer(&mut screen, "not an empty one", "passphrase one");
    answer(&mut screen, "once more", "passphrase two");
    answer(&mut screen, "again", "passphrase one");
    answer(&mut screen, "again once more", "passphrase one");
    screen.wait("an empty passphrase protects nothing");
    screen.wait("they are not the same");
    screen.wait("added ren");
    let raw = screen.raw();
    assert!(
        !raw.contains(&key.secret_access_key) && !raw.contains("passphrase one"),
        "{raw}"
    );
    assert_eq!(screen.exit(), 0);
}

/// In the first moment in which the terminal hides what is typed, as later.
#[test]
fn ctrl_c_at_a_hidden_question_leaves_a_terminal_that_shows_what_is_typed() {
    let env = TestEnv::new();
    let key = &keys(&env, WITHOUT_MFA)[0];
    for asks in [false, true] {
        let mut screen = Screen::genkan(&env, &["iam-user", "add", "ren"]);
        screen.wait("Access key ID:");
        screen.type_keys(&format!("{}\r", key.access_key_id));
        screen.wait_until("hidden typing", |screen| !screen.shows_typing());
        if asks {
            screen.wait("Secret access key:");
        }
        screen.type_keys("\u{3}");
        assert_eq!(screen.exit(), 130);
        assert!(screen.shows_typing());
    }
}

#[test]
fn a_session_is_handed_out_and_cached_and_the_key_is_not() {
    let env = with_encrypted_file();
    let key = &keys(&env, WITHOUT_MFA)[0];
    add(&env, "ren", key);
    let first = env.output(&["iam-user", "session"]);
    let json: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert_eq!(json["AccountId"], "598204417736");
    let id = json["AccessKeyId"].as_str().unwrap();
    assert!(
        id.starts_with("ASIA") && !first.contains(&key.secret_access_key),
        "{first}"
    );
    assert_eq!(
        env.output(&["iam-user", "session", "ren"]),
        first,
        "from the cache"
    );
    assert_eq!(env.sandbox.counts().get_session_token, 1);
    let bash = env.output(&["iam-user", "session", "ren", "--format", "bash"]);
    assert!(
        bash.contains(&format!("export AWS_ACCESS_KEY_ID='{id}'")) || bash.contains(id),
        "{bash}"
    );
    assert!(!bash.contains("GENKAN_"), "{bash}");
    // It belongs to the key.
    env.output(&[
        "iam-user",
        "rotate",
        "ren",
        "--delete",
        &keys(&env, WITHOUT_MFA)[1].access_key_id,
    ]);
    assert_ne!(env.output(&["iam-user", "session", "ren"]), first);
    env.output(&["iam-user", "remove", "ren"]);
    let left = std::fs::read_dir(env.path(".cache/genkan/user-sessions")).unwrap();
    assert_eq!(left.count(), 0);
}

#[test]
fn a_code_is_asked_for_once_and_not_without_a_terminal() {
    let env = with_encrypted_file();
    let key = &keys(&env, WITH_MFA)[0];
    let serial = key.mfa_serial.clone().unwrap();
    add(&env, "ayumi", key);
    let refused = env.run(&["iam-user", "session"]);
    assert_eq!(
        (refused.code, refused.stdout.as_str()),
        (Some(3), ""),
        "{}",
        refused.stderr
    );
    let mut screen = Screen::genkan(&env, &["iam-user", "session"]);
    screen.wait("Code of the MFA device");
    screen.type_keys("12345\r");
    screen.wait("a code of an MFA device has six digits");
    screen.wait_until("it is asked again", |screen| {
        screen.raw().matches("Code of the MFA device").count() == 2
    });
    let code = env.sandbox.control().mfa_code(&serial).unwrap();
    screen.type_keys(&format!("{code}\r"));
    screen.wait("ASIA");
    assert!(!screen.raw().contains(&code), "it is not shown");
    assert_eq!(screen.exit(), 0);
    assert!(env.output(&["iam-user", "session"]).contains("ASIA"));
}

#[test]
fn fifty_callers_at_once_cost_one_code() {
    let env = TestEnv::new();
    let key = keys(&env, WITH_MFA).remove(0);
    let serial = key.mfa_serial.clone().unwrap();
    env.write("code", &env.sandbox.control().mfa_code(&serial).unwrap());
    let command = format!(
        "mfa_process = \"echo asked >> '{0}/asked'; cat '{0}/code'\"\n",
        env.home.path().display()
    );
    env.write(".config/genkan/config.toml", &command);
    with_file(&env);
    add(&env, "ayumi", &key);
    let mut processes = crate::support::processes::Processes::new();
    for _ in 0..crate::support::processes::CALLERS {
        processes.start(env.command(&["iam-user", "session", "ayumi"]));
    }
    for mut child in std::mem::take(&mut processes.children) {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(env.read("asked").lines().count(), 1);
    assert_eq!(env.sandbox.counts().get_session_token, 1);
}

#[test]
fn agents_get_a_session_only_where_it_is_allowed() {
    let env = with_encrypted_file();
    add(&env, "ren", &keys(&env, WITHOUT_MFA)[0]);
    let config = env.read(".config/genkan/config.toml");
    let with_agents = |allow: &str| {
        env.write(
            ".config/genkan/config.toml",
            &format!("{config}[agents]\nallow = {allow}\n"),
        );
    };
    let mut agent = env.command(&["iam-user", "session"]);
    agent.env("CLAUDECODE", "1");
    with_agents("[{ account = \"*-dev\" }]");
    let refused = crate::support::env::command_result(agent.output().unwrap());
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(
        refused.stderr.contains("`[agents]` in config.toml doesn't allow"),
        "{}",
        refused.stderr
    );
    with_agents("[{ id = \"598204417736\", permission_set = \"ren.sato\" }]");
    let allowed = crate::support::env::command_result(agent.output().unwrap());
    assert_eq!(allowed.code, Some(0), "{}", allowed.stderr);
}
