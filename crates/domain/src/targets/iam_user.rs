//! IAM users whose long-lived keys genkan keeps: what is known of them without their secrets, and how far the rotation
//! of a key has come.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::text::CleanText;
use crate::web::console::user_sign_in_page;
use crate::{
    Account, AccountId, OwnTarget, Partition, PermissionSetName, Region, Secret, SessionKind, SsoSession,
};

/// The longest name: it goes into the names of files and of entries in a keyring.
const MOST_NAME: usize = 64;

/// The ID of an access key, such as `AKIAIOSFODNN7EXAMPLE`. No secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccessKeyId(String);

/// The text is no ID of an access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an access key ID has 16 to 128 capital letters and digits, such as AKIAIOSFODNN7EXAMPLE")]
pub struct NotAnAccessKeyId;

impl FromStr for AccessKeyId {
    type Err = NotAnAccessKeyId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = (16..=128).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        (fits && plain)
            .then(|| Self(text.to_owned()))
            .ok_or(NotAnAccessKeyId)
    }
}

impl AccessKeyId {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it belongs to temporary credentials, which end by themselves.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.0.starts_with("ASIA")
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A key with its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    pub id: AccessKeyId,
    pub secret: Secret,
}

/// Whether IAM accepts a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    Active,
    Inactive,
}

/// A key as IAM lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    pub id: AccessKeyId,
    pub status: KeyStatus,
}

/// The ARN of an IAM user: `arn:aws:iam::123456789012:user/path/name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserArn(String);

/// The ARN is not of an IAM user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAUser {
    #[error("the key belongs to the root user of its account")]
    Root,
    #[error("the key doesn't belong to an IAM user")]
    Other,
}

impl UserArn {
    /// Takes what GetCallerIdentity returned.
    ///
    /// # Errors
    /// Where it names the root user, a role, or nothing that is known.
    pub fn new(arn: &str) -> Result<Self, NotAUser> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, resource] = parts.as_slice() else {
            return Err(NotAUser::Other);
        };
        if *resource == "root" {
            return Err(NotAUser::Root);
        }
        let name = resource
            .strip_prefix("user/")
            .and_then(|path| path.rsplit('/').next());
        let is_user = name.is_some_and(|name| !name.is_empty());
        let plain = arn.bytes().all(|b| b.is_ascii_graphic());
        if !is_user || partition.is_empty() || account.parse::<AccountId>().is_err() || !plain {
            return Err(NotAUser::Other);
        }
        Ok(Self(arn.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The user's name in IAM, without its path.
    #[must_use]
    pub fn user_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        self.0.split(':').nth(4)?.parse().ok()
    }
}

impl fmt::Display for UserArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where the secret of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// The operating system's keyring.
    Keyring,
    /// The file that a passphrase opens.
    File,
}

impl SecretPlace {
    /// Its name on the command line and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }
}

impl FromStr for SecretPlace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Keyring, Self::File]
            .into_iter()
            .find(|place| place.as_str() == text)
            .ok_or(())
    }
}

/// An IAM user whose key is kept, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IamUser {
    /// What it is called here.
    pub name: String,
    pub arn: UserArn,
    pub account_id: AccountId,
    /// The key in use.
    pub key: AccessKeyId,
    pub place: SecretPlace,
    /// The device whose codes open sessions.
    pub mfa_serial: Option<String>,
    /// When the key was made here, or brought here.
    pub key_since: Timestamp,
    pub rotation: Option<Rotation>,
}

impl IamUser {
    /// A Region of the user's partition.
    #[must_use]
    pub fn region(&self) -> Region {
        let name = self.arn.as_str().split(':').nth(1).unwrap_or_default();
        let partition = Partition::ALL
            .into_iter()
            .find(|partition| partition.to_string() == name);
        partition.unwrap_or(Partition::Aws).home_region()
    }

    /// The user as a source of targets.
    #[must_use]
    pub fn source(&self) -> Option<SsoSession> {
        let own = OwnTarget {
            account: Account {
                name: self.account_id.as_str().into(),
                id: self.account_id.clone(),
                email: CleanText::default(),
            },
            name: PermissionSetName::new(self.arn.user_name()),
            arn: self.arn.to_string(),
        };
        let region = self.region();
        Some(SsoSession {
            name: self.name.clone(),
            start_url: user_sign_in_page(&self.account_id, region.partition())
                .parse()
                .ok()?,
            region,
            scopes: Vec::new(),
            kind: SessionKind::IamUser(Box::new(own)),
        })
    }

    /// The name of a key's entry in the keyring or the file.
    #[must_use]
    pub fn entry(&self, key: &AccessKeyId) -> String {
        keyring_entry_name(&self.name, key)
    }
}

/// The name of the entry of a user's key in the keyring or the file.
#[must_use]
pub fn keyring_entry_name(name: &str, key: &AccessKeyId) -> String {
    format!("iam-user/{name}/{key}")
}

/// Whether a text can be the code of an MFA device.
#[must_use]
pub fn is_mfa_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text can be what an IAM user is called here.
#[must_use]
pub fn is_user_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MOST_NAME
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// A name for a user of an ARN, in the characters that a name may have.
#[must_use]
pub fn suggested_name(arn: &UserArn) -> String {
    let name: String = arn
        .user_name()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
                c
            } else {
                '-'
            }
        })
        .take(MOST_NAME)
        .collect();
    name
}

/// A rotation that has begun. It is written down before each step, so that one that was killed goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    pub old: AccessKeyId,
    /// Every key of the user before the new one was asked for. One that is not among them was made by the rotation.
    pub before: Vec<AccessKeyId>,
    pub step: RotationStep,
}

/// How far a rotation has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotationStep {
    /// A new key is asked for; it may be there, and its secret lost.
    Creating,
    /// The new key is stored.
    Stored { new: AccessKeyId },
    /// The new key works and is the one in use; the old one is to be deactivated and deleted.
    InUse,
    /// The old key is deactivated, and the new one worked after that.
    Deactivated,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_arns_of_iam_users_are_taken() {
        let arn = UserArn::new("arn:aws-us-gov:iam::111122223333:user/team/ops/ana").expect("a user");
        assert_eq!(arn.user_name(), "ana");
        assert_eq!(
            arn.account_id().map(|id| id.to_string()).as_deref(),
            Some("111122223333")
        );
        for (text, error) in [
            ("arn:aws:iam::111122223333:root", NotAUser::Root),
            (
                "arn:aws:sts::111122223333:assumed-role/Admin/ana",
                NotAUser::Other,
            ),
            ("arn:aws:iam::1111:user/ana", NotAUser::Other),
            ("arn:aws:iam::111122223333:user/", NotAUser::Other),
            ("arn:aws:iam::111122223333:user/a\u{1b}[31m", NotAUser::Other),
            ("", NotAUser::Other),
        ] {
            assert_eq!(UserArn::new(text), Err(error), "{text}");
        }
    }

    #[test]
    fn names_fit_into_files_and_keyrings() {
        for name in ["ana", "ana.ops-2", "A_1"] {
            assert!(is_user_name(name), "{name}");
        }
        for name in ["", "a/b", "a b", "a:b", "é", &"a".repeat(65)] {
            assert!(!is_user_name(name), "{name}");
        }
        let arn = UserArn::new("arn:aws:iam::111122223333:user/x/ana+ops@example.com").expect("a user");
        let name = suggested_name(&arn);
        assert!(is_user_name(&name), "{name}");
        assert_eq!(name, "ana-ops-example.com");
    }

    #[test]
    fn key_ids_are_plain_text() {
        assert!("AKIAIOSFODNN7EXAMPLE".parse::<AccessKeyId>().is_ok());
        for bad in ["", "AKIA", "akiaiosfodnn7example", "AKIAIOSFODNN7EXAMPL\u{202e}"] {
            assert_eq!(bad.parse::<AccessKeyId>(), Err(NotAnAccessKeyId), "{bad}");
        }
        assert!(
            "ASIAIOSFODNN7EXAMPLE"
                .parse::<AccessKeyId>()
                .is_ok_and(|id| id.is_temporary())
        );
    }
}
