//! The saved tokens of SSO sessions: reading and writing them, and the lock on what belongs to a sign-in.
//!
//! Makes no network calls; [`access_tokens`] refreshes what is saved here.

pub(super) mod access_tokens;
pub(super) mod registrations;
pub(super) mod sign_in_records;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::sign_in::error::SignInError;
use crate::app::tokens::sign_in_records::SignInRecords;
use crate::domain::{SignInId, SignInState, SsoSession, TokenSet};
use crate::store::{FileLock, StoreError, TokenCache};

/// The tokens of SSO sessions, as they are saved.
pub struct Tokens {
    context: Arc<Context>,
    records: Arc<SignInRecords>,
    cache: TokenCache,
    /// Tokens of this process, in case they can't be written.
    in_memory: Mutex<HashMap<String, TokenSet>>,
}

impl Tokens {
    pub(in crate::app) fn new(context: &Arc<Context>, records: &Arc<SignInRecords>) -> Self {
        Self {
            context: Arc::clone(context),
            records: Arc::clone(records),
            cache: TokenCache::new(&context.settings.paths),
            in_memory: Mutex::default(),
        }
    }

    /// The saved token set of a session; makes no network calls.
    pub fn known_token(&self, session: &SsoSession) -> Result<Option<TokenSet>, StoreError> {
        let in_memory = self
            .in_memory
            .lock()
            .ok()
            .and_then(|m| m.get(&session.name).cloned());
        let on_disk = match (self.cache.load(session), &in_memory) {
            (Ok(loaded), _) => self.context.take_value(loaded),
            (Err(_), Some(_)) => None,
            (Err(error), None) => return Err(error),
        };
        // What another process wrote later wins.
        Ok(match (on_disk, in_memory) {
            (Some(disk), Some(memory)) if disk.expires_at < memory.expires_at => Some(memory),
            (Some(disk), _) => Some(disk),
            (None, memory) => memory,
        })
    }

    /// Saves tokens on disk, or for this process alone where they can't be written.
    pub(in crate::app) fn save_tokens(
        &self,
        session: &SsoSession,
        tokens: &TokenSet,
    ) -> Result<(), StoreError> {
        let saved = self.cache.save(session, tokens);
        if let Ok(mut memory) = self.in_memory.lock() {
            if saved.is_ok() {
                memory.remove(&session.name);
            } else {
                memory.insert(session.name.clone(), tokens.clone());
            }
        }
        saved
    }

    /// Whether the tokens of a session could be saved.
    pub(in crate::app) fn check_writable(&self, session: &SsoSession) -> Result<(), StoreError> {
        self.cache.check_writable(session)
    }

    /// Deletes the tokens of a session. The caller holds their lock.
    pub(in crate::app) fn forget_tokens(&self, session: &SsoSession) -> Result<(), StoreError> {
        if let Ok(mut memory) = self.in_memory.lock() {
            memory.remove(&session.name);
        }
        self.cache.remove(session)
    }

    /// Locks the tokens of a session and what its sign-in brought, to change them.
    pub(in crate::app) async fn lock_tokens(&self, session: &SsoSession) -> FileLock {
        FileLock::acquire_with_timeout(&self.lock_path(session)).await
    }

    /// The same where no one else holds the lock now. Waits for nothing.
    pub(in crate::app) fn try_lock_tokens(&self, session: &SsoSession) -> Option<FileLock> {
        FileLock::try_acquire(&self.lock_path(session))
    }

    /// Shares the lock on the tokens of a session with others that save what its sign-in brought.
    pub(in crate::app) async fn share_lock_on_tokens(&self, session: &SsoSession) -> FileLock {
        FileLock::share_with_timeout(&self.lock_path(session)).await
    }

    fn lock_path(&self, session: &SsoSession) -> std::path::PathBuf {
        self.context.lock_folder.path("tokens", session.token_key())
    }

    /// Which sign-in tokens of a session are of.
    pub(in crate::app) fn sign_in_of(&self, session: &SsoSession, tokens: &TokenSet) -> SignInId {
        self.records.sign_in_of(session, tokens)
    }

    /// Records that something is saved that belongs to the sign-in of these tokens.
    pub(in crate::app) async fn record_use(&self, session: &SsoSession, tokens: &TokenSet) {
        // Where this can't be written, a refresh of another tool counts as another sign-in.
        let _ = self
            .records
            .update(session, |record| record.note_use(tokens))
            .await;
    }

    /// The state of a session's sign-in by these tokens.
    #[must_use]
    pub fn state_of(&self, session: &SsoSession, tokens: &TokenSet) -> SignInState {
        self.records.state(session, tokens)
    }

    /// The state of a session's sign-in; signed out where its tokens can't be read.
    #[must_use]
    pub fn state(&self, session: &SsoSession) -> SignInState {
        let tokens = self.known_token(session).ok().flatten();
        tokens.map_or(SignInState::SignedOut, |tokens| self.state_of(session, &tokens))
    }
}

pub(in crate::app) fn not_signed_in(session: &SsoSession) -> AppError {
    required(session, "not signed in")
}

fn required(session: &SsoSession, reason: &str) -> AppError {
    SignInError::Required {
        session: session.name.clone(),
        reason: reason.to_owned(),
    }
    .into()
}
