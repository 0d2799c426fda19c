//! What is handed out to programs that act for the user: only what `[agents]` of the preferences allows.

pub(super) mod error;

use std::sync::Arc;

use crate::app::agents::error::NotAllowed;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::rules::Rules;
use crate::app::sessions::{SessionError, Sessions};
use crate::domain::{SsoSession, Target};

/// Decides what may be handed out here.
pub(in crate::app) struct Agents {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    rules: Arc<Rules>,
}

impl Agents {
    pub(in crate::app) fn new(context: &Arc<Context>, sessions: &Arc<Sessions>, rules: &Arc<Rules>) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            rules: Arc::clone(rules),
        }
    }

    /// Whether a target may be handed out.
    pub(in crate::app) fn check(&self, target: &Target) -> Result<(), NotAllowed> {
        let settings = &self.context.settings;
        let (Some(variable), Some(agents)) = (settings.restricted_by(), &settings.preferences.agents) else {
            return Ok(());
        };
        if self.rules.fits(&agents.allow, target) {
            return Ok(());
        }
        Err(NotAllowed {
            target: self.rules.written(target),
            variable,
        })
    }

    /// The SSO session of a target that may be handed out.
    pub(in crate::app) fn session_of(&self, target: &Target) -> Result<SsoSession, AppError> {
        self.check(target)?;
        Ok(self.sessions.session(Some(&target.session))?)
    }

    /// The SSO session of a target, for what hands out nothing.
    pub(in crate::app) fn any_session_of(&self, target: &Target) -> Result<SsoSession, SessionError> {
        self.sessions.session(Some(&target.session))
    }
}
