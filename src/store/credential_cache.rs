//! Role credentials while they live, one private file a target. May be deleted at any time.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::atomic::{file_name, read_secret, remove, set_aside, write_private};
use super::error::{Loaded, StoreError};
use super::sso_cache::sha1_hex;
use crate::domain::history::TargetKey;
use crate::domain::{PermissionSetName, RoleCredentials, Secret};
use crate::platform::paths::Paths;

/// The folder of credential files, with one folder a session.
#[derive(Clone, Debug)]
pub struct CredentialCache {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct File {
    session: String,
    account_id: String,
    permission_set: String,
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    /// Seconds since 1970.
    expires_at: i64,
}

impl CredentialCache {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.cache.join("credentials"),
        }
    }

    fn session_folder(&self, session: &str) -> PathBuf {
        self.folder.join(sha1_hex(session.as_bytes()))
    }

    fn file(&self, target: &TargetKey) -> PathBuf {
        let set = target.permission_set.as_str();
        let name = file_name(
            &format!("{}-{set}", target.account_id),
            &[target.account_id.as_str(), set],
            "json",
        );
        self.session_folder(&target.session).join(name)
    }

    /// Credentials of a target that are alive at `now`; dead ones are removed.
    #[must_use]
    pub fn load(&self, target: &TargetKey, now: Timestamp) -> Loaded<RoleCredentials> {
        let path = self.file(target);
        let Ok(Loaded {
            value: Some(bytes),
            notice,
        }) = read_secret(&path)
        else {
            return Loaded::absent();
        };
        let Ok(file) = serde_json::from_slice::<File>(&bytes) else {
            return Loaded {
                value: None,
                notice: Some(set_aside(&path)),
            };
        };
        let ours = file.session == target.session
            && file.account_id == target.account_id.as_str()
            && file.permission_set == target.permission_set.as_str();
        let alive = Timestamp::from_second(file.expires_at)
            .ok()
            .filter(|at| *at > now && ours);
        let Some(expires_at) = alive else {
            let _ = remove(&path);
            return Loaded::absent();
        };
        let credentials = RoleCredentials {
            access_key_id: file.access_key_id,
            secret_access_key: Secret::new(file.secret_access_key),
            session_token: Secret::new(file.session_token),
            expires_at,
        };
        Loaded {
            value: Some(credentials),
            notice,
        }
    }

    pub fn save(&self, target: &TargetKey, credentials: &RoleCredentials) -> Result<(), StoreError> {
        let path = self.file(target);
        let file = File {
            session: target.session.clone(),
            account_id: target.account_id.to_string(),
            permission_set: target.permission_set.to_string(),
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret_access_key.expose().to_owned(),
            session_token: credentials.session_token.expose().to_owned(),
            expires_at: credentials.expires_at.as_second(),
        };
        let bytes = serde_json::to_vec(&file).map_err(|e| StoreError::Write {
            path: path.clone(),
            source: std::io::Error::other(e),
        })?;
        write_private(&path, &bytes)
    }

    /// Forgets all credentials of a session.
    pub fn remove_session(&self, session: &str) -> Result<(), StoreError> {
        let folder = self.session_folder(session);
        match std::fs::remove_dir_all(&folder) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::Write { path: folder, source })
            }
            _ => Ok(()),
        }
    }

    /// Until when the credentials of a session's targets live.
    #[must_use]
    pub fn expiries(&self, session: &str, now: Timestamp) -> Vec<(TargetKey, Timestamp)> {
        let Ok(entries) = std::fs::read_dir(self.session_folder(session)) else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| {
                let bytes = super::atomic::read(&entry.ok()?.path()).ok()??;
                let file: File = serde_json::from_slice(&bytes).ok()?;
                let at = Timestamp::from_second(file.expires_at)
                    .ok()
                    .filter(|at| *at > now)?;
                let key = TargetKey {
                    account_id: file.account_id.parse().ok()?,
                    permission_set: PermissionSetName::new(file.permission_set),
                    session: file.session,
                };
                Some((key, at))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::paths::PathVariables;

    #[test]
    fn credentials_live_until_they_expire() {
        let home = tempfile::tempdir().expect("a folder");
        let variables = PathVariables {
            home: Some(home.path().to_owned()),
            ..PathVariables::default()
        };
        let cache = CredentialCache::new(&Paths::resolve(&variables).expect("a home"));
        let at = |s| Timestamp::from_second(s).expect("in range");
        let target = TargetKey {
            session: "org".into(),
            account_id: "000000000001".parse().expect("an id"),
            permission_set: PermissionSetName::new("Admin"),
        };
        let credentials = RoleCredentials {
            access_key_id: "AKID".into(),
            secret_access_key: Secret::new("secret"),
            session_token: Secret::new("token"),
            expires_at: at(3600),
        };
        cache.save(&target, &credentials).expect("saves");
        assert_eq!(cache.load(&target, at(0)).value, Some(credentials.clone()));
        assert_eq!(cache.expiries("org", at(0)), [(target.clone(), at(3600))]);
        assert_eq!(cache.load(&target, at(3600)).value, None);
        assert!(!cache.file(&target).exists(), "dead credentials are removed");
        cache.save(&target, &credentials).expect("saves");
        cache.remove_session("org").expect("removes");
        assert_eq!(cache.load(&target, at(0)).value, None);
        cache.remove_session("org").expect("nothing to remove is fine");
    }
}
