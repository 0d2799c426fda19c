//! Which profiles are asked for, and what would become of the file: plain values.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::domain::records::history::TargetKey;
use crate::domain::targets::profile::{ProfileKind, Template};
use crate::domain::{Catalog, Region, SsoSession, Target};

/// A session and what it lists.
#[derive(Clone, Debug)]
pub struct Listed {
    pub session: SsoSession,
    pub catalog: Catalog,
}

/// Which profiles are wanted.
#[derive(Clone, Debug, Default)]
pub struct ProfilesRequest {
    pub kind: ProfileKind,
    /// How they are named, where not as the preferences say.
    pub template: Option<Template>,
    /// The Region of all of them; without it a profile that is there keeps its own.
    pub region: Option<Region>,
    /// Only these targets.
    pub chosen: Option<HashSet<TargetKey>>,
    /// Only the listed sessions are asked for: others are none of this request's business.
    pub some_sessions: bool,
    /// Take out what is no longer assigned.
    pub prune: bool,
    /// Take it out even where nothing of a session is left then. Without this such a session's profiles stay,
    /// and the plan says which they are: an empty answer must not cost a user all of them.
    pub may_empty: bool,
}

/// How a profile stands to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileState {
    New,
    Changed,
    Unchanged,
    /// No longer assigned, or named otherwise now.
    Stale,
    /// The user has written it: it is left to them.
    Yours,
}

impl ProfileState {
    /// The word for it, in tables and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Stale => "stale",
            Self::Yours => "yours",
        }
    }
}

/// One profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedProfile {
    pub name: String,
    pub target: Target,
    pub region: Option<Region>,
    pub state: ProfileState,
}

/// What would be, or was, written.
#[derive(Debug)]
pub struct ProfilePlan {
    pub path: PathBuf,
    /// Sorted by name.
    pub profiles: Vec<PlannedProfile>,
    /// How many were taken out.
    pub removed: usize,
    /// Sessions that would have no profile left, and were therefore not pruned.
    pub held_back: Vec<HeldBack>,
    /// What a user should know.
    pub notes: Vec<String>,
    pub before: Vec<u8>,
    pub after: Vec<u8>,
    /// Where the file as it was is kept, if it was written.
    pub backup: Option<PathBuf>,
}

/// A session whose profiles are all no longer assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBack {
    pub session: String,
    pub profiles: usize,
}
