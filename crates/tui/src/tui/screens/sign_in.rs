//! A sign-in as the screen shows it.

use jiff::Timestamp;

use super::pending_action::PendingAction;
use crate::domain::DeviceAuthorization;
use crate::domain::sessions::device::DevicePage;
use crate::domain::text::CleanText;
use crate::domain::values::duration::{format_age, format_duration};
use crate::domain::values::time::{seconds_since, seconds_until};
use crate::tui::effect::{Asked, RequestId};
use crate::tui::input::secret_input::SecretInput;
use crate::tui::input::text_input::TextInput;
use crate::tui::msg::Problem;

/// A sign-in under way, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    pub id: RequestId,
    pub step: SignInStep,
    /// What the last poll ran into.
    pub trouble: Option<CleanText>,
    /// Why it is there.
    pub why: Why,
    /// What to do once signed in.
    pub then: Option<PendingAction>,
}

/// Why someone is asked to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    NotSignedIn,
    /// The sign-in that there was has ended, and how.
    Ended(String),
    /// It ended then.
    EndedAt(Timestamp),
    /// The one that there is ends then.
    EndsSoon(Timestamp),
    /// It is what the user asked for.
    Asked,
    /// A role wants the code of a device.
    Code,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInStep {
    /// Asking Identity Center for a code, or a page.
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
    /// The browser is to come back from a page; there is no code.
    Page {
        address: String,
        no_browser: Option<String>,
    },
    /// The user types what is asked for.
    Asks {
        asked: Asked,
        input: SecretInput,
        /// Why what was typed before won't do.
        refused: Option<String>,
    },
    /// AWS, or the encrypted file, is given what was typed.
    Checking(Asked),
    Expired,
    Denied,
    Failed(Problem),
    /// It has worked: said for a moment, until then.
    Done {
        until: Timestamp,
    },
}

impl SignIn {
    /// Whether it ended without a token: a new code can be asked for.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(
            self.step,
            SignInStep::Expired | SignInStep::Denied | SignInStep::Failed(_)
        )
    }

    /// Whether it has worked.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.step, SignInStep::Done { .. })
    }

    /// The line that is typed into, where there is one.
    pub fn input(&mut self) -> Option<&mut TextInput> {
        match &mut self.step {
            SignInStep::Asks { input, .. } => Some(input.line()),
            _ => None,
        }
    }

    /// Whether something has to be typed.
    #[must_use]
    pub fn asks(&self) -> bool {
        matches!(self.step, SignInStep::Asks { .. })
    }

    /// Why it is there, in a sentence.
    #[must_use]
    pub fn reason(&self, now: Timestamp) -> String {
        match &self.why {
            Why::NotSignedIn => "You are not signed in.".to_owned(),
            Why::Ended(how) => {
                let mut letters = how.chars();
                let first = letters.next().map(char::to_uppercase);
                let first: String = first.into_iter().flatten().collect();
                format!("{first}{}.", letters.as_str().trim_end_matches('.'))
            }
            Why::EndedAt(since) => {
                let age = format_age(seconds_since(*since, now));
                format!("Your sign-in ended {age}.")
            }
            Why::EndsSoon(end) => {
                let left = format_duration(seconds_until(*end, now));
                format!("Your sign-in expires in about {left}.")
            }
            Why::Code => "One code opens all roles of the device.".to_owned(),
            Why::Asked => "You asked for a new sign-in.".to_owned(),
        }
    }

    /// What happens after it.
    #[must_use]
    pub fn follows(&self) -> String {
        self.then.as_ref().map_or_else(
            || "lists your accounts".to_owned(),
            super::pending_action::PendingAction::follows,
        )
    }

    /// The address of the page that is on the screen.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        match &self.step {
            SignInStep::Code { authorization, .. } => Some(&authorization.verification_uri_complete),
            SignInStep::Page { address, .. } => Some(address),
            SignInStep::Waiting { page } => page.as_ref().map(|page| page.address.as_str()),
            _ => None,
        }
    }
}
