//! Signing out: on the server, and here.

use super::turns::{Step, Waited};
use super::{Portal, PortalError};
use crate::aws::AwsError;
use crate::domain::SsoSession;

impl Portal {
    /// Ends the portal session on the server and forgets its tokens and cached credentials here.
    /// True when there was one.
    pub async fn sign_out(&self, session: &SsoSession) -> Result<bool, PortalError> {
        // A refresh under way is let end first, so that its tokens are not written after ours went.
        let never = || None::<()>;
        let _turn: Waited<'_, ()> = self
            .wait_for_turn(Step::Refresh, session.token_key(), never)
            .await;
        let known = self.known_token(session);
        let told = match &known {
            Ok(Some(tokens)) => match self.aws().await {
                Ok(aws) => aws
                    .logout(session, &tokens.access_token)
                    .await
                    .map_err(PortalError::from),
                Err(error) => Err(error),
            },
            _ => Ok(()),
        };
        // Whatever the server says, nothing stays here.
        self.forget(session)?;
        match told {
            // It was over already.
            Err(PortalError::Aws(
                AwsError::Unauthorized | AwsError::NotFound(_) | AwsError::Forbidden(_),
            )) => {}
            other => other?,
        }
        Ok(known?.is_some())
    }

    fn forget(&self, session: &SsoSession) -> Result<(), PortalError> {
        self.forget_credentials(session, || {
            if let Ok(mut memory) = self.in_memory.lock() {
                memory.remove(&session.name);
            }
            Ok(self.tokens.remove(session)?)
        })
    }
}
