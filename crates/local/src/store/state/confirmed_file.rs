//! Which guarded targets were confirmed a moment ago, for the next process. May be deleted at any time: then the next
//! one asks again.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::rules::Confirmations;
use crate::domain::{PermissionSetName, TargetKey};
use crate::platform::files::paths::Paths;
use crate::store::disk::json_file::JsonFile;
use crate::store::error::StoreError;

/// The file of confirmations.
#[derive(Clone, Debug)]
pub struct ConfirmedFile {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    session: String,
    account_id: String,
    permission_set: String,
    /// In seconds since 1970.
    at: i64,
}

impl ConfirmedFile {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.cache.join("confirmed.json"),
        }
    }

    fn file(&self) -> JsonFile<Vec<Entry>> {
        JsonFile::new(&self.path)
    }

    /// The confirmations that hold at `now`; none where the file can't be read.
    #[must_use]
    pub fn load(&self, now: Timestamp) -> Confirmations {
        let entries = self.file().peek().unwrap_or_default();
        let entries = entries.into_iter().filter_map(|entry| {
            let key = TargetKey {
                session: entry.session,
                account_id: entry.account_id.parse().ok()?,
                permission_set: PermissionSetName::new(entry.permission_set),
            };
            Some((key, Timestamp::from_second(entry.at).ok()?))
        });
        Confirmations::of(entries, now)
    }

    /// Adds those that were confirmed at `now`.
    pub async fn add(
        &self,
        targets: impl Iterator<Item = TargetKey>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let file = self.file();
        let _lock = file.lock().await;
        let mut confirmations = self.load(now);
        targets.for_each(|target| confirmations.add(target, now));
        let entries = confirmations.iter().map(|(key, at)| Entry {
            session: key.session.clone(),
            account_id: key.account_id.to_string(),
            permission_set: key.permission_set.to_string(),
            at: at.as_second(),
        });
        file.save(&entries.collect())
    }
}
