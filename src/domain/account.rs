//! Accounts and permission sets: what a user may enter.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use super::text::{CleanText, sanitized};

/// A 12-digit AWS account id. Leading zeros are part of it, so it is text and not a number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountId([u8; 12]);

/// The text is no 12-digit account id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an account ID has 12 digits")]
pub struct NotAnAccountId;

impl AccountId {
    /// The 12 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Digits, whoever made it.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Hash for AccountId {
    /// As bytes without their number, which is the same for all: a catalog has thousands.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

impl FromStr for AccountId {
    type Err = NotAnAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match <[u8; 12]>::try_from(text.as_bytes()) {
            Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Ok(Self(digits)),
            _ => Err(NotAnAccountId),
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AccountId").field(&self.as_str()).finish()
    }
}

/// An AWS account as Identity Center names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub name: CleanText,
    pub email: CleanText,
}

/// The name of a permission set (`roleName` on the wire). Whoever makes one, from the network, a file or an
/// argument, gets a name that is shown as it is. Shared: a few names stand in thousands of accounts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PermissionSetName(Arc<str>);

impl PermissionSetName {
    #[must_use]
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(sanitized(name.as_ref()).as_ref().into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PermissionSetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_keeps_its_leading_zeros() {
        assert_eq!(
            "000123456789".parse::<AccountId>().map(|id| id.to_string()),
            Ok("000123456789".into())
        );
        for bad in [
            "123",
            "1234567890123",
            "12345678901a",
            "",
            "１２３４５６７８９０１２",
        ] {
            assert_eq!(bad.parse::<AccountId>(), Err(NotAnAccountId), "{bad}");
        }
    }
}
