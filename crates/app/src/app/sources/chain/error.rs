//! Why a chain of roles doesn't begin.

/// A failure of what the first role of a chain would be assumed with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    #[error("profile `{profile}` has no access key, and nothing else to assume a role with")]
    NoKeys { profile: String },
    #[error("profile `{profile}` has only one half of an access key")]
    HalfAKey { profile: String },
    #[error("the access key of {session} is not one of AWS's, so no MFA code can be used with it")]
    NotAKey { session: String },
    #[error("{variable} is not set, which `credential_source = {needed_by}` reads")]
    NotSet {
        variable: &'static str,
        needed_by: &'static str,
    },
    #[error("the credential_process of profile `{profile}` {reason}")]
    Process { profile: String, reason: String },
    #[error("{name} only provides keys for assuming roles")]
    NoTarget { name: String },
}

impl ChainError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NoKeys { profile } | Self::HalfAKey { profile } => {
                format!("set both with `aws configure --profile {profile}`")
            }
            Self::NotAKey { .. } => "check the ID of the access key in the profile".to_owned(),
            Self::NotSet { variable, .. } => {
                format!("set {variable}, or name a `source_profile` in place of `credential_source`")
            }
            Self::Process { profile, .. } => {
                format!("run the command that `credential_process` of profile `{profile}` names")
            }
            Self::NoTarget { .. } => {
                "name a role that is reached from it: `genkan export --profile NAME`".to_owned()
            }
        };
        vec![hint]
    }
}
