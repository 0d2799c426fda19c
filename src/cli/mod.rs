//! The command line: parses, resolves settings, runs one command, says how it ended.
//!
//! stdout carries data and nothing else, stderr carries words; stdout stays empty when a command
//! fails.

mod args;
mod choices;
mod commands;
mod exit;
mod launch;
mod output;
mod paint;
mod panic;
mod progress;
mod quick;
mod suspension;
mod table;
mod values;
mod waits;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::platform::processes::program;
use crate::platform::{ending, log};
use crate::settings::{Environment, library_variables};
use args::{Args, Command};
use commands::handing_out::{credential_process, exec, export, serve, shell};
use commands::sandboxes::{demo, sandbox};
use commands::scripts::{assume, clear_clipboard, complete, completions, init, man, prompt};
use commands::{
    console, doctor, history, iam_user, list, login, logout, portal, profiles, status, trust, whoami,
};
use exit::{Ended, Failure};
use launch::Launch;
use output::Output;
pub use panic::end_on_panic;

/// Runs one command line to its end.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let output = Output::new();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let environment = Environment::capture();
    end_on_panic(&environment);
    let empty = environment.empty(library_variables());
    if !empty.is_empty() {
        let error = program::start_over_without(&arguments, &empty);
        output.notice(&format!(
            "{} is empty and may be misread: {error}",
            empty.join(", ")
        ));
    }
    if quick::asks_for_version(&arguments) {
        return match output.data(quick::VERSION_LINE) {
            Ok(()) => Ended::Done.code(),
            Err(failure) => output.failure(&failure),
        };
    }
    let (command, args) = match quick::parse_quick(&arguments) {
        Some((name, args)) => (name.to_owned(), args),
        None => match parse_arguments(arguments) {
            Ok(parsed) => parsed,
            Err(error) => return output.usage(&error),
        },
    };
    let ended = dispatch_command(args, &command, environment, &output);
    ending::wait_if_begun();
    match ended {
        Ok(ended) => {
            log::info!("ended ended={ended:?}");
            ended.code()
        }
        Err(failure) => {
            log::warning!("failed code={:?} sentence={:?}", failure.code, failure.sentence);
            output.failure(&failure)
        }
    }
}

/// The name of the command and its arguments. The portal alone, which is what is typed most, needs no interface: building
/// that of all commands takes longer than drawing the list.
fn parse_arguments(arguments: Vec<OsString>) -> Result<(String, Args), clap::Error> {
    if arguments.len() == 1 {
        return Ok(("portal".to_owned(), Args::default()));
    }
    let matches = command_for(&arguments).try_get_matches_from(arguments)?;
    let args = Args::from_arg_matches(&matches).map_err(|error| error.format(&mut build_command()))?;
    let name = matches.subcommand_name().unwrap_or("portal");
    Ok((name.to_owned(), args))
}

/// The interface for a command line. A shell's `gk` runs `genkan assume SHELL --called gk`: its errors speak of `gk`.
fn command_for(arguments: &[OsString]) -> clap::Command {
    let command = build_command();
    let mut words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    if words.next() != Some("assume") {
        return command;
    }
    let name = words
        .skip_while(|word| *word != "--called")
        .nth(1)
        .unwrap_or("gk");
    let usage = assume::describe_usage(name);
    command.mut_subcommand("assume", |command| command.override_usage(usage))
}

/// The command-line interface as clap knows it, for manuals and completions.
#[must_use]
pub fn build_command() -> clap::Command {
    Args::command()
}

/// The names of the commands that help lists: a search may have been meant as one.
fn list_command_names() -> Vec<String> {
    let visible = build_command();
    let visible = visible.get_subcommands().filter(|command| !command.is_hide_set());
    visible.map(|command| command.get_name().to_owned()).collect()
}

/// Runs a command with what it needs: from nothing at all to an event loop and the services.
fn dispatch_command(
    args: Args,
    name: &str,
    environment: Environment,
    output: &Output,
) -> Result<Ended, Failure> {
    let launch = Launch::new(name, environment, output);
    let Some(command) = args.command else {
        let query = args.query;
        let names = if query.is_empty() {
            Vec::new()
        } else {
            list_command_names()
        };
        return launch.with_app(async |app| portal::run(&query, &names, app, output).await);
    };
    match command {
        Command::Init(options) => init::run(&options, output),
        Command::Completions(options) => completions::run(&options, output),
        Command::Man(options) => man::run(&options, self::build_command(), output),
        Command::Complete(options) => complete::run(&options, self::build_command(), output),
        Command::ClearClipboard(options) => clear_clipboard::run(&options),
        Command::Prompt(options) => match options.process {
            None => prompt::run(&options, launch, output),
            Some(process) => prompt::run_for_process(&options, process, launch.silent_settings()?, output),
        },
        Command::CredentialProcess(options) => {
            credential_process::run(&options, launch.silent_settings()?, output)
        }
        Command::Status(options) => launch.offline(|app| status::run(&options, app, output)),
        Command::History(options) => launch.offline(|app| history::run(&options, app, output)),
        Command::Whoami(options) if !options.verify => {
            launch.offline(|app| whoami::run(&options, app, output))
        }
        Command::Whoami(options) => {
            launch.with_app(async |app| whoami::verify_identity(&options, app, output).await)
        }
        Command::Sandbox(options) => launch.with_runtime(async |_| sandbox::run(&options, output).await),
        Command::Demo(options) => {
            launch.with_runtime(async |settings| demo::run(&options, &settings, output).await)
        }
        Command::Assume(options) => {
            launch.with_runtime(async |settings| assume::run(&options, settings, output).await)
        }
        Command::Login(options) => launch.with_app(async |app| login::run(&options, app, output).await),
        Command::Logout(options) => launch.with_app(async |app| logout::run(&options, app, output).await),
        Command::List(options) => launch.with_app(async |app| list::run(&options, app, output).await),
        Command::Export(options) => launch.with_app(async |app| export::run(&options, app, output).await),
        Command::Exec(options) => launch.with_app(async |app| exec::run(&options, app, output).await),
        Command::Serve(options) => launch.with_app(async |app| serve::run(&options, app, output).await),
        Command::IamUser(options) => launch.with_app(async |app| iam_user::run(&options, app, output).await),
        Command::Trust(options) => launch.with_app(async |app| trust::run(&options, app, output).await),
        Command::Shell(options) => launch.with_app(async |app| shell::run(&options, app, output).await),
        Command::Console(options) => launch.with_app(async |app| console::run(&options, app, output).await),
        Command::Profiles(options) => launch.with_app(async |app| profiles::run(&options, app, output).await),
        Command::Doctor(options) => launch.with_app(async |app| doctor::run(&options, app, output).await),
    }
}
