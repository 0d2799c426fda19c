//! What a user wants to do with targets. It is remembered while the user signs in for it.

use crate::domain::export::ExportFormat;
use crate::domain::{Region, Target};

/// Where the console opens; what is `None` is as the preferences have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsoleAt {
    pub service: Option<String>,
    pub region: Option<Region>,
}

/// Something a user wants to do with a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingAction {
    Enter(Target),
    Console(Target, ConsoleAt),
    Copy(Target, ExportFormat),
    Print(Target, ExportFormat),
    /// It is what a picker was opened for.
    Pick(Target),
}

impl PendingAction {
    /// What it does, after "then".
    #[must_use]
    pub fn follows(&self) -> String {
        match self {
            Self::Enter(target) => format!("opens a shell for {target}"),
            Self::Console(target, _) => format!("opens the console for {target}"),
            Self::Copy(target, _) => format!("copies credentials for {target}"),
            Self::Print(target, _) => format!("prints credentials for {target}"),
            Self::Pick(target) => format!("selects {target}"),
        }
    }

    /// What it acts on.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        match self {
            Self::Enter(target)
            | Self::Console(target, _)
            | Self::Copy(target, _)
            | Self::Print(target, _)
            | Self::Pick(target) => std::slice::from_ref(target),
        }
    }
}
