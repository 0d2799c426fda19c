//! Actions of the user's own, and which keys they can have. Must not know how they run.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::domain::text::clean_text;
use crate::settings::UserAction;
use crate::tui::input::keymap::{Binding, Key, Keymap, key_name, parse_key};
use crate::tui::input::text_input::TextInput;

/// An action, and the key that is free for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedAction {
    pub action: Arc<UserAction>,
    pub key: Option<Key>,
}

/// The actions with their keys. A key that can't be had is said with the reason; its action stays in the menus.
#[must_use]
pub fn offer_actions(actions: &[UserAction], keymap: &Keymap) -> (Vec<OfferedAction>, Vec<String>) {
    let mut offered: Vec<OfferedAction> = Vec::new();
    let mut problems = Vec::new();
    for action in actions {
        let key = action.key.as_deref().and_then(|text| {
            let free =
                free_key(text, keymap).and_then(|key| match offered.iter().find(|o| o.key == Some(key)) {
                    Some(other) => Err(format!("{} is the key of `{}`", key_name(key), other.action.name)),
                    None => Ok(key),
                });
            free.map_err(|reason| problems.push(format!("action `{}` has no key: {reason}", action.name)))
                .ok()
        });
        offered.push(OfferedAction {
            action: Arc::new(action.clone()),
            key,
        });
    }
    (offered, problems)
}

/// The key of a text, unless it is none, or genkan's own.
fn free_key(text: &str, keymap: &Keymap) -> Result<Key, String> {
    let key = parse_key(text.trim()).map_err(|_| {
        let shown = clean_text(text);
        format!("`{shown}` is not a key; examples: `Alt-K`, `Ctrl-B`, `F10`")
    })?;
    let name = key_name(key);
    if key.modifiers.contains(KeyModifiers::SHIFT) {
        return Err(format!("terminals don't report Shift with a key such as {name}"));
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let same_as = match key.code {
        KeyCode::Char('i') if control => Some("Tab"),
        KeyCode::Char('m' | 'j') if control => Some("Enter"),
        KeyCode::Char('[') if control => Some("Esc"),
        KeyCode::Char('[') => Some("the beginning of other keys"),
        _ => None,
    };
    if let Some(other) = same_as {
        return Err(format!("{name} is {other} in terminals"));
    }
    let is_letter = matches!(key.code, KeyCode::Char(_)) && key.modifiers.is_empty();
    if is_letter || TextInput::new("a").key(KeyEvent::new(key.code, key.modifiers)) {
        return Err(format!(
            "{name} types into the search; use a key such as Alt-K or F10"
        ));
    }
    let taken = |binding: &&Binding| binding.keys.contains(&key);
    if let Some(binding) = keymap.bindings().iter().find(taken) {
        return Err(format!("{name} is genkan's own: {}", binding.help));
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{ActionCommand, RunIn};

    fn action(name: &str, key: &str) -> UserAction {
        UserAction {
            name: name.to_owned(),
            key: Some(key.to_owned()),
            command: ActionCommand::Script("true".to_owned()),
            run: RunIn::Foreground,
            confirm: false,
            wait: true,
            credentials: None,
        }
    }

    #[test]
    fn free_keys_are_taken_and_others_say_why() {
        let keymap = Keymap::built_in();
        for key in ["Alt-K", "Ctrl-B", "F10", "Alt-;"] {
            let (offered, problems) = offer_actions(&[action("x", key)], &keymap);
            assert!(
                offered[0].key.is_some() && problems.is_empty(),
                "{key}: {problems:?}"
            );
        }
        for (key, words) in [
            (
                "Ctrl-O",
                "Ctrl-O is genkan's own: open the AWS console in the browser and stay",
            ),
            ("F1", "F1 is genkan's own: list all keys and commands"),
            ("Ctrl-C", "Ctrl-C is genkan's own: quit immediately"),
            ("Ctrl-W", "Ctrl-W types into the search"),
            ("k", "k types into the search; use a key such as Alt-K or F10"),
            ("Ctrl-I", "Ctrl-I is Tab in terminals"),
            ("Ctrl-J", "Ctrl-J is Enter in terminals"),
            ("Shift-F5", "terminals don't report Shift"),
            ("Hyper-X", "`Hyper-X` is not a key"),
            ("", "`` is not a key"),
        ] {
            let (offered, problems) = offer_actions(&[action("k9s", key)], &keymap);
            assert_eq!((offered.len(), offered[0].key), (1, None), "{key}");
            assert_eq!(problems.len(), 1, "{key}");
            let begin = format!("action `k9s` has no key: {words}");
            assert!(problems[0].starts_with(&begin), "{key}: {problems:?}");
        }
        let (offered, problems) = offer_actions(&[action("one", "Alt-K"), action("two", "Alt-K")], &keymap);
        assert_eq!(offered[1].key, None);
        assert_eq!(problems, ["action `two` has no key: Alt-K is the key of `one`"]);
    }
}
