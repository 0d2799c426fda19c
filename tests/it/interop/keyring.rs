//! A real keyring (gnome-keyring on a bus of the test's): unlocked, locked, absent and hanging. And `age` itself, which
//! reads what genkan encrypts.

use crate::support::env::{TestEnv, peer, peers_are_required};
use crate::support::iam_users::{PASSPHRASE, WITHOUT_MFA, add, in_file, keys, run_with_input, with_file};
use crate::support::keyring::Bus;
use crate::support::screen::Screen;

/// An environment on a bus of its own.
fn on_a_bus() -> Option<(TestEnv, Bus)> {
    if !peers_are_required() {
        return None;
    }
    let bus = Bus::start()?;
    let mut env = TestEnv::new();
    bus.enter(&mut env);
    Some((env, bus))
}

#[test]
fn a_key_lives_in_an_unlocked_keyring() {
    let Some((env, mut bus)) = on_a_bus() else { return };
    bus.unlocked_keyring();
    let [old, second] = &keys(&env, WITHOUT_MFA)[..] else {
        panic!("two keys");
    };
    let added = add(&env, "ren", old);
    assert!(added.stderr.contains(" in the keyring"), "{}", added.stderr);
    assert!(!env.path(".local/state/genkan/secrets.age").exists());
    let rotated = env.run(&["iam-user", "rotate", "ren", "--delete", &second.access_key_id]);
    assert_eq!(rotated.code, Some(0), "{}", rotated.stderr);
    // It is there for another process, after the daemon was started again, and only when it is open.
    bus.end_keyring();
    bus.unlocked_keyring();
    let again = env.run(&["iam-user", "rotate", "ren"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    let removed = env.run(&["iam-user", "remove", "ren"]);
    assert_eq!(removed.code, Some(0), "{}", removed.stderr);
    for entry in std::fs::read_dir(bus.folder().join(".local/share/keyrings")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(&old.secret_access_key));
    }
}

#[test]
fn a_locked_keyring_is_named_and_nothing_is_put_elsewhere() {
    let Some((env, mut bus)) = on_a_bus() else { return };
    bus.unlocked_keyring();
    let key = &keys(&env, WITHOUT_MFA)[0];
    add(&env, "ren", key);
    bus.locked_keyring();
    let result = env.run(&["iam-user", "rotate", "ren"]);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    let words = "error: the keyring is locked, and can't ask for its password without a graphical display";
    assert!(result.stderr.contains(words), "{}", result.stderr);
    let input = format!("{}\n{}\n", key.access_key_id, key.secret_access_key);
    let result = run_with_input(&env, &["iam-user", "add", "other"], &input);
    assert!(result.stderr.contains(words), "{}", result.stderr);
    assert!(!env.path(".local/state/genkan/secrets.age").exists());
}

#[test]
fn where_no_keyring_runs_the_encrypted_file_takes_its_place() {
    let Some((env, _bus)) = on_a_bus() else { return };
    with_file(&env);
    let key = &keys(&env, WITHOUT_MFA)[0];
    let added = add(&env, "ren", key);
    let words = "note: no keyring service runs in this session: ";
    assert!(added.stderr.contains(words), "{}", added.stderr);
    let entry = format!("iam-user/ren/{}", key.access_key_id);
    assert!(in_file(&env, &entry).is_some());
    let input = format!("{}\n{}\n", key.access_key_id, key.secret_access_key);
    let asked_for = ["iam-user", "add", "other", "--store", "keyring"];
    let result = run_with_input(&env, &asked_for, &input);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    assert!(result.stderr.contains("`--store file`"), "{}", result.stderr);
}

#[test]
fn a_hanging_keyring_is_waited_for_visibly_and_not_forever() {
    let Some((env, mut bus)) = on_a_bus() else { return };
    env.write(".config/genkan/config.toml", "timeout_seconds = 5\n");
    bus.unlocked_keyring();
    add(&env, "ren", &keys(&env, WITHOUT_MFA)[0]);
    bus.stop_keyring();
    let mut screen = Screen::genkan(&env, &["iam-user", "rotate", "ren"]);
    screen.wait("waiting for the keyring, which may ask for its password");
    screen.wait("error: the keyring did not answer within 5 s");
    assert_eq!(screen.exit(), 1);
}

/// The files of the AWS CLI that hold tokens.
fn token_files(env: &TestEnv) -> usize {
    let files = std::fs::read_dir(env.path(".aws/sso/cache"))
        .into_iter()
        .flatten();
    files
        .filter(|file| {
            let path = file.as_ref().unwrap().path();
            std::fs::read_to_string(path).is_ok_and(|text| text.contains("accessToken"))
        })
        .count()
}

/// The markers of tokens that are in the keyring.
fn markers(env: &TestEnv) -> usize {
    let folder = env.path(".local/state/genkan/keyring-tokens");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn tokens_of_a_session_live_in_the_keyring_and_move_with_the_setting() {
    let Some((env, mut bus)) = on_a_bus() else { return };
    bus.unlocked_keyring();
    let in_keyring = |yes: bool| {
        let text = if yes {
            "[sessions.demo]\ntokens = \"keyring\"\n"
        } else {
            ""
        };
        env.write(".config/genkan/config.toml", text);
    };
    let rows = |env: &TestEnv| {
        env.output(&["list", "--refresh", "--format", "plain"])
            .lines()
            .count()
    };
    in_keyring(true);
    let login = env.run(&["login", "--no-browser"]);
    assert_eq!(login.code, Some(0), "{}", login.stderr);
    let words = "note: the tokens of demo are in the keyring: the AWS CLI and SDKs don't share this sign-in";
    assert!(login.stderr.contains(words), "{}", login.stderr);
    assert_eq!((token_files(&env), markers(&env)), (0, 1));
    assert_eq!(rows(&env), 100);
    // A refresh stays there, too.
    env.sandbox.control().revoke_access_tokens();
    assert_eq!(rows(&env), 100);
    assert_eq!((token_files(&env), markers(&env)), (0, 1));
    assert!(
        env.output(&["status", "--format", "json"])
            .contains("\"signed_in\": true")
    );
    // Back and forth: nothing is lost, and no copy stays.
    let sign_ins = env.sandbox.counts().start_device_authorization;
    in_keyring(false);
    assert_eq!(rows(&env), 100);
    assert_eq!((token_files(&env), markers(&env)), (1, 0));
    in_keyring(true);
    assert_eq!(rows(&env), 100);
    assert_eq!((token_files(&env), markers(&env)), (0, 1));
    assert_eq!(env.sandbox.counts().start_device_authorization, sign_ins);
    bus.locked_keyring();
    let locked = env.run(&["list", "--refresh"]);
    assert_eq!(locked.code, Some(1), "{}", locked.stderr);
    assert!(
        locked.stderr.contains("error: the keyring is locked"),
        "{}",
        locked.stderr
    );
    bus.end_keyring();
    bus.unlocked_keyring();
    env.output(&["logout"]);
    assert_eq!((token_files(&env), markers(&env)), (0, 0));
    assert_eq!(env.run(&["list", "--refresh"]).code, Some(3));
}

/// What `genkan doctor` says of the keyring and the encrypted file: severity and sentence of each finding.
fn doctor(env: &TestEnv) -> Vec<String> {
    let result = env.run(&["doctor", "--offline", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&result.stdout).unwrap();
    let found = found.as_array().unwrap();
    let is_ours = |check: &str| ["keyring", "encrypted-file"].contains(&check);
    let text = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    found
        .iter()
        .filter(|finding| is_ours(&text(finding, "check")))
        .map(|finding| format!("{}: {}", text(finding, "severity"), text(finding, "sentence")))
        .collect()
}

#[test]
fn doctor_says_how_the_keyring_is() {
    let Some((env, mut bus)) = on_a_bus() else { return };
    bus.unlocked_keyring();
    assert_eq!(doctor(&env), [""; 0], "nothing is kept, and no one is asked");
    env.write(
        ".config/genkan/config.toml",
        "timeout_seconds = 5\n[sessions.demo]\ntokens = \"keyring\"\n",
    );
    assert_eq!(env.run(&["login", "--no-browser"]).code, Some(0));
    assert_eq!(
        doctor(&env),
        ["ok: the keyring answers; it has the tokens of demo"]
    );
    add(&env, "ren", &keys(&env, WITHOUT_MFA)[0]);
    let held = "it has the tokens of demo, the key of ren";
    assert_eq!(doctor(&env), [format!("ok: the keyring answers; {held}")]);
    bus.locked_keyring();
    let locked = "the keyring is locked, and can't ask for its password without a graphical display";
    assert_eq!(doctor(&env), [format!("problem: {locked}; {held}")]);
    bus.stop_keyring();
    assert_eq!(
        doctor(&env),
        [format!("problem: the keyring did not answer within 4 s; {held}")]
    );
    bus.end_keyring();
    let absent = doctor(&env);
    assert!(
        absent[0].starts_with("problem: no keyring service runs in this session: "),
        "{absent:?}"
    );
}

/// The portal is there at once, says what it waits for, and ends when it is told to.
#[test]
fn a_hanging_keyring_does_not_hold_up_the_portal() {
    let Some((env, mut bus)) = on_a_bus() else { return };
    bus.unlocked_keyring();
    env.write(
        ".config/genkan/config.toml",
        "timeout_seconds = 600\n[sessions.demo]\ntokens = \"keyring\"\n",
    );
    assert_eq!(env.run(&["login", "--no-browser"]).code, Some(0));
    env.output(&["list"]);
    bus.stop_keyring();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("waiting for the keyring, which may ask for its password");
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 0);
    // With an answer the list is there, and the notice is gone.
    bus.continue_keyring();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("100 targets");
    screen.gone("waiting for the keyring");
    screen.type_keys("\x03");
    screen.exit();
}

/// Debian's `age` asks for the passphrase on its terminal.
#[test]
fn age_reads_the_encrypted_file() {
    if !peers_are_required() || !peer("age") {
        return;
    }
    let env = TestEnv::new();
    with_file(&env);
    let mut screen = Screen::script(
        &env,
        "age -d .local/state/genkan/secrets.age > plain; echo ended $?",
    );
    screen.wait("passphrase");
    screen.type_keys(&format!("{PASSPHRASE}\r"));
    screen.wait("ended 0");
    assert!(env.read("plain").contains("\"other\":\"kept\""));
    assert_eq!(screen.exit(), 0);
    // And the other way round.
    let mut screen = Screen::script(&env, "age -e -p -o again.age plain; echo ended $?");
    screen.wait("assphrase");
    screen.type_keys(&format!("{PASSPHRASE}\r"));
    screen.wait("onfirm");
    screen.type_keys(&format!("{PASSPHRASE}\r"));
    screen.wait("ended 0");
    assert_eq!(screen.exit(), 0);
    std::fs::rename(env.path("again.age"), env.path(".local/state/genkan/secrets.age")).unwrap();
    assert_eq!(in_file(&env, "other").as_deref(), Some("kept"));
}
