//! What reaches the loop beside keys.

use crate::domain::{RoleCredentials, Target};
use crate::tui::effect::RequestId;
use crate::tui::msg::Msg;

/// What reaches the loop beside keys.
pub(super) enum Event {
    Msg(Msg),
    /// Credentials are here: run the subshell in the foreground.
    Run(RequestId, Target, RoleCredentials),
    /// A sequence for the terminal.
    Send(String),
    /// The title of the window; without one, that before comes back.
    Title(Option<String>),
}
