//! Profile names by a template: readable, unique, and the same whatever the order.
//!
//! A name that two targets would share says more in both: the account id, then the SSO session, then
//! a hash. So a name never passes from one target to another because the list came in another order.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use sha1::{Digest as _, Sha1};

use super::slug::slug_of;
use crate::{Region, Target};

/// The template where a user names none.
pub const DEFAULT_TEMPLATE: &str = "{account}-{permission_set}";

/// A name with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Of(Placeholder),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placeholder {
    Account,
    AccountId,
    PermissionSet,
    Session,
    Region,
}

impl Placeholder {
    const ALL: [(Self, &str); 5] = [
        (Self::Account, "account"),
        (Self::AccountId, "account_id"),
        (Self::PermissionSet, "permission_set"),
        (Self::Session, "session"),
        (Self::Region, "region"),
    ];
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATemplate {
    #[error("a name template can't contain `{0}`: use placeholders, letters, digits and -_./@:+")]
    Character(char),
    #[error("a name template must start with a letter, a digit or a placeholder")]
    SourceCredentials,
    #[error("unbalanced `{{` or `}}` in the name template")]
    Brace,
    #[error(
        "unknown placeholder `{{{0}}}`; use {{account}}, {{account_id}}, {{permission_set}}, {{session}} or {{region}}"
    )]
    Placeholder(String),
    #[error("a name template needs a placeholder")]
    Constant,
}

impl NotATemplate {
    /// What to do next.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        vec![format!("example: `{DEFAULT_TEMPLATE}`")]
    }
}

impl FromStr for Template {
    type Err = NotATemplate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('{') {
                let (name, behind) = inside.split_once('}').ok_or(NotATemplate::Brace)?;
                let known = Placeholder::ALL.iter().find(|(_, known)| *known == name);
                let (placeholder, _) =
                    known.ok_or_else(|| NotATemplate::Placeholder(crate::text::clean_text(name)))?;
                pieces.push(Piece::Of(*placeholder));
                rest = behind;
            } else {
                let (plain, behind) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
                if plain.contains('}') {
                    return Err(NotATemplate::Brace);
                }
                if let Some(bad) = plain.chars().find(|c| !is_plain(*c)) {
                    return Err(NotATemplate::Character(bad));
                }
                pieces.push(Piece::Text(plain.to_owned()));
                rest = behind;
            }
        }
        match pieces.first() {
            Some(Piece::Text(text)) if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) => {
                return Err(NotATemplate::SourceCredentials);
            }
            _ => {}
        }
        if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
            return Err(NotATemplate::Constant);
        }
        Ok(Self { pieces })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => f.write_str(text)?,
                Piece::Of(placeholder) => {
                    let known = Placeholder::ALL.iter().find(|(p, _)| p == placeholder);
                    write!(f, "{{{}}}", known.map_or("", |(_, name)| name))?;
                }
            }
        }
        Ok(())
    }
}

/// What every SDK takes in a profile's name, without a white space or a character of shells.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./@:+".contains(c)
}

/// How much a name says beyond the template.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Template,
    AccountId,
    Session,
    Hash,
}

impl Detail {
    fn more(self) -> Option<Self> {
        match self {
            Self::Template => Some(Self::AccountId),
            Self::AccountId => Some(Self::Session),
            Self::Session => Some(Self::Hash),
            Self::Hash => None,
        }
    }
}

impl Template {
    fn has(&self, placeholder: Placeholder) -> bool {
        self.pieces.contains(&Piece::Of(placeholder))
    }

    /// The name as the template says it, even if another profile has it.
    #[must_use]
    pub fn plain(&self, target: &Target, region: &Region) -> String {
        self.name(target, region, Detail::Template)
    }

    fn name(&self, target: &Target, region: &Region, detail: Detail) -> String {
        let id = target.account_id.as_str();
        let mut has_id = self.has(Placeholder::AccountId);
        let mut name = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => name.push_str(text),
                Piece::Of(Placeholder::AccountId) => name.push_str(id),
                Piece::Of(Placeholder::Region) => name.push_str(region.as_str()),
                Piece::Of(Placeholder::PermissionSet) => {
                    name.push_str(&slug_of(target.permission_set.name()).text);
                }
                Piece::Of(Placeholder::Session) => name.push_str(&slug_of(&target.session).text),
                // What has no Latin letters tells the account by its id, at once and not only when
                // a second such account comes: its name stays.
                Piece::Of(Placeholder::Account) => {
                    let account = slug_of(&target.account_name);
                    name.push_str(&account.text);
                    if (account.lossy || account.text.is_empty()) && !has_id {
                        has_id = true;
                        if !account.text.is_empty() {
                            name.push('-');
                        }
                        name.push_str(id);
                    }
                }
            }
        }
        let mut name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
        let mut add = |more: &str| {
            if !name.is_empty() && !more.is_empty() {
                name.push('-');
            }
            name.push_str(more);
        };
        if detail != Detail::Template && !has_id {
            add(id);
        }
        if matches!(detail, Detail::Session | Detail::Hash) && !self.has(Placeholder::Session) {
            add(&slug_of(&target.session).text);
        }
        if detail == Detail::Hash {
            let exact = format!("{}\0{id}\0{}", target.session, target.permission_set);
            let hash = Sha1::digest(exact.as_bytes());
            let number = hash
                .iter()
                .take(5)
                .fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
            add(&format!("{number:010x}"));
        }
        name
    }
}

/// The names of targets, each with its profile's Region, in their order. `taken` says which names a
/// target can't have. `None` where nothing is left to tell it from others.
#[must_use]
pub fn name_profiles(
    template: &Template,
    targets: &[(&Target, &Region)],
    taken: impl Fn(&str, &Target) -> bool,
) -> Vec<Option<String>> {
    let mut details = vec![Detail::Template; targets.len()];
    loop {
        let names: Vec<String> = targets
            .iter()
            .zip(&details)
            .map(|((target, region), detail)| template.name(target, region, *detail))
            .collect();
        let mut count: HashMap<&str, usize> = HashMap::new();
        for name in &names {
            *count.entry(name).or_default() += 1;
        }
        let clashes: Vec<bool> = names
            .iter()
            .zip(targets)
            .map(|(name, (target, _))| {
                name.is_empty()
                    || name == "default"
                    || count.get(name.as_str()).is_some_and(|n| *n > 1)
                    || taken(name, target)
            })
            .collect();
        let mut changed = false;
        for (detail, _) in details.iter_mut().zip(&clashes).filter(|(_, clash)| **clash) {
            if let Some(more) = detail.more() {
                *detail = more;
                changed = true;
            }
        }
        if !changed {
            return names
                .into_iter()
                .zip(clashes)
                .map(|(name, clash)| (!clash).then_some(name))
                .collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PermissionSetName;
    use proptest::prelude::*;

    fn target(session: &str, id: u64, name: &str, permission_set: &str) -> Target {
        Target {
            session: session.to_owned(),
            account_id: format!("{id:012}").parse().expect("an id"),
            account_name: name.into(),
            permission_set: PermissionSetName::new(permission_set),
        }
    }

    fn named(template: &str, targets: &[Target], taken: &[&str]) -> Vec<String> {
        let template: Template = template.parse().expect("a template");
        let region: Region = "eu-west-1".parse().expect("a Region");
        let pairs: Vec<(&Target, &Region)> = targets.iter().map(|t| (t, &region)).collect();
        name_profiles(&template, &pairs, |name, _| taken.contains(&name))
            .into_iter()
            .map(Option::unwrap_or_default)
            .collect()
    }

    #[test]
    fn names_are_readable_and_unique() {
        let targets = [
            target("org", 1, "Payments Prod", "Admin"),
            target("org", 2, "payments-prod", "Admin"),
            target("org", 3, "決済-本番", "Admin"),
            target("org", 4, "決済 prod", "Admin"),
            target("org", 5, "***", "Admin"),
            target("lab", 1, "Payments Prod", "View"),
            target("org", 1, "Payments Prod", "View"),
            target("org", 6, "x", "view"),
            target("org", 6, "x", "View"),
        ];
        let found = named(DEFAULT_TEMPLATE, &targets, &[]);
        assert_eq!(
            found[..7],
            [
                "payments-prod-admin-000000000001",
                "payments-prod-admin-000000000002",
                "000000000003-admin",
                "prod-000000000004-admin",
                "000000000005-admin",
                "payments-prod-view-000000000001-lab",
                "payments-prod-view-000000000001-org",
            ]
        );
        assert!(
            found[7].starts_with("x-view-000000000006-org-") && found[7] != found[8],
            "{found:?}"
        );
        assert_eq!(
            named(
                "{session}/{account_id}.{permission_set}@{region}",
                &targets[..3],
                &[]
            ),
            [
                "org/000000000001.admin@eu-west-1",
                "org/000000000002.admin@eu-west-1",
                "org/000000000003.admin@eu-west-1"
            ]
        );
    }

    #[test]
    fn default_and_names_of_others_are_left_alone() {
        let targets = [target("org", 1, "default", "Admin"), target("org", 2, "a", "B")];
        assert_eq!(
            named("{account}", &targets, &["a"]),
            ["default-000000000001", "a-000000000002"]
        );
    }

    #[test]
    fn templates_are_checked() {
        for (text, wrong) in [
            ("{acount}", NotATemplate::Placeholder("acount".into())),
            ("{account", NotATemplate::Brace),
            ("account}", NotATemplate::Brace),
            ("a {account}", NotATemplate::Character(' ')),
            ("{account}]\n", NotATemplate::Character(']')),
            ("-{account}", NotATemplate::SourceCredentials),
            ("prod", NotATemplate::Constant),
            ("", NotATemplate::Constant),
        ] {
            assert_eq!(text.parse::<Template>(), Err(wrong), "{text}");
        }
        let text = "sso.{session}-{account}:{account_id}/{permission_set}+{region}";
        assert_eq!(
            text.parse::<Template>().map(|t| t.to_string()).as_deref(),
            Ok(text)
        );
    }

    proptest! {
        #[test]
        fn names_are_unique_and_stable_whatever_the_order(
            list in proptest::collection::hash_set(
                ("[ab]", 1u64..4, "(a|A|b|決|本|-|default)", "(a|A|b|default)"), 0..12),
            rotate in 0usize..12,
        ) {
            // An account has one name.
            let mut seen = HashMap::new();
            let targets: Vec<Target> = list
                .iter()
                .filter(|(s, id, name, _)| seen.entry((s.clone(), *id)).or_insert_with(|| name.clone()) == name)
                .map(|(s, id, name, set)| target(s, *id, name, set))
                .collect();
            let found = named("{account}{permission_set}", &targets, &["aa"]);
            let mut unique = found.clone();
            unique.sort_unstable();
            unique.dedup();
            prop_assert_eq!(unique.len(), found.len(), "{:?}", found);
            prop_assert!(found.iter().all(|n| n != "default" && n != "aa" && !n.is_empty()));
            let mut other = targets.clone();
            if !other.is_empty() {
                let by = rotate % other.len();
                other.rotate_left(by);
                other.reverse();
                let again = named("{account}{permission_set}", &other, &["aa"]);
                for (target, name) in targets.iter().zip(&found) {
                    let at = other.iter().position(|t| t == target);
                    prop_assert_eq!(at.and_then(|i| again.get(i)), Some(name));
                }
            }
        }
    }
}
