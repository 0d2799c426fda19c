//! What a user can do: sign in, list, get credentials, open the console, open a subshell.
//!
//! The command line and the screen both call this; it neither prints nor draws. It owns the order
//! of things (cache, then network; refresh, then sign-in) and leaves the how to `aws` and `store`.

mod account_colors;
mod agents;
mod browsers;
mod catalogs;
mod chained_roles;
mod connection;
mod console;
mod context;
mod credentials;
mod error;
mod guards;
mod iam_users;
mod locks;
mod notifications;
mod pacer;
mod pages;
mod profiles;
mod projects;
mod reports;
mod rules;
mod sessions;
mod shells;
mod sign_in;
mod sources;
mod targets;
mod tell;
mod tokens;
mod view_states;
mod work_region;

use std::sync::Arc;

pub use crate::aws::{Caller, Signer};
pub use agents::error::NotAllowed;
pub use browsers::error::BrowserError;
pub use connection::ConnectionError;
pub use console::error::ConsoleError;
pub use console::last_pages::LastPages;
pub use console::request::{ConsoleLink, ConsoleRequest, OpenedConsole, PageChoice, PendingLink, ShareWith};
pub use context::Context;
pub use context::clock_skew::ClockSkew;
pub use context::notices::{Listener, Notice, Subject, Warning};
pub use credentials::credential_server::GivenListener;
pub use credentials::role_error::RoleError;
pub use error::AppError;
pub use guards::{Guarded, Guards};
pub use iam_users::error::IamUserError;
pub use iam_users::rotation::{RotationEvent, Rotations};
pub use iam_users::services::IamServices;
pub use iam_users::user_sessions::{UserSessions, target_of};
pub use iam_users::{AddedUser, IamUsers, NewKey};
pub use locks::scope::{Busy, LockScope};
pub use pages::Pages;
pub use profiles::error::ProfilesError;
pub use profiles::profile_plan::{
    HeldBack, Listed, PlannedProfile, ProfilePlan, ProfileState, ProfilesRequest,
};
pub use projects::{Project, ProjectState};
pub use reports::doctor::{Finding, Severity, Topic};
pub use reports::identity_parts::{Identity, IdentitySource, Whoami};
pub use reports::status::{CatalogStatus, SessionStatus};
pub use rules::Rules;
pub use sessions::SessionError;
pub use shells::batches::{Batch, BatchEnd, BatchEvent, BatchMode};
pub use shells::calling_shell::export_format_of_calling_shell;
pub use shells::error::ShellError;
pub use shells::exports::{ExportText, WrittenCredentials};
pub use shells::servers::{BoundServer, ServedEntry, Server};
pub use shells::shell_change::{Given, ShellChange, ShellServer, ShellState};
pub use shells::{Child, ChildKind, ChildRequest, Entering, Lasts};
pub use sign_in::error::SignInError;
pub use sign_in::sign_out::SignedOut;
pub use sign_in::{SignInRequest, SignedIn};
pub use targets::default_target::{DefaultTarget, DefaultTargets};
pub use targets::error::TargetError;

use crate::domain::{RoleCredentials, Target};
use crate::platform::log;
use crate::settings::Settings;
use account_colors::AccountColors;
use agents::Agents;
use browsers::Browsers;
use catalogs::Catalogs;
use catalogs::listing::Listings;
use chained_roles::ChainedRoles;
use connection::Connection;
use console::Console;
use console::places::ConsolePlaces;
use credentials::Credentials;
use credentials::assumed_roles::AssumedRoles;
use notifications::Notifications;
use pacer::Pacers;
use profiles::Profiles;
use projects::Projects;
use reports::caller::Callers;
use reports::doctor::{ChecksElsewhere, Doctor};
use reports::identity::Identities;
use reports::status::Status;
use sessions::Sessions;
use shells::Shells;
use shells::batches::Batches;
use shells::exports::Exports;
use shells::open_shells::OpenShells;
use shells::servers::Servers;
use sign_in::sign_out::SignOut;
use sign_in::{Flows, SignIn};
use sources::Sources;
use sources::chain::Chains;
use targets::Targets;
use targets::default_target::DefaultTargetFinder;
use targets::history::UsageHistory;
use targets::notes::TargetNotes;
use targets::of_profiles::ProfileTargets;
use targets::settings::TargetSettingsFinder;
use tokens::Tokens;
use tokens::access_tokens::AccessTokens;
use tokens::registrations::Registrations;
use tokens::sign_in_records::SignInRecords;
use view_states::ViewStates;
use work_region::Regions;

/// What a user can do, as services; made once by a command.
///
/// A service owns its parts and is given the services that it needs, so the services form a graph without
/// circles: each line of [`App::new`] uses only what stands above it.
pub struct App {
    pub context: Arc<Context>,
    pub sessions: Arc<Sessions>,
    pub history: Arc<UsageHistory>,
    pub view_states: ViewStates,
    pub notes: TargetNotes,
    pub pages: Arc<Pages>,
    pub tokens: Arc<Tokens>,
    pub sources: Arc<Sources>,
    pub credentials: Arc<Credentials>,
    pub sign_out: Arc<SignOut>,
    pub sign_in: Arc<SignIn>,
    pub catalogs: Arc<Catalogs>,
    pub iam: IamServices,
    pub rules: Arc<Rules>,
    pub guards: Guards,
    pub account_colors: AccountColors,
    pub regions: Arc<Regions>,
    pub projects: Projects,
    pub listings: Arc<Listings>,
    pub targets: Arc<Targets>,
    pub profile_targets: Arc<ProfileTargets>,
    pub default_targets: DefaultTargetFinder,
    pub console: Console,
    pub last_pages: Arc<LastPages>,
    pub exports: Exports,
    pub open_shells: Arc<OpenShells>,
    pub shells: Arc<Shells>,
    pub target_settings: Arc<TargetSettingsFinder>,
    pub notifications: Notifications,
    pub batches: Batches,
    pub servers: Servers,
    pub profiles: Profiles,
    pub callers: Callers,
    pub identities: Arc<Identities>,
    pub status: Arc<Status>,
    pub doctor: Doctor,
}

impl App {
    /// Makes the services; touches neither disk nor network.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let context = &Arc::new(Context::new(settings));
        let connection = &Arc::new(Connection::new(context));
        let pacers = &Arc::new(Pacers::new(context));
        let sessions = &Arc::new(Sessions::new(context));
        let history = &Arc::new(UsageHistory::new(context));
        let browsers = &Arc::new(Browsers::new(context));
        let pages = &Arc::new(Pages::new(context, connection, browsers));
        let records = &Arc::new(SignInRecords::new(context));
        let registrations = &Arc::new(Registrations::new(context, connection));
        let tokens = &Arc::new(Tokens::new(context, records));
        let access = &Arc::new(AccessTokens::new(context, connection, records, tokens));
        let chained = &Arc::new(ChainedRoles::new(context));
        let catalogs = &Arc::new(Catalogs::new(context, tokens, chained));
        let iam = IamServices::new(context, connection, sessions);
        let users = &iam.sessions;
        let chains = &Arc::new(Chains::new(context, connection));
        let sources = &Arc::new(Sources::new(
            connection, records, tokens, access, pacers, users, chains,
        ));
        let rules = &Arc::new(Rules::new(context, sessions, catalogs));
        let agents = &Arc::new(Agents::new(context, sessions, rules));
        let assumed = AssumedRoles::new(context, connection, catalogs);
        let credentials = &Arc::new(Credentials::new(context, agents, tokens, sources, assumed));
        let regions = &Arc::new(Regions::new(context, rules));
        let listings = &Arc::new(Listings::new(context, tokens, access, catalogs, pacers));
        let sign_out = &Arc::new(SignOut::new(
            context,
            connection,
            tokens,
            credentials,
            catalogs,
            users,
        ));
        let flows = Flows::new(context, connection, registrations, pages);
        let sign_in = SignIn::new(context, tokens, access, records, sign_out, flows);
        let targets = &Arc::new(Targets::new(
            context, sessions, sources, catalogs, listings, history,
        ));
        let profile_targets = &Arc::new(ProfileTargets::new(context, sessions, regions, catalogs, targets));
        let identities = &Arc::new(Identities::new(
            context,
            sessions,
            sources,
            catalogs,
            credentials,
            rules,
        ));
        let status = &Arc::new(Status::new(
            sessions,
            tokens,
            sources,
            catalogs,
            credentials,
            registrations,
        ));
        let last_pages = &Arc::new(LastPages::new(context));
        let places = &Arc::new(ConsolePlaces::new(context, regions, rules, last_pages));
        let open_shells = &Arc::new(OpenShells::new(context));
        let target_settings = TargetSettingsFinder::new(context, sessions, regions, rules, sources);
        let target_settings = &Arc::new(target_settings);
        let shells = &Arc::new(Shells::new(context, target_settings, credentials, open_shells));
        let elsewhere = ChecksElsewhere::new(context, connection, sessions, pages);
        Self {
            iam,
            notifications: Notifications::new(context, sessions, sources),
            open_shells: Arc::clone(open_shells),
            default_targets: DefaultTargetFinder::new(context, targets, profile_targets),
            profile_targets: Arc::clone(profile_targets),
            console: Console::new(context, connection, sessions, credentials, pages, places),
            last_pages: Arc::clone(last_pages),
            exports: Exports::new(context, target_settings),
            shells: Arc::clone(shells),
            target_settings: Arc::clone(target_settings),
            batches: Batches::new(credentials, shells, history),
            servers: Servers::new(context, target_settings, credentials, open_shells),
            notes: TargetNotes::new(context),
            profiles: Profiles::new(context, sessions, catalogs),
            doctor: Doctor::new(context, sessions, regions, identities, status, elsewhere),
            sign_in: Arc::new(sign_in),
            view_states: ViewStates::new(context),
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            history: Arc::clone(history),
            pages: Arc::clone(pages),
            tokens: Arc::clone(tokens),
            sources: Arc::clone(sources),
            credentials: Arc::clone(credentials),
            sign_out: Arc::clone(sign_out),
            catalogs: Arc::clone(catalogs),
            guards: Guards::new(context, rules),
            account_colors: AccountColors::new(context, connection, sessions, credentials, rules),
            rules: Arc::clone(rules),
            projects: Projects::new(context, regions),
            regions: Arc::clone(regions),
            listings: Arc::clone(listings),
            targets: Arc::clone(targets),
            callers: Callers::new(connection),
            identities: Arc::clone(identities),
            status: Arc::clone(status),
        }
    }

    /// The services for a shell that may hold what `gk` set: the user did not ask for that, so it is ignored,
    /// and what remains decides the Region.
    #[must_use]
    pub fn for_shell(mut settings: Settings) -> (Self, ShellState) {
        let state = ShellState::of(&settings.environment);
        settings.environment = settings.environment.without(&state.set);
        (Self::new(settings), state)
    }

    /// What `text` means and its credentials, where both are cached. Needs no runtime.
    #[must_use]
    pub fn cached_answer(&self, text: &str) -> Option<(Target, RoleCredentials)> {
        self.targets.cached_targets(text).find_map(|(session, target)| {
            let credentials = self.credentials.cached_credentials(&session, &target)?;
            log::debug!(
                "credentials from the cache target={target} until={}",
                credentials.expires_at
            );
            Some((target, credentials))
        })
    }
}
