//! What every service has in common: settings, clock, notices, and the locks between processes.
//!
//! A service is given this and the services that it needs, never the whole [`App`](crate::app::App): what it can
//! change can be read from its fields.

pub(super) mod clock_skew;
pub(super) mod keyring;
pub(super) mod notices;

use jiff::Timestamp;

use crate::app::context::clock_skew::{ClockSkew, LearnedClock};
use crate::app::context::notices::{Listener, Notice, Notices, Warning};
use crate::app::locks::process_lock::{ProcessLock, ProcessLocks};
use crate::app::locks::scope::LockScope;
use crate::app::locks::single_flight::WaitOutcome;
use crate::domain::records::activity::Activity;
use crate::domain::values::time::Clocks;
use crate::platform::clock;
use crate::platform::pending::PendingRequests;
use crate::platform::rest::Rest;
use crate::settings::Settings;
use crate::store::{AwsFiles, Loaded, LockFolder, StoreError};

/// What the services share.
pub struct Context {
    pub(in crate::app) settings: Settings,
    pub(in crate::app) clock: LearnedClock,
    pub(in crate::app) notices: Notices,
    pub(in crate::app) lock_folder: LockFolder,
    pub(in crate::app) process_locks: ProcessLocks,
    /// `~/.aws/config` and `~/.aws/credentials`, each read once as long as it doesn't change.
    pub(in crate::app) aws_files: AwsFiles,
    /// The same as SDKs read them in this environment.
    pub(in crate::app) sdk_files: AwsFiles,
    /// What is waited for on the network.
    pub(in crate::app) requests: PendingRequests,
    /// Whether requests are so rare that no connection is kept for the next one.
    pub(in crate::app) rest: Rest,
    /// What was done lately.
    pub(in crate::app) activity: Activity,
}

impl Context {
    pub(in crate::app) fn new(settings: Settings) -> Self {
        let paths = &settings.paths;
        Self {
            clock: LearnedClock::new(paths),
            notices: Notices::default(),
            lock_folder: LockFolder::new(paths),
            process_locks: ProcessLocks::new(LockFolder::new(paths)),
            aws_files: AwsFiles::new(paths),
            sdk_files: AwsFiles::new(&settings.sdk_paths),
            requests: PendingRequests::default(),
            rest: Rest::default(),
            activity: Activity::default(),
            settings,
        }
    }

    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What is waited for on the network.
    #[must_use]
    pub fn requests(&self) -> &PendingRequests {
        &self.requests
    }

    /// What was done lately.
    #[must_use]
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// Now, by this machine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        clock::current_time()
    }

    /// This machine's time beside AWS's.
    #[must_use]
    pub fn clocks(&self) -> Clocks {
        self.clock.read()
    }

    /// How wrong this machine's clock is, where that is worth mentioning.
    #[must_use]
    pub fn clock_skew(&self) -> Option<ClockSkew> {
        self.clock.skew()
    }

    /// The next thing that the user should know of files: set aside, permissions fixed, unreadable, not saved.
    /// Each is reported once.
    #[must_use]
    pub fn next_notice(&self) -> Option<Warning> {
        self.notices.add_refused();
        self.notices.next()
    }

    /// All of them at once.
    #[must_use]
    pub fn take_notices(&self) -> Vec<Warning> {
        std::iter::from_fn(|| self.next_notice()).collect()
    }

    /// Takes the value of a file, and adds its notice for the user.
    pub(in crate::app) fn take_value<T>(&self, loaded: Loaded<T>) -> Option<T> {
        self.notices.add(loaded.notice);
        loaded.value
    }

    /// Reports what could not be written and is only a convenience, as a warning.
    pub(in crate::app) fn report_unsaved(&self, written: Result<(), StoreError>) {
        if let Err(error) = written {
            self.notices.add_unsaved(&error);
        }
    }

    /// Sets who hears what happens while a command works; returns who did before.
    pub fn listen(&self, listener: Option<Listener>) -> Option<Listener> {
        self.notices.listen(listener)
    }

    /// Waits for the lock of a scope, or for what `find_result` returns.
    pub(in crate::app) async fn lock_or_find<T>(
        &self,
        scope: LockScope,
        key: &str,
        find_result: impl FnMut() -> Option<T>,
    ) -> WaitOutcome<ProcessLock<'_>, T> {
        let on_wait = |scope| self.notices.send(Notice::Waiting(scope));
        self.process_locks
            .lock_or_find(scope, key, find_result, on_wait)
            .await
    }

    /// Runs `stop`, which stops this process until it is continued. Its locks are released meanwhile, so that
    /// other processes need not wait for it.
    pub fn stopped<T>(&self, stop: impl FnOnce() -> T) -> T {
        let released = self.process_locks.release_all();
        let done = stop();
        self.process_locks.reacquire_all(released);
        done
    }
}
