//! What a rule compares a name with: a glob, or a regular expression between slashes.
//!
//! Owns the syntax; must not know which names there are. A glob means the whole name and ignores case, accents and the
//! width of letters, as searches do: `*` is any number of characters, `?` is one, `\` takes the next one as it is. A
//! regular expression means the name as it is written, and a part of it unless `^` and `$` say otherwise.

use std::borrow::Cow;
use std::str::FromStr;

use regex_lite::Regex;

use crate::text::fold::fold_text;

/// A pattern of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// A glob without `?`: most are.
    Parts(Parts),
    Glob(Vec<Piece>),
    Regex(Regex),
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Parts(one), Self::Parts(other)) => one == other,
            (Self::Glob(one), Self::Glob(other)) => one == other,
            (Self::Regex(one), Self::Regex(other)) => one.as_str() == other.as_str(),
            _ => false,
        }
    }
}

impl Eq for Kind {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Any,
    One,
    Char(char),
}

/// The texts between the `*` of a glob, looked for as a whole: rules are held against many thousand names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    first: String,
    middle: Vec<String>,
    /// `None` where there is no `*`.
    last: Option<String>,
}

impl Parts {
    /// The parts of a glob; `None` where a `?` is among its pieces.
    fn of(pieces: &[Piece]) -> Option<Self> {
        let mut parts = vec![String::new()];
        for piece in pieces {
            match piece {
                Piece::Any => parts.push(String::new()),
                Piece::One => return None,
                Piece::Char(c) => parts.last_mut()?.push(*c),
            }
        }
        let last = if parts.len() > 1 { parts.pop() } else { None };
        let mut parts = parts.into_iter();
        Some(Self {
            first: parts.next()?,
            middle: parts.collect(),
            last,
        })
    }

    fn matches(&self, text: &str) -> bool {
        let Some(last) = &self.last else {
            return text == self.first;
        };
        let rest = text.strip_prefix(self.first.as_str());
        let Some(mut rest) = rest.and_then(|rest| rest.strip_suffix(last.as_str())) else {
            return false;
        };
        // The first place of each leaves the most room for those behind it.
        for part in &self.middle {
            match rest.split_once(part.as_str()) {
                Some((_, behind)) => rest = behind,
                None => return false,
            }
        }
        true
    }
}

/// Why a text is no pattern.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPattern {
    #[error("a pattern can't be empty")]
    Empty,
    #[error("globs have only `*` and `?`; write a list of patterns, or `\\{0}` for the character itself")]
    NotOfGlobs(char),
    #[error("`\\` must be followed by a character")]
    NothingAfterBackslash,
    #[error("invalid regular expression: {0}")]
    Regex(String),
}

/// A name in both forms in which patterns read it.
#[derive(Clone, Debug)]
pub struct Name<'a> {
    written: &'a str,
    folded: Cow<'a, str>,
}

impl<'a> Name<'a> {
    #[must_use]
    pub fn new(written: &'a str) -> Self {
        Self {
            written,
            folded: fold_name(written),
        }
    }

    /// The name without case, accents and widths.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

/// Without case, accents and widths; the same text where it has none of them.
fn fold_name(text: &str) -> Cow<'_, str> {
    let same = |b: u8| b.is_ascii() && !b.is_ascii_uppercase();
    if text.bytes().all(same) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(fold_text(text).to_lowercase())
    }
}

impl Pattern {
    #[must_use]
    pub fn matches(&self, name: &Name<'_>) -> bool {
        match &self.0 {
            Kind::Parts(parts) => parts.matches(&name.folded),
            Kind::Glob(pieces) => glob_matches(pieces, &name.folded),
            Kind::Regex(regex) => regex.is_match(name.written),
        }
    }
}

impl FromStr for Pattern {
    type Err = NotAPattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let regex = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        match regex {
            _ if text.is_empty() => Err(NotAPattern::Empty),
            Some(regex) => Regex::new(regex)
                .map(|regex| Self(Kind::Regex(regex)))
                .map_err(|error| NotAPattern::Regex(error.to_string())),
            None => parse_glob(text).map(|pieces| {
                Self(match Parts::of(&pieces) {
                    Some(parts) => Kind::Parts(parts),
                    None => Kind::Glob(pieces),
                })
            }),
        }
    }
}

fn parse_glob(text: &str) -> Result<Vec<Piece>, NotAPattern> {
    let mut pieces = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let literal = match c {
            '*' => {
                if pieces.last() != Some(&Piece::Any) {
                    pieces.push(Piece::Any);
                }
                continue;
            }
            '?' => {
                pieces.push(Piece::One);
                continue;
            }
            // What other globs have and these don't must not silently match nothing.
            '[' | '{' => return Err(NotAPattern::NotOfGlobs(c)),
            '\\' => chars.next().ok_or(NotAPattern::NothingAfterBackslash)?,
            c => c,
        };
        // One letter may become several: ß.
        pieces.extend(
            fold_name(literal.encode_utf8(&mut [0; 4]))
                .chars()
                .map(Piece::Char),
        );
    }
    Ok(pieces)
}

/// Whether the pieces match all of a text. Takes at most their product in time: after a mismatch only the last `*`
/// takes one character more.
fn glob_matches(pieces: &[Piece], text: &str) -> bool {
    let (mut at, mut rest) = (0, text.chars());
    let mut last_any: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let before = rest.clone();
        let next = rest.next();
        match (pieces.get(at), next) {
            (Some(Piece::Any), _) => {
                at += 1;
                rest = before.clone();
                last_any = Some((at, before));
            }
            (Some(Piece::One), Some(_)) => at += 1,
            (Some(Piece::Char(wanted)), Some(c)) if *wanted == c => at += 1,
            (None, None) => return true,
            _ => {
                let Some((after, from)) = &mut last_any else {
                    return false;
                };
                if from.next().is_none() {
                    return false;
                }
                at = *after;
                rest = from.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, name: &str) -> bool {
        let pattern: Pattern = pattern.parse().unwrap_or_else(|e| panic!("{pattern}: {e}"));
        pattern.matches(&Name::new(name))
    }

    #[test]
    fn a_glob_matches_the_whole_name_in_any_case() {
        for (pattern, name, expected) in [
            ("payments-prod", "payments-prod", true),
            ("payments-prod", "payments-prod-eu", false),
            ("Payments-*", "PAYMENTS-PROD", true),
            ("*-prod", "payments-prod", true),
            ("*-prod", "payments-prod-eu", false),
            ("*prod*", "a-prod-b-prod-c", true),
            ("*a*b*c", "xxaxxbxxbxxc", true),
            ("*a*b*c", "xxaxxbxxbxx", false),
            ("prod-?", "prod-1", true),
            ("prod-?", "prod-", false),
            ("?*", "", false),
            ("*", "", true),
            ("zurich*", "Zürich-本番", true),
            ("zÜrich*", "zurich", true),
            ("PROD", "ｐｒｏｄ", true),
            ("*本番", "決済-本番", true),
            ("STRASSE", "straße", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("\\[a\\]", "[A]", true),
            ("/", "/", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_regular_expression_matches_a_part_of_the_name_as_it_is_written() {
        for (pattern, name, expected) in [
            ("/prod/", "payments-prod-eu", true),
            ("/^prod/", "payments-prod", false),
            ("/-(prod|live)$/", "payments-live", true),
            ("/PROD/", "payments-prod", false),
            ("/(?i)PROD/", "payments-prod", true),
            ("//", "anything", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (text, words) in [
            ("", "can't be empty"),
            ("[ab]*", "write a list of patterns, or `\\[`"),
            ("{prod,live}-*", "write a list of patterns, or `\\{`"),
            ("prod\\", "must be followed"),
            ("/(/", "invalid regular expression: "),
        ] {
            let error = text.parse::<Pattern>().expect_err(text).to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn a_glob_matches_like_its_regular_expression(glob in "[ab*?]{1,8}|[ab*]{1,8}", name in "[ab]{0,8}") {
            let regex = format!("/^{}$/", glob.replace('*', ".*").replace('?', "."));
            prop_assert_eq!(matches(&glob, &name), matches(&regex, &name));
        }

        #[test]
        fn every_name_is_matched_by_its_own_pattern(name in "\\PC{1,20}") {
            let escaped: String = name.chars().flat_map(|c| ['\\', c]).collect();
            // Composing a letter with what follows it is the one thing that differs.
            prop_assume!(fold_text(&name).to_lowercase() == name.chars().map(|c| fold_text(&c.to_string()).to_lowercase()).collect::<String>());
            prop_assert!(matches(&escaped, &name));
        }
    }
}
