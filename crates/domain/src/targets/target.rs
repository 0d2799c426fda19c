//! What an action acts on, how a user writes it, and how that is resolved.
//!
//! Written `ACCOUNT/PERMISSION_SET`, the account by id or name, optionally `SESSION:` in front.
//! A permission set name never holds a slash, so the last slash parts the two. A chained role is written
//! `ACCOUNT/ROLE`, and where several ways lead to it, `ACCOUNT/ROLE via ACCOUNT/PERMISSION_SET`. A pasted ARN or link
//! means the target that it names (`reference`).

use std::fmt;

use super::account::VIA;
use super::reference::as_target;
use crate::text::CleanText;
use crate::text::fold::fold_text;
use crate::values::nearest::{compared_part, measure_similarity};
use crate::{AccountId, PermissionSetName};

/// One account and permission set of one SSO session, or a chained role that is reached from one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    pub session: String,
    pub account_id: AccountId,
    pub account_name: CleanText,
    pub permission_set: PermissionSetName,
}

impl Target {
    /// Whether the name of its account is known: else the ID takes its place.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.account_name != self.account_id.as_str()
    }

    /// Whether it is an assignment of an account with this ID or name, and of this permission set where one is written: as
    /// they are, letter by letter.
    #[must_use]
    pub fn is_exactly(&self, account: &str, set: &str) -> bool {
        let is_account = match account.parse::<AccountId>() {
            Ok(id) => self.account_id == id,
            Err(_) => self.account_name == account,
        };
        is_account
            && !self.permission_set.is_chained()
            && (set.is_empty() || self.permission_set.as_str() == set)
    }

    /// The target from which a chained role is reached; its account's name is not known.
    #[must_use]
    pub fn via(&self) -> Option<Self> {
        let (account_id, permission_set) = self.permission_set.via()?;
        Some(Self {
            session: self.session.clone(),
            account_name: account_id.as_str().into(),
            account_id,
            permission_set,
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account_name, self.permission_set.shown())
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

/// Finds the target that `text` means among those that exist. The stricter reading wins, of the account
/// before the permission set: id before exact before case-insensitive before beginning before containing. An
/// account that is named in full is never taken for another whose name is like it. A lone account is
/// enough where it has one permission set.
#[must_use]
pub fn resolve_target(text: &str, known: &[Target]) -> Resolution {
    resolve_with(text, known, &|_| None)
}

/// The same where targets have aliases. One means its account as the account's name does; where an account has
/// the name that is another one's alias, the name counts: no rule can give a name another meaning.
#[must_use]
pub fn resolve_with<'a>(
    text: &str,
    known: &[Target],
    alias: &dyn Fn(&Target) -> Option<&'a str>,
) -> Resolution {
    let text = as_target(text);
    let (session, rest) = split_session(&text, known.iter().map(|t| t.session.as_str()));
    let known: Vec<&Target> = known
        .iter()
        .filter(|t| session.is_none_or(|s| t.session == s))
        .collect();
    for (at, _) in rest.match_indices(VIA) {
        let (head, way) = (
            rest.get(..at).unwrap_or_default(),
            rest.get(at + VIA.len()..).unwrap_or_default(),
        );
        let leads_there = |target: &&&Target| is_reached(target, way, &known, alias);
        let by_this_way: Vec<&Target> = known.iter().filter(leads_there).copied().collect();
        match best_of(head, &by_this_way, alias) {
            Resolution::Unknown(_) => {}
            found => return found,
        }
    }
    best_of(rest, &known, alias)
}

/// Whether a target is a chained role that is reached by a way as it is written.
fn is_reached<'a>(
    target: &Target,
    way: &str,
    known: &[&Target],
    alias: &dyn Fn(&Target) -> Option<&'a str>,
) -> bool {
    let Some(via) = target.via() else { return false };
    let is_same = |t: &&&Target| t.account_id == via.account_id && t.permission_set == via.permission_set;
    let named = known.iter().find(is_same).map_or(via.clone(), |t| (*t).clone());
    matches!(resolve_with(way, &[named], alias), Resolution::One(_))
}

/// The best fit of a text without a session in front and a way behind it.
fn best_of<'a>(rest: &str, known: &[&Target], alias: &dyn Fn(&Target) -> Option<&'a str>) -> Resolution {
    let (account, permission_set) = rest.rsplit_once('/').unwrap_or((rest, ""));
    // A name that holds a slash, written without a permission set.
    for (account, permission_set) in [(account, permission_set), (rest, "")] {
        let (account, permission_set) = (Written::new(account), Written::new(permission_set));
        let fits: Vec<(Fit, &Target)> = known
            .iter()
            .filter_map(|t| Some((account_fit(&account, t, alias(t))?, *t)))
            .collect();
        let named = fits.iter().any(|(fit, _)| fit.is_in_full());
        let ranked = fits
            .into_iter()
            .filter(|(fit, _)| !named || fit.is_in_full())
            .filter_map(|(fit, t)| {
                let of_set = if permission_set.exact.is_empty() {
                    Fit::Exact
                } else {
                    permission_set.fit(t.permission_set.name())?
                };
                // What is assigned comes before a role of the same name, and before all roles where none is named.
                Some(((fit, of_set, t.permission_set.is_chained()), t))
            });
        let mut best: Vec<&Target> = Vec::new();
        let mut rank = None;
        for (its, target) in ranked {
            if rank.is_none_or(|rank| its < rank) {
                rank = Some(its);
                best.clear();
            }
            if rank == Some(its) {
                best.push(target);
            }
        }
        match best.as_slice() {
            [] => {}
            [one] => return Resolution::One((*one).clone()),
            several => return Resolution::Ambiguous(several.iter().map(|t| (*t).clone()).collect()),
        }
    }
    Resolution::Unknown(nearest_targets(rest, known, alias))
}

/// The session in front of a text, and the rest. It counts only where such a session exists: an account
/// name may hold a colon, and so may the name of a session, where the longest counts.
#[must_use]
pub fn split_session<'t>(
    text: &'t str,
    sessions: impl IntoIterator<Item = &'t str>,
) -> (Option<&'t str>, &'t str) {
    sessions
        .into_iter()
        .filter_map(|session| Some((session, text.strip_prefix(session)?.strip_prefix(':')?)))
        .max_by_key(|(session, _)| session.len())
        .map_or((None, text), |(session, rest)| (Some(session), rest))
}

/// How well a written word fits a name, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// An account's id; another account may bear it as its name.
    Id,
    Exact,
    AnyCase,
    /// The whole of an account's alias.
    Alias,
    SourceCredentials,
    Containing,
}

impl Fit {
    /// Whether the whole name was written.
    fn is_in_full(self) -> bool {
        self <= Self::Alias
    }
}

/// A word as it was written, and in the form in which case, accents and width make no difference.
struct Written<'a> {
    exact: &'a str,
    folded: String,
}

impl<'a> Written<'a> {
    fn new(exact: &'a str) -> Self {
        Self {
            exact,
            folded: fold_text(exact).to_lowercase(),
        }
    }

    fn fit(&self, name: &str) -> Option<Fit> {
        if self.exact.is_empty() {
            return None;
        }
        if self.exact == name {
            return Some(Fit::Exact);
        }
        let name = fold_text(name).to_lowercase();
        match name.find(&self.folded)? {
            0 if name.len() == self.folded.len() => Some(Fit::AnyCase),
            0 => Some(Fit::SourceCredentials),
            _ => Some(Fit::Containing),
        }
    }
}

fn account_fit(written: &Written<'_>, target: &Target, alias: Option<&str>) -> Option<Fit> {
    if written.exact == target.account_id.as_str() {
        return Some(Fit::Id);
    }
    let of_alias = alias.and_then(|alias| written.fit(alias));
    let of_alias = of_alias.map(|fit| if fit.is_in_full() { Fit::Alias } else { fit });
    written
        .fit(&target.account_name)
        .into_iter()
        .chain(of_alias)
        .min()
}

/// Targets whose account is near to what was written, those with the nearest permission set first. An account
/// that is far from it says nothing, however like its permission sets are; where one is named in full, only the
/// permission set is wrong, so that no other account is named.
fn nearest_targets<'a>(
    text: &str,
    known: &[&Target],
    alias: &dyn Fn(&Target) -> Option<&'a str>,
) -> Vec<Target> {
    let parts = [text.rsplit_once('/').unwrap_or((text, "")), (text, "")];
    let accounts = parts.map(|(account, _)| Written::new(account));
    let is_named = |target: &Target| {
        let alias = alias(target);
        let mut fits = accounts
            .iter()
            .filter_map(|account| account_fit(account, target, alias));
        fits.any(Fit::is_in_full)
    };
    let one_is_named = known.iter().any(|target| is_named(target));
    let mut scored: Vec<((f64, f64), &Target)> = known
        .iter()
        .filter(|target| !one_is_named || is_named(target))
        .filter_map(|target| {
            let scores = parts.iter().filter_map(|(account, set)| {
                let account = account_similarity(account, target, alias(target))?;
                let wanted = compared_part(set);
                let name = compared_part(target.permission_set.name());
                Some((account, strsim::jaro_winkler(&wanted, &name)))
            });
            let best = scores.max_by(|a, b| compare_scores(*a, *b))?;
            Some((best, *target))
        })
        .collect();
    scored.sort_by(|a, b| compare_scores(b.0, a.0));
    scored.into_iter().take(NEAREST).map(|(_, t)| t.clone()).collect()
}

fn compare_scores(a: (f64, f64), b: (f64, f64)) -> std::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
}

/// How near an account is to what was written, by name or, of digits, by ID; `None` where it is not near.
fn account_similarity(text: &str, target: &Target, alias: Option<&str>) -> Option<f64> {
    if account_fit(&Written::new(text), target, alias).is_some() {
        return Some(1.0);
    }
    let is_number = text.len() >= 10 && text.len() <= 14 && text.bytes().all(|b| b.is_ascii_digit());
    if is_number {
        return match strsim::osa_distance(text, target.account_id.as_str()) {
            1 => Some(0.95),
            2 => Some(0.9),
            _ => None,
        };
    }
    let of_alias = alias.and_then(|alias| measure_similarity(text, alias));
    let similarities = measure_similarity(text, &target.account_name)
        .into_iter()
        .chain(of_alias);
    similarities.max_by(f64::total_cmp)
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
            target("org", "000000000004", "ledger", "ReadOnly"),
            target("org", "000000000005", "ledger-dr", "PowerUser"),
            target("org", "000000000007", "Zürich", "ReadOnly"),
            target("a:b", "000000000006", "book", "ReadOnly"),
            target("a", "000000000006", "b:book", "ReadOnly"),
        ]
    }

    fn one(text: &str) -> String {
        match resolve_target(text, &known()) {
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
            ("paymnts-dev/ReadOnly", "unknown 1"),
            ("", "unknown 0"),
            ("nonsense/ReadOnly", "unknown 0"),
            ("000000000010/ReadOnly", "unknown 5"),
            // What is named exactly wins over what only begins so, in the account first.
            ("ledger/read", "org:000000000004/ReadOnly"),
            ("ledger/ReadOnly", "org:000000000004/ReadOnly"),
            ("LEDGER/poweruser", "unknown 1"),
            ("ledger/poweruser", "unknown 1"),
            ("ledger-dr", "org:000000000005/PowerUser"),
            ("a:b:book/read", "a:b:000000000006/ReadOnly"),
            // Accents and width make no difference, and pasted texts mean what they name.
            ("zurich", "org:000000000007/ReadOnly"),
            ("ＺÜＲＩＣＨ/ｒｅａｄ", "org:000000000007/ReadOnly"),
            ("0000-0000-0002", "org:000000000002/ReadOnly"),
            ("org:0000-0000-0001/ReadOnly", "org:000000000001/ReadOnly"),
            (
                "arn:aws:sts::000000000001:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/hana",
                "org:000000000001/Admin",
            ),
            (
                "https://org.awsapps.com/start/#/console?account_id=000000000001&role_name=ReadOnly",
                "org:000000000001/ReadOnly",
            ),
            ("arn:aws:iam::000000000001:role/Deployer", "unknown 3"),
        ] {
            assert_eq!(one(text), expected, "{text}");
        }
    }

    #[test]
    fn an_account_named_like_the_id_of_another_is_not_in_its_way() {
        let known = [
            target("org", "000000000001", "payments", "ReadOnly"),
            target("org", "000000000002", "000000000001", "ReadOnly"),
            target("org", "000000000002", "000000000001", "Admin"),
        ];
        for text in ["000000000001/ReadOnly", "org:000000000001", "000000000001/read"] {
            assert_eq!(
                resolve_target(text, &known),
                Resolution::One(known[0].clone()),
                "{text}"
            );
        }
        assert_eq!(
            resolve_target("000000000002/ReadOnly", &known),
            Resolution::One(known[1].clone())
        );
    }

    #[test]
    fn an_alias_means_its_targets_unless_an_account_has_that_name() {
        // Of an account, of one permission set, and one that is another account's name.
        let alias = |target: &Target| match (target.account_id.as_str(), target.permission_set.as_str()) {
            ("000000000002", _) => Some("Pay"),
            ("000000000001", "Admin") => Some("break-glass"),
            ("000000000007", _) => Some("ledger"),
            _ => None,
        };
        for (text, expected) in [
            ("pay", "org:000000000002/ReadOnly"),
            ("PAY/read", "org:000000000002/ReadOnly"),
            ("org:pay", "org:000000000002/ReadOnly"),
            ("lab:pay", "lab:000000000009/ReadOnly"),
            ("break-glass", "org:000000000001/Admin"),
            ("break", "org:000000000001/Admin"),
            ("break-glass/ReadOnly", "unknown 1"),
            ("ledger", "org:000000000004/ReadOnly"),
            ("brake-glass", "unknown 1"),
        ] {
            let found = match resolve_with(text, &known(), &alias) {
                Resolution::One(t) => format!("{}:{}/{}", t.session, t.account_id, t.permission_set),
                Resolution::Ambiguous(list) => format!("ambiguous {}", list.len()),
                Resolution::Unknown(list) => format!("unknown {}", list.len()),
            };
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_chained_role_is_found_by_its_name_and_by_the_way_to_it() {
        let mut known = known();
        let chained = |id: &str, name: &str, role: &str, via: &Target| {
            let way = (&via.account_id, via.account_name.as_str());
            Target {
                permission_set: PermissionSetName::chained(role, way, &via.permission_set),
                ..target("org", id, name, "")
            }
        };
        for (id, name, role, via) in [
            ("000000000004", "ledger", "team/Deploy", 1),
            ("000000000004", "ledger", "ReadOnly", 1),
            ("000000000005", "ledger-dr", "Deploy", 1),
            ("000000000005", "ledger-dr", "Deploy", 3),
        ] {
            let role = chained(id, name, role, &known[via]);
            known.push(role);
        }
        for (text, expected) in [
            (
                "ledger/deploy",
                "org:000000000004/team/Deploy via 000000000001/Admin",
            ),
            ("ledger", "org:000000000004/ReadOnly"),
            ("ledger/ReadOnly", "org:000000000004/ReadOnly"),
            (
                "ledger/ReadOnly via payments-prod/Admin",
                "org:000000000004/ReadOnly via 000000000001/Admin",
            ),
            ("ledger-dr/Deploy", "ambiguous 2"),
            (
                "ledger-dr/Deploy via dev",
                "org:000000000005/Deploy via 000000000002/ReadOnly",
            ),
            (
                "org:000000000005/Deploy via 000000000001/Admin",
                "org:000000000005/Deploy via 000000000001/Admin",
            ),
            (
                "arn:aws:iam::000000000004:role/team/Deploy",
                "org:000000000004/team/Deploy via 000000000001/Admin",
            ),
        ] {
            let found = match resolve_target(text, &known) {
                Resolution::One(t) => format!("{}:{}/{}", t.session, t.account_id, t.permission_set),
                Resolution::Ambiguous(list) => format!("ambiguous {}", list.len()),
                Resolution::Unknown(list) => format!("unknown {}", list.len()),
            };
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn the_nearest_come_best_first() {
        let Resolution::Unknown(list) = resolve_target("paymnts-dev/ReadOnly", &known()) else {
            panic!("found")
        };
        assert_eq!(
            list.first().map(ToString::to_string).as_deref(),
            Some("payments-dev/ReadOnly")
        );
    }

    #[test]
    fn an_account_that_is_named_in_full_is_the_only_one_that_is_suggested() {
        for (text, expected) in [
            (
                "org:payments-prod/Readonlz",
                &[
                    "payments-prod/ReadOnly",
                    "payments-prod/Admin",
                    "payments-prod/AdministratorAccess",
                ][..],
            ),
            ("Ledger/PowerUser", &["ledger/ReadOnly"]),
            ("000000000005/Nothing", &["ledger-dr/PowerUser"]),
            ("a/b:c/PowerUser", &["a/b:c/ReadOnly"]),
        ] {
            let Resolution::Unknown(list) = resolve_target(text, &known()) else {
                panic!("{text}: found")
            };
            let found: Vec<String> = list.iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_compared_by_its_beginning() {
        let pasted = format!("paymnts-dev/{}", "x".repeat(100_000));
        let Resolution::Unknown(list) = resolve_target(&pasted, &known()) else {
            panic!("found")
        };
        assert_eq!(list.len(), 1);
    }

    #[test]
    fn a_mistyped_id_is_near_its_account_only() {
        let known = [
            target("org", "310660284419", "payments", "ReadOnly"),
            target("org", "310660284419", "payments", "Admin"),
            target("org", "904417713522", "ledger", "ReadOnly"),
        ];
        for text in ["310660284491/Admin", "31066028441/Admin", "310660294418/Admin"] {
            let Resolution::Unknown(list) = resolve_target(text, &known) else {
                panic!("{text}: found")
            };
            let found: Vec<String> = list.iter().map(ToString::to_string).collect();
            assert_eq!(found, ["payments/Admin", "payments/ReadOnly"], "{text}");
        }
    }
}
