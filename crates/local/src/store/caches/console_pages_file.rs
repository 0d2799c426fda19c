//! The console pages that were opened last, in `$XDG_STATE_HOME/genkan/console-pages.json`. No secrets: the addresses
//! of pages, as a browser's history has them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::records::history::TargetKey;
use crate::platform::files::paths::Paths;
use crate::store::disk::json_file::JsonFile;
use crate::store::error::{Loaded, Notice, StoreError};

/// Targets whose pages are remembered.
const MOST_TARGETS: usize = 500;

/// The one file.
#[derive(Clone, Debug)]
pub struct ConsolePagesFile {
    path: std::path::PathBuf,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Page {
    address: String,
    /// Seconds since 1970.
    at: i64,
}

/// Pages by `SESSION:ACCOUNT_ID/PERMISSION_SET`. What a later genkan added stays.
#[derive(Default, Serialize, Deserialize)]
struct File {
    #[serde(default)]
    pages: BTreeMap<String, Page>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl ConsolePagesFile {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.state.join("console-pages.json"),
        }
    }

    fn file(&self) -> JsonFile<File> {
        JsonFile::new(&self.path)
    }

    /// The addresses, not checked.
    #[must_use]
    pub fn load(&self) -> Loaded<BTreeMap<TargetKey, String>> {
        let page = |(key, page): (&String, &Page)| Some((key.parse().ok()?, page.address.clone()));
        self.file()
            .load()
            .map(|file| Some(file.pages.iter().filter_map(page).collect()))
    }

    /// Replaces the page of a target under a lock; the oldest gives way where there are too many.
    pub async fn set(
        &self,
        target: &TargetKey,
        address: &str,
        now: Timestamp,
    ) -> Result<Option<Notice>, StoreError> {
        let stored = self.file();
        let _lock = stored.lock().await;
        let loaded = stored.read()?;
        let mut file = loaded.value.unwrap_or_default();
        let page = Page {
            address: address.to_owned(),
            at: now.as_second(),
        };
        file.pages.insert(target.to_string(), page);
        while file.pages.len() > MOST_TARGETS {
            let oldest = file.pages.iter().min_by_key(|(_, page)| page.at);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            file.pages.remove(&oldest);
        }
        stored.save_indented(&file)?;
        Ok(loaded.notice)
    }

    /// Removes the pages of a session, or all.
    pub fn clear(&self, session: Option<&str>) -> Result<Option<Notice>, StoreError> {
        if !self.path.exists() {
            return Ok(None);
        }
        let stored = self.file();
        let _lock = stored.lock_blocking();
        let loaded = stored.read()?;
        let mut file = loaded.value.unwrap_or_default();
        file.pages.retain(|key, _| {
            let key: Option<TargetKey> = key.parse().ok();
            session.is_some_and(|session| key.is_some_and(|key| key.session != session))
        });
        stored.save_indented(&file)?;
        Ok(loaded.notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PermissionSetName;

    fn key(session: &str, number: usize) -> TargetKey {
        TargetKey {
            session: session.into(),
            account_id: format!("{number:012}").parse().expect("an ID"),
            permission_set: PermissionSetName::new("Admin"),
        }
    }

    #[tokio::test]
    async fn pages_are_kept_replaced_cleared_and_limited() {
        let home = tempfile::tempdir().expect("a folder");
        let file = ConsolePagesFile::new(&Paths::in_home(home.path()));
        let at = |second| Timestamp::from_second(second).expect("a time");
        let pages = || file.load().value.unwrap_or_default();
        file.set(&key("a", 1), "one", at(1)).await.expect("saves");
        file.set(&key("a", 1), "two", at(2)).await.expect("saves");
        file.set(&key("b", 1), "three", at(3)).await.expect("saves");
        assert_eq!(pages().get(&key("a", 1)).map(String::as_str), Some("two"));
        file.clear(Some("a")).expect("clears");
        assert_eq!(pages().len(), 1);
        let many = (0..MOST_TARGETS).map(|n| {
            let page = serde_json::json!({ "address": "x", "at": n + 10 });
            (key("c", n).to_string(), page)
        });
        let text = serde_json::json!({ "pages": many.collect::<Map<_, _>>(), "later": 1 });
        std::fs::write(&file.path, text.to_string()).expect("writes");
        file.set(&key("d", 1), "new", at(10_000)).await.expect("saves");
        assert_eq!(pages().len(), MOST_TARGETS);
        assert!(!pages().contains_key(&key("c", 0)), "the oldest gave way");
        assert!(
            std::fs::read_to_string(&file.path)
                .expect("reads")
                .contains("\"later\"")
        );
        file.clear(None).expect("clears");
        assert!(pages().is_empty());
    }
}
