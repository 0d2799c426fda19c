//! The console's pages by the names that people type: `s3`, `cfn`, `logs`. The table is
//! `assets/console.toml`; hosts and partitions are the business of [`super::console`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::text::clean_text;
use crate::values::nearest::suggest_name;
use crate::{Partition, Region};

/// One service's page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsolePage {
    /// Path behind the host, perhaps with a fragment.
    path: String,
    /// AWS's name of the service or page.
    #[serde(default)]
    title: String,
    #[serde(default)]
    aliases: Vec<String>,
    /// The page is the same in all Regions.
    #[serde(default)]
    global: Global,
}

/// Whether a page is the same in all Regions, and which Region it is in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Global {
    /// In the home Region of each partition, or not at all.
    Home(bool),
    /// In these Regions, by the partition's name; elsewhere in the home Region.
    In(BTreeMap<String, String>),
}

impl Default for Global {
    fn default() -> Self {
        Self::Home(false)
    }
}

impl ConsolePage {
    /// AWS's name of the service or page.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The page is the same in all Regions.
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.global != Global::Home(false)
    }

    /// The Region that a global page is in; `None` where the page is of the Region that one works in.
    #[must_use]
    pub fn home_region(&self, partition: Partition) -> Option<Region> {
        match &self.global {
            Global::Home(false) => None,
            Global::Home(true) => Some(partition.home_region()),
            Global::In(regions) => {
                let named = regions.get(partition.as_str()).and_then(|code| code.parse().ok());
                Some(named.unwrap_or_else(|| partition.home_region()))
            }
        }
    }

    /// Other words for it.
    #[must_use]
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

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

/// The word that means the page that was opened last for a target.
pub const LAST: &str = "last";

static PAGES: LazyLock<BTreeMap<String, ConsolePage>> =
    LazyLock::new(|| toml::from_str(include_str!("../../assets/console.toml")).unwrap_or_default());

/// The text names no service of the table and is no path of the console.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown console service `{text}`{suggestion}; or use a console path such as `{path}`")]
pub struct UnknownService {
    text: String,
    suggestion: String,
    path: String,
}

/// The page of a service, by its name, an alias or AWS's own name, in any case, with or without the hyphens and blanks
/// in it. A text with a slash is taken as a path behind
/// the console's host, so that a new service can be opened on its first day.
///
/// # Errors
/// Where the table doesn't know the service; the error names the nearest one.
pub fn find_page(service: &str) -> Result<ConsolePage, UnknownService> {
    let name = service.trim().to_lowercase();
    let known = PAGES.get(&name).or_else(|| {
        let wanted = normalize_name(&name);
        let mut pages = PAGES.iter().filter(|_| !wanted.is_empty());
        let found = pages.find(|(name, page)| {
            let mut words = page.aliases.iter().chain([*name, &page.title]);
            words.any(|word| normalize_name(word) == wanted)
        });
        found.map(|(_, page)| page)
    });
    match known {
        Some(page) => Ok(page.clone()),
        None if is_path(service) => Ok(ConsolePage {
            path: service.trim_start_matches('/').to_owned(),
            title: String::new(),
            aliases: Vec::new(),
            global: Global::default(),
        }),
        None => {
            let text = clean_text(service);
            let all = list_pages().flat_map(|(name, page)| {
                let title = std::iter::once(page.title.as_str());
                std::iter::once(name)
                    .chain(page.aliases.iter().map(String::as_str))
                    .chain(title)
            });
            Err(UnknownService {
                suggestion: suggest_name(&name, all),
                path: format!("{}/home", text.trim_matches('/')),
                text,
            })
        }
    }
}

/// Whether a text is a path behind the console's host: nothing in it needs escaping or leads elsewhere.
fn is_path(text: &str) -> bool {
    let path = text.strip_prefix('/').unwrap_or(text);
    path.contains('/')
        && path
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_./#:".contains(&b))
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Every page with its name, in order.
pub fn list_pages() -> impl Iterator<Item = (&'static str, &'static ConsolePage)> {
    PAGES.iter().map(|(name, page)| (name.as_str(), page))
}

/// A name as it is compared: letters and digits only.
fn normalize_name(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_sound() {
        let parsed: BTreeMap<String, ConsolePage> =
            toml::from_str(include_str!("../../assets/console.toml")).expect("a sound table");
        assert!(parsed.len() >= 200, "{}", parsed.len());
        let mut seen = BTreeSet::new();
        for (name, page) in &parsed {
            let mut words: BTreeSet<String> = page
                .aliases
                .iter()
                .chain([name])
                .map(|word| normalize_name(word))
                .collect();
            assert!(!page.title.is_empty(), "{name}");
            words.insert(normalize_name(&page.title));
            for word in words {
                assert!(seen.insert(word.clone()), "`{word}` stands twice");
            }
            assert_ne!(name, LAST, "means the last page");
            if let Global::In(regions) = &page.global {
                for (partition, code) in regions {
                    let region: Region = code.parse().unwrap_or_else(|e| panic!("{name}: {e}"));
                    assert_eq!(region.partition().as_str(), partition, "{name}");
                }
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
    fn names_and_aliases_in_any_case_and_paths_have_a_page() {
        let shown = |service: &str| {
            let page = find_page(service).unwrap_or_else(|e| panic!("{e}"));
            format!("{} {} {}", page.path(), page.fragment(), page.is_global())
        };
        assert_eq!(shown("dynamodb"), "dynamodbv2/home  false");
        assert_eq!(shown("ddb"), "dynamodbv2/home  false");
        assert_eq!(shown("logs"), "cloudwatch/home #logsV2:log-groups false");
        assert_eq!(shown("iam"), "iam/home  true");
        assert_eq!(shown("brand-new/home"), "brand-new/home  false");
        assert_eq!(shown("/brand-new/v2/home#list"), "brand-new/v2/home #list false");
        assert_eq!(shown("Secrets Manager"), "secretsmanager/home  false");
        assert_eq!(shown("secrets-manager"), "secretsmanager/home  false");
        for (name, known) in list_pages() {
            for word in known
                .aliases
                .iter()
                .map(String::as_str)
                .chain([name, known.title()])
            {
                assert_eq!(find_page(&word.to_uppercase()), find_page(name), "{word}");
            }
        }
    }

    #[test]
    fn an_unknown_service_is_refused_with_the_nearest() {
        for (text, words) in [
            ("dynamdb", "did you mean `dynamodb`?"),
            ("cloudfrmation", "did you mean `cloudformation`?"),
            ("guard-duti", "did you mean `guardduty`?"),
            ("brand-new", "a console path such as `brand-new/home`"),
            ("https://evil.example/", "unknown console service"),
            ("../x", "unknown console service"),
            ("a/b?c", "unknown console service"),
            ("s3 ", ""),
            ("", "unknown console service"),
        ] {
            match find_page(text) {
                Err(error) => assert!(
                    error.to_string().contains(words) && !words.is_empty(),
                    "{text}: {error}"
                ),
                Ok(_) => assert_eq!(words, "", "{text}"),
            }
        }
    }
}
