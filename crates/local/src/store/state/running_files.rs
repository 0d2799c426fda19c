//! Which shells, commands and servers run with credentials: one file for each in `$XDG_STATE_HOME/genkan/running`. No secrets.
//!
//! A process ID alone proves nothing: it is given to another process later. So the process that writes a file holds a lock
//! beside it, which the operating system lets go of when the process dies, however it dies. A file whose lock no one
//! holds is a leftover and is removed by the next look. Where the file system knows no locks, nothing is listed,
//! because nothing could be believed.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::text::{CleanText, clean_text};
use crate::domain::{PermissionSetName, Running, RunningKind, Target};
use crate::platform::files::paths::Paths;
use crate::store::disk::atomic::remove_file;
use crate::store::disk::json_file::JsonFile;
use crate::store::disk::lock::FileLock;
use crate::store::error::StoreError;

/// How many processes may have the same ID: containers that share a home folder number theirs from 1.
const MOST_OF_ONE_ID: usize = 8;

/// The folder of these files.
#[derive(Clone, Debug)]
pub struct RunningFiles {
    folder: PathBuf,
}

/// The file of one that runs; it goes when this is dropped.
#[derive(Debug)]
pub struct RunningFile {
    path: PathBuf,
    _lock: FileLock,
}

impl Drop for RunningFile {
    fn drop(&mut self) {
        // What stays is removed by the next look.
        let _ = remove_file(&self.path);
        let _ = remove_file(&self.path.with_extension("lock"));
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    process: u32,
    program: String,
    is_shell: bool,
    /// Older files have none.
    #[serde(default)]
    is_server: bool,
    session: String,
    account_id: String,
    account_name: String,
    permission_set: String,
    is_served: bool,
    /// Seconds since 1970, as the next one.
    since: i64,
    until: Option<i64>,
}

impl RunningFiles {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.state.join("running"),
        }
    }

    /// Lists it until what is returned is dropped.
    pub fn begin(&self, running: &Running) -> Result<RunningFile, StoreError> {
        for number in 0..MOST_OF_ONE_ID {
            let path = self.folder.join(format!("{}-{number}.json", running.process));
            let Some(lock) = FileLock::try_acquire(&path.with_extension("lock")) else {
                continue;
            };
            let file = RunningFile { path, _lock: lock };
            JsonFile::new(&file.path).save(&running_to_file(running))?;
            return Ok(file);
        }
        let taken = std::io::ErrorKind::AlreadyExists;
        Err(StoreError::write(&self.folder, taken.into()))
    }

    /// All that run, the oldest first. What dead ones left is removed.
    #[must_use]
    pub fn list(&self) -> Vec<Running> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten();
        let paths = entries.flatten().map(|entry| entry.path());
        let mut found: Vec<Running> = paths
            .filter(|path| path.extension().is_some_and(|e| e == "json"))
            .filter_map(|path| {
                let lock = path.with_extension("lock");
                if FileLock::is_held(&lock) {
                    return parse_running(&JsonFile::new(path).peek()?);
                }
                let _ = remove_file(&path);
                let _ = remove_file(&lock);
                None
            })
            .collect();
        found.sort_by_key(|running| (running.since, running.process));
        found
    }
}

fn running_to_file(running: &Running) -> File {
    let target = &running.target;
    File {
        process: running.process,
        program: running.program.to_string(),
        is_shell: running.kind == RunningKind::Shell,
        is_server: running.kind == RunningKind::Server,
        session: target.session.clone(),
        account_id: target.account_id.to_string(),
        account_name: target.account_name.to_string(),
        permission_set: target.permission_set.to_string(),
        is_served: running.is_served,
        since: running.since.as_second(),
        until: running.until.map(Timestamp::as_second),
    }
}

fn parse_running(file: &File) -> Option<Running> {
    Some(Running {
        process: file.process,
        program: CleanText::new(&file.program),
        kind: match (file.is_server, file.is_shell) {
            (true, _) => RunningKind::Server,
            (_, true) => RunningKind::Shell,
            _ => RunningKind::Command,
        },
        target: Target {
            session: clean_text(&file.session),
            account_id: file.account_id.parse().ok()?,
            account_name: CleanText::new(&file.account_name),
            permission_set: PermissionSetName::new(&file.permission_set),
        },
        is_served: file.is_served,
        since: Timestamp::from_second(file.since).ok()?,
        until: file.until.and_then(|at| Timestamp::from_second(at).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(process: u32, name: &str) -> Running {
        Running {
            process,
            program: "fish".into(),
            kind: RunningKind::Shell,
            target: Target {
                session: "org".into(),
                account_id: "000000000001".parse().expect("an id"),
                account_name: name.into(),
                permission_set: PermissionSetName::new("Admin"),
            },
            is_served: true,
            since: Timestamp::from_second(process.into()).expect("in range"),
            until: None,
        }
    }

    #[test]
    fn only_what_lives_is_listed() {
        let home = tempfile::tempdir().expect("a folder");
        let files = RunningFiles::new(&Paths::in_home(home.path()));
        assert_eq!(files.list(), []);
        let (one, two) = (running(1, "one"), running(2, "two"));
        let first = files.begin(&one).expect("begins");
        let second = files.begin(&two).expect("begins");
        // Another process with the same ID, as a container has.
        let again = files.begin(&one).expect("begins");
        assert_eq!(files.list(), [one.clone(), one.clone(), two.clone()]);
        drop((first, again));
        assert_eq!(files.list(), [two]);
        // One that died left its files, and no one holds its lock.
        let left = files.folder.join("7-0.json");
        std::fs::copy(&second.path, &left).expect("copies");
        std::fs::write(left.with_extension("lock"), "").expect("writes");
        assert_eq!(files.list().len(), 1);
        assert!(!left.exists() && !left.with_extension("lock").exists());
        drop(second);
        let rest = std::fs::read_dir(&files.folder).expect("lists").count();
        assert_eq!(rest, 0, "nothing is left");
    }

    #[test]
    fn text_from_a_file_is_cleaned() {
        let home = tempfile::tempdir().expect("a folder");
        let files = RunningFiles::new(&Paths::in_home(home.path()));
        let begun = files.begin(&running(1, "x")).expect("begins");
        let text = std::fs::read_to_string(&begun.path).expect("reads");
        let hostile = text
            .replace("fish", "a\\u001b[31mb")
            .replace("\"x\"", "\"c\\u001b[0md\"");
        std::fs::write(&begun.path, hostile).expect("writes");
        let read = files.list().pop().expect("listed");
        assert!(!read.program.contains('\u{1b}') && !read.target.account_name.contains('\u{1b}'));
    }
}
