//! What the user should know beside the result of a command: the one way for warnings and for waits.
//!
//! What goes on right now is heard at once by who listens. A warning waits until it is asked for, because it would
//! be lost in the middle of other output; each is given once.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use crate::app::locks::scope::LockScope;
use crate::domain::SyncEvent;
use crate::domain::text::clean_text;
use crate::platform::log;
use crate::store::{self, FileProblem, StoreError, take_refused};

/// What follows a reason that stopped nothing.
const WITHOUT: &str = "; continuing without it";

/// Something that happens while a command works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Another process is waited for, for long enough to be worth mentioning.
    Waiting(LockScope),
    /// The keyring takes a while: it may ask for its password.
    WaitingForKeyring,
    /// A session, by its name, is listed because a target is looked for.
    ListingBegins(String),
    /// How far that listing is.
    Listing(SyncEvent),
    ListingEnds,
}

/// Hears what happens.
pub type Listener = Arc<dyn Fn(Notice) + Send + Sync>;

/// What a warning is about: two about the same are one, and one about the failure of a command is not shown
/// beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A file that can't be used.
    Problem(FileProblem),
    /// What was done with a file.
    File(store::Notice),
    /// Anything else, in a sentence.
    Other(String),
}

/// Something to know that stopped nothing. `Display` is one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    subject: Subject,
    sentence: String,
}

impl Warning {
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

#[derive(Default)]
pub(in crate::app) struct Notices {
    state: Mutex<State>,
    listener: Mutex<Option<Listener>>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Warning>,
    given: Vec<Subject>,
    /// One full or read-only disk refuses many files: the first is reported for all.
    add_unsaved: bool,
}

impl Notices {
    /// Sets who hears what happens; returns who did before.
    pub(in crate::app) fn listen(&self, listener: Option<Listener>) -> Option<Listener> {
        let mut current = self.listener.lock().ok()?;
        std::mem::replace(&mut *current, listener)
    }

    /// Tells who listens.
    pub(in crate::app) fn send(&self, notice: Notice) {
        let listener = self.listener.lock().ok().and_then(|l| l.clone());
        if let Some(listener) = listener {
            listener(notice);
        }
    }

    /// Warns of what was found when a file was read.
    pub(in crate::app) fn add(&self, notice: Option<store::Notice>) {
        if let Some(notice) = notice {
            let sentence = notice.to_string();
            self.warn(
                match notice {
                    store::Notice::Unreadable { problem, .. } => Subject::Problem(problem),
                    notice => Subject::File(notice),
                },
                &sentence,
            );
        }
    }

    /// Warns of files that were refused, wherever they were read.
    pub(in crate::app) fn add_refused(&self) {
        for issue in take_refused() {
            let sentence = format!("{issue}{WITHOUT} ({})", issue.hint());
            self.warn(Subject::Problem(FileProblem::Refused(issue)), &sentence);
        }
    }

    /// Warns that something could not be written that is only a convenience.
    pub(in crate::app) fn add_unsaved(&self, error: &StoreError) {
        let first = self
            .state
            .lock()
            .is_ok_and(|mut state| !std::mem::replace(&mut state.add_unsaved, true));
        if first {
            let hint = error.hints().join("; ");
            self.warn(
                Subject::Problem(error.problem()),
                &format!("{error}{WITHOUT} ({hint})"),
            );
        }
    }

    /// Warns of anything else.
    pub(in crate::app) fn add_warning(&self, sentence: &str) {
        self.warn(Subject::Other(sentence.to_owned()), sentence);
    }

    fn warn(&self, subject: Subject, sentence: &str) {
        // Names of files are as untrusted as the network.
        let sentence = clean_text(sentence);
        if let Ok(mut state) = self.state.lock()
            && !state.given.contains(&subject)
        {
            log::warning!("notice sentence={sentence:?}");
            state.given.push(subject.clone());
            state.waiting.push_back(Warning { subject, sentence });
        }
    }

    /// The next warning.
    pub(in crate::app) fn next(&self) -> Option<Warning> {
        self.state.lock().ok()?.waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once_and_one_full_disk_speaks_for_all() {
        let notices = Notices::default();
        let error = |path: &str| StoreError::Write {
            path: path.into(),
            source: std::io::ErrorKind::StorageFull.into(),
        };
        let fixed = store::Notice::PermissionsFixed {
            path: "/\u{1b}[31mx".into(),
            mode: 0o644,
        };
        for _ in 0..2 {
            notices.add(Some(fixed.clone()));
            notices.add_unsaved(&error("/a"));
            notices.add_unsaved(&error("/b"));
            notices.add(None);
        }
        let told: Vec<String> = std::iter::from_fn(|| notices.next())
            .map(|w| w.to_string())
            .collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(!told[0].contains('\u{1b}') && told[1].contains("/a"), "{told:?}");
        notices.add(Some(fixed));
        assert_eq!(notices.next(), None);
    }

    /// A file that can't be read is reported once, whether it is read, written or named by a failure.
    #[test]
    fn a_problem_of_a_file_is_compared_by_its_type() {
        let error = StoreError::Read {
            path: "/a".into(),
            source: std::io::ErrorKind::PermissionDenied.into(),
        };
        let notices = Notices::default();
        notices.add(Some(store::Notice::Unreadable {
            problem: error.problem(),
            reason: "in other words".into(),
        }));
        notices.add_unsaved(&error);
        let warning = notices.next().expect("one");
        assert_eq!(warning.subject(), &Subject::Problem(error.problem()));
        assert_eq!(notices.next(), None);
    }

    #[test]
    fn a_wait_is_heard_at_once_by_who_listens() {
        let notices = Notices::default();
        notices.send(Notice::Waiting(LockScope::List));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&heard);
        let listener: Listener = Arc::new(move |notice| list.lock().expect("whole").push(notice));
        assert!(notices.listen(Some(listener)).is_none());
        notices.send(Notice::Waiting(LockScope::Refresh));
        assert!(notices.listen(None).is_some());
        notices.send(Notice::Waiting(LockScope::List));
        assert_eq!(
            *heard.lock().expect("whole"),
            [Notice::Waiting(LockScope::Refresh)]
        );
    }
}
