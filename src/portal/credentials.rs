//! Role credentials of a target: from the cache while they live long enough, else vended.
//!
//! One vends, all others of the same target read what it kept. Credentials are kept only beside
//! the sign-in that they came from, and go with it.

use jiff::Timestamp;

use super::tokens::nobody;
use super::turns::{Step, Waited};
use super::{Portal, PortalError};
use crate::aws::{AwsError, portal_host};
use crate::domain::history::TargetKey;
use crate::domain::{RoleCredentials, SsoSession, Target};
use crate::store::FileLock;

impl Portal {
    /// Credentials for a target, with at least 15 minutes left where the permission set allows.
    pub async fn role_credentials(&self, target: &Target) -> Result<RoleCredentials, PortalError> {
        self.credentials_where(target, |_| true).await
    }

    /// Credentials that end later than the ones somebody holds: another process's, or new ones.
    pub(super) async fn role_credentials_beyond(
        &self,
        target: &Target,
        end: Timestamp,
    ) -> Result<RoleCredentials, PortalError> {
        self.credentials_where(target, |known| known.expires_at > end)
            .await
    }

    /// Cached credentials that will do, else new ones.
    async fn credentials_where(
        &self,
        target: &Target,
        will_do: impl Fn(&RoleCredentials) -> bool,
    ) -> Result<RoleCredentials, PortalError> {
        let session = self.session(Some(&target.session))?;
        // Who isn't signed in need not queue up, nor start TLS, to hear of it.
        if self.known_token(&session)?.is_none() {
            return Err(nobody(&session));
        }
        let key = format!(
            "{}\n{}\n{}",
            session.token_key(),
            target.account_id,
            target.permission_set
        );
        let look = || self.cached_credentials(&session, target).filter(&will_do);
        let _turn = match self.wait_for_turn(Step::Credentials, &key, look).await {
            Waited::Found(known) => {
                tracing::debug!(%target, until = %known.expires_at, "credentials from the cache");
                return Ok(known);
            }
            Waited::Turn(turn) => Some(turn),
            // Two requests are better than none.
            Waited::Late => None,
        };
        let aws = self.aws().await?;
        let pacer = self.pacer(&session);
        let credentials = self
            .with_token(&session, |tokens| {
                let (session, pacer) = (&session, &pacer);
                async move {
                    if let Some(rest) = pacer.long_rest() {
                        return Err(AwsError::Throttled {
                            host: portal_host(session),
                            retry_after: Some(rest),
                        });
                    }
                    let answer = aws
                        .role_credentials(
                            session,
                            &tokens.access_token,
                            &target.account_id,
                            &target.permission_set,
                            || pacer.turn_at_once(),
                        )
                        .await;
                    pacer.heard(&answer);
                    answer
                }
            })
            .await?;
        tracing::info!(%target, until = %credentials.expires_at, "credentials vended");
        self.keep_credentials(&session, target, &credentials);
        Ok(credentials)
    }

    /// Cached credentials that live long enough to be given out, while somebody is signed in.
    #[must_use]
    pub fn cached_credentials(&self, session: &SsoSession, target: &Target) -> Option<RoleCredentials> {
        let now = self.now();
        let known =
            self.noted(
                self.credentials
                    .load(session, &target.account_id, &target.permission_set, now),
            )?;
        // Whoever signed out, with whatever tool, takes no credentials.
        let signed_in = self.known_token(session).is_ok_and(|tokens| tokens.is_some());
        (signed_in && known.enough_left(now)).then_some(known.credentials)
    }

    /// What `text` means and its credentials, where both are known without asking anybody. Needs no
    /// runtime.
    #[must_use]
    pub fn cached_answer(&self, text: &str) -> Option<(Target, RoleCredentials)> {
        self.cached_targets(text).find_map(|(session, target)| {
            let credentials = self.cached_credentials(&session, &target)?;
            tracing::debug!(%target, until = %credentials.expires_at, "credentials from the cache");
            Some((target, credentials))
        })
    }

    /// A cache that can't be written costs a request, not the credentials.
    fn keep_credentials(&self, session: &SsoSession, target: &Target, credentials: &RoleCredentials) {
        let _beside_others = FileLock::shared_soon(&self.kept_lock(session));
        // Somebody may have signed out since these were asked for.
        if matches!(self.known_token(session), Ok(Some(_))) {
            self.try_to_keep(self.credentials.save(
                session,
                &target.account_id,
                &target.permission_set,
                credentials,
                self.now(),
            ));
        }
    }

    /// Forgets what a session's sign-in has brought, and `with_it` in the same breath, so that
    /// nobody keeps credentials of a sign-in that is gone.
    pub(super) fn forget_credentials(
        &self,
        session: &SsoSession,
        with_it: impl FnOnce() -> Result<(), PortalError>,
    ) -> Result<(), PortalError> {
        let _alone = FileLock::soon(&self.kept_lock(session));
        let first = with_it();
        self.credentials.remove_session(session)?;
        first
    }

    fn kept_lock(&self, session: &SsoSession) -> std::path::PathBuf {
        self.locks.path("kept", session.token_key())
    }

    /// Until when credentials of a session's targets live, for the screen.
    #[must_use]
    pub fn credential_expiries(&self, session: &SsoSession) -> Vec<(TargetKey, Timestamp)> {
        self.credentials.expiries(session, self.now())
    }
}
