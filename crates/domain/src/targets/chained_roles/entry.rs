//! `[[role]]` of the preferences: one entry gives a role in many accounts, by one way or by several.

use super::role::{ChainedRole, RoleOptions};
use super::role_arn::RoleArn;
use crate::rules::{Name, Pattern};
use crate::{Account, AccountId, Catalog, Partition, PermissionSetName, Target};

/// The most roles that one entry gives: what gives more was not meant.
pub const MOST_ROLES: usize = 20_000;

/// One `[[role]]`.
#[derive(Clone, Debug)]
pub struct RoleEntry {
    pub via: Vec<Way>,
    pub role: RoleIn,
    pub options: RoleOptions,
}

/// The target from which a role is reached: patterns for its session, its account's name or ID, and its permission
/// set or role.
#[derive(Clone, Debug)]
pub struct Way {
    pub session: Option<Pattern>,
    pub account: Pattern,
    pub permission_set: Pattern,
}

/// Which roles.
#[derive(Clone, Debug)]
pub enum RoleIn {
    One(RoleArn),
    /// One of this name in each of some accounts.
    Each {
        role: String,
        accounts: Vec<AccountsIn>,
    },
}

/// Accounts in which a role stands.
#[derive(Clone, Debug)]
pub enum AccountsIn {
    /// Those of the catalog whose name or ID fits.
    Fitting(Pattern),
    /// One, whether it is in the catalog or not; perhaps with a name for it.
    Known(AccountId, Option<String>),
}

/// A role that an entry or a profile gives: its account, the name that it has in the catalog, and the request for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRole {
    pub account: Account,
    pub name: PermissionSetName,
    pub role: ChainedRole,
}

impl Way {
    /// Whether a target of a session fits.
    #[must_use]
    pub fn fits(&self, target: &Target) -> bool {
        let of_session = |pattern: &Pattern| pattern.matches(&Name::new(&target.session));
        let account = [target.account_name.as_str(), target.account_id.as_str()];
        self.session.as_ref().is_none_or(of_session)
            && account.iter().any(|name| self.account.matches(&Name::new(name)))
            && self
                .permission_set
                .matches(&Name::new(target.permission_set.name()))
    }
}

impl RoleEntry {
    /// The roles that it gives among the targets of a session, some of which are chained roles of entries before it.
    #[must_use]
    pub fn roles(&self, targets: &[Target], catalog: &Catalog, partition: Partition) -> Vec<FoundRole> {
        let ways = targets
            .iter()
            .filter(|target| self.via.iter().any(|way| way.fits(target)));
        let mut found = Vec::new();
        for via in ways {
            for (account, arn) in self.role.in_accounts(via, catalog, partition) {
                if found.len() == MOST_ROLES {
                    return found;
                }
                found.push(FoundRole {
                    name: name_of(arn.role(), via),
                    account,
                    role: ChainedRole {
                        arn,
                        options: self.options.clone(),
                    },
                });
            }
        }
        found
    }
}

impl RoleEntry {
    /// The request for a role that is reached by a way, where the entry gives that role. The target's account is in the
    /// catalog or not.
    #[must_use]
    pub fn request_for(
        &self,
        (role, target): (&str, &Target),
        via: &Target,
        partition: Partition,
        is_listed: bool,
    ) -> Option<ChainedRole> {
        self.via.iter().any(|way| way.fits(via)).then_some(())?;
        let arn = match &self.role {
            RoleIn::One(arn) => arn.clone(),
            RoleIn::Each { role, accounts } => {
                let is_there = accounts.iter().any(|accounts| match accounts {
                    AccountsIn::Known(id, _) => *id == target.account_id,
                    AccountsIn::Fitting(pattern) => {
                        let names = [target.account_name.as_str(), target.account_id.as_str()];
                        let fits = names.iter().any(|name| pattern.matches(&Name::new(name)));
                        is_listed && target.account_id != via.account_id && fits
                    }
                });
                is_there.then_some(())?;
                RoleArn::new(partition, target.account_id.clone(), role).ok()?
            }
        };
        (arn.account_id == target.account_id && arn.role() == role).then(|| ChainedRole {
            arn,
            options: self.options.clone(),
        })
    }

    /// The name that an entry has for an account which no source lists.
    #[must_use]
    pub fn name_of(&self, account: &AccountId) -> Option<&str> {
        let RoleIn::Each { accounts, .. } = &self.role else {
            return None;
        };
        accounts.iter().find_map(|accounts| match accounts {
            AccountsIn::Known(id, name) if id == account => name.as_deref(),
            _ => None,
        })
    }
}

impl RoleIn {
    /// The roles that are reached by a way, with their accounts.
    fn in_accounts(&self, via: &Target, catalog: &Catalog, partition: Partition) -> Vec<(Account, RoleArn)> {
        match self {
            Self::One(arn) => vec![(account_of(&arn.account_id, None, catalog), arn.clone())],
            Self::Each { role, accounts } => {
                let mut found: Vec<Account> = Vec::new();
                for accounts in accounts {
                    match accounts {
                        AccountsIn::Known(id, name) => found.push(account_of(id, name.as_deref(), catalog)),
                        AccountsIn::Fitting(pattern) => {
                            let known = catalog.entries().iter().map(|entry| &entry.account);
                            // Where one is already, no one switches to.
                            let others = known.filter(|account| account.id != via.account_id);
                            found.extend(others.filter(|account| is_one(pattern, account)).cloned());
                        }
                    }
                }
                let arn = |account: Account| {
                    let arn = RoleArn::new(partition, account.id.clone(), role).ok()?;
                    Some((account, arn))
                };
                found.into_iter().filter_map(arn).collect()
            }
        }
    }
}

fn is_one(pattern: &Pattern, account: &Account) -> bool {
    [account.name.as_str(), account.id.as_str()]
        .iter()
        .any(|name| pattern.matches(&Name::new(name)))
}

/// The name of a role that is reached from a target.
#[must_use]
pub fn name_of(role: &str, via: &Target) -> PermissionSetName {
    let account = (&via.account_id, via.account_name.as_str());
    PermissionSetName::chained(role, account, &via.permission_set)
}

/// An account as the catalog has it; else as it was named, or by its ID.
#[must_use]
pub fn account_of(id: &AccountId, name: Option<&str>, catalog: &Catalog) -> Account {
    let unlisted = || Account {
        id: id.clone(),
        name: name.unwrap_or(id.as_str()).into(),
        email: "".into(),
    };
    catalog
        .entry(id)
        .map_or_else(unlisted, |entry| entry.account.clone())
}
