//! The roles of the demo, as `[[role]]` entries of its preferences: each role of the organisation that leads from a
//! permission set, once, so that the list stays a list of accounts.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::sandbox::{Organisation, Role, Trust};

/// How many roles stand in a row; a longer chain is one that leads in a circle.
const LONGEST_CHAIN: usize = 8;

/// The entries, each below the one that it leads on from.
pub(in crate::cli::commands) fn role_entries(organisation: &Organisation, partition: &str) -> String {
    let mut entries = Entries {
        organisation,
        partition,
        text: String::new(),
        written: BTreeSet::new(),
    };
    for role in &organisation.roles {
        if let Some(account_id) = entries.an_account_of(role) {
            entries.add(role, &account_id, 0);
        }
    }
    entries.text
}

struct Entries<'a> {
    organisation: &'a Organisation,
    partition: &'a str,
    text: String,
    written: BTreeSet<String>,
}

impl Entries<'_> {
    /// Where a role is shown: its account. One of every account is shown where another role needs it, else in the first
    /// account that it does not trust.
    fn an_account_of(&self, role: &Role) -> Option<String> {
        if role.account_id != "*" {
            return Some(role.account_id.clone());
        }
        let mut trusts = self.organisation.roles.iter().flat_map(|other| &other.trust);
        let needed = trusts.find(|trust| trust.role.as_ref() == Some(&role.name));
        let is_trusted = |id: &str| role.trust.iter().any(|trust| trust.account_id == id);
        let mut accounts = self.organisation.accounts.iter();
        needed.map(|trust| trust.account_id.clone()).or_else(|| {
            accounts
                .find(|account| !is_trusted(&account.id))
                .map(|account| account.id.clone())
        })
    }

    /// Adds a role, and before it the roles that lead there; false where nothing leads there but a user or a code.
    fn add(&mut self, role: &Role, account_id: &str, depth: usize) -> bool {
        let arn = format!(
            "arn:{}:iam::{account_id}:role{}{}",
            self.partition, role.path, role.name
        );
        if self.written.contains(&arn) {
            return true;
        }
        if depth > LONGEST_CHAIN || role.requires_mfa {
            return false;
        }
        let mut trusts = role.trust.iter();
        let Some(via) = trusts.find_map(|trust| self.via(trust, depth)) else {
            return false;
        };
        let _ = writeln!(self.text, "[[role]]\nvia = \"{via}\"\nrole = \"{arn}\"");
        if let Some(id) = &role.external_id {
            let _ = writeln!(self.text, "external_id = \"{id}\"");
        }
        self.text.push('\n');
        self.written.insert(arn);
        true
    }

    fn via(&mut self, trust: &Trust, depth: usize) -> Option<String> {
        let organisation = self.organisation;
        let mut accounts = organisation.accounts.iter();
        let account = accounts.find(|account| account.id == trust.account_id)?;
        if let Some(name) = &trust.role {
            let is_there = |role: &&Role| role.account_id == "*" || role.account_id == account.id;
            let mut roles = organisation.roles.iter().filter(is_there);
            let role = roles.find(|role| role.name == *name)?;
            return self
                .add(role, &account.id, depth + 1)
                .then(|| format!("{}/{name}", account.id));
        }
        if trust.user.is_some() {
            return None;
        }
        let set = trust
            .permission_set
            .as_ref()
            .or(account.permission_sets.first())?;
        Some(format!("{}/{set}", account.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_three_roles_of_which_one_is_a_second_hop() {
        let entries = role_entries(&Organisation::sample(), "aws");
        let expected = "[[role]]\n\
                        via = \"111427759318/AdministratorAccess\"\n\
                        role = \"arn:aws:iam::111318240067:role/IncidentResponse\"\n\n\
                        [[role]]\n\
                        via = \"111427759318/AdministratorAccess\"\n\
                        role = \"arn:aws:iam::390178853927:role/vendors/PartnerAudit\"\n\
                        external_id = \"tanuki-2026\"\n\n\
                        [[role]]\n\
                        via = \"111318240067/IncidentResponse\"\n\
                        role = \"arn:aws:iam::111204938571:role/LogReader\"\n\n";
        assert_eq!(entries, expected);
    }
}
