//! What genkan did lately: commands, their requests, and what a cache answered. Enter copies a command line.

use crate::domain::records::activity::{Answer, Entry as Done, EntryKind};
use crate::domain::values::count::group_digits;
use crate::tui::model::Model;
use crate::tui::screens::menu::{Choice, Entry};

pub(super) fn activity_entries(model: &Model) -> Vec<Entry> {
    if model.activity.is_empty() {
        return vec![Entry::new("Nothing yet", Choice::Nothing)];
    }
    model
        .activity
        .iter()
        .map(|done| activity_entry(model, done))
        .collect()
}

fn activity_entry(model: &Model, done: &Done) -> Entry {
    let (label, choice) = match &done.kind {
        EntryKind::Command(line) => {
            let (text, what) = (line.clone(), "command".to_owned());
            (line.clone(), Choice::Copy { text, what })
        }
        EntryKind::Request { operation, session } => {
            let times = if done.times > 1 {
                format!(" × {}", format_number(done.times.into()))
            } else {
                String::new()
            };
            let session = if session.is_empty() {
                String::new()
            } else {
                format!(" · {session}")
            };
            (format!("  {operation}{times}{session}"), Choice::Nothing)
        }
        EntryKind::Cached(what) => (format!("  {what}"), Choice::Nothing),
    };
    // The time of a command is that of its requests, too.
    let age = match &done.kind {
        EntryKind::Command(_) => model.ago(done.at),
        _ => String::new(),
    };
    let answer = [describe_answer(done), describe_duration(done), age];
    let answer: Vec<String> = answer.into_iter().filter(|text| !text.is_empty()).collect();
    Entry::new(label, choice).keys(answer.join(" · "))
}

/// How it ended.
fn describe_answer(done: &Done) -> String {
    match (&done.kind, done.answer) {
        (EntryKind::Cached(_), _) => "cached".to_owned(),
        (_, Answer::Pending) => "running".to_owned(),
        (_, Answer::Ended) => String::new(),
        (_, Answer::Status(status)) => status.to_string(),
        (_, Answer::None) => "no answer".to_owned(),
    }
}

/// How long it took; of several requests the mean and the longest.
fn describe_duration(done: &Done) -> String {
    match (&done.kind, done.answer) {
        (EntryKind::Cached(_), _) | (_, Answer::Pending) => String::new(),
        _ if done.times > 1 => {
            let mean = done.milliseconds / u64::from(done.times);
            format!(
                "{} ms, at most {} ms",
                format_number(mean),
                format_number(done.longest)
            )
        }
        _ => format!("{} ms", format_number(done.milliseconds)),
    }
}

fn format_number(number: u64) -> String {
    group_digits(usize::try_from(number).unwrap_or(usize::MAX))
}
