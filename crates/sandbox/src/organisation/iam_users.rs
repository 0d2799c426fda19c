//! IAM users with long-term access keys, as a jump account has them.
//! Plain values and what AWS would refuse about them.

use serde::Deserialize;

use super::names::{is_account_id, is_name, is_path};
use super::roles::root_path;

/// An IAM user. Keys and the device's seed come from the sandbox's secrets, not from here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IamUser {
    /// The account's ID; Identity Center need not know it.
    #[serde(rename = "account")]
    pub account_id: String,
    /// The user's name.
    pub name: String,
    /// The path before the name in the ARN. Default `/`.
    #[serde(default = "root_path")]
    pub path: String,
    /// How many access keys the user has at the start, 0 to 2. Default 1.
    #[serde(default = "one_key")]
    pub access_keys: usize,
    /// The name of the user's virtual MFA device. Default: the user has none.
    #[serde(default)]
    pub mfa_device: Option<String>,
    /// Whether the user's policies allow calls of IAM only with MFA. Default false.
    #[serde(default)]
    pub requires_mfa: bool,
}

fn one_key() -> usize {
    1
}

impl IamUser {
    /// What AWS would refuse.
    pub(super) fn mistake(&self) -> Option<&'static str> {
        if !is_account_id(&self.account_id) {
            Some("an account ID has 12 digits")
        } else if !is_name(&self.name, 64) {
            Some("a user's name has 1 to 64 letters, digits or +=,.@-_")
        } else if !is_path(&self.path) {
            Some("a path starts and ends with a slash")
        } else if self.access_keys > 2 {
            Some("a user has at most 2 access keys")
        } else if self.mfa_device.as_ref().is_some_and(|name| !is_name(name, 128)) {
            Some("an MFA device's name has 1 to 128 letters, digits or +=,.@-_")
        } else if self.requires_mfa && self.mfa_device.is_none() {
            Some("a user who must use MFA has a device")
        } else {
            None
        }
    }
}
