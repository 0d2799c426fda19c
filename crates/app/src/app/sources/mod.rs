//! Where access comes from. What differs between kinds of sources is in one file each; everything else is the same for
//! all of them.
//!
//! A target names its source, and [`Sources::of`] is the table: a new kind has a line there, a file here and a folder in
//! `aws`. A chained role is not a source: `app::credentials` assumes it with another target's credentials.

pub(super) mod chain;
mod iam_user;
pub(super) mod identity_center;
pub(super) mod source;

use std::sync::Arc;

use crate::app::connection::Connection;
use crate::app::iam_users::user_sessions::UserSessions;
use crate::app::pacer::Pacers;
use crate::app::sources::chain::Chains;
use crate::app::sources::iam_user::IamUserSource;
use crate::app::sources::identity_center::IdentityCenter;
use crate::app::sources::source::Source;
use crate::app::tokens::Tokens;
use crate::app::tokens::access_tokens::AccessTokens;
use crate::app::tokens::sign_in_records::SignInRecords;
use crate::domain::{SessionKind, SignInState, SsoSession};

/// The kinds of sources.
pub struct Sources {
    identity_center: IdentityCenter,
    iam_user: IamUserSource,
    chains: Arc<Chains>,
}

impl Sources {
    pub(super) fn new(
        connection: &Arc<Connection>,
        records: &Arc<SignInRecords>,
        tokens: &Arc<Tokens>,
        access: &Arc<AccessTokens>,
        pacers: &Arc<Pacers>,
        user_sessions: &Arc<UserSessions>,
        chains: &Arc<Chains>,
    ) -> Self {
        Self {
            iam_user: IamUserSource::new(user_sessions),
            chains: Arc::clone(chains),
            identity_center: IdentityCenter::new(connection, records, tokens, access, pacers),
        }
    }

    /// The kind of a source.
    pub(super) fn of(&self, session: &SsoSession) -> &dyn Source {
        match &session.kind {
            SessionKind::Named | SessionKind::Legacy => &self.identity_center,
            SessionKind::IamUser(_) => &self.iam_user,
            SessionKind::Chain(_) => &*self.chains,
        }
    }

    /// Where chains of roles begin elsewhere.
    #[must_use]
    pub fn chains(&self) -> &Chains {
        &self.chains
    }

    /// How the sign-in of a source stands; makes no network calls.
    #[must_use]
    pub fn state(&self, session: &SsoSession) -> SignInState {
        self.of(session).state(session)
    }
}
