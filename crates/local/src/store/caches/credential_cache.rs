//! Role credentials while they live, one private file a target. May be deleted at any time.
//!
//! They belong to the sign-in that they came from, and to the session as it was configured then: after
//! another sign-in, or with another start URL or Region under the same name, none are found. What is found
//! to be of another sign-in is deleted.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::domain::records::history::TargetKey;
use crate::domain::targets::credentials::Validity;
use crate::domain::values::time::{Clocks, Verdict};
use crate::domain::{AccountId, PermissionSetName, RoleCredentials, Secret, SignInId, SsoSession};
use crate::platform::files::paths::Paths;
use crate::store::disk::json_file::JsonFile;
use crate::store::disk::names::{file_name, sha1_hex};
use crate::store::error::{Loaded, StoreError};

/// The folder of credential files, with one folder a session.
#[derive(Clone, Debug)]
pub struct CredentialCache {
    folder: PathBuf,
}

/// Credentials as they are in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCredentials {
    pub credentials: RoleCredentials,
    /// As AWS's clock has it. Unknown in files of earlier versions.
    pub obtained_at: Option<Timestamp>,
}

impl StoredCredentials {
    /// How long they were good when they were obtained.
    #[must_use]
    pub fn life_seconds(&self) -> Option<i64> {
        let at = self.obtained_at?;
        Some(
            self.credentials
                .expires_at
                .as_second()
                .saturating_sub(at.as_second()),
        )
    }

    /// The credentials with the expiration that programs on this machine are given, where they are valid for long
    /// enough by both clocks.
    #[must_use]
    pub fn usable_by(self, clocks: Clocks) -> Option<RoleCredentials> {
        let may = self.credentials.may_serve(self.obtained_at, clocks);
        self.credentials.for_local_clock(clocks).ok().filter(|_| may)
    }
}

/// Whose credentials.
#[derive(Clone, Copy, Debug)]
pub struct CredentialsOf<'a> {
    pub session: &'a SsoSession,
    pub account: &'a AccountId,
    pub set: &'a PermissionSetName,
    /// What the requests for a chained role say besides its ARN. With other words they get other credentials.
    pub request: &'a str,
}

impl CredentialsOf<'_> {
    /// What is in the file of the request's words: they may be long, and are no one's business.
    fn digest(&self) -> String {
        if self.request.is_empty() {
            String::new()
        } else {
            sha1_hex(self.request.as_bytes())
        }
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    /// None in files of earlier versions, which no one is given.
    #[serde(default)]
    sign_in: Option<SignInId>,
    account_id: String,
    permission_set: String,
    /// A digest of what the request said besides the role, where it said anything.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    request: String,
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
        let portal = [&session.start_url.portal(), session.region.as_str()];
        self.name_folder(session)
            .join(file_name(session.region.as_str(), &portal, "d"))
    }

    fn file(&self, of: &CredentialsOf<'_>) -> JsonFile<File> {
        let CredentialsOf { account, set, .. } = of;
        let digest = of.digest();
        let mut exact = vec![account.as_str(), set.as_str()];
        exact.extend((!digest.is_empty()).then_some(digest.as_str()));
        let name = file_name(&format!("{account}-{set}"), &exact, "json");
        JsonFile::new(self.session_folder(of.session).join(name))
    }

    /// Credentials of an account and permission set that came from this sign-in. Those that both clocks call
    /// expired are removed, and with the first of another sign-in all of other sign-ins.
    #[must_use]
    pub fn load(
        &self,
        of: &CredentialsOf<'_>,
        sign_in: &SignInId,
        clocks: Clocks,
    ) -> Loaded<StoredCredentials> {
        let stored = self.file(of);
        let Loaded { value, notice } = stored.load();
        let Some(file) = value else {
            return Loaded { value: None, notice };
        };
        if file.sign_in.as_ref() != Some(sign_in) {
            self.remove_others(of.session, sign_in);
            return Loaded { value: None, notice };
        }
        let printable = [
            &file.access_key_id,
            &*file.secret_access_key,
            &*file.session_token,
        ]
        .iter()
        .all(|field| field.bytes().all(|b| b.is_ascii_graphic()));
        // What is in a file is as foreign as the network, and this is printed as it is.
        let is_same = file.account_id == of.account.as_str()
            && file.permission_set == of.set.as_str()
            && file.request == of.digest();
        let ours = printable && is_same;
        let alive = Timestamp::from_second(file.expires_at)
            .ok()
            .filter(|at| clocks.judge(*at) != Verdict::Expired && ours);
        let Some(expires_at) = alive else {
            let _ = stored.remove();
            return Loaded { value: None, notice };
        };
        Loaded {
            value: Some(StoredCredentials {
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

    /// Keeps credentials that were obtained now, by AWS's clock, with this sign-in. Those of other sign-ins
    /// are removed.
    pub fn save(
        &self,
        of: &CredentialsOf<'_>,
        credentials: &RoleCredentials,
        sign_in: &SignInId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.remove_others(of.session, sign_in);
        self.file(of).save(&File {
            sign_in: Some(sign_in.clone()),
            account_id: of.account.to_string(),
            permission_set: of.set.to_string(),
            request: of.digest(),
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret_access_key.expose().to_owned().into(),
            session_token: credentials.session_token.expose().to_owned().into(),
            expires_at: credentials.expires_at.as_second(),
            obtained_at: Some(now.as_second()),
        })
    }

    /// Forgets the credentials of one target, whatever they were asked for with.
    pub fn remove(
        &self,
        session: &SsoSession,
        account: &AccountId,
        set: &PermissionSetName,
    ) -> Result<(), StoreError> {
        let request = "";
        let plain = CredentialsOf {
            session,
            account,
            set,
            request,
        };
        self.file(&plain).remove()?;
        let is_its = |file: &File| file.account_id == account.as_str() && file.permission_set == set.as_str();
        for (stored, file) in self.files(session) {
            if file.as_ref().is_some_and(is_its) {
                stored.remove()?;
            }
        }
        Ok(())
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

    /// Whether there may be credentials of a session.
    #[must_use]
    pub fn has_any(&self, session: &SsoSession) -> bool {
        self.name_folder(session).exists()
    }

    /// Removes what came from other sign-ins, and what can't be understood. That it can't be done stops
    /// nothing: no one is given it.
    fn remove_others(&self, session: &SsoSession, sign_in: &SignInId) {
        for (stored, file) in self.files(session) {
            if file.and_then(|file| file.sign_in).as_ref() != Some(sign_in) {
                let _ = stored.remove();
            }
        }
    }

    fn files(&self, session: &SsoSession) -> impl Iterator<Item = (JsonFile<File>, Option<File>)> + use<> {
        let folder = self.session_folder(session);
        // genkan makes no links here: who did may lead it to files that are not its own.
        let steps = [&self.folder, &self.name_folder(session), &folder];
        let is_own = !steps.iter().any(|step| step.is_symlink());
        let entries = is_own.then(|| std::fs::read_dir(&folder)).into_iter().flatten();
        let json = |path: &PathBuf| path.extension().is_some_and(|e| e == "json");
        let paths = entries.flatten().flatten().map(|entry| entry.path());
        paths.filter(json).map(|path| {
            let stored = JsonFile::new(path);
            let file = stored.peek();
            (stored, file)
        })
    }

    /// When, by this machine's clock, the credentials of a session's targets expire that came from this
    /// sign-in.
    #[must_use]
    pub fn expiries(
        &self,
        session: &SsoSession,
        sign_in: &SignInId,
        clocks: Clocks,
    ) -> Vec<(TargetKey, Validity)> {
        self.files(session)
            .filter_map(|(_, file)| {
                let file = file.filter(|file| file.sign_in.as_ref() == Some(sign_in))?;
                let expires_at = Timestamp::from_second(file.expires_at).ok()?;
                let validity = Validity {
                    until: clocks.local_expiration(expires_at)?,
                    life_seconds: file.obtained_at.map(|at| file.expires_at.saturating_sub(at)),
                };
                let key = TargetKey {
                    account_id: file.account_id.parse().ok()?,
                    permission_set: PermissionSetName::new(file.permission_set),
                    session: session.name.clone(),
                };
                Some((key, validity))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    fn session(region: &str) -> SsoSession {
        fixtures::session_at("org", "https://d-1234567890.awsapps.com/start", region)
    }

    fn of<'a>(
        session: &'a SsoSession,
        account: &'a AccountId,
        set: &'a PermissionSetName,
    ) -> CredentialsOf<'a> {
        CredentialsOf {
            session,
            account,
            set,
            request: "",
        }
    }

    #[test]
    fn credentials_belong_to_the_words_of_their_request() {
        let home = tempfile::tempdir().expect("a folder");
        let cache = CredentialCache::new(&Paths::in_home(home.path()));
        let (org, mine) = (session("us-east-1"), SignInId::new("mine"));
        let account: AccountId = "000000000001".parse().expect("an id");
        let role = PermissionSetName::new("Deploy via 000000000002/Admin");
        let asked = |request| CredentialsOf {
            request,
            ..of(&org, &account, &role)
        };
        let load = |request| {
            let clocks = Clocks::agreeing(Timestamp::UNIX_EPOCH);
            let found = cache.load(&asked(request), &mine, clocks).value?;
            Some(found.credentials.access_key_id)
        };
        for request in ["external ID=one", "external ID=two"] {
            let credentials = RoleCredentials {
                access_key_id: request.replace(' ', ""),
                secret_access_key: Secret::new("secret"),
                session_token: Secret::new("token"),
                expires_at: Timestamp::from_second(3600).expect("in range"),
            };
            cache
                .save(&asked(request), &credentials, &mine, Timestamp::UNIX_EPOCH)
                .expect("saves");
        }
        for request in ["external ID=one", "external ID=two"] {
            assert_eq!(load(request), Some(request.replace(' ', "")));
        }
        assert_eq!((load(""), load("external ID=three")), (None, None));
        cache.remove(&org, &account, &role).expect("removes");
        assert_eq!((load("external ID=one"), load("external ID=two")), (None, None));
    }

    /// In a folder that others share, someone may lead genkan's own to another one.
    #[test]
    fn nothing_is_removed_from_where_a_link_leads() {
        let home = tempfile::tempdir().expect("a folder");
        let cache = CredentialCache::new(&Paths::in_home(home.path()));
        let org = session("us-east-1");
        let credentials = RoleCredentials {
            access_key_id: "AKID".into(),
            secret_access_key: Secret::new("secret"),
            session_token: Secret::new("token"),
            expires_at: Timestamp::MAX,
        };
        let account: AccountId = "000000000001".parse().expect("an id");
        let save = || {
            let (set, sign_in) = (PermissionSetName::new("Admin"), SignInId::new("mine"));
            cache.save(
                &of(&org, &account, &set),
                &credentials,
                &sign_in,
                Timestamp::UNIX_EPOCH,
            )
        };
        let portal = cache.session_folder(&org);
        let (portal_name, org_name) = (portal.file_name().expect("a name"), cache.name_folder(&org));
        for link in [&portal, &org_name, &cache.folder] {
            let elsewhere = tempfile::tempdir().expect("a folder");
            let below = match link {
                _ if *link == portal => elsewhere.path().to_owned(),
                _ if *link == org_name => elsewhere.path().join(portal_name),
                _ => elsewhere
                    .path()
                    .join(org_name.file_name().expect("a name"))
                    .join(portal_name),
            };
            std::fs::create_dir_all(&below).expect("makes");
            std::fs::create_dir_all(link.parent().expect("a folder")).expect("makes");
            std::os::unix::fs::symlink(elsewhere.path(), link).expect("links");
            let tokens = below.join("tokens.json");
            std::fs::write(&tokens, "{\"accessToken\":\"x\"}").expect("writes");
            let _ = save();
            assert!(tokens.exists(), "{}", link.display());
            std::fs::remove_file(link).expect("removes");
            let _ = std::fs::remove_dir_all(&cache.folder);
        }
        save().expect("saves");
    }

    #[test]
    fn credentials_live_until_they_expire() {
        let home = tempfile::tempdir().expect("a folder");
        let cache = CredentialCache::new(&Paths::in_home(home.path()));
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
        let kept = StoredCredentials {
            credentials: credentials.clone(),
            obtained_at: Some(at(5)),
        };
        let (mine, theirs) = (SignInId::new("mine"), SignInId::new("theirs"));
        let clocks = |now| Clocks::agreeing(at(now));
        let load_of = |session: &SsoSession, sign_in: &SignInId, clocks| {
            cache.load(&of(session, &account, &admin), sign_in, clocks).value
        };
        let load = |session: &SsoSession, now| load_of(session, &mine, clocks(now));
        let save_as = |set: &PermissionSetName, sign_in: &SignInId| {
            cache
                .save(&of(&org, &account, set), &credentials, sign_in, at(5))
                .expect("saves");
        };
        let save = || save_as(&admin, &mine);
        let file = cache.file(&of(&org, &account, &admin)).path;
        save();
        assert_eq!(load(&org, 0), Some(kept.clone()));
        assert_eq!(load(&moved, 0), None, "another portal's credentials");
        let key = TargetKey {
            session: "org".into(),
            account_id: account.clone(),
            permission_set: admin.clone(),
        };
        let validity = Validity {
            until: at(3600),
            life_seconds: Some(3595),
        };
        assert_eq!(cache.expiries(&org, &mine, clocks(0)), [(key, validity)]);
        assert_eq!(cache.expiries(&org, &theirs, clocks(0)), []);
        assert_eq!(cache.expiries(&moved, &mine, clocks(0)), []);
        let disputed = Clocks {
            local: at(3600),
            offset: -60,
        };
        assert_eq!(load_of(&org, &mine, disputed), Some(kept.clone()));
        assert_eq!(kept.clone().usable_by(disputed), None, "only AWS knows");
        assert_eq!(kept.usable_by(clocks(10)), Some(credentials.clone()));
        assert_eq!(load(&org, 3600), None);
        assert!(!file.exists(), "dead credentials are removed");
        save();
        cache.remove_session(&moved).expect("removes");
        assert!(
            !cache.has_any(&org) && load(&org, 0).is_none(),
            "gone with the session's name"
        );
        cache.remove_session(&org).expect("nothing to remove is fine");
        // Another sign-in removes all that it doesn't find its own.
        let view = PermissionSetName::new("View");
        let other = cache.file(&of(&org, &account, &view)).path;
        save();
        save_as(&view, &mine);
        assert_eq!(load_of(&org, &theirs, clocks(0)), None);
        assert!(!file.exists() && !other.exists());
        save();
        save_as(&view, &theirs);
        assert!(!file.exists() && other.exists());
        // So does the first one after an update from a version that knew no sign-ins.
        save();
        let text = std::fs::read_to_string(&file)
            .expect("reads")
            .replace("sign_in", "unknown");
        std::fs::write(&file, text).expect("writes");
        assert_eq!(load(&org, 0), None);
        assert!(!file.exists());
    }
}
