//! Catalogs, so that the first frame needs no network. May be deleted at any time.
//!
//! A file holds what the last finished listing found; what one that is under way, or was killed,
//! has learned since stands in a journal beside it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::atomic::{file_name, remove, write_private};
use super::error::{Loaded, StoreError};
use super::reading::read_understood;
use super::sync_journal::{SyncJournal, replay};
use crate::domain::{
    Account, AccountEntry, AccountId, Catalog, Changes, PermissionSetName, SsoSession, text::clean,
};
use crate::platform::paths::Paths;

/// The folder of catalog files, one a session. Start URL and Region are in the name, so that a
/// session that was pointed elsewhere does not show another portal's accounts.
#[derive(Clone, Debug)]
pub struct CatalogCache {
    folder: PathBuf,
}

const VERSION: u32 = 2;
/// What a journal's name ends with.
const JOURNAL: &str = "journal";

/// Written to be read fast: it stands between the person and the first frame.
#[derive(Serialize, Deserialize)]
struct File<'a> {
    version: u32,
    synced_at: Option<i64>,
    /// The names of all permission sets: a few, whichever number of accounts they stand in.
    #[serde(borrow)]
    permission_sets: Vec<Text<'a>>,
    #[serde(borrow)]
    accounts: Vec<Line<'a>>,
}

/// Id, name, email, places in the names of permission sets, when they were listed, why they could not be.
#[derive(Serialize, Deserialize)]
struct Line<'a>(
    #[serde(borrow)] Text<'a>,
    #[serde(borrow)] Text<'a>,
    #[serde(borrow)] Text<'a>,
    Vec<usize>,
    Option<i64>,
    #[serde(borrow)] Option<Text<'a>>,
);

/// A text as it stands in the file, or beside it where it was escaped.
#[derive(Serialize, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl CatalogCache {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.cache.join("catalog"),
        }
    }

    pub(super) fn file(&self, session: &SsoSession, extension: &str) -> PathBuf {
        let exact = [
            session.name.as_str(),
            session.start_url.normalized(),
            session.region.as_str(),
        ];
        self.folder.join(file_name(&session.name, &exact, extension))
    }

    /// The catalog as it is known: what the last finished listing found, and what one that did not
    /// finish has learned since.
    #[must_use]
    pub fn load(&self, session: &SsoSession) -> Loaded<Catalog> {
        let Loaded { value, notice } = self.load_finished(session);
        let had_one = value.is_some();
        let mut catalog = value.unwrap_or_default();
        replay(&self.file(session, JOURNAL), &mut catalog);
        Loaded {
            value: (had_one || !catalog.is_empty()).then_some(catalog),
            notice,
        }
    }

    /// When a listing that did not finish asked for which account.
    #[must_use]
    pub fn listed_already(&self, session: &SsoSession) -> HashMap<AccountId, Timestamp> {
        replay(&self.file(session, JOURNAL), &mut Catalog::default())
    }

    /// The journal of a listing, gone on with where one did not finish.
    #[must_use]
    pub fn journal(&self, session: &SsoSession) -> SyncJournal {
        SyncJournal::open(self.file(session, JOURNAL))
    }

    /// Whether a listing has begun and not finished.
    #[must_use]
    pub fn is_unfinished(&self, session: &SsoSession) -> bool {
        self.file(session, JOURNAL).exists()
    }

    /// The catalog as the last finished listing left it.
    #[must_use]
    pub fn load_finished(&self, session: &SsoSession) -> Loaded<Catalog> {
        match read_understood(&self.file(session, "json"), |bytes| understand(&bytes)) {
            Ok(loaded) => loaded.map(|catalog| catalog),
            Err(error) => Loaded::unreadable(&error),
        }
    }

    /// Saves what a listing found at its end. Its journal is needed no longer.
    pub fn finish(
        &self,
        session: &SsoSession,
        catalog: &Catalog,
        journal: SyncJournal,
    ) -> Result<(), StoreError> {
        self.save(session, catalog)?;
        journal.end();
        Ok(())
    }

    fn save(&self, session: &SsoSession, catalog: &Catalog) -> Result<(), StoreError> {
        let file = file(catalog);
        let path = self.file(session, "json");
        let bytes = serde_json::to_vec(&file).map_err(|e| StoreError::write(&path, e.into()))?;
        write_private(&path, &bytes)
    }

    /// Forgets a session's catalog.
    pub fn remove(&self, session: &SsoSession) -> Result<(), StoreError> {
        self.save_news(session, &Changes::default())?;
        remove(&self.file(session, JOURNAL))?;
        remove(&self.file(session, "json"))
    }
}

fn file(catalog: &Catalog) -> File<'_> {
    let mut permission_sets = Vec::new();
    let mut places = HashMap::new();
    let accounts = catalog
        .entries()
        .iter()
        .map(|entry| {
            let sets = entry.permission_sets.iter().map(|name| {
                *places.entry(name).or_insert_with(|| {
                    permission_sets.push(name.as_str().into());
                    permission_sets.len() - 1
                })
            });
            let sets = sets.collect();
            Line(
                entry.account.id.as_str().into(),
                entry.account.name.as_str().into(),
                entry.account.email.as_str().into(),
                sets,
                entry.listed_at.map(Timestamp::as_second),
                entry.problem.as_deref().map(Into::into),
            )
        })
        .collect();
    File {
        version: VERSION,
        synced_at: catalog.synced_at.map(Timestamp::as_second),
        permission_sets,
        accounts,
    }
}

/// A file's catalog; none where another genkan wrote it, and it will be written anew.
fn understand(bytes: &[u8]) -> serde_json::Result<Option<Catalog>> {
    match serde_json::from_slice::<File<'_>>(bytes) {
        Ok(file) => Ok((file.version == VERSION).then(|| catalog(&file))),
        Err(error) => {
            // All that is sure of a file of whatever version.
            let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes)?;
            match fields.get("version").and_then(serde_json::Value::as_u64) {
                Some(version) if version != u64::from(VERSION) => Ok(None),
                _ => Err(error),
            }
        }
    }
}

/// What was saved, cleaned again: a cache file is as foreign as the network.
fn catalog(file: &File<'_>) -> Catalog {
    let at = |second: i64| Timestamp::from_second(second).ok();
    let names: Vec<PermissionSetName> = file
        .permission_sets
        .iter()
        .map(|Text(name)| PermissionSetName::new(name))
        .collect();
    let entries = file
        .accounts
        .iter()
        .filter_map(|Line(id, name, email, sets, listed_at, problem)| {
            Some(AccountEntry {
                account: Account {
                    id: id.0.parse().ok()?,
                    name: clean(&name.0),
                    email: clean(&email.0),
                },
                permission_sets: sets.iter().filter_map(|at| names.get(*at).cloned()).collect(),
                listed_at: listed_at.and_then(at),
                problem: problem.as_ref().map(|Text(problem)| clean(problem)),
            })
        })
        .collect();
    Catalog::from_entries(entries, file.synced_at.and_then(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::paths::PathVariables;

    fn cache(home: &std::path::Path) -> CatalogCache {
        let variables = PathVariables {
            home: Some(home.to_owned()),
            ..PathVariables::default()
        };
        CatalogCache::new(&Paths::resolve(&variables).expect("a home"))
    }

    fn session() -> SsoSession {
        SsoSession::new(
            "会社/../x",
            "https://org.awsapps.com/start".parse().expect("a URL"),
            "us-east-1".parse().expect("a Region"),
        )
    }

    fn account(number: u32) -> Account {
        Account {
            id: format!("{number:012}").parse().expect("an id"),
            name: format!("account-{number}"),
            email: String::new(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn a_listing_that_was_cut_off_is_known_and_gone_on_with() {
        let home = tempfile::tempdir().expect("a folder");
        let (cache, session) = (cache(home.path()), session());
        let (a, b, c) = (account(1), account(2), account(3));
        let sets = |name| vec![PermissionSetName::new(name)];
        assert!(!cache.is_unfinished(&session));
        let mut journal = cache.journal(&session);
        journal.accounts(&[a.clone(), b.clone(), c.clone()]);
        journal.listed(&a.id, &sets("Admin"), at(100));
        journal.failed(&c.id, "throttled");
        drop(journal);
        // Killed in the middle of a line.
        let path = cache.file(&session, JOURNAL);
        let mut bytes = std::fs::read(&path).expect("a journal");
        bytes.extend(b"{\"listed\":{\"id\":\"000000000002\",\"permis");
        std::fs::write(&path, bytes).expect("writes");
        let mut journal = cache.journal(&session);
        journal.listed(&b.id, &sets("View"), at(200));
        let known = cache.load(&session).value.expect("a catalog");
        assert_eq!(
            (known.synced_at, known.entries().len(), known.len()),
            (None, 3, 2)
        );
        assert_eq!(known.failed().count(), 1);
        assert_eq!(
            cache.listed_already(&session),
            HashMap::from([(a.id.clone(), at(100)), (b.id.clone(), at(200))])
        );
        assert_eq!(cache.load_finished(&session), Loaded::absent());
        let mut whole = known;
        whole.finish(&[a.id.clone(), b.id.clone()].into(), at(300));
        cache.finish(&session, &whole, journal).expect("saves");
        assert!(!cache.is_unfinished(&session) && cache.listed_already(&session).is_empty());
        assert_eq!(cache.load(&session).value, Some(whole));
    }

    #[test]
    fn a_round_trip_and_a_broken_file() {
        let home = tempfile::tempdir().expect("a folder");
        let (cache, session) = (cache(home.path()), session());
        let mut catalog = Catalog::default();
        let id: crate::domain::AccountId = "000000000001".parse().expect("an id");
        catalog.add_accounts(vec![Account {
            id: id.clone(),
            name: "決済".into(),
            email: "a@b".into(),
        }]);
        catalog.set_permission_sets(&id, vec![PermissionSetName::new("Admin")], Timestamp::UNIX_EPOCH);
        catalog.set_problem(&id, "throttled");
        assert_eq!(cache.load(&session), Loaded::absent());
        cache.save(&session, &catalog).expect("saves");
        assert_eq!(cache.load(&session).value, Some(catalog));
        let moved = SsoSession {
            start_url: "https://other.awsapps.com/start".parse().expect("a URL"),
            ..session.clone()
        };
        assert_eq!(cache.load(&moved), Loaded::absent());
        let path = cache.file(&session, "json");
        let of_another = br#"{"version":1,"synced_at":1,"accounts":[{"id":"000000000001"}]}"#;
        write_private(&path, of_another).expect("writes");
        assert_eq!(cache.load(&session), Loaded::absent(), "not ours, and not broken");
        assert!(path.exists());
        let of_ours = br#"{"version":2,"synced_at":1,"accounts":[{"id":"000000000001"}]}"#;
        write_private(&path, of_ours).expect("writes");
        assert!(cache.load(&session).notice.is_some());
        assert_eq!(cache.load(&session), Loaded::absent());
    }
}
