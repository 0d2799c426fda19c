//! The sessions that keys of IAM users have opened, while they live, one private file a user. May be deleted at any time.
//!
//! A session belongs to the key that opened it: with another key it is not found, and removed.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::domain::targets::iam_user::{AccessKeyId, IamUser};
use crate::domain::{RoleCredentials, Secret};
use crate::platform::files::paths::Paths;
use crate::store::caches::credential_cache::StoredCredentials;
use crate::store::disk::json_file::JsonFile;
use crate::store::disk::names::file_name;
use crate::store::error::{Loaded, StoreError};

/// The folder of sessions.
#[derive(Clone, Debug)]
pub struct UserSessionCache {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct File {
    /// The key that opened it.
    key: String,
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    session_token: Zeroizing<String>,
    /// Seconds since 1970.
    expires_at: i64,
    obtained_at: i64,
}

impl UserSessionCache {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.cache.join("user-sessions"),
        }
    }

    fn file(&self, name: &str) -> JsonFile<File> {
        JsonFile::new(self.folder.join(file_name(name, &[name], "json")))
    }

    /// The session that the key in use has opened.
    #[must_use]
    pub fn load(&self, user: &IamUser) -> Loaded<StoredCredentials> {
        let stored = self.file(&user.name);
        let loaded = stored.load();
        let is_ours = |file: &File| file.key.parse::<AccessKeyId>().is_ok_and(|key| key == user.key);
        if loaded.value.as_ref().is_some_and(|file| !is_ours(file)) {
            let _ = stored.remove();
        }
        loaded.map(|file| {
            Some(file)
                .filter(is_ours)
                .and_then(|file| parse_credentials(&file))
        })
    }

    /// Keeps a session that was opened now, by AWS's clock.
    pub fn save(&self, user: &IamUser, session: &RoleCredentials, now: Timestamp) -> Result<(), StoreError> {
        self.file(&user.name).save(&File {
            key: user.key.to_string(),
            access_key_id: session.access_key_id.clone(),
            secret_access_key: session.secret_access_key.expose().to_owned().into(),
            session_token: session.session_token.expose().to_owned().into(),
            expires_at: session.expires_at.as_second(),
            obtained_at: now.as_second(),
        })
    }

    /// Forgets the session of a user.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.file(name).remove()
    }
}

/// What is in a file is as foreign as the network, and this is printed as it is.
fn parse_credentials(file: &File) -> Option<StoredCredentials> {
    let fields = [
        file.access_key_id.as_str(),
        &file.secret_access_key,
        &file.session_token,
    ];
    let printable = |field: &&str| !field.is_empty() && field.bytes().all(|b| b.is_ascii_graphic());
    if !fields.iter().all(printable) {
        return None;
    }
    Some(StoredCredentials {
        obtained_at: Timestamp::from_second(file.obtained_at).ok(),
        credentials: RoleCredentials {
            access_key_id: file.access_key_id.clone(),
            secret_access_key: Secret::new(file.secret_access_key.as_str()),
            session_token: Secret::new(file.session_token.as_str()),
            expires_at: Timestamp::from_second(file.expires_at).ok()?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::targets::iam_user::{SecretPlace, UserArn};

    fn user(key: &str) -> IamUser {
        let arn = UserArn::new("arn:aws:iam::111122223333:user/ana").expect("a user");
        IamUser {
            name: "ana".to_owned(),
            account_id: arn.account_id().expect("an account"),
            arn,
            key: key.parse().expect("a key"),
            place: SecretPlace::Keyring,
            mfa_serial: None,
            key_since: Timestamp::UNIX_EPOCH,
            rotation: None,
        }
    }

    #[test]
    fn a_session_is_found_only_with_the_key_that_opened_it() {
        let home = tempfile::tempdir().expect("a folder");
        let cache = UserSessionCache::new(&Paths::in_home(home.path()));
        let now = Timestamp::from_second(1_800_000_000).expect("in range");
        let session = RoleCredentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: Secret::new("secret"),
            session_token: Secret::new("token"),
            expires_at: Timestamp::from_second(1_800_043_200).expect("in range"),
        };
        let (one, other) = (user("AKIAIOSFODNN7EXAMPLE"), user("AKIAIOSFODNN8EXAMPLE"));
        cache.save(&one, &session, now).expect("saves");
        let found = |user| cache.load(user).value.map(|stored| stored.credentials);
        assert_eq!(found(&one), Some(session));
        assert_eq!(found(&other), None);
        assert_eq!(found(&one), None, "it was removed");
    }
}
