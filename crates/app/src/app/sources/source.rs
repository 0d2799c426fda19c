//! What every kind of source does in its own way.

use futures_util::future::BoxFuture;

use crate::app::error::AppError;
use crate::domain::{RoleCredentials, SignInId, SignInState, SsoSession, Target};
use crate::store::StoreError;

/// Whether credentials that are there will do.
pub(in crate::app) type WillDo<'a> = &'a (dyn Fn(&RoleCredentials) -> bool + Sync);

/// Whether a request goes before those that stand in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Haste {
    SomeoneWaits,
    InTurn,
}

/// New credentials, their expiration as AWS has it, and the sign-in that they came from.
pub(in crate::app) struct Issued {
    pub(in crate::app) credentials: RoleCredentials,
    pub(in crate::app) sign_in: SignInId,
}

/// A kind of source.
pub(in crate::app) trait Source: Send + Sync {
    /// The sign-in that is there now; `None` where no one is signed in.
    fn sign_in(&self, session: &SsoSession) -> Result<Option<SignInId>, StoreError>;

    /// How the sign-in stands, as far as it is known without asking AWS.
    fn state(&self, session: &SsoSession) -> SignInState;

    /// Asks for credentials of a target that is the source's own: not for those again that won't do.
    fn issue<'a>(
        &'a self,
        session: &'a SsoSession,
        target: &'a Target,
        haste: Haste,
        will_do: WillDo<'a>,
    ) -> BoxFuture<'a, Result<Issued, AppError>>;

    /// Makes a small request, whose answer confirms or contradicts what is known of AWS's clock.
    fn confirm_clock<'a>(&'a self, session: &'a SsoSession) -> BoxFuture<'a, ()>;
}
