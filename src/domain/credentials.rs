//! Role credentials: what GetRoleCredentials vends for one target.

use jiff::Timestamp;

use super::Secret;

/// Temporary credentials of one account and permission set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleCredentials {
    pub access_key_id: String,
    pub secret_access_key: Secret,
    pub session_token: Secret,
    pub expires_at: Timestamp,
}

impl RoleCredentials {
    /// Seconds of life left, negative when over.
    #[must_use]
    pub fn seconds_left(&self, now: Timestamp) -> i64 {
        self.expires_at.as_second() - now.as_second()
    }
}
