//! Nothing grows faster than its work: operations are counted at one size and at twice that size, as
//! allocations of memory, which each pass over a file or a list makes. No clock is looked at. And what takes
//! long shows how far it is.

use std::fmt::Write as _;
use std::fs;

use allocation_counter::measure;
use genkan::app::App;
use genkan::settings::{Environment, Settings};

use crate::support::env::{ACCOUNT, House};
use crate::tui::pty::Screen;

/// More than twice as many for twice the work, beside what is rounded and what comes once.
const MOST: f64 = 2.2;

fn app(house: &House) -> App {
    App::new(Settings::resolve(Environment::from_pairs(house.environment.clone())).unwrap())
}

fn runs<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(work)
}

/// A home with so many profiles of each kind that genkan writes or reads.
fn with_profiles(number: usize) -> House {
    let house = House::new();
    let mut config = house.sso_session("demo");
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
    house.write(".aws/config", &config);
    house
}

/// A home whose catalog has so many accounts.
fn with_accounts(number: usize) -> House {
    let house = House::new();
    house.sign_in();
    house.output(&["list"]);
    let path = house.catalog_file();
    let text = fs::read_to_string(&path).unwrap();
    let (header, accounts) = text.split_once('\n').unwrap();
    let mut header: serde_json::Value = serde_json::from_str(header).unwrap();
    let mut lines = accounts.to_owned();
    for n in 0..number {
        writeln!(
            lines,
            "[\"9{n:011}\",\"account-{n}\",\"{n}@example.com\",[0,1,2],1760000000,null]"
        )
        .unwrap();
    }
    header["accounts"] = lines.lines().count().into();
    fs::write(&path, format!("{header}\n{lines}")).unwrap();
    house
}

/// Counts what some work does in a home of one size and of twice that size.
fn grows(what: &str, size: usize, home: fn(usize) -> House, work: impl Fn(&House)) {
    let count = |size| {
        let house = home(size);
        measure(|| work(&house)).count_total
    };
    let (once, twice) = (count(size), count(2 * size));
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let ratio = twice as f64 / once as f64;
    assert!(ratio < MOST, "{what}: {once} at {size}, {twice} at {}", 2 * size);
}

#[test]
fn doctor_grows_with_the_profiles() {
    grows("doctor", 300, with_profiles, |house| {
        let found = runs(app(house).examine(true));
        assert!(found.iter().any(|f| f.check == "profiles"), "{found:?}");
    });
}

#[test]
fn profiles_and_sessions_grow_with_the_profiles() {
    grows("profiles at hand", 300, with_profiles, |house| {
        assert!(app(house).profiles_at_hand().len() >= 300);
    });
    grows("target of a profile", 300, with_profiles, |house| {
        runs(app(house).target_of_profile("native-299")).unwrap();
    });
    grows("sessions", 300, with_profiles, |house| {
        assert_eq!(app(house).sessions().unwrap().0.len(), 1);
    });
}

#[test]
fn status_completion_and_targets_grow_with_the_accounts() {
    grows("status", 1000, with_accounts, |house| {
        assert_eq!(app(house).status(None).unwrap().len(), 1);
    });
    grows("catalogs at hand", 1000, with_accounts, |house| {
        assert_eq!(app(house).catalogs_at_hand().len(), 1);
    });
    grows("a target by name", 1000, with_accounts, |house| {
        runs(app(house).resolve_target("payments-dev/AdministratorAccess")).unwrap();
    });
}

/// An account ID and a permission set say all: the accounts are not read, however many there are.
#[test]
fn a_target_that_is_spelled_out_reads_no_accounts() {
    let house = with_accounts(10);
    let path = house.catalog_file();
    let text = fs::read_to_string(&path).unwrap();
    let (header, _) = text.split_once('\n').unwrap();
    let unreadable = format!("{header}\nnot an account\n");
    fs::write(&path, &unreadable).unwrap();
    let target = format!("{ACCOUNT}/AdministratorAccess");
    for arguments in [
        &["credential-process", &target][..],
        &["credential-process", &target],
        &["export", &target, "--format", "json"],
    ] {
        let ended = house.run(arguments);
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), unreadable);
    // With the name of the account it has to look.
    let ended = house.run(&["credential-process", "payments-dev/AdministratorAccess"]);
    assert!(ended.stderr.contains("can't be understood"), "{ended:?}");
}

/// On a terminal a listing is one line that is rewritten and gone at the end; elsewhere there is nothing.
#[test]
fn a_listing_shows_its_progress_on_a_terminal_only() {
    let house = House::with(|options| options.latency = std::time::Duration::from_millis(300));
    house.sign_in();
    for arguments in [
        &["list", "--refresh", "--format", "plain"][..],
        &["export", "payments-dev/AdministratorAccess", "--format", "dotenv"],
    ] {
        let _ = fs::remove_dir_all(house.path(".cache/genkan/catalog"));
        let mut screen = Screen::genkan(&house, arguments);
        assert_eq!(screen.exit(), 0, "{}", screen.raw());
        let raw = screen.raw();
        assert!(raw.contains("\rlisting demo: "), "{raw:?}");
        assert!(!screen.text().contains("listing demo"), "{}", screen.text());
        let _ = fs::remove_dir_all(house.path(".cache/genkan/catalog"));
        let ended = house.run(arguments);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(!ended.stderr.contains("listing demo"), "{ended:?}");
    }
}
