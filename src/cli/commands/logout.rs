//! `genkan logout`: on the server and here.

use crate::app::{App, AppError, SignedOut};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  genkan logout my-org\n  genkan logout --all")]
pub(in crate::cli) struct Options {
    /// The SSO session or IAM user; optional if only one session is configured
    #[arg(conflicts_with = "all", add = values::complete_sessions())]
    session: Option<String>,
    /// Sign out of all SSO sessions and IAM users
    #[arg(long)]
    all: bool,
}

pub(in crate::cli) async fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    let sessions = if options.all {
        app.sessions.sessions()?.0
    } else {
        vec![app.sessions.session(options.session.as_deref())?]
    };
    let mut failed = None;
    for session in sessions {
        let done = app.sign_out.sign_out(&session).await;
        output.say(&describe_sign_out(&session.name, &done));
        // The others are still worth ending.
        let here = done.here.err().map(AppError::from);
        failed = failed.or(done.server.err()).or(here);
    }
    failed.map_or(Ok(Ended::Done), |error| Err(error.into()))
}

/// What happened, each half of it.
fn describe_sign_out(session: &str, done: &SignedOut) -> String {
    match (&done.server, &done.here) {
        (Ok(()), Ok(())) if done.was_signed_in => format!("signed out of {session}"),
        (Ok(()), Ok(())) => format!("not signed in to {session}"),
        (Err(_), Ok(())) => format!(
            "{session}: the tokens on this machine were deleted, but the portal session could not be ended on \
             the server"
        ),
        (Ok(()), Err(_)) if done.was_signed_in => format!(
            "{session}: the portal session has ended on the server, but not everything could be deleted on \
             this machine"
        ),
        (_, Err(_)) if !done.was_signed_in => {
            format!("not signed in to {session}, but not everything could be deleted on this machine")
        }
        (_, Err(_)) => format!(
            "{session}: the portal session could not be ended on the server, and not everything could be \
             deleted on this machine"
        ),
    }
}
