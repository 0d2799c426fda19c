//! The saved tokens of SSO sessions: reading and writing them, and the lock on what belongs to a sign-in. They are in the
//! AWS CLI's files, or, where a session asks for it, in the operating system's keyring.
//!
//! Makes no network calls; [`access_tokens`] refreshes what is saved here.

pub(super) mod access_tokens;
pub(super) mod registrations;
pub(super) mod sign_in_records;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use crate::app::context::Context;
use crate::app::context::keyring::keyring_of;
use crate::app::context::notices::Notice;
use crate::app::error::AppError;
use crate::app::sign_in::error::SignInError;
use crate::app::tokens::sign_in_records::SignInRecords;
use crate::domain::{SignInId, SignInState, SsoSession, TokenSet};
use crate::settings::TokenPlace;
use crate::store::{FileLock, KeyringError, KeyringTokens, StoreError, TokenCache};

/// The tokens of SSO sessions, as they are saved.
pub struct Tokens {
    context: Arc<Context>,
    records: Arc<SignInRecords>,
    cache: TokenCache,
    keyring: KeyringTokens,
    /// Tokens of this process, in case they can't be written.
    in_memory: Mutex<HashMap<String, TokenSet>>,
}

impl Tokens {
    pub(in crate::app) fn new(context: &Arc<Context>, records: &Arc<SignInRecords>) -> Self {
        Self {
            context: Arc::clone(context),
            records: Arc::clone(records),
            cache: TokenCache::new(&context.settings.paths),
            keyring: KeyringTokens::new(&context.settings.paths, keyring_of(context)),
            in_memory: Mutex::default(),
        }
    }

    /// The saved token set of a session; makes no network calls. An IAM user has none.
    pub fn known_token(&self, session: &SsoSession) -> Result<Option<TokenSet>, StoreError> {
        if !session.is_listed() {
            return Ok(None);
        }
        let in_memory = self
            .in_memory
            .lock()
            .ok()
            .and_then(|m| m.get(&session.name).cloned());
        let on_disk = match (self.stored(session), &in_memory) {
            (Ok(stored), _) => stored,
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

    /// Whether the tokens of a session are in the keyring, where only genkan finds them.
    #[must_use]
    pub fn are_in_keyring(&self, session: &SsoSession) -> bool {
        let preferences = self.context.settings.preferences.of_session(&session.name);
        preferences.tokens == Some(TokenPlace::Keyring)
    }

    /// Whether the keyring answers within a limit when it is asked for the tokens of a session.
    pub(in crate::app) async fn probe_keyring(
        &self,
        session: &SsoSession,
        limit: Duration,
    ) -> Result<(), KeyringError> {
        self.keyring.probe(session, limit).await
    }

    /// The tokens of a session from where it keeps them. Those that are still where it kept them before are moved.
    fn stored(&self, session: &SsoSession) -> Result<Option<TokenSet>, StoreError> {
        if self.are_in_keyring(session) {
            if self.keyring.has_any(session) {
                return self.keyring.load(session, &self.on_wait());
            }
            let in_file = self.context.take_value(self.cache.load(session)?);
            if let (Some(tokens), Some(_lock)) = (&in_file, self.try_lock_tokens(session)) {
                self.keyring.save(session, tokens, &self.on_wait())?;
                self.cache.remove(session)?;
            }
            return Ok(in_file);
        }
        let in_file = self.context.take_value(self.cache.load(session)?);
        if self.keyring.has_any(session)
            && let Some(_lock) = self.try_lock_tokens(session)
        {
            return self.move_to_file(session, in_file);
        }
        Ok(in_file)
    }

    /// Moves the tokens of a session from the keyring into its file, unless that has newer ones.
    fn move_to_file(
        &self,
        session: &SsoSession,
        in_file: Option<TokenSet>,
    ) -> Result<Option<TokenSet>, StoreError> {
        let moved = self.keyring.load(session, &self.on_wait())?;
        let newer = match (in_file, moved) {
            (Some(file), Some(moved)) if file.expires_at < moved.expires_at => Some(moved),
            (None, moved) => moved,
            (file, _) => {
                self.keyring.remove(session, &self.on_wait())?;
                return Ok(file);
            }
        };
        if let Some(tokens) = &newer {
            self.cache.save(session, tokens)?;
        }
        self.keyring.remove(session, &self.on_wait())?;
        Ok(newer)
    }

    /// Says that the keyring is waited for.
    fn on_wait(&self) -> impl Fn() {
        move || self.context.notices.send(Notice::WaitingForKeyring)
    }

    /// Saves tokens on disk, or for this process alone where they can't be written.
    pub(in crate::app) fn save_tokens(
        &self,
        session: &SsoSession,
        tokens: &TokenSet,
    ) -> Result<(), StoreError> {
        let saved = if self.are_in_keyring(session) {
            // The first time nothing stays where it was before; a file that comes later is another tool's.
            let is_first = !self.keyring.has_any(session);
            let saved = self.keyring.save(session, tokens, &self.on_wait());
            saved.and_then(|()| {
                if is_first {
                    self.cache.remove(session)
                } else {
                    Ok(())
                }
            })
        } else {
            self.cache.save(session, tokens)
        };
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
        if self.are_in_keyring(session) {
            return self.keyring.check(session, &self.on_wait());
        }
        self.cache.check_writable(session)
    }

    /// Deletes the tokens of a session. The caller holds their lock.
    pub(in crate::app) fn forget_tokens(&self, session: &SsoSession) -> Result<(), StoreError> {
        if let Ok(mut memory) = self.in_memory.lock() {
            memory.remove(&session.name);
        }
        self.keyring.remove(session, &self.on_wait())?;
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
        self.records.record_use(session, tokens).await;
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

    /// When a session's sign-in ends, as far as that is known. A keyring, which may have to be unlocked first, is not
    /// asked: what is in it genkan alone has brought there, and has recorded when.
    #[must_use]
    pub fn end_without_waiting(&self, session: &SsoSession) -> Option<Timestamp> {
        if self.are_in_keyring(session) {
            return self
                .keyring
                .has_any(session)
                .then(|| self.records.newest_end(session))?;
        }
        self.state(session).ends()
    }
}

pub(in crate::app) fn not_signed_in(session: &SsoSession) -> AppError {
    sign_in_required(session, "not signed in")
}

fn sign_in_required(session: &SsoSession, reason: &str) -> AppError {
    SignInError::Required {
        session: session.name.clone(),
        reason: reason.to_owned(),
    }
    .into()
}
