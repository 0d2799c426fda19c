//! Listing large organisations: cut off, cancelled, throttled, twice at once, and what is said of
//! what changed. Requests are counted by the sandbox.

use std::process::{Child, Stdio};
use std::time::Duration;

use crossterm::event::KeyCode;
use genkan::domain::history::{Action, History, TargetKey};
use genkan::domain::{Account, AccountEntry, AccountId, Catalog, Change, Changes, PermissionSetName};
use genkan::domain::{SignInState, SyncEvent};
use genkan::sandbox::{Fault, Organisation};
use genkan::tui::effect::Effect;
use genkan::tui::msg::{Listed, Msg, SyncMsg};

use crate::support::driver::{Driver, later, now, options, problem};
use crate::support::env::{CommandResult, TestEnv, catalog, command_result, session};
use crate::support::screen::Screen;

/// So many accounts, a portal so far away, and a client that asks that often at the most.
fn test_env(accounts: usize, latency: Duration, requests_per_second: u16) -> TestEnv {
    let env = TestEnv::with(|options| {
        options.organisation = Organisation::generated(accounts, 4);
        options.latency = latency;
    });
    env.write(
        ".config/genkan/config.toml",
        &format!("requests_per_second = {requests_per_second}\n"),
    );
    env.sign_in();
    env
}

fn begin(env: &TestEnv, arguments: &[&str]) -> Child {
    env.command(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn end(child: Child) -> CommandResult {
    command_result(child.wait_with_output().unwrap())
}

/// Waits until the sandbox was asked for the permission sets of so many accounts.
fn wait_for(env: &TestEnv, accounts: u64) {
    while env.sandbox.counts().list_account_roles < accounts {
        std::thread::sleep(Duration::from_millis(5));
    }
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
    let env = test_env(240, Duration::from_millis(10), 100);
    let child = begin(&env, &["list", "--refresh"]);
    wait_for(&env, 100);
    signal(&child, "KILL");
    assert_eq!(end(child).code, None);
    let asked = env.sandbox.counts().list_account_roles;
    let again = env.run(&["list", "--refresh", "--format", "plain"]);
    assert_eq!(lines(&again), 240 * 4);
    let all = env.sandbox.counts().list_account_roles;
    // What was under way when it was killed is asked for twice, nothing else is.
    assert!(all <= 240 + 12, "{asked} before, {all} in all");
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
    let env = test_env(400, Duration::from_millis(10), 100);
    let child = begin(&env, &["list", "--refresh"]);
    wait_for(&env, 30);
    signal(&child, "INT");
    let cancelled = end(child);
    assert_eq!((cancelled.code, cancelled.stdout.as_str()), (Some(130), ""));
    // What it had sent before its end may be counted after it; a listing that went on would ask for all accounts.
    std::thread::sleep(Duration::from_millis(300));
    let asked = env.sandbox.counts().list_account_roles;
    assert!(asked < 400, "{asked}");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(env.sandbox.counts().list_account_roles, asked);
}

#[test]
fn concurrent_listings_send_each_request_once() {
    let env = test_env(200, Duration::from_millis(10), 100);
    let first = begin(&env, &["list", "--refresh", "--format", "plain"]);
    wait_for(&env, 20);
    let second = end(begin(&env, &["list", "--refresh", "--format", "plain"]));
    let first = end(first);
    assert_eq!(lines(&first), 800);
    assert_eq!(second.stdout, first.stdout);
    assert!(
        second.stderr.contains("another genkan is listing"),
        "{}",
        second.stderr
    );
    let counts = env.sandbox.counts();
    assert_eq!((counts.list_accounts, counts.list_account_roles), (2, 200));
}

/// The limit is scaled up by ten, and so is the client's own.
#[test]
fn rate_limit_and_faults_lose_no_account() {
    let env = TestEnv::with(|options| {
        options.organisation = Organisation::generated(400, 4);
        options.latency = Duration::from_millis(6);
        options.rate = Some(80.0);
        options.faults = 0.05;
        options.fault_seed = 7;
    });
    env.write(".config/genkan/config.toml", "requests_per_second = 195\n");
    env.sandbox.control().set_fault_fraction(0.0);
    env.sign_in();
    env.sandbox.control().set_fault_fraction(0.05);
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
    let env = test_env(100, Duration::ZERO, 1000);
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
        lines[0].starts_with("note: 1 new, 3 gone since the last refresh ("),
        "{said}"
    );
    assert_eq!(lines[1], newcomer);
    for words in [
        format!("note: gone: {changed}/{set}"),
        format!("note: gone: {}/{}", gone.name, gone.permission_sets[0]),
        format!("note: gone: {}/{}", gone.name, gone.permission_sets[1]),
    ] {
        assert!(lines.contains(&words.as_str()), "{words}: {said}");
    }
    assert_eq!(run(&["list", "--refresh"]).stderr, "");
    // It stays until the user has seen it in the portal.
    for _ in 0..2 {
        let mut screen = Screen::genkan(&env, &[]);
        screen.wait("1 new, 3 gone since last refresh (");
        screen.type_keys("Newcomer");
        screen.wait("1 of ");
        screen.wait("+ ");
        screen.type_keys("\u{3}");
        screen.exit();
    }
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("1 new, 3 gone since last refresh (");
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
    let env = test_env(20, Duration::ZERO, 1000);
    env.output(&["list"]);
    let catalog = env.catalog_file();
    let known = std::fs::read_to_string(&catalog).unwrap();
    let (header, accounts) = known.split_once('\n').unwrap();
    let (_, rest) = accounts.split_once('\n').unwrap();
    let before = header.replace("\"accounts\":20", "\"accounts\":19") + "\n" + rest;
    for _ in 0..2 {
        std::fs::write(&catalog, &before).unwrap();
        assert!(env.run(&["list", "--refresh"]).stderr.contains("4 new since"));
    }
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("4 new since last refresh (");
    screen.type_keys("\u{3}");
    screen.exit();
}

fn account(number: u32, name: &str) -> Account {
    Account {
        id: format!("{number:012}").parse().unwrap(),
        name: name.into(),
        email: format!("{name}@example.com").into(),
    }
}

fn sample() -> Catalog {
    catalog(&Organisation::sample(), now())
}

fn ended_with(driver: &mut Driver, catalog: Catalog, changes: Changes) {
    let id = driver.id();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Ok(Listed { catalog, changes })),
    });
}

#[test]
fn portal_reports_changes() {
    let mut driver = Driver::at_home();
    let change = |number, name: &str, set: &str| Change {
        account: account(number, name),
        permission_set: PermissionSetName::new(set),
    };
    let mut changes = Changes {
        sign_in: None,
        since: Some(later(-172_800)),
        new: vec![
            change(1, "payments-prod", "AdministratorAccess"),
            change(2, "決済-本番", "ReadOnlyAccess"),
        ],
        gone: Vec::new(),
    };
    changes
        .gone
        .extend((10..30).map(|n| change(n, &format!("old-account-{n}"), "PowerUserAccess")));
    ended_with(&mut driver, sample(), changes.clone());
    driver.assert_screen("news of a listing");
    assert!(matches!(
        driver.key(KeyCode::F(6)),
        [Effect::MarkChangesSeen { .. }]
    ));
    driver.assert_screen("what changed");
    driver.key(KeyCode::End);
    for _ in 0..9 {
        driver.key(KeyCode::Down);
    }
    driver.assert_screen("what changed, scrolled");
    driver.key(KeyCode::Esc);
    assert!(driver.model.overlay.is_none());
    // Seen, and nothing newer: it stays there for this time, and is not said again.
    for (changes, said) in [(Changes::default(), false), (changes, false)] {
        driver.key(KeyCode::Char(' '));
        driver.key(KeyCode::Esc);
        driver.refresh();
        ended_with(&mut driver, sample(), changes);
        assert_eq!(driver.text((80, 24)).contains("since last refresh"), said);
    }
    assert!(matches!(
        driver.key(KeyCode::F(6)),
        [Effect::MarkChangesSeen { .. }]
    ));
}

/// What is new is marked on its row, and found again by whoever left before looking.
#[test]
fn new_assignments_are_marked() {
    let first = sample().entries()[0].clone();
    let mut driver = Driver::signed_in_with_changes(Changes {
        sign_in: None,
        since: Some(later(-172_800)),
        new: vec![Change {
            permission_set: first.permission_sets[0].clone(),
            account: first.account.clone(),
        }],
        gone: Vec::new(),
    });
    driver.assert_screen("new rows");
    driver.key(KeyCode::Right);
    driver.key(KeyCode::Down);
    assert!(driver.text((120, 36)).contains("▌  + DeployPipeline"));
    assert!(
        driver
            .text((120, 36))
            .contains("+ new since last refresh (2 days ago)")
    );
}

#[test]
fn changes_key_without_changes_says_so() {
    let mut driver = Driver::at_home();
    driver.key(KeyCode::F(6));
    assert!(driver.text((80, 24)).contains("no changes since your last visit"));
    let changes = Changes {
        sign_in: None,
        since: Some(later(-3600)),
        ..Changes::default()
    };
    driver.send(Msg::Tick(now()));
    let mut driver = Driver::at_home();
    ended_with(&mut driver, sample(), changes);
    driver.key(KeyCode::F(6));
    assert!(
        driver
            .text((80, 24))
            .contains("no changes since last refresh (1 h ago)")
    );
}

#[test]
fn failed_accounts_are_retried_with_backoff() {
    let broken: AccountId = Organisation::sample().accounts[0].id.parse().unwrap();
    let mut failing = sample();
    failing.set_problem(&broken, "Identity Center returned HTTP 500");
    let mut driver = Driver::at_home();
    ended_with(&mut driver, failing.clone(), Changes::default());
    assert!(driver.effects.is_empty());
    let mut at = 0;
    for wait in [60, 120, 240, 480, 960, 1800, 1800] {
        assert_eq!(
            driver.model.place.as_ref().unwrap().retry.at,
            Some(later(at + wait)),
            "it wakes up for it"
        );
        driver.send(Msg::Tick(later(at + wait - 1)));
        assert_eq!(driver.effects, []);
        at += wait;
        driver.send(Msg::Tick(later(at)));
        assert!(
            matches!(driver.effects.as_slice(), [Effect::RetryFailed { .. }]),
            "only what failed is asked for: {:?}",
            driver.effects
        );
        ended_with(&mut driver, failing.clone(), Changes::default());
    }
    driver.send(Msg::Tick(later(at + 1800)));
    ended_with(&mut driver, sample(), Changes::default());
    assert_eq!(driver.model.place.as_ref().unwrap().retry.at, None);
    driver.send(Msg::Tick(later(at + 36_000)));
    assert_eq!(driver.effects, []);
}

/// What another sign-in has listed is shown as such until it is replaced, however young it is.
#[test]
fn a_list_of_an_earlier_sign_in_is_labelled_and_refreshed_at_once() {
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.send(Msg::Loaded {
        session: "tanuki".into(),
        catalog: Some(catalog(&Organisation::sample(), later(-30))),
        of_earlier_sign_in: true,
        changes: Changes::default(),
        expiries: Vec::new(),
        sign_in: SignInState::SignedIn {
            until: later(18_720),
            renews: false,
            ends: None,
        },
        notices: Vec::new(),
    });
    assert!(matches!(driver.effects.as_slice(), [Effect::Refresh { .. }]));
    driver.assert_screen("a list of an earlier sign-in");
    let id = driver.id();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Err(problem("timed out"))),
    });
    assert!(driver.text((80, 24)).contains("earlier sign-in · out of date"));
    driver.refresh();
    ended_with(&mut driver, sample(), Changes::default());
    assert!(!driver.text((80, 24)).contains("earlier"));
    // Someone else signs in while accounts are listed.
    driver.refresh();
    let id = driver.id();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::BegunAgain),
    });
    assert!(driver.text((80, 24)).contains("earlier sign-in · refreshing"));
    let listed = Listed {
        catalog: sample(),
        changes: Changes::default(),
    };
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Ok(listed)),
    });
    assert!(!driver.text((80, 24)).contains("earlier"));
}

#[test]
fn listing_by_another_process_is_shown() {
    let mut driver = Driver::at_home();
    let id = driver.id();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::Waiting),
    });
    driver.assert_screen("another genkan lists");
    let mut known = sample();
    known.add_accounts(vec![account(1, "aaa-first")]);
    known.set_permission_sets(
        &"000000000001".parse().unwrap(),
        vec![PermissionSetName::new("View")],
        now(),
    );
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::Known(known)),
    });
    driver.send(Msg::Tick(later(1)));
    assert!(driver.text((80, 24)).contains("aaa-first"));
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Ended(Err(problem("timed out"))),
    });
    driver.send(Msg::Tick(later(61)));
    assert!(matches!(driver.effects.as_slice(), [Effect::Refresh { .. }]));
}

#[test]
fn accounts_match_a_search_before_they_are_listed() {
    let mut driver = Driver::at_home();
    let id = driver.id();
    let new = ["zebra-dev", "zebra-prod", "zebra-test"];
    let accounts: Vec<Account> = (1..).zip(new).map(|(n, name)| account(n, name)).collect();
    let wanted: Vec<AccountId> = accounts.iter().map(|a| a.id.clone()).collect();
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::Accounts {
            accounts,
            complete: false,
            settled: 0,
        }),
    });
    driver.send(Msg::Tick(later(1)));
    assert_eq!(driver.effects, [], "they stand below the screen");
    driver.type_text("zebr");
    driver.key(KeyCode::Char('a'));
    assert_eq!(driver.effects, [], "these were asked for with the letter before");
    driver.key(KeyCode::Char('-'));
    driver.key(KeyCode::Char('p'));
    assert!(
        matches!(driver.effects.as_slice(), [Effect::Prefer { accounts, .. }] if *accounts == wanted[1..2]),
        "{:?}",
        driver.effects
    );
    driver.assert_screen("an account that is not listed yet");
    driver.key(KeyCode::Enter);
    assert!(driver.text((80, 24)).contains("zebra-prod is still loading"));
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::PermissionSets {
            account: wanted[1].clone(),
            names: ["Admin", "View"].map(PermissionSetName::new).to_vec(),
            at: now(),
        }),
    });
    driver.send(Msg::Tick(later(2)));
    let here = driver.model.browse.current().unwrap();
    assert_eq!(here.target().unwrap().to_string(), "zebra-prod/Admin");
}

#[test]
fn visible_accounts_are_requested_next() {
    let mut driver = Driver::at_home();
    let id = driver.id();
    let first = account(1, "aaa-first");
    driver.send(Msg::Sync {
        id,
        event: SyncMsg::Event(SyncEvent::Accounts {
            accounts: vec![first.clone()],
            complete: false,
            settled: 0,
        }),
    });
    driver.send(Msg::Tick(later(1)));
    assert!(
        matches!(driver.effects.as_slice(), [Effect::Prefer { accounts, .. }] if accounts[0] == first.id),
        "{:?}",
        driver.effects
    );
    driver.send(Msg::Tick(later(2)));
    assert_eq!(driver.effects, []);
}

/// First what is on the screen and matches, then what a person favours, then what was used.
#[test]
fn favourites_and_recents_are_requested_before_the_rest() {
    let sample = sample();
    let key = |entry: &AccountEntry| TargetKey {
        session: "tanuki".into(),
        account_id: entry.account.id.clone(),
        permission_set: entry.permission_sets[0].clone(),
    };
    let rest: Vec<_> = (sample.entries().iter())
        .filter(|entry| !entry.account.name.starts_with("payments"))
        .collect();
    let [.., used, favourite] = rest.as_slice() else {
        panic!("more accounts")
    };
    let mut history = History::default();
    history.toggle_favourite(key(favourite));
    history.record(key(used), Action::Shell, now());
    let mut driver = Driver::signed_in_with(options(), history);
    ended_with(&mut driver, sample.clone(), Changes::default());
    driver.type_text("payments");
    driver.refresh();
    let asked = driver.effects.iter().find_map(|effect| match effect {
        Effect::Refresh { first, .. } => Some(first),
        _ => None,
    });
    let names: Vec<&str> = (asked.unwrap().iter())
        .map(|id| sample.entry(id).unwrap().account.name.as_str())
        .collect();
    let searched = names.iter().filter(|name| name.contains("payments")).count();
    assert!(searched > 1 && names.len() == sample.entries().len(), "{names:?}");
    assert!(
        names[..searched].iter().all(|name| name.contains("payments")),
        "{names:?}"
    );
    assert_eq!(
        names[searched..searched + 2],
        [favourite.account.name.as_str(), used.account.name.as_str()],
        "{names:?}"
    );
}

/// At four requests a second the last of 200 accounts would come after the screen's patience.
#[test]
fn matches_of_the_search_are_listed_first() {
    let env = test_env(200, Duration::ZERO, 4);
    let last = Organisation::generated(200, 4).accounts.pop().unwrap();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("loading…");
    screen.type_keys(&last.id);
    // Only that account matches.
    screen.wait(&last.permission_sets[0]);
    assert!(env.sandbox.counts().list_account_roles < 150);
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
