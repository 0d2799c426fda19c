//! What a user wants to do with targets. It is remembered while the user signs in for it.

use std::sync::Arc;

use crate::domain::shells::export::ExportFormat;
use crate::domain::values::count::format_count;
use crate::domain::web::browser_choice::BrowserChoice;
use crate::domain::web::console::Via;
use crate::domain::{Region, Target};
use crate::settings::UserAction;

/// Where the console opens; what is `None` is as the preferences have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsoleAt {
    pub service: Option<String>,
    pub region: Option<Region>,
    pub via: Option<Via>,
    /// Other console sessions of the browser end first.
    pub sign_out_first: bool,
    pub browser: Option<BrowserChoice>,
}

/// How many commands run at once where they are run side by side.
pub(in crate::tui) const AT_ONCE: usize = 8;

/// Something a user wants to do with a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingAction {
    Enter(Target),
    Console(Target, ConsoleAt),
    Copy(Target, ExportFormat),
    Print(Target, ExportFormat),
    /// It is what a picker was opened for.
    Pick(Target),
    /// Write credentials into a profile of the credentials file.
    WriteCredentials(Target, String),
    CopyProfileName(Target),
    SaveProfiles(Vec<Target>),
    Consoles(Vec<Target>),
    /// Run a command in each target, so many at once.
    Run(Vec<Target>, String, usize),
    /// Run an action of the user's own in each target.
    Own(Vec<Target>, Arc<UserAction>),
}

impl PendingAction {
    /// What it does, after "then".
    #[must_use]
    pub fn follows(&self) -> String {
        match self {
            Self::Enter(target) => format!("opens a shell for {}", brief_target(target)),
            Self::Console(target, _) => format!("opens the console for {}", brief_target(target)),
            Self::Copy(target, _) => format!("copies credentials for {}", brief_target(target)),
            Self::Print(target, _) => format!("prints credentials for {}", brief_target(target)),
            Self::Pick(target) => format!("selects {}", brief_target(target)),
            Self::WriteCredentials(target, _) => format!("writes credentials for {}", brief_target(target)),
            Self::CopyProfileName(target) => format!("copies the profile name of {}", brief_target(target)),
            Self::SaveProfiles(targets) => format!("saves {}", format_count(targets.len(), "profile")),
            Self::Consoles(targets) => format!("opens {}", format_count(targets.len(), "console")),
            Self::Run(targets, ..) => {
                format!("runs the command in {}", format_count(targets.len(), "target"))
            }
            Self::Own(targets, action) => format!("runs {} in {}", action.name, name_targets(targets)),
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
            | Self::Pick(target)
            | Self::WriteCredentials(target, _)
            | Self::CopyProfileName(target) => std::slice::from_ref(target),
            Self::SaveProfiles(targets)
            | Self::Consoles(targets)
            | Self::Run(targets, ..)
            | Self::Own(targets, _) => targets,
        }
    }

    /// Whether credentials are handed out: only then a sign-in is needed.
    #[must_use]
    pub fn needs_credentials(&self) -> bool {
        !matches!(
            self,
            Self::CopyProfileName(_) | Self::SaveProfiles(_) | Self::Pick(_)
        )
    }
}

/// A target without the way to a chained role: there is room for little in a header.
fn brief_target(target: &Target) -> String {
    format!("{}/{}", target.account_name, target.permission_set.name())
}

/// One target by its name, several by their number.
#[must_use]
pub(in crate::tui) fn name_targets(targets: &[Target]) -> String {
    match targets {
        [target] => target.to_string(),
        targets => format_count(targets.len(), "target"),
    }
}
