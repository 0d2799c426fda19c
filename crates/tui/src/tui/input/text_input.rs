//! One line of typed text with a cursor between graphemes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::text::is_never_shown;

/// The longest text that is taken, in graphemes.
const LONGEST: usize = 200;
/// And in bytes: a letter with a thousand accents is one grapheme, and drawn at each key.
const MOST_BYTES: usize = 4 * 1024;

/// A line being edited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextInput {
    before: String,
    after: String,
}

impl TextInput {
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            before: text.to_owned(),
            after: String::new(),
        }
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// Whether there is nothing to search for: no word.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.before.trim().is_empty() && self.after.trim().is_empty()
    }

    /// What stands before the cursor, and behind it.
    #[must_use]
    pub fn halves(&self) -> (&str, &str) {
        (&self.before, &self.after)
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Types a text. Control characters, line ends among them, and what no one sees are left out: pages
    /// that one copies from are full of them.
    pub fn insert(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.text().graphemes(true).count());
        let typed: String = text.chars().filter(|c| !is_never_shown(*c)).collect();
        for grapheme in typed.graphemes(true).take(room) {
            if self.before.len() + self.after.len() + grapheme.len() > MOST_BYTES {
                return;
            }
            self.before.push_str(grapheme);
        }
    }

    /// Takes a key; false where it is none for editing.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('a') if control => self.home(),
            KeyCode::Char('e') if control => self.end(),
            KeyCode::Char('w') if control => self.delete_word(),
            KeyCode::Char('u') if control => self.before.clear(),
            KeyCode::Char('h') if control => drop(pop_grapheme(&mut self.before)),
            KeyCode::Backspace if alt || control => self.delete_word(),
            KeyCode::Char(c) if !control && !alt => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => drop(pop_grapheme(&mut self.before)),
            KeyCode::Delete => {
                if let Some(first) = self.after.graphemes(true).next().map(str::len) {
                    self.after.drain(..first);
                }
            }
            KeyCode::Left => {
                if let Some(last) = pop_grapheme(&mut self.before) {
                    self.after.insert_str(0, &last);
                }
            }
            KeyCode::Right => {
                if let Some(first) = self.after.graphemes(true).next().map(str::to_owned) {
                    self.after.drain(..first.len());
                    self.before.push_str(&first);
                }
            }
            KeyCode::Home => self.home(),
            KeyCode::End => self.end(),
            _ => return false,
        }
        true
    }

    fn home(&mut self) {
        self.after = self.text();
        self.before.clear();
    }

    fn end(&mut self) {
        self.before = self.text();
        self.after.clear();
    }

    fn delete_word(&mut self) {
        let text = self.before.trim_end();
        let word = text.rsplit(char::is_whitespace).next().unwrap_or_default();
        let kept = text.len() - word.len();
        self.before.truncate(kept);
    }
}

fn pop_grapheme(text: &mut String) -> Option<String> {
    let last = text.graphemes(true).next_back()?.to_owned();
    text.truncate(text.len() - last.len());
    Some(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(keys: &[KeyCode]) -> TextInput {
        let mut input = TextInput::default();
        for code in keys {
            input.key(KeyEvent::new(*code, KeyModifiers::NONE));
        }
        input
    }

    #[test]
    fn graphemes_are_whole() {
        let mut input = TextInput::new("a👩‍💻決");
        input.key(KeyEvent::new(KeyCode::Left, KeyModifiers::NONE));
        assert_eq!(input.halves(), ("a👩‍💻", "決"));
        input.key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE));
        assert_eq!(input.text(), "a決");
        assert_eq!(
            typed(&[KeyCode::Char('x'), KeyCode::Home, KeyCode::Char('y')]).text(),
            "yx"
        );
    }

    #[test]
    fn a_word_ends_at_wide_blanks_too() {
        let mut input = TextInput::new("決済\u{3000}本番 ");
        input.key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        assert_eq!(input.text(), "決済\u{3000}");
    }

    #[test]
    fn pasted_line_ends_and_hidden_characters_are_left_out() {
        let mut input = TextInput::default();
        input.insert("one\ntwo\u{1b}[31m\u{200b}\u{202e}\u{feff}");
        assert_eq!(input.text(), "onetwo[31m");
    }

    #[test]
    fn no_more_is_taken_than_can_be_drawn_at_each_key() {
        let mut input = TextInput::default();
        input.insert(&"é".repeat(1_000_000));
        assert_eq!(input.text().chars().count(), LONGEST);
        input.clear();
        let pile = format!("e{}", "\u{301}".repeat(1_000_000));
        for text in ["a", &pile, "b"] {
            input.insert(text);
        }
        assert_eq!(input.text(), "ab");
        for _ in 0..100 {
            input.insert(&"\u{301}".repeat(100));
        }
        assert!(input.text().len() <= MOST_BYTES);
    }

    proptest! {
        #[test]
        fn no_key_panics(text in ".{0,20}", keys in proptest::collection::vec(0u8..10, 0..40)) {
            let mut input = TextInput::new(&text);
            for key in keys {
                let code = [KeyCode::Left, KeyCode::Right, KeyCode::Backspace, KeyCode::Delete, KeyCode::Home,
                    KeyCode::End, KeyCode::Char('w'), KeyCode::Char('u'), KeyCode::Char('é'), KeyCode::Char('決')][key as usize];
                let modifiers = if (6..8).contains(&key) { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
                input.key(KeyEvent::new(code, modifiers));
            }
        }
    }
}
