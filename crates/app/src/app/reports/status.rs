//! What is known of each SSO session without asking anybody: sign-in, registration, catalog and
//! credentials, and how long each of them lasts.

use jiff::Timestamp;

use std::sync::Arc;
use std::time::Duration;

use crate::app::catalogs::Catalogs;
use crate::app::credentials::Credentials;
use crate::app::sessions::{SessionError, Sessions};
use crate::app::sources::Sources;
use crate::app::tokens::Tokens;
use crate::app::tokens::registrations::Registrations;
use crate::domain::sessions::token::Flow;
use crate::domain::{Catalog, SignInState, SsoSession, Target};
use crate::store::KeyringError;

/// One SSO session as files have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionStatus {
    pub session: SsoSession,
    pub sign_in: SignInState,
    /// Until when the client registration that renews the sign-in is good.
    pub registered_until: Option<Timestamp>,
    pub catalog: Option<CatalogStatus>,
    /// Cached credentials that live, the longest life first.
    pub credentials: Vec<(Target, Timestamp)>,
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
    sessions: Arc<Sessions>,
    tokens: Arc<Tokens>,
    sources: Arc<Sources>,
    catalogs: Arc<Catalogs>,
    credentials: Arc<Credentials>,
    registrations: Arc<Registrations>,
}

impl Status {
    pub(in crate::app) fn new(
        sessions: &Arc<Sessions>,
        tokens: &Arc<Tokens>,
        sources: &Arc<Sources>,
        catalogs: &Arc<Catalogs>,
        credentials: &Arc<Credentials>,
        registrations: &Arc<Registrations>,
    ) -> Self {
        Self {
            sessions: Arc::clone(sessions),
            tokens: Arc::clone(tokens),
            sources: Arc::clone(sources),
            catalogs: Arc::clone(catalogs),
            credentials: Arc::clone(credentials),
            registrations: Arc::clone(registrations),
        }
    }

    /// What is wrong with the keyring that has the tokens of some sessions, if anything; `None` where it has none.
    pub(in crate::app) async fn probe_keyring(
        &self,
        sessions: &[SsoSession],
        limit: Duration,
    ) -> Option<Result<(), KeyringError>> {
        let session = sessions
            .iter()
            .find(|session| self.tokens.are_in_keyring(session))?;
        Some(self.tokens.probe_keyring(session, limit).await)
    }

    /// The status of one session, or of all.
    pub fn status(&self, session: Option<&str>) -> Result<Vec<SessionStatus>, SessionError> {
        let sessions = match session {
            Some(name) => vec![self.sessions.session(Some(name))?],
            None => self.sessions.sessions()?.0,
        };
        sessions.into_iter().map(|s| self.status_of(s)).collect()
    }

    fn status_of(&self, session: SsoSession) -> Result<SessionStatus, SessionError> {
        let tokens = self.tokens.known_token(&session)?;
        let sign_in = self.sources.state(&session);
        let registration = tokens.and_then(|tokens| tokens.registration).or_else(|| {
            let registered = !session.is_iam_user();
            registered.then(|| self.registrations.load(&session, Flow::Device))?
        });
        let catalog = self.catalogs.cached_catalog(&session);
        let unknown = Catalog::default();
        let names = catalog.as_ref().unwrap_or(&unknown);
        let mut credentials: Vec<(Target, Timestamp)> = self
            .credentials
            .credential_expiries(&session)
            .into_iter()
            .map(|(key, validity)| (names.target(&key), validity.until))
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
