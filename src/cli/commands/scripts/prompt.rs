//! `genkan prompt`: the place of this shell, for prompts, status lines and programs. Reads variables alone, so that a prompt
//! can run it each time; only where they say that the sign-in ends soon, files say whether it was renewed since.

use jiff::Timestamp;

use crate::app::App;
use crate::cli::exit::{Ended, Failure};
use crate::cli::launch::Launch;
use crate::cli::output::Output;
use crate::domain::Running;
use crate::domain::shells::prompt::{Place, PromptFormat, PromptStyle};
use crate::platform::clock;
use crate::platform::processes::ancestors;
use crate::settings::Settings;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan prompt --format '{production }{account_name}/{permission_set}{ left}'\n  \
        genkan prompt --format tmux --process '#{pane_pid}'    # in a tmux status line\n\n\
        Placeholders: {session} {account_id} {account_name} {permission_set} {region} {production} \
        {left} {warning}. Spaces inside the braces are printed only if there is a value. Outside a \
        genkan shell nothing is printed.")]
pub(in crate::cli) struct Options {
    /// plain, tmux, tcsh, json, or a text with placeholders
    #[arg(long, value_name = "FORMAT", default_value = "plain")]
    format: PromptFormat,
    /// Show the genkan shell that runs under this process instead of the current one
    #[arg(long, value_name = "PID")]
    pub(in crate::cli) process: Option<u32>,
    /// Print when the sign-in ends, in seconds since 1970, for the prompts of shells
    #[arg(long, hide = true, conflicts_with_all = ["format", "process"])]
    sign_in_ends: bool,
}

/// Prints the place that variables say.
pub(in crate::cli) fn run(options: &Options, launch: Launch<'_>, output: &Output) -> Result<Ended, Failure> {
    let get = |name: &str| launch.environment().get(name).map(str::to_owned);
    let (mut place, style) = (Place::of(get), PromptStyle::of(get));
    if let Some(place) = place
        .as_mut()
        .filter(|place| place.sign_in_ends_soon(clock::current_time()))
        && let Ok(settings) = launch.silent_settings()
    {
        let app = App::new(settings);
        place.until = sign_in_end(&app, place.session.as_str()).or(place.until);
    }
    if options.sign_in_ends {
        let ends = place.filter(|place| place.renewed).and_then(|place| place.until);
        let text = ends.map(|ends| format!("{}\n", ends.as_second()));
        output.data(&text.unwrap_or_default())?;
        return Ok(Ended::Done);
    }
    print_prompt(options, place.as_ref(), style, output)
}

/// When the sign-in of a session ends now, as far as that is known.
fn sign_in_end(app: &App, session: &str) -> Option<Timestamp> {
    let session = app.sessions.session(Some(session)).ok()?;
    app.tokens.end_without_waiting(&session)
}

/// Prints the place of the newest shell that runs under a process.
pub(in crate::cli) fn run_for_process(
    options: &Options,
    process: u32,
    settings: Settings,
    output: &Output,
) -> Result<Ended, Failure> {
    let style = PromptStyle::of(|name| settings.environment.get(name).map(str::to_owned));
    let app = App::new(settings);
    let running = app.open_shells.running().into_iter().rev();
    let mut inside = running.filter(|running| ancestors::is_under(running.process, process));
    let place = inside.next().map(|running| place_of(&running, &app));
    print_prompt(options, place.as_ref(), style, output)
}

fn place_of(running: &Running, app: &App) -> Place {
    let target = &running.target;
    let now = running.is_served.then(|| sign_in_end(app, &target.session));
    Place {
        session: target.session.as_str().into(),
        account_id: target.account_id.as_str().into(),
        account_name: target.account_name.clone(),
        permission_set: target.permission_set.name().into(),
        region: "".into(),
        production: app.rules.of_target(target).production,
        until: now.flatten().or(running.until),
        renewed: running.is_served,
        conflict: None,
    }
}

fn print_prompt(
    options: &Options,
    place: Option<&Place>,
    style: PromptStyle,
    output: &Output,
) -> Result<Ended, Failure> {
    let text = match (place, &options.format) {
        (Some(place), format) => place.text(format, style, clock::current_time()),
        (None, PromptFormat::Json) => "null\n".to_owned(),
        (None, _) => String::new(),
    };
    output.data(&text)?;
    Ok(Ended::Done)
}
