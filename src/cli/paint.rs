//! Colour on standard output: names of the terminal's own palette, only where a user reads it and
//! wants it. A word or a sign always says the same.

use crate::settings::Settings;

/// Puts colour around words, or leaves them as they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    on: bool,
}

impl Paint {
    pub(super) fn new(settings: &Settings, to_a_terminal: bool) -> Self {
        Self {
            on: to_a_terminal && !settings.no_color(),
        }
    }

    pub(super) fn title(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    pub(super) fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    pub(super) fn accent(self, text: &str) -> String {
        self.with("36", text)
    }

    pub(super) fn error(self, text: &str) -> String {
        self.with("31", text)
    }

    pub(super) fn production(self, text: &str) -> String {
        self.with("1;31", text)
    }

    pub(super) fn warning(self, text: &str) -> String {
        self.with("35", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}
