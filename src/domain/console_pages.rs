//! The console's pages by the names that people type: `s3`, `cfn`, `logs`. The table is
//! `assets/console.toml`; hosts and partitions are the business of [`super::console`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::nearest::suggestion;
use super::text::clean;

/// One service's page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsolePage {
    /// Path behind the host, perhaps with a fragment.
    path: String,
    #[serde(default)]
    aliases: Vec<String>,
    /// The page is the same in all Regions and lives on the host without one.
    #[serde(default)]
    pub global: bool,
}

impl ConsolePage {
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

/// The page of a service, by its name or an alias in any case. A text with a slash is taken as a path behind
/// the console's host, so that a new service can be opened on its first day.
///
/// # Errors
/// Where the table doesn't know the service; the error names the nearest one.
pub fn page(service: &str) -> Result<ConsolePage, UnknownService> {
    let name = service.trim().to_lowercase();
    let known = PAGES.get(&name).or_else(|| {
        let mut pages = PAGES.values();
        pages.find(|page| page.aliases.contains(&name))
    });
    match known {
        Some(page) => Ok(page.clone()),
        None if is_path(service) => Ok(ConsolePage {
            path: service.trim_start_matches('/').to_owned(),
            aliases: Vec::new(),
            global: false,
        }),
        None => {
            let text = clean(service);
            let all = names()
                .flat_map(|(name, aliases)| std::iter::once(name).chain(aliases.iter().map(String::as_str)));
            Err(UnknownService {
                suggestion: suggestion(&name, all),
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
        let parsed: BTreeMap<String, ConsolePage> =
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
    fn names_and_aliases_in_any_case_and_paths_have_a_page() {
        let shown = |service: &str| {
            let page = page(service).unwrap_or_else(|e| panic!("{e}"));
            format!("{} {} {}", page.path(), page.fragment(), page.global)
        };
        assert_eq!(shown("dynamodb"), "dynamodbv2/home  false");
        assert_eq!(shown("ddb"), "dynamodbv2/home  false");
        assert_eq!(shown("logs"), "cloudwatch/home #logsV2:log-groups false");
        assert_eq!(shown("iam"), "iam/home  true");
        assert_eq!(shown("brand-new/home"), "brand-new/home  false");
        assert_eq!(shown("/brand-new/v2/home#list"), "brand-new/v2/home #list false");
        for (name, aliases) in names() {
            for word in aliases.iter().map(String::as_str).chain([name]) {
                assert_eq!(page(&word.to_uppercase()), page(name), "{word}");
            }
        }
    }

    #[test]
    fn an_unknown_service_is_refused_with_the_nearest() {
        for (text, words) in [
            ("dynamdb", "did you mean `dynamodb`?"),
            ("cloudfrmation", "did you mean `cloudformation`?"),
            ("brand-new", "a console path such as `brand-new/home`"),
            ("https://evil.example/", "unknown console service"),
            ("../x", "unknown console service"),
            ("a/b?c", "unknown console service"),
            ("s3 ", ""),
            ("", "unknown console service"),
        ] {
            match page(text) {
                Err(error) => assert!(
                    error.to_string().contains(words) && !words.is_empty(),
                    "{text}: {error}"
                ),
                Ok(_) => assert_eq!(words, "", "{text}"),
            }
        }
    }
}
