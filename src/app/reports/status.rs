//! What is known of each SSO session without asking anybody: sign-in, registration, catalog and
//! credentials, and how long each of them lasts.

use jiff::Timestamp;

use std::sync::Arc;

use crate::app::catalogs::Catalogs;
use crate::app::context::Context;
use crate::app::credentials::Credentials;
use crate::app::error::AppError;
use crate::app::sessions::Sessions;
use crate::app::tokens::Tokens;
use crate::app::tokens::registrations::Registrations;
use crate::domain::history::TargetKey;
use crate::domain::token::{Flow, Freshness};
use crate::domain::{SsoSession, Target};

/// One SSO session as files have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionStatus {
    pub session: SsoSession,
    pub sign_in: SignInStatus,
    /// Until when the client registration that renews the sign-in is good.
    pub registered_until: Option<Timestamp>,
    pub catalog: Option<CatalogStatus>,
    /// Cached credentials that live, the longest life first.
    pub credentials: Vec<(Target, Timestamp)>,
}

/// Whether someone is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInStatus {
    /// The access token works until then; the sign-in ends later where that renews, as far as that is known.
    SignedIn {
        until: Timestamp,
        renews: bool,
        ends: Option<Timestamp>,
    },
    /// Expired; the next call renews it.
    Renewable {
        since: Timestamp,
    },
    /// Expired.
    Ended {
        since: Timestamp,
    },
    Never,
}

/// The cached catalog in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogStatus {
    pub accounts: usize,
    pub assignments: usize,
    /// Accounts whose last listing failed.
    pub failed: usize,
    /// `None` where no listing came to its end.
    pub synced_at: Option<Timestamp>,
    /// The sign-in that is there now has listed it.
    pub is_current: bool,
}

/// Reports what files say about each SSO session.
pub struct Status {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    tokens: Arc<Tokens>,
    catalogs: Arc<Catalogs>,
    credentials: Arc<Credentials>,
    registrations: Arc<Registrations>,
}

impl Status {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        sessions: &Arc<Sessions>,
        tokens: &Arc<Tokens>,
        catalogs: &Arc<Catalogs>,
        credentials: &Arc<Credentials>,
        registrations: &Arc<Registrations>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            tokens: Arc::clone(tokens),
            catalogs: Arc::clone(catalogs),
            credentials: Arc::clone(credentials),
            registrations: Arc::clone(registrations),
        }
    }

    /// The status of one session, or of all.
    pub fn status(&self, session: Option<&str>) -> Result<Vec<SessionStatus>, AppError> {
        let sessions = match session {
            Some(name) => vec![self.sessions.session(Some(name))?],
            None => self.sessions.sessions()?.0,
        };
        sessions.into_iter().map(|s| self.status_of(s)).collect()
    }

    fn status_of(&self, session: SsoSession) -> Result<SessionStatus, AppError> {
        let now = self.context.now();
        let tokens = self.tokens.known_token(&session)?;
        let sign_in = tokens.as_ref().map_or(SignInStatus::Never, |tokens| {
            let at = tokens.expires_at;
            let standing = self.tokens.standing(&session, tokens);
            match standing.freshness {
                Freshness::SignInRequired => SignInStatus::Ended {
                    since: standing.over_since.unwrap_or(at),
                },
                Freshness::MustRefresh => SignInStatus::Renewable { since: at },
                Freshness::Fresh | Freshness::RefreshSoon => SignInStatus::SignedIn {
                    until: at,
                    renews: tokens.refreshable(now),
                    ends: standing.ends,
                },
            }
        });
        let registration = tokens
            .and_then(|tokens| tokens.registration)
            .or_else(|| self.registrations.load(&session, Flow::Device));
        let catalog = self.catalogs.cached_catalog(&session);
        let named = |key: TargetKey| {
            let entry = catalog.as_ref().and_then(|c| c.entry(&key.account_id));
            Target {
                account_name: entry
                    .map_or_else(|| key.account_id.to_string().into(), |e| e.account.name.clone()),
                session: key.session,
                account_id: key.account_id,
                permission_set: key.permission_set,
            }
        };
        let mut credentials: Vec<(Target, Timestamp)> = self
            .credentials
            .credential_expiries(&session)
            .into_iter()
            .map(|(key, until)| (named(key), until))
            .collect();
        credentials.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.to_string().cmp(&b.0.to_string())));
        Ok(SessionStatus {
            sign_in,
            registered_until: registration.map(|r| r.expires_at),
            catalog: catalog.map(|catalog| CatalogStatus {
                accounts: catalog.entries().len(),
                assignments: catalog.len(),
                failed: catalog.failed().count(),
                synced_at: catalog.synced_at,
                is_current: self.catalogs.is_current(&session, &catalog),
            }),
            credentials,
            session,
        })
    }
}
