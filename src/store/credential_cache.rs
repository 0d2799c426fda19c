//! Role credentials while they live, one private file a target. May be deleted at any time.
//!
//! They are kept for a session as it is configured: one that was pointed to another start URL or
//! Region under the same name finds none.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::atomic::{file_name, remove, write_private};
use super::error::{Loaded, StoreError};
use super::reading::{peek, read_json};
use crate::domain::history::TargetKey;
use crate::domain::{AccountId, PermissionSetName, RoleCredentials, Secret, SsoSession};
use crate::platform::paths::Paths;

/// The folder of credential files, with one folder a session.
#[derive(Clone, Debug)]
pub struct CredentialCache {
    folder: PathBuf,
}

/// Credentials as they were kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub credentials: RoleCredentials,
    /// Unknown in files of earlier versions.
    pub obtained_at: Option<Timestamp>,
}

impl Kept {
    /// Whether these live long enough to be given out.
    #[must_use]
    pub fn enough_left(&self, now: Timestamp) -> bool {
        self.credentials.enough_left(self.obtained_at, now)
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    account_id: String,
    permission_set: String,
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    session_token: Zeroizing<String>,
    /// Seconds since 1970.
    expires_at: i64,
    #[serde(default)]
    obtained_at: Option<i64>,
}

impl CredentialCache {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.cache.join("credentials"),
        }
    }

    /// Everything of a session's name, wherever it pointed.
    fn name_folder(&self, session: &SsoSession) -> PathBuf {
        self.folder.join(file_name(&session.name, &[&session.name], "d"))
    }

    fn session_folder(&self, session: &SsoSession) -> PathBuf {
        let portal = [session.start_url.normalized(), session.region.as_str()];
        self.name_folder(session)
            .join(file_name(session.region.as_str(), &portal, "d"))
    }

    fn file(&self, session: &SsoSession, account: &AccountId, set: &PermissionSetName) -> PathBuf {
        let name = file_name(
            &format!("{account}-{set}"),
            &[account.as_str(), set.as_str()],
            "json",
        );
        self.session_folder(session).join(name)
    }

    /// Credentials of an account and permission set that are alive at `now`; dead ones are removed.
    #[must_use]
    pub fn load(
        &self,
        session: &SsoSession,
        account: &AccountId,
        set: &PermissionSetName,
        now: Timestamp,
    ) -> Loaded<Kept> {
        let path = self.file(session, account, set);
        let loaded = match read_json::<File>(&path) {
            Ok(loaded) => loaded,
            Err(error) => return Loaded::unreadable(&error),
        };
        let notice = loaded.notice;
        let Some(file) = loaded.value else {
            return Loaded { value: None, notice };
        };
        let printable = [
            &file.access_key_id,
            &*file.secret_access_key,
            &*file.session_token,
        ]
        .iter()
        .all(|field| field.bytes().all(|b| b.is_ascii_graphic()));
        // What is in a file is as foreign as the network, and this is printed as it is.
        let ours = printable && file.account_id == account.as_str() && file.permission_set == set.as_str();
        let alive = Timestamp::from_second(file.expires_at)
            .ok()
            .filter(|at| *at > now && ours);
        let Some(expires_at) = alive else {
            let _ = remove(&path);
            return Loaded { value: None, notice };
        };
        Loaded {
            value: Some(Kept {
                obtained_at: file.obtained_at.and_then(|at| Timestamp::from_second(at).ok()),
                credentials: RoleCredentials {
                    access_key_id: file.access_key_id,
                    secret_access_key: Secret::new(file.secret_access_key.as_str()),
                    session_token: Secret::new(file.session_token.as_str()),
                    expires_at,
                },
            }),
            notice,
        }
    }

    /// Keeps credentials that were obtained at `now`.
    pub fn save(
        &self,
        session: &SsoSession,
        account: &AccountId,
        set: &PermissionSetName,
        credentials: &RoleCredentials,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let path = self.file(session, account, set);
        let file = File {
            account_id: account.to_string(),
            permission_set: set.to_string(),
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret_access_key.expose().to_owned().into(),
            session_token: credentials.session_token.expose().to_owned().into(),
            expires_at: credentials.expires_at.as_second(),
            obtained_at: Some(now.as_second()),
        };
        let bytes = serde_json::to_vec(&file).map_err(|e| StoreError::write(&path, e.into()))?;
        let bytes = Zeroizing::new(bytes);
        write_private(&path, &bytes)
    }

    /// Forgets all credentials of a session, those from before it was pointed elsewhere too.
    pub fn remove_session(&self, session: &SsoSession) -> Result<(), StoreError> {
        let folder = self.name_folder(session);
        match std::fs::remove_dir_all(&folder) {
            Err(error)
                if !matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                Err(StoreError::write(&folder, error))
            }
            _ => Ok(()),
        }
    }

    /// Until when the credentials of a session's targets live.
    #[must_use]
    pub fn expiries(&self, session: &SsoSession, now: Timestamp) -> Vec<(TargetKey, Timestamp)> {
        let Ok(entries) = std::fs::read_dir(self.session_folder(session)) else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| {
                let bytes = peek(&entry.ok()?.path())?;
                let file: File = serde_json::from_slice(&bytes).ok()?;
                let at = Timestamp::from_second(file.expires_at)
                    .ok()
                    .filter(|at| *at > now)?;
                let key = TargetKey {
                    account_id: file.account_id.parse().ok()?,
                    permission_set: PermissionSetName::new(file.permission_set),
                    session: session.name.clone(),
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

    fn session(region: &str) -> SsoSession {
        SsoSession::new(
            "org",
            "https://d-1234567890.awsapps.com/start".parse().expect("a URL"),
            region.parse().expect("a Region"),
        )
    }

    #[test]
    fn credentials_live_until_they_expire() {
        let home = tempfile::tempdir().expect("a folder");
        let variables = PathVariables {
            home: Some(home.path().to_owned()),
            ..PathVariables::default()
        };
        let cache = CredentialCache::new(&Paths::resolve(&variables).expect("a home"));
        let at = |s| Timestamp::from_second(s).expect("in range");
        let (org, moved) = (session("us-east-1"), session("eu-west-1"));
        let account: AccountId = "000000000001".parse().expect("an id");
        let admin = PermissionSetName::new("Admin");
        let credentials = RoleCredentials {
            access_key_id: "AKID".into(),
            secret_access_key: Secret::new("secret"),
            session_token: Secret::new("token"),
            expires_at: at(3600),
        };
        let kept = Kept {
            credentials: credentials.clone(),
            obtained_at: Some(at(5)),
        };
        let load = |session: &SsoSession, now| cache.load(session, &account, &admin, at(now)).value;
        let save = || {
            cache
                .save(&org, &account, &admin, &credentials, at(5))
                .expect("saves");
        };
        save();
        assert_eq!(load(&org, 0), Some(kept));
        assert_eq!(load(&moved, 0), None, "another portal's credentials");
        let key = TargetKey {
            session: "org".into(),
            account_id: account.clone(),
            permission_set: admin.clone(),
        };
        assert_eq!(cache.expiries(&org, at(0)), [(key, at(3600))]);
        assert_eq!(cache.expiries(&moved, at(0)), []);
        assert_eq!(load(&org, 3600), None);
        assert!(
            !cache.file(&org, &account, &admin).exists(),
            "dead credentials are removed"
        );
        save();
        cache.remove_session(&moved).expect("removes");
        assert_eq!(load(&org, 0), None, "gone with the session's name");
        cache.remove_session(&org).expect("nothing to remove is fine");
    }
}
