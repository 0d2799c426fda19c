//! Files of preferences and rules: read through `safe_open`, and parsed line by line.
//!
//! Must not know which settings there are. A line that is no TOML takes nothing from the others.

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::domain::text::clean_text;
use crate::platform::files::guard::PermissionIssue;
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::{FileKind, OpenError};

/// The file, or a line of it, can't be used.
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

impl PreferencesError {
    /// What is wrong with lines of a file.
    pub(super) fn of_lines(path: &Path, mistakes: Vec<Mistake>) -> impl Iterator<Item = Self> {
        mistakes.into_iter().map(|(line, reason)| Self::Broken {
            path: path.to_owned(),
            line,
            reason,
        })
    }
}

/// The number of a line, and what is wrong with it.
pub(super) type Mistake = (usize, String);

/// More lines that are no TOML than these are no file of preferences.
const MOST_MISTAKES: usize = 20;

/// What a line that should begin a table, and doesn't, is replaced by: what follows it belongs to no other table.
const LOST_TABLE: &str = "[[-]]";

/// The key of such a table.
pub(super) const LOST_KEY: &str = "-";

/// The text of a file; `None` where there is none.
pub(super) fn read_preferences(path: &Path) -> Result<Option<String>, PreferencesError> {
    let unreadable = |source| PreferencesError::Unreadable {
        path: path.to_owned(),
        source,
    };
    // They name programs that run.
    let bytes = match safe_open::read_settled(path, FileKind::Preferences) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(OpenError::Io(error)) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(None),
        Err(OpenError::BadPermissions(issue)) => return Err(PreferencesError::BadPermissions(issue)),
        Err(error) => return Err(unreadable(error.into_io())),
    };
    let text = String::from_utf8(bytes).map_err(|_| unreadable(std::io::ErrorKind::InvalidData.into()))?;
    Ok(Some(
        text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned),
    ))
}

/// The number of the line at an offset.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

/// The text with blanks in the place of the lines that are no TOML, and what is wrong with those. The parser's own
/// recovery would lose the lines behind them. Offsets stay what they are.
pub(super) fn without_broken_lines(text: &str) -> (String, Vec<Mistake>) {
    let mut readable = text.to_owned();
    let mut mistakes = Vec::new();
    let mut last_replaced = None;
    while let Err(error) = DeTable::parse(&readable) {
        let at = error.span().map_or(0, |span| span.start.min(readable.len()));
        let before = readable.as_bytes().get(..at).unwrap_or_default();
        let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let length = readable.bytes().skip(start).take_while(|b| *b != b'\n').count();
        let number = before.split(|b| *b == b'\n').count();
        let line = readable.get(start..start + length).unwrap_or_default();
        let (blank, lost) = (" ".repeat(length), format!("{LOST_TABLE:length$}"));
        if line == blank || mistakes.len() == MOST_MISTAKES {
            mistakes.push((number, "invalid syntax".to_owned()));
            return (String::new(), mistakes);
        }
        let begins_a_table = line.trim_start().starts_with('[') && line != lost && lost.len() == length;
        readable.replace_range(start..start + length, if begins_a_table { &lost } else { &blank });
        if last_replaced.replace(number) != Some(number) {
            let words = error.message().lines().next().unwrap_or_default();
            mistakes.push((number, clean_text(words)));
        }
    }
    (readable, mistakes)
}
