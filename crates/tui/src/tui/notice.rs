//! Notices: one thing to know, for as long as it is true.

use jiff::Timestamp;

use super::effect::RequestId;
use crate::domain::AccountId;
use crate::domain::values::duration;
use crate::domain::values::time::{seconds_since, seconds_until};

/// One thing to know. An error stays until it is dismissed, the others until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub kind: NoticeKind,
    pieces: Vec<Piece>,
    pub hints: Vec<String>,
    pub truth: Truth,
}

/// A part of a notice's sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// The time left until then.
    Left(Timestamp),
    /// How long ago that was.
    Ago(Timestamp),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    Good,
    Warning,
    Error,
}

impl NoticeKind {
    /// Whether Esc puts it away before it does anything else.
    #[must_use]
    pub fn needs_a_look(self) -> bool {
        matches!(self, Self::Warning | Self::Error)
    }
}

/// What must hold for a notice to be true. One that is no longer true goes at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Truth {
    /// It happened, which stays so.
    #[default]
    Always,
    /// Until that time.
    Until(Timestamp),
    /// The sign-in ends soon.
    EndsSoon,
    SignedOut,
    /// What disk and keyring know of this session is not read yet.
    Unread(String),
    /// This request runs.
    Running(RequestId),
    /// The last listing failed, and none has worked since.
    NotListed,
    /// Some accounts could not be listed.
    AccountsFailed,
    /// This account's permission sets are not known.
    Unlisted(AccountId),
    /// The list is empty.
    NothingFound,
}

impl Notice {
    #[must_use]
    pub fn new(kind: NoticeKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            pieces: vec![Piece::Text(text.into())],
            hints: Vec::new(),
            truth: Truth::Always,
        }
    }

    #[must_use]
    pub fn and(mut self, text: impl Into<String>) -> Self {
        self.pieces.push(Piece::Text(text.into()));
        self
    }

    /// Goes on with the time left until then; after that the notice is gone.
    #[must_use]
    pub fn left(mut self, until: Timestamp) -> Self {
        self.pieces.push(Piece::Left(until));
        self
    }

    /// Goes on with how long ago that was.
    #[must_use]
    pub fn ago(mut self, at: Timestamp) -> Self {
        self.pieces.push(Piece::Ago(at));
        self
    }

    #[must_use]
    pub fn hints(mut self, hints: Vec<String>) -> Self {
        self.hints = hints;
        self
    }

    /// Says what must hold for it to be true.
    #[must_use]
    pub fn while_true(mut self, truth: Truth) -> Self {
        self.truth = truth;
        self
    }

    /// Its sentence at a time.
    #[must_use]
    pub fn text(&self, now: Timestamp) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Left(until) => duration::format_duration(seconds_until(*until, now)),
                Piece::Ago(at) => duration::format_age(seconds_since(*at, now)),
            })
            .collect()
    }

    /// When it stops being true by time alone.
    #[must_use]
    pub fn ends(&self) -> Option<Timestamp> {
        let left = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Left(until) => Some(*until),
            _ => None,
        });
        let until = match self.truth {
            Truth::Until(at) => Some(at),
            _ => None,
        };
        left.chain(until).min()
    }
}
