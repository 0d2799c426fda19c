//! `genkan exec`: one command with credentials, in one target; `exec_many` runs it in many.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;

use super::exec_many::{self, Many};
use crate::app::{App, ChildKind, ChildRequest};
use crate::cli::choices::parse_choice;
use crate::cli::commands::steps::guard::{Confirmed, pass_guard};
use crate::cli::commands::steps::pick;
use crate::cli::commands::steps::pick::{Picked, Purpose, WayThere, Written};
use crate::cli::commands::steps::sign_in_here::signed_in;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::progress::Quiet;
use crate::domain::Target;
use crate::domain::records::history::Action;
use crate::platform::files::paths;
use crate::platform::processes::child;
use crate::platform::tty;
use crate::settings::{Delivery, env};
use crate::tui::PickFor;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan exec payments-prod/ReadOnlyAccess -- aws s3 ls\n  \
        genkan exec -- terraform plan    # uses AWS_PROFILE or the current genkan shell, or asks\n  \
        genkan exec --credentials server payments-dev/admin -- ./run-all-night\n  \
        genkan exec --query 'prod set:readonly' --parallel 8 -- aws iam get-account-summary\n\n\
        With --query, the command runs in every match, in the order of `genkan list`. With --parallel, \
        its input is empty. Its stdout and stderr are kept apart; headings, exit codes and the summary \
        go to stderr. Exit code: 0 if it succeeded in all targets, 1 if not, 127 if there is no such \
        command, 130 after Ctrl-C.\n\n\
        JSON: one line for each target, {session, account_id, account_name, permission_set, exit_code, \
        error, stdout, stderr}; exit_code is null and error says why where the command did not run.")]
pub(in crate::cli) struct Options {
    #[command(flatten)]
    target: Written,
    #[command(flatten)]
    way: WayThere,
    #[command(flatten)]
    many: Many,
    #[command(flatten)]
    confirmed: Confirmed,
    /// How to pass credentials [default: env, or the `credentials` setting]
    #[arg(long, value_parser = parse_choice::<Delivery>(), ignore_case = true)]
    credentials: Option<Delivery>,
    /// Keep AWS variables that would override the credentials
    #[arg(long)]
    keep_env: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

pub(in crate::cli) async fn run(
    options: &Options,
    app: &Arc<App>,
    output: &Output,
) -> Result<Ended, Failure> {
    if let Some(query) = options.many.query() {
        check_program(&options.command, app)?;
        let request = ChildRequest {
            kind: ChildKind::Command(options.command.clone()),
            delivery: options.credentials,
            keep_environment: options.keep_env,
            set: Vec::new(),
        };
        let region = options.target.region();
        return exec_many::run(
            query,
            &options.many,
            region,
            request,
            &options.confirmed,
            app,
            output,
        )
        .await;
    }
    let purpose = Purpose {
        pick_for: PickFor::Exec,
        to: format!("run `{}`", command_text(&options.command)),
        in_region: true,
    };
    match pick::choose_target(&options.target.by(&options.way), purpose, app, output).await? {
        Picked::Ended(ended) => Ok(ended),
        Picked::Target(target) => {
            pass_guard(
                &target,
                &options.confirmed,
                "runs a command with credentials",
                app,
                output,
            )
            .await?;
            let request = ChildRequest {
                kind: ChildKind::Command(options.command.clone()),
                delivery: options.credentials,
                keep_environment: options.keep_env,
                set: Vec::new(),
            };
            run_child(app, &target, &request, Action::Exec, output).await
        }
    }
}

/// A command line as it was typed, as far as that can be shown.
fn command_text(command: &[OsString]) -> String {
    let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

/// Runs a child as a target and ends as it ends.
pub(in crate::cli::commands) async fn run_child(
    app: &Arc<App>,
    target: &Target,
    request: &ChildRequest,
    action: Action,
    output: &Output,
) -> Result<Ended, Failure> {
    let credentials = signed_in(app, output, async || {
        app.credentials.role_credentials(target).await
    })
    .await?;
    let child = app.shells.child(target, credentials, request).await?;
    let _ = app.history.record_use(target, action).await;
    let warnings = app.context.take_notices().into_iter().map(|w| w.to_string());
    for note in warnings.chain(child.notes.iter().cloned()) {
        output.notice(&note);
    }
    if let Some(entering) = child.entering.as_ref().filter(|_| output.stderr_is_terminal()) {
        let columns = tty::columns_of_error();
        output.say(&entering.line(app.context.now(), "your shell", columns));
    }
    let program = child.spec.program.to_string_lossy().into_owned();
    app.history.record_hand_out(target, action.as_str(), &program);
    // From here on the terminal is the child's.
    let _quiet = Quiet::begin();
    if action == Action::Shell {
        learn_color(app, target);
    }
    let ended = if action == Action::Exec && child.stands_alone() {
        // Signals, terminal, job control and exit code are then the command's by nature.
        Err(child.spec.take_over())
    } else {
        let session = &target.session;
        Box::pin(app.notifications.watch_while(session, child.run())).await
    };
    match ended {
        Ok(status) => Ok(Ended::Child(child::exit_code(status))),
        Err(error) => Err(not_run(&program, &error)),
    }
}

/// Learns the colour of an account that was entered, for the portal. Nothing waits for it.
pub(in crate::cli::commands) fn learn_color(app: &Arc<App>, target: &Target) {
    let (app, target) = (Arc::clone(app), target.clone());
    tokio::spawn(async move { app.account_colors.learn(&target).await });
}

/// A command that isn't there is reported once, before credentials are requested for each target.
fn check_program(command: &[OsString], app: &App) -> Result<(), Failure> {
    let path = app.context.settings().environment.get(env::PATH);
    let name = command.first().and_then(|word| word.to_str()).unwrap_or_default();
    let is_searched = path.is_some() && !name.is_empty() && !name.contains('/');
    if is_searched && paths::find_program(name, path).is_none() {
        return Err(not_run(name, &rustix::io::Errno::NOENT.into()));
    }
    Ok(())
}

fn not_run(program: &str, error: &io::Error) -> Failure {
    Failure {
        // As a shell has it: 127 not found, 126 not to be run.
        code: if error.kind() == io::ErrorKind::NotFound {
            127
        } else {
            126
        },
        ..Failure::new(
            format!("can't run `{program}`: {error}"),
            &["check the name and PATH"],
        )
    }
}
