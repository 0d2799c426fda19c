//! The secrets of long-lived keys: in the operating system's keyring or in the encrypted file, by the name of their entry.
//!
//! Asks no one: where the file's passphrase is not known that is an error, and who can ask gives it to
//! [`KeyStore::remember_passphrase`].

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::ask_process::ask_process;
use super::error::IamUserError;
use crate::app::context::Context;
use crate::app::context::keyring::keyring_of;
use crate::domain::Secret;
use crate::domain::targets::iam_user::{AccessKey, SecretPlace};
use crate::store::{EncryptedFile, Keyring, KeyringError};

/// The cost of opening a file whose keys are worth nothing, as a power of two.
const THROW_AWAY_WORK: u8 = 4;

/// Keeps the secrets of keys.
pub(in crate::app) struct KeyStore {
    context: Arc<Context>,
    keyring: Keyring,
    file: EncryptedFile,
    passphrase: Mutex<Option<Secret>>,
    /// What was read: a keyring may ask the user each time, and the file takes half a second.
    read: Mutex<HashMap<String, AccessKey>>,
}

/// A key as an entry holds it: with its ID, so that the entry alone is enough.
#[derive(Serialize, Deserialize)]
struct Entry {
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
}

impl KeyStore {
    pub(in crate::app) fn new(context: &Arc<Context>) -> Self {
        Self {
            keyring: keyring_of(context),
            file: EncryptedFile::new(&context.settings.paths),
            passphrase: Mutex::default(),
            read: Mutex::default(),
            context: Arc::clone(context),
        }
    }

    /// The key of an entry.
    pub(in crate::app) async fn load(
        &self,
        entry: &str,
        place: SecretPlace,
    ) -> Result<Option<AccessKey>, IamUserError> {
        if let Some(key) = self.read.lock().ok().and_then(|read| read.get(entry).cloned()) {
            return Ok(Some(key));
        }
        let key = self.read(entry, place).await?;
        if let (Some(key), Ok(mut read)) = (&key, self.read.lock()) {
            read.insert(entry.to_owned(), key.clone());
        }
        Ok(key)
    }

    async fn read(&self, entry: &str, place: SecretPlace) -> Result<Option<AccessKey>, IamUserError> {
        let text = match place {
            SecretPlace::Keyring => self.keyring.load(entry).await?,
            SecretPlace::File => {
                let (passphrase, entry) = (self.passphrase().await?, entry.to_owned());
                self.on_file(move |file| file.load(&passphrase, &entry)).await?
            }
        };
        Ok(text.and_then(|text| {
            let entry: Entry = serde_json::from_str(text.expose()).ok()?;
            Some(AccessKey {
                id: entry.access_key_id.parse().ok()?,
                secret: Secret::new(entry.secret_access_key.as_str()),
            })
        }))
    }

    /// Keeps a key, and reads it back: what follows may delete the only other copy.
    pub(in crate::app) async fn save(
        &self,
        entry: &str,
        place: SecretPlace,
        key: &AccessKey,
    ) -> Result<(), IamUserError> {
        let text = serde_json::to_string(&Entry {
            access_key_id: key.id.to_string(),
            secret_access_key: Zeroizing::new(key.secret.expose().to_owned()),
        });
        let secret = Secret::new(text.unwrap_or_default());
        match place {
            SecretPlace::Keyring => self.keyring.save(entry, &secret).await?,
            SecretPlace::File => {
                let (passphrase, entry) = (self.passphrase().await?, entry.to_owned());
                self.on_file(move |file| file.save(&passphrase, &entry, &secret))
                    .await?;
            }
        }
        if self.read(entry, place).await?.as_ref() == Some(key) {
            return Ok(());
        }
        Err(IamUserError::NotKept {
            place: place_name(place),
        })
    }

    /// Removes an entry; that there was none is fine.
    pub(in crate::app) async fn remove(&self, entry: &str, place: SecretPlace) -> Result<(), IamUserError> {
        if let Ok(mut read) = self.read.lock() {
            read.remove(entry);
        }
        match place {
            SecretPlace::Keyring => Ok(self.keyring.remove(entry).await?),
            SecretPlace::File if !self.file.exists() => Ok(()),
            SecretPlace::File => {
                let (passphrase, entry) = (self.passphrase().await?, entry.to_owned());
                self.on_file(move |file| file.remove(&passphrase, &entry)).await
            }
        }
    }

    /// Where the encrypted file is.
    pub(in crate::app) fn file(&self) -> &Path {
        self.file.path()
    }

    /// Makes a file that opens quickly, and takes its passphrase.
    pub(in crate::app) async fn make_throw_away_file(&self, passphrase: Secret) -> Result<(), IamUserError> {
        self.remember_passphrase(passphrase.clone());
        self.on_file(move |file| {
            let quick = file.clone().with_work(THROW_AWAY_WORK);
            quick.save(&passphrase, "throw-away", &Secret::new("nothing"))
        })
        .await
    }

    /// Takes the passphrase that the user typed, for as long as this process runs.
    pub(in crate::app) fn remember_passphrase(&self, passphrase: Secret) {
        if let Ok(mut known) = self.passphrase.lock() {
            *known = Some(passphrase);
        }
    }

    /// The passphrase of the file: the one that was typed, or what the user's program prints.
    async fn passphrase(&self) -> Result<Secret, IamUserError> {
        let known = self.passphrase.lock().ok().and_then(|known| known.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let Some(command) = &self.context.settings.preferences.passphrase_process else {
            return Err(IamUserError::PassphraseRequired {
                path: self.file.path().to_owned(),
                is_new: !self.file.exists(),
            });
        };
        let passphrase = ask_process(&self.context, "passphrase_process", command, None).await?;
        self.remember_passphrase(passphrase.clone());
        Ok(passphrase)
    }

    /// Works with the file on a thread of its own: opening it takes half a second of the processor.
    async fn on_file<T: Send + 'static>(
        &self,
        work: impl FnOnce(&EncryptedFile) -> Result<T, KeyringError> + Send + 'static,
    ) -> Result<T, IamUserError> {
        let file = self.file.clone();
        let _wait = self
            .context
            .requests
            .begin("opening the encrypted file".to_owned());
        let done = tokio::task::spawn_blocking(move || work(&file)).await;
        let done = done.unwrap_or_else(|_| Err(KeyringError::Failed("its thread ended early".into())));
        if matches!(done, Err(KeyringError::WrongPassphrase { .. }))
            && let Ok(mut known) = self.passphrase.lock()
        {
            *known = None;
        }
        Ok(done?)
    }
}

pub(in crate::app) fn place_name(place: SecretPlace) -> &'static str {
    match place {
        SecretPlace::Keyring => "keyring",
        SecretPlace::File => "encrypted file",
    }
}
