//! The sessions that an IAM user's key opens (GetSessionToken): with a code of the user's MFA device, where there is one.
//! They are what is handed out; the key itself never is.
//!
//! A code works once, and is the one of a device and not of what it is asked for: a caller that can ask for it gives it to
//! [`UserSessions::open`], and the session serves for everything until it ends. One process opens it, all others use
//! what it kept; with a program that knows the code (`mfa_process`), fifty callers cost one code.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::IamUsers;
use super::ask_process::ask_process;
use super::error::IamUserError;
use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::locks::scope::{Busy, LockScope};
use crate::app::locks::single_flight::WaitOutcome;
use crate::aws::{AwsError, MfaCode};
use crate::domain::targets::iam_user::{IamUser, is_mfa_code};
use crate::domain::{PermissionSetName, RoleCredentials, Secret, SignInState, SsoSession, Target};
use crate::settings::env;
use crate::store::{StoreError, UserSessionCache};

/// How long a session is asked for: what STS gives if not said.
const SECONDS: u32 = 12 * 60 * 60;

/// Opens sessions, and keeps them.
pub struct UserSessions {
    context: Arc<Context>,
    connection: Arc<Connection>,
    users: Arc<IamUsers>,
    cache: UserSessionCache,
}

impl UserSessions {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        users: &Arc<IamUsers>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            users: Arc::clone(users),
            cache: UserSessionCache::new(&context.settings.paths),
        }
    }

    /// A session with enough time left: the one that is there, or a new one. Where the user has a device,
    /// `mfa_process` gives the code, or user input is needed.
    #[must_use]
    pub fn session<'a>(&'a self, user: &'a IamUser) -> BoxFuture<'a, Result<RoleCredentials, AppError>> {
        Box::pin(async move { self.session_with(user, None, &|_| true).await })
    }

    /// A session that will do: AWS may have revoked the one that is there.
    pub(in crate::app) async fn session_that(
        &self,
        user: &IamUser,
        will_do: &(dyn Fn(&RoleCredentials) -> bool + Sync),
    ) -> Result<RoleCredentials, AppError> {
        self.session_with(user, None, will_do).await
    }

    /// A new session, with a code of the user's device where there is one. Another process may have opened one since this
    /// was called: then the code is not used.
    #[must_use]
    pub fn open<'a>(
        &'a self,
        user: &'a IamUser,
        code: Option<Secret>,
    ) -> BoxFuture<'a, Result<RoleCredentials, AppError>> {
        Box::pin(async move {
            if code.as_ref().is_some_and(|code| !is_mfa_code(code.expose())) {
                return Err(IamUserError::NotACode.into());
            }
            let before = self.cached(user).map(|session| session.access_key_id);
            let is_newer = |session: &RoleCredentials| Some(&session.access_key_id) != before.as_ref();
            self.session_with(user, code, &is_newer).await
        })
    }

    /// Forgets the session that is there. AWS keeps it valid until it ends.
    pub(in crate::app) fn forget(&self, name: &str) -> Result<(), StoreError> {
        self.cache.remove(name)
    }

    /// The user that a source is.
    pub fn user_of(&self, source: &SsoSession) -> Result<IamUser, IamUserError> {
        self.users.user(Some(&source.name))
    }

    /// Reads the user's key, which may need a passphrase, or wait for the keyring.
    #[must_use]
    pub fn check_key<'a>(&'a self, user: &'a IamUser) -> BoxFuture<'a, Result<(), IamUserError>> {
        Box::pin(async move { self.users.key_of(user).await.map(drop) })
    }

    /// The error that says that user input is needed: a code.
    #[must_use]
    pub fn code_required(&self, user: &IamUser) -> IamUserError {
        IamUserError::CodeRequired {
            name: user.name.clone(),
            serial: user.mfa_serial.clone().unwrap_or_default(),
        }
    }

    /// Whether only user input can open a session: there is a device, and no program that knows its codes.
    #[must_use]
    pub fn needs_user_input(&self, user: &IamUser) -> bool {
        user.mfa_serial.is_some() && self.context.settings.preferences.mfa_process.is_none()
    }

    /// How the sign-in of a user stands: what user input opened ends with its session; all others open the next one by
    /// themselves. Neither keyring nor network is asked.
    #[must_use]
    pub fn state(&self, user: &IamUser) -> SignInState {
        let stored = self.context.take_value(self.cache.load(user));
        let until = stored.map(|stored| stored.credentials.expires_at);
        let (now, by_itself) = (self.context.now(), !self.needs_user_input(user));
        match until {
            Some(until) if until > now => SignInState::SignedIn {
                until,
                renews: by_itself,
                ends: None,
            },
            since if by_itself => SignInState::Renewable {
                since: since.unwrap_or(user.key_since),
                ends: None,
            },
            Some(since) => SignInState::Ended { since },
            None => SignInState::SignedOut,
        }
    }

    async fn session_with(
        &self,
        user: &IamUser,
        code: Option<Secret>,
        will_do: &(dyn Fn(&RoleCredentials) -> bool + Sync),
    ) -> Result<RoleCredentials, AppError> {
        let find_result = || self.cached(user).filter(will_do);
        let lock = self
            .context
            .lock_or_find(LockScope::UserSession, &user.name, find_result)
            .await;
        let _lock = match lock {
            WaitOutcome::Found(known) => return Ok(known),
            WaitOutcome::Acquired(lock) => lock,
            WaitOutcome::TimedOut => return Err(Busy(LockScope::UserSession).into()),
        };
        let code = match (&user.mfa_serial, code) {
            (None, _) => None,
            (Some(serial), Some(code)) => Some((serial, code)),
            (Some(serial), None) => Some((serial, self.ask_program(user, serial).await?)),
        };
        let code = code.map(|(serial, code)| MfaCode {
            serial: serial.clone(),
            code,
        });
        let session = self.request(user, code).await?;
        let now = self.context.clocks().aws();
        self.context.report_unsaved(self.cache.save(user, &session, now));
        Ok(session.for_local_clock(self.context.clocks())?)
    }

    fn cached(&self, user: &IamUser) -> Option<RoleCredentials> {
        let stored = self.context.take_value(self.cache.load(user))?;
        stored.usable_by(self.context.clocks())
    }

    /// The code that the user's program prints.
    async fn ask_program(&self, user: &IamUser, serial: &str) -> Result<Secret, IamUserError> {
        let Some(command) = &self.context.settings.preferences.mfa_process else {
            // One that is there won't do: no one may be told that it is a sign-in.
            let _ = self.cache.remove(&user.name);
            return Err(self.code_required(user));
        };
        let variable = Some((env::GENKAN_MFA_SERIAL, serial));
        let code = ask_process(&self.context, "mfa_process", command, variable).await?;
        if is_mfa_code(code.expose()) {
            Ok(code)
        } else {
            Err(IamUserError::NotACode)
        }
    }

    async fn request(&self, user: &IamUser, code: Option<MfaCode>) -> Result<RoleCredentials, AppError> {
        let key = self.users.key_of(user).await?;
        let aws = self.connection.aws().await?;
        let given = aws
            .session_token(&user.region(), &key, SECONDS, code.as_ref())
            .await;
        given.map_err(|error| match error {
            // Both an old code and a wrong one are refused in these words.
            AwsError::Refused { words, .. } if code.is_some() && words.contains("one time pass code") => {
                IamUserError::CodeRefused.into()
            }
            error => error.into(),
        })
    }
}

/// How rules and records see the session of a user: as what it may do in its account.
#[must_use]
pub fn target_of(user: &IamUser) -> Target {
    Target {
        session: user.name.clone(),
        account_id: user.account_id.clone(),
        account_name: user.account_id.as_str().into(),
        permission_set: PermissionSetName::new(user.arn.user_name()),
    }
}
