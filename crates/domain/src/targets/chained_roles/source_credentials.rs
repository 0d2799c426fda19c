//! Where a chain of roles begins that begins with none of genkan's own sources: what the shared files name as the source of
//! a profile's role. It gives no target by itself: what it has is used to assume roles, and never handed out.

use jiff::Timestamp;

use crate::text::clean_text;
use crate::{AccountId, PermissionSetName, RoleCredentials, Secret};

/// The credentials that a chain begins with, as SDKs know them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceCredentials {
    /// The keys of a profile, in either file.
    Keys(String),
    /// What the `credential_process` of a profile prints.
    Process(String),
    /// `credential_source = Environment`.
    Environment,
    /// `credential_source = Ec2InstanceMetadata`.
    Instance,
    /// `credential_source = EcsContainer`.
    Container,
}

/// What a source of this kind is called in front of the profile's name.
const PROFILE: &str = "profile ";
/// The account of source credentials: which one it is isn't known before AWS is asked.
const UNKNOWN_ACCOUNT: &str = "000000000000";

/// What a source of this kind is called where it is no profile.
const CREDENTIAL_SOURCE: &str = "credential_source ";

/// Whether a text may begin with the name of such a source.
#[must_use]
pub fn may_be_of_a_chain(text: &str) -> bool {
    text.starts_with(PROFILE) || text.starts_with(CREDENTIAL_SOURCE)
}

impl SourceCredentials {
    /// What `credential_source` names.
    #[must_use]
    pub fn of_credential_source(name: &str) -> Option<Self> {
        match name {
            "Environment" => Some(Self::Environment),
            "Ec2InstanceMetadata" => Some(Self::Instance),
            "EcsContainer" => Some(Self::Container),
            _ => None,
        }
    }

    /// The name of the source of targets that it is, clean whatever the profile is called. `[sso-session]`s that genkan
    /// writes have no blank in theirs.
    #[must_use]
    pub fn source_name(&self) -> String {
        match self {
            Self::Keys(profile) | Self::Process(profile) => format!("{PROFILE}{}", clean_text(profile)),
            Self::Environment => format!("{CREDENTIAL_SOURCE}Environment"),
            Self::Instance => format!("{CREDENTIAL_SOURCE}Ec2InstanceMetadata"),
            Self::Container => format!("{CREDENTIAL_SOURCE}EcsContainer"),
        }
    }

    /// What replaces the account on the way from it, such as `profile ci` in `via profile ci/keys`.
    #[must_use]
    pub fn account_name(&self) -> String {
        match self {
            Self::Keys(_) | Self::Process(_) => self.source_name(),
            Self::Environment => "environment".to_owned(),
            Self::Instance => "instance".to_owned(),
            Self::Container => "container".to_owned(),
        }
    }

    /// What replaces the permission set there.
    #[must_use]
    pub fn name(&self) -> PermissionSetName {
        PermissionSetName::new(match self {
            Self::Keys(_) | Self::Environment => "keys",
            Self::Process(_) => "process",
            Self::Instance | Self::Container => "role",
        })
    }

    /// The account in the text of targets.
    #[must_use]
    pub fn account_id() -> Option<AccountId> {
        UNKNOWN_ACCOUNT.parse().ok()
    }
}

/// What a role is assumed with: temporary credentials, or a long-lived key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseCredentials {
    pub access_key_id: String,
    pub secret_access_key: Secret,
    /// `None` of a long-lived key.
    pub session_token: Option<Secret>,
    /// When they end, where that is known.
    pub expires_at: Option<Timestamp>,
}

impl From<&RoleCredentials> for BaseCredentials {
    fn from(credentials: &RoleCredentials) -> Self {
        Self {
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret_access_key.clone(),
            session_token: Some(credentials.session_token.clone()),
            expires_at: Some(credentials.expires_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TargetKey;

    #[test]
    fn roles_from_a_beginning_are_written_and_read_like_others() {
        for (source_credentials, written, shown) in [
            (
                SourceCredentials::Keys("ci".to_owned()),
                "profile ci:111122223333/Deploy via 000000000000/keys",
                "Deploy via profile ci/keys",
            ),
            (
                SourceCredentials::Environment,
                "credential_source Environment:111122223333/Deploy via 000000000000/keys",
                "Deploy via environment/keys",
            ),
            (
                SourceCredentials::Container,
                "credential_source EcsContainer:111122223333/Deploy via 000000000000/role",
                "Deploy via container/role",
            ),
        ] {
            let account = SourceCredentials::account_id().expect("an id");
            let way = (&account, &*source_credentials.account_name());
            let key = TargetKey {
                session: source_credentials.source_name(),
                account_id: "111122223333".parse().expect("an id"),
                permission_set: PermissionSetName::chained("Deploy", way, &source_credentials.name()),
            };
            assert_eq!(key.to_string(), written);
            assert_eq!(key.permission_set.shown(), shown);
            assert_eq!(written.parse(), Ok(key));
        }
    }
}
