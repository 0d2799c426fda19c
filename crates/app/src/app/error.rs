//! Why something a user asked for did not happen: the error of every service, and what follows from it.
//!
//! Each service has an error of its own beside it, with its sentences and hints; so have `aws`, `store` and the rules of
//! `domain`. Here they come together for callers of several services. A service that calls others returns this; one
//! that doesn't returns its own, which `?` turns into this.

use crate::app::agents::error::NotAllowed;
use crate::app::browsers::error::BrowserError;
use crate::app::connection::ConnectionError;
use crate::app::console::error::ConsoleError;
use crate::app::credentials::role_error::RoleError;
use crate::app::iam_users::error::IamUserError;
use crate::app::locks::scope::Busy;
use crate::app::profiles::error::ProfilesError;
use crate::app::sessions::SessionError;
use crate::app::shells::error::ShellError;
use crate::app::sign_in::error::SignInError;
use crate::app::sources::chain::error::ChainError;
use crate::app::targets::error::TargetError;
use crate::aws::AwsError;
use crate::domain::UnusableRegion;
use crate::domain::shells::export::NotExpressible;
use crate::domain::targets::credentials::ExpiredOnArrival;
use crate::domain::web::page::RefusedPage;
use crate::settings::ProjectFileError;
use crate::store::StoreError;

use super::context::notices::Subject;

/// A failure of a use case. `Display` is one lower-case sentence without a period.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error(transparent)]
    SignIn(#[from] SignInError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Console(#[from] ConsoleError),
    #[error(transparent)]
    Browser(#[from] BrowserError),
    #[error(transparent)]
    IamUser(#[from] IamUserError),
    #[error(transparent)]
    Profiles(#[from] ProfilesError),
    #[error(transparent)]
    Shell(#[from] ShellError),
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    #[error(transparent)]
    Project(#[from] ProjectFileError),
    #[error(transparent)]
    Busy(#[from] Busy),
    #[error(transparent)]
    Region(#[from] UnusableRegion),
    #[error(transparent)]
    Page(#[from] RefusedPage),
    #[error(transparent)]
    Export(#[from] NotExpressible),
    #[error(transparent)]
    Credentials(#[from] ExpiredOnArrival),
    #[error(transparent)]
    Role(#[from] RoleError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{what}: {source}")]
    System { what: String, source: std::io::Error },
}

impl AppError {
    /// Whether signing in is what helps (exit code 3).
    #[must_use]
    pub fn is_sign_in_required(&self) -> bool {
        self.sign_in_reason().is_some() || matches!(self, Self::SignIn(SignInError::Off { .. }))
    }

    /// Why signing in is what helps, where it is.
    #[must_use]
    pub fn sign_in_reason(&self) -> Option<String> {
        match self {
            Self::SignIn(SignInError::Required { reason, .. }) => Some(reason.clone()),
            Self::Target(TargetError::NoneSignedIn { .. })
            | Self::IamUser(
                IamUserError::CodeRequired { .. } | IamUserError::PassphraseRequired { is_new: false, .. },
            )
            | Self::Aws(AwsError::Unauthorized) => Some(self.to_string()),
            _ => None,
        }
    }

    /// The source to sign in to, where that alone is missing.
    #[must_use]
    pub fn session_to_sign_in(&self) -> Option<&str> {
        match self {
            Self::SignIn(SignInError::Required { session, .. })
            | Self::IamUser(IamUserError::CodeRequired { name: session, .. }) => Some(session),
            _ => None,
        }
    }

    /// Whether what was typed can't be meant (exit code 2).
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Region(_))
    }

    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Session(error) => error.hints(),
            Self::Connection(error) => error.hints(),
            Self::SignIn(error) => error.hints(),
            Self::Target(error) => error.hints(),
            Self::Console(error) => error.hints(),
            Self::Browser(error) => error.hints(),
            Self::IamUser(error) => error.hints(),
            Self::Profiles(error) => error.hints(),
            Self::Shell(error) => error.hints(),
            Self::Busy(error) => error.hints(),
            Self::Region(error) => error.hints(),
            Self::Page(error) => error.hints(),
            Self::Export(error) => error.hints(),
            Self::Credentials(error) => error.hints(),
            Self::Role(error) => error.hints(),
            Self::Chain(error) => error.hints(),
            Self::Aws(error) => error.hints(),
            Self::Store(error) => error.hints(),
            Self::NotAllowed(error) => error.hints(),
            Self::Project(error) => error.hints(),
            Self::System { .. } => Vec::new(),
        }
    }

    /// What it is about, where a warning may be about the same.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        match self {
            Self::Store(error) | Self::Session(SessionError::Store(error)) => {
                Some(Subject::Problem(error.problem()))
            }
            _ => None,
        }
    }

    pub(super) fn system(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::System { what, source }
    }
}
