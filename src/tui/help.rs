//! The help: every key and what it does, and how to search. Data, which `view` draws and `update` scrolls.

use super::keymap::{Context, key_name};
use super::model::Model;
use super::offers;
use crate::domain::search::SYNTAX;
use crate::domain::text::wrap;

/// One line of the help: a heading, or keys and what they do.
pub(super) enum HelpLine {
    Heading(&'static str),
    Keys(String, String),
    Blank,
}

/// Columns of the box at the most.
pub(super) const COLUMNS: usize = 76;

/// The lines of the help for a screen of so many columns.
#[must_use]
pub(super) fn lines(model: &Model) -> Vec<HelpLine> {
    let inner = usize::from(model.size.0).saturating_sub(4).min(COLUMNS);
    let meaning = inner.saturating_sub(key_columns(inner) + 1);
    let mut contexts = vec![Context::Browse, Context::List];
    if model.options.vim {
        contexts.push(Context::Vim);
    }
    contexts.extend([
        Context::Menu,
        Context::SignIn,
        Context::Link,
        Context::Setup,
        Context::Always,
    ]);
    let mut lines = Vec::new();
    for context in contexts {
        lines.push(HelpLine::Heading(context.title()));
        for binding in model.keymap.bindings().iter().filter(|b| b.context == context) {
            let keys: Vec<String> = binding.keys.iter().map(|k| key_name(*k)).collect();
            if offers::is_in_help(model, binding) {
                add(
                    &mut lines,
                    keys.join(", "),
                    &offers::help(model, binding),
                    meaning,
                );
            }
        }
        lines.push(HelpLine::Blank);
    }
    lines.push(HelpLine::Heading("Searching"));
    for (sign, words) in SYNTAX {
        add(&mut lines, (*sign).to_owned(), words, meaning);
    }
    lines
}

/// Adds an entry, its words wrapped.
fn add(lines: &mut Vec<HelpLine>, keys: String, words: &str, columns: usize) {
    let mut keys = Some(keys);
    for part in wrap(words, columns) {
        lines.push(HelpLine::Keys(keys.take().unwrap_or_default(), part));
    }
}

/// Columns of the keys in a box of that many inside.
#[must_use]
pub(super) fn key_columns(inner: usize) -> usize {
    if inner >= 60 { 18 } else { 13 }
}
