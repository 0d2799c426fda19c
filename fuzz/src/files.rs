//! Files that others may have written.

use std::path::Path;
use std::sync::OnceLock;

use genkan::domain::records::history::{Action, TargetKey};
use genkan::domain::text::clean_text;
use genkan::domain::{Account, RoleCredentials, Secret, SignInId};
use genkan::platform::files::paths::{PathVariables, Paths};
use genkan::store::{CatalogCache, ConfigFile, CredentialsFile, HistoryFile, SyncJournal, TokenCache};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use tempfile::TempDir;

use super::{session, target};

/// A home in memory where there is some: each file is brought safely to disk.
fn paths() -> &'static Paths {
    static HOME: OnceLock<(TempDir, Paths)> = OnceLock::new();
    let (_, paths) = HOME.get_or_init(|| {
        let home = TempDir::new_in("/dev/shm")
            .or_else(|_| TempDir::new())
            .expect("a folder");
        let variables = PathVariables {
            home: Some(home.path().to_owned()),
            ..PathVariables::default()
        };
        let paths = Paths::resolve(&variables).expect("a home");
        for folder in [&paths.sso_cache, &paths.state, &paths.cache.join("catalog")] {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        (home, paths)
    });
    paths
}

/// A file that is no JSON is looked at again for a while and then set aside, which tests of the whole
/// program show: what is understood of the others is the question here.
fn object(data: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(data).ok()
}

/// A token file: tokens, or none; never in `Debug`, and fields of others stay.
pub fn tokens(data: &[u8]) {
    let Some(before) = object(data) else { return };
    let cache = TokenCache::new(paths());
    let path = cache.file(&session());
    std::fs::write(&path, data).expect("writes");
    let loaded = cache.load(&session()).expect("a file that is there can be read");
    assert_eq!(
        std::fs::read(&path).expect("reads"),
        data,
        "reading changes nothing"
    );
    let Some(tokens) = loaded.value else { return };
    let secret = tokens.access_token.expose();
    assert!(secret.len() < 8 || !format!("{tokens:?}").contains(secret));
    cache.save(&session(), &tokens).expect("saves");
    let again = cache.load(&session()).expect("loads").value.expect("there");
    assert_eq!(again.access_token, tokens.access_token);
    assert_eq!(again.refresh_token, tokens.refresh_token);
    assert_eq!(again.registration, tokens.registration);
    let after = object(&std::fs::read(&path).expect("reads")).expect("JSON");
    for field in before.keys() {
        let ours = OURS.iter().any(|own| own.eq_ignore_ascii_case(field));
        assert!(ours || after.contains_key(field), "{field}");
    }
}

/// Fields of a token file that are written again, or left out, however they were written.
const OURS: [&str; 8] = [
    "startUrl",
    "region",
    "accessToken",
    "expiresAt",
    "clientId",
    "clientSecret",
    "registrationExpiresAt",
    "refreshToken",
];

/// Credentials for a file of credentials: every other section stays.
pub fn credentials(data: &[u8]) {
    let path = &paths().aws_credentials;
    std::fs::write(path, data).expect("writes");
    let credentials = RoleCredentials {
        access_key_id: "AKIAFUZZ".to_owned(),
        secret_access_key: Secret::new("s"),
        session_token: Secret::new("t"),
        expires_at: Timestamp::MAX,
    };
    let put = || block_on(CredentialsFile::put(paths(), "fuzz", &credentials));
    let done = put();
    let written = std::fs::read(path).expect("reads");
    let Ok(kept) = done else {
        assert_eq!(written, data, "what can't be changed stays");
        return;
    };
    let kept = kept.map_or_else(Vec::new, |kept| std::fs::read(kept).expect("reads"));
    assert_eq!(kept, data, "the file as it was is kept");
    let profiles = |bytes: &[u8]| ConfigFile::parse(bytes).credentials_profiles();
    let (before, after) = (profiles(data), profiles(&written));
    let ours = after.iter().find(|profile| profile.name == "fuzz");
    assert_eq!(
        ours.and_then(|profile| profile.get("aws_access_key_id")),
        Some("AKIAFUZZ")
    );
    let others = |profiles: &[genkan::store::Profile]| -> Vec<String> {
        let names = profiles.iter().map(|profile| profile.name.clone());
        names.filter(|name| name != "fuzz").collect()
    };
    assert_eq!(others(&before), others(&after));
    if !before.iter().any(|profile| profile.name == "fuzz") {
        assert!(written.starts_with(data), "every byte stays");
    }
    put().expect("its own section can be written again");
    assert_eq!(std::fs::read(path).expect("reads"), written);
}

/// Runs a change on an event loop of its own; no one else holds its lock.
fn block_on<T>(change: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build().expect("an event loop");
    runtime.block_on(change)
}

/// What a history holds, no matter who wrote it.
#[derive(Deserialize)]
struct Lists {
    #[serde(default)]
    favourites: Vec<Value>,
    #[serde(default)]
    uses: Vec<Value>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// Favourites and uses: what a later genkan wrote stays.
pub fn history(data: &[u8]) {
    // As with `object`: what is something else is set aside.
    let Ok(before) = serde_json::from_slice::<Lists>(data) else {
        return;
    };
    let file = HistoryFile::new(paths());
    let path = paths().state.join("history.json");
    std::fs::write(&path, data).expect("writes");
    let known = file.load().value.expect("it can be understood");
    let key = TargetKey::from(&target(1, String::new(), "Fuzz"));
    block_on(file.update(|history| history.record(key.clone(), Action::Shell, Timestamp::UNIX_EPOCH)))
        .expect("saves");
    let again = file.load().value.expect("there");
    assert_eq!(again.favourites, known.favourites);
    assert!(again.last_use(&key).is_some());
    for used in known.uses.iter().filter(|used| used.target != key).take(400) {
        assert!(again.last_use(&used.target).is_some(), "{used:?}");
    }
    let bytes = std::fs::read(&path).expect("reads");
    let after: Lists = serde_json::from_slice(&bytes).expect("it is one again");
    // A fraction may come back a little rounded.
    assert!(
        after.others.keys().eq(before.others.keys()),
        "fields of others stay"
    );
    // What this version doesn't understand is no use and no favourite, and stays word for word.
    for (before, after) in [
        (&before.favourites, &after.favourites),
        (&before.uses, &after.uses),
    ] {
        for entry in before.iter().filter(|entry| entry.is_string()) {
            assert!(after.contains(entry), "{entry}");
        }
    }
}

/// What a listing that was killed has written: each line alone, and the next one is whole.
pub fn journal(data: &[u8]) {
    let cache = CatalogCache::new(paths());
    let account = Account {
        id: "999999999999".parse().expect("an id"),
        name: "last".into(),
        email: "".into(),
    };
    let path = journal_file(&cache);
    let begun = format!("{{\"sign_in\":\"{SIGN_IN}\"}}\n");
    std::fs::write(path, [begun.as_bytes(), data].concat()).expect("writes");
    let before = cache.load(&session()).value.unwrap_or_default();
    for entry in before.entries() {
        for text in [&entry.account.name, &entry.account.email] {
            assert!(clean_text(text) == **text, "{text:?}");
        }
        for set in entry.permission_sets.iter() {
            assert!(clean_text(set.as_str()) == set.as_str(), "{set:?}");
        }
        assert_eq!(
            before.entry(&entry.account.id),
            Some(entry.as_ref()),
            "it is found by its id"
        );
    }
    let sorted = before.entries().is_sorted_by_key(|e| {
        e.account
            .name
            .chars()
            .flat_map(char::to_lowercase)
            .collect::<String>()
    });
    assert!(sorted, "{:?}", before.entries());
    begin_listing(&cache).accounts(std::slice::from_ref(&account));
    let after = cache.load(&session()).value.expect("there");
    assert_eq!(
        after.entry(&account.id).map(|entry| &entry.account),
        Some(&account)
    );
    let known = before.entry(&account.id).is_some();
    assert_eq!(
        after.entries().len(),
        before.entries().len() + usize::from(!known)
    );
    for entry in before.entries().iter().filter(|e| e.account.id != account.id) {
        assert_eq!(after.entry(&entry.account.id), Some(entry.as_ref()));
    }
}

/// The sign-in that lists.
const SIGN_IN: &str = "first";

fn begin_listing(cache: &CatalogCache) -> SyncJournal {
    cache.begin_listing(&session(), &SignInId::new(SIGN_IN)).journal
}

/// Where the journal of the session stands: the only one that this program ever writes.
fn journal_file(cache: &CatalogCache) -> &'static Path {
    static FILE: OnceLock<std::path::PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        drop(begin_listing(cache));
        let folder = std::fs::read_dir(paths().cache.join("catalog")).expect("lists");
        let mut files = folder.flatten().map(|entry| entry.path());
        files
            .find(|path| path.extension().is_some_and(|e| e == "journal"))
            .expect("a journal")
    })
}
