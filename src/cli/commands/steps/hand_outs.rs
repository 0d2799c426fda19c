//! `genkan history --commands`: which command got which credentials, when and in which folder.

use serde::Serialize;

use crate::app::App;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::table::align_columns;
use crate::cli::values::OutputFormat;
use crate::domain::records::hand_out::HandOut;
use crate::domain::values::duration::format_age;
use crate::domain::values::time::{format_iso8601, seconds_since};

pub(in crate::cli::commands) fn print_hand_outs(
    session: Option<&str>,
    format: OutputFormat,
    app: &App,
    output: &Output,
) -> Result<Ended, Failure> {
    let mut hand_outs = app.targets.handed_out();
    hand_outs.retain(|hand_out| session.is_none_or(|name| hand_out.target.session == name));
    if format == OutputFormat::Json {
        output.json(&hand_outs.iter().map(HandOutOutput::from).collect::<Vec<_>>())?;
    } else {
        output.data(&format_table(&hand_outs, app))?;
    }
    if app.history.is_off() {
        output.notice("history is off (`history = false` in config.toml): no commands are added");
    } else if hand_outs.is_empty() {
        output.notice("no credentials have been handed out yet");
    }
    Ok(Ended::Done)
}

/// One line for each: when, by what, to which command, the target, where.
fn format_table(hand_outs: &[HandOut], app: &App) -> String {
    let row = |hand_out: &HandOut| {
        let marked = hand_out.agent.as_ref().map(|agent| format!(" ({agent})"));
        [
            format_age(seconds_since(hand_out.at, app.context.now())),
            hand_out.by.to_string(),
            format!("{}{}", hand_out.command, marked.unwrap_or_default()),
            hand_out.target.to_string(),
            hand_out
                .folder
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ]
    };
    let rows: Vec<[String; 5]> = hand_outs.iter().map(row).collect();
    align_columns(&rows)
}

/// The shape is documented in the help and the reference, and kept by a test.
#[derive(Serialize)]
struct HandOutOutput<'a> {
    at: String,
    session: &'a str,
    account_id: &'a str,
    account_name: &'a str,
    permission_set: &'a str,
    by: &'a str,
    command: &'a str,
    folder: Option<&'a str>,
    agent: Option<&'a str>,
}

impl<'a> From<&'a HandOut> for HandOutOutput<'a> {
    fn from(hand_out: &'a HandOut) -> Self {
        let target = &hand_out.target;
        Self {
            at: format_iso8601(hand_out.at),
            session: &target.session,
            account_id: target.account_id.as_str(),
            account_name: &target.account_name,
            permission_set: target.permission_set.as_str(),
            by: &hand_out.by,
            command: &hand_out.command,
            folder: hand_out.folder.as_deref(),
            agent: hand_out.agent.as_deref(),
        }
    }
}
