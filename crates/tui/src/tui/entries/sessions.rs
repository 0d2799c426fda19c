//! The SSO sessions: how each stands, and signing in to and out of it.

use crate::domain::values::count::{format_count, group_digits};
use crate::domain::values::duration::{format_age, format_duration};
use crate::domain::values::time::{seconds_since, seconds_until};
use crate::domain::{SessionKind, SignInState, SsoSession};
use crate::tui::input::keymap::Action;
use crate::tui::model::Model;
use crate::tui::screens::menu::{Choice, Entry, MenuOf};
use crate::tui::screens::open_work::SessionSummary;

pub(super) fn session_entries(model: &Model) -> Vec<Entry> {
    let here = model.place.as_ref().map(|place| place.session.name.as_str());
    let mut entries: Vec<Entry> = model
        .sessions
        .iter()
        .map(|session| {
            let shown = if here == Some(session.name.as_str()) && !model.shows_all_sessions() {
                "shown"
            } else {
                ""
            };
            let kind = match session.kind {
                SessionKind::IamUser(_) => "IAM user · ",
                SessionKind::Chain(_) => "roles of profiles · ",
                SessionKind::Named | SessionKind::Legacy => "",
            };
            Entry::new(&session.name, Choice::Session(session.name.clone()))
                .detail(format!("{kind}{}", describe_session(model, session)))
                .keys(shown)
                .also(session.start_url.to_string())
                .section("Show the accounts of")
        })
        .collect();
    if model.sessions.len() > 1 {
        entries.insert(0, all_sessions(model));
    }
    let key = model.keymap.key_for(Action::SignIn);
    // A code that a role of profiles wants is asked for where the role is chosen.
    let signs_in = |session: &&SsoSession| session.source_credentials().is_none();
    entries.extend(model.sessions.iter().filter(signs_in).map(|session| {
        let name = session.name.clone();
        let is_here = here == Some(name.as_str());
        Entry::new(format!("Sign in to {name}"), Choice::SignIn(name))
            .keys(if is_here { key.as_str() } else { "" })
            .also("login")
            .section("Sign-in")
    }));
    entries.extend(model.sessions.iter().filter(signs_in).map(|session| {
        let name = session.name.clone();
        let is_out = session_state(model, &name).is_some_and(|it| it.state == SignInState::SignedOut);
        Entry::new(
            format!("Sign out of {name}…"),
            Choice::Open(MenuOf::SignOut(name)),
        )
        .also("logout")
        .section("Sign-in")
        .refused(is_out.then_some("signed out"))
    }));
    entries.push(Entry::new("Add a session…", Choice::AddSession).section("More"));
    entries
}

/// One list of all that are signed in.
fn all_sessions(model: &Model) -> Entry {
    let is_in = |it: &&SessionSummary| it.state.at(model.now).is_signed_in();
    let signed_in = model.session_states.iter().filter(is_in).count();
    let detail = format!("one list of all that are signed in ({})", group_digits(signed_in));
    Entry::new("All sessions", Choice::AllSessions)
        .detail(detail)
        .keys(if model.shows_all_sessions() { "shown" } else { "" })
        .section("Show the accounts of")
}

/// Asks once more: others on this machine lose the sign-in, too.
pub(super) fn sign_out(model: &Model, name: &str) -> Vec<Entry> {
    let is_user = (model.sessions.iter()).any(|session| session.name == name && session.is_iam_user());
    let detail = if is_user {
        "removes its session and credentials from this machine; keeps its key"
    } else {
        "ends the portal session; removes tokens and credentials"
    };
    vec![
        Entry::new("Sign out", Choice::SignOut(name.to_owned())).detail(detail),
        Entry::new("Stay signed in", Choice::Back),
    ]
}

fn session_state<'m>(model: &'m Model, name: &str) -> Option<&'m SessionSummary> {
    model.session_states.iter().find(|it| it.name == name)
}

/// How a session stands, and how many accounts it has.
fn describe_session(model: &Model, session: &SsoSession) -> String {
    let Some(summary) = session_state(model, &session.name) else {
        return String::new();
    };
    if session.source_credentials().is_some() {
        return format_count(summary.accounts.unwrap_or_default(), "account");
    }
    let left = |at| format_duration(seconds_until(at, model.now));
    let words = match summary.state.at(model.now) {
        SignInState::SignedOut => "○ signed out".to_owned(),
        SignInState::Ended { since } => {
            format!("○ ended {}", format_age(seconds_since(since, model.now)))
        }
        SignInState::SignedIn {
            until, renews: false, ..
        } => format!("● signed in · {} left", left(until)),
        SignInState::SignedIn { ends: Some(end), .. } | SignInState::Renewable { ends: Some(end), .. }
            if end.at > model.now =>
        {
            format!("● signed in · about {} left", left(end.at))
        }
        SignInState::SignedIn { .. } | SignInState::Renewable { .. } => "● signed in".to_owned(),
    };
    match summary.accounts {
        Some(accounts) => format!("{words} · {}", format_count(accounts, "account")),
        None => words,
    }
}
