//! How the screen was left, in `$XDG_STATE_HOME/genkan/view.json`. No secrets.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::{ShownSessions, ViewState};
use crate::platform::files::paths::Paths;
use crate::store::disk::json_file::JsonFile;
use crate::store::error::{Loaded, Notice, StoreError};

/// The one file.
#[derive(Clone, Debug)]
pub struct ViewFile {
    path: PathBuf,
}

/// What is missing is as in a portal that was never opened; what a later genkan wrote stays.
#[derive(Default, Serialize, Deserialize)]
struct File {
    details_beside: Option<bool>,
    details_below: Option<bool>,
    flat: Option<bool>,
    all_sessions: Option<bool>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl ViewFile {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.state.join("view.json"),
        }
    }

    fn file(&self) -> JsonFile<File> {
        JsonFile::new(&self.path)
    }

    #[must_use]
    pub fn load(&self) -> Loaded<ViewState> {
        self.file().load().map(|file| Some(view_from_file(&file)))
    }

    /// Replaces what is kept, under a lock. A file that can't be understood was set aside, as the notice says.
    pub async fn save(&self, view: ViewState) -> Result<Option<Notice>, StoreError> {
        let stored = self.file();
        let _lock = stored.lock().await;
        let loaded = stored.read()?;
        stored.save_indented(&File {
            details_beside: Some(view.details_beside),
            details_below: Some(view.details_below),
            flat: Some(view.flat),
            all_sessions: Some(view.sessions == ShownSessions::All),
            others: loaded.value.unwrap_or_default().others,
        })?;
        Ok(loaded.notice)
    }
}

fn view_from_file(file: &File) -> ViewState {
    let usual = ViewState::default();
    ViewState {
        details_beside: file.details_beside.unwrap_or(usual.details_beside),
        details_below: file.details_below.unwrap_or(usual.details_below),
        flat: file.flat.unwrap_or(usual.flat),
        sessions: match file.all_sessions {
            Some(true) => ShownSessions::All,
            Some(false) => ShownSessions::One,
            None => usual.sessions,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn view_state_is_read_back_and_foreign_fields_stay() {
        let home = tempfile::tempdir().expect("a folder");
        let file = ViewFile::new(&Paths::in_home(home.path()));
        assert_eq!(file.load().value, None);
        let left = ViewState {
            details_beside: false,
            details_below: true,
            flat: true,
            sessions: ShownSessions::All,
        };
        file.save(left).await.expect("saves");
        assert_eq!(file.load().value, Some(left));
        std::fs::write(&file.path, r#"{"details_below": true, "zoom": 2}"#).expect("writes");
        let partly = file.load().value.expect("there");
        assert!(partly.details_beside && partly.details_below && !partly.flat);
        file.save(left).await.expect("saves");
        let text = std::fs::read_to_string(&file.path).expect("reads");
        assert!(text.contains("\"zoom\": 2"), "{text}");
        std::fs::write(&file.path, "nonsense").expect("writes");
        assert!(file.save(left).await.expect("saves").is_some(), "set aside");
    }
}
