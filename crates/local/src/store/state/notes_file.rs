//! A user's notes to targets in `$XDG_STATE_HOME/genkan/notes.json`. No secrets, unless a user types one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::records::history::TargetKey;
use crate::domain::text::clean_text;
use crate::platform::files::paths::Paths;
use crate::store::disk::json_file::JsonFile;
use crate::store::error::{Loaded, Notice, StoreError};

/// The one file.
#[derive(Clone, Debug)]
pub struct NotesFile {
    path: std::path::PathBuf,
}

/// Notes by `SESSION:ACCOUNT_ID/PERMISSION_SET`. What a later genkan added stays.
#[derive(Default, Serialize, Deserialize)]
struct File {
    #[serde(default)]
    notes: BTreeMap<String, Value>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl NotesFile {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.state.join("notes.json"),
        }
    }

    fn file(&self) -> JsonFile<File> {
        JsonFile::new(&self.path)
    }

    #[must_use]
    pub fn load(&self) -> Loaded<BTreeMap<TargetKey, String>> {
        self.file().load().map(|file| Some(parse_notes(&file)))
    }

    /// Changes the note to a target under a lock; an empty one is removed. A file that can't be read is not overwritten.
    pub async fn set(&self, target: &TargetKey, note: &str) -> Result<Option<Notice>, StoreError> {
        let stored = self.file();
        let _lock = stored.lock().await;
        let loaded = stored.read()?;
        let mut file = loaded.value.unwrap_or_default();
        if note.is_empty() {
            file.notes.remove(&target.to_string());
        } else {
            file.notes.insert(target.to_string(), note.into());
        }
        stored.save_indented(&file)?;
        Ok(loaded.notice)
    }
}

fn parse_notes(file: &File) -> BTreeMap<TargetKey, String> {
    let note = |(key, note): (&String, &Value)| Some((key.parse().ok()?, clean_text(note.as_str()?)));
    file.notes.iter().filter_map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PermissionSetName;

    #[tokio::test]
    async fn notes_are_kept_removed_and_cleaned() {
        let home = tempfile::tempdir().expect("a folder");
        let file = NotesFile::new(&Paths::in_home(home.path()));
        let target = TargetKey {
            session: "org".into(),
            account_id: "000000000001".parse().expect("an id"),
            permission_set: PermissionSetName::new("Admin"),
        };
        file.set(&target, "ask #payments\u{1b}[31m first")
            .await
            .expect("saves");
        let text = std::fs::read_to_string(&file.path).expect("reads");
        std::fs::write(&file.path, text.replacen('{', "{\"later\": 1,", 1)).expect("writes");
        let notes = file.load().value.expect("there");
        let note = notes.get(&target).expect("a note");
        assert!(
            note.starts_with("ask #payments") && !note.contains('\u{1b}'),
            "{note:?}"
        );
        file.set(&target, "").await.expect("saves");
        assert_eq!(file.load().value, Some(BTreeMap::new()));
        let text = std::fs::read_to_string(&file.path).expect("reads");
        assert!(text.contains("\"later\""), "{text}");
        std::fs::write(&file.path, "[").expect("writes");
        assert!(matches!(
            file.set(&target, "x").await.expect("saves"),
            Some(Notice::SetAside { .. })
        ));
    }
}
