//! Which SSO sessions there are, and making the first one.

use std::sync::Arc;

use crate::app::context::Context;
use crate::app::error::AppError;
use crate::domain::text::clean;
use crate::domain::{SessionKind, SsoSession};
use crate::settings::env;
use crate::store::{BrokenSession, ConfigFile};

/// Finds SSO sessions.
pub struct Sessions {
    context: Arc<Context>,
}

impl Sessions {
    pub(in crate::app) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
        }
    }

    /// The SSO sessions of `~/.aws/config`, named ones first, and what was wrong with others.
    pub fn sessions(&self) -> Result<(Vec<SsoSession>, Vec<String>), AppError> {
        let config = self.context.aws_files.config()?;
        Ok((config.sso_sessions().to_vec(), config.problems()))
    }

    /// The session of a name; without a name the preferred one, or the only one.
    pub fn session(&self, name: Option<&str>) -> Result<SsoSession, AppError> {
        let config = self.context.aws_files.config()?;
        let sessions = config.sso_sessions();
        let known = || sessions.iter().map(|s| s.name.clone()).collect::<Vec<_>>();
        let preferred = self.context.settings.preferences.session.as_deref();
        // A broken one says what is wrong with it.
        let is_there = |name: &&str| named(sessions, name).is_some() || config.broken_session(name).is_some();
        let preferred = preferred
            .filter(is_there)
            .or_else(|| self.note_unknown_session(preferred));
        if let Some(name) = name.or(preferred) {
            let found = named(sessions, name).cloned();
            return found.ok_or_else(|| match config.broken_session(name) {
                Some(broken) => self.broken(broken),
                None => AppError::UnknownSession {
                    name: name.to_owned(),
                    known: known(),
                },
            });
        }
        match sessions {
            [] => Err(self.no_session(&config)),
            [one] => Ok(one.clone()),
            _ => Err(AppError::WhichSession { known: known() }),
        }
    }

    /// The sessions whose profiles are written: all, or the one that is named. A profile's own start
    /// URL is left out where an `[sso-session]` leads to the same portal: it would name all twice.
    pub fn profile_sessions(&self, name: Option<&str>) -> Result<Vec<SsoSession>, AppError> {
        if name.is_some() {
            return Ok(vec![self.session(name)?]);
        }
        let (sessions, _) = self.sessions()?;
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
            self.context.notices.say(&format!(
                "ignored setting `session`: SSO session `{name}` not found"
            ));
        }
        None
    }

    /// Why a file gives no session: the only one is broken, or there is none.
    pub(in crate::app) fn no_session(&self, config: &ConfigFile) -> AppError {
        let path = &self.context.settings.paths.aws_config;
        if self
            .context
            .settings
            .environment
            .get(env::AWS_CONFIG_FILE)
            .is_some()
            && !path.exists()
        {
            return AppError::NoConfigFile {
                variable: env::AWS_CONFIG_FILE,
                config: path.clone(),
            };
        }
        let mut broken = config.broken_sessions().into_iter();
        match (broken.next(), broken.next()) {
            (Some(only), None) if !only.name.is_empty() => self.broken(only),
            _ => AppError::NoSession {
                config: self.context.settings.paths.aws_config.clone(),
                problems: config.problems(),
            },
        }
    }

    fn broken(&self, broken: BrokenSession) -> AppError {
        AppError::BrokenSession {
            name: clean(&broken.name),
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
pub(in crate::app) fn named<'s>(sessions: &'s [SsoSession], name: &str) -> Option<&'s SsoSession> {
    sessions.iter().find(|s| s.name == name).or_else(|| {
        let mut alike = sessions.iter().filter(|s| s.name.eq_ignore_ascii_case(name));
        alike.next().filter(|_| alike.next().is_none())
    })
}
