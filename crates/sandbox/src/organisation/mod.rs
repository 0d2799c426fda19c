//! The organisation that a sandbox serves: accounts, their permission sets and the user who signs in; roles that others
//! may assume; IAM users. Plain values and how they are read from TOML; knows nothing of servers.

pub(super) mod generated;
mod iam_users;
mod names;
mod roles;

use std::collections::HashSet;

use serde::Deserialize;
use toml::Spanned;

pub use iam_users::IamUser;
pub(super) use names::is_account_id;
use names::is_name;
pub use roles::{Role, Trust};

/// A company with one Identity Center instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Shown on the web pages.
    pub name: String,
    /// Who is signed in to the browser.
    pub user: User,
    /// What the user is assigned to, in the order in which the portal lists it.
    pub accounts: Vec<Account>,
    /// What AssumeRole opens.
    pub roles: Vec<Role>,
    /// Who has long-term access keys.
    pub iam_users: Vec<IamUser>,
}

/// The same with the place of each entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    name: String,
    user: User,
    #[serde(default)]
    account: Vec<Spanned<Account>>,
    #[serde(default)]
    role: Vec<Spanned<Role>>,
    #[serde(default)]
    iam_user: Vec<Spanned<IamUser>>,
}

/// The user who is signed in to the portal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The sign-in name; it ends up as the session name in `aws sts get-caller-identity`.
    pub username: String,
    /// The name that pages show.
    pub display_name: String,
}

/// One AWS account with the permission sets that the user has in it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Twelve digits; text, because leading zeros count.
    pub id: String,
    /// The account's name.
    pub name: String,
    /// The e-mail address of the account's root user.
    pub email: String,
    /// The permission sets' names.
    pub permission_sets: Vec<String>,
    /// The account's colour in the console, as the API `uxc` names it: `red`, `lightBlue`, …
    #[serde(default)]
    pub color: Option<String>,
}

/// The colours that an account can have.
const COLORS: [&str; 9] = [
    "pink",
    "purple",
    "darkBlue",
    "lightBlue",
    "teal",
    "green",
    "yellow",
    "orange",
    "red",
];

/// Why a text is no organisation: the line, and what is wrong there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct OrganisationError {
    /// The line, from 1.
    pub line: usize,
    /// The part of the sentence after the line.
    pub reason: String,
}

impl OrganisationError {
    fn at(text: &str, offset: usize, reason: String) -> Self {
        let before = text.as_bytes().iter().take(offset);
        let line = before.filter(|byte| **byte == b'\n').count() + 1;
        Self { line, reason }
    }
}

impl Organisation {
    /// The sample company as text, with comments: an example of the format.
    pub const SAMPLE: &str = include_str!("../../assets/organisation.toml");

    /// Reads an organisation in the format of `assets/organisation.toml`.
    ///
    /// # Errors
    /// When it is no TOML of that shape, an ID is not twelve digits or comes twice, an account has no name or
    /// no permission set, or a name, path, colour or duration is one that AWS would refuse.
    pub fn from_toml(text: &str) -> Result<Self, OrganisationError> {
        let document: Document = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            OrganisationError::at(text, offset, error.message().trim_end().to_owned())
        })?;
        let mut ids = HashSet::new();
        for account in &document.account {
            let entry = account.get_ref();
            let name = format!("account `{}`", entry.id);
            refuse_entry(text, account, &name, entry.mistake(&mut ids))?;
        }
        let mut roles = HashSet::new();
        for role in &document.role {
            let entry = role.get_ref();
            let is_twice = !roles.insert((&entry.account_id, &entry.name));
            let mistake = entry.mistake().or(is_twice.then_some("the account has it twice"));
            refuse_entry(text, role, &format!("role `{}`", entry.name), mistake)?;
        }
        let mut users = HashSet::new();
        for user in &document.iam_user {
            let entry = user.get_ref();
            let is_twice = !users.insert((&entry.account_id, &entry.name));
            let mistake = entry.mistake().or(is_twice.then_some("the account has it twice"));
            refuse_entry(text, user, &format!("IAM user `{}`", entry.name), mistake)?;
        }
        Ok(Self {
            name: document.name,
            user: document.user,
            accounts: document.account.into_iter().map(Spanned::into_inner).collect(),
            roles: document.role.into_iter().map(Spanned::into_inner).collect(),
            iam_users: document.iam_user.into_iter().map(Spanned::into_inner).collect(),
        })
    }

    /// The sample company, about forty accounts of several teams and environments.
    #[must_use]
    pub fn sample() -> Self {
        // The file is part of the program and a test reads it; an empty organisation replaces the
        // impossible, rather than a panic.
        Self::from_toml(Self::SAMPLE).unwrap_or_else(|_| Self::generated(0, 0))
    }

    pub(super) fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// The role of this path and name in an account: its own, or the one that every account has.
    pub(super) fn role(&self, account_id: &str, path_and_name: &str) -> Option<&Role> {
        let is_known = self.account(account_id).is_some();
        self.roles.iter().find(|role| {
            (role.account_id == account_id || is_known && role.is_in_every_account())
                && path_and_name.strip_prefix(role.path.as_str()) == Some(role.name.as_str())
        })
    }
}

/// The mistake of an entry as an error with its line.
fn refuse_entry<T>(
    text: &str,
    entry: &Spanned<T>,
    name: &str,
    mistake: Option<&str>,
) -> Result<(), OrganisationError> {
    match mistake {
        None => Ok(()),
        Some(mistake) => {
            let reason = format!("{name}: {mistake}");
            Err(OrganisationError::at(text, entry.span().start, reason))
        }
    }
}

impl Account {
    /// What AWS would refuse; IDs that were seen are remembered.
    fn mistake<'a>(&'a self, seen: &mut HashSet<&'a str>) -> Option<&'static str> {
        if !is_account_id(&self.id) {
            Some("an account ID has 12 digits")
        } else if !seen.insert(&self.id) {
            Some("the ID is used twice")
        } else if self.name.is_empty() {
            Some("the account has no name")
        } else if self.permission_sets.is_empty() {
            Some("the account has no permission set")
        } else if !self.permission_sets.iter().all(|name| is_name(name, 32)) {
            Some("a permission set's name has 1 to 32 letters, digits or +=,.@-_")
        } else if !self.color.iter().all(|color| COLORS.contains(&color.as_str())) {
            Some("the colour is not one of the console's, such as red or lightBlue")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_believable_company() {
        let sample = Organisation::from_toml(Organisation::SAMPLE).unwrap();
        assert!(
            (36..=44).contains(&sample.accounts.len()),
            "{} accounts",
            sample.accounts.len()
        );
        assert!(
            sample
                .accounts
                .iter()
                .all(|account| (1..=6).contains(&account.permission_sets.len()))
        );
        assert!(sample.accounts.iter().any(|account| account.id.starts_with("00")));
        assert!(sample.accounts.iter().any(|account| account.name == "決済-本番"));
        assert!(
            sample
                .accounts
                .iter()
                .any(|account| account.name == "Zürich-Rechenzentrum")
        );
        assert!(sample.accounts.iter().all(|account| account.email.contains('@')));
        let names: HashSet<_> = sample.accounts.iter().map(|account| &account.name).collect();
        assert_eq!(names.len(), sample.accounts.len(), "names are unique");
    }

    #[test]
    fn mistakes_are_named() {
        let head = "name='x'\n[user]\nusername='u'\ndisplay_name='U'\n";
        for (body, want) in [
            (
                "[[account]]\nid='12'\nname='a'\nemail='e'\npermission_sets=['A']",
                "12 digits",
            ),
            (
                "[[account]]\nid='000000000001'\nname=''\nemail='e'\npermission_sets=['A']",
                "no name",
            ),
            (
                "[[account]]\nid='000000000001'\nname='a'\nemail='e'\npermission_sets=[]",
                "no permission set",
            ),
            (
                "[[account]]\nid='000000000001'\nname='a'\nemail='e'\npermission_sets=['a b']",
                "1 to 32",
            ),
            (
                "[[account]]\nid='000000000001'\nname='a'\nemail='e'\npermission_sets=['A']\ncolor='light-blue'",
                "not one of the console's",
            ),
            ("[[account]]\nid='000000000001'\nnmae='a'", "unknown field `nmae`"),
            ("[[role]]\naccount='1'\nname='A'\ntrust=[]", "12 digits"),
            ("[[role]]\naccount='*'\nname='A'\ntrust=[]", "trusts no one"),
            (
                "[[role]]\naccount='*'\nname='A'\ntrust=[{account='000000000001', role='B', user='C'}]",
                "not several",
            ),
            (
                "[[role]]\naccount='*'\nname='A'\nmax_session_seconds=60\ntrust=[{account='000000000001'}]",
                "between 3600 and 43200",
            ),
            (
                "[[iam_user]]\naccount='000000000001'\nname='a'\naccess_keys=3",
                "at most 2",
            ),
            (
                "[[iam_user]]\naccount='000000000001'\nname='a'\nrequires_mfa=true",
                "has a device",
            ),
        ] {
            let error = Organisation::from_toml(&format!("{head}{body}"))
                .unwrap_err()
                .to_string();
            assert!(error.contains(want), "{error}");
            assert!(error.starts_with("line "), "{error}");
        }
    }

    #[test]
    fn mistakes_name_their_line() {
        let head = "name='x'\n[user]\nusername='u'\ndisplay_name='U'\n";
        let account = "[[account]]\nid='000000000001'\nname='a'\nemail='e'\npermission_sets=['A']\n";
        let twice = Organisation::from_toml(&format!("{head}{account}\n{account}")).unwrap_err();
        assert_eq!(
            twice.to_string(),
            "line 11: account `000000000001`: the ID is used twice"
        );
        let broken = Organisation::from_toml(&format!("{head}{account}color=")).unwrap_err();
        assert_eq!(broken.line, 10, "{broken}");
    }

    #[test]
    fn a_role_of_every_account_is_in_those_of_the_organisation() {
        let sample = Organisation::sample();
        let every = sample
            .roles
            .iter()
            .find(|role| role.is_in_every_account())
            .unwrap();
        let name = format!("{}{}", every.path, every.name);
        assert!(sample.role("390178853927", &name).is_some());
        assert!(sample.role("999999999999", &name).is_none());
        assert!(
            sample.role("390178853927", &every.name).is_none(),
            "the path is a part"
        );
    }
}
