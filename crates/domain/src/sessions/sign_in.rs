//! What happens during a sign-in, as the command line and the screen show it.

use super::device::DevicePage;
use crate::DeviceAuthorization;
use crate::text::CleanText;

/// What a user sees while signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInEvent {
    /// Another process is signing in to the same session.
    Waiting,
    /// The code that it shows.
    Elsewhere(DevicePage),
    /// It went away without a token: this one goes on, and opens no browser where one was `opened`.
    TakenOver { opened: bool },
    /// The portal session before this one could not be ended on the server, in a sentence.
    NotEnded(CleanText),
    /// The code to approve.
    Code(DeviceAuthorization),
    /// The page to sign in on; the browser comes back by itself.
    Page(String),
    /// The last poll failed; polling goes on.
    Trouble(CleanText),
    /// The last poll worked again: still waiting for the approval.
    Pending,
}
