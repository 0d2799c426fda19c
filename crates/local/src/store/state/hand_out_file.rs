//! What was handed to which command, when and from where, in `$XDG_STATE_HOME/genkan/handed-out.log`: one line of
//! JSON each, readable only by the user. No secrets: of a command only the name of its program is kept, because its
//! arguments may be secret.
//!
//! Lines are appended whole, so that processes don't wait for one another. A file that is full becomes the older of
//! two, and the one before that is lost.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, fchown};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::records::hand_out::HandOut;
use crate::domain::text::{CleanText, clean_text};
use crate::domain::{PermissionSetName, Target};
use crate::platform::files::folder::{create_private_folder, folder_owner};
use crate::platform::files::paths::Paths;
use crate::platform::files::safe_open;
use crate::store::disk::atomic::remove_file;
use crate::store::disk::reading::{peek_file, record_refusal};
use crate::store::error::StoreError;

/// A file that is larger is replaced by a new one.
const FULL: u64 = 512 * 1024;

/// The file, and the one before.
#[derive(Clone, Debug)]
pub struct HandOutFile {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Line {
    /// In seconds since 1970.
    at: i64,
    session: String,
    account_id: String,
    account_name: String,
    permission_set: String,
    by: String,
    command: String,
    folder: Option<String>,
    agent: Option<String>,
}

impl HandOutFile {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.state.join("handed-out.log"),
        }
    }

    fn older(&self) -> PathBuf {
        self.path.with_extension("log.1")
    }

    /// Adds one line.
    pub fn add(&self, hand_out: &HandOut) -> Result<(), StoreError> {
        let wrong = |source| StoreError::write(&self.path, source);
        if let Some(folder) = self.path.parent() {
            create_private_folder(folder).map_err(wrong)?;
        }
        let target = &hand_out.target;
        let line = Line {
            at: hand_out.at.as_second(),
            session: target.session.clone(),
            account_id: target.account_id.to_string(),
            account_name: target.account_name.to_string(),
            permission_set: target.permission_set.to_string(),
            by: hand_out.by.to_string(),
            command: hand_out.command.to_string(),
            folder: hand_out.folder.as_ref().map(ToString::to_string),
            agent: hand_out.agent.as_ref().map(ToString::to_string),
        };
        let mut text = serde_json::to_vec(&line).map_err(|error| wrong(error.into()))?;
        text.push(b'\n');
        let mut file = record_refusal(&self.path, safe_open::open_for_append(&self.path))?;
        if let Some((user, group)) = self.path.parent().and_then(folder_owner) {
            // Root is a guest here.
            let _ = fchown(&file, Some(user), Some(group));
        }
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        if is_cut_short(&file, length) {
            text.insert(0, b'\n');
        }
        file.write_all(&text).map_err(wrong)?;
        if length + text.len() as u64 > FULL {
            // Another process may do the same at this moment: then the younger half is lost.
            let _ = fs::rename(&self.path, self.older());
        }
        Ok(())
    }

    /// Every line that can be understood, the oldest first.
    #[must_use]
    pub fn load(&self) -> Vec<HandOut> {
        let files = [self.older(), self.path.clone()];
        let mut found = Vec::new();
        for bytes in files.iter().filter_map(|path| peek_file(path)) {
            let lines = bytes.split(|byte| *byte == b'\n');
            found.extend(lines.filter_map(|line| parse_line(&serde_json::from_slice(line).ok()?)));
        }
        found
    }

    /// The latest line that fits. Later ones are looked at first, and no more than needed.
    #[must_use]
    pub fn last(&self, fits: impl Fn(&HandOut) -> bool) -> Option<HandOut> {
        let files = [self.path.clone(), self.older()];
        files.iter().filter_map(|path| peek_file(path)).find_map(|bytes| {
            let lines = bytes.rsplit(|byte| *byte == b'\n');
            let read = |line: &[u8]| parse_line(&serde_json::from_slice(line).ok()?);
            lines.filter_map(read).find(|hand_out| fits(hand_out))
        })
    }

    /// Removes all of it.
    pub fn clear(&self) -> Result<(), StoreError> {
        remove_file(&self.path)?;
        remove_file(&self.older())
    }
}

/// Whether the last line has no end: a full disk, or a crash, has cut it. The next one must not become a part of it.
fn is_cut_short(file: &fs::File, length: u64) -> bool {
    let mut last = [0];
    let read = length.checked_sub(1).map(|at| file.read_exact_at(&mut last, at));
    read.is_some_and(|read| read.is_ok()) && last != *b"\n"
}

fn parse_line(line: &Line) -> Option<HandOut> {
    Some(HandOut {
        at: Timestamp::from_second(line.at).ok()?,
        target: Target {
            session: clean_text(&line.session),
            account_id: line.account_id.parse().ok()?,
            account_name: CleanText::new(&line.account_name),
            permission_set: PermissionSetName::new(&line.permission_set),
        },
        by: CleanText::new(&line.by),
        command: CleanText::new(&line.command),
        folder: line.folder.as_deref().map(CleanText::new),
        agent: line.agent.as_deref().map(CleanText::new),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_many_processes_are_whole() {
        let home = tempfile::tempdir().expect("a folder");
        let file = HandOutFile::new(&Paths::in_home(home.path()));
        let line = |number: i64| HandOut {
            at: Timestamp::from_second(number).expect("in range"),
            target: Target {
                session: "org".into(),
                account_id: "000000000001".parse().expect("an ID"),
                account_name: "one".into(),
                permission_set: PermissionSetName::new("Admin"),
            },
            by: "exec".into(),
            command: "x".repeat(500).as_str().into(),
            folder: None,
            agent: None,
        };
        std::thread::scope(|scope| {
            for number in 0..50 {
                let file = &file;
                scope.spawn(move || file.add(&line(number)).expect("writes"));
            }
        });
        let mut seen: Vec<i64> = file.load().iter().map(|line| line.at.as_second()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn lines_are_added_read_cleaned_and_bounded() {
        let home = tempfile::tempdir().expect("a folder");
        let file = HandOutFile::new(&Paths::in_home(home.path()));
        assert_eq!(file.load(), []);
        let one = HandOut {
            at: Timestamp::from_second(1).expect("in range"),
            target: Target {
                session: "org".into(),
                account_id: "000000000001".parse().expect("an ID"),
                account_name: "one".into(),
                permission_set: PermissionSetName::new("Admin"),
            },
            by: "exec".into(),
            command: "terraform".into(),
            folder: Some("/work".into()),
            agent: None,
        };
        file.add(&one).expect("writes");
        file.add(&one).expect("writes");
        assert_eq!(file.load(), [one.clone(), one.clone()]);
        let other = HandOut {
            command: "aws".into(),
            ..one.clone()
        };
        file.add(&other).expect("writes");
        assert_eq!(file.last(|_| true), Some(other));
        assert_eq!(file.last(|line| line.command == one.command), Some(one.clone()));
        assert_eq!(file.last(|line| line.folder.is_none()), None);
        file.clear().expect("removes");
        file.add(&one).expect("writes");
        file.add(&one).expect("writes");
        let mut file_text = fs::read_to_string(&file.path).expect("reads");
        file_text.push_str("no JSON\n{\"at\":1}\n");
        file_text.push_str(&" ".repeat(usize::try_from(FULL).expect("fits")));
        file_text.push('\n');
        fs::write(&file.path, file_text).expect("writes");
        file.add(&one).expect("writes");
        assert!(
            !file.path.exists() && file.older().exists(),
            "a full file is put away"
        );
        file.add(&one).expect("writes");
        assert_eq!(file.load().len(), 4);
        // A line that a full disk has cut short takes nothing from the next.
        let whole = fs::read(&file.path).expect("reads");
        fs::write(&file.path, &whole[..whole.len() / 2]).expect("writes");
        file.add(&one).expect("writes");
        file.add(&one).expect("writes");
        assert_eq!(file.load().len(), 5);
        file.clear().expect("removes");
        assert_eq!(file.load(), []);
    }
}
