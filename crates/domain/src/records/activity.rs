//! What this process did lately: commands, the requests that it sent for them, and what a cache answered in place of
//! a request. Names, times and statuses only: no arguments that could be secrets, no headers, no bodies.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

/// How many entries are remembered.
const MOST: usize = 200;

/// What one entry is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// What the user asked for, as the command line that does the same.
    Command(String),
    /// An operation of AWS's API, and the SSO session that it was for.
    Request { operation: String, session: String },
    /// A cache had it: no request was needed.
    Cached(String),
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has not yet.
    Pending,
    /// A command has ended; what came of it is on the screen.
    Ended,
    /// The HTTP status.
    Status(u16),
    /// No one answered.
    None,
}

/// One line; the same request many times in a row is one line, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it began, or the last of several did.
    pub at: Timestamp,
    pub kind: EntryKind,
    pub answer: Answer,
    pub times: u32,
    /// All together, and the longest.
    pub milliseconds: u64,
    pub longest: u64,
}

/// The entries, oldest first.
#[derive(Debug, Default)]
struct Log {
    entries: VecDeque<(u64, Entry)>,
    next: u64,
}

/// The log of one process; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Activity(Arc<Mutex<Log>>);

/// Names a command that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandId(u64);

impl Activity {
    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a command begins.
    #[must_use]
    pub fn begin(&self, command: String, at: Timestamp) -> CommandId {
        let entry = Entry {
            at,
            kind: EntryKind::Command(command),
            answer: Answer::Pending,
            times: 1,
            milliseconds: 0,
            longest: 0,
        };
        CommandId(self.log().push(entry))
    }

    /// Notes that it has ended.
    pub fn end(&self, command: CommandId, milliseconds: u64) {
        let mut log = self.log();
        let entry = log.entries.iter_mut().find(|(id, _)| *id == command.0);
        if let Some((_, entry)) = entry {
            entry.answer = Answer::Ended;
            entry.milliseconds = milliseconds;
            entry.longest = milliseconds;
        }
    }

    /// Notes a request that has ended. One like others since the last command is counted with them.
    pub fn request(&self, operation: &str, session: &str, answer: Answer, milliseconds: u64, at: Timestamp) {
        let kind = EntryKind::Request {
            operation: operation.to_owned(),
            session: session.to_owned(),
        };
        let mut log = self.log();
        let since_command = log
            .entries
            .iter_mut()
            .rev()
            .take_while(|(_, entry)| !matches!(entry.kind, EntryKind::Command(_)));
        let same = since_command
            .map(|(_, entry)| entry)
            .find(|entry| entry.kind == kind && entry.answer == answer);
        if let Some(entry) = same {
            entry.at = at;
            entry.times += 1;
            entry.milliseconds = entry.milliseconds.saturating_add(milliseconds);
            entry.longest = entry.longest.max(milliseconds);
            return;
        }
        log.push(Entry {
            at,
            kind,
            answer,
            times: 1,
            milliseconds,
            longest: milliseconds,
        });
    }

    /// Notes that a cache had what would have been asked for.
    pub fn cached(&self, what: String, at: Timestamp) {
        self.log().push(Entry {
            at,
            kind: EntryKind::Cached(what),
            answer: Answer::Ended,
            times: 1,
            milliseconds: 0,
            longest: 0,
        });
    }

    /// All of them, the newest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let log = self.log();
        log.entries.iter().rev().map(|(_, entry)| entry.clone()).collect()
    }
}

impl Log {
    fn push(&mut self, entry: Entry) -> u64 {
        let id = self.next;
        self.next += 1;
        self.entries.push_back((id, entry));
        if self.entries.len() > MOST {
            self.entries.pop_front();
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn same_requests_of_a_command_are_one_line() {
        let activity = Activity::default();
        let ok = Answer::Status(200);
        let list = activity.begin("genkan list --refresh".to_owned(), at(1));
        activity.request("ListAccounts", "org", ok, 40, at(2));
        for ms in [10, 30, 20] {
            activity.request("ListAccountRoles", "org", ok, ms, at(3));
        }
        activity.request("ListAccountRoles", "org", Answer::Status(429), 5, at(4));
        activity.request("ListAccountRoles", "org", ok, 15, at(5));
        activity.end(list, 500);
        let other = activity.clone();
        let _ = other.begin("genkan shell a/b".to_owned(), at(6));
        other.request("ListAccountRoles", "org", ok, 1, at(7));
        other.cached("role credentials for a/b".to_owned(), at(8));
        let entries = activity.entries();
        let short: Vec<(String, u32, u64, u64)> = entries
            .iter()
            .map(|e| {
                let name = match &e.kind {
                    EntryKind::Command(text) | EntryKind::Cached(text) => text.clone(),
                    EntryKind::Request { operation, .. } => format!("{operation} {:?}", e.answer),
                };
                (name, e.times, e.milliseconds, e.longest)
            })
            .collect();
        let line = |name: &str, times, all, longest| (name.to_owned(), times, all, longest);
        assert_eq!(
            short,
            [
                line("role credentials for a/b", 1, 0, 0),
                line("ListAccountRoles Status(200)", 1, 1, 1),
                line("genkan shell a/b", 1, 0, 0),
                line("ListAccountRoles Status(429)", 1, 5, 5),
                line("ListAccountRoles Status(200)", 4, 75, 30),
                line("ListAccounts Status(200)", 1, 40, 40),
                line("genkan list --refresh", 1, 500, 500),
            ]
        );
        assert_eq!(entries[2].answer, Answer::Pending);
    }

    #[test]
    fn old_entries_go() {
        let activity = Activity::default();
        let first = activity.begin("first".to_owned(), at(0));
        for second in 0..1_000 {
            activity.cached(format!("{second}"), at(second));
        }
        activity.end(first, 1);
        let entries = activity.entries();
        assert_eq!(entries.len(), MOST);
        assert_eq!(entries[0].kind, EntryKind::Cached("999".to_owned()));
    }
}
