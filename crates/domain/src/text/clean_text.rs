//! Remote text that has been cleaned: the type of what Identity Center, a cache or a user says and the screen shows.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::clean::sanitize_short;

/// A name, an address or a sentence from outside. Can only be made by cleaning, so that any code that has one may show it.
///
/// Cheap to copy. The texts of a catalog's accounts are parts of one text, so that reading ten thousand of them allocates
/// nothing for each. That text is behind a pointer of its own: one that comes from a file becomes shared without being
/// copied, and each part is half a line of a processor's cache.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct CleanText {
    whole: Arc<Box<str>>,
    start: u32,
    length: u32,
}

impl CleanText {
    /// Cleans a text.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        Self::whole(sanitize_short(text.as_ref()).into())
    }

    /// Cleans a part of a text, and shares it where nothing has to be changed. A part that doesn't exist is empty.
    #[must_use]
    pub fn part(whole: &Arc<Box<str>>, range: Range<usize>) -> Self {
        let part = whole.get(range.clone()).unwrap_or_default();
        let (start, length) = (u32::try_from(range.start), u32::try_from(part.len()));
        match (sanitize_short(part), start, length) {
            (Cow::Borrowed(kept), Ok(start), Ok(length)) if kept.len() == part.len() => Self {
                whole: Arc::clone(whole),
                start,
                length,
            },
            (clean, ..) => Self::whole(clean.into()),
        }
    }

    /// A text that has been cleaned, and so is short.
    fn whole(clean: Box<str>) -> Self {
        Self {
            start: 0,
            length: u32::try_from(clean.len()).unwrap_or(u32::MAX),
            whole: Arc::new(clean),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        let (start, length) = (self.start as usize, self.length as usize);
        self.whole.get(start..start + length).unwrap_or_default()
    }
}

impl Default for CleanText {
    fn default() -> Self {
        Self::whole(Box::default())
    }
}

impl PartialEq for CleanText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for CleanText {}

impl Hash for CleanText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialOrd for CleanText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CleanText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl From<&str> for CleanText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for CleanText {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<CleanText> for String {
    fn from(text: CleanText) -> Self {
        text.as_str().to_owned()
    }
}

impl Deref for CleanText {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for CleanText {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for CleanText {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for CleanText {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for CleanText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CleanText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_make_one_cleans() {
        let hostile = "prod\u{1b}[2J\u{202e}";
        let read = serde_json::to_string(hostile).and_then(|json| serde_json::from_str(&json));
        let made = [
            CleanText::new(hostile),
            hostile.into(),
            hostile.to_owned().into(),
            read.unwrap_or_default(),
            CleanText::part(&Arc::new(format!("a {hostile}").into()), 2..2 + hostile.len()),
        ];
        for text in made {
            assert!(
                text.starts_with("prod") && !text.contains(['\u{1b}', '\u{202e}']),
                "{text}"
            );
        }
    }

    #[test]
    fn a_part_of_a_text_is_that_part() {
        let whole = Arc::new("lab\t決済-本番\t".into());
        let part = |range| CleanText::part(&whole, range);
        assert_eq!(part(0..3), CleanText::new("lab"));
        assert_eq!(part(4..17), "決済-本番");
        for nowhere in [5..7, 0..99, 3..3] {
            assert_eq!(part(nowhere), CleanText::default());
        }
        // One that is too long is cut as any other.
        let long: Arc<Box<str>> = Arc::new("x".repeat(600).into());
        assert_eq!(CleanText::part(&long, 0..600), CleanText::new(&**long));
    }
}
