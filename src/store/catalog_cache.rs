//! Catalogs, so that the first frame needs no network. May be deleted at any time.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::atomic::{file_name, read_secret, remove, set_aside, write_private};
use super::error::{Loaded, Notice, StoreError};
use crate::domain::{Account, AccountEntry, Catalog, PermissionSetName, SsoSession, text::clean};
use crate::platform::paths::Paths;

/// The folder of catalog files, one a session. Start URL and Region are in the name, so that a
/// session that was pointed elsewhere does not show another portal's accounts.
#[derive(Clone, Debug)]
pub struct CatalogCache {
    folder: PathBuf,
}

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    synced_at: Option<i64>,
    accounts: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    id: String,
    name: String,
    email: String,
    permission_sets: Vec<String>,
    listed_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl CatalogCache {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.cache.join("catalog"),
        }
    }

    fn file(&self, session: &SsoSession) -> PathBuf {
        let exact = [
            session.name.as_str(),
            session.start_url.normalized(),
            session.region.as_str(),
        ];
        self.folder.join(file_name(&session.name, &exact, "json"))
    }

    /// The catalog as it was last saved.
    #[must_use]
    pub fn load(&self, session: &SsoSession) -> Loaded<Catalog> {
        let path = self.file(session);
        let bytes = match read_secret(&path) {
            Ok(Loaded {
                value: Some(bytes), ..
            }) => bytes,
            Ok(_) => return Loaded::absent(),
            Err(error) => {
                return Loaded {
                    value: None,
                    notice: Some(Notice::Unreadable {
                        path,
                        reason: error.to_string(),
                    }),
                };
            }
        };
        match serde_json::from_slice::<File>(&bytes) {
            Ok(file) if file.version == VERSION => Loaded {
                value: Some(catalog(file)),
                notice: None,
            },
            // Written by another genkan: it will be written anew.
            Ok(_) => Loaded::absent(),
            Err(_) => Loaded {
                value: None,
                notice: Some(set_aside(&path)),
            },
        }
    }

    /// Saves a catalog, complete or not.
    pub fn save(&self, session: &SsoSession, catalog: &Catalog) -> Result<(), StoreError> {
        let file = File {
            version: VERSION,
            synced_at: catalog.synced_at.map(Timestamp::as_second),
            accounts: catalog.entries().iter().map(entry).collect(),
        };
        let path = self.file(session);
        let bytes = serde_json::to_vec(&file).map_err(|e| StoreError::Write {
            path: path.clone(),
            source: std::io::Error::other(e),
        })?;
        write_private(&path, &bytes)
    }

    /// Forgets a session's catalog.
    pub fn remove(&self, session: &SsoSession) -> Result<(), StoreError> {
        remove(&self.file(session))
    }
}

fn entry(entry: &AccountEntry) -> Entry {
    Entry {
        id: entry.account.id.to_string(),
        name: entry.account.name.clone(),
        email: entry.account.email.clone(),
        permission_sets: entry.permission_sets.iter().map(ToString::to_string).collect(),
        listed_at: entry.listed_at.map(Timestamp::as_second),
        problem: entry.problem.clone(),
    }
}

/// What was saved, cleaned again: a cache file is as foreign as the network.
fn catalog(file: File) -> Catalog {
    let at = |second: i64| Timestamp::from_second(second).ok();
    let entries = file
        .accounts
        .into_iter()
        .filter_map(|e| {
            Some(AccountEntry {
                account: Account {
                    id: e.id.parse().ok()?,
                    name: clean(&e.name),
                    email: clean(&e.email),
                },
                permission_sets: e
                    .permission_sets
                    .iter()
                    .map(|n| PermissionSetName::new(clean(n)))
                    .collect(),
                listed_at: e.listed_at.and_then(at),
                problem: e.problem.map(|p| clean(&p)),
            })
        })
        .collect();
    Catalog::from_entries(entries, file.synced_at.and_then(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::paths::PathVariables;

    #[test]
    fn a_round_trip_and_a_broken_file() {
        let home = tempfile::tempdir().expect("a folder");
        let variables = PathVariables {
            home: Some(home.path().to_owned()),
            ..PathVariables::default()
        };
        let cache = CatalogCache::new(&Paths::resolve(&variables).expect("a home"));
        let session = SsoSession::new(
            "会社/../x",
            "https://org.awsapps.com/start".parse().expect("a URL"),
            "us-east-1".parse().expect("a Region"),
        );
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
        write_private(&cache.file(&session), b"{\"version\":1").expect("writes");
        assert!(cache.load(&session).notice.is_some());
        assert_eq!(cache.load(&session), Loaded::absent());
    }
}
