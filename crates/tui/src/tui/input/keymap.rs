//! The one table of keys: from it come the keys themselves, the footer, the help and the docs.

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::keys::TABLE;
pub use super::keys::{Action, Context};

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub action: Action,
    pub context: Context,
    pub keys: Vec<Key>,
    /// The word in the footer.
    pub label: &'static str,
    /// The sentence in the help.
    pub help: &'static str,
    /// Its place in the footer, if it stands there.
    pub rank: Option<u8>,
}

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

/// All bindings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Keymap {
    /// The table of this program. A test proves that all of it can be used.
    #[must_use]
    pub fn built_in() -> Self {
        let bindings = TABLE.iter().map(|line| Binding {
            action: line.action,
            context: line.context,
            keys: line.keys.iter().filter_map(|key| parse_key(key).ok()).collect(),
            label: line.label,
            help: line.help,
            rank: line.rank,
        });
        Self {
            bindings: bindings.collect(),
        }
    }

    /// What a key asks for in any of the contexts, the first one first.
    #[must_use]
    pub fn action(&self, contexts: &[Context], event: KeyEvent) -> Option<Action> {
        let key = normalize_key(event);
        contexts.iter().find_map(|context| {
            self.bindings
                .iter()
                .find(|b| b.context == *context && b.keys.contains(&key))
                .map(|b| b.action)
        })
    }

    /// The bindings of the footer for the contexts, most wanted first.
    #[must_use]
    pub fn footer(&self, contexts: &[Context]) -> Vec<&Binding> {
        let mut shown: Vec<&Binding> = self
            .bindings
            .iter()
            .filter(|b| b.rank.is_some() && contexts.contains(&b.context))
            .collect();
        shown.sort_by_key(|b| b.rank);
        shown
    }

    /// All bindings in the order of the table.
    #[must_use]
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The first key of an action, for sentences such as "press Ctrl-G".
    #[must_use]
    pub fn key_for(&self, action: Action) -> String {
        let binding = self
            .bindings
            .iter()
            .find(|b| b.action == action && b.context != Context::Vim);
        binding
            .and_then(|b| b.keys.first())
            .map(|k| key_name(*k))
            .unwrap_or_default()
    }
}

/// Whether two contexts can count at once.
#[cfg(test)]
fn contexts_meet(a: Context, b: Context) -> bool {
    let overlap = |x, y| {
        matches!(
            (x, y),
            (Context::Always, _)
                | (Context::Browse | Context::Menu | Context::Details, Context::List)
                | (
                    Context::Vim | Context::EmptyQuery,
                    Context::Browse | Context::List
                )
        )
    };
    overlap(a, b) || overlap(b, a)
}

/// A key as the table has it: Shift is part of a letter, and terminals report Shift-Tab as BackTab.
pub(in crate::tui) fn normalize_key(event: KeyEvent) -> Key {
    let mut modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
    let code = match event.code {
        KeyCode::Char(c) if modifiers.contains(KeyModifiers::CONTROL) => {
            KeyCode::Char(c.to_ascii_lowercase())
        }
        KeyCode::BackTab => {
            modifiers = KeyModifiers::SHIFT;
            KeyCode::Tab
        }
        code => code,
    };
    Key { code, modifiers }
}

/// A key as people write it, such as `Ctrl-O`.
///
/// # Errors
/// In words: there is no such key.
pub fn parse_key(text: &str) -> Result<Key, String> {
    let mut modifiers = KeyModifiers::NONE;
    let mut rest = text;
    for (prefix, modifier) in [
        ("Ctrl-", KeyModifiers::CONTROL),
        ("Alt-", KeyModifiers::ALT),
        ("Shift-", KeyModifiers::SHIFT),
    ] {
        if let Some(after) = rest.strip_prefix(prefix) {
            modifiers |= modifier;
            rest = after;
        }
    }
    let mut letters = rest.chars();
    let code = match (letters.next(), letters.next()) {
        (Some(c), None) if modifiers.is_empty() => KeyCode::Char(c),
        (Some(c), None) => KeyCode::Char(c.to_ascii_lowercase()),
        _ => match rest {
            "Enter" => KeyCode::Enter,
            "Esc" => KeyCode::Esc,
            "Tab" => KeyCode::Tab,
            "Up" => KeyCode::Up,
            "Down" => KeyCode::Down,
            "PageUp" => KeyCode::PageUp,
            "PageDown" => KeyCode::PageDown,
            "Home" => KeyCode::Home,
            "End" => KeyCode::End,
            "Left" => KeyCode::Left,
            "Right" => KeyCode::Right,
            "Space" => KeyCode::Char(' '),
            _ => match rest.strip_prefix('F').and_then(|n| n.parse().ok()) {
                Some(number @ 1..=12) => KeyCode::F(number),
                _ => return Err(format!("unknown key `{text}`")),
            },
        },
    };
    Ok(Key { code, modifiers })
}

/// A key as people write it; Ctrl as `^`, which is what fits a footer.
#[must_use]
pub fn short_name(key: Key) -> String {
    key_name(key).replace("Ctrl-", "^")
}

/// Keys as the table has them; digits that follow each other as `Alt-1…9`.
#[must_use]
pub fn key_names(keys: &[Key]) -> Vec<String> {
    let digit = |key: &Key| match key.code {
        KeyCode::Char(c) => c.to_digit(10),
        _ => None,
    };
    let follows = |a: &Key, b: &Key| {
        let next = digit(a).is_some_and(|a| digit(b) == Some(a + 1));
        next && a.modifiers == b.modifiers
    };
    let names = keys.chunk_by(follows).filter_map(|run| {
        let first = key_name(*run.first()?);
        Some(match run {
            [_, .., last] => format!("{first}…{}", digit(last)?),
            _ => first,
        })
    });
    names.collect()
}

/// A key as the table has it.
#[must_use]
pub fn key_name(key: Key) -> String {
    let mut name = String::new();
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        name.push_str("Ctrl-");
    }
    if key.modifiers.contains(KeyModifiers::ALT) {
        name.push_str("Alt-");
    }
    if key.modifiers.contains(KeyModifiers::SHIFT) {
        name.push_str("Shift-");
    }
    match key.code {
        KeyCode::Char(' ') => name.push_str("Space"),
        KeyCode::Char(c) if key.modifiers.is_empty() => name.push(c),
        KeyCode::Char(c) => name.extend(c.to_uppercase()),
        // Writing to a string can't fail.
        KeyCode::F(number) => drop(write!(name, "F{number}")),
        code => drop(write!(name, "{code:?}")),
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_exists_and_has_one_meaning_where_it_counts() {
        let mut seen: Vec<(Context, Key)> = Vec::new();
        for line in TABLE {
            assert!(
                line.rank.is_none() || !line.label.is_empty(),
                "{:?} has no label",
                line.action
            );
            for text in line.keys {
                let key = parse_key(text).unwrap_or_else(|e| panic!("{e}"));
                let counts =
                    |context: Context| context == line.context || contexts_meet(context, line.context);
                let is_taken = seen
                    .iter()
                    .any(|(context, other)| *other == key && counts(*context));
                assert!(!is_taken, "{text} is bound twice");
                seen.push((line.context, key));
            }
        }
        assert!(seen.len() > 40);
        assert_eq!(parse_key("Upp"), Err("unknown key `Upp`".to_owned()));
    }

    #[test]
    fn keys_find_their_action_where_they_count() {
        let table = Keymap::built_in();
        let key = |code, modifiers| KeyEvent::new(code, modifiers);
        let browse = [Context::Browse, Context::List, Context::Always];
        assert_eq!(
            table.action(&browse, key(KeyCode::Char('O'), KeyModifiers::CONTROL)),
            Some(Action::Console)
        );
        assert_eq!(
            table.action(&browse, key(KeyCode::Char('o'), KeyModifiers::NONE)),
            None
        );
        assert_eq!(
            table.action(&[Context::Setup], key(KeyCode::BackTab, KeyModifiers::SHIFT)),
            Some(Action::PreviousField)
        );
        assert_eq!(
            table.action(&[Context::Vim], key(KeyCode::Char('G'), KeyModifiers::SHIFT)),
            Some(Action::Bottom)
        );
        assert_eq!(table.key_for(Action::SignIn), "Ctrl-G");
        let names = |action| {
            let bindings = table.bindings().iter();
            bindings
                .filter(|b| b.action == action)
                .flat_map(|b| key_names(&b.keys))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(Action::Number), ["Alt-1…9"]);
        assert_eq!(names(Action::Refresh), ["F5", "Ctrl-R"]);
    }
}
