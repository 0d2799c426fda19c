//! What `update` asks the runtime to do. Plain values, so that tests compare them.

use super::pending_action::{ConsoleAt, PendingAction};
use crate::domain::export::ExportFormat;
use crate::domain::{AccountId, Catalog, SsoSession, Target, ViewState};

/// Names one request; answers carry it, and late ones are dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// Something to do outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Read what is known of a session from disk.
    Load {
        session: SsoSession,
    },
    /// List everything again, these accounts first.
    Refresh {
        id: RequestId,
        session: SsoSession,
        first: Vec<AccountId>,
    },
    /// Ask for these accounts next, if a listing runs.
    Prefer {
        session: SsoSession,
        accounts: Vec<AccountId>,
    },
    /// List those accounts again that could not be listed.
    RetryFailed {
        id: RequestId,
        session: SsoSession,
    },
    SignIn {
        id: RequestId,
        session: SsoSession,
        /// End the portal session that there is, so that a whole new one begins.
        anew: bool,
    },
    /// Check a session with Identity Center and write it to the config file.
    CreateSession {
        id: RequestId,
        session: SsoSession,
    },
    /// Step into a subshell.
    Enter {
        id: RequestId,
        target: Target,
    },
    Console {
        id: RequestId,
        target: Target,
        at: ConsoleAt,
    },
    /// Something that ends in one sentence.
    Act {
        id: RequestId,
        action: PendingAction,
    },
    /// Copy credentials in a format.
    CopyExport {
        id: RequestId,
        target: Target,
        format: ExportFormat,
    },
    /// Copy a text that is no secret.
    CopyText {
        text: String,
        what: String,
    },
    OpenPage {
        uri: String,
    },
    /// Remember that a guarded target was confirmed.
    Confirm {
        target: Target,
    },
    SetFavourite {
        target: Target,
        favourite: bool,
    },
    /// Look up the profile of each target.
    NameProfiles {
        session: SsoSession,
        catalog: Catalog,
    },
    /// Remember how the screen is left.
    SaveView {
        view: ViewState,
    },
    /// Keep a note; an empty one is removed.
    SetNote {
        target: Target,
        note: String,
    },
    /// The changes have been seen.
    SeenNews {
        session: SsoSession,
    },
    /// Stop what runs under this id.
    Cancel {
        id: RequestId,
    },
    /// Give the terminal back and stop this process until it is continued.
    Suspend,
    /// Draw every cell again.
    Redraw,
    Finish(Outcome),
}

/// What the portal ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Quit,
    /// The user left before what the portal was opened for.
    Cancelled,
    /// A picker's choice.
    Picked(Target),
    /// A signal of this number asked for the end.
    Killed(u8),
    /// Print credentials on standard output.
    Print {
        target: Target,
        format: ExportFormat,
    },
}
