//! What a user can do: sign in, list, take credentials, open the console, step into a shell.
//!
//! The command line and the screen both call this; it neither prints nor draws. It owns the order
//! of things (cache, then network; refresh, then sign-in) and leaves the how to `aws` and `store`.

mod catalog;
mod clock_skew;
mod code_flow;
mod connection;
mod console;
mod context;
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

pub use catalog::{SyncEvent, SyncReport};
pub use clock_skew::ClockSkew;
pub use connection::Connection;
pub use console::{ConsoleLink, ConsoleRequest, OpenedConsole, Via, Waiting};
pub use context::{Context, WaitListener};
pub use default_target::{DefaultTarget, DefaultTargets};
pub use doctor::{Finding, Severity, Topic};
pub use error::AppError;
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

pub use crate::aws::Caller;
use crate::domain::{AccountId, Region, RegionSetting, Secret, SignInId, SsoSession, TokenSet};
use crate::settings::Settings;
use crate::store::{
    CatalogCache, CredentialCache, HistoryFile, RegistrationCache, ShownCodes, SignInLog, TokenCache,
};
use pacer::{Pacer, Pacers};

/// Makes, for the listing of a session, what hears its events.
pub type ListingListener = Box<dyn Fn(&SsoSession) -> Box<dyn FnMut(&SyncEvent) + Send> + Send + Sync>;

/// What a user can do, as services; made once by a command.
pub struct App {
    pub context: Arc<Context>,
    pub connection: Arc<Connection>,
    tokens: TokenCache,
    registrations: RegistrationCache,
    catalogs: CatalogCache,
    credentials: CredentialCache,
    history: HistoryFile,
    sign_ins: SignInLog,
    shown_codes: ShownCodes,
    /// Who wants to know how far a listing is that looks for a target.
    listings: OnceLock<ListingListener>,
    pacers: Pacers,
    /// Accounts that a running listing is to ask for next, by session.
    wanted: Mutex<HashMap<String, Vec<AccountId>>>,
    /// Tokens of this process, for the case that they can't be written.
    in_memory: Mutex<HashMap<String, TokenSet>>,
    /// Which sign-in the credentials came from that this process has given out, by access key ID.
    origins: Mutex<HashMap<String, SignInId>>,
    /// Access tokens whose portal session was found to be over, for the case that no record can be written.
    over: Mutex<HashMap<String, (Secret, Timestamp)>>,
    /// Addresses that may be opened in a browser.
    approved_pages: Mutex<HashSet<String>>,
    /// The Region that was typed for this command.
    asked_region: OnceLock<Region>,
    /// The Region of the profile that the target comes from.
    profile_region: OnceLock<RegionSetting>,
}

impl App {
    /// Makes the services; touches neither disk nor network.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let context = Arc::new(Context::new(settings));
        let paths = &context.settings.paths;
        Self {
            connection: Arc::new(Connection::new(&context)),
            tokens: TokenCache::new(paths),
            registrations: RegistrationCache::new(paths),
            catalogs: CatalogCache::new(paths),
            credentials: CredentialCache::new(paths),
            history: HistoryFile::new(paths),
            sign_ins: SignInLog::new(paths),
            shown_codes: ShownCodes::new(paths),
            listings: OnceLock::new(),
            pacers: Pacers::default(),
            wanted: Mutex::default(),
            in_memory: Mutex::default(),
            origins: Mutex::default(),
            over: Mutex::default(),
            approved_pages: Mutex::default(),
            asked_region: OnceLock::new(),
            profile_region: OnceLock::new(),
            context,
        }
    }

    /// Says who wants to know how far a listing is that looks for a target: the listener is made anew for
    /// each session.
    pub fn on_listing(&self, listener: ListingListener) {
        let _ = self.listings.set(listener);
    }

    /// The speed of calls to a session's portal.
    fn pacer(&self, session: &SsoSession) -> Arc<Pacer> {
        let fastest = self.context.settings.preferences.requests_per_second;
        self.pacers.of(session, fastest.map_or(pacer::FASTEST, f64::from))
    }
}
