//! Favourites and recents in `$XDG_STATE_HOME/genkan/history.json`. No secrets.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::{Loaded, Notice, StoreError};
use super::json_file::JsonFile;
use crate::domain::PermissionSetName;
use crate::domain::history::{Action, History, TargetKey, Use};
use crate::platform::paths::Paths;

/// The one file.
#[derive(Clone, Debug)]
pub struct HistoryFile {
    path: PathBuf,
}

/// Entries are read one by one, so that those of a later genkan, which we can't understand, stay.
#[derive(Default, Serialize, Deserialize)]
struct File {
    #[serde(default)]
    favourites: Vec<Value>,
    #[serde(default)]
    uses: Vec<Value>,
    #[serde(flatten)]
    others: Map<String, Value>,
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

    fn file(&self) -> JsonFile<File> {
        JsonFile::new(&self.path)
    }

    #[must_use]
    pub fn load(&self) -> Loaded<History> {
        self.file().load().map(|file| Some(history(&file)))
    }

    /// Changes the history under a lock. One that can't be read is not overwritten; one that can't
    /// be understood was set aside, as the notice says.
    pub fn update(&self, change: impl FnOnce(&mut History)) -> Result<Option<Notice>, StoreError> {
        let stored = self.file();
        let _lock = stored.lock();
        let loaded = stored.read()?;
        let mut file = loaded.value.unwrap_or_default();
        let mut history = history(&file);
        change(&mut history);
        file.take(&history);
        stored.save_indented(&file)?;
        Ok(loaded.notice)
    }
}

impl File {
    /// Takes over a history, and keeps what it doesn't know.
    fn take(&mut self, history: &History) {
        let favourites = history.favourites.iter().map(|t| json!(key(t))).collect();
        let uses = history.uses.iter().map(|u| json!(used(u))).collect();
        self.favourites = merged(favourites, &self.favourites, |entry| favourite(entry).is_some());
        self.uses = merged(uses, &self.uses, |entry| one_use(entry).is_some());
    }
}

/// New entries with what the old ones of the same target have beside, then those that no one here
/// understands.
fn merged(mut new: Vec<Value>, old: &[Value], understood: fn(&Value) -> bool) -> Vec<Value> {
    for entry in &mut new {
        let same = old.iter().find(|o| name(o) == name(entry));
        if let (Some(fields), Some(Value::Object(same))) = (entry.as_object_mut(), same) {
            for (field, value) in same {
                fields.entry(field).or_insert_with(|| value.clone());
            }
        }
    }
    new.extend(old.iter().filter(|o| !understood(o)).cloned());
    new
}

fn name(entry: &Value) -> [Option<&Value>; 3] {
    ["session", "account_id", "permission_set"].map(|field| entry.get(field))
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

fn used(used: &Use) -> Used {
    Used {
        target: key(&used.target),
        at: used.at.as_second(),
        action: used.action.as_str().to_owned(),
        times: used.times,
    }
}

fn favourite(entry: &Value) -> Option<TargetKey> {
    target(Key::deserialize(entry).ok()?)
}

fn one_use(entry: &Value) -> Option<Use> {
    let used = Used::deserialize(entry).ok()?;
    Some(Use {
        target: target(used.target)?,
        at: Timestamp::from_second(used.at).ok()?,
        action: Action::ALL.into_iter().find(|a| a.as_str() == used.action)?,
        times: used.times,
    })
}

fn history(file: &File) -> History {
    History {
        favourites: file.favourites.iter().filter_map(favourite).collect(),
        uses: file.uses.iter().filter_map(one_use).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_kept_and_nonsense_is_set_aside() {
        let home = tempfile::tempdir().expect("a folder");
        let history = HistoryFile::new(&Paths::in_home(home.path()));
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
        std::fs::write(&history.path, "[").expect("writes");
        let notice = history.update(|_| {}).expect("saves");
        assert!(matches!(notice, Some(Notice::SetAside { .. })), "{notice:?}");
    }

    #[test]
    fn what_a_later_genkan_wrote_stays() {
        let home = tempfile::tempdir().expect("a folder");
        let history = HistoryFile {
            path: home.path().join("history.json"),
        };
        let target = r#""session":"org","account_id":"000000000001","permission_set":"Admin""#;
        let before = format!(
            r#"{{"favourites":[{{{target},"colour":"red"}},{{"group":"x"}}],
                "uses":[{{{target},"at":1,"action":"teleport"}},{{{target},"at":0,"action":"shell","times":1,"from":"here"}}],
                "pins":[1]}}"#
        );
        std::fs::write(&history.path, before).expect("writes");
        let key = TargetKey {
            session: "org".into(),
            account_id: "000000000001".parse().expect("an id"),
            permission_set: PermissionSetName::new("Admin"),
        };
        history
            .update(|h| h.record(key, Action::Console, Timestamp::UNIX_EPOCH))
            .expect("saves");
        let text = std::fs::read_to_string(&history.path).expect("reads");
        for kept in [
            "\"pins\"",
            "\"colour\": \"red\"",
            "\"group\"",
            "\"teleport\"",
            "\"console\"",
        ] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
    }

    #[test]
    fn a_history_that_cannot_be_read_is_not_overwritten() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("history.json");
        std::fs::create_dir(&path).expect("makes");
        let history = HistoryFile { path: path.clone() };
        assert!(history.update(|_| {}).is_err() && path.is_dir());
        assert!(history.load().notice.is_some());
    }
}
