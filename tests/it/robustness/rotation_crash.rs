//! A rotation that is killed at any step, or that fails at any call: a key that works is always kept, nothing is lost, and
//! the next run ends it.

use std::collections::BTreeSet;

use genkan::sandbox::{Fault, IamAccessKey, Operation};

use crate::support::env::TestEnv;
use crate::support::iam_users::{WITHOUT_MFA, add, in_file, keep_one_key, keys, with_file};

/// A user with one key, which is in the encrypted file.
fn kept() -> TestEnv {
    let env = TestEnv::with_few_accounts();
    with_file(&env);
    add(&env, "ren", &keys(&env, WITHOUT_MFA)[0]);
    keep_one_key(&env, "ren", WITHOUT_MFA);
    env
}

/// Whether the secret of a key is kept.
fn is_kept(env: &TestEnv, key: &IamAccessKey) -> bool {
    let entry = format!("iam-user/ren/{}", key.access_key_id);
    in_file(env, &entry).is_some_and(|text| text.contains(&key.secret_access_key))
}

/// The key that is in use, by the file that says so.
fn in_use(env: &TestEnv) -> String {
    let state = env.read(".local/state/genkan/iam-users.json");
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();
    state["users"][0]["access_key_id"].as_str().unwrap().to_owned()
}

/// How many rotations are killed side by side, each with a home of its own.
const SIDE_BY_SIDE: usize = 4;

/// Kills a rotation at each step of a part of all steps. How many keys were lost between being made and being kept, and
/// the steps of the journal that were reached.
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
fn kill_at_steps(first: usize) -> (usize, BTreeSet<&'static str>) {
    use crate::support::leftovers::keep_leftovers;
    use crate::support::tracer::{Fate, run};

    let env = kept();
    let mut lost = 0;
    let mut reached = BTreeSet::new();
    for number in (first..).step_by(SIDE_BY_SIDE) {
        keep_leftovers(&env, 1);
        let before = in_use(&env);
        let command = env.command(&["iam-user", "rotate", "ren"]);
        let died = run(&command, env.home.path(), Some((number, Fate::Die)));
        if died.code.is_some() {
            assert_eq!(died.code, Some(0), "{}", died.stderr);
            assert!(number > 20, "only {number} steps: {:?}", died.steps);
            break;
        }
        let when = format!("step {number}, {}", died.steps.last().unwrap());
        let now = keys(&env, WITHOUT_MFA);
        let used = in_use(&env);
        let works = now.iter().find(|key| key.access_key_id == used);
        assert!(works.is_some_and(|key| is_kept(&env, key)), "{when}: {used}");
        let state = env.read(".local/state/genkan/iam-users.json");
        for step in ["creating", "stored", "in-use", "deactivated"] {
            if state.contains(&format!("\"step\": \"{step}\"")) {
                reached.insert(step);
            }
        }
        let next = env.run(&["iam-user", "rotate", "ren"]);
        assert_eq!(next.code, Some(0), "{when}: {}", next.stderr);
        lost += usize::from(next.stderr.contains("no one has its secret"));
        let now = keys(&env, WITHOUT_MFA);
        assert_eq!(now.len(), 1, "{when}");
        assert!(is_kept(&env, &now[0]), "{when}");
        assert_eq!(in_use(&env), now[0].access_key_id, "{when}");
        assert_ne!(now[0].access_key_id, before, "{when}");
        assert!(
            !env.read(".local/state/genkan/iam-users.json")
                .contains("rotation"),
            "{when}"
        );
    }
    (lost, reached)
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#[test]
fn kill_at_any_step_of_a_rotation_loses_no_key() {
    let parts: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..SIDE_BY_SIDE)
            .map(|first| scope.spawn(move || kill_at_steps(first)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let lost: usize = parts.iter().map(|(lost, _)| lost).sum();
    assert!(lost > 0, "some died between a key's creation and its storing");
    let reached: BTreeSet<_> = parts.into_iter().flat_map(|(_, reached)| reached).collect();
    assert_eq!(
        reached.into_iter().collect::<Vec<_>>(),
        ["creating", "deactivated", "in-use", "stored"]
    );
}

#[test]
fn a_rotation_goes_on_after_any_fault_of_any_call() {
    let env = kept();
    let busy = Fault::TooManyRequests {
        retry_after: None,
        named: true,
    };
    let faults = [
        busy,
        Fault::InternalError,
        Fault::Forbidden,
        Fault::Reset,
        Fault::TruncatedBody,
    ];
    let operations = [
        Operation::ListAccessKeys,
        Operation::CreateAccessKey,
        Operation::GetCallerIdentity,
        Operation::UpdateAccessKey,
        Operation::DeleteAccessKey,
    ];
    for operation in operations {
        for fault in &faults {
            let when = format!("{operation:?}: {fault:?}");
            let before = in_use(&env);
            let control = env.sandbox.control();
            control.inject(operation, fault, 100_000);
            let failed = env.run(&["iam-user", "rotate", "ren"]);
            assert_eq!(
                (failed.code, failed.stdout.as_str()),
                (Some(1), ""),
                "{when}: {}",
                failed.stderr
            );
            assert!(failed.stderr.contains("\nhint: "), "{when}: {}", failed.stderr);
            let used = in_use(&env);
            let now = keys(&env, WITHOUT_MFA);
            let works = now.iter().find(|key| key.access_key_id == used);
            assert!(works.is_some_and(|key| is_kept(&env, key)), "{when}: {used}");
            control.clear_faults();
            let next = env.run(&["iam-user", "rotate", "ren"]);
            assert_eq!(next.code, Some(0), "{when}: {}", next.stderr);
            let now = keys(&env, WITHOUT_MFA);
            assert_eq!(now.len(), 1, "{when}");
            assert!(now[0].access_key_id != before && is_kept(&env, &now[0]), "{when}");
        }
    }
}
