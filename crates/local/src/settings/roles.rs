//! `[[role]]` of a file of preferences: read, or what is wrong with it by entry and line.
//!
//! An entry that lacks something, or says something that AWS wouldn't take, is ignored as a whole: without an external
//! ID, say, the role would be refused, and no one would know why.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{entries_of, read_keys};
use super::preferences::describe_misplaced;
use super::preferences_file::Mistake;
use super::values::{List, read_parsed, read_texts};
use crate::domain::rules::Pattern;
use crate::domain::targets::chained_roles::role::{self, parse_duration};
use crate::domain::targets::chained_roles::role_arn::role_name;
use crate::domain::targets::chained_roles::{AccountsIn, RoleArn, RoleEntry, RoleIn, RoleOptions, Way};
use crate::domain::text::clean_text;
use crate::domain::{AccountId, Region};

/// What an entry says, as it is written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RoleTable {
    #[serde(deserialize_with = "read_ways")]
    via: Option<Vec<Way>>,
    #[serde(deserialize_with = "read_role")]
    role: Option<Role>,
    #[serde(deserialize_with = "read_accounts")]
    accounts: Option<Vec<AccountsIn>>,
    #[serde(deserialize_with = "read_external_id")]
    external_id: Option<String>,
    #[serde(deserialize_with = "read_mfa_serial")]
    mfa_serial: Option<String>,
    #[serde(deserialize_with = "read_duration")]
    duration_seconds: Option<u32>,
    #[serde(deserialize_with = "read_session_name")]
    role_session_name: Option<String>,
    #[serde(deserialize_with = "read_parsed")]
    region: Option<Region>,
}

enum Role {
    Arn(RoleArn),
    Name(String),
}

/// The entries of a file, in its order, and what is wrong with them. `line` finds the line of an offset.
pub(super) fn read_roles(
    value: &Spanned<DeValue<'_>>,
    line: impl Fn(usize) -> usize,
) -> (Vec<RoleEntry>, Vec<Mistake>) {
    let mut found = Vec::new();
    let mut mistakes = Vec::new();
    let DeValue::Array(values) = value.get_ref() else {
        let reason = "a role begins with `[[role]]`, in two pairs of brackets".to_owned();
        return (found, vec![(line(value.span().start), reason)]);
    };
    for (number, value) in (1..).zip(values.iter()) {
        let mut wrong = |at: usize, reason: &str| {
            mistakes.push((
                line(at),
                clean_text(&format!("role {number} is ignored: {reason}")),
            ));
        };
        let at = value.span().start;
        match value.get_ref() {
            DeValue::Table(table) => found.extend(read_entry(table, at, &mut wrong)),
            _ => wrong(at, "it must be a table that begins with `[[role]]`"),
        }
    }
    (found, mistakes)
}

fn read_entry(table: &DeTable<'_>, at: usize, wrong: &mut impl FnMut(usize, &str)) -> Option<RoleEntry> {
    let mut fine = true;
    let read = read_keys(entries_of(table), RoleTable::deserialize, |entry, error| {
        wrong(entry.at, &describe_misplaced("role", entry.name, &error, &[]));
        fine = false;
    });
    if !fine {
        return None;
    }
    let mut lacks = |what: &str| {
        wrong(at, what);
        None
    };
    let Some(via) = read.via else {
        return lacks("it has no `via`, such as `via = \"hub/Admin\"`");
    };
    let role = match (read.role, read.accounts) {
        (None, _) => return lacks("it has no `role`, such as `role = \"OrganizationAccountAccessRole\"`"),
        (Some(Role::Arn(arn)), None) => RoleIn::One(arn),
        (Some(Role::Arn(_)), Some(_)) => {
            return lacks(
                "`role` is an ARN, which names its account: remove `accounts`, or write the role's name",
            );
        }
        (Some(Role::Name(_)), None) => {
            return lacks("it has no `accounts`, such as `accounts = \"*\"`, and `role` is not an ARN");
        }
        (Some(Role::Name(role)), Some(accounts)) => RoleIn::Each { role, accounts },
    };
    Some(RoleEntry {
        via,
        role,
        options: RoleOptions {
            external_id: read.external_id,
            mfa_serial: read.mfa_serial,
            duration_seconds: read.duration_seconds,
            session_name: read.role_session_name,
            region: read.region,
            is_global: false,
        },
    })
}

fn read_external_id<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    role::external_id(&String::deserialize(value)?)
        .map(Some)
        .map_err(D::Error::custom)
}

fn read_mfa_serial<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    role::mfa_serial(&String::deserialize(value)?)
        .map(Some)
        .map_err(D::Error::custom)
}

fn read_session_name<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    role::session_name(&String::deserialize(value)?)
        .map(Some)
        .map_err(D::Error::custom)
}

fn read_duration<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    // Anything but a number gets the message of a wrong duration, which names the limits.
    let seconds = u64::deserialize(value).map_or_else(|_| String::new(), |seconds| seconds.to_string());
    parse_duration(&seconds).map(Some).map_err(D::Error::custom)
}

/// `"hub/Admin"`, `"SESSION:*/Admin"`, or a list of them.
fn read_ways<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Vec<Way>>, D::Error> {
    let texts = read_texts(value)?;
    if texts.is_empty() {
        return Err(D::Error::custom("needs at least one target"));
    }
    let ways = texts.iter().map(|text| read_way(text).map_err(D::Error::custom));
    ways.collect::<Result<_, _>>().map(Some)
}

fn read_way(text: &str) -> Result<Way, String> {
    let pattern = |part: &str| -> Result<Pattern, String> {
        part.parse()
            .map_err(|error| format!("can't be `{text}`: {error}"))
    };
    let (account, set) = text
        .rsplit_once('/')
        .ok_or_else(|| format!("can't be `{text}`: write ACCOUNT/PERMISSION_SET"))?;
    let (session, account) = match account.split_once(':') {
        Some((session, account)) => (Some(session), account),
        None => (None, account),
    };
    Ok(Way {
        session: session.map(pattern).transpose()?,
        account: pattern(account)?,
        permission_set: pattern(set)?,
    })
}

fn read_role<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Role>, D::Error> {
    let text = String::deserialize(value)?;
    let role = if text.starts_with("arn:") {
        text.parse().map(Role::Arn).map_err(D::Error::custom)
    } else {
        let name = role_name(&text).map_err(D::Error::custom);
        name.map(|name| Role::Name(name.to_owned()))
    };
    role.map(Some)
}

/// Patterns for names and IDs, IDs, or `{ NAME = "ID" }`.
fn read_accounts<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Vec<AccountsIn>>, D::Error> {
    let accounts: Result<_, String> = match List::deserialize(value)? {
        List::Table(pairs) => pairs.into_iter().map(read_named_account).collect(),
        List::Texts(texts) if texts.is_empty() => Err("needs at least one account".to_owned()),
        List::Texts(texts) => texts.iter().map(|text| read_account(text)).collect(),
    };
    accounts.map(Some).map_err(D::Error::custom)
}

fn read_named_account((name, id): (String, String)) -> Result<AccountsIn, String> {
    let id: AccountId = id.parse().map_err(|error| format!("`{name}`: {error}"))?;
    Ok(AccountsIn::Known(id, Some(name)))
}

fn read_account(text: &str) -> Result<AccountsIn, String> {
    match text.parse() {
        Ok(id) => Ok(AccountsIn::Known(id, None)),
        Err(_) => text
            .parse()
            .map(AccountsIn::Fitting)
            .map_err(|error| format!("can't contain `{text}`: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::targets::chained_roles::{FoundRole, RoleEntry};
    use crate::domain::{Account, Catalog, Partition, PermissionSetName, Target};
    use crate::settings::contents::Contents;
    use jiff::Timestamp;

    fn read(text: &str) -> (Vec<RoleEntry>, Vec<(usize, String)>) {
        let contents = Contents::of_preferences(text);
        (contents.roles, contents.mistakes)
    }

    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        for (id, name, set) in [
            ("000000000001", "hub", "Admin"),
            ("000000000002", "payments-prod", "ReadOnly"),
            ("000000000003", "payments-dev", "ReadOnly"),
        ] {
            let account = Account {
                id: id.parse().expect("an ID"),
                name: name.into(),
                email: "".into(),
            };
            catalog.add_accounts(vec![account.clone()]);
            catalog.set_permission_sets(
                &account.id,
                vec![PermissionSetName::new(set)],
                Timestamp::UNIX_EPOCH,
            );
        }
        catalog
    }

    fn found(text: &str) -> Vec<FoundRole> {
        let (entries, mistakes) = read(text);
        assert_eq!(mistakes, [], "{text}");
        let catalog = catalog();
        let mut targets: Vec<Target> = catalog.targets("org");
        let mut all = Vec::new();
        for entry in entries {
            let roles = entry.roles(&targets, &catalog, Partition::Aws);
            targets.extend(roles.iter().map(|role| Target {
                session: "org".into(),
                account_id: role.account.id.clone(),
                account_name: role.account.name.clone(),
                permission_set: role.name.clone(),
            }));
            all.extend(roles);
        }
        all
    }

    fn shown(roles: &[FoundRole]) -> Vec<String> {
        let show = |role: &FoundRole| format!("{}/{}", role.account.name, role.name.shown());
        roles.iter().map(show).collect()
    }

    #[test]
    fn one_entry_gives_a_role_in_many_accounts() {
        let roles = found(
            "[[role]]\nvia = \"hub/Admin\"\nrole = \"team/Deploy\"\naccounts = \"*\"\nexternal_id = \"x-1\"\n\
             duration_seconds = 0xE10\nregion = \"eu-west-1\"\n",
        );
        assert_eq!(
            shown(&roles),
            [
                "payments-dev/Deploy via hub/Admin",
                "payments-prod/Deploy via hub/Admin"
            ]
        );
        assert_eq!(
            roles[0].role.arn.to_string(),
            "arn:aws:iam::000000000003:role/team/Deploy"
        );
        assert_eq!(roles[0].role.options.external_id.as_deref(), Some("x-1"));
        assert_eq!(roles[0].role.options.duration_seconds, Some(3600));
    }

    #[test]
    fn accounts_may_be_outside_of_the_catalog_and_roles_behind_roles() {
        let roles = found(
            "[[role]]\nvia = [\"org:hub/Ad*\", \"other:hub/Admin\"]\nrole = \"Mid\"\n\
             accounts = [\"payments-p*\", \"000000000009\"]\n\
             [[role]]\nvia = \"000000000009/Mid\"\nrole = \"arn:aws:iam::000000000008:role/Deep\"\n\
             [[role]]\nvia = \"hub/Admin\"\nrole = \"Ops\"\naccounts = { vendor = \"000000000007\" }\n",
        );
        assert_eq!(
            shown(&roles),
            [
                "payments-prod/Mid via hub/Admin",
                "000000000009/Mid via hub/Admin",
                "000000000008/Deep via 000000000009/Mid via hub/Admin",
                "vendor/Ops via hub/Admin",
            ]
        );
    }

    #[test]
    fn a_mistake_is_named_and_takes_nothing_from_the_rest() {
        const FINE: &str = "[[role]]\nvia = \"hub/Admin\"\nrole = \"Fine\"\naccounts = \"*\"\n";
        for (lines, at, words) in [
            (
                "role = \"A\"\naccounts = \"*\"",
                1,
                "role 1 is ignored: it has no `via`",
            ),
            ("via = \"hub/Admin\"\naccounts = \"*\"", 1, "it has no `role`"),
            ("via = \"hub/Admin\"\nrole = \"A\"", 1, "it has no `accounts`"),
            (
                "via = \"hub\"\nrole = \"A\"",
                2,
                "`via` can't be `hub`: write ACCOUNT/PERMISSION_SET",
            ),
            (
                "via = \"hub/A\"\nrole = \"a b\"",
                3,
                "`role` is not the name of a role",
            ),
            (
                "via = \"hub/A\"\nrole = \"arn:aws:iam::1:role/x\"",
                3,
                "is not the ARN of a role",
            ),
            (
                "via = \"hub/A\"\nrole = \"arn:aws:iam::000000000001:role/x\"\naccounts = \"*\"",
                1,
                "remove `accounts`",
            ),
            (
                "via = \"hub/A\"\nrole = \"A\"\nacounts = \"*\"",
                4,
                "did you mean `accounts`?",
            ),
            ("via = \"hub/A\"\nduration_seconds = 60", 3, "from 900 to 43200"),
            (
                "via = \"hub/A\"\nexternal_id = \"a b\"",
                3,
                "`external_id` must have",
            ),
            ("via = \"hub/A\"\nmouse = true", 3, "settings stand above"),
        ] {
            let (entries, mistakes) = read(&format!("[[role]]\n{lines}\n{FINE}"));
            assert_eq!(entries.len(), 1, "{lines}");
            assert_eq!(mistakes.len(), 1, "{lines}: {mistakes:?}");
            assert_eq!(mistakes[0].0, at, "{lines}: {mistakes:?}");
            assert!(mistakes[0].1.contains(words), "{lines}: {mistakes:?}");
        }
        let (_, mistakes) = read("[role]\nvia = \"hub/Admin\"\n");
        assert!(mistakes[0].1.contains("two pairs of brackets"), "{mistakes:?}");
    }
}
