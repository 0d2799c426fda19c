//! Accounts, and the permission sets and chained roles with which a user may enter them.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

pub use crate::text::VIA;
use crate::text::{CleanText, sanitize_short};
use crate::values::count::format_count;

/// A 12-digit AWS account id. Leading zeros are part of it, so it is text and not a number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountId([u8; 12]);

/// The text is no 12-digit account id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an account ID has 12 digits")]
pub struct NotAnAccountId;

impl AccountId {
    /// The ID of 12 digits; `None` where something else is among them.
    #[must_use]
    pub fn from_digits(digits: [u8; 12]) -> Option<Self> {
        digits.iter().all(u8::is_ascii_digit).then_some(Self(digits))
    }

    /// The 12 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Digits, however it was made.
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
        let digits = text.as_bytes().try_into().ok().and_then(Self::from_digits);
        digits.ok_or(NotAnAccountId)
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

impl Account {
    /// The only account of a name, in any case, among some.
    pub fn named<'a>(accounts: impl Iterator<Item = &'a Self>, name: &str) -> Option<&'a Self> {
        let mut found = accounts.filter(|account| account.name.eq_ignore_ascii_case(name));
        found.next().filter(|_| found.next().is_none())
    }
}

/// What an account is entered as: a permission set (`roleName` on the wire), or a chained role. One that is made from
/// the network, a file or an argument has a name that is shown as it is. Shared: a few names stand in thousands of
/// accounts.
///
/// The text of a chained role says the way to it, `ROLE via ACCOUNT_ID/PERMISSION_SET`, where the permission set may
/// be a chained role in its turn. So it is never taken for a permission set of the same name, nor for the same role by
/// another way, wherever the text is compared, written or read again.
#[derive(Clone, Debug)]
pub struct PermissionSetName {
    text: Arc<str>,
    /// The same with the names of accounts in place of their IDs, where those are known. Says nothing about identity.
    shown: Option<Arc<str>>,
}

/// What AWS allows in the name of a permission set or of an IAM role: `[\w+=,.@-]`. Letters of other scripts are not among
/// them; some of those are invisible.
#[must_use]
pub fn is_allowed_in_role_names(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)
}

impl PermissionSetName {
    /// AWS allows 32 characters today. Longer names are taken as well: a limit that AWS raises must not hide access.
    const MAX_LEN: usize = 256;

    /// A name as AWS gives it to permission sets. One that would need escaping anywhere is none.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let is_name =
            !name.is_empty() && name.len() <= Self::MAX_LEN && name.bytes().all(is_allowed_in_role_names);
        is_name.then(|| Self::new(name))
    }

    #[must_use]
    pub fn new(name: impl AsRef<str>) -> Self {
        Self {
            text: sanitize_short(name.as_ref()).as_ref().into(),
            shown: None,
        }
    }

    /// An IAM role, with its path in front of its name, that is reached from a target of the same source: from a
    /// permission set or role of an account, whose name is for people.
    #[must_use]
    pub fn chained(role: &str, (account, account_name): (&AccountId, &str), way: &Self) -> Self {
        let text = format!("{role}{VIA}{account}/{way}");
        let shown = format!("{}{VIA}{account_name}/{}", last_part(role), way.shown());
        Self {
            shown: Some(sanitize_short(&shown).as_ref().into()),
            ..Self::new(text)
        }
    }

    /// The same with the names of accounts on the way, as far as these are known.
    #[must_use]
    pub fn with_names(&self, name_of: &dyn Fn(&AccountId) -> Option<CleanText>) -> Self {
        let (Some(role), Some((account, way))) = (self.role(), self.via()) else {
            return self.clone();
        };
        let name = name_of(&account).unwrap_or_else(|| account.as_str().into());
        Self::chained(role, (&account, &name), &way.with_names(name_of))
    }

    /// The whole text, by which it is known.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The whole text for people: accounts by their names, where these are known.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.text)
    }

    /// The name alone: of a chained role without its path and the way to it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.divided().map_or(&*self.text, |(role, _)| last_part(role))
    }

    /// The role of a chained role, with its path; `None` for a permission set.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.divided().map(|(role, _)| role)
    }

    /// Whether it is a role that is reached from another target.
    #[must_use]
    pub fn is_chained(&self) -> bool {
        self.divided().is_some()
    }

    /// The account and the permission set or role from which a chained role is reached.
    #[must_use]
    pub fn via(&self) -> Option<(AccountId, Self)> {
        let (_, way) = self.divided()?;
        let (account, set) = parse_hop(way)?;
        Some((account, Self::new(set)))
    }

    /// The way to a chained role for people, such as `hub/Admin`.
    #[must_use]
    pub fn shown_way(&self) -> Option<&str> {
        self.is_chained().then_some(())?;
        self.shown().split_once(VIA).map(|(_, way)| way)
    }

    /// The role, and the way to it.
    fn divided(&self) -> Option<(&str, &str)> {
        split_chained_role(&self.text)
    }
}

/// How many permission sets and how many roles there are, as in "2 permission sets, 1 role"; with `set` for the former
/// where there is little room.
#[must_use]
pub fn count_names(names: &[PermissionSetName], is_short: bool) -> String {
    let roles = names.iter().filter(|name| name.is_chained()).count();
    let sets = names.len() - roles;
    let noun = if is_short { "set" } else { "permission set" };
    match (sets, roles) {
        (_, 0) => format_count(sets, noun),
        (0, _) => format_count(roles, "role"),
        _ => format!("{}, {}", format_count(sets, noun), format_count(roles, "role")),
    }
}

/// A role, and the way to it, where a text names both.
pub(crate) fn split_chained_role(text: &str) -> Option<(&str, &str)> {
    let (role, way) = text.split_once(VIA)?;
    (is_role(role) && parse_hop(way).is_some()).then_some((role, way))
}

/// The account ID and the permission set or role of a way.
fn parse_hop(way: &str) -> Option<(AccountId, &str)> {
    let (account, set) = way.split_once('/')?;
    let is_way = is_role(set) || split_chained_role(set).is_some();
    Some((account.parse().ok()?, set)).filter(|_| is_way)
}

/// Whether a text can be a role with its path, or a permission set. Neither has a colon, which ends the session's name
/// in front of a target.
fn is_role(text: &str) -> bool {
    !text.is_empty() && !text.contains([':', ' '])
}

/// The name of a role behind its path.
fn last_part(role: &str) -> &str {
    role.rsplit('/').next().unwrap_or(role)
}

impl PartialEq for PermissionSetName {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for PermissionSetName {}

impl Hash for PermissionSetName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl PartialOrd for PermissionSetName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PermissionSetName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl fmt::Display for PermissionSetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
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

    #[test]
    fn roles_are_not_counted_as_permission_sets() {
        let names = ["Admin", "View", "A via 000000000001/B"].map(PermissionSetName::new);
        assert_eq!(count_names(&names, false), "2 permission sets, 1 role");
        assert_eq!(count_names(&names, true), "2 sets, 1 role");
        assert_eq!(count_names(&names[..1], false), "1 permission set");
        assert_eq!(count_names(&names[2..], false), "1 role");
    }

    #[test]
    fn a_chained_role_says_the_way_to_it() {
        let hub = "000000000001".parse().expect("an id");
        let admin = PermissionSetName::new("Admin");
        let deploy = PermissionSetName::chained("team/Deploy", (&hub, "hub"), &admin);
        assert_eq!(deploy.as_str(), "team/Deploy via 000000000001/Admin");
        assert_eq!(deploy.shown(), "Deploy via hub/Admin");
        assert_eq!((deploy.name(), deploy.role()), ("Deploy", Some("team/Deploy")));
        assert_eq!(deploy.shown_way(), Some("hub/Admin"));
        let read_again = PermissionSetName::new(deploy.as_str());
        assert_eq!(read_again, deploy, "what is shown says nothing about identity");
        assert_eq!(read_again.via(), Some((hub.clone(), admin)));
        let further = PermissionSetName::chained("Audit", (&hub, "hub"), &deploy);
        assert_eq!(further.via().map(|(_, set)| set), Some(deploy.clone()));
        assert_eq!(further.shown(), "Audit via hub/Deploy via hub/Admin");
        let read_again = PermissionSetName::new(further.as_str());
        let named = read_again.with_names(&|id| (*id == hub).then(|| "hub".into()));
        assert_eq!((named.shown(), &named), (further.shown(), &further));
        assert_eq!(
            read_again.with_names(&|_| None).shown_way(),
            Some("000000000001/Deploy via 000000000001/Admin")
        );
        for plain in [
            "Admin",
            "A via B",
            "A via 000000000001",
            "A via 000000000001/",
            "A:x via 000000000001/B",
        ] {
            let plain = PermissionSetName::new(plain);
            assert_eq!((plain.name(), plain.via()), (plain.as_str(), None));
        }
    }
}
