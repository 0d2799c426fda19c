//! What holds for a target: its session, its Region, and what rules say of it. Everything that works as a target asks
//! here, so that a shell, an export and a server agree.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::rules::Rules;
use crate::app::sessions::Sessions;
use crate::app::sources::Sources;
use crate::app::work_region::Regions;
use crate::domain::rules::TargetRules;
use crate::domain::{SsoSession, Target, WorkRegion};

/// What holds for a target.
pub(in crate::app) struct TargetSettings {
    pub(in crate::app) session: SsoSession,
    pub(in crate::app) region: WorkRegion,
    pub(in crate::app) rules: TargetRules,
}

/// Looks up what holds for a target.
pub struct TargetSettingsFinder {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    regions: Arc<Regions>,
    rules: Arc<Rules>,
    sources: Arc<Sources>,
}

impl TargetSettingsFinder {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        sessions: &Arc<Sessions>,
        regions: &Arc<Regions>,
        rules: &Arc<Rules>,
        sources: &Arc<Sources>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            regions: Arc::clone(regions),
            rules: Arc::clone(rules),
            sources: Arc::clone(sources),
        }
    }

    /// The session, the Region and the rules of a target.
    pub(in crate::app) fn settings_of(&self, target: &Target) -> Result<TargetSettings, AppError> {
        let session = self.sessions.session(Some(&target.session))?;
        Ok(TargetSettings {
            region: self.regions.work_region(&session, target)?,
            rules: self.rules.of_target(target),
            session,
        })
    }

    /// When the sign-in to a session ends, where that is known and still to come.
    #[must_use]
    pub fn sign_in_end(&self, session: &SsoSession) -> Option<Timestamp> {
        let end = self.sources.state(session).ends();
        end.filter(|end| *end > self.context.now())
    }
}
