//! `genkan prompt`: where this shell is, for prompts, status lines and programs. Reads variables alone, so that a prompt
//! can run it each time.

use crate::app::App;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::Running;
use crate::domain::prompt::{Place, PromptFormat};
use crate::platform::{ancestors, clock};
use crate::settings::{Environment, Settings};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  genkan prompt --format '{production }{account_name}/{permission_set}{ left}'\n  genkan prompt --format tmux --process '#{pane_pid}'    # in a tmux status line\n\nPlaceholders: {session} {account_id} {account_name} {permission_set} {region} {production} {left} {warning}.\nBlanks inside the braces are printed only where there is a value. Outside of genkan nothing is printed."
)]
pub(in crate::cli) struct Options {
    /// plain, tmux, tcsh, json, or a text with placeholders
    #[arg(long, value_name = "FORMAT", default_value = "plain")]
    format: PromptFormat,
    /// Show the genkan shell that runs under this process, in place of the one around this command
    #[arg(long, value_name = "PID")]
    pub(in crate::cli) process: Option<u32>,
}

/// Prints the place that variables say.
pub(in crate::cli) fn run(
    options: &Options,
    environment: &Environment,
    output: &Output,
) -> Result<Ended, Failure> {
    let place = Place::of(|name| environment.get(name).map(str::to_owned));
    print(options, place.as_ref(), output)
}

/// Prints the place of the newest shell that runs under a process.
pub(in crate::cli) fn run_for_process(
    options: &Options,
    process: u32,
    settings: Settings,
    output: &Output,
) -> Result<Ended, Failure> {
    let app = App::new(settings);
    let running = app.open_shells.running().into_iter().rev();
    let mut inside = running.filter(|running| ancestors::is_under(running.process, process));
    let place = inside.next().map(|running| place_of(&running, &app));
    print(options, place.as_ref(), output)
}

fn place_of(running: &Running, app: &App) -> Place {
    let target = &running.target;
    Place {
        session: target.session.as_str().into(),
        account_id: target.account_id.as_str().into(),
        account_name: target.account_name.clone(),
        permission_set: target.permission_set.name().into(),
        region: "".into(),
        production: app.rules.of_target(target).production,
        until: running.until,
        renewed: running.is_served,
        conflict: None,
    }
}

fn print(options: &Options, place: Option<&Place>, output: &Output) -> Result<Ended, Failure> {
    let text = match (place, &options.format) {
        (Some(place), format) => place.text(format, clock::now()),
        (None, PromptFormat::Json) => "null\n".to_owned(),
        (None, _) => String::new(),
    };
    output.data(&text)?;
    Ok(Ended::Done)
}
