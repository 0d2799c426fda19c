//! Role credentials that are known here: the cache on disk, and which sign-in those came from that this process has
//! handed out. It asks no one for new ones.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::Timestamp;

use crate::domain::records::history::TargetKey;
use crate::domain::targets::credentials::Validity;
use crate::domain::values::time::Clocks;
use crate::domain::{RoleCredentials, SignInId, SsoSession, Target};
use crate::platform::files::paths::Paths;
use crate::store::{CredentialCache, CredentialsOf, Loaded, StoreError, StoredCredentials};

/// Role credentials that are known here.
pub(super) struct KnownCredentials {
    cache: CredentialCache,
    /// Which sign-in credentials came from, by access key ID.
    origins: Mutex<HashMap<String, SignInId>>,
}

impl KnownCredentials {
    pub(super) fn new(paths: &Paths) -> Self {
        Self {
            cache: CredentialCache::new(paths),
            origins: Mutex::default(),
        }
    }

    /// The cached credentials of a target that came from this sign-in, and by this request.
    pub(super) fn load(
        &self,
        (session, target): (&SsoSession, &Target),
        request: &str,
        sign_in: &SignInId,
        clocks: Clocks,
    ) -> Loaded<StoredCredentials> {
        self.cache
            .load(&of_target(session, target, request), sign_in, clocks)
    }

    /// Caches credentials of a target, which came from this sign-in at `now` of AWS's clock.
    pub(super) fn save(
        &self,
        (session, target): (&SsoSession, &Target),
        request: &str,
        credentials: &RoleCredentials,
        sign_in: &SignInId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.cache
            .save(&of_target(session, target, request), credentials, sign_in, now)
    }

    /// Removes the cached credentials of a target.
    pub(super) fn remove(&self, session: &SsoSession, target: &Target) -> Result<(), StoreError> {
        self.cache
            .remove(session, &target.account_id, &target.permission_set)
    }

    /// Removes the cached credentials of a session's targets.
    pub(super) fn remove_session(&self, session: &SsoSession) -> Result<(), StoreError> {
        self.cache.remove_session(session)
    }

    /// Whether any credentials of a session are cached.
    pub(super) fn has_any(&self, session: &SsoSession) -> bool {
        self.cache.has_any(session)
    }

    /// When the cached credentials of a session's targets expire.
    pub(super) fn expiries(
        &self,
        session: &SsoSession,
        sign_in: &SignInId,
        clocks: Clocks,
    ) -> Vec<(TargetKey, Validity)> {
        self.cache.expiries(session, sign_in, clocks)
    }

    /// Remembers which sign-in credentials came from that this process hands out.
    pub(super) fn note_origin(&self, credentials: &RoleCredentials, sign_in: SignInId) {
        if let Ok(mut origins) = self.origins.lock() {
            origins.insert(credentials.access_key_id.clone(), sign_in);
        }
    }

    /// Which sign-in credentials came from that this process has handed out.
    pub(super) fn origin_of(&self, credentials: &RoleCredentials) -> Option<SignInId> {
        let origins = self.origins.lock().ok()?;
        origins.get(&credentials.access_key_id).cloned()
    }
}

/// Which cached credentials are a target's.
fn of_target<'a>(session: &'a SsoSession, target: &'a Target, request: &'a str) -> CredentialsOf<'a> {
    CredentialsOf {
        session,
        account: &target.account_id,
        set: &target.permission_set,
        request,
    }
}
