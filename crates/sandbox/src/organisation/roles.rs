//! Roles that others may assume, and whom they trust.
//! Plain values and what AWS would refuse about them.

use serde::Deserialize;

use super::names::{is_account_id, is_name, is_path};

/// Every account has the role.
const EVERY_ACCOUNT: &str = "*";

/// An IAM role for AssumeRole. It trusts any caller that one of its [`Trust`]s names, under conditions that hold for all.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The account's ID, or `*` for a role of this name in every account.
    #[serde(rename = "account")]
    pub account_id: String,
    /// The role's name.
    pub name: String,
    /// The path before the name in the ARN. Default `/`.
    #[serde(default = "root_path")]
    pub path: String,
    /// The maximum session duration in seconds, 3600 to 43200. Default 3600.
    #[serde(default = "one_hour")]
    pub max_session_seconds: i64,
    /// Who may assume it.
    pub trust: Vec<Trust>,
    /// The external ID that a caller must pass.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Whether the caller must have authenticated with MFA.
    #[serde(default)]
    pub requires_mfa: bool,
}

/// A principal of an account; with the ID alone, everyone in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// The account's ID.
    #[serde(rename = "account")]
    pub account_id: String,
    /// A permission set, by its name.
    #[serde(default)]
    pub permission_set: Option<String>,
    /// A role that was assumed, by its name.
    #[serde(default)]
    pub role: Option<String>,
    /// An IAM user, by their name.
    #[serde(default)]
    pub user: Option<String>,
}

pub(super) fn root_path() -> String {
    "/".to_owned()
}

fn one_hour() -> i64 {
    3_600
}

impl Role {
    pub(crate) fn is_in_every_account(&self) -> bool {
        self.account_id == EVERY_ACCOUNT
    }

    /// What AWS would refuse.
    pub(super) fn mistake(&self) -> Option<&'static str> {
        let external_id = self.external_id.as_deref();
        if !self.is_in_every_account() && !is_account_id(&self.account_id) {
            Some("an account ID has 12 digits (`*` is every account)")
        } else if !is_name(&self.name, 64) {
            Some("a role's name has 1 to 64 letters, digits or +=,.@-_")
        } else if !is_path(&self.path) {
            Some("a path starts and ends with a slash")
        } else if !(3_600..=43_200).contains(&self.max_session_seconds) {
            Some("max_session_seconds must be between 3600 and 43200")
        } else if self.trust.is_empty() {
            Some("the role trusts no one")
        } else if external_id.is_some_and(|id| !is_external_id(id)) {
            Some("an external ID has 2 to 1224 letters, digits or +=,.@:/-_")
        } else {
            self.trust.iter().find_map(Trust::mistake)
        }
    }
}

impl Trust {
    fn mistake(&self) -> Option<&'static str> {
        let named = [&self.permission_set, &self.role, &self.user];
        if !is_account_id(&self.account_id) {
            Some("the ID of a trusted account has 12 digits")
        } else if named.iter().filter(|name| name.is_some()).count() > 1 {
            Some("a trust names a permission set, a role or a user, not several")
        } else {
            None
        }
    }
}

fn is_external_id(text: &str) -> bool {
    (2..=1_224).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte))
}
