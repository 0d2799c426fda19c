//! The preferences file, `$XDG_CONFIG_HOME/genkan/config.toml`.
//!
//! Each setting counts for itself: what is no setting, or no value of one, is named with its line and with what was
//! probably meant, and takes nothing from the others.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml::de::{DeTable, DeValue};

use crate::domain::Region;
use crate::domain::nearest::nearest;
use crate::domain::profile::Template;
use crate::domain::text::clean;
use crate::platform::gate::{self, FileKind, OpenError};
use crate::platform::guard::PermissionIssue;

/// How the portal looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeName {
    #[default]
    Default,
    Light,
    Mono,
    HighContrast,
}

/// How the portal's keys begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyMode {
    /// Typing searches.
    #[default]
    Standard,
    /// Letters move until `/` searches.
    Vim,
}

/// How a shell or command gets credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// From an endpoint of its own, which renews them.
    Server,
    /// As keys in its environment, until they end.
    Env,
}

/// What a user prefers. Every key may be left out.
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
    /// The command that opens pages; `{}` is the address.
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
    #[error("can't read `{}`; using defaults: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{0}; using defaults")]
    BadPermissions(PermissionIssue),
    #[error("`{}`, line {line}: {reason}", path.display())]
    Broken {
        path: PathBuf,
        line: usize,
        reason: String,
    },
}

/// More lines that are no TOML than these are no file of preferences.
const MOST_MISTAKES: usize = 20;

/// Takes the value of one setting, or says what it must be.
type Take = fn(&mut Preferences, &DeValue<'_>) -> Result<(), String>;

/// Every setting.
const SETTINGS: &[(&str, Take)] = &[
    ("theme", |p, v| set(&mut p.theme, choice(v, THEMES))),
    ("keys", |p, v| set(&mut p.keys, choice(v, KEY_MODES))),
    ("mouse", |p, v| set(&mut p.mouse, flag(v))),
    ("session", |p, v| set(&mut p.session, text(v).map(Some))),
    ("region", |p, v| set(&mut p.region, parsed(v).map(Some))),
    ("credentials", |p, v| {
        set(&mut p.credentials, choice(v, DELIVERIES).map(Some))
    }),
    ("shell", |p, v| set(&mut p.shell, text(v).map(Some))),
    ("browser", |p, v| set(&mut p.browser, text(v).map(Some))),
    ("console_service", |p, v| {
        set(&mut p.console_service, text(v).map(Some))
    }),
    ("requests_per_second", |p, v| {
        set(&mut p.requests_per_second, number(v).map(Some))
    }),
    ("portal_session_hours", |p, v| {
        set(&mut p.portal_session_hours, number(v).map(Some))
    }),
    ("timeout_seconds", |p, v| {
        set(&mut p.timeout_seconds, number(v).map(Some))
    }),
    ("profile_name", |p, v| {
        set(&mut p.profile_name, parsed(v).map(Some))
    }),
];

const THEMES: &[(&str, ThemeName)] = &[
    ("default", ThemeName::Default),
    ("light", ThemeName::Light),
    ("mono", ThemeName::Mono),
    ("high-contrast", ThemeName::HighContrast),
];

const KEY_MODES: &[(&str, KeyMode)] = &[("standard", KeyMode::Standard), ("vim", KeyMode::Vim)];

const DELIVERIES: &[(&str, Delivery)] = &[("server", Delivery::Server), ("env", Delivery::Env)];

impl Preferences {
    /// Reads the file; a missing one means defaults. What of it can't be used is said, and the rest counts.
    #[must_use]
    pub fn load(path: &Path) -> (Self, Vec<PreferencesError>) {
        let text = match read(path) {
            Ok(text) => text,
            Err(error) => return (Self::default(), vec![error]),
        };
        let (preferences, mistakes) = Self::parse(&text);
        let broken = |(line, reason)| PreferencesError::Broken {
            path: path.to_owned(),
            line,
            reason,
        };
        (preferences, mistakes.into_iter().map(broken).collect())
    }

    /// Reads a text: what it sets, and what is wrong with it, by the number of the line.
    #[must_use]
    pub fn parse(text: &str) -> (Self, Vec<(usize, String)>) {
        let line = |at: usize| text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
        let (readable, mut mistakes) = without_broken_lines(text);
        let mut preferences = Self::default();
        if let Ok(table) = DeTable::parse(&readable) {
            for (key, value) in table.get_ref() {
                if let Err(reason) = preferences.take(key.get_ref(), value.get_ref()) {
                    mistakes.push((line(key.span().start), clean(&reason)));
                }
            }
        }
        mistakes.sort_by_key(|(at, _)| *at);
        (preferences, mistakes)
    }

    fn take(&mut self, key: &str, value: &DeValue<'_>) -> Result<(), String> {
        let Some((name, take)) = SETTINGS.iter().find(|(name, _)| *name == key) else {
            let known = SETTINGS.iter().map(|(name, _)| *name);
            return Err(format!("unknown setting `{key}`; {}", suggestion(key, known)));
        };
        take(self, value).map_err(|reason| format!("`{name}` {reason}"))
    }
}

fn read(path: &Path) -> Result<String, PreferencesError> {
    let unreadable = |source| PreferencesError::Unreadable {
        path: path.to_owned(),
        source,
    };
    // They name programs that run.
    let bytes = match gate::read_settled(path, FileKind::Preferences) {
        Ok(bytes) => bytes.unwrap_or_default(),
        Err(OpenError::Io(error)) if error.kind() == std::io::ErrorKind::NotADirectory => Vec::new(),
        Err(OpenError::BadPermissions(issue)) => return Err(PreferencesError::BadPermissions(issue)),
        Err(error) => return Err(unreadable(error.into_io())),
    };
    let text = String::from_utf8(bytes).map_err(|_| unreadable(std::io::ErrorKind::InvalidData.into()))?;
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}

/// The text with blanks in the place of the lines that are no TOML, and what is wrong with those. The parser's own
/// recovery would lose the lines behind them.
fn without_broken_lines(text: &str) -> (String, Vec<(usize, String)>) {
    let mut readable = text.to_owned();
    let mut mistakes = Vec::new();
    while let Err(error) = DeTable::parse(&readable) {
        let at = error.span().map_or(0, |span| span.start.min(readable.len()));
        let before = readable.as_bytes().get(..at).unwrap_or_default();
        let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let length = readable.bytes().skip(start).take_while(|b| *b != b'\n').count();
        let (blank, number) = (" ".repeat(length), before.split(|b| *b == b'\n').count());
        if readable
            .get(start..start + length)
            .is_none_or(|line| *line == blank)
            || mistakes.len() == MOST_MISTAKES
        {
            mistakes.push((number, "invalid syntax".to_owned()));
            return (String::new(), mistakes);
        }
        readable.replace_range(start..start + length, &blank);
        let words = error.message().lines().next().unwrap_or_default();
        mistakes.push((number, clean(words)));
    }
    (readable, mistakes)
}

fn set<T>(place: &mut T, value: Result<T, String>) -> Result<(), String> {
    *place = value?;
    Ok(())
}

fn text(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        _ => Err("must be a string in quotes".to_owned()),
    }
}

fn flag(value: &DeValue<'_>) -> Result<bool, String> {
    match value {
        DeValue::Boolean(flag) => Ok(*flag),
        _ => Err("must be true or false, without quotes".to_owned()),
    }
}

fn number(value: &DeValue<'_>) -> Result<u16, String> {
    let number = match value {
        DeValue::Integer(number) => {
            u16::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
        }
        _ => None,
    };
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("must be a whole number from 1 to {}", u16::MAX))
}

/// One of a few words.
fn choice<T: Copy>(value: &DeValue<'_>, choices: &[(&str, T)]) -> Result<T, String> {
    let said = text(value)?;
    let known = choices.iter().find(|(name, _)| *name == said);
    known.map(|(_, choice)| *choice).ok_or_else(|| {
        let names = choices.iter().map(|(name, _)| *name);
        format!("can't be `{said}`; {}", suggestion(&said, names))
    })
}

/// A value of one of our own kinds.
fn parsed<T: FromStr<Err: std::fmt::Display>>(value: &DeValue<'_>) -> Result<T, String> {
    text(value)?
        .parse()
        .map_err(|e: T::Err| format!("is invalid: {e}"))
}

/// What was probably meant, or all that there is.
fn suggestion<'a>(said: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(said, known.clone(), 1).first() {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("choose one of {}", known.collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fine(text: &str) -> Preferences {
        let (read, mistakes) = Preferences::parse(text);
        assert_eq!(mistakes, [], "{text}");
        read
    }

    #[test]
    fn a_full_file_is_read() {
        let text = "theme = \"high-contrast\"\nkeys = \"vim\"\nmouse = true\nregion = \"ap-northeast-1\"\nshell = \"fish\"\n\
                    timeout_seconds = 0x10\n";
        let read = fine(text);
        assert_eq!(
            (read.theme, read.keys, read.mouse),
            (ThemeName::HighContrast, KeyMode::Vim, true)
        );
        assert_eq!(
            read.region.map(|r| r.to_string()).as_deref(),
            Some("ap-northeast-1")
        );
        assert_eq!(read.timeout_seconds, Some(16));
        assert_eq!(fine(""), Preferences::default());
    }

    /// Each mistake with its line and words that are said of it.
    const MISTAKES: &[(&str, &str)] = &[
        (
            "them = \"light\"",
            "unknown setting `them`; did you mean `theme`?",
        ),
        ("zzz = 1", "unknown setting `zzz`; choose one of theme, keys"),
        (
            "theme = \"pink\"",
            "`theme` can't be `pink`; choose one of default, light",
        ),
        ("theme = \"ligth\"", "did you mean `light`?"),
        ("theme = 1", "`theme` must be a string in quotes"),
        ("theme = [\"light\"]", "`theme` must be a string in quotes"),
        ("theme = light", ""),
        ("theme = ", ""),
        ("theme", ""),
        ("= 1", ""),
        ("keys = { a = 1 }", "`keys` must be a string in quotes"),
        ("region = \"nowhere\"", "`region` is invalid: "),
        ("credentials = true", "`credentials` must be a string in quotes"),
        (
            "timeout_seconds = 0",
            "`timeout_seconds` must be a whole number from 1 to 65535",
        ),
        ("timeout_seconds = \"5\"", "must be a whole number"),
        ("requests_per_second = -1", "must be a whole number"),
        ("requests_per_second = 1.5", "must be a whole number"),
        ("portal_session_hours = 99999", "must be a whole number"),
        ("profile_name = \"{acount}\"", "unknown placeholder `{acount}`"),
        ("session = \"open", ""),
    ];

    #[test]
    fn a_mistake_is_named_and_takes_nothing_from_the_rest() {
        for (mistake, words) in MISTAKES {
            let (read, mistakes) =
                Preferences::parse(&format!("mouse = true\n{mistake}\nshell = \"fish\"\n"));
            let lines: Vec<usize> = mistakes.iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, [2], "{mistake}: {mistakes:?}");
            assert!(mistakes[0].1.contains(words), "{mistake}: {mistakes:?}");
            assert!(
                read.mouse && read.shell.as_deref() == Some("fish"),
                "{mistake}: {read:?}"
            );
            for rust in [
                "wanted",
                "variant",
                "struct",
                "enum",
                "u16",
                "i64",
                "invalid type",
                "unknown field",
            ] {
                assert!(!mistakes[0].1.contains(rust), "{mistake}: {mistakes:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn mistakes_are_each_named(at in proptest::collection::vec(0..MISTAKES.len(), 0..5)) {
            // One that is there twice is another mistake.
            let mut at = at;
            at.sort_unstable();
            at.dedup_by_key(|at| MISTAKES[*at].0.split([' ', '=']).next());
            let text = at.iter().map(|at| MISTAKES[*at].0).collect::<Vec<_>>().join("\n") + "\n";
            let (read, mistakes) = Preferences::parse(&format!("{text}mouse = true\n"));
            prop_assert_eq!(mistakes.len(), at.len(), "{}: {:?}", text, mistakes);
            prop_assert!(read.mouse);
        }
    }
}
