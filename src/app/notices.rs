//! What a person should know of files, each told once, until somebody asks.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Mutex;

use crate::domain::text::clean;
use crate::store::{Notice, StoreError, take_refused};

/// What follows a reason that stopped nothing.
const WITHOUT: &str = "; genkan goes on without it";

#[derive(Debug, Default)]
pub(super) struct Notices(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<String>,
    told: BTreeSet<String>,
    /// One full or read-only disk refuses many files: the first speaks for all.
    unkept: bool,
}

impl Notices {
    pub(super) fn add(&self, notice: Option<Notice>) {
        if let Some(notice) = notice {
            self.say(&notice.to_string());
        }
    }

    /// Files that were not believed, wherever they were read.
    pub(super) fn add_refused(&self) {
        for flaw in take_refused() {
            self.say(&format!("{flaw}{WITHOUT} ({})", flaw.hint()));
        }
    }

    /// Something could not be written that is only a convenience.
    pub(super) fn unkept(&self, error: &StoreError) {
        let first = self
            .0
            .lock()
            .is_ok_and(|mut state| !std::mem::replace(&mut state.unkept, true));
        if first {
            let hint = error.hints().join("; ");
            self.say(&format!("{error}{WITHOUT} ({hint})"));
        }
    }

    pub(super) fn say(&self, sentence: &str) {
        // Names of files are as foreign as the network.
        let sentence = clean(sentence);
        // The same of one file, whether it was read or written, with a hint or without.
        let what = sentence.split(WITHOUT).next().unwrap_or_default().to_owned();
        if let Ok(mut state) = self.0.lock()
            && state.told.insert(what)
        {
            tracing::warn!(sentence, "notice");
            state.waiting.push_back(sentence);
        }
    }

    pub(super) fn next(&self) -> Option<String> {
        self.0.lock().ok()?.waiting.pop_front()
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
        let mended = Notice::Mended {
            path: "/\u{1b}[31mx".into(),
            mode: 0o644,
        };
        for _ in 0..2 {
            notices.add(Some(mended.clone()));
            notices.unkept(&error("/a"));
            notices.unkept(&error("/b"));
            notices.add(None);
        }
        let told: Vec<String> = std::iter::from_fn(|| notices.next()).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(!told[0].contains('\u{1b}') && told[1].contains("/a"), "{told:?}");
        notices.add(Some(mended));
        assert_eq!(notices.next(), None);
    }
}
