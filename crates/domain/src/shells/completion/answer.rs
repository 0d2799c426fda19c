//! Candidates as the completion scripts read them: a line each, or nushell's records.

use super::Candidate;
use crate::AccountId;
use crate::shells::export::{ExportFormat, quote_value};

/// `word`, a tab, `help`; for shells that quote words themselves.
#[must_use]
pub fn format_lines(candidates: &[Candidate]) -> String {
    let mut out = String::new();
    for candidate in candidates {
        out.push_str(&candidate.word);
        if !candidate.help.is_empty() {
            out.push('\t');
            out.push_str(&candidate.help);
        }
        out.push('\n');
    }
    out
}

/// The words alone. tcsh takes words apart at blanks and knows no quotes there: a target whose account's name holds
/// anything odd is written with the account's ID, and any other such word is left out.
#[must_use]
pub fn format_tcsh(candidates: &[Candidate]) -> String {
    let plain = |text: &str| {
        text.chars()
            .all(|c| c.is_alphanumeric() || "_./:@%+,=-".contains(c))
    };
    let by_id = |c: &Candidate| {
        let id = c.help.parse::<AccountId>().ok()?;
        let (_, permission_set) = c.word.rsplit_once('/')?;
        Some(format!("{id}/{permission_set}"))
    };
    let words = candidates.iter().filter_map(|c| {
        let word = if plain(&c.word) { c.word.clone() } else { by_id(c)? };
        plain(&word).then_some(word + "\n")
    });
    words.collect()
}

/// A quoted word, a tab, the word, a tab, what it is.
#[must_use]
pub fn format_powershell(candidates: &[Candidate]) -> String {
    let mut out = String::new();
    for Candidate { word, help } in candidates {
        out.push_str(&quote_if_needed(ExportFormat::PowerShell, word));
        out.extend(["\t", word, "\t", help, "\n"]);
    }
    out
}

/// A list of records with `value` and `description`.
#[must_use]
pub fn format_nushell(candidates: &[Candidate]) -> String {
    let list = candidates
        .iter()
        .map(|c| serde_json::json!({ "value": quote_if_needed(ExportFormat::Nushell, &c.word), "description": c.help }))
        .collect();
    format!("{}\n", serde_json::Value::Array(list))
}

/// A word as it may stand on a command line: quoted only where it must be.
fn quote_if_needed(format: ExportFormat, word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "_./:-+".contains(c));
    if plain {
        word.to_owned()
    } else {
        quote_value(format, word).unwrap_or_default()
    }
}

/// A word as a user typed it so far, without the quote in front that is still open.
#[must_use]
pub fn strip_open_quote(word: &str) -> &str {
    let Some(quote) = word.chars().next().filter(|c| matches!(c, '\'' | '"' | '`')) else {
        return word;
    };
    let inside = word.strip_prefix(quote).unwrap_or(word);
    inside.strip_suffix(quote).unwrap_or(inside)
}
