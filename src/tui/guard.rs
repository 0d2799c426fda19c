//! The question that a guard asks: what was typed, and what is done once it is the right name. Must not know keys.

use super::pending_action::PendingAction;
use super::text_input::TextInput;
use crate::domain::Target;
use crate::domain::rules::{TargetRules, confirms};

/// A guard that waits for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The target that must be confirmed.
    pub target: Target,
    /// What is done then.
    pub pending: PendingAction,
    pub input: TextInput,
    /// Another name was typed.
    pub is_wrong: bool,
}

impl Guard {
    #[must_use]
    pub fn new(target: Target, pending: PendingAction) -> Self {
        Self {
            target,
            pending,
            input: TextInput::default(),
            is_wrong: false,
        }
    }

    /// Whether what was typed is the alias or a name of the account.
    #[must_use]
    pub fn is_confirmed(&self, rules: &TargetRules) -> bool {
        confirms(&self.input.text(), &self.target, rules.alias.as_deref())
    }
}
