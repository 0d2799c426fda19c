//! Remote text that has been cleaned: the type of what Identity Center, a cache or a user says and the screen shows.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::clean::clean;

/// A name, an address or a sentence from outside. Can only be made by cleaning, so that whoever has one may show it.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct CleanText(String);

impl CleanText {
    /// Cleans a text.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(clean(text.as_ref()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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
        text.0
    }
}

impl Deref for CleanText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for CleanText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for CleanText {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for CleanText {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for CleanText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for CleanText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::CleanText;

    #[test]
    fn every_way_to_make_one_cleans() {
        let hostile = "prod\u{1b}[2J\u{202e}";
        let read = serde_json::to_string(hostile).and_then(|json| serde_json::from_str(&json));
        let made = [
            CleanText::new(hostile),
            hostile.into(),
            hostile.to_owned().into(),
            read.unwrap_or_default(),
        ];
        for text in made {
            assert!(
                text.starts_with("prod") && !text.contains(['\u{1b}', '\u{202e}']),
                "{text}"
            );
        }
    }
}
