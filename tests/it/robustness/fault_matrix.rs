//! The fault matrix: every operation × everything that can go wrong with it, once and for good.
//! One table for each operation has what the user reads, and which of their files remain: the snapshots.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use genkan::platform::clock;
use genkan::sandbox::{Fault, Operation};

use crate::support::env::{self, CommandResult, TARGET, TestEnv, is_whole_catalog};
use crate::support::http;
use crate::support::iam_users;
use crate::support::profile_roles;
use crate::support::served::Served;
use crate::support::wait;

/// An operation, and what the user does that needs it.
struct Case {
    name: &'static str,
    operation: Operation,
    arguments: &'static [&'static str],
    /// Who does it has signed in, listed and taken credentials before.
    signed_in: bool,
    /// The access token is not accepted any longer when it is done.
    revoked: bool,
    /// A browser comes back in its course.
    by_browser: bool,
    /// What is there besides.
    prepare: fn(&TestEnv),
    /// The fault that takes a minute when it is permanent, and the tests that cover it instead, which start early.
    elsewhere: Option<(&'static str, &'static str)>,
}

const fn case(name: &'static str, operation: Operation, arguments: &'static [&'static str]) -> Case {
    Case {
        name,
        operation,
        arguments,
        signed_in: true,
        revoked: false,
        by_browser: false,
        prepare: |_| {},
        elsewhere: None,
    }
}

const LOGIN: &[&str] = &["login", "--no-browser"];
const LIST: &[&str] = &["list", "--refresh", "--format", "plain"];

const GENKAN: &str = env!("CARGO_BIN_EXE_genkan");

/// Signs in while a browser goes to the page and comes back.
fn with_a_browser(env: &TestEnv, arguments: &[&str]) -> CommandResult {
    let mut login = env
        .command(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(login.stderr.take().unwrap());
    let mut said = String::new();
    let page = loop {
        let mut line = String::new();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "no page: {said}");
        said.push_str(&line);
        if let Ok(page) = line.trim().parse::<url::Url>() {
            break page;
        }
    };
    let path = |url: &url::Url| format!("{}?{}", url.path(), url.query().unwrap());
    let answer = http::get(&env.sandbox.url(), &path(&page));
    let back: url::Url = answer.header("location").unwrap().parse().unwrap();
    http::get(
        &format!("http://127.0.0.1:{}", back.port().unwrap()),
        &path(&back),
    );
    stderr.read_to_string(&mut said).unwrap();
    CommandResult {
        stderr: said,
        ..env::command_result(login.wait_with_output().unwrap())
    }
}

/// What goes wrong, and how it does so for good where that is not the same.
fn faults() -> Vec<(&'static str, Fault, Fault)> {
    let slow = |seconds| Fault::SlowBody(Duration::from_secs(seconds));
    let busy = Fault::TooManyRequests {
        retry_after: None,
        named: true,
    };
    let rest = Fault::TooManyRequests {
        retry_after: Some(1),
        named: false,
    };
    let both = |name, fault: Fault| (name, fault.clone(), fault);
    vec![
        ("429", rest, busy),
        both("500", Fault::InternalError),
        both("503", Fault::Unavailable),
        both("timeout", Fault::Hang),
        both("reset", Fault::Reset),
        ("slow body", slow(1), slow(60)),
        both("truncated body", Fault::TruncatedBody),
        both("wrong JSON", Fault::WrongJson),
        both("401", Fault::Unauthorized),
        both("403", Fault::Forbidden),
        both("expired", Fault::Expired),
    ]
}

/// Files that the user would miss.
const KEPT: [(&str, &str, &str); 3] = [
    ("sign-in", ".aws/sso/cache", "json"),
    ("list", ".cache/genkan/catalog", "catalog"),
    ("credentials", ".cache/genkan/credentials", "json"),
];

/// Which of these hold whole files.
fn holds(home: &Path) -> Vec<&'static str> {
    let whole = |folder: &str, kind: &str| {
        let files = std::fs::read_dir(home.join(folder)).into_iter().flatten();
        let contents: Vec<String> = files
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == kind))
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect();
        let is_whole = |text: &String| {
            if kind == "catalog" {
                assert!(is_whole_catalog(text), "a half file in {folder}");
                return true;
            }
            let json: serde_json::Value =
                serde_json::from_str(text).unwrap_or_else(|e| panic!("a half file in {folder}: {e}"));
            folder != KEPT[0].1 || json.get("accessToken").is_some()
        };
        contents.iter().any(is_whole)
    };
    let kept = KEPT.iter().filter(|(_, folder, kind)| whole(folder, kind));
    kept.map(|(word, ..)| *word).collect()
}

const PREFERENCES: &str = ".config/genkan/config.toml";

/// One more preference, before those of tables.
fn prefer(env: &TestEnv, line: &str) {
    let others = std::fs::read_to_string(env.path(PREFERENCES)).unwrap_or_default();
    env.write(PREFERENCES, &format!("{line}\n{others}"));
}

/// Runs an operation under a fault, in an environment of its own. What the user reads, and what is gone then.
fn play(case: &Case, fault: &Fault, times: usize) -> String {
    let env = TestEnv::with(|options| {
        // It takes more than a few accounts that fail until a listing is given up.
        if case.operation != Operation::ListAccountRoles {
            env::keep_few_accounts(options);
        }
        if !case.signed_in {
            // A poll that fails is tried again after an interval, until the code expires.
            options.poll_interval = Duration::from_secs(1);
            options.device_code_lifetime = Duration::from_secs(if times == 1 { 60 } else { 6 });
        }
    });
    // A short limit only where every answer fails: where one fails, the next must be in time on a busy machine.
    let timeout = match fault {
        Fault::Hang | Fault::SlowBody(_) if times == 1 => "timeout_seconds = 10",
        Fault::Hang | Fault::SlowBody(_) => "timeout_seconds = 2",
        _ => "",
    };
    prefer(&env, "requests_per_second = 1000");
    let control = env.sandbox.control();
    (case.prepare)(&env);
    let mut rows = String::new();
    if case.signed_in {
        env.sign_in();
        rows = env.output(LIST);
        env.output(&["export", TARGET, "--format", "json"]);
    }
    if case.revoked {
        control.revoke_access_tokens();
    }
    let before = holds(env.home.path());
    prefer(&env, timeout);
    control.inject(case.operation, fault, times);
    let result = if case.by_browser {
        with_a_browser(&env, case.arguments)
    } else {
        env.run(case.arguments)
    };
    let title = case.name;
    assert!(matches!(result.code, Some(0 | 1 | 3)), "{title}: {result:?}");
    assert!(!result.stderr.contains("panicked"), "{title}: {result:?}");
    if result.code != Some(0) {
        assert_eq!(result.stdout, "", "{title}: a failure prints nothing");
    } else if case.arguments == LIST {
        assert_eq!(result.stdout, rows, "{title}: no row is lost");
    }
    if case.operation == Operation::Logout {
        let list = env.run(&["list", "--format", "plain"]);
        assert_eq!(
            (list.code, list.stdout.as_str()),
            (Some(3), ""),
            "{title}: the list is deleted"
        );
    } else if case.signed_in {
        let cached = env.output(&["list", "--format", "plain"]);
        assert_eq!(cached, rows, "{title}: the list of before is still there");
    }
    let after = holds(env.home.path());
    let gone: Vec<_> = before.into_iter().filter(|b| !after.contains(b)).collect();
    if gone.is_empty() {
        said(&result)
    } else {
        format!("{}; gone: {}", said(&result), gone.join(", "))
    }
}

/// The first line of what was said, without what changes from run to run.
fn said(result: &CommandResult) -> String {
    if result.code == Some(0) && !result.stderr.contains("failed to load") {
        return "works".to_owned();
    }
    let lines: Vec<&str> = result
        .stderr
        .lines()
        .filter(|l| l.starts_with("error: ") || l.contains("failed to load"))
        .collect();
    let first = lines.first().copied().unwrap_or("says nothing");
    let first = first.trim_start_matches("error: ").trim_start_matches("note: ");
    let more = match lines.len() {
        0 | 1 => String::new(),
        n => format!(" (and {} lines like it)", n - 1),
    };
    // Which account is asked for first is chance.
    let first = match first.split_once(" failed to load") {
        Some((_, why)) => format!("ACCOUNT failed to load{why}"),
        None => without_times(first),
    };
    let code = result.code.unwrap_or(-1);
    format!("[{code}] {first}{more}")
}

/// Times become `HH:MM`, those of the day before, too.
fn without_times(text: &str) -> String {
    let time = regex_lite::Regex::new(r"(\b\d{1,2} [A-Z][a-z]{2} )?\b\d\d:\d\d\b").unwrap();
    time.replace_all(text, "HH:MM").into_owned()
}

/// A server whose credentials have ended, under a fault: what the next client is answered.
fn play_at_a_server(fault: &Fault, times: usize) -> String {
    let env = TestEnv::with_few_accounts();
    prefer(&env, "requests_per_second = 1000");
    env.sign_in();
    let timeout = if times == 1 { 10 } else { 2 };
    prefer(&env, &format!("timeout_seconds = {timeout}"));
    let control = env.sandbox.control();
    control.set_role_credentials_lifetime(Duration::from_secs(2));
    let served = Served::start(&env, &[TARGET]);
    control.set_role_credentials_lifetime(Duration::from_hours(1));
    control.inject(Operation::GetRoleCredentials, fault, times);
    let end = clock::current_time().as_second() + 3;
    wait::until("the end of the credentials", || {
        clock::current_time().as_second() >= end
    });
    let headers = [("authorization", served.token())];
    let path = served.address(0).replace(&served.url(), "");
    // The client of the tests gives up before the server does.
    let answer = loop {
        if let Ok(answer) = http::request(&served.url(), "GET", &path, &headers, &[]) {
            break answer;
        }
    };
    let body = answer.json();
    let said = match answer.status {
        200 => "works".to_owned(),
        status => format!(
            "[{status} {}] {}",
            body["Code"].as_str().unwrap(),
            without_times(body["Message"].as_str().unwrap().split("; ").next().unwrap())
        ),
    };
    let (code, _) = served.stop();
    assert_eq!(code, Some(0), "{said}");
    said
}

#[test]
fn faults_of_a_renewal_for_a_server() {
    let faults = faults();
    let rows: Vec<String> = std::thread::scope(|scope| {
        let cells = faults.iter().map(|(name, once, for_good)| {
            scope.spawn(move || {
                let (once, for_good) = (play_at_a_server(once, 1), play_at_a_server(for_good, 100_000));
                format!(
                    "  {name:<15} once      {once}\n  {:<15} for good  {for_good}\n",
                    ""
                )
            })
        });
        let cells: Vec<_> = cells.collect();
        cells.into_iter().map(|cell| cell.join().unwrap()).collect()
    });
    let table = format!("GetRoleCredentials · genkan serve {TARGET}\n{}", rows.concat());
    insta::assert_snapshot!("faults of a renewal for a server", table);
}

/// So many houses stand at once: they wait more than they work.
const AT_ONCE: usize = 6;

/// Plays every fault of one operation, once and for good, and compares what users read with the snapshot.
fn every_fault(case: &Case) {
    let faults = faults();
    let elsewhere = |fault: &str, times| match case.elsewhere {
        Some((slow, test)) if times > 1 && slow == fault => Some(test),
        _ => None,
    };
    let cells: Vec<(&str, &Fault, usize)> = faults
        .iter()
        .flat_map(|(name, once, for_good)| [(*name, once, 1), (*name, for_good, 100_000)])
        .collect();
    let next = AtomicUsize::new(0);
    let words: Vec<OnceLock<String>> = cells.iter().map(|_| OnceLock::new()).collect();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((at, (name, fault, times))) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    cells.get(at).map(|cell| (at, cell))
                } {
                    let said = elsewhere(name, *times)
                        .map_or_else(|| play(case, fault, *times), |test| format!("see {test}"));
                    words[at].set(said).unwrap();
                }
            });
        }
    });
    let line = case.arguments.join(" ").replace(GENKAN, "genkan");
    let mut table = format!("{} · genkan {line}\n", case.name);
    let mut words = words.iter().map(|w| w.get().unwrap());
    for (name, ..) in &faults {
        let _ = writeln!(table, "  {name:<15} once      {}", words.next().unwrap());
        let _ = writeln!(table, "  {:<15} for good  {}", "", words.next().unwrap());
    }
    assert!(!table.contains("says nothing"), "{table}");
    insta::assert_snapshot!(format!("faults of {}", case.name), table);
}

#[test]
fn faults_of_register_client() {
    every_fault(&Case {
        signed_in: false,
        ..case("RegisterClient", Operation::RegisterClient, LOGIN)
    });
}

#[test]
fn faults_of_start_device_authorization() {
    every_fault(&Case {
        signed_in: false,
        ..case(
            "StartDeviceAuthorization",
            Operation::StartDeviceAuthorization,
            LOGIN,
        )
    });
}

#[test]
fn faults_of_create_token_with_a_device_code() {
    every_fault(&Case {
        signed_in: false,
        ..case("CreateToken (device)", Operation::CreateToken, LOGIN)
    });
}

#[test]
fn faults_of_create_token_with_an_authorization_code() {
    every_fault(&Case {
        signed_in: false,
        by_browser: true,
        ..case(
            "CreateToken (code)",
            Operation::CreateToken,
            &["login", "--no-browser", "--flow", "pkce"],
        )
    });
}

#[test]
fn faults_of_create_token_with_a_refresh_token() {
    every_fault(&Case {
        revoked: true,
        ..case("CreateToken (refresh)", Operation::CreateToken, LIST)
    });
}

#[test]
fn faults_of_list_accounts() {
    every_fault(&case("ListAccounts", Operation::ListAccounts, LIST));
}

#[test]
fn faults_of_list_account_roles() {
    every_fault(&Case {
        elsewhere: Some(("429", "commands::listing")),
        ..case("ListAccountRoles", Operation::ListAccountRoles, LIST)
    });
}

#[test]
fn faults_of_get_role_credentials() {
    let export = &["export", "payments-prod/ReadOnlyAccess", "--format", "json"];
    every_fault(&case("GetRoleCredentials", Operation::GetRoleCredentials, export));
}

#[test]
fn faults_of_assume_role() {
    const ROLE: &str = "310660284419/IncidentResponse via 111427759318/AdministratorAccess";
    let export = &["export", ROLE, "--format", "json"];
    every_fault(&case("AssumeRole", Operation::AssumeRole, export));
}

#[test]
fn faults_of_get_session_token() {
    let export = &["export", "598204417736/ren.sato", "--format", "json"];
    every_fault(&Case {
        prepare: |env| {
            iam_users::with_file(env);
            iam_users::add(env, "ren", &iam_users::keys(env, iam_users::WITHOUT_MFA)[0]);
        },
        ..case("GetSessionToken", Operation::GetSessionToken, export)
    });
}

const PROFILE: &[&str] = &["export", "--profile", "two", "--format", "json"];

#[test]
fn faults_of_assume_role_with_the_keys_of_a_profile() {
    let export = &["export", "--profile", "one", "--format", "json"];
    every_fault(&Case {
        signed_in: false,
        prepare: |env| drop(profile_roles::write_profiles(env, iam_users::WITHOUT_MFA, "")),
        ..case("AssumeRole (keys)", Operation::AssumeRole, export)
    });
}

#[test]
fn faults_of_get_session_token_with_a_code() {
    every_fault(&Case {
        signed_in: false,
        prepare: |env| {
            let serial = profile_roles::code_by_program(env, iam_users::WITH_MFA);
            profile_roles::write_profiles(env, iam_users::WITH_MFA, &format!("mfa_serial = {serial}"));
        },
        ..case("GetSessionToken (code)", Operation::GetSessionToken, PROFILE)
    });
}

/// Many users may not list their devices: then there is none, and the key is kept.
#[test]
fn faults_of_list_mfa_devices() {
    let add = &["iam-user", "add", "--from-profile", "ci", "--store", "file"];
    every_fault(&Case {
        signed_in: false,
        prepare: |env| {
            iam_users::with_file(env);
            profile_roles::write_profiles(env, iam_users::WITH_MFA, "");
        },
        ..case("ListMFADevices", Operation::ListMfaDevices, add)
    });
}

#[test]
fn faults_of_get_caller_identity_of_a_key() {
    let add = &["iam-user", "add", "--from-profile", "ci", "--store", "file"];
    every_fault(&Case {
        signed_in: false,
        prepare: |env| {
            iam_users::with_file(env);
            profile_roles::write_profiles(env, iam_users::WITH_MFA, "");
        },
        ..case("GetCallerIdentity (key)", Operation::GetCallerIdentity, add)
    });
}

#[test]
fn faults_of_logout() {
    every_fault(&case("Logout", Operation::Logout, &["logout"]));
}

#[test]
fn faults_of_get_signin_token() {
    let console = &["console", TARGET, "--print"];
    every_fault(&case("GetSigninToken", Operation::GetSigninToken, console));
}

#[test]
fn faults_of_get_caller_identity() {
    let verify = &["exec", TARGET, "--", GENKAN, "whoami", "--verify"];
    every_fault(&case("GetCallerIdentity", Operation::GetCallerIdentity, verify));
}
