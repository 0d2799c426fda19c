//! Signing out: on the server, and here.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::catalogs::Catalogs;
use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::credentials::Credentials;
use crate::app::error::AppError;
use crate::app::iam_users::user_sessions::UserSessions;
use crate::app::locks::process_lock::ProcessLock;
use crate::app::locks::scope::LockScope;
use crate::app::locks::single_flight::WaitOutcome;
use crate::app::tokens::Tokens;
use crate::aws::AwsError;
use crate::domain::{SignInState, SsoSession, TokenSet};
use crate::store::{FileLock, StoreError};

/// What became of a sign-out. Either half can fail without the other.
#[derive(Debug)]
pub struct SignedOut {
    /// Whether someone was signed in, as far as that could be read.
    pub was_signed_in: bool,
    /// Whether the portal session has ended on the server.
    pub server: Result<(), AppError>,
    /// Whether tokens and credentials are gone from this machine.
    pub here: Result<(), StoreError>,
}

/// Ends sign-ins.
pub struct SignOut {
    context: Arc<Context>,
    connection: Arc<Connection>,
    tokens: Arc<Tokens>,
    credentials: Arc<Credentials>,
    catalogs: Arc<Catalogs>,
    user_sessions: Arc<UserSessions>,
}

impl SignOut {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        tokens: &Arc<Tokens>,
        credentials: &Arc<Credentials>,
        catalogs: &Arc<Catalogs>,
        user_sessions: &Arc<UserSessions>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            tokens: Arc::clone(tokens),
            credentials: Arc::clone(credentials),
            catalogs: Arc::clone(catalogs),
            user_sessions: Arc::clone(user_sessions),
        }
    }

    /// Ends the portal session on the server and forgets its tokens and cached credentials here.
    pub fn sign_out<'a>(&'a self, session: &'a SsoSession) -> BoxFuture<'a, SignedOut> {
        Box::pin(async move {
            if session.is_iam_user() {
                return self.forget_user(session).await;
            }
            if !session.is_listed() {
                return SignedOut {
                    was_signed_in: true,
                    server: Ok(()),
                    here: self.forget_sign_in(session).await,
                };
            }
            // A refresh under way is let end first, so that its tokens are not written after ours went.
            let never = || None::<()>;
            let _lock: WaitOutcome<ProcessLock<'_>, ()> = self
                .context
                .lock_or_find(LockScope::Refresh, session.token_key(), never)
                .await;
            let (was_signed_in, server) = match self.tokens.known_token(session) {
                Ok(Some(tokens)) => (true, self.end_on_server(session, &tokens).await),
                Ok(None) => (false, Ok(())),
                Err(error) => (true, Err(error.into())),
            };
            SignedOut {
                was_signed_in,
                server,
                // Whatever the server says, nothing stays here.
                // Who signs in next may be another user, and the list is not theirs.
                here: self
                    .forget_sign_in(session)
                    .await
                    .and(self.catalogs.forget_catalog(session)),
            }
        })
    }

    /// Forgets the sessions of an IAM user and what they brought. Its key stays, and AWS has nothing that could be ended.
    async fn forget_user(&self, session: &SsoSession) -> SignedOut {
        let user = self.user_sessions.user_of(session);
        let state = user.map_or(SignInState::SignedOut, |user| self.user_sessions.state(&user));
        let forgotten = self.user_sessions.forget(&session.name);
        SignedOut {
            was_signed_in: state.is_signed_in(),
            server: Ok(()),
            here: self.forget_sign_in(session).await.and(forgotten),
        }
    }

    /// Ends the portal session before a new sign-in, and forgets its tokens. What could not be done is
    /// returned, one sentence each.
    ///
    /// # Errors
    /// Where the network fails: then the sign-in that is there stays.
    pub(in crate::app) async fn end_session_before(
        &self,
        session: &SsoSession,
    ) -> Result<Vec<String>, AppError> {
        let mut not_done = Vec::new();
        let ended = match self.tokens.known_token(session) {
            Ok(Some(tokens)) => self.end_on_server(session, &tokens).await,
            _ => Ok(()),
        };
        match ended {
            Err(AppError::Aws(error)) if error.is_about_the_network() => return Err(error.into()),
            Err(error) => not_done.push(format!(
                "the previous portal session could not be ended on AWS and may still be active: {error}"
            )),
            Ok(()) => {}
        }
        if let Err(error) = self.forget_sign_in(session).await {
            not_done.push(format!(
                "the previous sign-in could not be deleted on this machine: {error}"
            ));
        }
        Ok(not_done)
    }

    /// Ends the portal session of these tokens on the server.
    async fn end_on_server(&self, session: &SsoSession, tokens: &TokenSet) -> Result<(), AppError> {
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

    /// Forgets the cached credentials of a session whose tokens are changed under this lock.
    pub(in crate::app) fn forget_credentials(
        &self,
        session: &SsoSession,
        locked: &FileLock,
    ) -> Result<(), StoreError> {
        self.credentials.forget_credentials(session, locked)
    }

    /// Forgets the tokens and cached credentials of a session on this machine.
    async fn forget_sign_in(&self, session: &SsoSession) -> Result<(), StoreError> {
        let lock = self.tokens.lock_tokens(session).await;
        let tokens = self.tokens.forget_tokens(session);
        self.forget_credentials(session, &lock)?;
        tokens
    }
}
