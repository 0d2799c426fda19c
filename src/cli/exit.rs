//! How a command ends: its code, and the words of a failure.

use std::process::ExitCode;

use crate::app::{AppError, Subject};
use crate::settings::SettingsError;

/// A command that did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Done,
    /// The user said no: Esc, Ctrl-C.
    Cancelled,
    /// It did, and found something that doesn't work.
    Problems,
    /// A child's own code.
    Child(u8),
    /// A signal of this number asked for the end.
    Killed(u8),
}

impl Ended {
    pub(super) const CANCELLED: u8 = 130;

    pub(super) fn code(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::Problems => ExitCode::from(Failure::FAILED),
            Self::Cancelled => ExitCode::from(Self::CANCELLED),
            Self::Child(code) => ExitCode::from(code),
            Self::Killed(signal) => ExitCode::from(128_u8.saturating_add(signal)),
        }
    }
}

/// A command that could not: one sentence, hints, a code.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) sentence: String,
    pub(super) hints: Vec<String>,
    pub(super) code: u8,
    /// What it is about, where a warning may be about the same.
    pub(super) subject: Option<Box<Subject>>,
}

impl Failure {
    pub(super) const FAILED: u8 = 1;
    pub(super) const USAGE: u8 = 2;
    pub(super) const SIGN_IN_REQUIRED: u8 = 3;

    pub(super) fn new(sentence: impl Into<String>, hints: &[&str]) -> Self {
        Self {
            sentence: sentence.into(),
            hints: hints.iter().map(|h| (*h).to_owned()).collect(),
            code: Self::FAILED,
            subject: None,
        }
    }

    /// Whether a warning about this says the same.
    pub(super) fn is_about(&self, subject: &Subject) -> bool {
        self.subject.as_deref() == Some(subject)
    }

    pub(super) fn usage(sentence: impl Into<String>, hints: &[&str]) -> Self {
        Self {
            code: Self::USAGE,
            ..Self::new(sentence, hints)
        }
    }

    /// The user said no while a command was at work.
    pub(super) fn cancelled() -> Self {
        Self {
            code: Ended::CANCELLED,
            ..Self::new("cancelled", &[])
        }
    }

    /// A signal of this number asked for the end while a command was at work.
    pub(super) fn killed(signal: u8) -> Self {
        Self {
            code: 128_u8.saturating_add(signal),
            ..Self::new(format!("ended by signal {signal}"), &[])
        }
    }

    /// The same without line ends, for readers that take one line.
    pub(super) fn in_one_line(self, notices: Vec<String>) -> Self {
        let words: Vec<String> = [self.sentence]
            .into_iter()
            .chain(self.hints)
            .chain(notices)
            .collect();
        Self {
            sentence: words.join("; "),
            hints: Vec::new(),
            code: self.code,
            subject: self.subject,
        }
    }

    pub(super) fn settings(error: &SettingsError) -> Self {
        Self {
            hints: error.hints(),
            ..Self::new(error.to_string(), &[])
        }
    }

    pub(super) fn runtime(error: &std::io::Error) -> Self {
        Self::new(format!("can't start the event loop: {error}"), &[])
    }
}

/// Every error of a service, by way of the one that knows them all.
impl<E: Into<AppError>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self {
            sentence: error.to_string(),
            hints: error.hints(),
            subject: error.subject().map(Box::new),
            code: if error.is_sign_in_required() {
                Self::SIGN_IN_REQUIRED
            } else if error.is_usage() {
                Self::USAGE
            } else {
                Self::FAILED
            },
        }
    }
}
