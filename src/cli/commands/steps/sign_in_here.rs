//! Signing in where a command finds that it is needed and someone is at the terminal: the device flow on
//! stderr, as `genkan login` shows it, and the command goes on. Without a terminal, or in the background, it fails
//! with code 3.

use super::answers::{Step, run_with_answers};
use crate::app::{App, AppError};
use crate::cli::commands::login;
use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::cli::suspension::run_suspendable;
use crate::platform::tty;

/// Runs a step; where only a sign-in is missing, signs in and runs it once more.
pub(in crate::cli::commands) async fn signed_in<T>(
    app: &App,
    output: &Output,
    step: impl AsyncFn() -> Result<T, AppError>,
) -> Result<T, Failure> {
    run_signed_in(app, output, &|| Box::pin(step())).await
}

async fn run_signed_in<T>(app: &App, output: &Output, step: &Step<'_, T>) -> Result<T, Failure> {
    let error = match run(app, output, step).await? {
        Ok(done) => return Ok(done),
        Err(error) => error,
    };
    let Some(session) = error.session_to_sign_in().filter(|_| is_someone_there(output)) else {
        return Err(error.into());
    };
    if let Some(variable) = app.context.settings().sign_in_refused_by() {
        let mut failure = Failure::from(error);
        failure.hints = vec![format!("no sign-in is started here: {variable} is set")];
        return Err(failure);
    }
    let session = app.sessions.session(Some(session))?;
    output.say(&error.to_string());
    let request = app.sign_in.usual_request(&session);
    Box::pin(login::sign_in(&session, request, app, output)).await?;
    Ok(run(app, output, step).await??)
}

/// Runs a step. It may need the passphrase of the encrypted file, which is asked for where a sign-in may begin.
async fn run<T>(app: &App, output: &Output, step: &Step<'_, T>) -> Result<Result<T, AppError>, Failure> {
    if app.context.settings().sign_in_refused_by().is_some() || !is_someone_there(output) {
        return run_suspendable(app, step()).await;
    }
    run_with_answers(app, output, step).await
}

/// Whether someone reads what is printed. A background job, or a program of another session, may have inherited
/// its standard error from a terminal.
fn is_someone_there(output: &Output) -> bool {
    output.stderr_is_terminal() && tty::is_foreground()
}
