//! Why profiles can't be planned or written. What is wrong with the file itself is the store's to say.

use crate::domain::targets::profile::{NotATemplate, NotInOneLine};

/// Profiles that can't be written as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfilesError {
    #[error(transparent)]
    Template(#[from] NotATemplate),
    #[error(transparent)]
    Program(#[from] NotInOneLine),
}

impl ProfilesError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Template(error) => error.hints(),
            Self::Program(error) => error.hints(),
        }
    }
}
