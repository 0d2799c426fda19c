//! The command line: parses, resolves settings, runs one command, says how it ended.
//!
//! stdout carries data and nothing else, stderr carries words; stdout stays empty when a command
//! fails.

mod args;
mod commands;
mod exit;
mod output;
mod paint;
mod panic;
mod progress;
mod suspension;
mod values;
mod waits;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::app::App;
use crate::domain::text::clean_lines;
use crate::platform::{log, program};
use crate::settings::{Environment, Settings, env, library_variables};
use args::{Args, Command};
use exit::{Ended, Failure};
use output::Output;

/// Runs one command line to its end.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let output = Output::new();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let environment = Environment::capture();
    let empty = environment.empty(library_variables());
    if !empty.is_empty() {
        let error = program::start_over_without(&arguments, &empty);
        output.notice(&format!(
            "{} is empty and may be misread: {error}",
            empty.join(", ")
        ));
    }
    let matches = match command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => return output.usage(&error),
    };
    let args = match Args::from_arg_matches(&matches) {
        Ok(args) => args,
        Err(error) => return output.usage(&error.format(&mut command())),
    };
    let command = matches.subcommand_name().unwrap_or("portal");
    panic::report_in_one_line(&environment);
    match panic::caught(|| dispatch(args, command, environment, &output)) {
        Ok(ended) => {
            tracing::info!(?ended, "ended");
            ended.code()
        }
        Err(failure) => {
            tracing::warn!(code = failure.code, sentence = failure.sentence, "failed");
            output.failure(&failure)
        }
    }
}

/// Starts the log where it is asked for. That it can't be written stops nothing.
fn start_log(command: &str, settings: &mut Settings) {
    let Some(words) = settings.environment.get(env::GENKAN_LOG) else {
        return;
    };
    match log::start(words, &settings.paths.state, one_line) {
        // The command's arguments may be anything, so they are not logged.
        Ok(()) => tracing::info!(version = env!("CARGO_PKG_VERSION"), command, "started"),
        Err(error) => settings.notices.push(format!("nothing is logged: {error}")),
    }
}

fn one_line(text: &str) -> String {
    clean_lines(text).replace('\n', "\u{fffd}")
}

/// The command-line interface as clap knows it, for manuals and completions.
#[must_use]
pub fn command() -> clap::Command {
    Args::command()
}

fn dispatch(args: Args, command: &str, environment: Environment, output: &Output) -> Result<Ended, Failure> {
    match &args.command {
        Some(Command::Init(options)) => return commands::init::run(options, output),
        Some(Command::Completions(options)) => return commands::completions::run(options, output),
        Some(Command::Man(options)) => return commands::man::run(options, output),
        Some(Command::Complete(options)) => return commands::complete::run(options, output),
        _ => {}
    }
    let mut settings = Settings::resolve(environment)?;
    start_log(command, &mut settings);
    if let Some(Command::CredentialProcess(options)) = &args.command {
        return commands::credential_process::run(options, settings, output);
    }
    for notice in &settings.notices {
        output.notice(notice);
    }
    // What asks nobody needs no event loop.
    match &args.command {
        Some(Command::Status(options)) => {
            let app = App::new(settings);
            let ended = commands::status::run(options, &app, output);
            return with_notices(ended, &app, output);
        }
        Some(Command::Whoami(options)) if !options.verify => {
            let app = App::new(settings);
            let ended = commands::whoami::run(options, &app, output);
            return with_notices(ended, &app, output);
        }
        _ => {}
    }
    let runtime = runtime()?;
    let ended = runtime.block_on(Box::pin(async {
        match args.command {
            Some(Command::Sandbox(options)) => commands::sandbox::run(&options, output).await,
            Some(Command::Demo(options)) => commands::demo::run(&options, &settings, output).await,
            Some(Command::Assume(options)) => {
                Box::pin(commands::assume::run(&options, settings, output)).await
            }
            other => Box::pin(with_portal(other, settings, output)).await,
        }
    }));
    // A background task, such as a link that waits for the browser, is not waited for.
    runtime.shutdown_background();
    ended
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::runtime(&e))
}

async fn with_portal(
    command: Option<Command>,
    settings: Settings,
    output: &Output,
) -> Result<Ended, Failure> {
    let app = Arc::new(App::new(settings));
    let watch = waits::report_waits(&app);
    let ended = Box::pin(command_of(command, &app, output)).await;
    drop(watch);
    with_notices(ended, &app, output)
}

/// What a person should know of files, after everything else.
fn with_notices(ended: Result<Ended, Failure>, app: &App, output: &Output) -> Result<Ended, Failure> {
    for notice in app.context.take_notices() {
        // What stopped the command is told as its failure.
        if !matches!(&ended, Err(failure) if notice.starts_with(&failure.sentence)) {
            output.notice(&notice);
        }
    }
    ended
}

async fn command_of(command: Option<Command>, app: &Arc<App>, output: &Output) -> Result<Ended, Failure> {
    match command {
        None => commands::portal::run(app, output).await,
        Some(Command::Login(options)) => commands::login::run(&options, app, output).await,
        Some(Command::Logout(options)) => commands::logout::run(&options, app, output).await,
        Some(Command::List(options)) => commands::list::run(&options, app, output).await,
        Some(Command::Export(options)) => commands::export::run(&options, app, output).await,
        Some(Command::Exec(options)) => commands::exec::run(&options, app, output).await,
        Some(Command::Shell(options)) => commands::shell::run(&options, app, output).await,
        Some(Command::Console(options)) => commands::console::run(&options, app, output).await,
        Some(Command::Profiles(options)) => commands::profiles::run(&options, app, output).await,
        Some(Command::Whoami(options)) => commands::whoami::verify(&options, app, output).await,
        Some(Command::Doctor(options)) => commands::doctor::run(&options, app, output).await,
        // Handled before there is this portal or an event loop.
        Some(
            Command::Status(_)
            | Command::Sandbox(_)
            | Command::Demo(_)
            | Command::CredentialProcess(_)
            | Command::Init(_)
            | Command::Completions(_)
            | Command::Man(_)
            | Command::Assume(_)
            | Command::Complete(_),
        ) => Ok(Ended::Done),
    }
}
