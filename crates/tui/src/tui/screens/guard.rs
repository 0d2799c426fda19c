//! The question that a guard asks: what was typed, and what is done once it is the right name. Must not know keys.

use super::pending_action::PendingAction;
use crate::domain::Target;
use crate::domain::rules::{TargetRules, confirms_number, confirms_target};
use crate::tui::input::text_input::TextInput;

/// A guard that waits for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The target that must be confirmed.
    pub target: Target,
    /// More of them, where an action is for many: their number confirms all.
    pub others: Vec<Target>,
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
            others: Vec::new(),
            pending,
            input: TextInput::default(),
            is_wrong: false,
        }
    }

    /// The same with more targets.
    #[must_use]
    pub fn with(mut self, others: Vec<Target>) -> Self {
        self.others = others;
        self
    }

    /// How many targets are guarded.
    #[must_use]
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }

    /// Those that are confirmed with it.
    #[must_use]
    pub fn targets(&self) -> Vec<Target> {
        std::iter::once(&self.target)
            .chain(&self.others)
            .cloned()
            .collect()
    }

    /// Whether what was typed is the alias or a name of the account; of several, their number.
    #[must_use]
    pub fn is_confirmed(&self, rules: &TargetRules) -> bool {
        if !self.others.is_empty() {
            return confirms_number(&self.input.text(), self.count());
        }
        confirms_target(&self.input.text(), &self.target, rules.alias.as_deref())
    }
}
