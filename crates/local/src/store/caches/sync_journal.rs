//! What an unfinished listing has learned, one line an answer, beside the catalog of the last
//! finished one. Writing a line for each account costs less than writing megabytes every few
//! seconds, and a listing that is killed loses nothing that it was told.
//!
//! The first line says which sign-in lists: what another one has learned is not gone on with. A line that
//! can't be read, such as the last one of a killed process, is as if it had never come.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::text::CleanText;
use crate::domain::{Account, AccountId, Catalog, PermissionSetName, SignInId};
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::FileKind;
use crate::store::disk::atomic::{remove_file, write_private};
use crate::store::disk::reading::{read_secret, record_refusal};

/// One line. Unknown fields belong to a later genkan.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    SignIn(SignInId),
    Accounts(Vec<AccountLine>),
    Listed {
        id: String,
        permission_sets: Vec<String>,
        at: i64,
    },
    Failed {
        id: String,
        problem: CleanText,
    },
}

#[derive(Serialize, Deserialize)]
struct AccountLine {
    id: String,
    name: String,
    email: String,
}

/// What a journal file holds.
#[derive(Default)]
pub(in crate::store) struct JournalLines(Vec<Line>);

impl JournalLines {
    pub(in crate::store) fn read(path: &Path) -> Self {
        let loaded = read_secret(path, FileKind::Own).ok();
        Self::parse(&loaded.and_then(|loaded| loaded.value).unwrap_or_default())
    }

    fn parse(bytes: &[u8]) -> Self {
        let lines = bytes.split(|b| *b == b'\n');
        Self(
            lines
                .filter_map(|line| serde_json::from_slice(line).ok())
                .collect(),
        )
    }

    /// The sign-in whose listing it is.
    pub(in crate::store) fn sign_in(&self) -> Option<&SignInId> {
        self.0.iter().find_map(|line| match line {
            Line::SignIn(sign_in) => Some(sign_in),
            _ => None,
        })
    }

    /// Takes the lines into a catalog; returns when they listed which account.
    pub(in crate::store) fn replay(self, catalog: &mut Catalog) -> HashMap<AccountId, Timestamp> {
        let mut listed = HashMap::new();
        // Accounts first and at once: each batch is put in order.
        let accounts = self.0.iter().flat_map(|line| match line {
            Line::Accounts(accounts) => accounts.as_slice(),
            _ => &[],
        });
        catalog.add_accounts(accounts.filter_map(parse_account).collect());
        for line in self.0 {
            match line {
                Line::SignIn(_) | Line::Accounts(_) => {}
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
                        catalog.set_problem(&id, problem);
                        listed.remove(&id);
                    }
                }
            }
        }
        listed
    }
}

fn parse_account(line: &AccountLine) -> Option<Account> {
    Some(Account {
        id: line.id.parse().ok()?,
        name: CleanText::new(&line.name),
        email: CleanText::new(&line.email),
    })
}

/// A journal that is being written. Where the disk refuses, the listing goes on without one.
#[derive(Debug)]
pub struct SyncJournal {
    path: PathBuf,
    file: Option<File>,
}

impl SyncJournal {
    /// Goes on with the journal of a listing of the same sign-in that did not finish, or begins one.
    pub(in crate::store) fn open(path: PathBuf, sign_in: &SignInId) -> Self {
        let mut journal = Self { path, file: None };
        // One that is too large to be honest counts as none.
        let loaded = read_secret(&journal.path, FileKind::Own).ok();
        let known = loaded
            .and_then(|loaded| loaded.value)
            .filter(|bytes| JournalLines::parse(bytes).sign_in() == Some(sign_in));
        let ready = match known {
            Some(bytes) if bytes.ends_with(b"\n") => true,
            // A half line at the end must not swallow the next one.
            Some(mut bytes) => {
                bytes.push(b'\n');
                write_private(&journal.path, &bytes).is_ok()
            }
            None => serde_json::to_vec(&Line::SignIn(sign_in.clone())).is_ok_and(|mut line| {
                line.push(b'\n');
                write_private(&journal.path, &line).is_ok()
            }),
        };
        if ready {
            journal.file = record_refusal(&journal.path, safe_open::open_for_append(&journal.path)).ok();
        }
        journal
    }

    pub fn accounts(&mut self, accounts: &[Account]) {
        let line = |a: &Account| AccountLine {
            id: a.id.to_string(),
            name: a.name.to_string(),
            email: a.email.to_string(),
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

    pub fn failed(&mut self, id: &AccountId, problem: &CleanText) {
        self.write(&Line::Failed {
            id: id.to_string(),
            problem: problem.clone(),
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
    pub(in crate::store) fn end(self) {
        let _ = remove_file(&self.path);
    }
}
