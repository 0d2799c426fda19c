//! `genkan history`: which targets were used, and forgetting that. No network, and no runtime for one.

use jiff::Timestamp;
use serde::Serialize;

use crate::app::App;
use crate::cli::commands::steps::hand_outs;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::table::align_columns;
use crate::cli::values::{self, OutputFormat};
use crate::domain::Target;
use crate::domain::records::history::{History, Use};
use crate::domain::values::count::format_count;
use crate::domain::values::duration::format_age;
use crate::domain::values::time::{format_iso8601, seconds_since};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan history\n  \
        genkan history --format json | jq -r '.[0].account_name'\n  \
        genkan history --clear\n  \
        genkan history --commands    # what was handed to which command\n\n\
        The portal puts first what you use most and used last. A use counts half after a week, and more \
        in its own directory. `history = false` in config.toml turns it off.\n\n\
        JSON: an array of {session, account_id, account_name, permission_set, used_at, action, uses, \
        favourite}, the latest first; action is shell, console, export, copy or exec. With --commands: \
        {at, session, account_id, account_name, permission_set, by, command, folder, agent}; a command \
        is the name of a program, without its arguments.")]
pub(in crate::cli) struct Options {
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    format: OutputFormat,
    /// Only this SSO session
    #[arg(long, value_name = "NAME", add = values::complete_sessions())]
    session: Option<String>,
    /// Forget all uses, commands and the last search, and keep favourites
    #[arg(long, conflicts_with = "format")]
    clear: bool,
    /// List which command got which credentials, when and in which folder
    #[arg(long, conflicts_with = "clear")]
    commands: bool,
}

pub(in crate::cli) fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    // One that is no longer configured may have a history.
    let session = options.session.as_deref();
    if options.clear {
        let cleared = app.history.clear(session)?;
        if session.is_none() {
            app.history.clear_hand_outs()?;
        }
        app.last_pages.clear(session)?;
        output.say(&match cleared {
            0 => "no uses to clear".to_owned(),
            cleared => format!(
                "cleared {}; favourites were kept",
                format_count(cleared, "target")
            ),
        });
        return Ok(Ended::Done);
    }
    if options.commands {
        return hand_outs::print_hand_outs(session, options.format, app, output);
    }
    let uses = app.targets.used_targets(session);
    let history = app.history.stored();
    if options.format == OutputFormat::Json {
        let list: Vec<_> = uses.iter().map(|used| UseOutput::new(used, &history)).collect();
        output.json(&list)?;
    } else {
        output.data(&format_table(&uses, &history, app.context.now()))?;
    }
    if app.history.is_off() {
        output.notice("history is off (`history = false` in config.toml): no uses are added");
    } else if uses.is_empty() {
        output.notice("no targets have been used yet");
    }
    Ok(Ended::Done)
}

/// One line a target: a star for favourites, the target, when, what for, how often.
fn format_table(uses: &[(Target, Use)], history: &History, now: Timestamp) -> String {
    let several = uses.windows(2).any(|pair| match pair {
        [(one, _), (other, _)] => one.session != other.session,
        _ => false,
    });
    let rows: Vec<[String; 5]> = uses
        .iter()
        .map(|(target, used)| {
            let session = if several {
                format!("{}:", target.session)
            } else {
                String::new()
            };
            [
                if history.is_favourite(&used.target) {
                    "★"
                } else {
                    " "
                }
                .to_owned(),
                format!("{session}{target}"),
                format_age(seconds_since(used.at, now)),
                used.action.to_string(),
                format_count(usize::try_from(used.times).unwrap_or(usize::MAX), "use"),
            ]
        })
        .collect();
    align_columns(&rows)
}

/// The shape is documented in the help and the reference, and kept by a snapshot.
#[derive(Serialize)]
struct UseOutput<'a> {
    session: &'a str,
    account_id: &'a str,
    account_name: &'a str,
    permission_set: &'a str,
    used_at: String,
    action: &'static str,
    uses: u32,
    favourite: bool,
}

impl<'a> UseOutput<'a> {
    fn new((target, used): &'a (Target, Use), history: &History) -> Self {
        Self {
            session: &target.session,
            account_id: target.account_id.as_str(),
            account_name: &target.account_name,
            permission_set: target.permission_set.as_str(),
            used_at: format_iso8601(used.at),
            action: used.action.as_str(),
            uses: used.times,
            favourite: history.is_favourite(&used.target),
        }
    }
}
