//! What a user can do: sign in, list, take credentials, open the console, step into a shell.
//!
//! The command line and the screen both call this; it neither prints nor draws. It owns the order
//! of things (cache, then network; refresh, then sign-in) and leaves the how to `aws` and `store`.

mod catalog;
mod clock_skew;
mod code_flow;
mod connection;
mod console;
mod credential_server;
mod credentials;
mod default_target;
mod doctor;
mod error;
mod export;
mod history;
mod identity;
mod notices;
mod pacer;
mod pages;
mod profile_plan;
mod profile_regions;
mod profiles;
mod sessions;
mod shell_change;
mod sign_in;
mod sign_out;
mod standing;
mod status;
mod subshell;
mod sync;
mod targets;
mod tokens;
mod turns;
mod work_region;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};

use jiff::Timestamp;
use tokio::sync::OnceCell;

pub use catalog::{SyncEvent, SyncReport};
pub use clock_skew::ClockSkew;
pub use console::{ConsoleLink, ConsoleRequest, OpenedConsole, Via, Waiting};
pub use default_target::{DefaultTarget, DefaultTargets};
pub use doctor::{Finding, Severity, Topic};
pub use error::PortalError;
pub use export::{ExportText, WrittenCredentials};
pub use identity::{Identity, IdentitySource, Whoami};
pub use profile_plan::{HeldBack, Listed, PlannedProfile, ProfilePlan, ProfileState, ProfilesRequest};
pub use shell_change::{ShellChange, ShellState};
pub use sign_in::{SignInEvent, SignInRequest, SignedIn};
pub use sign_out::SignedOut;
pub use standing::Standing;
pub use status::{CatalogStatus, SessionStatus, SignInStatus};
pub use subshell::{Child, ChildKind, ChildWish};
pub use turns::Step;

use crate::aws::Aws;
pub use crate::aws::Caller;
use crate::domain::{AccountId, Region, RegionSetting, Secret, SignInId, SsoSession, TokenSet};
use crate::platform::clock::{self, Clock};
use crate::settings::Settings;
use crate::store::{
    CatalogCache, ClockFile, CredentialCache, HistoryFile, Loaded, Locks, RegistrationCache, ShownCodes,
    SignInLog, StoreError, TokenCache,
};
use notices::Notices;
use pacer::{Pacer, Pacers};
use turns::{Turn, Turns, Waited};

/// Told when a wait for another process is worth a word.
pub type WaitListener = Arc<dyn Fn(Step) + Send + Sync>;
/// Makes, for the listing of a session, what hears its events.
pub type ListingListener = Box<dyn Fn(&SsoSession) -> Box<dyn FnMut(&SyncEvent) + Send> + Send + Sync>;

/// One person's door: settings, files and the way to AWS.
pub struct Portal {
    settings: Settings,
    tokens: TokenCache,
    registrations: RegistrationCache,
    catalogs: CatalogCache,
    credentials: CredentialCache,
    history: HistoryFile,
    sign_ins: SignInLog,
    shown_codes: ShownCodes,
    locks: Locks,
    turns: Turns,
    /// Who wants to know that another process is waited for.
    waits: Mutex<Option<WaitListener>>,
    /// Who wants to know how far a listing is that looks for a target.
    listings: OnceLock<ListingListener>,
    pacers: Pacers,
    /// Accounts that a running listing is to ask for next, by session.
    wanted: Mutex<HashMap<String, Vec<AccountId>>>,
    aws: OnceCell<Aws>,
    clock: Clock,
    clock_file: ClockFile,
    /// What an earlier process learned of the clock was taken over.
    recalled: OnceLock<()>,
    /// Tokens of this process, for the case that they can't be written.
    in_memory: Mutex<HashMap<String, TokenSet>>,
    /// Which sign-in the credentials came from that this process has given out, by access key ID.
    origins: Mutex<HashMap<String, SignInId>>,
    /// Access tokens whose portal session was found to be over, for the case that no record can be written.
    over: Mutex<HashMap<String, (Secret, Timestamp)>>,
    notices: Notices,
    /// Addresses that may be opened in a browser.
    approved_pages: Mutex<HashSet<String>>,
    /// The Region that was typed for this command.
    asked_region: OnceLock<Region>,
    /// The Region of the profile that the target comes from.
    profile_region: OnceLock<RegionSetting>,
}

impl Portal {
    /// Opens the door; touches neither disk nor network.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let paths = &settings.paths;
        let clock_file = ClockFile::new(paths);
        let keep = clock_file.clone();
        Self {
            clock: Clock::new(move |offset| keep.save(offset, clock::started(), clock::now())),
            clock_file,
            recalled: OnceLock::new(),
            tokens: TokenCache::new(paths),
            registrations: RegistrationCache::new(paths),
            catalogs: CatalogCache::new(paths),
            credentials: CredentialCache::new(paths),
            history: HistoryFile::new(paths),
            sign_ins: SignInLog::new(paths),
            shown_codes: ShownCodes::new(paths),
            turns: Turns::new(Locks::new(paths)),
            locks: Locks::new(paths),
            waits: Mutex::default(),
            listings: OnceLock::new(),
            pacers: Pacers::default(),
            wanted: Mutex::default(),
            aws: OnceCell::new(),
            in_memory: Mutex::default(),
            origins: Mutex::default(),
            over: Mutex::default(),
            notices: Notices::default(),
            approved_pages: Mutex::default(),
            asked_region: OnceLock::new(),
            profile_region: OnceLock::new(),
            settings,
        }
    }

    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The next thing that a person should know of files: set aside, mended, unreadable, not kept.
    /// Each is told once.
    #[must_use]
    pub fn next_notice(&self) -> Option<String> {
        self.notices.add_refused();
        self.notices.next()
    }

    /// Says who wants to know of waits for another process; gives back who wanted to before.
    pub fn tell_waits(&self, listener: Option<WaitListener>) -> Option<WaitListener> {
        let mut waits = self.waits.lock().ok()?;
        std::mem::replace(&mut *waits, listener)
    }

    /// Says who wants to know how far a listing is that looks for a target: the listener is made anew for
    /// each session.
    pub fn on_listing(&self, listener: ListingListener) {
        let _ = self.listings.set(listener);
    }

    /// Waits for the turn of a step, or for what `look` finds.
    async fn wait_for_turn<T>(
        &self,
        step: Step,
        of: &str,
        look: impl FnMut() -> Option<T>,
    ) -> Waited<Turn<'_>, T> {
        let tell = |step| {
            let listener = self.waits.lock().ok().and_then(|w| w.clone());
            if let Some(listener) = listener {
                listener(step);
            }
        };
        self.turns.wait(step, of, look, tell).await
    }

    /// Runs `stop`, which stops this process until it is continued. Its turns are given up meanwhile, so that
    /// others needn't wait for it.
    pub fn stopped<T>(&self, stop: impl FnOnce() -> T) -> T {
        let resting = self.turns.rest();
        let done = stop();
        self.turns.wake(resting);
        done
    }

    /// All of them at once.
    #[must_use]
    pub fn take_notices(&self) -> Vec<String> {
        std::iter::from_fn(|| self.next_notice()).collect()
    }

    /// The value of a file, its notice kept for the person.
    fn noted<T>(&self, loaded: Loaded<T>) -> Option<T> {
        self.notices.add(loaded.notice);
        loaded.value
    }

    /// The speed of calls to a session's portal.
    fn pacer(&self, session: &SsoSession) -> Arc<Pacer> {
        let fastest = self.settings.preferences.requests_per_second;
        self.pacers.of(session, fastest.map_or(pacer::FASTEST, f64::from))
    }

    /// Keeps what is only a convenience: that it can't be written is told and stops nothing.
    fn try_to_keep(&self, written: Result<(), StoreError>) {
        if let Err(error) = written {
            self.notices.unkept(&error);
        }
    }

    /// The way to AWS, made at the first call: reading cached credentials needs neither TLS nor SDK.
    async fn aws(&self) -> Result<&Aws, PortalError> {
        self.aws
            .get_or_try_init(|| async {
                if let Some(variable) = self.settings.unusable_proxy() {
                    return Err(PortalError::UnusableProxy { variable });
                }
                let options = self.aws_options()?;
                self.recalled.get_or_init(|| self.recall_clock());
                Ok(Aws::load(options, self.clock.clone())?)
            })
            .await
    }
}
