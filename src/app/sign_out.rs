//! Signing out: on the server, and here.

use super::turns::{Step, Turn, Waited};
use super::{App, AppError};
use crate::aws::AwsError;
use crate::domain::{SsoSession, TokenSet};

/// What became of a sign-out. Either half can fail without the other.
#[derive(Debug)]
pub struct SignedOut {
    /// Whether someone was signed in, as far as that could be read.
    pub was_signed_in: bool,
    /// Whether the portal session has ended on the server.
    pub server: Result<(), AppError>,
    /// Whether tokens and credentials are gone from this machine.
    pub here: Result<(), AppError>,
}

impl App {
    /// Ends the portal session on the server and forgets its tokens and cached credentials here.
    pub async fn sign_out(&self, session: &SsoSession) -> SignedOut {
        // A refresh under way is let end first, so that its tokens are not written after ours went.
        let never = || None::<()>;
        let _turn: Waited<Turn<'_>, ()> = self
            .context
            .wait_for_turn(Step::Refresh, session.token_key(), never)
            .await;
        let (was_signed_in, server) = match self.known_token(session) {
            Ok(Some(tokens)) => (true, self.end_on_server(session, &tokens).await),
            Ok(None) => (false, Ok(())),
            Err(error) => (true, Err(error)),
        };
        SignedOut {
            was_signed_in,
            server,
            // Whatever the server says, nothing stays here.
            here: self.forget_sign_in(session),
        }
    }

    /// Ends the portal session of these tokens on the server.
    pub(super) async fn end_on_server(
        &self,
        session: &SsoSession,
        tokens: &TokenSet,
    ) -> Result<(), AppError> {
        match self
            .connection
            .aws()
            .await?
            .logout(session, &tokens.access_token)
            .await
        {
            // It was over already.
            Err(AwsError::Unauthorized | AwsError::NotFound(_) | AwsError::Forbidden(_)) => Ok(()),
            done => Ok(done?),
        }
    }

    /// Forgets the tokens and cached credentials of a session on this machine.
    pub(super) fn forget_sign_in(&self, session: &SsoSession) -> Result<(), AppError> {
        self.forget_credentials(session, || {
            if let Ok(mut memory) = self.in_memory.lock() {
                memory.remove(&session.name);
            }
            Ok(self.tokens.remove(session)?)
        })
    }
}
