//! Role credentials of a target: from the cache while they live long enough, else vended.

use jiff::Timestamp;

use super::{Portal, PortalError};
use crate::domain::history::TargetKey;
use crate::domain::{RoleCredentials, Target};

/// How much life credentials must have left to be given out: SDKs that read them refresh 10 to 15
/// minutes before the end.
const ENOUGH_SECONDS: i64 = 15 * 60;

impl Portal {
    /// Credentials for a target, with at least 15 minutes left where the permission set allows.
    pub async fn role_credentials(&self, target: &Target) -> Result<RoleCredentials, PortalError> {
        if let Some(known) = self.cached_credentials(target) {
            return Ok(known);
        }
        let session = self.session(Some(&target.session))?;
        let aws = self.aws().await?;
        let credentials = self
            .with_token(&session, |tokens| {
                let session = &session;
                async move {
                    aws.role_credentials(
                        session,
                        &tokens.access_token,
                        &target.account_id,
                        &target.permission_set,
                    )
                    .await
                }
            })
            .await?;
        // A cache that can't be written costs a request, not the credentials.
        let _ = self.credentials.save(&TargetKey::from(target), &credentials);
        Ok(credentials)
    }

    /// Cached credentials that live long enough to be given out.
    #[must_use]
    pub fn cached_credentials(&self, target: &Target) -> Option<RoleCredentials> {
        let known = self.noted(self.credentials.load(&TargetKey::from(target), self.now()))?;
        (known.seconds_left(self.now()) > ENOUGH_SECONDS).then_some(known)
    }

    /// Until when credentials of a session's targets live, for the screen.
    #[must_use]
    pub fn credential_expiries(&self, session: &str) -> Vec<(TargetKey, Timestamp)> {
        self.credentials.expiries(session, self.now())
    }
}
