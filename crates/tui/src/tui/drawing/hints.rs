//! Hints as the screen gives them: a command can't be typed here, so its key is named in its place.

use crate::tui::input::keymap::{Action, Keymap};

/// The commands that have a key here, by how they begin.
const KEYS: &[(&str, Action)] = &[
    ("genkan login", Action::SignIn),
    ("genkan list --refresh", Action::Refresh),
];

/// The hints without commands: with the keys that do the same, and without those that only a shell can follow.
/// On the sign-in screen a new code comes by its own key.
#[must_use]
pub fn for_screen(hints: &[String], keymap: &Keymap, on_sign_in: bool) -> Vec<String> {
    hints
        .iter()
        .filter_map(|hint| with_keys(hint, keymap, on_sign_in))
        .collect()
}

/// The same hint with keys; `None` where it needs a shell.
fn with_keys(hint: &str, keymap: &Keymap, on_sign_in: bool) -> Option<String> {
    let mut out = String::new();
    // Between backticks is what would be typed.
    for (at, part) in hint.split('`').enumerate() {
        if at % 2 == 0 {
            // An option outside of a command is none of a key's either.
            if part.split_whitespace().any(|word| word.starts_with("--")) {
                return None;
            }
            out.push_str(part);
        } else if is_command(part) {
            let (_, action) = KEYS.iter().find(|(command, _)| part.starts_with(command))?;
            let action = match action {
                Action::SignIn if on_sign_in => Action::Submit,
                action => *action,
            };
            if let Some(before) = out.strip_suffix("run ") {
                out = format!("{before}press ");
            }
            out.push_str(&keymap.key_for(action));
        } else {
            out.push('`');
            out.push_str(part);
            out.push('`');
        }
    }
    Some(out)
}

/// Whether something between backticks is a command of ours, or an option of one.
fn is_command(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    matches!(first, "genkan" | "gk") || first.starts_with("--")
}
