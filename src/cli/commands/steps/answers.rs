//! What a step of a command needs from the user, asked on the terminal: the passphrase of the encrypted file. The command
//! goes on with the answer; without a terminal it fails and says what would do.

use std::path::Path;

use crate::app::{App, AppError, IamUserError};
use crate::cli::exit::Failure;
use crate::cli::output::{Hidden, Output};
use crate::cli::suspension::{BoxedWork, run_suspendable};
use crate::domain::Secret;

/// How often a passphrase that doesn't open the file is asked for.
const TRIES: u32 = 3;

/// Begins a step, which may be tried more than once.
pub(in crate::cli::commands) type Step<'a, T> = dyn Fn() -> BoxedWork<'a, Result<T, AppError>> + 'a;

/// Runs a step; where the user has to give something first, asks for it and runs the step again.
pub(in crate::cli::commands) async fn with_answers<T>(
    app: &App,
    output: &Output,
    step: impl AsyncFn() -> Result<T, AppError>,
) -> Result<T, Failure> {
    Ok(run_with_answers(app, output, &|| Box::pin(step())).await??)
}

/// The same, with what went wrong for other reasons.
pub(in crate::cli::commands) async fn run_with_answers<T>(
    app: &App,
    output: &Output,
    step: &Step<'_, T>,
) -> Result<Result<T, AppError>, Failure> {
    let mut tries = TRIES;
    loop {
        let error = match run_suspendable(app, step()).await? {
            Ok(done) => return Ok(Ok(done)),
            Err(error) => error,
        };
        match &error {
            AppError::IamUser(IamUserError::PassphraseRequired { path, is_new }) if output.asks() => {
                let passphrase = ask_passphrase(path, *is_new, app, output).await?;
                app.iam.users.remember_passphrase(passphrase);
            }
            AppError::IamUser(wrong) if wrong.is_wrong_passphrase() && output.asks() && tries > 1 => {
                tries -= 1;
                output.say(&error.to_string());
            }
            _ => return Ok(Err(error)),
        }
    }
}

/// Asks for the passphrase of a file; for a new one twice.
async fn ask_passphrase(path: &Path, is_new: bool, app: &App, output: &Output) -> Result<Secret, Failure> {
    let path = app.context.settings().paths.display_path(path);
    if !is_new {
        return ask_secret(&format!("Passphrase of `{path}`:"), output).await;
    }
    output.notice(&format!(
        "`{path}` will hold secrets, encrypted; without its passphrase they are lost"
    ));
    loop {
        let first = ask_secret("New passphrase:", output).await?;
        if first.expose().is_empty() {
            output.say("an empty passphrase protects nothing");
            continue;
        }
        if ask_secret("The same once more:", output).await? == first {
            return Ok(first);
        }
        output.say("they are not the same");
    }
}

/// Asks for a secret; that no one can be asked is a usage error.
pub(in crate::cli::commands) async fn ask_secret(question: &str, output: &Output) -> Result<Secret, Failure> {
    match output.ask_hidden(question).await {
        Hidden::Typed(secret) => Ok(secret),
        Hidden::Cancelled => Err(Failure::cancelled()),
        Hidden::NoTerminal => Err(Failure::usage("no terminal to ask on", &[])),
    }
}
