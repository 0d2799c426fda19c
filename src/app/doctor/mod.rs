//! What is wrong here and what to do about it: files, profiles, environment, network, desktop.
//!
//! Changes nothing but what every command does: a secret file that is too wide is mended, one that can't
//! be read is set aside, and both are told. Every question to somebody
//! else has a time limit, and all are asked at once.

mod desktop;
mod environment;
mod files;
mod network;
mod profiles;

use super::App;
use crate::domain::text::{clean, shown};

/// How bad a finding is; the worst decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Ok,
    /// Worth knowing.
    Note,
    /// Works here, but not for every tool or not for ever.
    Warning,
    /// Something doesn't work.
    Problem,
}

impl Severity {
    /// The word for it, on screen and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
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
    pub fn word(self) -> &'static str {
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
struct Findings {
    topic: Topic,
    list: Vec<Finding>,
}

impl Findings {
    fn about(topic: Topic) -> Self {
        Self {
            topic,
            list: Vec::new(),
        }
    }

    fn add(
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
            sentence: clean(&sentence.into()),
            // A command that is cut would be another one.
            advice: advice
                .into_iter()
                .map(|a| shown(&a.into()).into_owned())
                .collect(),
        });
    }

    fn ok(&mut self, check: &'static str, sentence: impl Into<String>) {
        self.add(Severity::Ok, check, sentence, NO_ADVICE);
    }

    fn note(&mut self, check: &'static str, sentence: impl Into<String>) {
        self.add(Severity::Note, check, sentence, NO_ADVICE);
    }
}

/// Nothing needs to be done.
const NO_ADVICE: [&str; 0] = [];

impl App {
    /// Looks at everything. Offline nobody is asked, here or elsewhere.
    pub async fn examine(&self, offline: bool) -> Vec<Finding> {
        // First, because reading mends, and sets aside what can't be read.
        let sign_ins = self.check_sign_ins();
        let mut found = self.check_files();
        found.extend(self.check_profiles());
        found.extend(sign_ins);
        found.extend(self.check_environment());
        let (network, versions) = tokio::join!(self.check_network(offline), desktop::check_versions());
        found.extend(network);
        found.extend(self.check_desktop());
        found.extend(versions);
        found
    }
}
