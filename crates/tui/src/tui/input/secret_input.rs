//! A line that is typed and told to no one: what is in it appears in no `Debug` output and in no message but the one
//! that hands it on.

use std::fmt;

use super::text_input::TextInput;
use crate::domain::Secret;

/// What the user types where a code or a passphrase is asked for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretInput(TextInput);

impl SecretInput {
    /// The line itself, for the keys that edit it and for the screen.
    pub fn line(&mut self) -> &mut TextInput {
        &mut self.0
    }

    /// What stands before the cursor, and behind it.
    #[must_use]
    pub fn halves(&self) -> (&str, &str) {
        self.0.halves()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was typed, without blanks: codes are shown in groups.
    #[must_use]
    pub fn code(&self) -> Secret {
        let typed = self.0.text();
        Secret::new(typed.split_whitespace().collect::<String>())
    }

    /// What was typed, as it is.
    #[must_use]
    pub fn passphrase(&self) -> Secret {
        Secret::new(self.0.text())
    }
}

impl fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretInput(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_in_no_debug_output() {
        let mut input = SecretInput::default();
        input.line().insert("123 456");
        assert_eq!(format!("{input:?}"), "SecretInput(…)");
        assert_eq!(input.code().expose(), "123456");
        assert_eq!(input.passphrase().expose(), "123 456");
    }
}
