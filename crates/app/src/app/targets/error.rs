//! Why a text, a profile or a shell leads to no target.

use std::path::PathBuf;

/// How many candidates a message lists at the most.
const MOST_CANDIDATES: usize = 8;

/// A target that can't be found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("target `{text}` not found")]
    Unknown {
        text: String,
        nearest: Vec<String>,
        /// Why sessions that may have it were not asked.
        unasked: Vec<String>,
    },
    #[error("`{text}` is ambiguous")]
    Ambiguous { text: String, candidates: Vec<String> },
    #[error("profile `{name}` not found in `{}`", config.display())]
    UnknownProfile {
        name: String,
        config: PathBuf,
        nearest: Vec<String>,
    },
    #[error("profile `{name}` has no target: {reason}")]
    UnusableProfile { name: String, reason: String },
    #[error("profile `{name}` has no usable role: {reason}")]
    BrokenRole {
        name: String,
        line: usize,
        reason: String,
        hint: String,
    },
    #[error("`{text}` is not a role to be reached from another target")]
    NotARole { text: String },
    #[error("no previous target")]
    NoneBefore,
    #[error("not signed in to any of the SSO sessions {}", sessions.join(", "))]
    NoneSignedIn { sessions: Vec<String> },
}

impl TargetError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Unknown { nearest, unasked, .. } => unknown_target_hints(nearest, unasked),
            Self::Ambiguous { candidates, .. } => ambiguous_target_hints(candidates),
            Self::UnknownProfile { nearest, .. } => unknown_profile_hints(nearest),
            Self::UnusableProfile { .. } => {
                vec!["use a profile with SSO settings, or write ACCOUNT/PERMISSION_SET".to_owned()]
            }
            Self::BrokenRole { line, hint, .. } => {
                vec![format!("{hint} (line {line} of the AWS config file)")]
            }
            Self::NotARole { .. } => vec![
                "write the role's ARN, or ACCOUNT/ROLE with an account's ID or its whole name".to_owned(),
            ],
            Self::NoneBefore => vec!["run `gk` without arguments to pick one".to_owned()],
            Self::NoneSignedIn { .. } => vec![
                "run `genkan login SESSION`".to_owned(),
                "or write SESSION:ACCOUNT/PERMISSION_SET".to_owned(),
            ],
        }
    }
}

fn unknown_profile_hints(nearest: &[String]) -> Vec<String> {
    let near = (!nearest.is_empty()).then(|| format!("did you mean `{}`?", nearest.join("`, `")));
    let make = "`genkan profiles --write` creates a profile for each target".to_owned();
    near.into_iter().chain([make]).collect()
}

/// Near targets, what could not be searched, and where all of them are.
fn unknown_target_hints(nearest: &[String], unasked: &[String]) -> Vec<String> {
    let near = (!nearest.is_empty()).then(|| format!("did you mean {}?", nearest.join(", ")));
    let unasked = unasked
        .iter()
        .map(|why| format!("some SSO sessions were not searched: {why}"));
    let all = "`genkan list` shows what you have access to".to_owned();
    near.into_iter().chain(unasked).chain([all]).collect()
}

/// The first of the targets that a text may mean, and how many there are beyond them.
fn ambiguous_target_hints(candidates: &[String]) -> Vec<String> {
    let shown = candidates
        .iter()
        .take(MOST_CANDIDATES)
        .map(|candidate| format!("matches {candidate}"));
    let rest = candidates.len().saturating_sub(MOST_CANDIDATES);
    shown
        .chain((rest > 0).then(|| format!("and {rest} more")))
        .collect()
}
