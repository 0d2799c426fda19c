//! What only one process does at a time: how long each may take, and what others print while they wait.

use std::time::Duration;

/// What one process at a time does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockScope {
    /// Registration and device authorization.
    SignIn,
    /// Exchanging a refresh token for tokens.
    Refresh,
    /// GetRoleCredentials of one target.
    Credentials,
    /// Opening a session of an IAM user.
    UserSession,
    /// Listing all assignments of one access portal.
    List,
}

impl LockScope {
    /// The prefix of its lock files' names.
    pub(in crate::app) fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Refresh => "refresh",
            Self::Credentials => "credentials",
            Self::UserSession => "user-session",
            Self::List => "list",
        }
    }

    /// How long a running holder may hold the lock without a result. A device code is valid for ten minutes, and
    /// its holder records how the sign-in ended; a listing may take minutes, and a waiter sees its progress; the
    /// other operations are short.
    pub(in crate::app) fn max_hold(self) -> Duration {
        match self {
            Self::SignIn => Duration::from_mins(11),
            // A program that gives a code may wait for the user.
            Self::List | Self::UserSession => Duration::from_mins(2),
            Self::Refresh | Self::Credentials => Duration::from_secs(30),
        }
    }

    /// What a waiter prints.
    #[must_use]
    pub fn waiting_message(self) -> &'static str {
        match self {
            Self::SignIn => "another genkan is signing in to this session; waiting for it …",
            Self::Refresh => "another genkan is refreshing the sign-in; waiting for it …",
            Self::Credentials => "another genkan is getting these credentials; waiting for it …",
            Self::UserSession => "another genkan is opening a session of this user; waiting for it …",
            Self::List => "another genkan is listing this session; waiting for it …",
        }
    }

    /// What the other process does, for a sentence that begins with "another genkan".
    #[must_use]
    pub fn activity(self) -> &'static str {
        match self {
            Self::SignIn => "signing in to this session",
            Self::Refresh => "refreshing the sign-in",
            Self::Credentials => "getting these credentials",
            Self::UserSession => "opening a session of this user",
            Self::List => "listing this session",
        }
    }
}

/// Another genkan holds the lock, and has for longer than anyone should wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another genkan has been {} for too long", .0.activity())]
pub struct Busy(pub LockScope);

impl Busy {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        vec!["find a genkan process that is stopped or hangs, and end it: `pgrep -a genkan`".to_owned()]
    }
}
