//! The code of an MFA device, for roles that the keys of a profile assume: asked for on the terminal, once for all roles of
//! the device.

use super::answers::ask_secret;
use crate::app::{App, AppError};
use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::domain::SsoSession;

/// How often a code that was refused is asked for again.
const CODES: u32 = 3;

/// Opens the session that a code is missing for. What needs none is open.
pub(in crate::cli::commands) async fn open(
    source: &SsoSession,
    app: &App,
    output: &Output,
) -> Result<(), Failure> {
    let chains = app.sources.chains();
    let Some(serial) = chains.missing_device(source) else {
        output.say(&format!("{} needs no sign-in", source.name));
        return Ok(());
    };
    for left in (0..CODES).rev() {
        let code = ask_secret(&format!("Code of the MFA device {serial}:"), output).await?;
        match chains.open(source, code).await {
            Err(AppError::IamUser(error)) if left > 0 && error.is_about_a_code() => {
                output.say(&format!("{error}; {}", error.hints().join("; ")));
            }
            opened => return Ok(opened?),
        }
    }
    Ok(())
}
