//! A sign-in as the screen shows it.

use super::effect::RequestId;
use super::msg::Problem;
use super::pending_action::PendingAction;
use crate::domain::DeviceAuthorization;
use crate::domain::device::DevicePage;
use crate::domain::text::CleanText;

/// A sign-in under way, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    pub id: RequestId,
    pub step: SignInStep,
    /// What the last poll ran into.
    pub trouble: Option<CleanText>,
    /// What to do once signed in.
    pub then: Option<PendingAction>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInStep {
    /// Asking Identity Center for a code.
    Asking,
    /// Another process signs in to the same session; the code that it shows.
    Waiting {
        page: Option<DevicePage>,
    },
    /// The code is on the screen; `no_browser` says why none was opened.
    Code {
        authorization: DeviceAuthorization,
        no_browser: Option<String>,
    },
    Expired,
    Denied,
    Failed(Problem),
}

impl SignIn {
    /// Whether it ended without a token: a new code can be asked for.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(
            self.step,
            SignInStep::Expired | SignInStep::Denied | SignInStep::Failed(_)
        )
    }

    /// The address of the page that is on the screen.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        match &self.step {
            SignInStep::Code { authorization, .. } => Some(&authorization.verification_uri_complete),
            SignInStep::Waiting { page } => page.as_ref().map(|page| page.address.as_str()),
            _ => None,
        }
    }
}
