//! Which project files were approved, in `$XDG_STATE_HOME/genkan/trust.json`, readable only by the user. No secrets:
//! the path of each file, the digest of its content, and what it names.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::shells::project::{Approval, ProjectTarget};
use crate::domain::text::clean_text;
use crate::domain::values::hex::to_hex;
use crate::platform::files::paths::Paths;
use crate::store::disk::json_file::JsonFile;
use crate::store::error::{Loaded, Notice, StoreError};

/// The one file.
#[derive(Clone, Debug)]
pub struct TrustFile {
    path: std::path::PathBuf,
}

#[derive(Default, Serialize, Deserialize)]
struct File {
    #[serde(default)]
    approved: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    path: String,
    digest: String,
    target: String,
    region: Option<String>,
    /// In seconds since 1970.
    at: i64,
}

/// The digest of a content in the file.
#[must_use]
pub fn content_digest(bytes: &[u8]) -> String {
    to_hex(&Sha256::digest(bytes))
}

impl TrustFile {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.state.join("trust.json"),
        }
    }

    fn file(&self) -> JsonFile<File> {
        JsonFile::new(&self.path)
    }

    /// Every approval. Where the file can't be believed there is none.
    #[must_use]
    pub fn load(&self) -> Loaded<Vec<Approval>> {
        let approvals = |file: File| file.approved.iter().filter_map(parse_approval).collect();
        self.file().load().map(|file| Some(approvals(file)))
    }

    /// Keeps an approval in place of an earlier one of the same file.
    pub fn approve(&self, approval: &Approval) -> Result<Option<Notice>, StoreError> {
        let path = path_text(&approval.path);
        self.change(|entries| {
            entries.retain(|entry| entry.path != path);
            entries.push(Entry {
                path: path.clone(),
                digest: approval.digest.clone(),
                target: approval.named.target.clone(),
                region: approval.named.region.clone(),
                at: approval.at.as_second(),
            });
        })
        .map(|(_, notice)| notice)
    }

    /// Forgets the approval of a file; whether there was one.
    pub fn revoke(&self, path: &Path) -> Result<(bool, Option<Notice>), StoreError> {
        let path = path_text(path);
        self.change(|entries| entries.retain(|entry| entry.path != path))
            .map(|(before_and_after, notice)| (before_and_after.0 != before_and_after.1, notice))
    }

    /// Changes the entries under a lock: how many there were and are.
    fn change(
        &self,
        change: impl FnOnce(&mut Vec<Entry>),
    ) -> Result<((usize, usize), Option<Notice>), StoreError> {
        let stored = self.file();
        let _lock = stored.lock_blocking();
        let loaded = stored.read()?;
        let mut file = loaded.value.unwrap_or_default();
        let before = file.approved.len();
        change(&mut file.approved);
        stored.save_indented(&file)?;
        Ok(((before, file.approved.len()), loaded.notice))
    }
}

/// A path as JSON has it. One that is no Unicode is not found again, and so never counts as approved.
fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn parse_approval(entry: &Entry) -> Option<Approval> {
    Some(Approval {
        path: entry.path.clone().into(),
        digest: entry.digest.clone(),
        named: ProjectTarget {
            target: clean_text(&entry.target),
            region: entry.region.as_deref().map(clean_text),
        },
        at: Timestamp::from_second(entry.at).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_approval_of_a_file_counts_until_it_is_revoked() {
        let home = tempfile::tempdir().expect("a folder");
        let file = TrustFile::new(&Paths::in_home(home.path()));
        let approval = |path: &str, content: &str| Approval {
            path: path.into(),
            digest: content_digest(content.as_bytes()),
            named: ProjectTarget {
                target: "payments-dev/Admin".to_owned(),
                region: None,
            },
            at: Timestamp::from_second(1).expect("in range"),
        };
        let (one, again, other) = (approval("/a", "1"), approval("/a", "2"), approval("/b", "1"));
        for each in [&one, &other, &again] {
            file.approve(each).expect("writes");
        }
        assert_eq!(file.load().value, Some(vec![other.clone(), again]));
        assert!(file.revoke(Path::new("/a")).expect("writes").0);
        assert!(!file.revoke(Path::new("/a")).expect("writes").0);
        assert_eq!(file.load().value, Some(vec![other]));
    }
}
