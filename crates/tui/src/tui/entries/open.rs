//! What is open: shells and commands that run, credentials that are good; and what can be done with one.

use crate::domain::targets::credentials::Validity;
use crate::domain::values::duration::format_duration;
use crate::domain::values::time::{seconds_since, seconds_until};
use crate::domain::{Running, Target};
use crate::tui::model::{Model, PendingAction};
use crate::tui::screens::menu::{Choice, Entry, MenuOf};
use crate::tui::screens::pending_action::ConsoleAt;

pub(super) fn open_entries(model: &Model) -> Vec<Entry> {
    let running = &model.open.running;
    let credentials = &model.open.credentials;
    if running.is_empty() && credentials.is_empty() {
        return vec![Entry::new("Nothing is open", Choice::Nothing)];
    }
    let shells = running.iter().map(|running| shell_entry(model, running));
    let credentials = credentials.iter().map(|(target, validity)| {
        Entry::new(
            name_target(model, target),
            Choice::Open(MenuOf::CachedCredentials(target.clone())),
        )
        .keys(time_left(model, *validity))
        .section("Credentials")
    });
    shells.chain(credentials).collect()
}

/// A target, with its session where there are several.
fn name_target(model: &Model, target: &Target) -> String {
    if model.sessions.len() > 1 {
        format!("{}: {target}", target.session)
    } else {
        target.to_string()
    }
}

fn shell_entry(model: &Model, running: &Running) -> Entry {
    let age = format_duration(seconds_since(running.since, model.now));
    let lasts = match running.until {
        Some(until) if running.is_served => {
            format!(
                "renews, {} left",
                format_duration(seconds_until(until, model.now))
            )
        }
        None if running.is_served => "renews".to_owned(),
        Some(until) if until > model.now => {
            format!("{} left", format_duration(seconds_until(until, model.now)))
        }
        _ => "expired".to_owned(),
    };
    Entry::new(
        name_target(model, &running.target),
        Choice::Open(MenuOf::Running(running.clone())),
    )
    .detail(format!("{} for {age}", running.program))
    .keys(lasts)
    .also(running.kind.as_str())
    .section("Shells, commands and servers")
}

fn time_left(model: &Model, validity: Validity) -> String {
    const BAR: usize = 6;
    let left = format_duration(seconds_until(validity.until, model.now));
    match validity.bar(BAR, model.now) {
        Some(full) => format!("{left} {}{}", "▰".repeat(full), "▱".repeat(BAR - full)),
        None => left,
    }
}

/// What can be done with one that runs.
pub(super) fn running_entries(running: &Running) -> Vec<Entry> {
    let what = running.kind.as_str();
    let renewed = if running.is_served {
        "renews automatically"
    } else {
        "it was given keys"
    };
    vec![
        Entry::new(format!("End the {what}"), Choice::End(running.clone()))
            .detail(format!("{} is asked to end", running.program)),
        Entry::new("Renew its credentials", Choice::Nothing).refused(Some(renewed)),
    ]
}

/// What can be done with credentials that are good.
pub(super) fn cached_credentials_entries(target: &Target) -> Vec<Entry> {
    let act = |label: &str, pending| Entry::new(label, Choice::Act(pending));
    vec![
        Entry::new("Renew", Choice::Renew(target.clone())).detail("get new ones now"),
        Entry::new("Forget", Choice::Forget(target.clone()))
            .detail("remove them here; AWS accepts them until they expire"),
        act("Open a shell", PendingAction::Enter(target.clone())),
        act(
            "Console",
            PendingAction::Console(target.clone(), ConsoleAt::default()),
        ),
    ]
}
