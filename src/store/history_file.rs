//! Favourites and recents in `$XDG_STATE_HOME/genkan/history.json`. No secrets.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::atomic::{read, set_aside, write_private};
use super::error::{Loaded, Notice, StoreError};
use super::lock::FileLock;
use crate::domain::PermissionSetName;
use crate::domain::history::{Action, History, TargetKey, Use};
use crate::platform::paths::Paths;

/// The one file.
#[derive(Clone, Debug)]
pub struct HistoryFile {
    path: PathBuf,
}

#[derive(Default, Serialize, Deserialize)]
struct File {
    #[serde(default)]
    favourites: Vec<Key>,
    #[serde(default)]
    uses: Vec<Used>,
}

#[derive(Serialize, Deserialize)]
struct Key {
    session: String,
    account_id: String,
    permission_set: String,
}

#[derive(Serialize, Deserialize)]
struct Used {
    #[serde(flatten)]
    target: Key,
    at: i64,
    action: String,
    #[serde(default)]
    times: u32,
}

impl HistoryFile {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.state.join("history.json"),
        }
    }

    #[must_use]
    pub fn load(&self) -> Loaded<History> {
        let bytes = match read(&self.path) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Loaded::absent(),
            Err(error) => {
                let notice = Notice::Unreadable {
                    path: self.path.clone(),
                    reason: error.to_string(),
                };
                return Loaded {
                    value: None,
                    notice: Some(notice),
                };
            }
        };
        match serde_json::from_slice::<File>(&bytes) {
            Ok(file) => Loaded {
                value: Some(history(file)),
                notice: None,
            },
            Err(_) => Loaded {
                value: None,
                notice: Some(set_aside(&self.path)),
            },
        }
    }

    /// Changes the history under a lock.
    pub fn update(&self, change: impl FnOnce(&mut History)) -> Result<(), StoreError> {
        let _lock = FileLock::soon(&self.path.with_extension("lock"));
        let mut history = self.load().value.unwrap_or_default();
        change(&mut history);
        let bytes = serde_json::to_vec_pretty(&file(&history)).map_err(|e| StoreError::Write {
            path: self.path.clone(),
            source: std::io::Error::other(e),
        })?;
        write_private(&self.path, &bytes)
    }
}

fn key(key: &TargetKey) -> Key {
    Key {
        session: key.session.clone(),
        account_id: key.account_id.to_string(),
        permission_set: key.permission_set.to_string(),
    }
}

fn target(key: Key) -> Option<TargetKey> {
    Some(TargetKey {
        account_id: key.account_id.parse().ok()?,
        permission_set: PermissionSetName::new(key.permission_set),
        session: key.session,
    })
}

fn file(history: &History) -> File {
    File {
        favourites: history.favourites.iter().map(key).collect(),
        uses: history
            .uses
            .iter()
            .map(|u| Used {
                target: key(&u.target),
                at: u.at.as_second(),
                action: u.action.word().to_owned(),
                times: u.times,
            })
            .collect(),
    }
}

fn history(file: File) -> History {
    History {
        favourites: file.favourites.into_iter().filter_map(target).collect(),
        uses: file
            .uses
            .into_iter()
            .filter_map(|u| {
                Some(Use {
                    target: target(u.target)?,
                    at: Timestamp::from_second(u.at).ok()?,
                    action: Action::ALL.into_iter().find(|a| a.word() == u.action)?,
                    times: u.times,
                })
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::paths::PathVariables;

    #[test]
    fn changes_are_kept_and_nonsense_is_set_aside() {
        let home = tempfile::tempdir().expect("a folder");
        let variables = PathVariables {
            home: Some(home.path().to_owned()),
            ..PathVariables::default()
        };
        let history = HistoryFile::new(&Paths::resolve(&variables).expect("a home"));
        let target = TargetKey {
            session: "org".into(),
            account_id: "000000000001".parse().expect("an id"),
            permission_set: PermissionSetName::new("Admin"),
        };
        history
            .update(|h| h.record(target.clone(), Action::Shell, Timestamp::UNIX_EPOCH))
            .expect("saves");
        history
            .update(|h| assert!(h.toggle_favourite(target.clone())))
            .expect("saves");
        let loaded = history.load().value.expect("there");
        assert!(loaded.is_favourite(&target));
        assert_eq!(loaded.last_use(&target).map(|u| u.action), Some(Action::Shell));
        std::fs::write(&history.path, "nonsense").expect("writes");
        assert!(history.load().notice.is_some());
        history.update(|_| {}).expect("saves");
        assert_eq!(history.load().value, Some(History::default()));
    }
}
