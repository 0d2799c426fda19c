//! `genkan iam-user session`: temporary credentials of an IAM user, for `credential_process` and for shells.

use crate::app::{App, AppError, IamUserError, SignInError, target_of};
use crate::cli::commands::steps::answers::{ask_secret, with_answers};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values::{self, FormatChoice};
use crate::domain::shells::export;
use crate::domain::shells::export::ExportFormat;
use crate::domain::targets::iam_user::IamUser;
use crate::domain::values::duration::format_duration;
use crate::domain::values::env;
use crate::domain::values::time::seconds_until;
use crate::domain::{RoleCredentials, SsoSession};

/// How often a code that was refused is asked for again.
const CODES: u32 = 3;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan iam-user session ana\n  \
        eval \"$(genkan iam-user session ana --format bash)\"\n\n\
        For a profile in ~/.aws/config, which other profiles may name as their source_profile:\n  \
        [profile jump]\n  \
        credential_process = genkan iam-user session ana\n\n\
        A session lasts up to 12 hours and is cached. Where the user has an MFA device, genkan asks for \
        a code on the terminal when a new one begins; without a terminal the command fails with exit \
        code 3, unless `mfa_process` in config.toml gives the code.")]
pub(super) struct Options {
    /// Which user [default: the only one]
    #[arg(add = values::iam_users())]
    name: Option<String>,
    #[arg(
        long,
        value_parser = values::variable_formats("credential_process JSON"),
        ignore_case = true,
        default_value = "json"
    )]
    format: FormatChoice,
}

pub(super) async fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    let user = app.iam.users.user(options.name.as_deref())?;
    let format = options.format.resolve(app);
    let target = target_of(&user);
    app.credentials.check_allowed(&target).map_err(AppError::from)?;
    let session = get_session(&user, app, output).await?;
    let text = match format {
        ExportFormat::Json => export::credential_process(&target, &session),
        format => {
            let all = export::credential_variables(&target, &session, None);
            // It is no target that genkan could come back to.
            let keys = [
                env::AWS_ACCESS_KEY_ID,
                env::AWS_SECRET_ACCESS_KEY,
                env::AWS_SESSION_TOKEN,
                env::AWS_CREDENTIAL_EXPIRATION,
            ];
            let keys: Vec<_> = all.into_iter().filter(|(name, _)| keys.contains(name)).collect();
            export::format_assignments(format, &keys)?
        }
    };
    output.data(&text)?;
    app.history.record_hand_out_to_parent(&target, "iam-user session");
    Ok(Ended::Done)
}

/// A session of a user; a code is asked for where one is needed and can be.
pub(in crate::cli::commands) async fn get_session(
    user: &IamUser,
    app: &App,
    output: &Output,
) -> Result<RoleCredentials, Failure> {
    let known = with_answers(app, output, async || match app.iam.sessions.session(user).await {
        Err(AppError::IamUser(IamUserError::CodeRequired { .. })) if output.asks() => Ok(None),
        known => known.map(Some),
    });
    if let Some(session) = known.await? {
        return Ok(session);
    }
    if let Some(variable) = app.context.settings().sign_in_refused_by() {
        return Err(AppError::from(SignInError::Off { variable }).into());
    }
    open_with_code(user, app, output).await
}

/// A new session of a user in place of the one that is there; a code is asked for where only the user has it.
async fn open_session(user: &IamUser, app: &App, output: &Output) -> Result<RoleCredentials, Failure> {
    if !app.iam.sessions.needs_user_input(user) {
        return with_answers(app, output, async || app.iam.sessions.open(user, None).await).await;
    }
    open_with_code(user, app, output).await
}

/// `genkan login` of an IAM user, and what a command does that needs one: a session is opened, unless one is there.
pub(in crate::cli::commands) async fn sign_in(
    source: &SsoSession,
    force: bool,
    app: &App,
    output: &Output,
) -> Result<(), Failure> {
    let user = app.iam.users.user(Some(&source.name))?;
    let session = if force {
        if let Some(variable) = app.context.settings().sign_in_refused_by() {
            return Err(AppError::from(SignInError::Off { variable }).into());
        }
        open_session(&user, app, output).await?
    } else {
        get_session(&user, app, output).await?
    };
    let left = format_duration(seconds_until(session.expires_at, app.context.now()));
    let renews = if app.iam.sessions.needs_user_input(&user) {
        ""
    } else {
        ", renewed automatically"
    };
    output.say(&format!("signed in to {} for {left}{renews}", user.name));
    Ok(())
}

/// Asks for a code of the user's device, and for the next one where it is refused.
async fn open_with_code(user: &IamUser, app: &App, output: &Output) -> Result<RoleCredentials, Failure> {
    let serial = user.mfa_serial.as_deref().unwrap_or_default();
    for left in (0..CODES).rev() {
        let code = ask_secret(&format!("Code of the MFA device {serial}:"), output).await?;
        let opened = with_answers(app, output, async || {
            match app.iam.sessions.open(user, Some(code.clone())).await {
                Err(AppError::IamUser(error)) if left > 0 && error.is_about_a_code() => Ok(Err(error)),
                opened => opened.map(Ok),
            }
        });
        match opened.await? {
            Ok(session) => return Ok(session),
            Err(error) => output.say(&error.to_string()),
        }
    }
    Err(Failure::cancelled())
}
