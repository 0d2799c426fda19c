//! What an unfinished listing has learned, one line an answer, beside the catalog of the last
//! finished one. Writing a line for each account costs less than writing megabytes every few
//! seconds, and a listing that is killed loses nothing that it was told.
//!
//! A line that can't be read, such as the last one of a killed process, is as if it had never come.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::atomic::{remove, write_private};
use super::reading::{noted, read_secret};
use crate::domain::{Account, AccountId, Catalog, PermissionSetName, text::clean};
use crate::platform::gate::{self, FileKind};

/// One line. Unknown fields belong to a later genkan.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Accounts(Vec<AccountLine>),
    Listed {
        id: String,
        permission_sets: Vec<String>,
        at: i64,
    },
    Failed {
        id: String,
        problem: String,
    },
}

#[derive(Serialize, Deserialize)]
struct AccountLine {
    id: String,
    name: String,
    email: String,
}

/// Takes a journal's lines into a catalog; tells when it listed which account.
pub(super) fn replay(path: &Path, catalog: &mut Catalog) -> HashMap<AccountId, Timestamp> {
    let mut listed = HashMap::new();
    let Ok(loaded) = read_secret(path, FileKind::Own) else {
        return listed;
    };
    let bytes = loaded.value.unwrap_or_default();
    // Accounts first and at once: each batch is put in order.
    let lines: Vec<Line> = bytes
        .split(|b| *b == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    let accounts = lines.iter().flat_map(|line| match line {
        Line::Accounts(accounts) => accounts.as_slice(),
        _ => &[],
    });
    catalog.add_accounts(accounts.filter_map(account).collect());
    for line in lines {
        match line {
            Line::Accounts(_) => {}
            Line::Listed {
                id,
                permission_sets,
                at,
            } => {
                if let (Ok(id), Ok(at)) = (id.parse::<AccountId>(), Timestamp::from_second(at)) {
                    let names = permission_sets.into_iter().map(PermissionSetName::new);
                    catalog.set_permission_sets(&id, names.collect(), at);
                    listed.insert(id, at);
                }
            }
            Line::Failed { id, problem } => {
                if let Ok(id) = id.parse() {
                    catalog.set_problem(&id, clean(&problem));
                    listed.remove(&id);
                }
            }
        }
    }
    listed
}

fn account(line: &AccountLine) -> Option<Account> {
    Some(Account {
        id: line.id.parse().ok()?,
        name: clean(&line.name),
        email: clean(&line.email),
    })
}

/// A journal that is being written. Where the disk refuses, the listing goes on without one.
#[derive(Debug)]
pub struct SyncJournal {
    path: PathBuf,
    file: Option<File>,
}

impl SyncJournal {
    /// Goes on with the journal of a listing that did not finish, or begins one.
    pub(super) fn open(path: PathBuf) -> Self {
        let mut journal = Self { path, file: None };
        // A half line at the end must not swallow the next one.
        let ready = match read_secret(&journal.path, FileKind::Own) {
            Ok(loaded) => match loaded.value {
                Some(bytes) if bytes.ends_with(b"\n") => true,
                Some(mut bytes) if !bytes.is_empty() => {
                    bytes.push(b'\n');
                    write_private(&journal.path, &bytes).is_ok()
                }
                _ => write_private(&journal.path, b"").is_ok(),
            },
            // Too large to be honest.
            Err(_) => write_private(&journal.path, b"").is_ok(),
        };
        if ready {
            journal.file = noted(&journal.path, gate::append(&journal.path)).ok();
        }
        journal
    }

    pub fn accounts(&mut self, accounts: &[Account]) {
        let line = |a: &Account| AccountLine {
            id: a.id.to_string(),
            name: a.name.clone(),
            email: a.email.clone(),
        };
        self.write(&Line::Accounts(accounts.iter().map(line).collect()));
    }

    pub fn listed(&mut self, id: &AccountId, names: &[PermissionSetName], at: Timestamp) {
        self.write(&Line::Listed {
            id: id.to_string(),
            permission_sets: names.iter().map(ToString::to_string).collect(),
            at: at.as_second(),
        });
    }

    pub fn failed(&mut self, id: &AccountId, problem: &str) {
        self.write(&Line::Failed {
            id: id.to_string(),
            problem: problem.to_owned(),
        });
    }

    /// One write a line: whole, wherever the process is killed.
    fn write(&mut self, line: &Line) {
        let Some(file) = &mut self.file else { return };
        let written = serde_json::to_vec(line).map(|mut bytes| {
            bytes.push(b'\n');
            file.write_all(&bytes)
        });
        if !matches!(written, Ok(Ok(()))) {
            self.file = None;
        }
    }

    /// The listing has finished, and the catalog holds everything.
    pub(super) fn end(self) {
        let _ = remove(&self.path);
    }
}
