//! The steps that only one process does at a time: how long each may take, and what is said of it meanwhile.

use std::time::Duration;

/// A step that one at a time does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Registration and device authorization.
    SignIn,
    /// Trading a refresh token for tokens.
    Refresh,
    /// GetRoleCredentials of one target.
    Credentials,
    /// Listing all assignments of one access portal.
    List,
}

impl Step {
    /// What the names of its lock files begin with.
    pub(in crate::app) fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Refresh => "refresh",
            Self::Credentials => "credentials",
            Self::List => "list",
        }
    }

    /// How long a holder that runs is watched without leaving anything. A code lives ten minutes, and its
    /// holder tells how it ended; a listing may take minutes, and who waits for one sees whether it goes
    /// on; the other steps are short.
    pub(in crate::app) fn patience(self) -> Duration {
        match self {
            Self::SignIn => Duration::from_mins(11),
            Self::List => Duration::from_mins(2),
            Self::Refresh | Self::Credentials => Duration::from_secs(30),
        }
    }

    /// What a waiter says.
    #[must_use]
    pub fn waiting(self) -> &'static str {
        match self {
            Self::SignIn => "another genkan is signing in to this session; waiting for it …",
            Self::Refresh => "another genkan is refreshing the sign-in; waiting for it …",
            Self::Credentials => "another genkan is getting these credentials; waiting for it …",
            Self::List => "another genkan is listing this session; waiting for it …",
        }
    }

    /// What the other one does, for a sentence that begins with "another genkan".
    #[must_use]
    pub fn doing(self) -> &'static str {
        match self {
            Self::SignIn => "signing in to this session",
            Self::Refresh => "refreshing the sign-in",
            Self::Credentials => "getting these credentials",
            Self::List => "listing this session",
        }
    }
}

/// Another genkan does the step, and has been for longer than anyone should wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another genkan has been {} for too long", .0.doing())]
pub struct Busy(pub Step);

impl Busy {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        vec!["find a genkan process that is stopped or hangs, and end it: `pgrep -a genkan`".to_owned()]
    }
}
