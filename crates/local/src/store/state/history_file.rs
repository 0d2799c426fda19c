//! Favourites and uses in `$XDG_STATE_HOME/genkan/history.json`, readable only by the user. No secrets, and no names of
//! directories: they may tell of customers and of other people's homes, and only whether two uses were in the same one
//! matters. So a digest is kept of each.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::PermissionSetName;
use crate::domain::records::history::{Action, DirectoryId, History, TargetKey, Use, Weight};
use crate::domain::text::clean_text;
use crate::platform::files::paths::Paths;
use crate::store::disk::json_file::JsonFile;
use crate::store::disk::names::sha1_hex;
use crate::store::error::{Loaded, Notice, StoreError};

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
    /// What the list was last searched for.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_search: Option<String>,
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
    /// How much the uses count at that time; a file of an earlier genkan doesn't say.
    weight: Option<u32>,
    #[serde(default)]
    directories: Vec<Directory>,
}

#[derive(Serialize, Deserialize)]
struct Directory {
    digest: String,
    at: i64,
    weight: u32,
}

/// The digest of a directory in the file. No secrecy hangs on it: anyone who has the file can test a guess.
#[must_use]
pub fn directory_id(path: &Path) -> DirectoryId {
    let hash = sha1_hex(path.as_os_str().as_bytes());
    DirectoryId::new(hash.get(..16).unwrap_or(&hash))
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
        self.file().load().map(|file| Some(parse_history(&file)))
    }

    /// Changes the history under a lock. One that can't be read is not overwritten; one that can't
    /// be understood was set aside, as the notice says.
    pub async fn update(&self, change: impl FnOnce(&mut History)) -> Result<Option<Notice>, StoreError> {
        let stored = self.file();
        let _lock = stored.lock().await;
        let loaded = stored.read()?;
        let mut file = loaded.value.unwrap_or_default();
        let mut history = parse_history(&file);
        change(&mut history);
        file.replace_with(&history);
        stored.save_indented(&file)?;
        Ok(loaded.notice)
    }

    /// Forgets the uses of a session, or all and the last search: those of a later genkan, too, which this one can't understand. Returns
    /// how many there were. Favourites stay. Runs without an event loop.
    pub fn clear(&self, session: Option<&str>) -> Result<(usize, Option<Notice>), StoreError> {
        let stored = self.file();
        let _lock = stored.lock_blocking();
        let loaded = stored.read()?;
        let mut file = loaded.value.unwrap_or_default();
        let before = file.uses.len();
        file.uses
            .retain(|entry| session.is_some_and(|name| entry.get("session").is_none_or(|of| of != name)));
        let cleared = before - file.uses.len();
        let search = file.last_search.take_if(|_| session.is_none());
        if cleared > 0 || search.is_some() {
            stored.save_indented(&file)?;
        }
        Ok((cleared, loaded.notice))
    }
}

impl File {
    /// Takes over a history, and keeps what it doesn't know.
    fn replace_with(&mut self, history: &History) {
        let favourites = history.favourites.iter().map(|t| json!(key_to_file(t))).collect();
        let uses = history.uses.iter().map(|u| json!(use_to_file(u))).collect();
        self.favourites = merge_entries(favourites, &self.favourites, |entry| {
            parse_favourite(entry).is_some()
        });
        self.uses = merge_entries(uses, &self.uses, |entry| one_use(entry).is_some());
        self.last_search.clone_from(&history.last_search);
    }
}

/// New entries with what the old ones of the same target have beside, then those that no one here
/// understands.
fn merge_entries(mut new: Vec<Value>, old: &[Value], understood: fn(&Value) -> bool) -> Vec<Value> {
    for entry in &mut new {
        let same = old.iter().find(|o| entry_name(o) == entry_name(entry));
        if let (Some(fields), Some(Value::Object(same))) = (entry.as_object_mut(), same) {
            for (field, value) in same {
                fields.entry(field).or_insert_with(|| value.clone());
            }
        }
    }
    new.extend(old.iter().filter(|o| !understood(o)).cloned());
    new
}

fn entry_name(entry: &Value) -> [Option<&Value>; 3] {
    ["session", "account_id", "permission_set"].map(|field| entry.get(field))
}

fn key_to_file(key: &TargetKey) -> Key {
    Key {
        session: key.session.clone(),
        account_id: key.account_id.to_string(),
        permission_set: key.permission_set.to_string(),
    }
}

fn key_from_file(key: Key) -> Option<TargetKey> {
    Some(TargetKey {
        account_id: key.account_id.parse().ok()?,
        permission_set: PermissionSetName::new(key.permission_set),
        session: key.session,
    })
}

fn use_to_file(used: &Use) -> Used {
    Used {
        target: key_to_file(&used.target),
        at: used.at.as_second(),
        action: used.action.as_str().to_owned(),
        times: used.times,
        weight: Some(used.weight.thousandths),
        directories: used
            .directories
            .iter()
            .map(|(id, weight)| Directory {
                digest: id.as_str().to_owned(),
                at: weight.at.as_second(),
                weight: weight.thousandths,
            })
            .collect(),
    }
}

fn parse_favourite(entry: &Value) -> Option<TargetKey> {
    key_from_file(Key::deserialize(entry).ok()?)
}

fn one_use(entry: &Value) -> Option<Use> {
    let used = Used::deserialize(entry).ok()?;
    let at = Timestamp::from_second(used.at).ok()?;
    let directory = |of: Directory| {
        let at = Timestamp::from_second(of.at).ok()?;
        let weight = Weight {
            thousandths: of.weight,
            at,
        };
        Some((DirectoryId::new(of.digest), weight))
    };
    Some(Use {
        target: key_from_file(used.target)?,
        at,
        action: Action::ALL.into_iter().find(|a| a.as_str() == used.action)?,
        times: used.times,
        weight: match used.weight {
            Some(thousandths) => Weight { thousandths, at },
            None => Weight::estimated(used.times, at),
        },
        directories: used.directories.into_iter().filter_map(directory).collect(),
    })
}

fn parse_history(file: &File) -> History {
    History {
        favourites: file.favourites.iter().filter_map(parse_favourite).collect(),
        uses: file.uses.iter().filter_map(one_use).collect(),
        last_search: file.last_search.as_deref().map(clean_text),
        ..History::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn changes_are_kept_and_nonsense_is_set_aside() {
        let home = tempfile::tempdir().expect("a folder");
        let history = HistoryFile::new(&Paths::in_home(home.path()));
        let target = TargetKey {
            session: "org".into(),
            account_id: "000000000001".parse().expect("an id"),
            permission_set: PermissionSetName::new("Admin"),
        };
        history
            .update(|h| h.record(target.clone(), Action::Shell, Timestamp::UNIX_EPOCH))
            .await
            .expect("saves");
        history
            .update(|h| assert!(h.toggle_favourite(target.clone())))
            .await
            .expect("saves");
        let loaded = history.load().value.expect("there");
        assert!(loaded.is_favourite(&target));
        assert_eq!(loaded.last_use(&target).map(|u| u.action), Some(Action::Shell));
        std::fs::write(&history.path, "nonsense").expect("writes");
        assert!(history.load().notice.is_some());
        history.update(|_| {}).await.expect("saves");
        assert_eq!(history.load().value, Some(History::default()));
        std::fs::write(&history.path, "[").expect("writes");
        let notice = history.update(|_| {}).await.expect("saves");
        assert!(matches!(notice, Some(Notice::SetAside { .. })), "{notice:?}");
    }

    #[tokio::test]
    async fn what_a_later_genkan_wrote_stays() {
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
            .await
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

    #[tokio::test]
    async fn file_of_an_earlier_genkan_gets_weights_and_no_name_of_a_directory() {
        let home = tempfile::tempdir().expect("a folder");
        let history = HistoryFile {
            path: home.path().join("history.json"),
        };
        let before = r#"{"uses":[{"session":"org","account_id":"000000000001","permission_set":"Admin","at":7,"action":"shell","times":3}]}"#;
        std::fs::write(&history.path, before).expect("writes");
        let loaded = history.load().value.expect("there");
        let seven = Timestamp::from_second(7).expect("in range");
        assert_eq!(loaded.uses[0].weight, Weight::estimated(3, seven));
        let target = loaded.uses[0].target.clone();
        let here = directory_id(Path::new("/srv/kim/customer-x"));
        history
            .update(|h| {
                h.here = Some(here.clone());
                h.record(target, Action::Shell, seven);
            })
            .await
            .expect("saves");
        let text = std::fs::read_to_string(&history.path).expect("reads");
        assert!(!text.contains("kim") && !text.contains("customer"), "{text}");
        let again = history.load().value.expect("there");
        assert_eq!(again.uses[0].directories, [(here, Weight::first(seven))]);
        assert_eq!((again.uses[0].times, again.uses[0].weight.thousandths), (4, 4000));
    }

    #[tokio::test]
    async fn clearing_forgets_uses_of_every_kind_and_keeps_favourites() {
        let home = tempfile::tempdir().expect("a folder");
        let history = HistoryFile {
            path: home.path().join("history.json"),
        };
        let entry = |session: &str, action: &str| {
            format!(
                r#"{{"session":"{session}","account_id":"000000000001","permission_set":"Admin","at":7,"action":"{action}"}}"#
            )
        };
        let uses = [
            entry("org", "shell"),
            entry("org", "teleport"),
            entry("lab", "shell"),
        ];
        let text = format!(
            r#"{{"favourites":[{}],"uses":[{}]}}"#,
            entry("org", "x"),
            uses.join(",")
        );
        std::fs::write(&history.path, text).expect("writes");
        assert_eq!(history.clear(Some("org")).expect("saves").0, 2);
        let loaded = history.load().value.expect("there");
        assert_eq!((loaded.uses.len(), loaded.favourites.len()), (1, 1));
        assert_eq!(history.clear(None).expect("saves").0, 1);
        assert_eq!(history.clear(None).expect("saves").0, 0);
        let text = std::fs::read_to_string(&history.path).expect("reads");
        assert!(
            !text.contains("teleport") && text.contains("favourites"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_history_that_cannot_be_read_is_not_overwritten() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("history.json");
        std::fs::create_dir(&path).expect("makes");
        let history = HistoryFile { path: path.clone() };
        assert!(history.update(|_| {}).await.is_err() && path.is_dir());
        assert!(history.load().notice.is_some());
    }
}
