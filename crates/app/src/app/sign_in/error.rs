//! Why there is no sign-in to work with, and why one didn't come about.

use crate::domain::text::CleanText;

/// A sign-in that is missing, or that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    #[error("sign-in is required for SSO session `{session}`: {reason}")]
    Required { session: String, reason: String },
    #[error("no sign-in is started: {variable} is set")]
    Off { variable: String },
    #[error("the sign-in was denied in the browser")]
    Denied,
    #[error("the sign-in code expired before it was approved")]
    CodeExpired,
    #[error("another genkan is signing in to this session and has not finished")]
    UnderWayElsewhere,
    #[error("the sign-in in another genkan failed: {0}")]
    FailedElsewhere(CleanText),
    #[error("the sign-in to SSO session `{0}` changed twice while the list was loading")]
    Changed(String),
    #[error("SSO session `{0}` has no registration scopes, which `--flow pkce` requires")]
    NoScopes(String),
    #[error("the browser is on another machine and can't return to this one without a forwarded port")]
    NoWayBack(String),
}

/// The port in our examples of `ssh -L`.
const FORWARDED_PORT: u16 = 8400;

impl SignInError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Required { session, .. } => return vec![format!("run `genkan login {session}`")],
            Self::Off { .. } => "sign in from a terminal of your own",
            Self::Denied | Self::CodeExpired => "run `genkan login` for a new code",
            Self::UnderWayElsewhere => "check your other terminals: one of them shows the code to approve",
            Self::FailedElsewhere(_) => "run `genkan login` to try again",
            Self::Changed(_) => "try again when no other process signs in to this session",
            Self::NoWayBack(session) => {
                return vec![
                    format!(
                        "connect with `ssh -L {FORWARDED_PORT}:127.0.0.1:{FORWARDED_PORT} …`, then run \
                         `genkan login {session} --flow pkce --port {FORWARDED_PORT}`"
                    ),
                    "or use `--flow device`, which works with a browser on any machine".to_owned(),
                ];
            }
            Self::NoScopes(_) => {
                "use `--flow device`, or add an [sso-session] section with sso_registration_scopes"
            }
        };
        vec![hint.to_owned()]
    }
}
