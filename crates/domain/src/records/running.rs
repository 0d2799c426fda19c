//! A shell, command or server that runs with the credentials of a target.

use jiff::Timestamp;

use crate::Target;
use crate::text::CleanText;

/// What it is that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunningKind {
    Shell,
    Command,
    /// A server that gives credentials to other programs.
    Server,
}

impl RunningKind {
    /// The word for it, in files and on screen.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Command => "command",
            Self::Server => "server",
        }
    }
}

/// One that runs now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The process ID of the genkan that it runs under.
    pub process: u32,
    /// The program's name, without its arguments: they may hold secrets.
    pub program: CleanText,
    pub kind: RunningKind,
    pub target: Target,
    /// It gets credentials from an endpoint, which renews them.
    pub is_served: bool,
    pub since: Timestamp,
    /// When its credentials end: its keys, or the sign-in that renews them, as far as that is known.
    pub until: Option<Timestamp>,
}
