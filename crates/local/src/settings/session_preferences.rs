//! What a user prefers for one SSO session: `[sessions.NAME]` in the preferences file.
//!
//! Each key counts for itself, as in the rest of the file. Must not know which SSO sessions there are: a table may be
//! written before its session is.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::preferences_file::Mistake;
use super::values::{read_choice, read_number, read_parsed, set_value, suggest_known};
use crate::domain::Flow;
use crate::domain::text::clean_text;
use crate::domain::web::browser_choice::BrowserChoice;

/// Preferences of one SSO session. Every key may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionPreferences {
    /// How to sign in.
    pub flow: Option<Flow>,
    /// The port of 127.0.0.1 that a browser comes back to.
    pub port: Option<u16>,
    /// The browser for pages where a sign-in is approved.
    pub browser: Option<BrowserChoice>,
    /// How many hours its portal sessions last.
    pub portal_session_hours: Option<u16>,
    /// Where its tokens are; in the AWS CLI's files if not said.
    pub tokens: Option<TokenPlace>,
}

/// Where the tokens of a session are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPlace {
    /// The AWS CLI's files, so that one sign-in serves all tools.
    File,
    /// The operating system's keyring.
    Keyring,
}

/// Takes the value of one key, or says what it must be.
type Take = fn(&mut SessionPreferences, &DeValue<'_>) -> Result<(), String>;

const KEYS: &[(&str, Take)] = &[
    ("flow", |s, v| {
        set_value(&mut s.flow, read_choice(v, FLOWS).map(Some))
    }),
    ("port", |s, v| set_value(&mut s.port, read_number(v).map(Some))),
    ("browser", |s, v| {
        set_value(&mut s.browser, read_parsed(v).map(Some))
    }),
    ("tokens", |s, v| {
        set_value(&mut s.tokens, read_choice(v, TOKEN_PLACES).map(Some))
    }),
    ("portal_session_hours", |s, v| {
        set_value(&mut s.portal_session_hours, read_number(v).map(Some))
    }),
];

const TOKEN_PLACES: &[(&str, TokenPlace)] = &[("file", TokenPlace::File), ("keyring", TokenPlace::Keyring)];

const FLOWS: &[(&str, Flow)] = &[("device", Flow::Device), ("pkce", Flow::Code)];

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
    let mut preferences = SessionPreferences::default();
    let mut mistakes = Vec::new();
    for (key, value) in table {
        let key_name = key.get_ref().as_ref();
        let taken = if let Some((_, take)) = KEYS.iter().find(|(known, _)| *known == key_name) {
            take(&mut preferences, value.get_ref())
                .map_err(|reason| format!("`{key_name}` of session `{name}` {reason}"))
        } else {
            let known = suggest_known(key_name, KEYS.iter().map(|(name, _)| *name));
            Err(format!(
                "unknown setting `{key_name}` of session `{name}`; {known}"
            ))
        };
        if let Err(reason) = taken {
            mistakes.push((line(key.span().start), clean_text(&reason)));
        }
    }
    (preferences, mistakes)
}
