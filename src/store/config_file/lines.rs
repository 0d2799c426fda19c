//! One line of a config file: its bytes, and what they mean to an SDK.
//!
//! Rules as botocore and the SDK for Rust agree on them: a header is `[kind name]` with the name
//! perhaps in quotes; a comment begins with `#` or `;` at the line's start, or after white space
//! behind a value; an indented line belongs to a nested block and is nobody's key.

/// One line with its ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Line {
    pub(in crate::store) bytes: Vec<u8>,
}

/// Cuts a file into lines; joined again they are the file.
pub(in crate::store) fn parse(bytes: &[u8]) -> Vec<Line> {
    bytes
        .split_inclusive(|b| *b == b'\n')
        .map(|line| Line { bytes: line.to_vec() })
        .collect()
}

impl Line {
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes)
            .ok()
            .map(|t| t.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']))
    }

    pub(in crate::store) fn is_blank(&self) -> bool {
        self.trimmed().is_some_and(str::is_empty)
    }

    /// What it says, without white space around it.
    pub(in crate::store) fn trimmed(&self) -> Option<&str> {
        self.text().map(str::trim)
    }

    /// Whether it belongs to the setting above it.
    pub(in crate::store) fn is_indented(&self) -> bool {
        self.bytes.starts_with(b" ") || self.bytes.starts_with(b"\t")
    }

    /// Kind and name of a section header. `[default]` has no kind, and neither has `[name]`.
    pub(in crate::store) fn header(&self) -> Option<(&str, &str)> {
        let inside = self.text()?.strip_prefix('[')?;
        let (inside, rest) = inside.split_once(']')?;
        let rest = rest.trim_start();
        if !rest.is_empty() && !rest.starts_with(['#', ';']) {
            return None;
        }
        let inside = inside.trim();
        Some(match inside.split_once([' ', '\t']) {
            Some((kind, name)) => (kind, unquoted(name.trim())),
            // A header of a known kind without a name is a nameless section, not a profile.
            None if inside == "sso-session" || inside == "profile" => (inside, ""),
            None => ("", inside),
        })
    }

    /// Whether it means to be a header, readable or not.
    pub(super) fn begins_section(&self) -> bool {
        self.bytes.starts_with(b"[")
    }

    /// Whether no SDK can make sense of it: neither header nor setting, blank, comment or part of
    /// an indented block.
    pub(in crate::store) fn is_broken(&self) -> bool {
        self.text().is_none_or(|text| {
            let silent = text.trim().is_empty() || text.starts_with([' ', '\t', '#', ';']);
            !silent && self.header().is_none() && self.key_value().is_none()
        })
    }

    /// Key and value of a line that sets something.
    pub(in crate::store) fn key_value(&self) -> Option<(&str, &str)> {
        let text = self.text()?;
        if text.starts_with([' ', '\t', '#', ';', '[']) {
            return None;
        }
        let (key, value) = text.split_once('=')?;
        let key = key.trim();
        (!key.is_empty()).then(|| (key, without_comment(value).trim()))
    }
}

/// A value without the comment behind it. A `#` inside, as in a start URL, is no comment.
fn without_comment(value: &str) -> &str {
    let end = [" #", " ;", "\t#", "\t;"]
        .iter()
        .filter_map(|mark| value.find(mark))
        .min();
    end.and_then(|at| value.get(..at)).unwrap_or(value)
}

fn unquoted(name: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = name.strip_prefix(quote).and_then(|n| n.strip_suffix(quote)) {
            return inner;
        }
    }
    name
}
