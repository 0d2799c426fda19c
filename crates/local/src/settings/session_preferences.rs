//! What a user prefers for one SSO session: `[sessions.NAME]` in the preferences file.
//!
//! Each key counts for itself, as in the rest of the file. Must not know which SSO sessions there are: a table may be
//! written before its session is.

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::deserializer::ValueError;
use super::keys::{entries_of, read_keys};
use super::preferences_file::Mistake;
use super::values::{read_parsed, suggest_known};
use crate::domain::Flow;
use crate::domain::text::clean_text;
use crate::domain::web::browser_choice::BrowserChoice;

/// Preferences of one SSO session. Every key may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionPreferences {
    /// How to sign in.
    pub flow: Option<Flow>,
    /// The port of 127.0.0.1 that a browser comes back to.
    pub port: Option<u16>,
    /// The browser for pages where a sign-in is approved.
    #[serde(deserialize_with = "read_parsed")]
    pub browser: Option<BrowserChoice>,
    /// How many hours its portal sessions last.
    pub portal_session_hours: Option<u16>,
    /// Where its tokens are; in the AWS CLI's files if not said.
    pub tokens: Option<TokenPlace>,
}

/// Where the tokens of a session are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenPlace {
    /// The AWS CLI's files, so that one sign-in serves all tools.
    File,
    /// The operating system's keyring.
    Keyring,
}

/// The tables of all sessions by name, and what is wrong with them.
pub(super) fn read_sessions(
    value: &Spanned<DeValue<'_>>,
    line: impl Fn(usize) -> usize,
) -> (Vec<(String, SessionPreferences)>, Vec<Mistake>) {
    let DeValue::Table(tables) = value.get_ref() else {
        let mistake = "`sessions` must be tables, such as [sessions.my-org]";
        return (Vec::new(), vec![(line(value.span().start), mistake.to_owned())]);
    };
    let mut sessions = Vec::new();
    let mut mistakes = Vec::new();
    for (name, table) in tables {
        let name = name.get_ref().to_string();
        match table.get_ref() {
            DeValue::Table(table) => {
                let (preferences, wrong) = read_session(&name, table, &line);
                sessions.push((name, preferences));
                mistakes.extend(wrong);
            }
            _ => mistakes.push((
                line(table.span().start),
                clean_text(&format!("`sessions.{name}` must be a table, [sessions.{name}]")),
            )),
        }
    }
    (sessions, mistakes)
}

fn read_session(
    name: &str,
    table: &DeTable<'_>,
    line: impl Fn(usize) -> usize,
) -> (SessionPreferences, Vec<Mistake>) {
    let mut mistakes = Vec::new();
    let preferences = read_keys(
        entries_of(table),
        SessionPreferences::deserialize,
        |entry, error| {
            let key = entry.name;
            let reason = match error {
                ValueError::UnknownKey(known) => {
                    let known = suggest_known(key, known.iter().copied());
                    format!("unknown setting `{key}` of session `{name}`; {known}")
                }
                ValueError::Wrong(reason) => format!("`{key}` of session `{name}` {reason}"),
            };
            mistakes.push((line(entry.at), clean_text(&reason)));
        },
    );
    (preferences, mistakes)
}
