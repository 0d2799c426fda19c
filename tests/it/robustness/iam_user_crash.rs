//! Keys of IAM users, killed at any write: a key that was imported is where it was or where it goes, and the encrypted file
//! always opens.

#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]

use crate::support::env::TestEnv;
use crate::support::iam_users::{WITHOUT_MFA, add, in_file, keys, with_file};
use crate::support::leftovers::keep_leftovers;
use crate::support::profile_roles::section;
use crate::support::tracer::{Fate, run};

const USERS: &str = ".local/state/genkan/iam-users.json";
const SECRETS: &str = ".local/state/genkan/secrets.age";
const CREDENTIALS: &str = ".aws/credentials";

/// What is in a file; `None` where there is none.
fn contents(env: &TestEnv, path: &str) -> Option<Vec<u8>> {
    std::fs::read(env.path(path)).ok()
}

fn put_back(env: &TestEnv, path: &str, bytes: Option<&Vec<u8>>) {
    let path = env.path(path);
    match bytes {
        Some(bytes) => std::fs::write(path, bytes).unwrap(),
        None => drop(std::fs::remove_file(path)),
    }
}

/// The users that are listed, by their names. A file that is there is whole.
fn listed(env: &TestEnv, when: &str) -> Vec<String> {
    let Some(bytes) = contents(env, USERS) else {
        return Vec::new();
    };
    let users: serde_json::Value =
        serde_json::from_slice(&bytes).unwrap_or_else(|e| panic!("{when}: half a file: {e}"));
    let users = users["users"].as_array().unwrap().iter();
    users
        .map(|user| user["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Kills a command at each of its steps, and halfway through each of its writes, and looks at what is left.
fn dies_everywhere(env: &TestEnv, arguments: &[&str], prepare: impl Fn(), look: impl Fn(&str)) {
    for number in 0.. {
        let mut step = String::new();
        for fate in [Fate::Die, Fate::DieHalfway] {
            if fate == Fate::DieHalfway && !step.starts_with("write") {
                continue;
            }
            prepare();
            keep_leftovers(env, 1);
            let died = run(&env.command(arguments), env.home.path(), Some((number, fate)));
            if died.code.is_some() {
                assert_eq!(died.code, Some(0), "{}", died.stderr);
                assert!(number > 5, "only {number} steps: {:?}", died.steps);
                return;
            }
            step.clone_from(died.steps.last().unwrap());
            let when = format!("{arguments:?}: {fate:?} at step {number}, {step}");
            assert_eq!(in_file(env, "other").as_deref(), Some("kept"), "{when}");
            look(&when);
        }
    }
}

#[test]
fn kill_at_any_write_of_an_import_loses_no_key() {
    let env = TestEnv::new();
    with_file(&env);
    let key = keys(&env, WITHOUT_MFA).remove(0);
    env.write(CREDENTIALS, &section("ci", &key));
    let before = [USERS, SECRETS, CREDENTIALS].map(|path| (path, contents(&env, path)));
    let import = [
        "iam-user",
        "add",
        "ren",
        "--from-profile",
        "ci",
        "--store",
        "file",
        "--remove",
    ];
    let entry = format!("iam-user/ren/{}", key.access_key_id);
    dies_everywhere(
        &env,
        &import,
        || {
            for (path, bytes) in &before {
                put_back(&env, path, bytes.as_ref());
            }
        },
        |when| {
            let is_there = env.read(CREDENTIALS).contains(&key.secret_access_key);
            let is_kept = in_file(&env, &entry).is_some_and(|text| text.contains(&key.secret_access_key));
            let is_listed = listed(&env, when).contains(&"ren".to_owned());
            assert!(is_there || is_kept && is_listed, "{when}: {is_kept} {is_listed}");
            assert!(is_kept || !is_listed, "{when}: listed without its secret");
            // The same command again ends what was begun, or says that it is done.
            let again = env.run(&import);
            match again.code {
                Some(0) => assert!(!env.read(CREDENTIALS).contains(&key.secret_access_key), "{when}"),
                Some(code) => assert!(
                    is_listed && again.stderr.contains("ren"),
                    "{when}: {code} {}",
                    again.stderr
                ),
                None => panic!("{when}"),
            }
            assert!(in_file(&env, &entry).is_some(), "{when}");
        },
    );
}

#[test]
fn kill_at_any_write_of_a_removal_leaves_files_valid() {
    let env = TestEnv::new();
    with_file(&env);
    let key = keys(&env, WITHOUT_MFA).remove(0);
    add(&env, "ren", &key);
    let before = [USERS, SECRETS].map(|path| (path, contents(&env, path)));
    let entry = format!("iam-user/ren/{}", key.access_key_id);
    let remove = ["iam-user", "remove", "ren"];
    dies_everywhere(
        &env,
        &remove,
        || {
            for (path, bytes) in &before {
                put_back(&env, path, bytes.as_ref());
            }
        },
        |when| {
            let is_listed = listed(&env, when).contains(&"ren".to_owned());
            assert!(
                is_listed || in_file(&env, &entry).is_none(),
                "{when}: a secret without its user"
            );
            let again = env.run(&remove);
            let expected = i32::from(!is_listed);
            assert_eq!(again.code, Some(expected), "{when}: {}", again.stderr);
            assert_eq!(in_file(&env, &entry), None, "{when}");
            assert!(listed(&env, when).is_empty(), "{when}");
        },
    );
}

/// The session of a user is kept in a file of its own.
#[test]
fn kill_at_any_write_of_a_user_s_session_leaves_files_valid() {
    let env = TestEnv::new();
    with_file(&env);
    add(&env, "ren", &keys(&env, WITHOUT_MFA)[0]);
    dies_everywhere(
        &env,
        &["login", "ren", "--force"],
        || {},
        |when| {
            assert_eq!(listed(&env, when), ["ren"]);
            let next = env.run(&["iam-user", "session", "ren"]);
            assert_eq!((next.code, next.stderr.as_str()), (Some(0), ""), "{when}");
        },
    );
}
