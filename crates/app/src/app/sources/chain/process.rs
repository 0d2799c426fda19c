//! A `credential_process` of another tool: run by its words as botocore runs it, without a shell, bounded in time and
//! output. What it prints is a secret: it is wiped, and neither logged nor shown.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::app::sources::chain::error::ChainError;
use crate::domain::Secret;
use crate::domain::targets::chained_roles::BaseCredentials;
use crate::domain::text::clean_text;
use crate::domain::values::time::{Clocks, Verdict};
use crate::platform::processes::child::{Bounded, bounded_output, exit_code};

/// How long one may take: it may ask the user itself. `genkan credential-process` gives up soon after.
const LIMIT: Duration = Duration::from_secs(45);
/// The most that one prints.
const MOST: usize = 64 * 1024;
/// The most that is shown of what it says went wrong.
const MOST_SAID: usize = 200;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: u32,
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    session_token: Option<Zeroizing<String>>,
    expiration: Option<String>,
}

/// The credentials that a program prints.
pub(super) async fn run(
    profile: &str,
    words: &[String],
    clocks: Clocks,
) -> Result<BaseCredentials, ChainError> {
    let failed = |reason: String| ChainError::Process {
        profile: profile.to_owned(),
        reason,
    };
    if words.is_empty() {
        return Err(failed("is not a command: it has an unclosed quote".to_owned()));
    }
    let ran = bounded_output(words, LIMIT, MOST).await;
    let output = match ran.map_err(|error| failed(format!("can't be run: {error}")))? {
        Bounded::Ended(output) => output,
        Bounded::TookTooLong => return Err(failed(format!("did not end within {} s", LIMIT.as_secs()))),
        Bounded::PrintedTooMuch => return Err(failed(format!("printed more than {} KiB", MOST / 1024))),
    };
    let printed = Zeroizing::new(output.stdout);
    if !output.status.success() {
        let code = exit_code(output.status);
        return Err(failed(match last_line(&output.stderr) {
            Some(said) => format!("failed with code {code}: {said}"),
            None => format!("failed with code {code}"),
        }));
    }
    parse_credentials(&printed, clocks).map_err(|reason| failed(reason.to_owned()))
}

/// The last line that a program wrote to its standard error.
fn last_line(stderr: &[u8]) -> Option<String> {
    let said = String::from_utf8_lossy(stderr);
    let line = said.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(clean_text(line.trim()).chars().take(MOST_SAID).collect())
}

fn parse_credentials(printed: &[u8], clocks: Clocks) -> Result<BaseCredentials, &'static str> {
    let printed: Printed = serde_json::from_slice(printed)
        .map_err(|_| "printed no credentials: `Version`, `AccessKeyId` and `SecretAccessKey` in JSON")?;
    if printed.version != 1 {
        return Err("printed credentials of another version than 1");
    }
    let parts = [
        Some(printed.access_key_id.as_str()),
        Some(printed.secret_access_key.as_str()),
        printed.session_token.as_ref().map(|token| token.as_str()),
    ];
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    if !parts.iter().flatten().all(|text| is_plain(text)) {
        return Err("printed credentials that are empty or contain invalid characters");
    }
    let expires_at = printed.expiration.as_deref().map(str::parse::<Timestamp>);
    let expires_at = expires_at
        .transpose()
        .map_err(|_| "printed an invalid `Expiration`")?;
    if expires_at.is_some_and(|at| clocks.judge(at) == Verdict::Expired) {
        return Err("printed credentials that have expired");
    }
    Ok(BaseCredentials {
        access_key_id: printed.access_key_id,
        secret_access_key: Secret::new(printed.secret_access_key.as_str()),
        session_token: printed.session_token.map(|token| Secret::new(token.as_str())),
        expires_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks() -> Clocks {
        Clocks::agreeing(Timestamp::from_second(1_800_000_000).expect("in range"))
    }

    async fn failure(command: &[&str]) -> String {
        let words: Vec<String> = command.iter().map(ToString::to_string).collect();
        let error = run("ci", &words, clocks()).await.expect_err("fails");
        let ChainError::Process { reason, .. } = error else {
            panic!("{error}")
        };
        reason
    }

    #[tokio::test]
    async fn what_a_program_does_wrong_is_named() {
        for (command, reason) in [
            (&[][..], "is not a command"),
            (&["/nowhere/at/all"], "can't be run"),
            (&["false"], "failed with code 1"),
            (
                &["sh", "-c", "echo no key >&2; exit 7"],
                "failed with code 7: no key",
            ),
            (&["echo", "hello"], "printed no credentials"),
            (
                &[
                    "echo",
                    "{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"b\"}",
                ],
                "another version",
            ),
            (
                &[
                    "echo",
                    "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"b c\"}",
                ],
                "contain invalid characters",
            ),
            (
                &[
                    "echo",
                    "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"b\",\"Expiration\":\"2020-01-01T00:00:00Z\"}",
                ],
                "have expired",
            ),
            (&["head", "-c", "70000", "/dev/zero"], "more than 64 KiB"),
        ] {
            let found = failure(command).await;
            assert!(found.contains(reason), "{command:?}: {found}");
        }
    }

    #[tokio::test]
    async fn no_shell_reads_the_words() {
        let keys = "{\"Version\":1,\"AccessKeyId\":\"AKID\",\"SecretAccessKey\":\"$HOME;x\"}";
        let words = ["echo".to_owned(), keys.to_owned()];
        let found = run("ci", &words, clocks()).await.expect("credentials");
        assert_eq!(found.secret_access_key.expose(), "$HOME;x");
        assert_eq!((found.session_token, found.expires_at), (None, None));
    }
}
