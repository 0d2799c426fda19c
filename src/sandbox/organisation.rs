//! The organisation that a sandbox serves: accounts, their permission sets, and the user who signs in.
//! Plain values and how they are read from TOML; knows nothing of servers.

use std::collections::HashSet;

use serde::Deserialize;

/// A company with one Identity Center instance.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Shown on the web pages.
    pub name: String,
    /// Who is signed in to the browser.
    pub user: User,
    /// What the user is assigned to, in the order in which the portal lists it.
    #[serde(rename = "account", default)]
    pub accounts: Vec<Account>,
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

/// Why a text is no organisation.
#[derive(Debug, thiserror::Error)]
pub enum OrganisationError {
    /// It is not TOML, or not of this shape.
    #[error("not an organisation file: {0}")]
    Syntax(#[from] toml::de::Error),
    /// An account breaks a rule that AWS keeps.
    #[error("account {id:?}: {reason}")]
    Account {
        /// The id as written.
        id: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
}

const SAMPLE: &str = include_str!("../../assets/sandbox/organisation.toml");

impl Organisation {
    /// Reads an organisation in the format of `assets/sandbox/organisation.toml`.
    ///
    /// # Errors
    /// When it is no TOML of that shape, an id is not twelve digits or comes twice, an account has no name or
    /// no permission set, or a permission set's name or a colour is one that AWS would refuse.
    pub fn from_toml(text: &str) -> Result<Self, OrganisationError> {
        let organisation: Self = toml::from_str(text)?;
        let mut ids = HashSet::new();
        for account in &organisation.accounts {
            let reason = if !is_account_id(&account.id) {
                "an account ID has 12 digits"
            } else if !ids.insert(account.id.as_str()) {
                "the ID is used twice"
            } else if account.name.is_empty() {
                "the account has no name"
            } else if account.permission_sets.is_empty() {
                "the account has no permission set"
            } else if !account.permission_sets.iter().all(|name| is_permission_set(name)) {
                "a permission set's name has 1 to 32 letters, digits or +=,.@-_"
            } else if !account.color.iter().all(|color| COLORS.contains(&color.as_str())) {
                "the colour is not one of the console's, such as red or lightBlue"
            } else {
                continue;
            };
            return Err(OrganisationError::Account {
                id: account.id.clone(),
                reason,
            });
        }
        Ok(organisation)
    }

    /// The sample company, about forty accounts of several teams and environments.
    #[must_use]
    pub fn sample() -> Self {
        // The file is part of the program and a test reads it; an empty organisation replaces the
        // impossible, rather than a panic.
        Self::from_toml(SAMPLE).unwrap_or_else(|_| Self::generated(0, 0))
    }

    pub(super) fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }
}

pub(super) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_permission_set(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_believable_company() {
        let sample = Organisation::from_toml(SAMPLE).unwrap();
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
            (
                "[[account]]\nid='000000000001'\nnmae='a'",
                "not an organisation file",
            ),
        ] {
            let error = Organisation::from_toml(&format!("{head}{body}"))
                .unwrap_err()
                .to_string();
            assert!(error.contains(want), "{error}");
        }
    }
}
