//! Listing large organisations: cut off, cancelled, throttled, twice at once, and what is said of
//! what changed. Requests are counted by the sandbox.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::Duration;

use genkan::sandbox::{Fault, Operation, Organisation};

use crate::support::env::{CommandResult, TARGET, TestEnv, fails, wait_for_result};
use crate::support::processes::Processes;
use crate::support::screen::Screen;
use crate::support::text::files_below;
use crate::support::wait::until;

fn begin(env: &TestEnv, arguments: &[&str]) -> Child {
    env.command(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until the sandbox was asked for the permission sets of so many accounts.
fn wait_for(env: &TestEnv, accounts: u64) {
    until("the requests", || {
        env.sandbox.counts().list_account_roles >= accounts
    });
}

fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

fn lines(result: &CommandResult) -> usize {
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    result.stdout.lines().count()
}

#[test]
fn killed_listing_resumes() {
    let env = TestEnv::with_accounts(240, Duration::from_millis(10), 100);
    let child = begin(&env, &["list", "--refresh"]);
    wait_for(&env, 100);
    // It comes to no end before.
    let control = env.sandbox.control();
    control.hold_answers(Operation::ListAccountRoles);
    signal(&child, "KILL");
    assert_eq!(wait_for_result(child).code, None);
    control.release_answers();
    let asked = env.sandbox.counts().list_account_roles;
    let again = env.run(&["list", "--refresh", "--format", "plain"]);
    assert_eq!(lines(&again), 240 * 4);
    let all = env.sandbox.counts().list_account_roles;
    // What was under way when it was killed is asked for twice, nothing else is.
    assert!(all <= 240 + 40, "{asked} before, {all} in all");
    env.output(&["list", "--refresh"]);
    let counts = env.sandbox.counts();
    assert_eq!(
        counts.list_account_roles,
        all + 240,
        "a finished one asks for everything"
    );
}

#[test]
fn cancelled_listing_sends_no_more_requests() {
    let env = TestEnv::with_accounts(400, Duration::from_millis(10), 100);
    let child = begin(&env, &["list", "--refresh"]);
    wait_for(&env, 30);
    signal(&child, "INT");
    let cancelled = wait_for_result(child);
    assert_eq!((cancelled.code, cancelled.stdout.as_str()), (Some(130), ""));
    // What it had sent before its end may be counted after it; a listing that went on would ask for all accounts.
    let mut asked = 0;
    until("no more requests", || {
        let before = asked;
        std::thread::sleep(Duration::from_millis(300));
        asked = env.sandbox.counts().list_account_roles;
        asked == before
    });
    assert!(asked < 400, "{asked}");
}

#[test]
fn concurrent_listings_send_each_request_once() {
    let env = TestEnv::with_accounts(200, Duration::from_millis(10), 100);
    let list = || env.command(&["list", "--refresh", "--format", "plain"]);
    let mut processes = Processes::new();
    processes.start(list());
    wait_for(&env, 20);
    // It comes to no end before the other one waits for it.
    let control = env.sandbox.control();
    control.hold_answers(Operation::ListAccountRoles);
    let second = processes.start(list());
    until("its note", || {
        processes
            .text("stderr", second)
            .contains("another genkan is listing")
    });
    control.release_answers();
    let results = processes.end();
    assert_eq!(results.iter().map(lines).collect::<Vec<_>>(), [800, 800]);
    assert_eq!(results[0].stdout, results[1].stdout);
    let counts = env.sandbox.counts();
    assert_eq!((counts.list_accounts, counts.list_account_roles), (2, 200));
}

/// The limit is scaled up by ten, and so is the client's own.
#[test]
fn rate_limit_and_faults_lose_no_account() {
    let env = TestEnv::with(|options| {
        options.organisation = Organisation::generated(400, 4);
        options.latency = Duration::from_millis(6);
        options.rate = Some(80.0.into());
        // After five in a row an account is given up: of so few, chance hardly ever brings so many together.
        options.faults = 0.02;
        options.fault_seed = 7;
    });
    env.write(".config/genkan/config.toml", "requests_per_second = 195\n");
    env.sandbox.control().set_fault_fraction(0.0);
    env.sign_in();
    env.sandbox.control().set_fault_fraction(0.02);
    let listed = env.run(&["list", "--refresh", "--format", "plain"]);
    assert_eq!(lines(&listed), 1600);
    assert_eq!(listed.stderr, "");
    let counts = env.sandbox.counts();
    assert!(
        counts.throttled < 100,
        "{} refusals for 404 answers",
        counts.throttled
    );
}

#[test]
fn failed_account_keeps_its_rows_and_outage_ends_the_listing() {
    let env = TestEnv::with_accounts(100, Duration::ZERO, 1000);
    let before = env.output(&["list", "--format", "plain"]);
    let control = env.sandbox.control();
    let bad = Organisation::generated(100, 4).accounts[7].clone();
    control.fail_account(&bad.id, Fault::InternalError);
    let asked = env.sandbox.counts().list_account_roles;
    let listed = env.run(&["list", "--refresh", "--format", "plain"]);
    assert_eq!(listed.stdout, before);
    let asked = env.sandbox.counts().list_account_roles - asked;
    assert_eq!(asked, 99 + 5, "nothing else retries");
    assert_eq!(
        listed.stderr,
        format!(
            "note: {} ({}) failed to load: the AWS access portal in ap-northeast-1 returned HTTP 500\n",
            bad.name, bad.id
        )
    );
    control.clear_faults();
    control.set_fault_fraction(1.0);
    let asked = env.sandbox.counts().list_account_roles;
    let outage = env.run(&["list", "--refresh"]);
    assert_eq!((outage.code, outage.stdout.as_str()), (Some(1), ""));
    let more = env.sandbox.counts().list_account_roles - asked;
    assert!(more < 100, "{more} requests into an outage");
    control.clear_faults();
    assert_eq!(env.output(&["list", "--format", "plain"]), before);
}

#[test]
fn changes_since_the_last_listing_are_reported() {
    let env = TestEnv::with(|options| options.organisation = Organisation::generated(30, 2));
    env.sign_in();
    let first = env.run(&["list"]);
    assert_eq!(first.stderr, "", "a first list has no changes");
    let mut organisation = Organisation::generated(30, 2);
    let gone = organisation.accounts.remove(3);
    let set = organisation.accounts[0].permission_sets.remove(0);
    let changed = organisation.accounts[0].name.clone();
    let joined = &mut organisation.accounts[1];
    joined.permission_sets.push("Newcomer".to_owned());
    let newcomer = format!("note: new: {}/Newcomer", joined.name);
    env.sandbox.control().assign_accounts(organisation.accounts);
    let run = |arguments: &[&str]| env.run(arguments);
    let said = run(&["list", "--refresh"]).stderr;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 5, "{said}");
    assert!(
        lines[0].starts_with("note: 1 new, 3 removed since the last refresh ("),
        "{said}"
    );
    assert_eq!(lines[1], newcomer);
    for words in [
        format!("note: removed: {changed}/{set}"),
        format!("note: removed: {}/{}", gone.name, gone.permission_sets[0]),
        format!("note: removed: {}/{}", gone.name, gone.permission_sets[1]),
    ] {
        assert!(lines.contains(&words.as_str()), "{words}: {said}");
    }
    assert_eq!(run(&["list", "--refresh"]).stderr, "");
    // It stays until the user has seen it in the portal.
    for _ in 0..2 {
        let mut screen = Screen::genkan(&env, &[]);
        screen.wait("1 new, 3 removed since last refresh (");
        screen.type_keys("Newcomer");
        screen.wait("1 of ");
        screen.wait("+ ");
        screen.type_keys("\u{3}");
        screen.exit();
    }
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("1 new, 3 removed since last refresh (");
    screen.type_keys("\u{1b}[17~");
    screen.wait("Changes since last refresh (");
    screen.wait(&format!("− {changed}/{set}"));
    screen.type_keys("\u{3}");
    screen.exit();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("29 accounts");
    screen.type_keys("\u{1b}[17~");
    screen.wait("no changes since your last visit");
    screen.type_keys("\u{3}");
    screen.exit();
}

/// What was found new is known after a kill between its two files, and told once.
#[test]
fn changes_saved_twice_are_reported_once() {
    let env = TestEnv::with_accounts(20, Duration::ZERO, 1000);
    env.output(&["list"]);
    let catalog = env.catalog_file();
    env.rewrite_catalog(|_, accounts| drop(accounts.remove(0)));
    let before = std::fs::read(&catalog).unwrap();
    for _ in 0..2 {
        std::fs::write(&catalog, &before).unwrap();
        assert!(env.run(&["list", "--refresh"]).stderr.contains("4 new since"));
    }
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("4 new since last refresh (");
    screen.type_keys("\u{3}");
    screen.exit();
}

/// If every request for an account's permission sets is throttled, genkan sends one a second and fails after 60. (Of all faults, the
/// one that takes a minute: here, not in the fault matrix, so that it is under way while the others run.)
#[test]
fn listing_that_is_throttled_for_good_ends() {
    let env = TestEnv::new();
    env.sign_in();
    let before = env.output(&["list", "--format", "plain"]);
    env.output(&["export", TARGET, "--format", "json"]);
    let folders = [
        ".aws/sso/cache",
        ".cache/genkan/catalog",
        ".cache/genkan/credentials",
    ];
    let kept = folders.map(|folder| files_below(&env.path(folder))).concat();
    let busy = Fault::TooManyRequests {
        retry_after: None,
        named: true,
    };
    env.sandbox
        .control()
        .inject(Operation::ListAccountRoles, &busy, 100_000);
    let asked = env.sandbox.counts().list_account_roles;
    let result = env.run(&["list", "--refresh", "--format", "plain"]);
    fails(
        &result,
        1,
        "too many requests to the AWS access portal in ap-northeast-1",
        "",
    );
    assert!(!result.stderr.contains("panicked"), "{}", result.stderr);
    let asked = env.sandbox.counts().list_account_roles - asked;
    assert!((60..80).contains(&asked), "{asked} requests");
    assert_eq!(env.output(&["list", "--format", "plain"]), before);
    assert!(kept.iter().all(|file| file.exists()), "{kept:?}");
    env.sandbox.control().clear_faults();
    env.output(&["export", TARGET, "--format", "json"]);
}

/// A listing that knows nothing because it failed is not an empty list.
#[test]
fn listing_where_every_account_failed_is_an_error() {
    let env = TestEnv::with(|options| options.organisation = Organisation::generated(3, 2));
    env.sign_in();
    let accounts: Vec<String> = {
        let list: Vec<serde_json::Value> =
            serde_json::from_str(&env.output(&["list", "--format", "json"])).unwrap();
        list.iter()
            .map(|row| row["account_id"].as_str().unwrap().to_owned())
            .collect()
    };
    std::fs::remove_dir_all(env.path(".cache/genkan/catalog")).unwrap();
    for account in &accounts {
        env.sandbox.control().fail_account(account, Fault::Forbidden);
    }
    for arguments in [
        &["list", "--format", "json"][..],
        &["list"],
        &["profiles"],
        &["profiles", "--write"],
    ] {
        let result = env.run(arguments);
        assert_eq!(
            (result.code, result.stdout.as_str()),
            (Some(1), ""),
            "{}",
            result.stderr
        );
        assert!(
            result
                .stderr
                .contains("no account of demo could be loaded; 3 accounts failed"),
            "{}",
            result.stderr
        );
    }
    // One that works is enough, and what is missing is said of the cached list, too.
    env.sandbox.control().heal_account(&accounts[0]);
    assert_eq!(
        env.output(&["list", "--refresh", "--format", "plain"])
            .lines()
            .count(),
        2
    );
    let cached = env.run(&["list", "--format", "plain"]);
    assert_eq!((cached.code, cached.stdout.lines().count()), (Some(0), 2));
    assert!(
        cached
            .stderr
            .contains("2 accounts of demo failed to load last time"),
        "{}",
        cached.stderr
    );
}

/// Signs in and lists: the IDs of all accounts.
fn listed_accounts(env: &TestEnv) -> Vec<String> {
    env.sign_in();
    let listed = env.output(&["list", "--format", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
    let id = |row: &serde_json::Value| row["account_id"].as_str().unwrap().to_owned();
    rows.iter().map(id).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Three accounts are fewer than what counts as an outage.
#[test]
fn listing_whose_token_no_account_takes_asks_for_a_sign_in() {
    let env = TestEnv::with(|options| options.organisation = Organisation::generated(3, 2));
    let accounts = listed_accounts(&env);
    for account in &accounts {
        env.sandbox.control().fail_account(account, Fault::Unauthorized);
    }
    let refused = env.run(&["list", "--refresh"]);
    assert_eq!(
        (refused.code, refused.stdout.as_str()),
        (Some(3), ""),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("sign-in"), "{}", refused.stderr);

    // Where another account was answered, it is the account's fault.
    for account in &accounts[1..] {
        env.sandbox.control().heal_account(account);
    }
    env.sandbox
        .control()
        .fail_account(&accounts[0], Fault::Unauthorized);
    env.sign_in();
    let partly = env.run(&["list", "--refresh", "--format", "plain"]);
    assert_eq!(partly.code, Some(0), "{}", partly.stderr);
    assert!(partly.stderr.contains("failed to load"), "{}", partly.stderr);
}

/// A listing that was cut off had an answer for one of them, so that the sign-in is not at fault.
#[test]
fn continued_listing_names_the_accounts_that_refuse_its_token() {
    let env = TestEnv::with(|options| options.organisation = Organisation::generated(3, 2));
    let accounts = listed_accounts(&env);
    let control = env.sandbox.control();
    for account in &accounts[1..] {
        control.fail_account(account, Fault::Hang);
    }
    let child = begin(&env, &["list", "--refresh"]);
    until("an answer that is written down", || {
        let mut journals = files_below(&env.path(".cache/genkan"));
        journals.retain(|path| path.extension().is_some_and(|extension| extension == "journal"));
        journals.iter().any(|path| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            text.contains(r#""listed""#) && text.ends_with('\n')
        })
    });
    signal(&child, "KILL");
    assert_eq!(wait_for_result(child).code, None);
    for account in &accounts[1..] {
        control.heal_account(account);
        control.fail_account(account, Fault::Unauthorized);
    }
    let partly = env.run(&["list", "--refresh", "--format", "plain"]);
    assert_eq!(partly.code, Some(0), "{}", partly.stderr);
    assert!(partly.stderr.contains("failed to load"), "{}", partly.stderr);
}

#[test]
fn query_without_a_match_is_reported_and_succeeds() {
    let env = TestEnv::new();
    env.sign_in();
    for (format, empty) in [
        ("json", "[]\n"),
        ("plain", ""),
        (
            "csv",
            "session,account_id,account_name,email,permission_set,alias,tags,production,role_arn,via\n",
        ),
    ] {
        let result = env.run(&["list", "--query", "zzzz", "--format", format]);
        assert_eq!((result.code, result.stdout.as_str()), (Some(0), empty));
        assert!(
            result.stderr.contains("note: no match for `zzzz`"),
            "{}",
            result.stderr
        );
    }
    assert!(
        env.run(&["profiles", "--query", "zzzz"])
            .stderr
            .contains("no match for `zzzz`")
    );
}
