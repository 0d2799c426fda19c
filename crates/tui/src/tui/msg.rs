//! What happened: keys, time, and the answers to effects.

use std::collections::HashMap;

use crossterm::event::{KeyEvent, MouseEvent};
use jiff::Timestamp;

use super::effect::{Asked, RequestId};
use crate::domain::records::activity::Entry;
use crate::domain::records::history::TargetKey;
use crate::domain::shells::export::ExportFormat;
use crate::domain::targets::credentials::Validity;
use crate::domain::targets::profile::ProfileName;
use crate::domain::web::browser_choice::BrowserChoice;
use crate::domain::{
    AccountColors, Catalog, Changes, Secret, SignInEvent, SignInState, SsoSession, SyncEvent, Target,
};
use crate::tui::screens::open_work::{OpenWork, SessionSummary};

/// A failure in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub sentence: String,
    pub hints: Vec<String>,
    /// Why signing in is what helps, where it is.
    pub sign_in: Option<String>,
}

/// The address of a console that the user opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleAddress {
    pub address: Secret,
    /// Whether it signs in anyone who has it.
    pub is_secret: bool,
    /// The command that makes it work on the user's own machine, where it is an address of this one.
    pub forward: Option<String>,
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Msg {
    Key(KeyEvent),
    Paste(String),
    Mouse(MouseEvent),
    Resize(u16, u16),
    /// What time it is; comes before every batch of messages.
    Tick(Timestamp),
    /// What disk knows of a session.
    Loaded {
        session: String,
        catalog: Option<Catalog>,
        /// Not the sign-in that is there now has listed it.
        of_earlier_sign_in: bool,
        /// What changed since it was last looked at.
        changes: Changes,
        expiries: Vec<(TargetKey, Validity)>,
        sign_in: SignInState,
        notices: Vec<String>,
    },
    Sync {
        id: RequestId,
        event: SyncMsg,
    },
    SignIn {
        id: RequestId,
        event: SignInMsg,
    },
    SessionCreated {
        id: RequestId,
        result: Result<SsoSession, Problem>,
    },
    /// A subshell ended, or never began.
    Entered {
        id: RequestId,
        target: Target,
        result: Result<u8, Problem>,
    },
    /// The console was opened, or here is its address for another machine's browser.
    Console {
        id: RequestId,
        target: Target,
        result: Result<Option<ConsoleAddress>, Problem>,
    },
    /// Export lines were copied, by what.
    Exported {
        id: RequestId,
        target: Target,
        format: ExportFormat,
        result: Result<String, Problem>,
    },
    /// Something was done with targets, in one sentence.
    Acted {
        id: RequestId,
        result: Result<String, Problem>,
    },
    /// A command has run in these targets; its exit code in each, or why it did not run.
    Ran {
        id: RequestId,
        results: Vec<(Target, Result<u8, Problem>)>,
    },
    /// An action of the user's own has ended in the background.
    ActionEnded {
        name: String,
        results: Vec<ActionResult>,
    },
    /// A text that is no secret was copied, by what.
    Copied {
        what: String,
        result: Result<String, Problem>,
    },
    /// The sign-in page is in the browser, or no browser came up.
    PageOpened {
        result: Result<(), Problem>,
    },
    /// Credentials of a target are cached, good for so long.
    CredentialsFetched {
        target: TargetKey,
        validity: Validity,
    },
    /// What is open.
    Open(OpenWork),
    /// Where a console can be opened on this machine.
    Browsers(Vec<BrowserChoice>),
    /// How the SSO sessions stand.
    SessionStates(Vec<SessionSummary>),
    /// Something that was open has changed: what to say of it.
    OpenChanged {
        id: Option<RequestId>,
        result: Result<String, Problem>,
    },
    /// A session has been signed out of.
    SignedOut {
        id: RequestId,
        session: String,
        result: Result<(), Problem>,
    },
    /// The colours that accounts have in the AWS console.
    Colors(AccountColors),
    /// What was done lately, the newest first.
    Activity(Vec<Entry>),
    /// The profile of each target of a session.
    ProfilesNamed {
        session: String,
        names: HashMap<TargetKey, ProfileName>,
    },
    /// How wrong this machine's clock is, in words; `None` once it is right.
    ClockSkew(Option<String>),
    /// Another process is waited for; says so.
    Waits(&'static str),
    /// A small thing failed; say so.
    Failed(Problem),
}

/// How a command in the background ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionResult {
    pub target: Target,
    /// Its exit code and the last line that it wrote, or why it did not run.
    pub ended: Result<(u8, String), Problem>,
}

impl ActionResult {
    /// What to say of one that failed.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let why = match &self.ended {
            Ok((0, _)) => return None,
            Ok((code, last)) if last.is_empty() => format!("exit code {code}"),
            Ok((code, last)) => format!("exit code {code}: {last}"),
            Err(problem) => problem.sentence.clone(),
        };
        Some(format!("{} ({why})", self.target))
    }
}

/// A listing goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncMsg {
    Event(SyncEvent),
    Ended(Result<Listed, Problem>),
}

/// What a listing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub catalog: Catalog,
    /// What changed since it was last looked at.
    pub changes: Changes,
}

/// A sign-in goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInMsg {
    Event(SignInEvent),
    /// No browser shows the code's page; why: none was opened, or the one that was started
    /// failed.
    NoBrowser(String),
    /// The user has to type something first; why what was typed before won't do.
    Asks(Asked, Option<String>),
    Ended(Result<SignInState, SignInEnd>),
}

/// Why a sign-in ended without a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInEnd {
    Expired,
    Denied,
    Failed(Problem),
}
