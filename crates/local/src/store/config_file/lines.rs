//! The lines of a config file: bytes that stay as they are, and how they end.

use super::python::count_indentation;

/// One line with its ending.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::store) struct Line {
    pub(in crate::store) bytes: Vec<u8>,
}

impl std::fmt::Debug for Line {
    /// The credentials file has lines, too: only their length is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({} bytes)", self.bytes.len())
    }
}

/// Cuts a file into lines, which end as Python's text files end theirs: with LF, CRLF or a lone CR. Joined
/// again they are the file.
pub(in crate::store) fn parse_lines(bytes: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let ends = match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        if ends {
            lines.push(Line::from(bytes.get(start..=at).unwrap_or_default()));
            start = at + 1;
        }
    }
    match bytes.get(start..) {
        Some(rest) if !rest.is_empty() => lines.push(Line::from(rest)),
        _ => {}
    }
    lines
}

impl From<&[u8]> for Line {
    fn from(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
        }
    }
}

impl Line {
    /// A line of ours.
    pub(in crate::store) fn new(text: &str, newline: &str) -> Self {
        Self {
            bytes: [text, newline].concat().into_bytes(),
        }
    }

    /// Its text without the ending; `None` where it is not UTF-8.
    pub(in crate::store) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes)
            .ok()
            .map(|text| text.trim_end_matches(['\r', '\n']))
    }

    pub(in crate::store) fn is_blank(&self) -> bool {
        self.trimmed().is_some_and(str::is_empty)
    }

    /// What it says, without white space and a byte order mark around it.
    pub(in crate::store) fn trimmed(&self) -> Option<&str> {
        Some(self.text()?.trim_start_matches('\u{feff}').trim())
    }

    pub(in crate::store) fn is_indented(&self) -> bool {
        self.text().is_some_and(|text| count_indentation(text) > 0)
    }

    /// Whether it is a comment, or nothing.
    pub(in crate::store) fn says_nothing(&self) -> bool {
        self.trimmed()
            .is_some_and(|text| text.is_empty() || text.starts_with(['#', ';']))
    }

    /// The same line with up to `most` characters of indentation less.
    pub(in crate::store) fn outdented(self, most: usize) -> Self {
        let less = self.text().map_or(0, |text| {
            let white = text.chars().take(count_indentation(text).min(most));
            white.map(char::len_utf8).sum()
        });
        Self::from(self.bytes.get(less..).unwrap_or_default())
    }
}
