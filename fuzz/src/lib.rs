//! What each fuzz target does with its bytes, and what must hold whatever they are.
//!
//! The project's own tests include this file and replay the corpora in `fuzz/corpus` with it.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "what must hold and doesn't is to stop the target"
)]

use std::path::Path;
use std::sync::OnceLock;

use genkan::aws::{Aws, AwsError, AwsOptions};
use genkan::domain::search::SearchIndex;
use genkan::domain::start_url::may_open;
use genkan::domain::target::{Resolution, resolve};
use genkan::domain::text::{clean, is_shown_as_it_is};
use genkan::domain::{AccountId, ClientRegistration, PermissionSetName, Secret, SsoSession, Target};
use genkan::platform::clock::Clock;
use genkan::platform::paths::{PathVariables, Paths};
use genkan::settings::Preferences;
use genkan::store::{ConfigFile, TokenCache};
use genkan::tui::keymap::{Keymap, key_name};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What is done with bytes.
pub type FuzzTarget = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, FuzzTarget); 7] = [
    ("config", config),
    ("tokens", tokens),
    ("settings", settings),
    ("keys", keys),
    ("search", search),
    ("sign_in", sign_in),
    ("portal", portal),
];

fn session() -> SsoSession {
    SsoSession::new(
        "fuzz",
        "https://fuzz.awsapps.com/start".parse().expect("a URL"),
        "eu-west-1".parse().expect("a Region"),
    )
}

/// `~/.aws/config`: every byte stays, what is shown can be shown, and a session can be added.
pub fn config(data: &[u8]) {
    let mut file = ConfigFile::parse(data);
    assert_eq!(file.to_bytes(), data, "every byte stays");
    for session in file.sso_sessions() {
        assert!(is_shown_as_it_is(&session.name), "{:?}", session.name);
        assert!(is_shown_as_it_is(session.start_url.as_str()), "{session:?}");
    }
    for problem in file.problems() {
        assert!(problem.chars().all(|c| !c.is_control()), "{problem:?}");
    }
    let _ = file.default_region();
    if file.add_sso_session(&session()) {
        assert!(file.to_bytes().starts_with(data), "every byte stays");
        assert!(
            file.sso_sessions().contains(&session()),
            "what was added is found"
        );
    }
}

/// A token file: tokens, or the file set aside; never lost, never in `Debug`.
pub fn tokens(data: &[u8]) {
    static HOME: OnceLock<TempDir> = OnceLock::new();
    let home = HOME.get_or_init(|| TempDir::new().expect("a folder"));
    let variables = PathVariables {
        home: Some(home.path().to_owned()),
        ..PathVariables::default()
    };
    let paths = Paths::resolve(&variables).expect("a home");
    let cache = TokenCache::new(&paths);
    let _ = std::fs::remove_dir_all(&paths.sso_cache);
    std::fs::create_dir_all(&paths.sso_cache).expect("a folder");
    let path = cache.file(&session());
    std::fs::write(&path, data).expect("writes");
    let loaded = cache.load(&session()).expect("a file that is there can be read");
    assert!(holds(&paths.sso_cache, data), "the bytes are still there");
    if let Some(tokens) = loaded.value {
        let secret = tokens.access_token.expose();
        assert!(secret.len() < 8 || !format!("{tokens:?}").contains(secret));
        cache.save(&session(), &tokens).expect("saves");
        let again = cache.load(&session()).expect("loads").value.expect("there");
        assert_eq!(again.access_token, tokens.access_token);
    }
}

fn holds(folder: &Path, data: &[u8]) -> bool {
    let entries = std::fs::read_dir(folder).expect("lists");
    entries
        .flatten()
        .any(|entry| std::fs::read(entry.path()).is_ok_and(|bytes| bytes == data))
}

/// The preferences: read, or named with the line.
pub fn settings(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Err((line, reason)) = Preferences::parse(text) {
        assert!(line >= 1 && line <= text.lines().count() + 1, "{line}");
        assert!(reason.chars().all(|c| !c.is_control()), "{reason:?}");
    }
}

/// A table of keys: what is read can be named.
pub fn keys(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(keymap) = Keymap::parse(text) {
        for key in keymap.bindings().iter().flat_map(|b| &b.keys) {
            assert!(!key_name(*key).is_empty(), "{key:?}");
        }
    }
}

/// A query and a written target: each row is found once at most.
pub fn search(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (query, names) = text.split_once('\n').unwrap_or((&text, ""));
    let mut rows: Vec<Target> = names
        .lines()
        .take(20)
        .zip(1_u64..)
        .map(|(name, number)| Target {
            session: "fuzz".to_owned(),
            account_id: format!("{number:012}").parse().expect("an id"),
            account_name: clean(name),
            permission_set: PermissionSetName::new("ReadOnlyAccess"),
        })
        .collect();
    rows.push(Target {
        session: "fuzz".to_owned(),
        account_id: "999999999999".parse().expect("an id"),
        account_name: "決済-本番 Zürich".to_owned(),
        permission_set: PermissionSetName::new("AdministratorAccess"),
    });
    let mut index = SearchIndex::new(rows.iter().map(|t| (t, "someone@example.com")));
    let order: Vec<usize> = (0..rows.len()).collect();
    let mut found = index.find(query, &order);
    for row in &found {
        let marks = index.marks(query, *row);
        let name = rows.get(*row).map_or(0, |t| t.account_name.chars().count());
        assert!(marks.account_name.iter().all(|at| *at < name.max(1)), "{marks:?}");
    }
    found.sort_unstable();
    found.dedup();
    assert!(found.len() <= rows.len() && found.iter().all(|row| *row < rows.len()));
    if let Resolution::One(target) = resolve(query, &rows) {
        assert!(rows.contains(&target));
    }
}

/// Runs a call at once: whoever waits between two tries waits no real time.
fn at_once<T>(call: impl Future<Output = T>) -> T {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime")
    });
    runtime.block_on(call)
}

/// A way to AWS on which every call gets these bytes; the first says with which status.
fn aws(data: &[u8]) -> Aws {
    static AWS: OnceLock<Aws> = OnceLock::new();
    let aws =
        AWS.get_or_init(|| at_once(Aws::load(AwsOptions::default(), Clock::new(|_| {}))).expect("loads"));
    let (status, body) = data.split_first().unwrap_or((&0, &[]));
    let statuses = [200, 200, 200, 200, 400, 401, 403, 404, 429, 500, 302, 204];
    let status = statuses
        .get(usize::from(*status) % statuses.len())
        .copied()
        .unwrap_or(200);
    aws.clone().answering(status, body)
}

/// Whatever went wrong is said in one line that can be shown.
fn words<T>(result: &Result<T, AwsError>) {
    if let Err(error) = result {
        let said = error.to_string();
        assert!(said.chars().all(|c| !c.is_control()), "{said:?}");
    }
}

/// Answers of sso-oidc.
pub fn sign_in(data: &[u8]) {
    let (aws, session) = (aws(data), session());
    let registration = ClientRegistration {
        client_id: "c".to_owned(),
        client_secret: Secret::new("s"),
        expires_at: Timestamp::MAX,
    };
    let secret = Secret::new("d");
    at_once(async {
        words(&aws.register_client(&session).await);
        let device = aws.start_device_authorization(&session, &registration).await;
        words(&device);
        if let Ok(device) = device {
            assert!(device.interval.as_secs() >= 1 && device.interval.as_secs() <= 60);
            assert!(clean(&device.user_code) == device.user_code);
            let opened = &device.verification_uri_complete;
            assert!(!may_open(opened) || is_shown_as_it_is(opened), "{opened:?}");
        }
        let tokens = aws.redeem_device_code(&session, &registration, &secret).await;
        words(&tokens);
        if let Ok(tokens) = tokens {
            assert!(tokens.access_token.expose().bytes().all(|b| b.is_ascii_graphic()));
        }
        words(&aws.refresh(&session, &registration, &secret).await);
    });
}

/// Answers of the access portal.
pub fn portal(data: &[u8]) {
    let (aws, session) = (aws(data), session());
    let (token, set) = (Secret::new("t"), PermissionSetName::new("ReadOnlyAccess"));
    let account: AccountId = "000000000001".parse().expect("an id");
    at_once(async {
        let page = aws.list_accounts(&session, &token, None).await;
        words(&page);
        for account in page.iter().flat_map(|page| &page.accounts) {
            for text in [&account.name, &account.email] {
                assert!(clean(text) == **text, "{text:?}");
            }
        }
        let sets = aws
            .list_permission_sets(&session, &token, &account, || std::future::ready(()))
            .await;
        words(&sets);
        for set in sets.iter().flatten() {
            assert!(set.as_str().bytes().all(|b| b.is_ascii_graphic()), "{set:?}");
        }
        let credentials = aws
            .role_credentials(&session, &token, &account, &set, || std::future::ready(()))
            .await;
        words(&credentials);
        if let Ok(given) = credentials {
            for text in [
                &given.access_key_id,
                given.secret_access_key.expose(),
                given.session_token.expose(),
            ] {
                assert!(!text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()));
            }
        }
    });
}
