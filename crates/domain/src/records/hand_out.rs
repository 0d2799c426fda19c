//! Credentials that were handed out: which, to what, when and from where. No secrets.

use jiff::Timestamp;

use crate::Target;
use crate::text::CleanText;

/// Credentials that were handed to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOut {
    pub at: Timestamp,
    pub target: Target,
    /// What handed them out: `exec`, `shell`, `export`, `copy`, `gk`, `credential-process`, `serve` or `console`.
    pub by: CleanText,
    /// The name of the program that got them, without its arguments; of a server's client, what it calls itself.
    pub command: CleanText,
    /// The folder that it was started in.
    pub folder: Option<CleanText>,
    /// The variable that marked the environment as one of a program that acts for the user.
    pub agent: Option<CleanText>,
}
