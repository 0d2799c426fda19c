//! What a check found: how bad it is, what it is about, and what to do.

use crate::domain::text::{clean_text, sanitize_line};

/// How bad a finding is; the worst decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Ok,
    /// Worth knowing.
    Note,
    /// Works here, but not for every tool or not permanently.
    Warning,
    /// Something doesn't work.
    Problem,
}

impl Severity {
    /// The word for it, on screen and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    Files,
    Profiles,
    SignIn,
    Environment,
    Network,
    Desktop,
    Versions,
}

impl Topic {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Profiles => "profiles",
            Self::SignIn => "sign-in",
            Self::Environment => "environment",
            Self::Network => "network",
            Self::Desktop => "desktop",
            Self::Versions => "versions",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub topic: Topic,
    /// The check's name, which stays the same while its words may change.
    pub check: &'static str,
    /// One lower-case sentence without a period.
    pub sentence: String,
    /// What to do, one step each.
    pub advice: Vec<String>,
}

/// Makes the findings of one topic.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) topic: Topic,
    pub(super) list: Vec<Finding>,
}

impl Findings {
    pub(super) fn about(topic: Topic) -> Self {
        Self {
            topic,
            list: Vec::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        severity: Severity,
        check: &'static str,
        sentence: impl Into<String>,
        advice: impl IntoIterator<Item = impl Into<String>>,
    ) {
        self.list.push(Finding {
            severity,
            topic: self.topic,
            check,
            sentence: clean_text(&sentence.into()),
            // A command that is cut would be another one.
            advice: advice
                .into_iter()
                .map(|a| sanitize_line(&a.into()).into_owned())
                .collect(),
        });
    }

    pub(super) fn ok(&mut self, check: &'static str, sentence: impl Into<String>) {
        self.add(Severity::Ok, check, sentence, NO_ADVICE);
    }

    pub(super) fn note(&mut self, check: &'static str, sentence: impl Into<String>) {
        self.add(Severity::Note, check, sentence, NO_ADVICE);
    }
}

/// Nothing needs to be done.
pub(super) const NO_ADVICE: [&str; 0] = [];
