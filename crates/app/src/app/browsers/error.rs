//! Why a page can't be opened in the browser that was chosen for it.

use std::path::PathBuf;

use crate::domain::web::browser_choice::{BrowserName, NotABrowser};
use crate::domain::web::container::ContainerExtension;

/// A browser that can't be used as it was chosen.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    #[error("{0} is not on PATH")]
    NotInstalled(BrowserName),
    #[error("browser program `{program}` not found{suggestion}")]
    NoProgram { program: String, suggestion: String },
    #[error("{browser} has no profile `{profile}`{suggestion}")]
    NoProfile {
        browser: BrowserName,
        profile: String,
        suggestion: String,
        known: Vec<String>,
    },
    #[error("Firefox has no profile yet")]
    NoFirefoxProfile,
    #[error("Firefox profile `{profile}` has no extension that opens pages in containers")]
    NoExtension { profile: String },
    #[error("`{choice}` is for consoles: a sign-in page has no account")]
    NeedsAccount { choice: String },
    #[error("BROWSER can't be used: {0}")]
    Variable(NotABrowser),
    #[error("can't create the browser's folder {}: {source}", folder.display())]
    Folder { folder: PathBuf, source: std::io::Error },
}

impl BrowserError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::NotInstalled(name) => vec![format!(
                "install it, or set `browser` to a command; tried {}",
                name.programs().join(", ")
            )],
            Self::NoProgram { .. } | Self::Variable(_) => {
                vec!["correct `browser` in genkan's config.toml, or BROWSER".to_owned()]
            }
            Self::NoProfile { browser, known, .. } if known.is_empty() => {
                vec![format!("start {browser} once, so that it has profiles")]
            }
            Self::NoProfile { known, .. } => vec![
                format!("its profiles: {}", known.join(", ")),
                "genkan creates none; `genkan doctor` lists those of all browsers".to_owned(),
            ],
            Self::NoFirefoxProfile => vec!["start Firefox once".to_owned()],
            Self::NoExtension { .. } => {
                let titles = ContainerExtension::ALL.map(|extension| format!("“{}”", extension.title()));
                vec![format!("install {} in it", titles.join(" or "))]
            }
            Self::NeedsAccount { .. } => {
                vec!["set `sign_in_browser` in genkan's config.toml".to_owned()]
            }
            Self::Folder { .. } => Vec::new(),
        }
    }
}
