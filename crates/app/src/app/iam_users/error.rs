//! Why an IAM user's key can't be kept, used or rotated, and what the user has to enter first.

use std::path::PathBuf;

use crate::domain::targets::iam_user::{AccessKeyId, NotAUser};
use crate::store::KeyringError;

/// A failure that is about the keys of IAM users.
#[derive(Debug, thiserror::Error)]
pub enum IamUserError {
    #[error("no IAM user `{name}` is configured")]
    Unknown { name: String, known: Vec<String> },
    #[error("several IAM users are configured and none was named")]
    NoneNamed { known: Vec<String> },
    #[error("no IAM user is configured")]
    NoneKept,
    #[error("`{0}` is not a name for an IAM user: letters, digits, `-`, `_` and `.`, at most 64 of them")]
    InvalidName(String),
    #[error("the name `{name}` is taken by {by}")]
    Taken { name: String, by: &'static str },
    #[error("these are temporary credentials, not the key of an IAM user")]
    Temporary,
    #[error("{0}")]
    NotAUser(NotAUser),
    /// The secret is gone, or was never there.
    #[error("the {place} has no secret for the key {key} of {name}")]
    NoSecret {
        name: String,
        key: AccessKeyId,
        place: &'static str,
    },
    #[error("the {place} did not store the secret: a different one was read back")]
    NotKept { place: &'static str },
    /// The user has to give the passphrase of the encrypted file.
    #[error("the passphrase of `{}` is needed", path.display())]
    PassphraseRequired { path: PathBuf, is_new: bool },
    #[error("`{setting}` gave nothing: {reason}")]
    Process { setting: &'static str, reason: String },
    /// The user has to give a code of a device.
    #[error("a code of the MFA device {serial} is needed for {name}")]
    CodeRequired { name: String, serial: String },
    #[error("a code of an MFA device has six digits")]
    NotACode,
    #[error("STS didn't accept the code: it is wrong, or was used already")]
    CodeRefused,
    #[error("the IAM user {name} gives no credentials for {target}")]
    NotItsOwn { name: String, target: String },
    #[error("`[{profile}]` in `{}` has no access key", path.display())]
    NoKeyInProfile { profile: String, path: PathBuf },
    /// A user has two keys at most, and both are there.
    #[error("{name} has a second access key, {other}, so no new one can be created")]
    SecondKey {
        name: String,
        other: AccessKeyId,
        active: bool,
    },
    #[error("the key {key} of {name} is not active")]
    NotActive { name: String, key: AccessKeyId },
    /// IAM takes a while until a new key works everywhere.
    #[error("the new key {key} of {name} doesn't work yet")]
    NotYet { name: String, key: AccessKeyId },
    #[error("the new key {key} belongs to someone else: {arn}")]
    OtherOwner { key: AccessKeyId, arn: String },
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

impl IamUserError {
    /// Whether a passphrase was given that doesn't open the file.
    #[must_use]
    pub fn is_wrong_passphrase(&self) -> bool {
        matches!(self, Self::Keyring(KeyringError::WrongPassphrase { .. }))
    }

    /// Whether another code of the device may do.
    #[must_use]
    pub fn is_about_a_code(&self) -> bool {
        matches!(self, Self::CodeRefused | Self::NotACode)
    }

    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Unknown { known, .. } if known.is_empty() => return Self::NoneKept.hints(),
            Self::Unknown { known, .. } => format!("configured: {}", known.join(", ")),
            Self::NoneNamed { known } => format!("name one of {}", known.join(", ")),
            Self::NoneKept => "add one: `genkan iam-user add`".to_owned(),
            Self::InvalidName(_) | Self::Taken { .. } => {
                "choose another: `genkan iam-user add NAME`".to_owned()
            }
            Self::Temporary => "add the user's own key, whose ID begins with AKIA".to_owned(),
            Self::NotAUser(NotAUser::Root) => {
                "genkan keeps no keys of root users; delete it in the console, under Security credentials"
                    .to_owned()
            }
            Self::NotAUser(NotAUser::Other) => {
                "`aws sts get-caller-identity` shows whose key it is".to_owned()
            }
            Self::NoSecret { name, .. } => format!(
                "remove the user and add the key again: `genkan iam-user remove {name}`, `genkan iam-user add {name}`"
            ),
            Self::NotKept { .. } => "nothing else was changed; check it with its own program".to_owned(),
            Self::PassphraseRequired { .. } => {
                "run it in a terminal, or set `passphrase_process` in config.toml to a program that prints it"
                    .to_owned()
            }
            Self::Process { .. } => "correct it in config.toml, or remove it to be asked".to_owned(),
            Self::CodeRequired { .. } => {
                "run it in a terminal, or set `mfa_process` in config.toml to a program that prints a code"
                    .to_owned()
            }
            Self::NotACode => "type it as the device shows it".to_owned(),
            Self::CodeRefused => "wait for the device's next code: each works once".to_owned(),
            Self::NotItsOwn { name, .. } => {
                format!(
                    "`genkan list --session {name}` lists what it gives; `[[role]]` in config.toml adds roles"
                )
            }
            Self::NoKeyInProfile { .. } => {
                "check the profile's name: `aws configure list-profiles`".to_owned()
            }
            Self::SecondKey { name, other, active } => {
                let used = if *active {
                    "if nothing uses it any more"
                } else {
                    "it is inactive"
                };
                format!("delete it ({used}): `genkan iam-user rotate {name} --delete {other}`")
            }
            Self::NotActive { name, .. } => {
                format!("activate it in the console, or remove it here: `genkan iam-user remove {name}`")
            }
            Self::NotYet { name, .. } => {
                format!("go on in a minute: `genkan iam-user rotate {name}`; the old key still works")
            }
            Self::OtherOwner { .. } => {
                "nothing was deactivated; check both keys in the IAM console".to_owned()
            }
            Self::Keyring(error) => return error.hints(),
        };
        vec![hint]
    }
}
