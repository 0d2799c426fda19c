//! The preferences file, `$XDG_CONFIG_HOME/genkan/config.toml`.
//!
//! An unknown key is an error with a did-you-mean: a typo must not look like a setting.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

use crate::domain::Region;
use crate::domain::profile::Template;
use crate::domain::text::clean;
use crate::platform::gate::{self, FileKind, OpenError};
use crate::platform::guard::Flaw;

/// How the portal looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeName {
    #[default]
    Default,
    Light,
    Mono,
    HighContrast,
}

/// How the portal's keys begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyMode {
    /// Typing searches.
    #[default]
    Standard,
    /// Letters move until `/` searches.
    Vim,
}

/// How a shell or command gets credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// From an endpoint of its own, which renews them.
    Server,
    /// As keys in its environment, until they end.
    Env,
}

/// What a person prefers. Every key may be left out.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Preferences {
    pub theme: ThemeName,
    pub keys: KeyMode,
    /// Whether the mouse scrolls and clicks; off leaves it to the terminal.
    pub mouse: bool,
    /// The SSO session that is meant where none is named.
    pub session: Option<String>,
    /// The Region of shells, commands and consoles.
    pub region: Option<Region>,
    /// How shells and commands get credentials.
    pub credentials: Option<Delivery>,
    /// The program of subshells.
    pub shell: Option<String>,
    /// The command that opens pages; `{}` stands for the address.
    pub browser: Option<String>,
    /// The service whose page a console opens with.
    pub console_service: Option<String>,
    /// The most requests a second that an access portal is asked, where that is not the usual.
    pub requests_per_second: Option<u16>,
    /// How long the portal session is that an administrator set in Identity Center; 8 hours if not said.
    pub portal_session_hours: Option<u16>,
    /// How many seconds an answer of AWS may take, where that is not the usual.
    pub timeout_seconds: Option<u16>,
    /// How profiles are named.
    pub profile_name: Option<Template>,
}

/// The file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PreferencesError {
    #[error("`{}` can't be read, so defaults are used: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{0}; defaults are used")]
    Flawed(Flaw),
    #[error("`{}`, line {line}: {reason}; defaults are used", path.display())]
    Broken {
        path: PathBuf,
        line: usize,
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    theme: ThemeName,
    #[serde(default)]
    keys: KeyMode,
    #[serde(default)]
    mouse: bool,
    session: Option<String>,
    region: Option<String>,
    credentials: Option<Delivery>,
    shell: Option<String>,
    browser: Option<String>,
    console_service: Option<String>,
    requests_per_second: Option<u16>,
    portal_session_hours: Option<u16>,
    timeout_seconds: Option<u16>,
    profile_name: Option<String>,
}

const KEYS: &[&str] = &[
    "theme",
    "keys",
    "mouse",
    "session",
    "region",
    "credentials",
    "shell",
    "browser",
    "console_service",
    "requests_per_second",
    "portal_session_hours",
    "timeout_seconds",
    "profile_name",
];

impl Preferences {
    /// Reads the file; a missing one means defaults.
    pub fn load(path: &Path) -> Result<Self, PreferencesError> {
        let unreadable = |source| PreferencesError::Unreadable {
            path: path.to_owned(),
            source,
        };
        // They name programs that run.
        let bytes = match gate::read_settled(path, FileKind::Preferences) {
            Ok(bytes) => bytes.unwrap_or_default(),
            Err(OpenError::Io(error)) if error.kind() == std::io::ErrorKind::NotADirectory => Vec::new(),
            Err(OpenError::Flawed(flaw)) => return Err(PreferencesError::Flawed(flaw)),
            Err(error) => return Err(unreadable(error.into_io())),
        };
        let text =
            String::from_utf8(bytes).map_err(|_| unreadable(std::io::ErrorKind::InvalidData.into()))?;
        Self::parse(&text).map_err(|(line, reason)| PreferencesError::Broken {
            path: path.to_owned(),
            line,
            reason,
        })
    }

    /// Reads a text; the number of the line and a reason where that can't be done.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let raw: Raw = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| {
                text.bytes().take(span.start).filter(|b| *b == b'\n').count() + 1
            });
            (line, clean(&reason(error.message())))
        })?;
        let region = parsed(text, "region", raw.region)?;
        let profile_name = parsed(text, "profile_name", raw.profile_name)?;
        for (key, value) in [
            ("requests_per_second", raw.requests_per_second),
            ("portal_session_hours", raw.portal_session_hours),
            ("timeout_seconds", raw.timeout_seconds),
        ] {
            if value == Some(0) {
                return Err((line_of(text, key), format!("`{key}` must be at least 1")));
            }
        }
        Ok(Self {
            theme: raw.theme,
            keys: raw.keys,
            mouse: raw.mouse,
            session: raw.session,
            region,
            credentials: raw.credentials,
            shell: raw.shell,
            browser: raw.browser,
            console_service: raw.console_service,
            requests_per_second: raw.requests_per_second,
            portal_session_hours: raw.portal_session_hours,
            timeout_seconds: raw.timeout_seconds,
            profile_name,
        })
    }
}

/// A value of one of our own kinds, or the line where it stands and what is wrong with it.
fn parsed<T>(text: &str, key: &str, value: Option<String>) -> Result<Option<T>, (usize, String)>
where
    T: FromStr<Err: std::fmt::Display>,
{
    let parsed = value.map(|v| v.parse()).transpose();
    parsed.map_err(|e: T::Err| (line_of(text, key), e.to_string()))
}

fn line_of(text: &str, key: &str) -> usize {
    let line = text.lines().position(|l| l.trim_start().starts_with(key));
    line.map_or(1, |n| n + 1)
}

/// The parser's words in one line, with a suggestion for an unknown key.
fn reason(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let unknown = first
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split('`').next());
    match unknown {
        Some(key) => {
            let nearest = KEYS
                .iter()
                .map(|known| (strsim::jaro_winkler(key, known), *known))
                .filter(|(likeness, _)| *likeness > 0.7)
                .max_by(|a, b| a.0.total_cmp(&b.0));
            match nearest {
                Some((_, known)) => format!("there is no setting `{key}`; did you mean `{known}`?"),
                None => format!("there is no setting `{key}`; there are {}", KEYS.join(", ")),
            }
        }
        None => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_read() {
        let text = "theme = \"high-contrast\"\nkeys = \"vim\"\nmouse = true\nregion = \"ap-northeast-1\"\nshell = \"fish\"\n";
        let read = Preferences::parse(text).expect("fine");
        assert_eq!(
            (read.theme, read.keys, read.mouse),
            (ThemeName::HighContrast, KeyMode::Vim, true)
        );
        assert_eq!(
            read.region.map(|r| r.to_string()).as_deref(),
            Some("ap-northeast-1")
        );
        assert_eq!(Preferences::parse(""), Ok(Preferences::default()));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, line, words) in [
            ("\nthem = \"light\"", 2, "did you mean `theme`?"),
            ("zzz = 1", 1, "there are theme, keys"),
            ("theme = \"pink\"", 1, "unknown variant"),
            ("mouse = true\nregion = \"nowhere\"", 2, "no AWS Region"),
            ("mouse = true\ntimeout_seconds = 0", 2, "at least 1"),
            ("requests_per_second = -1", 1, ""),
            ("\n\nprofile_name = \"{acount}\"", 3, "no placeholder `{acount}`"),
            ("theme = ", 1, ""),
        ] {
            let (at, reason) = Preferences::parse(text).expect_err(text);
            assert_eq!(at, line, "{text}");
            assert!(reason.contains(words), "{text}: {reason}");
        }
    }
}
