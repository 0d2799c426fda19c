//! What an action acts on, how a person writes it, and how that is resolved.
//!
//! Written `ACCOUNT/PERMISSION_SET`, the account by id or name, optionally `SESSION:` in front.
//! A permission set name never holds a slash, so the last slash parts the two.

use std::fmt;

use super::{AccountId, Catalog, PermissionSetName};

/// One account and permission set of one SSO session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    pub session: String,
    pub account_id: AccountId,
    pub account_name: String,
    pub permission_set: PermissionSetName,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account_name, self.permission_set)
    }
}

/// What a written target turned out to mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    One(Target),
    /// Several fit equally well.
    Ambiguous(Vec<Target>),
    /// None fits; the nearest ones, best first.
    Unknown(Vec<Target>),
}

/// How many targets a message lists at the most.
pub const NEAREST: usize = 5;

/// All targets of a catalog, in its order.
#[must_use]
pub fn targets(session: &str, catalog: &Catalog) -> Vec<Target> {
    catalog
        .assignments()
        .map(|a| Target {
            session: session.to_owned(),
            account_id: a.account.id.clone(),
            account_name: a.account.name.clone(),
            permission_set: a.permission_set.clone(),
        })
        .collect()
}

/// Finds the target that `text` means among those that exist. The stricter reading wins: exact
/// before case-insensitive before beginning before containing. A lone account is enough where it
/// has one permission set.
#[must_use]
pub fn resolve(text: &str, known: &[Target]) -> Resolution {
    let (session, rest) = split_session(text.trim(), known);
    let known: Vec<&Target> = known
        .iter()
        .filter(|t| session.is_none_or(|s| t.session == s))
        .collect();
    let (account, permission_set) = rest.rsplit_once('/').unwrap_or((rest, ""));
    // A name that holds a slash, written without a permission set.
    let readings = [(account, permission_set), (rest, "")];
    for (account, permission_set) in readings {
        for strictness in Strictness::ALL {
            let fitting: Vec<&Target> = known
                .iter()
                .copied()
                .filter(|t| {
                    (t.account_id.as_str() == account || strictness.fits(account, &t.account_name))
                        && (permission_set.is_empty()
                            || strictness.fits(permission_set, t.permission_set.as_str()))
                })
                .collect();
            match fitting.as_slice() {
                [] => {}
                [one] => return Resolution::One((*one).clone()),
                several => {
                    // An account id together with an exact name settles it even on a loose level.
                    let exact: Vec<&&Target> = several
                        .iter()
                        .filter(|t| t.permission_set.as_str() == permission_set)
                        .collect();
                    if let [one] = exact.as_slice() {
                        return Resolution::One((**one).clone());
                    }
                    return Resolution::Ambiguous(several.iter().map(|t| (*t).clone()).collect());
                }
            }
        }
    }
    Resolution::Unknown(nearest(rest, &known))
}

/// A session prefix counts only where such a session exists: an account name may hold a colon.
fn split_session<'a>(text: &'a str, known: &[Target]) -> (Option<&'a str>, &'a str) {
    match text.split_once(':') {
        Some((session, rest)) if known.iter().any(|t| t.session == session) => (Some(session), rest),
        _ => (None, text),
    }
}

#[derive(Clone, Copy)]
enum Strictness {
    Exact,
    AnyCase,
    Beginning,
    Containing,
}

impl Strictness {
    const ALL: [Self; 4] = [Self::Exact, Self::AnyCase, Self::Beginning, Self::Containing];

    fn fits(self, written: &str, name: &str) -> bool {
        if written.is_empty() {
            return false;
        }
        match self {
            Self::Exact => written == name,
            Self::AnyCase => written.to_lowercase() == name.to_lowercase(),
            Self::Beginning => name.to_lowercase().starts_with(&written.to_lowercase()),
            Self::Containing => name.to_lowercase().contains(&written.to_lowercase()),
        }
    }
}

fn nearest(text: &str, known: &[&Target]) -> Vec<Target> {
    let wanted = text.to_lowercase();
    let mut scored: Vec<(f64, &Target)> = known
        .iter()
        .map(|t| {
            let by_name = strsim::jaro_winkler(&wanted, &t.to_string().to_lowercase());
            let by_id = strsim::jaro_winkler(
                &wanted,
                &format!("{}/{}", t.account_id, t.permission_set).to_lowercase(),
            );
            (by_name.max(by_id), *t)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(NEAREST).map(|(_, t)| t.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(session: &str, id: &str, name: &str, permission_set: &str) -> Target {
        Target {
            session: session.into(),
            account_id: id.parse().unwrap_or_else(|e| panic!("{id}: {e}")),
            account_name: name.into(),
            permission_set: PermissionSetName::new(permission_set),
        }
    }

    fn known() -> Vec<Target> {
        vec![
            target("org", "000000000001", "payments-prod", "AdministratorAccess"),
            target("org", "000000000001", "payments-prod", "Admin"),
            target("org", "000000000001", "payments-prod", "ReadOnly"),
            target("org", "000000000002", "payments-dev", "ReadOnly"),
            target("org", "000000000003", "a/b:c", "ReadOnly"),
            target("lab", "000000000009", "payments-prod", "ReadOnly"),
        ]
    }

    fn one(text: &str) -> String {
        match resolve(text, &known()) {
            Resolution::One(t) => format!("{}:{}/{}", t.session, t.account_id, t.permission_set),
            Resolution::Ambiguous(list) => format!("ambiguous {}", list.len()),
            Resolution::Unknown(list) => format!("unknown {}", list.len()),
        }
    }

    #[test]
    fn a_written_target_is_found_strictest_first() {
        for (text, expected) in [
            ("000000000001/Admin", "org:000000000001/Admin"),
            ("000000000001/admin", "org:000000000001/Admin"),
            ("org:payments-prod/ReadOnly", "org:000000000001/ReadOnly"),
            ("lab:payments-prod/ReadOnly", "lab:000000000009/ReadOnly"),
            ("payments-prod/ReadOnly", "ambiguous 2"),
            ("PAYMENTS-DEV/read", "org:000000000002/ReadOnly"),
            ("dev/only", "org:000000000002/ReadOnly"),
            ("payments-dev", "org:000000000002/ReadOnly"),
            ("a/b:c", "org:000000000003/ReadOnly"),
            ("a/b:c/ReadOnly", "org:000000000003/ReadOnly"),
            ("000000000001", "ambiguous 3"),
            ("paymnts-dev/ReadOnly", "unknown 5"),
            ("", "unknown 5"),
        ] {
            assert_eq!(one(text), expected, "{text}");
        }
    }

    #[test]
    fn the_nearest_come_best_first() {
        let Resolution::Unknown(list) = resolve("paymnts-dev/ReadOnly", &known()) else {
            panic!("found")
        };
        assert_eq!(
            list.first().map(ToString::to_string).as_deref(),
            Some("payments-dev/ReadOnly")
        );
    }
}
