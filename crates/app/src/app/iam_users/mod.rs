//! IAM users whose long-lived keys genkan keeps: adding, listing and removing them.
//!
//! What is known of a user is in a file without secrets; the keys are in [`key_store`]. [`rotation`] replaces a key,
//! [`user_sessions`] opens what is handed out.

pub(super) mod ask_process;
pub(super) mod error;
mod key_store;
pub(super) mod rotation;
pub(super) mod services;
pub(super) mod user_sessions;

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::sessions::Sessions;
use crate::aws::{IamCaller, Signer};
use crate::domain::targets::chained_roles::RoleEntry;
use crate::domain::targets::iam_user::{
    AccessKey, AccessKeyId, IamUser, NotAUser, Rotation, RotationStep, SecretPlace, UserArn, is_user_name,
    keyring_entry_name, suggested_name,
};
use crate::domain::text::clean_text;
use crate::domain::{Region, Secret};
use crate::store::{CredentialsFile, IamUsersFile, UserSessionCache};
use error::IamUserError;
use key_store::{KeyStore, place_name};

/// A key that is to be kept.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What the user is called here; its name in IAM if not said.
    pub name: Option<String>,
    pub key: AccessKey,
    /// A Region of its partition.
    pub region: Region,
    /// Where its secret is kept; the keyring, or the file where there is none, if not said.
    pub place: Option<SecretPlace>,
    pub mfa_serial: Option<String>,
}

/// What became of a key that was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedUser {
    pub user: IamUser,
    /// Why it is in the file and not in the keyring, where no one chose that.
    pub no_keyring: Option<String>,
    /// The other MFA devices of the user, where there are several.
    pub other_devices: Vec<String>,
}

/// Keeps IAM users.
pub struct IamUsers {
    context: Arc<Context>,
    connection: Arc<Connection>,
    sessions: Arc<Sessions>,
    keys: KeyStore,
    file: IamUsersFile,
}

impl IamUsers {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        sessions: &Arc<Sessions>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            sessions: Arc::clone(sessions),
            keys: KeyStore::new(context),
            file: IamUsersFile::new(&context.settings.paths),
        }
    }

    /// Takes the passphrase of the encrypted file that the user typed, for as long as this process runs.
    pub fn remember_passphrase(&self, passphrase: Secret) {
        self.keys.remember_passphrase(passphrase);
    }

    /// Makes an encrypted file that opens quickly, for keys that are worth nothing, and takes its passphrase.
    pub fn make_throw_away_file(&self, passphrase: Secret) -> BoxFuture<'_, Result<(), IamUserError>> {
        Box::pin(async move { self.keys.make_throw_away_file(passphrase).await })
    }

    /// The encrypted file, in words.
    #[must_use]
    pub fn encrypted_file(&self) -> String {
        self.context.settings.paths.display_path(self.keys.file())
    }

    /// Every user, by name.
    #[must_use]
    pub fn users(&self) -> Vec<IamUser> {
        let users = self.context.take_value(self.file.load()).unwrap_or_default();
        users.into_iter().map(|user| self.with_device(user)).collect()
    }

    /// The user with the device that a role asks for which is reached from it, where none is known: many users may not
    /// list their devices. A session that was opened with a code of any device serves for all roles.
    fn with_device(&self, mut user: IamUser) -> IamUser {
        let source = self.sessions.source_of_user(&user);
        let own = source.and_then(|source| source.own_as_target());
        if let (None, Some(own)) = (&user.mfa_serial, own) {
            let leads_on = |entry: &&RoleEntry| entry.via.iter().any(|way| way.fits(&own));
            let mut entries = self.context.settings.roles.iter().filter(leads_on);
            user.mfa_serial = entries.find_map(|entry| entry.options.mfa_serial.clone());
        }
        user
    }

    /// The user of a name; without a name the only one.
    pub fn user(&self, name: Option<&str>) -> Result<IamUser, IamUserError> {
        let users = self.users();
        let known = || users.iter().map(|user| user.name.clone()).collect::<Vec<_>>();
        match (name, users.as_slice()) {
            (Some(name), users) => users
                .iter()
                .find(|user| user.name == name)
                .cloned()
                .ok_or_else(|| IamUserError::Unknown {
                    name: clean_text(name),
                    known: known(),
                }),
            (None, []) => Err(IamUserError::NoneKept),
            (None, [only]) => Ok(only.clone()),
            (None, _) => Err(IamUserError::NoneNamed { known: known() }),
        }
    }

    /// The key of a user, with its secret.
    pub(in crate::app) async fn key_of(&self, user: &IamUser) -> Result<AccessKey, IamUserError> {
        self.stored_key(user, &user.key)
            .await?
            .ok_or_else(|| IamUserError::NoSecret {
                name: user.name.clone(),
                key: user.key.clone(),
                place: place_name(user.place),
            })
    }

    /// A key of a user where its secret is there.
    pub(in crate::app) async fn stored_key(
        &self,
        user: &IamUser,
        id: &AccessKeyId,
    ) -> Result<Option<AccessKey>, IamUserError> {
        let stored = self.keys.load(&user.entry(id), user.place).await?;
        Ok(stored.filter(|key| key.id == *id))
    }

    /// Writes down what is known of a user.
    pub(in crate::app) fn record(&self, user: &IamUser) -> Result<(), AppError> {
        Ok(self.file.save(user)?)
    }

    /// Proves that a key works, learns whose it is, and keeps it.
    pub fn add(&self, new: NewKey) -> BoxFuture<'_, Result<AddedUser, AppError>> {
        Box::pin(async move {
            if new.key.id.is_temporary() {
                return Err(IamUserError::Temporary.into());
            }
            if let Some(name) = &new.name {
                self.check_name(name)?;
            }
            let aws = self.connection.aws().await?;
            let signer = Signer::Key(new.key.clone());
            let owner = aws.key_owner(&new.region, &signer).await?;
            let arn = UserArn::new(&owner).map_err(IamUserError::NotAUser)?;
            let name = new.name.unwrap_or_else(|| suggested_name(&arn));
            self.check_name(&name)?;
            let mut devices = Vec::new();
            if new.mfa_serial.is_none() {
                let caller = IamCaller {
                    user: arn.clone(),
                    region: new.region,
                    signer,
                };
                // Many users may not list their devices: then the serial has to be given.
                devices = aws.list_mfa_devices(&caller).await.unwrap_or_default();
            }
            let mut devices = devices.into_iter();
            let mfa_serial = new
                .mfa_serial
                .as_deref()
                .map(clean_text)
                .or_else(|| devices.next());
            let (place, no_keyring) = self.keep(&name, new.place, &new.key).await?;
            let user = IamUser {
                name,
                account_id: arn.account_id().ok_or(IamUserError::NotAUser(NotAUser::Other))?,
                arn,
                key: new.key.id,
                place,
                mfa_serial,
                key_since: self.context.now(),
                rotation: None,
            };
            self.record(&user)?;
            Ok(AddedUser {
                user,
                no_keyring,
                other_devices: devices.collect(),
            })
        })
    }

    /// Whether a name can be given to another user.
    pub fn check_name(&self, name: &str) -> Result<(), IamUserError> {
        if !is_user_name(name) {
            return Err(IamUserError::InvalidName(clean_text(name)));
        }
        let taken = |by| IamUserError::Taken {
            name: name.to_owned(),
            by,
        };
        if self.users().iter().any(|user| user.name == name) {
            return Err(taken("another IAM user"));
        }
        // TARGETs name both in front of a colon.
        let sessions = self.sessions.sessions().map(|(sessions, _)| sessions);
        if sessions.is_ok_and(|sessions| sessions.iter().any(|session| session.name == name)) {
            return Err(taken("an SSO session"));
        }
        Ok(())
    }

    /// Keeps a secret in a place; where no one chose one in the keyring, or in the file where there is none.
    async fn keep(
        &self,
        name: &str,
        place: Option<SecretPlace>,
        key: &AccessKey,
    ) -> Result<(SecretPlace, Option<String>), IamUserError> {
        let entry = keyring_entry_name(name, &key.id);
        let first = place.unwrap_or(SecretPlace::Keyring);
        match self.keys.save(&entry, first, key).await {
            Err(IamUserError::Keyring(error)) if place.is_none() && error.is_absent() => {
                self.keys.save(&entry, SecretPlace::File, key).await?;
                Ok((SecretPlace::File, Some(error.to_string())))
            }
            done => done.map(|()| (first, None)),
        }
    }

    /// Forgets a user and removes the secrets. The key stays valid in AWS.
    pub fn remove<'a>(&'a self, user: &'a IamUser) -> BoxFuture<'a, Result<(), AppError>> {
        Box::pin(async move {
            for key in keys_kept(user) {
                self.keys.remove(&user.entry(&key), user.place).await?;
            }
            UserSessionCache::new(&self.context.settings.paths).remove(&user.name)?;
            Ok(self.file.remove(&user.name)?)
        })
    }

    /// Removes the secret of one key.
    pub(in crate::app) async fn forget_key(
        &self,
        user: &IamUser,
        key: &AccessKeyId,
    ) -> Result<(), IamUserError> {
        self.keys.remove(&user.entry(key), user.place).await
    }

    /// Keeps the secret of one more key of a user.
    pub(in crate::app) async fn keep_key(&self, user: &IamUser, key: &AccessKey) -> Result<(), IamUserError> {
        self.keys.save(&user.entry(&key.id), user.place, key).await
    }

    /// The key of a profile in `~/.aws/credentials`.
    pub fn key_of_profile(&self, profile: &str) -> Result<AccessKey, AppError> {
        let paths = &self.context.settings.paths;
        let found = CredentialsFile::key_of(paths, profile)?;
        let (id, secret, is_temporary) = found.ok_or_else(|| IamUserError::NoKeyInProfile {
            profile: clean_text(profile),
            path: paths.aws_credentials.clone(),
        })?;
        if is_temporary {
            return Err(IamUserError::Temporary.into());
        }
        let missing = |_| IamUserError::NoKeyInProfile {
            profile: clean_text(profile),
            path: paths.aws_credentials.clone(),
        };
        Ok(AccessKey {
            id: id.parse().map_err(missing)?,
            secret,
        })
    }

    /// Removes the key of a profile from `~/.aws/credentials`; where the file as it was is kept. Every other byte stays.
    pub fn remove_from_profile<'a>(
        &'a self,
        profile: &'a str,
        key: &'a AccessKeyId,
    ) -> BoxFuture<'a, Result<Option<PathBuf>, AppError>> {
        Box::pin(async move {
            let paths = &self.context.settings.paths;
            Ok(CredentialsFile::remove_key(paths, profile, key.as_str()).await?)
        })
    }
}

/// Every key of a user whose secret may be kept.
fn keys_kept(user: &IamUser) -> Vec<AccessKeyId> {
    let mut keys = vec![user.key.clone()];
    if let Some(Rotation { old, step, .. }) = &user.rotation {
        keys.push(old.clone());
        if let RotationStep::Stored { new } = step {
            keys.push(new.clone());
        }
    }
    keys.dedup();
    keys
}
