//! What of a target never changes: its session, account ID and permission set. Files name targets by it.

use std::fmt;
use std::str::FromStr;

use crate::text::CleanText;
use crate::{AccountId, PermissionSetName, Target};

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

/// As it is written: `SESSION:ACCOUNT_ID/PERMISSION_SET`, and of a chained role `SESSION:ACCOUNT_ID/ROLE via
/// ACCOUNT_ID/PERMISSION_SET`.
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

    /// Session names may hold a colon or a slash, IDs, permission sets and roles no colon: it is read from its end.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (session, rest) = text.rsplit_once(':').ok_or(InvalidTargetKey)?;
        let (account_id, permission_set) = rest.split_once('/').ok_or(InvalidTargetKey)?;
        let permission_set = PermissionSetName::new(permission_set);
        let is_plain = || !permission_set.as_str().is_empty() && !permission_set.as_str().contains('/');
        if session.is_empty() || !(permission_set.is_chained() || is_plain()) {
            return Err(InvalidTargetKey);
        }
        Ok(Self {
            session: session.to_owned(),
            account_id: account_id.parse().map_err(|_| InvalidTargetKey)?,
            permission_set,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_read_from_its_end() {
        for (text, session, set) in [
            ("org:000000000001/Admin", "org", "Admin"),
            ("a:b/c:000000000001/Admin", "a:b/c", "Admin"),
            (
                "org:000000000001/p/Deploy via 000000000002/Admin",
                "org",
                "p/Deploy via 000000000002/Admin",
            ),
            (
                "x via 000000000001/y:000000000001/A via 000000000002/B via 000000000003/C",
                "x via 000000000001/y",
                "A via 000000000002/B via 000000000003/C",
            ),
        ] {
            let key: TargetKey = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(
                (key.session.as_str(), key.permission_set.as_str()),
                (session, set)
            );
            assert_eq!(key.to_string(), text);
        }
        for bad in [
            "",
            "org",
            "org:1/Admin",
            "org:000000000001/",
            "org:000000000001/p/Deploy",
            ":000000000001/A",
        ] {
            assert_eq!(bad.parse::<TargetKey>(), Err(InvalidTargetKey), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_key_is_read_as_it_was_written(
            session in "[a-z:/]{0,4}( via |:000000000001/)?[a-z]{1,3}",
            account in "[0-9]{12}",
            role in "([a-z]{1,3}/){0,2}[A-Za-z0-9_+=,.@-]{1,8}",
            ways in proptest::collection::vec(("[0-9]{12}", "[A-Za-z0-9_+=,.@-]{1,8}"), 0..3),
        ) {
            // A permission set has no path.
            let role = if ways.is_empty() { role.replace('/', "") } else { role };
            let steps = ways.iter().map(|(account, set)| format!(" via {account}/{set}"));
            let key = TargetKey {
                session,
                account_id: account.parse().expect("an id"),
                permission_set: PermissionSetName::new(format!("{role}{}", steps.collect::<String>())),
            };
            prop_assert_eq!(key.permission_set.is_chained(), !ways.is_empty());
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }
    }
}
