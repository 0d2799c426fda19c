//! The user's programs that give what the user would otherwise type: the passphrase of the encrypted file, the code of a device.
//!
//! What they print is a secret: it is wiped, and neither logged nor shown. They get no terminal.

use std::time::Duration;

use zeroize::Zeroizing;

use super::error::IamUserError;
use crate::app::context::Context;
use crate::domain::Secret;
use crate::platform::processes::child;

/// How long one may take: it may ask the user itself, or wait for a touch.
const LIMIT: Duration = Duration::from_mins(1);

/// The first line that the program of a setting prints.
pub(in crate::app) async fn ask_process(
    context: &Context,
    setting: &'static str,
    command: &str,
    variable: Option<(&str, &str)>,
) -> Result<Secret, IamUserError> {
    let failed = |reason: String| IamUserError::Process { setting, reason };
    let _wait = context.requests.begin(format!("waiting for `{setting}`"));
    let output = child::shell_output_within(command, variable, LIMIT).await;
    let output = output.map_err(|error| failed(error.to_string()))?;
    let output = output.ok_or_else(|| failed(format!("it did not end within {} s", LIMIT.as_secs())))?;
    let printed = Zeroizing::new(output.stdout);
    if !output.status.success() {
        let code = child::exit_code(output.status);
        return Err(failed(format!("it failed with code {code}")));
    }
    let text = std::str::from_utf8(&printed).map_err(|_| failed("it printed no text".to_owned()))?;
    match text
        .lines()
        .next()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
    {
        Some(line) => Ok(Secret::new(line)),
        None => Err(failed("it printed nothing".to_owned())),
    }
}
