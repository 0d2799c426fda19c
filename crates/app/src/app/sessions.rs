//! Which sources there are: SSO sessions, the IAM users whose keys are kept, and what chains of roles begin with that
//! profiles name. All are named and chosen alike.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::app::context::Context;
use crate::domain::targets::chained_roles::source_credentials::may_be_of_a_chain;
use crate::domain::targets::iam_user::IamUser;
use crate::domain::text::clean_text;
use crate::domain::{Region, SessionKind, SsoSession};
use crate::settings::env;
use crate::store::{
    BrokenSession, CatalogCache, ConfigFile, IamUsersFile, ProfileGraph, SharedFile, StoreError,
};

/// Why there is no SSO session to work with.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("no SSO session is configured in `{}`", config.display())]
    NoneConfigured { config: PathBuf, problems: Vec<String> },
    #[error("no SSO session is configured: {variable} names `{}`, which doesn't exist", config.display())]
    NoConfigFile { variable: &'static str, config: PathBuf },
    #[error("SSO session `{name}` not found")]
    Unknown { name: String, known: Vec<String> },
    #[error("missing or incomplete SSO session `{name}`: {reason}")]
    Broken {
        name: String,
        reason: String,
        line: usize,
        /// The file in words.
        config: String,
    },
    #[error("several SSO sessions are configured and none was named")]
    NoneNamed { known: Vec<String> },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SessionError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::NoneConfigured { problems, .. } => {
                let problems = problems.iter().map(|problem| format!("in that file, {problem}"));
                let next = [
                    "run `genkan` in a terminal: it asks for the start URL and the Region",
                    "or try the demo, which needs no AWS account: `genkan demo`",
                ];
                problems.chain(next.map(str::to_owned)).collect()
            }
            Self::NoConfigFile { variable, .. } => vec![
                format!("correct or unset {variable}"),
                "or run `genkan` in a terminal: it asks for the start URL and writes that file".to_owned(),
            ],
            Self::Unknown { known, .. } if known.is_empty() => {
                vec!["no SSO session is configured; run `genkan` to set one up".to_owned()]
            }
            Self::Unknown { known, .. } => vec![format!("configured SSO sessions: {}", known.join(", "))],
            Self::Broken { line, config, .. } => vec![
                format!("correct the section in `{config}`, line {line}"),
                "`genkan doctor` lists all problems in the file".to_owned(),
            ],
            Self::NoneNamed { known } => vec![
                format!("specify one of {}", known.join(", ")),
                "or set `session = \"NAME\"` in genkan's config.toml".to_owned(),
            ],
            Self::Store(error) => error.hints(),
        }
    }
}

/// Finds SSO sessions.
pub struct Sessions {
    context: Arc<Context>,
    users: IamUsersFile,
    catalogs: CatalogCache,
    /// Where chains of roles begin elsewhere, as it was found in these readings of the shared files.
    chains: Mutex<Option<KnownChains>>,
}

type KnownChains = ([Arc<SharedFile>; 2], Arc<[SsoSession]>);

impl Sessions {
    pub(in crate::app) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            users: IamUsersFile::new(&context.settings.paths),
            catalogs: CatalogCache::new(&context.settings.paths),
            chains: Mutex::default(),
        }
    }

    /// The SSO sessions of `~/.aws/config`, named ones first, then IAM users, then where chains of roles begin elsewhere; and
    /// what was wrong with others.
    pub fn sessions(&self) -> Result<(Vec<SsoSession>, Vec<String>), SessionError> {
        let config = self.context.aws_files.config()?;
        let (users, clashes) = self.users_beside(config.sso_sessions());
        let mut sessions = [config.sso_sessions(), &users].concat();
        self.add_listed_chains(&mut sessions);
        Ok((sessions, [config.problems(), clashes].concat()))
    }

    /// Where chains begin elsewhere, by its name.
    pub(in crate::app) fn chain(&self, name: &str) -> Option<SsoSession> {
        may_be_of_a_chain(name).then_some(())?;
        self.chain_sources().iter().find(|it| it.name == name).cloned()
    }

    /// Adds to other sources where chains begin elsewhere, unless the preferences leave them out of lists.
    pub(in crate::app) fn add_listed_chains(&self, sessions: &mut Vec<SsoSession>) {
        if self.context.settings.preferences.profile_roles == Some(false) {
            return;
        }
        let is_new = |source: &&SsoSession| sessions.iter().all(|session| session.name != source.name);
        let chains: Vec<SsoSession> = self.chain_sources().iter().filter(is_new).cloned().collect();
        sessions.extend(chains);
    }

    /// The IAM users that are kept, as sources, beside the SSO sessions of a config file. One that has a session's name is
    /// left out, with a sentence: what a name means in front of a TARGET must not change with the order of things.
    pub(in crate::app) fn users_beside(&self, sessions: &[SsoSession]) -> (Vec<SsoSession>, Vec<String>) {
        let users = self.context.take_value(self.users.load()).unwrap_or_default();
        let (clashing, users): (Vec<_>, Vec<_>) = users
            .into_iter()
            .partition(|user| sessions.iter().any(|session| session.name == user.name));
        let words = |user: IamUser| {
            format!(
                "the IAM user `{0}` is ignored: an SSO session has the name `{0}`",
                user.name
            )
        };
        (
            users
                .iter()
                .filter_map(|user| self.source_of(user, sessions))
                .collect(),
            clashing.into_iter().map(words).collect(),
        )
    }

    /// An IAM user as a source. Its account has the name that it has in a session's catalog: the user itself knows none.
    pub(in crate::app) fn source_of(&self, user: &IamUser, sessions: &[SsoSession]) -> Option<SsoSession> {
        let mut source = user.source()?;
        if let SessionKind::IamUser(own) = &mut source.kind
            && let Some(account) = self.catalogs.find_account(sessions, &own.account.id)
        {
            own.account = account;
        }
        Some(source)
    }

    /// The same beside the sessions of the config file.
    pub(in crate::app) fn source_of_user(&self, user: &IamUser) -> Option<SsoSession> {
        match self.context.aws_files.config() {
            Ok(config) => self.source_of(user, config.sso_sessions()),
            Err(_) => user.source(),
        }
    }

    /// Where chains of roles begin elsewhere, as profiles name it: read from both files, and from nothing else.
    pub(in crate::app) fn chain_sources(&self) -> Arc<[SsoSession]> {
        let none = || Arc::from([]);
        let Ok(config) = self.context.aws_files.config() else {
            return none();
        };
        if !config.profiles().iter().any(|profile| profile.has("role_arn")) {
            return none();
        }
        let Ok(credentials) = self.context.aws_files.credentials() else {
            return none();
        };
        let files = [config, credentials];
        if let Ok(known) = self.chains.lock()
            && let Some((read, sources)) = known.as_ref()
            && read
                .iter()
                .zip(&files)
                .all(|(one, other)| Arc::ptr_eq(one, other))
        {
            return Arc::clone(sources);
        }
        let [config, credentials] = &files;
        let profiles = credentials.credentials_profiles();
        let source_credentials = ProfileGraph::new(config.profiles(), &profiles).source_credentials();
        let said = self.region_of_chains(config);
        let found = source_credentials
            .into_iter()
            .filter_map(|(credentials, partition)| {
                let region = said.clone().filter(|region| region.partition() == partition);
                SsoSession::of_chain(credentials, region.unwrap_or_else(|| partition.home_region()))
            });
        let found: Arc<[SsoSession]> = found.collect();
        if let Ok(mut known) = self.chains.lock() {
            *known = Some((files, Arc::clone(&found)));
        }
        found
    }

    /// The Region whose STS is asked where a role's profile says none, as far as it is said.
    fn region_of_chains(&self, config: &ConfigFile) -> Option<Region> {
        let environment = &self.context.settings.environment;
        let of_variable = |name| environment.get(name)?.parse().ok();
        let variables = [env::AWS_REGION, env::AWS_DEFAULT_REGION];
        let of_profile = || config.default_region()?.text.parse().ok();
        variables.into_iter().find_map(of_variable).or_else(of_profile)
    }

    /// The source of a name; without a name the preferred one, or the only one. An IAM user is that only where there is no
    /// SSO session, so that keeping a key changes no command that names none; what chains begin with needs no sign-in, and is
    /// meant by its name alone.
    pub fn session(&self, name: Option<&str>) -> Result<SsoSession, SessionError> {
        let config = self.context.aws_files.config()?;
        let sessions = config.sso_sessions();
        if let Some(found) = name.and_then(|name| sessions.iter().find(|s| s.name == name)) {
            return Ok(found.clone());
        }
        let (users, _) = self.users_beside(sessions);
        let all = [sessions, &users].concat();
        let known = || all.iter().map(|s| s.name.clone()).collect::<Vec<_>>();
        let preferred = self.context.settings.preferences.session.as_deref();
        // A broken one says what is wrong with it.
        let is_there = |name: &&str| {
            find_session(&all, name).is_some()
                || config.broken_session(name).is_some()
                || self.chain(name).is_some()
        };
        let preferred = preferred
            .filter(is_there)
            .or_else(|| self.note_unknown_session(preferred));
        if let Some(name) = name.or(preferred) {
            let found = find_session(&all, name).cloned();
            return found
                .or_else(|| self.chain(name))
                .ok_or_else(|| match config.broken_session(name) {
                    Some(broken) => self.broken(broken),
                    None => SessionError::Unknown {
                        name: name.to_owned(),
                        known: known(),
                    },
                });
        }
        match (sessions, users.as_slice()) {
            ([], []) => Err(self.no_session(&config)),
            ([one], _) | ([], [one]) => Ok(one.clone()),
            _ => Err(SessionError::NoneNamed { known: known() }),
        }
    }

    /// The sessions whose profiles are written: all, or the one that is named. A profile's own start
    /// URL is left out where an `[sso-session]` leads to the same portal: it would name all twice.
    pub fn profile_sessions(&self, name: Option<&str>) -> Result<Vec<SsoSession>, SessionError> {
        if name.is_some() {
            return Ok(vec![self.session(name)?]);
        }
        let (mut sessions, _) = self.sessions()?;
        // Their roles are profiles already.
        sessions.retain(|session| session.source_credentials().is_none());
        if sessions.is_empty() {
            self.session(None)?;
        }
        let twice = |session: &SsoSession| {
            session.kind == SessionKind::Legacy
                && sessions.iter().any(|other| {
                    other.kind == SessionKind::Named
                        && other.region == session.region
                        && other.start_url.same_portal(&session.start_url)
                })
        };
        Ok(sessions.iter().filter(|s| !twice(s)).cloned().collect())
    }

    /// Says that the preferences name a session that is not there; what follows goes without it.
    pub(in crate::app) fn note_unknown_session(&self, preferred: Option<&str>) -> Option<&'static str> {
        if let Some(name) = preferred {
            self.context.notices.add_warning(&format!(
                "ignored setting `session`: SSO session `{name}` not found"
            ));
        }
        None
    }

    /// Why a file gives no session: the only one is broken, or there is none.
    pub(in crate::app) fn no_session(&self, config: &ConfigFile) -> SessionError {
        let path = &self.context.settings.paths.aws_config;
        if self
            .context
            .settings
            .environment
            .get(env::AWS_CONFIG_FILE)
            .is_some()
            && !path.exists()
        {
            return SessionError::NoConfigFile {
                variable: env::AWS_CONFIG_FILE,
                config: path.clone(),
            };
        }
        let mut broken = config.broken_sessions().into_iter();
        match (broken.next(), broken.next()) {
            (Some(only), None) if !only.name.is_empty() => self.broken(only),
            _ => SessionError::NoneConfigured {
                config: self.context.settings.paths.aws_config.clone(),
                problems: config.problems(),
            },
        }
    }

    fn broken(&self, broken: BrokenSession) -> SessionError {
        SessionError::Broken {
            name: clean_text(&broken.name),
            reason: broken.reason,
            line: broken.line,
            config: self
                .context
                .settings
                .paths
                .display_path(&self.context.settings.paths.aws_config),
        }
    }
}

/// The session of a name; where none has it exactly, the only one that differs in nothing but case.
pub(in crate::app) fn find_session<'s>(sessions: &'s [SsoSession], name: &str) -> Option<&'s SsoSession> {
    sessions.iter().find(|s| s.name == name).or_else(|| {
        let mut alike = sessions.iter().filter(|s| s.name.eq_ignore_ascii_case(name));
        alike.next().filter(|_| alike.next().is_none())
    })
}
