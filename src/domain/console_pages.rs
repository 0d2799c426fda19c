//! The console's pages by the names that people type: `s3`, `cfn`, `logs`. The table is
//! `assets/console.toml`; hosts and partitions are the business of [`super::console`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// One service's page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Path behind the host, perhaps with a fragment.
    path: String,
    #[serde(default)]
    aliases: Vec<String>,
    /// The page is the same in all Regions and lives on the host without one.
    #[serde(default)]
    pub global: bool,
}

impl Page {
    /// The path without its fragment, no slash in front.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path.split('#').next().unwrap_or_default()
    }

    /// The fragment with its `#`, or nothing.
    #[must_use]
    pub fn fragment(&self) -> &str {
        self.path
            .find('#')
            .and_then(|at| self.path.get(at..))
            .unwrap_or_default()
    }
}

static PAGES: LazyLock<BTreeMap<String, Page>> =
    LazyLock::new(|| toml::from_str(include_str!("../../assets/console.toml")).unwrap_or_default());

/// The page of a service, by its name or an alias. A service that the table doesn't know is
/// taken as the path itself, so that a new one works on its first day.
#[must_use]
pub fn page(service: &str) -> Page {
    PAGES
        .get(service)
        .or_else(|| {
            PAGES
                .values()
                .find(|page| page.aliases.iter().any(|a| a == service))
        })
        .cloned()
        .unwrap_or_else(|| Page {
            path: format!("{service}/home"),
            aliases: Vec::new(),
            global: false,
        })
}

/// Every name with its aliases, in order.
pub fn names() -> impl Iterator<Item = (&'static str, &'static [String])> {
    PAGES
        .iter()
        .map(|(name, page)| (name.as_str(), page.aliases.as_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_sound() {
        let parsed: BTreeMap<String, Page> =
            toml::from_str(include_str!("../../assets/console.toml")).expect("a sound table");
        assert!(parsed.len() > 80, "{}", parsed.len());
        let mut seen = BTreeSet::new();
        for (name, page) in &parsed {
            for word in page.aliases.iter().chain([name]) {
                assert!(seen.insert(word.clone()), "`{word}` stands twice");
            }
            let fine = |c: char| c.is_ascii_alphanumeric() || "-/#:".contains(c);
            assert!(
                page.path.chars().all(fine) && !page.path.starts_with('/'),
                "{name}: {}",
                page.path
            );
        }
    }

    #[test]
    fn names_aliases_and_newcomers_have_a_page() {
        let shown = |service: &str| {
            let page = page(service);
            format!("{} {} {}", page.path(), page.fragment(), page.global)
        };
        assert_eq!(shown("dynamodb"), "dynamodbv2/home  false");
        assert_eq!(shown("ddb"), "dynamodbv2/home  false");
        assert_eq!(shown("logs"), "cloudwatch/home #logsV2:log-groups false");
        assert_eq!(shown("iam"), "iam/home  true");
        assert_eq!(shown("brand-new"), "brand-new/home  false");
    }
}
