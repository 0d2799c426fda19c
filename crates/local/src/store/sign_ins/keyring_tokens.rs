//! Access and refresh tokens in the operating system's keyring, for SSO sessions that ask for it.
//!
//! An entry has what a token file of the AWS CLI has. A marker in `$XDG_STATE_HOME/genkan/keyring-tokens/` says that there
//! is one, and its digest: so that a keyring is asked only where it holds something, and once for each change. The
//! marker has no secret.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::token_cache::{belongs_to_session, parse_tokens, tokens_to_object};
use crate::domain::values::hex::to_hex;
use crate::domain::{Secret, SsoSession, TokenSet};
use crate::platform::files::paths::Paths;
use crate::store::disk::json_file::JsonFile;
use crate::store::disk::names::file_name;
use crate::store::error::StoreError;
use crate::store::keyring::{Keyring, KeyringError};

/// The tokens of sessions in a keyring.
pub struct KeyringTokens {
    keyring: Keyring,
    folder: PathBuf,
    /// What was read, with its digest, by the name of its entry.
    read: Mutex<HashMap<String, (String, TokenSet)>>,
}

#[derive(Serialize, Deserialize)]
struct Marker {
    /// SHA-256 of the entry.
    digest: String,
}

impl KeyringTokens {
    #[must_use]
    pub fn new(paths: &Paths, keyring: Keyring) -> Self {
        Self {
            keyring,
            folder: paths.state.join("keyring-tokens"),
            read: Mutex::default(),
        }
    }

    fn marker(&self, session: &SsoSession) -> JsonFile<Marker> {
        let key = session.token_key();
        JsonFile::new(self.folder.join(file_name(key, &[key], "json")))
    }

    /// Whether there are tokens of a session. Asks no keyring.
    #[must_use]
    pub fn has_any(&self, session: &SsoSession) -> bool {
        self.marker(session).path.symlink_metadata().is_ok()
    }

    /// The tokens of a session. `on_wait` is called where the keyring takes a while.
    pub fn load(&self, session: &SsoSession, on_wait: &dyn Fn()) -> Result<Option<TokenSet>, StoreError> {
        let Some(marker) = self.marker(session).peek() else {
            return Ok(None);
        };
        let entry = entry_name(session);
        let known = self.read.lock().ok().and_then(|read| read.get(&entry).cloned());
        let tokens = match known {
            Some((digest, tokens)) if digest == marker.digest => Some(tokens),
            _ => self.load_entry(&entry, on_wait)?,
        };
        // The session was pointed elsewhere, as with a token file.
        Ok(tokens.filter(|tokens| belongs_to_session(tokens, session)))
    }

    fn load_entry(&self, entry: &str, on_wait: &dyn Fn()) -> Result<Option<TokenSet>, StoreError> {
        let Some(text) = self.keyring.load_blocking(entry, on_wait)? else {
            return Ok(None);
        };
        let object: Option<Map<String, Value>> = serde_json::from_str(text.expose()).ok();
        let tokens = object.and_then(|object| parse_tokens(&object));
        if let (Some(tokens), Ok(mut read)) = (&tokens, self.read.lock()) {
            read.insert(entry.to_owned(), (digest_token(&text), tokens.clone()));
        }
        Ok(tokens)
    }

    /// Keeps the tokens of a session.
    pub fn save(
        &self,
        session: &SsoSession,
        tokens: &TokenSet,
        on_wait: &dyn Fn(),
    ) -> Result<(), StoreError> {
        let text = Secret::new(Value::Object(tokens_to_object(session, tokens)).to_string());
        let entry = entry_name(session);
        self.keyring.save_blocking(&entry, &text, on_wait)?;
        let digest = digest_token(&text);
        if let Ok(mut read) = self.read.lock() {
            read.insert(entry, (digest.clone(), tokens.clone()));
        }
        self.marker(session).save(&Marker { digest })
    }

    /// Whether the keyring answers within a limit when it is asked for the tokens of a session.
    pub async fn probe(&self, session: &SsoSession, limit: Duration) -> Result<(), KeyringError> {
        self.keyring.probe(&entry_name(session), limit).await
    }

    /// Whether the keyring would take tokens: it is there, and open.
    pub fn check(&self, session: &SsoSession, on_wait: &dyn Fn()) -> Result<(), StoreError> {
        Ok(self
            .keyring
            .load_blocking(&entry_name(session), on_wait)
            .map(drop)?)
    }

    /// Forgets the tokens of a session; that there were none is fine.
    pub fn remove(&self, session: &SsoSession, on_wait: &dyn Fn()) -> Result<(), StoreError> {
        if !self.has_any(session) {
            return Ok(());
        }
        let entry = entry_name(session);
        if let Ok(mut read) = self.read.lock() {
            read.remove(&entry);
        }
        self.keyring.remove_blocking(&entry, on_wait)?;
        self.marker(session).remove()
    }
}

/// The name of a session's entry.
fn entry_name(session: &SsoSession) -> String {
    format!("sso-session/{}", session.token_key())
}

fn digest_token(text: &Secret) -> String {
    to_hex(&Sha256::digest(text.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    #[test]
    fn tokens_are_in_the_keyring_and_nowhere_on_disk() {
        let home = tempfile::tempdir().expect("a folder");
        let paths = Paths::in_home(home.path());
        let tokens = KeyringTokens::new(&paths, Keyring::in_memory());
        let session = fixtures::session_at("corp", "https://corp.awsapps.com/start", "us-east-1");
        let silent = &|| {};
        assert_eq!(tokens.load(&session, silent).expect("answers"), None);
        let saved = fixtures::sample_tokens("canary");
        tokens.save(&session, &saved, silent).expect("saves");
        assert!(tokens.has_any(&session));
        let loaded = tokens.load(&session, silent).expect("answers").expect("there");
        assert_eq!(loaded.access_token, saved.access_token);
        // Another process, or another one's change, is noticed by the marker.
        tokens.read.lock().expect("whole").clear();
        let loaded = tokens.load(&session, silent).expect("answers").expect("there");
        assert_eq!(loaded.access_token, saved.access_token);
        let marker = std::fs::read_to_string(tokens.marker(&session).path).expect("there");
        assert!(!marker.contains("canary"), "{marker}");
        let elsewhere = fixtures::session_at("corp", "https://other.awsapps.com/start", "us-east-1");
        let other = tokens.load(&elsewhere, silent).expect("answers");
        assert!(other.is_none() || loaded.start_url.is_none());
        tokens.remove(&session, silent).expect("removes");
        assert!(!tokens.has_any(&session));
        assert_eq!(tokens.load(&session, silent).expect("answers"), None);
    }
}
