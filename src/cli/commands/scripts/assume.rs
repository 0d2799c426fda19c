//! `genkan assume`: what `gk` does. Prints the lines that change the shell which runs them, and
//! nothing else on stdout; what a user reads is on stderr.

use std::sync::Arc;

use super::shell_server;
use crate::app::{App, Given, ShellChange, ShellState};
use crate::cli::choices::parse_choice;
use crate::cli::commands::steps::guard::{Confirmed, pass_guard};
use crate::cli::commands::steps::pick;
use crate::cli::commands::steps::pick::{Picked, TARGET_HELP};
use crate::cli::commands::steps::sign_in_here::signed_in;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values;
use crate::cli::waits;
use crate::domain::Region;
use crate::domain::records::history::Action;
use crate::domain::shells::shell::{CommandName, Shell};
use crate::domain::values::duration;
use crate::settings::{Delivery, Settings, env};

const USAGE: &str = "usage: gk [TARGET] [OPTIONS]  load credentials into this shell; without TARGET, pick one
       gk -                   switch to the previous target
       gk --unset             unload: unset what gk set and restore what it replaced

options: --region REGION      the AWS Region to use
         --credentials server|env    renew them while the shell runs, or give keys until they expire [default: env]
         --confirm ACCOUNT    confirm a target that a rule guards, by its alias, account name or account ID

TARGET is ACCOUNT/PERMISSION_SET, abbreviated where unambiguous; optionally prefixed with SESSION:.";

/// The forms of the command that a shell has under a name, for errors.
pub(in crate::cli) fn describe_usage(name: &str) -> String {
    format!(
        "{name} [TARGET] [--region REGION] [--credentials server|env] [--confirm ACCOUNT]\n       {name} -\n       {name} --unset"
    )
}

// The shell runs what is on stdout: clap's help must not get there.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(in crate::cli) struct Options {
    #[arg(hide = true, value_parser = parse_choice::<Shell>(), ignore_case = true)]
    shell: Shell,
    #[arg(help = TARGET_HELP, add = values::complete_targets())]
    target: Option<String>,
    /// Unset what gk set and restore what it replaced
    #[arg(long, conflicts_with = "target")]
    unset: bool,
    /// The AWS Region to use
    #[arg(long, value_name = "REGION", value_parser = values::parse_region, add = values::complete_regions(), conflicts_with = "unset")]
    region: Option<Region>,
    /// Renew the credentials while the shell runs, or give keys until they expire [default: env]
    #[arg(long, value_parser = parse_choice::<Delivery>(), ignore_case = true, conflicts_with = "unset")]
    credentials: Option<Delivery>,
    #[command(flatten)]
    confirmed: Confirmed,
    /// The process ID of the shell
    #[arg(long, hide = true, value_name = "PID", value_parser = clap::value_parser!(u32).range(1..=i64::from(i32::MAX)))]
    process: Option<u32>,
    /// The name of the shell function
    #[arg(long, hide = true, default_value_t)]
    called: CommandName,
    /// Print the usage of gk
    #[arg(long, short)]
    help: bool,
}

pub(in crate::cli) async fn run(
    options: &Options,
    settings: Settings,
    output: &Output,
) -> Result<Ended, Failure> {
    let shell = options.shell;
    if options.help {
        output.say(&USAGE.replace("gk", &options.called.to_string()));
        output.data(&ShellChange::default().text(shell)?)?;
        return Ok(Ended::Done);
    }
    let (app, before) = App::for_shell(settings);
    let app = Arc::new(app);
    let watch = waits::report_waits(&app);
    let ended = change_shell(options, shell, &app, &before, output).await;
    drop(watch);
    for notice in app.context.take_notices() {
        output.notice(&notice.to_string());
    }
    ended
}

async fn change_shell(
    options: &Options,
    shell: Shell,
    app: &Arc<App>,
    before: &ShellState,
    output: &Output,
) -> Result<Ended, Failure> {
    if options.unset {
        if before.is_untouched() {
            let name = &options.called;
            output.notice(&format!(
                "{name} has set nothing in this shell; use `exit` to leave a subshell"
            ));
        }
        output.data(&before.leave().text(shell)?)?;
        end_server(options, app, before);
        return Ok(Ended::Done);
    }
    let region = options.region.as_ref();
    let picked = if options.target.as_deref() == Some("-") {
        pick::in_region(
            Picked::Target(app.targets.target_before(before)?),
            region,
            true,
            app,
            output,
        )?
    } else {
        pick::typed_or_picked(options.target.as_deref(), before, region, app, output).await?
    };
    let target = match picked {
        Picked::Target(target) => target,
        Picked::Ended(ended) => return Ok(ended),
    };
    let what = "loads credentials into this shell";
    pass_guard(&target, &options.confirmed, what, app, output).await?;
    let credentials = signed_in(app, output, async || {
        app.credentials.role_credentials(&target).await
    })
    .await?;
    let mut server = None;
    let (given, ends) = match options.credentials {
        Some(Delivery::Server) => {
            let session = app.sessions.session(Some(&target.session))?;
            let ends = app.target_settings.sign_in_end(&session);
            let (started, mut variables) =
                shell_server::start_server(before, &target, own_process(options)?).await?;
            server = Some(started.process);
            variables.extend(ends.map(|ends| (env::GENKAN_SESSION_ENDS, ends.as_second().to_string())));
            (Given::Served(started, variables), ends)
        }
        _ => (Given::Keys(&credentials), None),
    };
    let changed = app.exports.enter_shell(before, &target, given, ends);
    let printed = changed.map_err(Failure::from).and_then(|change| {
        let text = change.text(shell)?;
        output.taken_out(&change.overriding);
        let left = credentials.seconds_left(app.context.now());
        output.say(&match server {
            None => format!("{target} for {}", duration::format_duration(left)),
            Some(_) => format!("{target}; credentials renew until this shell ends"),
        });
        output.data(&text)
    });
    if let Err(failure) = printed {
        // No shell knows of it.
        if let Some(process) = server {
            app.open_shells.end_server(process);
        }
        return Err(failure);
    }
    end_server(options, app, before);
    // History is a convenience: that it can't be written stops nothing.
    let _ = app.history.record_use(&target, Action::Export).await;
    app.history.record_hand_out_to_parent(&target, "gk");
    Ok(Ended::Done)
}

/// The shell that runs `gk`, as its own script says.
fn own_process(options: &Options) -> Result<u32, Failure> {
    options.process.ok_or_else(|| {
        Failure::new(
            "renewed credentials need the shell integration of this version",
            &["open a new shell, or run `genkan init` again where you saved its output"],
        )
    })
}

/// Ends the server that has renewed the credentials of this shell until now.
fn end_server(options: &Options, app: &App, before: &ShellState) {
    if let Some(server) = options.process.and_then(|shell| before.server_of(shell)) {
        app.open_shells.end_server(server.process);
    }
}
