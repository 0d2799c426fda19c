//! The code of an MFA device, for roles that the keys of a profile assume: asked for on the terminal, once for all roles of
//! the device.

use super::answers::ask_secret;
use crate::app::{App, AppError, IamUserError};
use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::domain::SsoSession;

/// How often a code that was refused is asked for again.
const CODES: u32 = 3;

/// Opens the session that a code is missing for. What needs none is open.
pub(in crate::cli::commands) async fn open_source(
    source: &SsoSession,
    app: &App,
    output: &Output,
) -> Result<(), Failure> {
    let chains = app.sources.chains();
    let name = &source.name;
    let serial = match chains.open(source, None).await {
        Ok(true) => {
            output.say(&format!("signed in to {name}"));
            return Ok(());
        }
        Ok(false) => {
            output.say(&format!("{name} needs no sign-in"));
            return Ok(());
        }
        Err(AppError::IamUser(IamUserError::CodeRequired { serial, .. })) if output.asks() => serial,
        Err(error) => return Err(error.into()),
    };
    for left in (0..CODES).rev() {
        let code = ask_secret(&format!("Code of the MFA device {serial}:"), output).await?;
        match chains.open(source, Some(code)).await {
            Err(AppError::IamUser(error)) if left > 0 && error.is_about_a_code() => {
                output.say(&format!("{error}; {}", error.hints().join("; ")));
            }
            Err(error) => return Err(error.into()),
            Ok(_) => break,
        }
    }
    output.say(&format!("signed in to {name}"));
    Ok(())
}
