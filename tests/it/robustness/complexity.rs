//! Nothing grows faster than its work: operations are counted at one size and at twice that size, as
//! allocations of memory, which each pass over a file or a list makes. No clock is looked at. And what takes
//! long shows how far it is.

use std::fmt::Write as _;
use std::fs;

use allocation_counter::measure;
use genkan::app::{App, ChildKind, ChildRequest};
use genkan::domain::rules::{Given, Match, Rule, RuleSet, Subject};
use genkan::domain::search::{SearchIndex, SearchRow};
use genkan::domain::shells::export::ExportFormat;
use genkan::domain::{Account, PermissionSetName};
use genkan::settings::{Environment, Settings};
use genkan::store::AwsFiles;

use crate::support::env::{ACCOUNT, TestEnv};
use crate::support::screen::Screen;

/// More than twice as many for twice the work, beside what is rounded and what comes once.
const MOST: f64 = 2.2;

fn app(env: &TestEnv) -> App {
    App::new(Settings::resolve(Environment::from_pairs(env.environment.clone())).unwrap())
}

fn runs<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(work)
}

/// A home with so many profiles of each kind that genkan writes or reads.
fn with_profiles(number: usize) -> TestEnv {
    let env = TestEnv::new();
    let mut config = env.sso_session("demo");
    for n in 0..number {
        writeln!(
            config,
            "[profile native-{n}]\nsso_session = demo\nsso_account_id = {ACCOUNT}\nsso_role_name = Set{n}\n\
             [profile process-{n}]\ncredential_process = /bin/sh credential-process demo:{ACCOUNT}/Set{n}\n\
             [profile chained-{n}]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/x\nsource_profile = native-{n}\n\
             services = local-{n}\n[services local-{n}]\nsso =\n  endpoint_url = http://127.0.0.1:1\n"
        )
        .unwrap();
    }
    env.write(".aws/config", &config);
    env
}

/// A home whose catalog has so many accounts.
fn with_accounts(number: usize) -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    env.rewrite_catalog(|_, accounts| {
        let more = |n| format!("9{n:011}\taccount-{n}\t{n}@example.com\t0 1 2\t1760000000\t");
        accounts.extend((0..number).map(more));
    });
    env
}

/// Counts what some work does in a home of one size and of twice that size.
fn grows(what: &str, size: usize, home: fn(usize) -> TestEnv, work: impl Fn(&TestEnv)) {
    let count = |size| {
        let env = home(size);
        measure(|| work(&env)).count_total
    };
    let (once, twice) = (count(size), count(2 * size));
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let ratio = twice as f64 / once as f64;
    assert!(ratio < MOST, "{what}: {once} at {size}, {twice} at {}", 2 * size);
}

#[test]
fn doctor_is_linear_in_profiles() {
    grows("doctor", 300, with_profiles, |env| {
        let found = runs(app(env).doctor.examine(true));
        assert!(found.iter().any(|f| f.check == "profiles"), "{found:?}");
    });
}

#[test]
fn profiles_and_sessions_are_linear_in_profiles() {
    grows("profiles at hand", 300, with_profiles, |env| {
        assert!(app(env).profile_targets.profiles_at_hand().len() >= 300);
    });
    grows("target of a profile", 300, with_profiles, |env| {
        runs(app(env).profile_targets.target_of_profile("native-299")).unwrap();
    });
    grows("sessions", 300, with_profiles, |env| {
        assert_eq!(app(env).sessions.sessions().unwrap().0.len(), 1);
    });
}

/// A command looks into the config file for sessions, the target, Regions, endpoints and the default profile; it
/// reads the file once. Reading makes most of the allocations.
#[test]
fn export_and_exec_read_the_config_file_once() {
    let env = with_profiles(1000);
    env.sign_in();
    let target = format!("{ACCOUNT}/AdministratorAccess");
    let paths = app(&env).context.settings().paths.clone();
    let load = || drop(AwsFiles::new(&paths).config().unwrap());
    let once = measure(load).count_total;
    let export = || {
        let app = app(&env);
        let target = runs(app.targets.resolve_target(&target)).unwrap();
        let session = app.sessions.session(Some(&target.session)).unwrap();
        app.regions.work_region(&session, &target).unwrap();
        let credentials = runs(app.credentials.role_credentials(&target)).unwrap();
        (app, target, credentials)
    };
    let text = measure(|| {
        let (app, target, credentials) = export();
        app.exports
            .export_text(ExportFormat::Bash, &target, &credentials, None)
            .unwrap();
    });
    let child = measure(|| {
        let (app, target, credentials) = export();
        let wish = ChildRequest {
            kind: ChildKind::Command(vec!["true".into()]),
            delivery: None,
            keep_environment: false,
            set: Vec::new(),
        };
        runs(app.shells.child(&target, credentials, &wish)).unwrap();
    });
    for (what, measured) in [("export", text), ("exec", child)] {
        // Beside the reading there is a pass for the sessions, and one for the profiles: 2.4 in all. Each further
        // reading, and each further pass, adds one.
        assert!(
            measured.count_total < 3 * once,
            "{what}: {} allocations, {once} a reading",
            measured.count_total
        );
    }
}

#[test]
fn status_completion_and_targets_are_linear_in_accounts() {
    grows("status", 1000, with_accounts, |env| {
        assert_eq!(app(env).status.status(None).unwrap().len(), 1);
    });
    grows("catalogs at hand", 1000, with_accounts, |env| {
        assert_eq!(app(env).targets.catalogs_at_hand().len(), 1);
    });
    grows("a target by name", 1000, with_accounts, |env| {
        runs(
            app(env)
                .targets
                .resolve_target("payments-dev/AdministratorAccess"),
        )
        .unwrap();
    });
}

/// A user who writes an account by its ID or its whole name waits as long for ten accounts as for thousands.
#[test]
fn target_written_in_full_costs_the_same_however_many_accounts_there_are() {
    let count = |number, text: &str| {
        let env = with_accounts(number);
        measure(|| {
            let app = app(&env);
            let target = runs(app.targets.resolve_target(text)).unwrap();
            assert!(app.targets.named(target).is_named());
        })
        .count_total
    };
    for text in [
        &*format!("{ACCOUNT}/AdministratorAccess"),
        "payments-dev/AdministratorAccess",
    ] {
        let (few, many) = (count(500, text), count(4_000, text));
        // Three more looks find a line among eight times as many.
        assert!(many < few + 20, "{text}: {few} at 500, {many} at 4,000");
    }
}

/// An account by its ID or its whole name, and a permission set, say all: no other account is read.
#[test]
fn fully_written_target_reads_no_accounts() {
    let env = with_accounts(10);
    let path = env.catalog_file();
    let damaged = fs::read_to_string(&path)
        .unwrap()
        .replace("account-7", "account\t7");
    fs::write(&path, &damaged).unwrap();
    let target = format!("{ACCOUNT}/AdministratorAccess");
    let by_name = "payments-dev/AdministratorAccess";
    for arguments in [
        &["credential-process", &target][..],
        &["credential-process", &target],
        &["credential-process", by_name],
        &["export", &target, "--format", "json"],
        &["export", by_name, "--format", "json"],
    ] {
        let result = env.run(arguments);
        assert_eq!(
            (result.code, result.stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
    // What is short for a name may be short for others.
    let result = env.run(&["credential-process", "payments-de/AdministratorAccess"]);
    assert!(result.stderr.contains("is invalid"), "{result:?}");
}

/// On a terminal a listing is one line that is rewritten and gone at the end; elsewhere there is nothing.
#[test]
fn listing_progress_appears_on_a_terminal_only() {
    let env = TestEnv::with(|options| options.latency = std::time::Duration::from_millis(300));
    env.sign_in();
    for arguments in [
        &["list", "--refresh", "--format", "plain"][..],
        &["export", "payments-dev/AdministratorAccess", "--format", "dotenv"],
    ] {
        let _ = fs::remove_dir_all(env.path(".cache/genkan/catalog"));
        let mut screen = Screen::genkan(&env, arguments);
        assert_eq!(screen.exit(), 0, "{}", screen.raw());
        let raw = screen.raw();
        assert!(raw.contains("\rloading demo: "), "{raw:?}");
        assert!(!screen.text().contains("loading demo"), "{}", screen.text());
        let _ = fs::remove_dir_all(env.path(".cache/genkan/catalog"));
        let result = env.run(arguments);
        assert_eq!(result.code, Some(0), "{result:?}");
        assert!(!result.stderr.contains("loading demo"), "{result:?}");
    }
}

/// Rules that match by each field and give what lists and searches look for.
fn many_rules(number: usize) -> RuleSet {
    let pattern = |text: String| vec![text.parse().unwrap()];
    let rule = |n: usize| Rule {
        matches: Match {
            account: pattern(format!("team-{n}-*")),
            email: pattern(format!("/^team-{n}[+]/")),
            permission_set: pattern("*access".to_owned()),
            ..Match::default()
        },
        given: Given {
            tags: vec![format!("team={n}").parse().unwrap()],
            hidden: Some(n.is_multiple_of(2)),
            ..Given::default()
        },
    };
    RuleSet::new((0..number).map(rule).collect())
}

fn accounts(number: usize) -> Vec<Account> {
    let account = |n: usize| Account {
        id: format!("{n:012}").parse().unwrap(),
        name: format!("team-{}-{n}", n % 50).into(),
        email: format!("team-{}+{n}@example.com", n % 50).into(),
    };
    (0..number).map(account).collect()
}

/// Twenty thousand rows are held against fifty rules without memory for each; the index of a search is linear.
#[test]
fn rules_cost_each_row_the_same() {
    let rules = many_rules(50);
    let set = PermissionSetName::new("readonlyaccess");
    let all = accounts(20_000);
    let hidden = |all: &[Account]| {
        let hides = |account: &&Account| rules.hides(Subject::new("s", account, Some(&set)));
        all.iter().filter(hides).count()
    };
    let mut count = 0;
    let globs_only = RuleSet::new(vec![Rule {
        matches: Match {
            account: vec!["team-4-*".parse().unwrap()],
            ..Match::default()
        },
        given: Given {
            hidden: Some(true),
            ..Given::default()
        },
    }]);
    let allocations = measure(|| {
        let hides = |account: &&Account| globs_only.hides(Subject::new("s", account, None));
        count = all.iter().filter(hides).count();
    });
    assert_eq!((count, allocations.count_total), (400, 0));
    let of = |n: usize| measure(|| drop(std::hint::black_box(vec![hidden(&all[..n])]))).count_total;
    let index = |n: usize| {
        let rows = || {
            all[..n].iter().map(|account| SearchRow {
                session: "s",
                account,
                permission_set: set.as_str(),
            })
        };
        measure(|| drop(SearchIndex::with_rules(rows(), &rules))).count_total
    };
    for (what, small, large) in [
        ("hidden rows", of(5_000), of(10_000)),
        ("the index", index(5_000), index(10_000)),
    ] {
        assert!(
            large * 10 < small * 22,
            "{what}: {large} after {small} for twice the rows"
        );
    }
}
