//! Why something a user asked for did not happen: one sentence, then what to do.

use std::path::PathBuf;

use crate::aws::{AwsError, TrustError};
use crate::domain::export::NotExpressible;
use crate::domain::page::RefusedPage;
use crate::domain::profile::{DEFAULT_TEMPLATE, NotATemplate, NotInOneLine};
use crate::domain::region::known;
use crate::domain::{Partition, UnusableRegion};
use crate::store::StoreError;

use crate::app::context::notices::Subject;
use crate::app::locks::scope::Step;

/// How many candidates a message lists at the most.
const MOST_CANDIDATES: usize = 8;

/// A failure of a use case. `Display` is one lower-case sentence without a period.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("no SSO session is configured in `{}`", config.display())]
    NoSession { config: PathBuf, problems: Vec<String> },
    #[error("no SSO session is configured: {variable} names `{}`, which doesn't exist", config.display())]
    NoConfigFile { variable: &'static str, config: PathBuf },
    #[error("SSO session `{name}` not found")]
    UnknownSession { name: String, known: Vec<String> },
    #[error("missing or incomplete SSO session `{name}`: {reason}")]
    BrokenSession {
        name: String,
        reason: String,
        line: usize,
        /// The file in words.
        config: String,
    },
    #[error("several SSO sessions are configured and none was named")]
    WhichSession { known: Vec<String> },
    #[error("sign-in is required for SSO session `{session}`: {reason}")]
    SignInRequired { session: String, reason: String },
    #[error("the sign-in was denied in the browser")]
    Denied,
    #[error("the sign-in code expired before it was approved")]
    CodeExpired,
    #[error("another genkan is signing in to this session and has not finished")]
    SignInElsewhere,
    #[error("another genkan has been {} for too long", .0.doing())]
    Busy(Step),
    #[error("the sign-in to SSO session `{0}` changed twice while the list was loading")]
    SignInChanged(String),
    #[error("the sign-in in another genkan failed: {0}")]
    FailedElsewhere(String),
    #[error("SSO session `{0}` has no registration scopes, which `--flow pkce` requires")]
    NoCodeFlow(String),
    #[error("target `{text}` not found")]
    UnknownTarget {
        text: String,
        nearest: Vec<String>,
        /// Why sessions that may have it were not asked.
        unasked: Vec<String>,
    },
    #[error("profile `{name}` not found in `{}`", config.display())]
    UnknownProfile {
        name: String,
        config: PathBuf,
        nearest: Vec<String>,
    },
    #[error("profile `{name}` has no target: {reason}")]
    UnusableProfile { name: String, reason: String },
    #[error("`{text}` is ambiguous")]
    AmbiguousTarget { text: String, candidates: Vec<String> },
    #[error("no previous target")]
    NoTargetBefore,
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error(transparent)]
    UnusableRegion(#[from] UnusableRegion),
    #[error(transparent)]
    NotExpressible(#[from] NotExpressible),
    #[error(transparent)]
    NotATemplate(#[from] NotATemplate),
    #[error(transparent)]
    NotInOneLine(#[from] NotInOneLine),
    #[error("the default profile in `{file}` has credentials, which SDKs use before a credentials endpoint")]
    DefaultProfileWins { file: String },
    #[error("{what}: {source}")]
    System { what: String, source: std::io::Error },
    #[error(transparent)]
    RefusedPage(#[from] RefusedPage),
    #[error("AWS rejected the credentials of this environment: {0}")]
    NotAccepted(String),
    #[error("AWS returned credentials that have already expired, or this machine's clock is wrong")]
    ExpiredOnArrival,
    #[error("{set_by} is not an http or https URL")]
    BadEndpoint { set_by: String },
    #[error("`{0}` is not an AWS console page")]
    NotAConsolePage(String),
    #[error("`{page}` is in partition {partition}, but SSO session `{session}` is in another")]
    ConsoleOfOtherPartition {
        page: String,
        partition: Partition,
        session: String,
    },
    #[error("{variable} is not a valid HTTP proxy URL")]
    UnusableProxy { variable: &'static str },
    #[error("the console URLs of partition {0} are not public")]
    NoConsole(Partition),
    #[error("not signed in to any of the SSO sessions {}", sessions.join(", "))]
    NoSessionSignedIn { sessions: Vec<String> },
}

impl AppError {
    /// Whether signing in is what helps (exit code 3).
    #[must_use]
    pub fn is_sign_in_required(&self) -> bool {
        self.sign_in_reason().is_some()
    }

    /// Why signing in is what helps, where it is.
    #[must_use]
    pub fn sign_in_reason(&self) -> Option<String> {
        match self {
            Self::SignInRequired { reason, .. } => Some(reason.clone()),
            Self::NoSessionSignedIn { .. } => Some(self.to_string()),
            Self::Aws(error @ AwsError::Unauthorized) => Some(error.to_string()),
            _ => None,
        }
    }

    /// The SSO session to sign in to, where that alone is missing.
    #[must_use]
    pub fn session_to_sign_in(&self) -> Option<&str> {
        match self {
            Self::SignInRequired { session, .. } => Some(session),
            _ => None,
        }
    }

    /// Whether what was typed can't be meant (exit code 2).
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::UnusableRegion(_))
    }

    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::NoSession { problems, .. } => no_session_hints(problems),
            Self::NoConfigFile { variable, .. } => vec![
                format!("correct or unset {variable}"),
                "or run `genkan` in a terminal: it asks for the start URL and writes that file".to_owned(),
            ],
            Self::UnknownSession { known, .. } if known.is_empty() => {
                vec!["no SSO session is configured; run `genkan` to set one up".to_owned()]
            }
            Self::UnknownSession { known, .. } => {
                vec![format!("configured SSO sessions: {}", known.join(", "))]
            }
            Self::BrokenSession { line, config, .. } => vec![
                format!("correct the section in `{config}`, line {line}"),
                "`genkan doctor` lists all problems in the file".to_owned(),
            ],
            Self::WhichSession { known } => vec![
                format!("specify one of {}", known.join(", ")),
                "or set `session = \"NAME\"` in genkan's config.toml".to_owned(),
            ],
            Self::SignInRequired { session, .. } => vec![format!("run `genkan login {session}`")],
            Self::Denied | Self::CodeExpired => vec!["run `genkan login` for a new code".to_owned()],
            Self::SignInElsewhere => {
                vec!["check your other terminals: one of them shows the code to approve".to_owned()]
            }
            Self::Busy(_) => {
                vec![
                    "find a genkan process that is stopped or hangs, and end it: `pgrep -a genkan`"
                        .to_owned(),
                ]
            }
            Self::SignInChanged(_) => {
                vec!["try again when no other process signs in to this session".to_owned()]
            }
            Self::FailedElsewhere(_) => vec!["run `genkan login` to try again".to_owned()],
            Self::NoTargetBefore => vec!["run `gk` without arguments to pick one".to_owned()],
            Self::NoCodeFlow(_) => {
                vec![
                    "use `--flow device`, or add an [sso-session] section with sso_registration_scopes"
                        .to_owned(),
                ]
            }
            Self::UnknownTarget { nearest, unasked, .. } => unknown_target_hints(nearest, unasked),
            Self::UnknownProfile { nearest, .. } => unknown_profile_hints(nearest),
            Self::UnusableProfile { .. } => {
                vec!["use a profile with SSO settings, or write ACCOUNT/PERMISSION_SET".to_owned()]
            }
            Self::AmbiguousTarget { candidates, .. } => ambiguous_target_hints(candidates),
            Self::Aws(error) => error.hints(),
            Self::Store(error) => error.hints(),
            Self::Trust(TrustError::Unreadable { variable, .. } | TrustError::Broken { variable, .. }) => {
                vec![format!(
                    "set {variable} to a PEM file with your company's CA certificates, or unset it"
                )]
            }
            Self::UnusableRegion(UnusableRegion::OtherPartition { partition, .. }) => {
                let codes = known().filter(|(p, _)| p == partition).map(|(_, code)| code);
                vec![format!(
                    "Regions in that partition: {}",
                    codes.collect::<Vec<_>>().join(", ")
                )]
            }
            Self::NotExpressible(_) => vec!["choose another --format".to_owned()],
            Self::NotATemplate(_) => vec![format!("example: `{DEFAULT_TEMPLATE}`")],
            Self::NotInOneLine(_) => {
                vec!["move genkan to another folder, or use --kind native".to_owned()]
            }
            Self::DefaultProfileWins { .. } => vec![
                "use --credentials env, which takes precedence".to_owned(),
                "or rename that profile".to_owned(),
            ],
            Self::BadEndpoint { .. } => vec!["correct it, or remove it to use the AWS endpoint".to_owned()],
            Self::System { .. } | Self::UnusableRegion(UnusableRegion::NotARegion { .. }) => Vec::new(),
            Self::RefusedPage(refused) => vec![page_hint(refused)],
            Self::NotAccepted(_) => {
                vec![
                    "`genkan whoami` shows where they come from; `genkan shell` opens a shell for a target"
                        .to_owned(),
                ]
            }
            Self::ExpiredOnArrival => {
                vec!["check this machine's date, time and time zone: `date -u`".to_owned()]
            }
            Self::NotAConsolePage(_) => vec!["use an https URL of the AWS console".to_owned()],
            Self::ConsoleOfOtherPartition { .. } => {
                vec!["choose a target of an SSO session in that partition".to_owned()]
            }
            Self::UnusableProxy { variable } => vec![
                format!("set {variable} to http://HOST:PORT, or unset it"),
                "percent-encode special characters in the user name and password".to_owned(),
            ],
            Self::NoConsole(_) => vec!["set AWS_ENDPOINT_URL_SIGNIN and use --destination".to_owned()],
            Self::NoSessionSignedIn { .. } => vec![
                "run `genkan login SESSION`".to_owned(),
                "or write SESSION:ACCOUNT/PERMISSION_SET".to_owned(),
            ],
        }
    }

    /// What it is about, where a warning may be about the same.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        match self {
            Self::Store(error) => Some(Subject::Problem(error.problem())),
            _ => None,
        }
    }

    pub(in crate::app) fn system(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::System { what, source }
    }
}

fn no_session_hints(problems: &[String]) -> Vec<String> {
    let mut hints: Vec<String> = problems.iter().map(|p| format!("in that file, {p}")).collect();
    hints.push("run `genkan` in a terminal: it asks for the start URL and the Region".to_owned());
    hints.push("or try the demo, which needs no AWS account: `genkan demo`".to_owned());
    hints
}

fn unknown_profile_hints(nearest: &[String]) -> Vec<String> {
    let near = (!nearest.is_empty()).then(|| format!("did you mean `{}`?", nearest.join("`, `")));
    let make = "`genkan profiles --write` creates a profile for each target".to_owned();
    near.into_iter().chain([make]).collect()
}

/// Near targets, what could not be searched, and where all of them are.
fn unknown_target_hints(nearest: &[String], unasked: &[String]) -> Vec<String> {
    let near = (!nearest.is_empty()).then(|| format!("did you mean {}?", nearest.join(", ")));
    let unasked = unasked
        .iter()
        .map(|why| format!("some SSO sessions were not searched: {why}"));
    let all = "`genkan list` shows what you have access to".to_owned();
    near.into_iter().chain(unasked).chain([all]).collect()
}

/// The first of the targets that a text may mean, and how many there are beyond them.
fn ambiguous_target_hints(candidates: &[String]) -> Vec<String> {
    let shown = candidates
        .iter()
        .take(MOST_CANDIDATES)
        .map(|candidate| format!("matches {candidate}"));
    let rest = candidates.len().saturating_sub(MOST_CANDIDATES);
    shown
        .chain((rest > 0).then(|| format!("and {rest} more")))
        .collect()
}

/// What to do about a page that is not opened.
fn page_hint(refused: &RefusedPage) -> String {
    match refused {
        RefusedPage::ForeignHost { host } => format!(
            "the response may have been tampered with: check AWS_ENDPOINT_URL*, the proxy settings and the SSO \
             Region; if `{host}` is your own access portal, set it as sso_start_url"
        ),
        RefusedPage::OtherCode { .. } => {
            "someone may be trying to make you approve their sign-in: don't approve it, and check AWS_ENDPOINT_URL* and \
             the proxy settings"
                .to_owned()
        }
        RefusedPage::NotAPage(_) | RefusedPage::NotApproved(_) => {
            "check the start URL and the SSO Region: this response is not from AWS".to_owned()
        }
    }
}
