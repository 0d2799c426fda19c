//! What is open on this machine, and how each SSO session stands, as the screen was told.

use crate::domain::targets::credentials::Validity;
use crate::domain::{Running, SignInState, Target};

/// Shells and commands that run, and credentials that are good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenWork {
    /// The oldest first.
    pub running: Vec<Running>,
    /// The longest life first.
    pub credentials: Vec<(Target, Validity)>,
}

/// An SSO session as files have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSummary {
    pub name: String,
    pub state: SignInState,
    /// How many accounts were listed, if they were.
    pub accounts: Option<usize>,
}
