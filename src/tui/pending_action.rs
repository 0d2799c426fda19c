//! What a user wants to do with a target. It is remembered while the user signs in for it.

use crate::domain::Target;
use crate::domain::export::ExportFormat;

/// Something a user wants to do with a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingAction {
    Enter(Target),
    Console(Target),
    Copy(Target, ExportFormat),
    Print(Target, ExportFormat),
}

impl PendingAction {
    #[must_use]
    pub fn target(&self) -> &Target {
        match self {
            Self::Enter(t) | Self::Console(t) | Self::Copy(t, _) | Self::Print(t, _) => t,
        }
    }
}
