//! `genkan iam-user rotate`: replaces a key, and goes on with what was interrupted.

use super::session::get_session;
use crate::app::{App, AppError, RotationEvent, Signer, target_of};
use crate::cli::commands::steps::answers::with_answers;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values;
use crate::domain::targets::iam_user::AccessKeyId;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan iam-user rotate ana\n  \
        genkan iam-user rotate ana --delete AKIAIOSFODNN7EXAMPLE    # a second key that nothing uses\n\n\
        The new key is created, stored, and tested; only then the old one is deactivated, the new one \
        tested once more, and the old one deleted. If it is interrupted, run it again: it continues \
        where it stopped.")]
pub(super) struct Options {
    /// Which user [default: the only one]
    #[arg(add = values::iam_users())]
    name: Option<String>,
    /// Delete this key first: a user has two at most
    #[arg(long, value_name = "KEY_ID")]
    delete: Option<AccessKeyId>,
}

pub(super) async fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    let user = app.iam.users.user(options.name.as_deref())?;
    // What signs calls to IAM where the user's policies ask for MFA.
    let session = match &user.mfa_serial {
        Some(_) => {
            app.credentials
                .check_allowed(&target_of(&user))
                .map_err(AppError::from)?;
            Some(Signer::Session(get_session(&user, app, output).await?))
        }
        None => None,
    };
    let heard = |event: RotationEvent| print_event(&event, output);
    let rotated = with_answers(app, output, async || {
        let user = app.iam.users.user(Some(&user.name))?;
        app.iam
            .rotations
            .rotate(user, session.as_ref(), options.delete.as_ref(), &heard)
            .await
    })
    .await?;
    output.say(&format!("{} uses the key {} now", rotated.name, rotated.key));
    Ok(Ended::Done)
}

fn print_event(event: &RotationEvent, output: &Output) {
    output.say(&match event {
        RotationEvent::Resumed => "going on with a rotation that was interrupted".to_owned(),
        RotationEvent::LostKeyDeleted(key) => {
            format!("deleted {key}: it was created before the interruption, and no one has its secret")
        }
        RotationEvent::Created(key) => format!("created {key} and stored its secret"),
        RotationEvent::InUse(key) => format!("{key} works and is used from now on"),
        RotationEvent::Deactivated(key) => format!("deactivated {key}"),
        RotationEvent::Deleted(key) => format!("deleted {key}"),
    });
}
