//! IAM users whose keys are kept: a session of the user's (GetSessionToken) is what is handed out, and what roles are
//! assumed with. The key itself stays in the keyring.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::app::error::AppError;
use crate::app::iam_users::error::IamUserError;
use crate::app::iam_users::user_sessions::UserSessions;
use crate::app::sources::source::{Haste, Issued, Source, WillDo};
use crate::domain::targets::iam_user::IamUser;
use crate::domain::{SignInId, SignInState, SsoSession, Target};
use crate::store::StoreError;

/// The source of users that `genkan iam-user add` has added.
pub(in crate::app) struct IamUserSource {
    sessions: Arc<UserSessions>,
}

impl IamUserSource {
    pub(super) fn new(sessions: &Arc<UserSessions>) -> Self {
        Self {
            sessions: Arc::clone(sessions),
        }
    }

    async fn open(
        &self,
        source: &SsoSession,
        target: &Target,
        will_do: WillDo<'_>,
    ) -> Result<Issued, AppError> {
        let user = self.sessions.user_of(source)?;
        if !source.owns(&target.account_id, &target.permission_set) {
            return Err(IamUserError::NotItsOwn {
                name: user.name,
                target: target.to_string(),
            }
            .into());
        }
        Ok(Issued {
            credentials: self.sessions.session_that(&user, will_do).await?,
            sign_in: sign_in_of(&user),
        })
    }
}

/// Everything that a key opened belongs together, and nothing of another key's.
fn sign_in_of(user: &IamUser) -> SignInId {
    SignInId::new(format!("{} {}", user.arn, user.key))
}

impl Source for IamUserSource {
    /// There as long as the key is: whether a session takes a code is only known when one is needed.
    fn sign_in(&self, source: &SsoSession) -> Result<Option<SignInId>, StoreError> {
        Ok(self.sessions.user_of(source).ok().as_ref().map(sign_in_of))
    }

    fn state(&self, source: &SsoSession) -> SignInState {
        let user = self.sessions.user_of(source);
        user.map_or(SignInState::SignedOut, |user| self.sessions.state(&user))
    }

    fn issue<'a>(
        &'a self,
        source: &'a SsoSession,
        target: &'a Target,
        _haste: Haste,
        will_do: WillDo<'a>,
    ) -> BoxFuture<'a, Result<Issued, AppError>> {
        self.open(source, target, will_do).boxed()
    }

    /// A second session would cost a second code.
    fn confirm_clock<'a>(&'a self, _source: &'a SsoSession) -> BoxFuture<'a, ()> {
        futures_util::future::ready(()).boxed()
    }
}
