//! A machine whose clock is wrong works as one whose clock is right and says what is wrong; and answers that
//! lie about the time change nothing.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use genkan::platform::clock;
use jiff::{SignedDuration, Timestamp};

use crate::support::env::{ACCOUNT, FEW_TARGETS, TARGET, TestEnv, keep_few_accounts};
use crate::support::http;
use crate::support::peers;
use crate::support::screen::Screen;
use crate::support::wait::until;

const TOKEN: &str = ".aws/sso/cache/89e495e7941cf9e40e6980d14a16bf023ccd4c91.json";
const CLOCK: &str = ".cache/genkan/clock.json";
/// A target by its ID, which needs no catalog.
const ADMINISTRATOR: &str = "310660284419/AdministratorAccess";
/// What is learned of AWS's clock comes from a `Date` header, which counts in whole seconds.
const HOUR_BY_DATE: i64 = 3601;
const HOURS: i64 = 2 * 3600;
const DAY: i64 = 86_400;

/// From two weeks behind to two weeks ahead.
const OFFSETS: [i64; 11] = [
    -14 * DAY,
    -2 * DAY,
    -HOURS,
    -3660,
    -3540,
    -400,
    400,
    3540,
    HOURS,
    2 * DAY,
    14 * DAY,
];

/// An environment whose servers are this many seconds ahead of the machine; negative: behind.
fn test_env(ahead: i64) -> (TestEnv, Arc<AtomicI64>) {
    let offset = Arc::new(AtomicI64::new(ahead));
    let seconds = Arc::clone(&offset);
    let env = TestEnv::with(move |options| {
        keep_few_accounts(options);
        options.clock = Arc::new(move || {
            clock::current_time() + SignedDuration::from_secs(seconds.load(Ordering::Relaxed))
        });
    });
    (env, offset)
}

fn token(env: &TestEnv) -> serde_json::Value {
    serde_json::from_str(&env.read(TOKEN)).unwrap()
}

/// Seconds that something lives by this machine's clock.
fn left(at: &serde_json::Value) -> i64 {
    let at: Timestamp = at.as_str().unwrap().parse().unwrap();
    at.as_second() - clock::current_time().as_second()
}

/// When what `credential-process` gives ends, in seconds by this machine's clock.
fn expiration(env: &TestEnv) -> i64 {
    let text = env.output(&["credential-process", ADMINISTRATOR]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let at: Timestamp = json["Expiration"].as_str().unwrap().parse().unwrap();
    at.as_second()
}

/// Seconds that it lives.
fn given(env: &TestEnv) -> i64 {
    expiration(env) - clock::current_time().as_second()
}

#[test]
fn clock_wrong_by_hours_or_days_changes_nothing() {
    for ahead in [HOURS, -HOURS] {
        let (env, _) = test_env(ahead);
        let login = env.run(&["login", "--no-browser"]);
        assert_eq!(login.code, Some(0), "{}", login.stderr);
        assert!(login.stderr.contains("signed in to demo for 59 min") || login.stderr.contains("for 1 h"));
        let life = left(&token(&env)["expiresAt"]);
        assert!((3500..=3600).contains(&life), "{ahead}: {life}");
        for _ in 0..3 {
            assert_eq!(
                env.output(&["list", "--format", "plain", "--refresh"])
                    .lines()
                    .count(),
                FEW_TARGETS
            );
            let export = env.output(&["export", TARGET, "--format", "json"]);
            let json: serde_json::Value = serde_json::from_str(&export).unwrap();
            let life = left(&json["Expiration"]);
            assert!((3400..=HOUR_BY_DATE).contains(&life), "{ahead}: {life}");
        }
        let assumed = env.run(&["assume", "bash", TARGET]);
        assert!(
            assumed.stderr.contains(" for 59 min") || assumed.stderr.contains(" for 1 h"),
            "{ahead}: {}",
            assumed.stderr
        );
        let counts = env.sandbox.counts();
        // What this machine's clock calls expired is not given out without asking.
        let issued = if ahead > 0 { 1 } else { 4 };
        assert_eq!(
            (
                counts.refresh_token.issued,
                counts.get_role_credentials,
                counts.start_device_authorization
            ),
            (0, issued, 1),
            "{ahead}: nothing was renewed or fetched in vain"
        );
    }
}

#[test]
fn token_expired_by_server_time_is_refreshed_once() {
    for ahead in [HOURS, -HOURS] {
        let (env, offset) = test_env(ahead);
        env.sign_in();
        offset.fetch_add(3700, Ordering::Relaxed);
        for _ in 0..4 {
            env.output(&["list", "--refresh"]);
        }
        assert_eq!(env.sandbox.counts().refresh_token.issued, 1, "{ahead}");
        let life = left(&token(&env)["expiresAt"]);
        assert!((3500..=3600).contains(&life), "{ahead}: {life}");
    }
}

#[test]
fn learned_offset_is_dropped_when_the_clock_is_set() {
    let (env, offset) = test_env(-HOURS);
    env.sign_in();
    assert!(env.path(CLOCK).exists());
    offset.store(0, Ordering::Relaxed);
    env.output(&["list", "--refresh"]);
    assert!(!env.path(CLOCK).exists());
}

#[test]
fn portal_reports_a_wrong_clock_until_a_key_is_pressed() {
    // It is measured to a second.
    let (env, _) = test_env(-HOURS - 30);
    env.sign_in();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("clock is 2 h ahead of AWS's");
    screen.wait("updated");
    screen.type_keys("\u{1b}[B");
    screen.gone("ahead of AWS's");
    screen.type_keys("\u{3}");
}

/// A legacy token, which nothing renews, on a machine that was started with a wrong clock.
#[test]
fn legacy_token_survives_a_wrong_clock() {
    let (env, _) = test_env(-9 * 3600);
    env.write(
        ".aws/config",
        &format!(
            "[profile old]\nsso_start_url = {}\nsso_region = ap-northeast-1\nsso_account_id = {ACCOUNT}\n\
             sso_role_name = AdministratorAccess\n",
            env.sandbox.start_url()
        ),
    );
    env.sign_in();
    std::fs::remove_file(env.path(CLOCK)).unwrap();
    // It was written while the clock was right.
    let folder = std::fs::read_dir(env.path(".aws/sso/cache")).unwrap();
    let mut result = 0;
    for path in folder.map(|entry| entry.unwrap().path()) {
        let mut json: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if json.get("accessToken").is_some() {
            json["expiresAt"] = (clock::current_time() - SignedDuration::from_hours(1))
                .to_string()
                .into();
            std::fs::write(path, json.to_string()).unwrap();
            result += 1;
        }
    }
    assert_eq!(result, 1);
    assert_eq!(
        env.output(&["list", "--format", "plain", "--refresh"])
            .lines()
            .count(),
        FEW_TARGETS
    );
    assert_eq!(
        env.sandbox.counts().start_device_authorization,
        1,
        "no second sign-in"
    );
}

/// What stands between genkan and the sandbox and changes what answers say of the time.
struct Relay {
    address: String,
    /// Seconds added to each `Date`.
    lie: Arc<AtomicI64>,
    /// How many requests are answered with a 503 that has no mark of AWS.
    refusals: Arc<AtomicUsize>,
}

impl Relay {
    fn start(env: &mut TestEnv) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let relay = Self {
            address: listener.local_addr().unwrap().to_string(),
            lie: Arc::default(),
            refusals: Arc::default(),
        };
        for name in ["AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC"] {
            env.environment
                .insert(name.into(), format!("http://{}", relay.address));
        }
        let sandbox = env.sandbox.url().trim_start_matches("http://").to_owned();
        let (lie, refusals) = (Arc::clone(&relay.lie), Arc::clone(&relay.refusals));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (sandbox, lie, refusals) = (sandbox.clone(), Arc::clone(&lie), Arc::clone(&refusals));
                std::thread::spawn(move || relay_one(stream, &sandbox, &lie, &refusals));
            }
        });
        relay
    }

    fn lie(&self, seconds: i64) {
        self.lie.store(seconds, Ordering::Relaxed);
    }
}

fn relay_one(mut client: TcpStream, sandbox: &str, lie: &AtomicI64, refusals: &AtomicUsize) -> Option<()> {
    let (head, body) = http::read_request(&mut client)?;
    let now = clock::current_time() + SignedDuration::from_secs(lie.load(Ordering::Relaxed));
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let refuses = |left: usize| left.checked_sub(1);
    if refusals
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, refuses)
        .is_ok()
    {
        let refusal = format!(
            "HTTP/1.1 503 Service Unavailable\r\ndate: {date}\r\nserver: proxy\r\ncontent-length: 0\r\n\
             connection: close\r\n\r\n"
        );
        return client.write_all(refusal.as_bytes()).ok();
    }
    let mut server = TcpStream::connect(sandbox).ok()?;
    let ours = |name: &str| {
        ["host", "connection"]
            .iter()
            .any(|n| n.eq_ignore_ascii_case(name))
    };
    let mut lines = head.trim_end().split("\r\n");
    let mut request = format!(
        "{}\r\nhost: {sandbox}\r\nconnection: close\r\n",
        lines.next().unwrap()
    );
    for line in lines.filter(|line| !ours(line.split(':').next().unwrap_or_default())) {
        request.push_str(line);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    server.write_all(request.as_bytes()).ok()?;
    server.write_all(&body).ok()?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(answer[..end].to_vec()).ok()?;
    let mut changed = String::new();
    for line in head.split("\r\n") {
        if line.to_ascii_lowercase().starts_with("date:") {
            write!(changed, "date: {date}\r\n").unwrap();
        } else {
            changed.push_str(line);
            changed.push_str("\r\n");
        }
    }
    client.write_all(changed.as_bytes()).ok()?;
    client.write_all(&answer[end + 2..]).ok()
}

#[test]
fn date_of_a_proxy_error_is_ignored() {
    let mut env = TestEnv::with_few_accounts();
    let relay = Relay::start(&mut env);
    env.sign_in();
    for lie in [-14 * DAY, -HOURS, HOURS, 14 * DAY] {
        relay.lie(lie);
        relay.refusals.store(2, Ordering::Relaxed);
        std::fs::remove_dir_all(env.path(".cache/genkan/credentials")).ok();
        // Its Date is the proxy's; the answer after the retries is AWS's.
        env.run(&["credential-process", ADMINISTRATOR]);
        relay.refusals.store(0, Ordering::Relaxed);
        relay.lie(0);
        let life = given(&env);
        assert!((3500..=3600).contains(&life), "{lie}: {life}");
        assert!(!env.path(CLOCK).exists(), "{lie}: learned from a proxy");
    }
}

/// An offset that is wrong, wherever it came from, costs requests and nothing else.
#[test]
fn wrong_offset_neither_revives_nor_expires_credentials() {
    std::thread::scope(|scope| {
        for lie in [-14 * DAY, -HOURS, HOURS, 14 * DAY] {
            scope.spawn(move || believe(lie));
        }
    });
}

/// An environment in which all answers of AWS agree on a lie for a while.
fn believe(lie: i64) {
    let mut env = TestEnv::with_few_accounts();
    let relay = Relay::start(&mut env);
    env.sandbox
        .control()
        .set_role_credentials_lifetime(Duration::from_secs(3));
    relay.lie(lie);
    env.sign_in();
    env.output(&["list"]);
    assert!(env.path(CLOCK).exists(), "{lie}: answers agreed");
    let status = env.output(&["status"]);
    assert!(
        status.contains("signed in") && !status.contains("signed out"),
        "{lie}: {status}"
    );
    // They were alive when the program was asked for them, however long it took to answer.
    let given_alive = |why: &str| {
        let asked_at = clock::current_time().as_second();
        let end = expiration(&env);
        assert!(end >= asked_at, "{lie}: {why}");
        assert!(end - clock::current_time().as_second() <= 3, "{lie}: {why}");
        end
    };
    let end = given_alive("given out expired at first");
    let issued = env.sandbox.counts().get_role_credentials;
    // Real credentials of three seconds end: the program's clock is the machine's, which no test can move.
    until("their end", || clock::current_time().as_second() > end);
    given_alive("given out expired");
    let now = env.sandbox.counts().get_role_credentials;
    assert!(now > issued, "{lie}: no request was made");
    assert_eq!(env.sandbox.counts().refresh_token.issued, 0, "{lie}");
    // The truth is learned as the lie was.
    relay.lie(0);
    env.output(&["list", "--refresh"]);
    assert!(!env.path(CLOCK).exists(), "{lie}");
}

/// The script by which an SDK gets credentials in an environment of its own.
fn process(env: &TestEnv) -> PathBuf {
    let mut text = "#!/bin/sh\nunset AWS_CONFIG_FILE\n".to_owned();
    for (name, value) in &env.environment {
        writeln!(text, "export {name}='{value}'").unwrap();
    }
    let genkan = env!("CARGO_BIN_EXE_genkan");
    writeln!(text, "exec '{genkan}' credential-process {ADMINISTRATOR}").unwrap();
    env.write_program("process.sh", &text)
}

#[test]
fn boto3_and_the_aws_cli_accept_credentials_at_every_offset() {
    let Some(venv) = peers::python() else { return };
    let script = peers::script("accepts.py", include_str!("../../peers/accepts.py"));
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    // The machine's clock is wrong; or it is right, and every answer lies.
    let houses: Vec<(String, TestEnv, Option<Relay>)> = std::thread::scope(|scope| {
        let cases = OFFSETS
            .iter()
            .flat_map(|offset| [(*offset, false), (*offset, true)]);
        let signed_in = cases.map(|(offset, lies)| {
            scope.spawn(move || {
                let (mut env, _) = test_env(if lies { 0 } else { offset });
                let relay = lies.then(|| Relay::start(&mut env));
                if let Some(relay) = &relay {
                    relay.lie(offset);
                }
                env.sign_in();
                let kind = if lies { "lie" } else { "wrong" };
                (format!("{kind}{offset}"), env, relay)
            })
        });
        let signed_in: Vec<_> = signed_in.collect();
        signed_in.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let mut text = String::new();
    for (name, env, _) in &houses {
        let process = process(env);
        let process = process.display();
        writeln!(text, "[profile {name}]\ncredential_process = '{process}'").unwrap();
    }
    std::fs::write(&config, text).unwrap();
    let peer = |program: &str| {
        let mut command = Command::new(venv.join("bin").join(program));
        command
            .env_clear()
            .env("PATH", crate::support::env::path())
            .env("HOME", folder.path())
            .env("AWS_CONFIG_FILE", &config);
        command
    };
    // First they are issued, then they are cached.
    for round in ["issued", "cached"] {
        let names = houses.iter().map(|(name, ..)| name);
        let output = peer("python").arg(&script).args(names).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{round}: {said}");
        let seconds: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        for (name, ..) in &houses {
            let life = seconds[name].as_i64().unwrap();
            assert!((1..=HOUR_BY_DATE).contains(&life), "{round} {name}: {life}");
        }
    }
    for name in ["wrong-1209600", "wrong1209600", "lie-1209600", "lie1209600"] {
        let output = peer("aws")
            .args(["configure", "list", "--profile", name])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("custom-process"),
            "{name}: {output:?}"
        );
    }
}
