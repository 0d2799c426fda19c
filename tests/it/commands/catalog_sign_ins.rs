//! A catalog belongs to the sign-in that listed it: another user of the same session neither sees it as theirs
//! nor has it mixed with their own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use genkan::sandbox::{Fault, Operation, Organisation};
use serde_json::Value;

use crate::support::env::{ACCOUNT, TARGET, TestEnv, wait_for_result};
use crate::support::peers;
use crate::support::screen::Screen;
use crate::support::tokens::{TOKEN_FILE, edit_token, other_sign_in};
use crate::support::wait::until;

/// Every account of the second user.
const THEIRS: usize = 30;

/// The first user is signed in and has listed what they have access to; the second one signs in next.
fn two_users(change: impl FnOnce(&mut genkan::sandbox::Options)) -> TestEnv {
    let env = TestEnv::with(change);
    env.sign_in();
    assert!(env.output(&["list"]).contains("payments-dev"));
    switch_user(&env);
    env
}

fn switch_user(env: &TestEnv) {
    let accounts = Organisation::generated(THEIRS, 2).accounts;
    env.sandbox.control().switch_user(accounts);
}

/// The second user signs in with another tool, which knows nothing of genkan's caches.
fn sign_in_elsewhere(env: &TestEnv) {
    let tokens = other_sign_in(env);
    env.write(TOKEN_FILE, &tokens);
}

fn asked(env: &TestEnv) -> u64 {
    env.sandbox.counts().list_accounts
}

/// The names of the accounts that the second user has access to, in order.
fn of_second_user() -> Vec<String> {
    let accounts = Organisation::generated(THEIRS, 2).accounts;
    let mut names: Vec<String> = accounts.into_iter().map(|account| account.name).collect();
    names.sort();
    names
}

/// Insists that a list in JSON is the second user's, and nothing else.
fn is_of_second_user(list: &str) {
    let rows: Vec<Value> = serde_json::from_str(list).unwrap();
    let names = of_second_user();
    assert_eq!(rows.len(), 2 * THEIRS, "{list}");
    for row in rows {
        let name = row["account_name"].as_str().unwrap();
        assert!(names.iter().any(|known| known == name), "{name}");
    }
}

#[test]
fn commands_refresh_the_list_of_another_sign_in_first() {
    let env = two_users(|_| {});
    let theirs = &Organisation::generated(THEIRS, 2).accounts[0];
    let target = format!("{}/{}", theirs.name, theirs.permission_sets[0]);
    for first in 0..4 {
        // Each of them finds the list of the first user.
        let own = env.read(TOKEN_FILE);
        let catalog = env.catalog_file();
        let known = std::fs::read(&catalog).unwrap();
        sign_in_elsewhere(&env);
        match first {
            0 => {
                let ended = env.run(&["list", "--format", "json"]);
                is_of_second_user(&ended.stdout);
                let note = "note: the cached list of demo is from an earlier sign-in; refreshing it";
                assert!(ended.stderr.contains(note), "{}", ended.stderr);
                let before = asked(&env);
                let again = env.run(&["list", "--format", "json"]);
                assert_eq!((again.stdout, again.stderr.as_str()), (ended.stdout, ""));
                assert_eq!(asked(&env), before, "it is their own now");
            }
            1 => {
                let ended = env.run(&["profiles"]);
                assert!(!ended.stdout.contains("payments-dev"), "{}", ended.stdout);
                assert!(ended.stdout.contains(&of_second_user()[0]), "{}", ended.stdout);
            }
            2 => {
                let ended = env.run(&["export", TARGET, "--format", "json"]);
                assert_eq!(
                    (ended.code, ended.stdout.as_str()),
                    (Some(1), ""),
                    "{}",
                    ended.stderr
                );
                assert!(
                    ended
                        .stderr
                        .contains("target `payments-dev/AdministratorAccess` not found"),
                    "{}",
                    ended.stderr
                );
            }
            _ => {
                env.output(&["credential-process", &target]);
            }
        }
        env.write(TOKEN_FILE, &own);
        std::fs::write(&catalog, known).unwrap();
        assert!(
            env.output(&["list"]).contains("payments-dev"),
            "the first user's own"
        );
    }
}

/// Neither what the first user had counts as gone, nor what changed for them as a change.
#[test]
fn changes_are_those_of_one_sign_in() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    let change_files = || {
        let files = std::fs::read_dir(env.path(".cache/genkan/catalog")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("changes")).count()
    };
    let fewer = Organisation::generated(3, 2).accounts;
    env.sandbox.control().assign_accounts(fewer);
    let own = env.run(&["list", "--refresh"]);
    assert!(own.stderr.contains(" removed"), "{}", own.stderr);
    assert_eq!(change_files(), 1);
    switch_user(&env);
    sign_in_elsewhere(&env);
    let theirs = env.run(&["list", "--refresh"]);
    assert!(
        !theirs.stderr.contains(" removed") && !theirs.stderr.contains(" new"),
        "{}",
        theirs.stderr
    );
    assert_eq!(change_files(), 0);
}

#[test]
fn a_list_of_another_sign_in_is_not_printed_where_it_cannot_be_refreshed() {
    let env = two_users(|_| {});
    sign_in_elsewhere(&env);
    let control = env.sandbox.control();
    for format in ["table", "json", "csv", "plain"] {
        control.inject(Operation::ListAccounts, &Fault::InternalError, 20);
        let ended = env.run(&["list", "--format", format]);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(1), ""),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains("returned HTTP 500"), "{}", ended.stderr);
        control.clear_faults();
    }
    control.end_portal_sessions();
    let ended = env.run(&["list"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(3), ""),
        "{}",
        ended.stderr
    );
    // Signed out by another tool.
    std::fs::remove_file(env.path(TOKEN_FILE)).unwrap();
    for arguments in [&["list"][..], &["export", TARGET]] {
        let ended = env.run(arguments);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(3), ""),
            "{}",
            ended.stderr
        );
    }
    let status: Value = serde_json::from_str(&env.output(&["status", "--format", "json"])).unwrap();
    assert_eq!(status[0]["catalog"]["current"], false);
    assert!(env.output(&["status"]).contains("from an earlier sign-in"));
}

#[test]
fn a_sign_out_deletes_the_list() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("artifact-registry");
    screen.type_keys("\u{3}");
    screen.exit();
    env.output(&["logout"]);
    let left: Vec<_> = std::fs::read_dir(env.path(".cache/genkan/catalog"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let ended = env.run(&["list"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(3), ""),
        "{}",
        ended.stderr
    );
}

/// genkan's own refreshes are the same sign-in; so is one of another tool that was given the same refresh token.
#[test]
fn a_refresh_that_can_be_told_apart_lists_nothing_again() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    let before = asked(&env);
    let expire = || edit_token(&env, |token| token["expiresAt"] = "2020-01-01T00:00:00Z".into());
    for _ in 0..6 {
        expire();
        env.output(&["credential-process", "310660284419/PowerUserAccess"]);
        env.output(&["console", TARGET, "--print"]);
        env.output(&["list"]);
    }
    let own: Value = serde_json::from_str(&env.read(TOKEN_FILE)).unwrap();
    // A refresh in another home, whose access token another tool puts beside the refresh token that stays.
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join(TOKEN_FILE);
    std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
    expire();
    std::fs::copy(env.path(TOKEN_FILE), &copy).unwrap();
    let mut list = env.command(&["list"]);
    let config = env.path(".aws/config");
    let ran = list
        .env("HOME", elsewhere.path())
        .env("AWS_CONFIG_FILE", config)
        .output();
    assert!(ran.unwrap().status.success());
    let refreshed: Value = serde_json::from_str(&std::fs::read_to_string(copy).unwrap()).unwrap();
    let elsewhere_asked = asked(&env);
    std::thread::sleep(Duration::from_millis(1100));
    edit_token(&env, |token| {
        token["accessToken"] = refreshed["accessToken"].clone();
        token["refreshToken"] = own["refreshToken"].clone();
        // A second later, as a refresh that came later has.
        token["expiresAt"] = "2099-01-01T00:00:00Z".into();
    });
    env.output(&["list"]);
    assert_eq!(asked(&env), elsewhere_asked);
    assert_ne!(elsewhere_asked, before, "the other home has listed");
}

/// botocore refreshes the same file on its own and is given a new refresh token, which can't be told from another
/// sign-in: one listing.
#[test]
fn a_refresh_of_botocore_costs_one_listing() {
    let Some(venv) = peers::python() else { return };
    let env = TestEnv::new();
    env.sign_in();
    env.write(
        ".aws/config",
        &format!(
            "{}\n[profile p]\nsso_session = demo\nsso_account_id = {ACCOUNT}\n\
             sso_role_name = AdministratorAccess\nregion = ap-northeast-1\n",
            env.sso_session("demo")
        ),
    );
    env.output(&["list"]);
    let pages = asked(&env);
    edit_token(&env, |token| token["expiresAt"] = "2020-01-01T00:00:00Z".into());
    let script = peers::script("identity.py", include_str!("../../peers/identity.py"));
    let mut boto3 = Command::new(venv.join("bin/python"));
    boto3.arg(script).arg("p").env_clear().envs(&env.environment);
    assert!(boto3.output().unwrap().status.success());
    assert_eq!(env.sandbox.counts().refresh_token.issued, 1, "by botocore");
    for _ in 0..3 {
        env.output(&["list"]);
        assert_eq!(asked(&env), 2 * pages);
    }
}

/// Four seconds for the accounts of the first user.
fn slow_down(env: &TestEnv) {
    env.write(".config/genkan/config.toml", "requests_per_second = 10\n");
}

fn begin_listing(env: &TestEnv) -> Child {
    let mut command = env.command(&["list", "--refresh", "--format", "json"]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn wait_for_accounts(env: &TestEnv, accounts: u64) {
    let begun = env.sandbox.counts().list_account_roles;
    until("the requests", || {
        env.sandbox.counts().list_account_roles >= begun + accounts
    });
}

/// Someone else signs in while accounts are listed, with the token of the first user refused or not.
#[test]
fn a_listing_during_which_another_user_signs_in_begins_again() {
    for refused in [true, false] {
        let env = two_users(|_| {});
        slow_down(&env);
        let theirs = other_sign_in(&env);
        let child = begin_listing(&env);
        wait_for_accounts(&env, 5);
        let control = env.sandbox.control();
        control.hold_answers(Operation::ListAccountRoles);
        env.write(TOKEN_FILE, &theirs);
        if refused {
            control.revoke_access_tokens();
        }
        control.release_answers();
        let ended = wait_for_result(child);
        is_of_second_user(&ended.stdout);
        let note = "the sign-in to demo changed while the list was loading; loaded it again";
        assert!(ended.stderr.contains(note), "{}", ended.stderr);
        let before = asked(&env);
        is_of_second_user(&env.output(&["list", "--format", "json"]));
        assert_eq!(asked(&env), before, "it is theirs");
    }
}

#[test]
fn a_listing_whose_sign_in_changes_twice_fails() {
    let env = two_users(|_| {});
    slow_down(&env);
    let sign_ins = [other_sign_in(&env), other_sign_in(&env)];
    let child = begin_listing(&env);
    for tokens in sign_ins {
        wait_for_accounts(&env, 5);
        let pages = asked(&env);
        let control = env.sandbox.control();
        control.hold_answers(Operation::ListAccountRoles);
        env.write(TOKEN_FILE, &tokens);
        control.release_answers();
        // At the end of the first listing the second one begins; that one then ends.
        until("the end of a listing", || {
            env.sandbox.counts().list_account_roles >= 80 || asked(&env) != pages
        });
    }
    let ended = wait_for_result(child);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(1), ""),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("changed twice"), "{}", ended.stderr);
}

#[test]
fn a_listing_during_which_the_user_signs_out_keeps_nothing() {
    let env = two_users(|_| {});
    slow_down(&env);
    let child = begin_listing(&env);
    wait_for_accounts(&env, 5);
    // It comes to no end before the sign-out.
    let control = env.sandbox.control();
    control.hold_answers(Operation::ListAccountRoles);
    env.output(&["logout"]);
    control.release_answers();
    let ended = wait_for_result(child);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(3), ""),
        "{}",
        ended.stderr
    );
    let folder: PathBuf = env.path(".cache/genkan/catalog");
    let left: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_portal_labels_the_list_of_an_earlier_sign_in_and_replaces_it() {
    let env = two_users(|options| options.latency = Duration::from_millis(100));
    sign_in_elsewhere(&env);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("earlier sign-in");
    assert!(screen.text().contains("artifact-registry"), "{}", screen.text());
    screen.wait(&of_second_user()[0]);
    screen.wait_until("list without a label", |screen| {
        !screen.text().contains("earlier")
    });
    screen.wait(&format!("{THEIRS} accounts"));
    assert!(!screen.text().contains("artifact-registry"), "{}", screen.text());
    screen.type_keys("\u{3}");
    screen.exit();
}
