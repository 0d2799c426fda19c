//! What of a target never changes: its session, account ID and permission set. Files name targets by it.

use std::fmt;
use std::str::FromStr;

use super::text::CleanText;
use super::{AccountId, PermissionSetName, Target};

/// A target without the names that may change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetKey {
    pub session: String,
    pub account_id: AccountId,
    pub permission_set: PermissionSetName,
}

impl From<&Target> for TargetKey {
    fn from(target: &Target) -> Self {
        Self {
            session: target.session.clone(),
            account_id: target.account_id.clone(),
            permission_set: target.permission_set.clone(),
        }
    }
}

impl TargetKey {
    /// The target, with the name of its account; where none is known, its ID is the name.
    #[must_use]
    pub fn named(&self, account_name: Option<&CleanText>) -> Target {
        Target {
            session: self.session.clone(),
            account_id: self.account_id.clone(),
            account_name: account_name
                .cloned()
                .unwrap_or_else(|| self.account_id.as_str().into()),
            permission_set: self.permission_set.clone(),
        }
    }
}

/// As it is written: `SESSION:ACCOUNT_ID/PERMISSION_SET`.
impl fmt::Display for TargetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.session, self.account_id, self.permission_set)
    }
}

/// The text names no target, or not by its session and account ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a target is written SESSION:ACCOUNT_ID/PERMISSION_SET")]
pub struct InvalidTargetKey;

impl FromStr for TargetKey {
    type Err = InvalidTargetKey;

    /// Session names may hold a colon or a slash, IDs and permission sets neither: it is read from its end.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (account, permission_set) = text.rsplit_once('/').ok_or(InvalidTargetKey)?;
        let (session, account_id) = account.rsplit_once(':').ok_or(InvalidTargetKey)?;
        if session.is_empty() || permission_set.is_empty() {
            return Err(InvalidTargetKey);
        }
        Ok(Self {
            session: session.to_owned(),
            account_id: account_id.parse().map_err(|_| InvalidTargetKey)?,
            permission_set: PermissionSetName::new(permission_set),
        })
    }
}
