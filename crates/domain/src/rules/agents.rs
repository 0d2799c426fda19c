//! What programs that act for the user may have: coding agents, and jobs of continuous integration.
//!
//! It is against slips and surprises, not against a hostile program: a process that runs as the user can read what the user
//! can read, and can remove the variable by which it is recognised.

use crate::rules::Match;

/// `[agents]` of the preferences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentRules {
    /// Targets that may be handed out: those that one of these matches.
    pub allow: Vec<Match>,
    /// Whether a sign-in may be started.
    pub sign_in: bool,
    /// More variables that mark such an environment.
    pub variables: Vec<String>,
}

/// Variables that mark such an environment. The last ones are beginnings of names.
pub const AGENT_VARIABLES: &[&str] = &[
    crate::values::env::GENKAN_AGENT,
    crate::values::env::AI_AGENT,
    crate::values::env::CLAUDECODE,
    crate::values::env::CURSOR_AGENT,
    crate::values::env::GEMINI_CLI,
    crate::values::env::OPENCODE,
    crate::values::env::CI,
];

/// Beginnings of such names.
pub const AGENT_PREFIXES: &[&str] = &["CODEX_", "CLINE_"];

/// Whether a value switches something off, which programs set to say "no".
#[must_use]
pub fn is_off(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "" | "0" | "false" | "no")
}
