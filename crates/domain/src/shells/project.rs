//! What a project file names, and what is different about it since it was approved.
//!
//! A file that only names a target grants nothing: its user has the assignment already or not. The danger is a file
//! that chooses another account or a more powerful permission set silently. So it says no address, and what changes
//! is said.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::targets::account::VIA;
use crate::targets::target::split_session;

/// What a project file names, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectTarget {
    pub target: String,
    pub region: Option<String>,
}

/// The content of a file that was approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub path: PathBuf,
    /// SHA-256 of the content, in hex.
    pub digest: String,
    pub named: ProjectTarget,
    pub at: Timestamp,
}

impl ProjectTarget {
    /// The account and the permission set; of a target that names no permission set, only the first.
    fn parts(&self) -> (&str, &str) {
        let (_, rest) = split_session(&self.target, std::iter::empty());
        // The way to a chained role has a slash of its own.
        let head = rest.split(VIA).next().unwrap_or_default();
        let parts = head
            .rfind('/')
            .and_then(|at| Some((rest.get(..at)?, rest.get(at + 1..)?)));
        parts.unwrap_or((rest, ""))
    }

    /// What is different from an earlier one, one phrase each.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        let ((account, set), (account_before, set_before)) = (self.parts(), before.parts());
        if account != account_before {
            changes.push(format!("another account: {account} instead of {account_before}"));
        }
        if set != set_before {
            let kind = if classify_power(set) > classify_power(set_before) {
                "a more powerful permission set"
            } else {
                "another permission set"
            };
            changes.push(format!("{kind}: {set} instead of {set_before}"));
        }
        if self.region != before.region {
            let or_none = |region: &Option<String>| region.clone().unwrap_or_else(|| "none".to_owned());
            let (now, then) = (or_none(&self.region), or_none(&before.region));
            changes.push(format!("another Region: {now} instead of {then}"));
        }
        changes
    }
}

/// Whether a permission set allows more than another one, as far as their names say.
#[must_use]
pub fn is_more_powerful(permission_set: &str, than: &str) -> bool {
    classify_power(permission_set) > classify_power(than)
}

/// How much a permission set allows, as far as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Power {
    Reads,
    Unknown,
    Changes,
    Administers,
}

const ADMINISTERS: &[&str] = &["admin", "breakglass", "owner", "root", "superuser", "fullaccess"];
const CHANGES: &[&str] = &["power", "develop", "deploy", "write", "operator", "engineer"];
const READS: &[&str] = &["read", "view", "audit", "billing", "support"];

fn classify_power(permission_set: &str) -> Power {
    let name = permission_set.split(VIA).next().unwrap_or_default();
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    let name: String = letters.flat_map(char::to_lowercase).collect();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(ADMINISTERS) {
        Power::Administers
    } else if has(CHANGES) {
        Power::Changes
    } else if has(READS) {
        Power::Reads
    } else {
        Power::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(target: &str, region: Option<&str>) -> ProjectTarget {
        ProjectTarget {
            target: target.to_owned(),
            region: region.map(str::to_owned),
        }
    }

    #[test]
    fn names_say_how_much_a_permission_set_allows() {
        let rising = [
            "ReadOnlyAccess",
            "DataScientist",
            "PowerUserAccess",
            "AdministratorAccess",
        ];
        assert!(
            rising
                .windows(2)
                .all(|pair| classify_power(pair[0]) < classify_power(pair[1]))
        );
        assert_eq!(classify_power("Break-Glass"), Power::Administers);
        assert_eq!(classify_power("SecurityAudit"), Power::Reads);
        assert!(is_more_powerful("AdministratorAccess", "ReadOnlyAccess"));
        assert!(!is_more_powerful("ReadOnlyAccess", "ViewOnlyAccess"));
    }

    #[test]
    fn changes_are_said_and_more_power_by_name() {
        let before = named("payments-dev/ReadOnlyAccess", None);
        assert_eq!(before.changes_since(&before), Vec::<String>::new());
        assert_eq!(
            named("payments-prod/AdministratorAccess", Some("eu-west-1")).changes_since(&before),
            [
                "another account: payments-prod instead of payments-dev",
                "a more powerful permission set: AdministratorAccess instead of ReadOnlyAccess",
                "another Region: eu-west-1 instead of none",
            ]
        );
        let less = before.changes_since(&named("payments-dev/PowerUserAccess", None));
        assert_eq!(
            less,
            ["another permission set: ReadOnlyAccess instead of PowerUserAccess"]
        );
    }
}
