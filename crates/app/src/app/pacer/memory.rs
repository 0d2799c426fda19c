//! What one process leaves for the next of what it found of a portal's rate. It knows no rate but the one that it is given.
//!
//! While requests go on it is written by a thread of its own: a disk takes milliseconds to store a file safely, in which no
//! request would be sent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::platform::clock;
use crate::store::{FoundPace, PaceFiles, RequestCount};

/// How long after a rate was saved the next one is.
const BETWEEN_SAVES: Duration = Duration::from_secs(5);
/// A rate that differs by less is not saved again.
const SAME: f64 = 0.03;

/// Where what was found of a portal is kept.
#[derive(Debug)]
pub(super) struct Memory {
    file: Arc<File>,
    saved: Option<(FoundPace, Instant)>,
}

#[derive(Debug)]
struct File {
    files: PaceFiles,
    portal: String,
    /// What is still to be written.
    newest: Mutex<Option<FoundPace>>,
    /// Held while it is written.
    writing: Mutex<()>,
}

impl File {
    fn newest(&self) -> MutexGuard<'_, Option<FoundPace>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is the newest when its turn has come, so that no older one is written after it. What can't be written costs
    /// the next process some refusals.
    fn write(&self) {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = self.newest().take();
        if let Some(found) = newest {
            let _ = self.files.save(&self.portal, found, clock::current_time());
        }
    }
}

impl Memory {
    pub(super) fn new(files: PaceFiles, portal: String) -> Self {
        let file = File {
            files,
            portal,
            newest: Mutex::default(),
            writing: Mutex::default(),
        };
        Self {
            file: Arc::new(file),
            saved: None,
        }
    }

    /// The counter of all processes' requests, and what was found within the last day.
    pub(super) fn recall(&mut self, now: Instant) -> (Option<RequestCount>, Option<FoundPace>) {
        let File { files, portal, .. } = &*self.file;
        let count = files.open_count(portal);
        let found = files.load(portal, clock::current_time());
        self.saved = found.map(|found| (found, now));
        (count, found)
    }

    /// Saves what was found, where it is news, and waits for what is being saved.
    pub(super) fn save(&mut self, now: Instant, found: FoundPace) {
        self.take_news(now, found);
        self.file.write();
    }

    /// Saves it now and then: a process that is killed has saved some of it, and others begin with it meanwhile.
    pub(super) fn save_in_time(&mut self, now: Instant, found: FoundPace) {
        let is_soon = |(_, at): (FoundPace, Instant)| now.saturating_duration_since(at) < BETWEEN_SAVES;
        if self.saved.is_some_and(is_soon) || !self.take_news(now, found) {
            return;
        }
        let file = Arc::clone(&self.file);
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || file.write())),
            Err(_) => file.write(),
        }
    }

    fn take_news(&mut self, now: Instant, found: FoundPace) -> bool {
        let is_news = self.saved.is_none_or(|(saved, _)| {
            saved.is_limited != found.is_limited || (found.per_second / saved.per_second - 1.0).abs() > SAME
        });
        if is_news {
            *self.file.newest() = Some(found);
            self.saved = Some((found, now));
        }
        is_news
    }
}

impl Drop for Memory {
    /// A process that ends doesn't wait for a thread that hasn't begun.
    fn drop(&mut self) {
        self.file.write();
    }
}
