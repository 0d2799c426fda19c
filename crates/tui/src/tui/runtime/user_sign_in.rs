//! The sign-in of an IAM user: a session is opened with the user's key, which genkan keeps or a profile has. What the user has
//! to give for that, a passphrase or a code, the screen asks for, one after the other, and comes back with it.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::event::Event;
use super::problems::to_problem;
use crate::app::{App, AppError, IamUserError};
use crate::domain::targets::iam_user::IamUser;
use crate::domain::{Secret, SignInState, SsoSession};
use crate::tui::effect::{Asked, RequestId, Typed};
use crate::tui::msg::{Msg, SignInEnd, SignInMsg};

/// A sign-in, and what the user has typed for it.
pub(super) struct SignIn {
    pub(super) id: RequestId,
    pub(super) session: SsoSession,
    /// A new session is opened, whether or not one is there.
    pub(super) force: bool,
    pub(super) typed: Option<Typed>,
}

pub(super) async fn sign_in(app: Arc<App>, asked: SignIn, send: UnboundedSender<Event>) {
    let id = asked.id;
    let event = if asked.session.source_credentials().is_some() {
        opened_for_chains(&app, &asked.session, asked.typed).await
    } else {
        open_or_ask(&app, asked).await
    };
    let _ = send.send(Event::Msg(Msg::SignIn { id, event }));
}

/// What came of it, or what has to be typed first.
async fn open_or_ask(app: &App, asked: SignIn) -> SignInMsg {
    let user = match app.iam.users.user(Some(&asked.session.name)) {
        Ok(user) => user,
        Err(error) => return sign_in_failed(error.into()),
    };
    let code = match asked.typed {
        Some(Typed::Code(code)) => Some(code),
        Some(Typed::Passphrase(passphrase)) => {
            app.iam.users.remember_passphrase(passphrase);
            None
        }
        None => None,
    };
    match open_session(app, &user, asked.force, code).await {
        Ok(state) => SignInMsg::Ended(Ok(state)),
        Err(AppError::IamUser(error)) => ask_after_failure(app, &user, error),
        Err(error) => sign_in_failed(error),
    }
}

/// The same where the keys are those of a profile, which assume roles.
async fn opened_for_chains(app: &App, source: &SsoSession, typed: Option<Typed>) -> SignInMsg {
    let chains = app.sources.chains();
    let code = match typed {
        Some(Typed::Code(code)) => Some(code),
        Some(Typed::Passphrase(_)) | None => None,
    };
    match chains.open(source, code).await {
        Ok(_) => SignInMsg::Ended(Ok(app.sources.state(source))),
        Err(AppError::IamUser(IamUserError::CodeRequired { serial, .. })) => {
            SignInMsg::Asks(Asked::Code { serial }, None)
        }
        Err(AppError::IamUser(error)) if error.is_about_a_code() && chains.needs_user_input() => {
            let words = explain_refusal(&error);
            match chains.missing_device(source) {
                Some(serial) => SignInMsg::Asks(Asked::Code { serial }, Some(words)),
                None => sign_in_failed(error.into()),
            }
        }
        Err(error) => sign_in_failed(error),
    }
}

/// Why what was typed won't do.
fn explain_refusal(error: &IamUserError) -> String {
    format!("{error}; {}", error.hints().join("; "))
}

async fn open_session(
    app: &App,
    user: &IamUser,
    force: bool,
    code: Option<Secret>,
) -> Result<SignInState, AppError> {
    if code.is_none() {
        // A passphrase comes first: a code that waits for it would be too old.
        app.iam.sessions.check_key(user).await?;
        if force && app.iam.sessions.needs_user_input(user) {
            return Err(app.iam.sessions.code_required(user).into());
        }
    }
    if force || code.is_some() {
        app.iam.sessions.open(user, code).await?;
    } else {
        app.iam.sessions.session(user).await?;
    }
    Ok(app.iam.sessions.state(user))
}

/// What has to be typed after a failure, where typing helps.
fn ask_after_failure(app: &App, user: &IamUser, error: IamUserError) -> SignInMsg {
    let serial = user.mfa_serial.clone().unwrap_or_default();
    let code = |refused| SignInMsg::Asks(Asked::Code { serial }, refused);
    match &error {
        IamUserError::CodeRequired { .. } => code(None),
        _ if error.is_about_a_code() && app.iam.sessions.needs_user_input(user) => {
            code(Some(explain_refusal(&error)))
        }
        IamUserError::PassphraseRequired { path, .. } => {
            let file = app.context.settings().paths.display_path(path);
            SignInMsg::Asks(Asked::Passphrase { file }, None)
        }
        _ if error.is_wrong_passphrase() => {
            // A program that gives a wrong one gives it again.
            if app.context.settings().preferences.passphrase_process.is_some() {
                return sign_in_failed(error.into());
            }
            let file = app.iam.users.encrypted_file();
            SignInMsg::Asks(
                Asked::Passphrase { file },
                Some("it doesn't open the file".to_owned()),
            )
        }
        _ => sign_in_failed(error.into()),
    }
}

fn sign_in_failed(error: AppError) -> SignInMsg {
    SignInMsg::Ended(Err(SignInEnd::Failed(to_problem(error))))
}
