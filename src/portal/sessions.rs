//! Which SSO sessions there are, and making the first one.

use super::{Portal, PortalError};
use crate::domain::SsoSession;
use crate::store::AwsConfig;

impl Portal {
    /// The SSO sessions of `~/.aws/config`, named ones first, and what was wrong with others.
    pub fn sessions(&self) -> Result<(Vec<SsoSession>, Vec<String>), PortalError> {
        let config = AwsConfig::load(&self.settings.paths)?;
        Ok((config.sso_sessions(), config.problems()))
    }

    /// The session of a name; without a name the preferred one, or the only one.
    pub fn session(&self, name: Option<&str>) -> Result<SsoSession, PortalError> {
        let (sessions, problems) = self.sessions()?;
        let known = || sessions.iter().map(|s| s.name.clone()).collect::<Vec<_>>();
        let preferred = self.settings.preferences.session.as_deref();
        if let Some(name) = name.or(preferred) {
            return sessions.iter().find(|s| s.name == name).cloned().ok_or_else(|| {
                PortalError::UnknownSession {
                    name: name.to_owned(),
                    known: known(),
                }
            });
        }
        match sessions.as_slice() {
            [] => Err(PortalError::NoSession {
                config: self.settings.paths.aws_config.clone(),
                problems,
            }),
            [one] => Ok(one.clone()),
            _ => Err(PortalError::WhichSession { known: known() }),
        }
    }

    /// Checks that Identity Center knows the session's start URL in its Region, then writes the
    /// `[sso-session]`. Every other byte of the file stays.
    pub async fn create_session(&self, session: &SsoSession) -> Result<(), PortalError> {
        self.check_session(session).await?;
        AwsConfig::add_sso_session(&self.settings.paths, session)?;
        Ok(())
    }
}
