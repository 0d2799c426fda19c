//! Why there are no credentials of a chained role.

use crate::domain::{Region, Target};

/// A chained role that can't be assumed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleError {
    #[error("access denied to role {} from {}: {words}", hop.role, hop.from)]
    Denied {
        hop: Hop,
        words: String,
        /// Whether the request had one.
        external_id: bool,
    },
    #[error("STS rejected the request for role {} from {}: {words}", hop.role, hop.from)]
    Invalid { hop: Hop, words: String },
    #[error("AWS rejected the credentials of {}, which lead to role {}: {words}", hop.from, hop.role)]
    HopRejected { hop: Hop, words: String },
    #[error("STS is not active in {region} for the account of {}: {words}", hop.from)]
    RegionDisabled { hop: Hop, region: Region, words: String },
}

/// A role, and the target that it is reached from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Its ARN.
    pub role: String,
    /// As it is written.
    pub from: String,
}

impl Hop {
    pub(super) fn new(role: &impl ToString, via: &Target) -> Self {
        Self {
            role: role.to_string(),
            from: via.to_string(),
        }
    }
}

impl RoleError {
    /// What to check, one line each. STS doesn't say which of them it is.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Denied { hop, external_id, .. } => {
                let external_id = if *external_id {
                    "the external ID that is set is the one in the role's trust policy"
                } else {
                    "the role's trust policy asks for no external ID (`external_id` is not set)"
                };
                vec![
                    format!(
                        "check that the role exists and its trust policy names the identity of {}",
                        hop.from
                    ),
                    format!("check that {} may call sts:AssumeRole on the role", hop.from),
                    format!("check that {external_id}"),
                    "check that the trust policy asks for no MFA, or that the first credentials of the chain were got with a code".to_owned(),
                    "check that no service control policy or permissions boundary denies it".to_owned(),
                ]
            }
            Self::Invalid { .. } => vec![
                "check the role's ARN, `external_id`, `duration_seconds` and `role_session_name`".to_owned(),
            ],
            Self::HopRejected { .. } => {
                vec![
                    "the session may have been revoked: try again, or sign in again with `genkan login`"
                        .to_owned(),
                ]
            }
            Self::RegionDisabled { .. } => {
                vec!["set `region` of the role to one in which STS is active".to_owned()]
            }
        }
    }
}
