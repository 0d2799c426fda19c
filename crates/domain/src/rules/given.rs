//! What rules give: the values, and what all rules together give one target.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::Region;
use crate::text::{CleanText, text_width};
use crate::web::browser_choice::BrowserChoice;
use crate::web::console::Via;

/// A label, or a key with a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag {
    pub key: CleanText,
    pub value: Option<CleanText>,
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.key),
            None => self.key.fmt(f),
        }
    }
}

/// Why a text is no value that a rule can give.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGiven {
    #[error("can't be empty")]
    Empty,
    #[error("can't contain `/`, which separates an account from a permission set")]
    Slash,
    #[error("must be one character of at most two columns")]
    Wide,
}

impl FromStr for Tag {
    type Err = NotGiven;

    /// `key=value`, or a label.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(CleanText::new(value.trim()))),
            None => (text, None),
        };
        match CleanText::new(key.trim()) {
            key if key.is_empty() => Err(NotGiven::Empty),
            key => Ok(Self { key, value }),
        }
    }
}

/// Another name of an account, or of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias(CleanText);

impl Alias {
    #[must_use]
    pub fn as_text(&self) -> &CleanText {
        &self.0
    }
}

impl FromStr for Alias {
    type Err = NotGiven;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match CleanText::new(text.trim()) {
            alias if alias.is_empty() => Err(NotGiven::Empty),
            alias if alias.contains('/') => Err(NotGiven::Slash),
            alias => Ok(Self(alias)),
        }
    }
}

/// A character in front of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Icon(CleanText);

impl Icon {
    #[must_use]
    pub fn as_text(&self) -> &CleanText {
        &self.0
    }
}

impl FromStr for Icon {
    type Err = NotGiven;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match CleanText::new(text.trim()) {
            icon if icon.is_empty() => Err(NotGiven::Empty),
            icon if text_width(&icon) > 2 => Err(NotGiven::Wide),
            icon => Ok(Self(icon)),
        }
    }
}

/// The colour of an account: those that an account can have in the AWS console (API `uxc`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountColor {
    Pink,
    Purple,
    DarkBlue,
    LightBlue,
    Teal,
    Green,
    Yellow,
    Orange,
    Red,
}

impl AccountColor {
    /// The colours, by the names that rules give them.
    pub const NAMES: &[(&str, Self)] = &[
        ("pink", Self::Pink),
        ("purple", Self::Purple),
        ("dark-blue", Self::DarkBlue),
        ("light-blue", Self::LightBlue),
        ("teal", Self::Teal),
        ("green", Self::Green),
        ("yellow", Self::Yellow),
        ("orange", Self::Orange),
        ("red", Self::Red),
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        let name = Self::NAMES.iter().find(|(_, color)| *color == self);
        name.map_or("", |(name, _)| name)
    }
}

/// What Enter does. The variants are the words of preferences and rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EnterAction {
    Shell,
    Console,
    Export,
}

/// Whether a target asks for a name to be typed before it is entered. The variants are the words of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// The alias or the account name must be typed.
    Confirm,
    #[default]
    None,
}

/// What one rule gives; each value may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    pub alias: Option<Alias>,
    pub tags: Vec<Tag>,
    pub color: Option<AccountColor>,
    pub icon: Option<Icon>,
    pub note: Option<CleanText>,
    pub hidden: Option<bool>,
    pub production: Option<bool>,
    pub guard: Option<Guard>,
    pub region: Option<Region>,
    pub enter: Option<EnterAction>,
    pub console_service: Option<String>,
    pub console_via: Option<Via>,
    pub console_sign_out: Option<bool>,
    pub browser: Option<BrowserChoice>,
}

/// What all rules together give one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetRules {
    /// Another name of the account, or of the target.
    pub alias: Option<CleanText>,
    /// In the order in which rules gave them.
    pub tags: Vec<Tag>,
    pub color: Option<AccountColor>,
    /// One or two columns wide.
    pub icon: Option<CleanText>,
    pub note: Option<CleanText>,
    pub hidden: bool,
    pub production: bool,
    pub guard: Guard,
    pub region: Option<Region>,
    pub enter: Option<EnterAction>,
    /// A service that the console knows (`domain::web::console_pages`), or the last page.
    pub console_service: Option<String>,
    /// How the console is entered.
    pub console_via: Option<Via>,
    /// Whether other console sessions of the browser end first.
    pub console_sign_out: Option<bool>,
    /// The browser that the console opens in.
    pub browser: Option<BrowserChoice>,
}

/// The word that marks production wherever a target is shown.
pub const PRODUCTION: &str = "PROD";

impl TargetRules {
    /// The word that marks production, if it is production.
    #[must_use]
    pub fn production_word(&self) -> Option<&'static str> {
        self.production.then_some(PRODUCTION)
    }

    /// Whether a name must be typed first.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        self.guard == Guard::Confirm
    }

    /// The tags as text, separated by blanks.
    #[must_use]
    pub fn tags_text(&self) -> String {
        let tags: Vec<String> = self.tags.iter().map(ToString::to_string).collect();
        tags.join(" ")
    }

    /// Takes in what a later rule gives: it counts before what is there, and its tags are added.
    pub(super) fn add(&mut self, given: &Given) {
        fn replace<T: Clone>(place: &mut Option<T>, given: Option<&T>) {
            if given.is_some() {
                *place = given.cloned();
            }
        }
        replace(&mut self.color, given.color.as_ref());
        replace(&mut self.icon, given.icon.as_ref().map(Icon::as_text));
        replace(&mut self.note, given.note.as_ref());
        replace(&mut self.region, given.region.as_ref());
        replace(&mut self.enter, given.enter.as_ref());
        replace(&mut self.console_service, given.console_service.as_ref());
        replace(&mut self.console_via, given.console_via.as_ref());
        replace(&mut self.console_sign_out, given.console_sign_out.as_ref());
        replace(&mut self.browser, given.browser.as_ref());
        self.hidden = given.hidden.unwrap_or(self.hidden);
        self.production = given.production.unwrap_or(self.production);
        self.guard = given.guard.unwrap_or(self.guard);
        self.add_labels(given);
    }

    /// Takes in what searches look into alone.
    pub(super) fn add_labels(&mut self, given: &Given) {
        if let Some(alias) = &given.alias {
            self.alias = Some(alias.as_text().clone());
        }
        self.add_tags(&given.tags);
    }

    /// Adds tags; one whose key is there replaces it.
    pub(super) fn add_tags(&mut self, tags: &[Tag]) {
        for tag in tags {
            match self.tags.iter_mut().find(|known| known.key == tag.key) {
                Some(known) => known.value.clone_from(&tag.value),
                None => self.tags.push(tag.clone()),
            }
        }
    }
}
