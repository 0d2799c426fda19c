//! What `update` asks the runtime to do. Plain values, so that tests compare them.

use crate::tui::screens::pending_action::{ConsoleAt, PendingAction};
use jiff::Timestamp;

use crate::domain::shells::export::ExportFormat;
use crate::domain::{AccountId, Catalog, Running, Secret, SsoSession, Target, ViewState};

/// Names one request; answers carry it, and late ones are dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// What the sign-in of an IAM user asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A code of the MFA device with this serial number.
    Code { serial: String },
    /// The passphrase of this file, which has the user's key.
    Passphrase { file: String },
}

/// The answer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A code of an MFA device.
    Code(Secret),
    /// The passphrase of the encrypted file.
    Passphrase(Secret),
}

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
        force: bool,
        /// What the user has typed for it.
        typed: Option<Typed>,
    },
    /// Check a session with Identity Center and write it to the config file.
    CreateSession {
        id: RequestId,
        session: SsoSession,
    },
    /// Open a subshell.
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
    /// Copy a text that opens something; it is cleared from the clipboard after a while.
    CopySecret {
        text: Secret,
        what: String,
    },
    OpenPage {
        uri: String,
    },
    /// Notify of the end of a sign-in, which is soon, outside the screen.
    NotifyOfEnd {
        session: String,
        end: Timestamp,
    },
    /// Set the title of the window, or bring back the one before.
    ShowTitle(Option<String>),
    /// Remember that guarded targets were confirmed.
    Confirm {
        targets: Vec<Target>,
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
    /// Look what is open on this machine.
    ReadOpen,
    /// Look which browsers and profiles there are.
    ReadBrowsers,
    /// Look how the SSO sessions stand.
    ReadSessions,
    /// Ask a shell or command to end.
    EndRunning {
        running: Running,
    },
    /// Get new credentials.
    Renew {
        id: RequestId,
        target: Target,
    },
    /// Remove credentials from this machine.
    Forget {
        target: Target,
    },
    SignOut {
        id: RequestId,
        session: SsoSession,
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
    MarkChangesSeen {
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

impl Effect {
    /// Whether it writes into a file of genkan's own what the user chose: a moment's work, which is not lost by leaving
    /// the portal in that moment.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        matches!(
            self,
            Self::SetFavourite { .. }
                | Self::SetNote { .. }
                | Self::SaveView { .. }
                | Self::MarkChangesSeen { .. }
        )
    }

    /// The command line that does the same, for what takes a while. `several` sessions need a name in front of a
    /// target.
    #[must_use]
    pub fn command_line(&self, several: bool) -> Option<String> {
        let written = |target: &Target| {
            let session = if several {
                format!("{}:", target.session)
            } else {
                String::new()
            };
            quote_word(&format!("{session}{target}"))
        };
        Some(match self {
            Self::Refresh { session, .. } | Self::RetryFailed { session, .. } => {
                format!("genkan list --refresh --session {}", quote_word(&session.name))
            }
            Self::SignIn { session, force, .. } => {
                let force = if *force { " --force" } else { "" };
                format!("genkan login{force} {}", quote_word(&session.name))
            }
            Self::SignOut { session, .. } => format!("genkan logout {}", quote_word(&session.name)),
            Self::Enter { target, .. } => format!("genkan shell {}", written(target)),
            Self::Console { target, at, .. } => {
                let mut line = format!("genkan console {}", written(target));
                if let Some(service) = &at.service {
                    line = format!("{line} --service {}", quote_word(service));
                }
                if let Some(region) = &at.region {
                    line = format!("{line} --region {region}");
                }
                if let Some(via) = at.via {
                    line = format!("{line} --via {}", via.as_str());
                }
                if at.sign_out_first {
                    line += " --sign-out-first";
                }
                if let Some(browser) = &at.browser {
                    line = format!("{line} --browser {}", quote_word(&browser.to_string()));
                }
                line
            }
            Self::CopyExport { target, format, .. } => {
                format!("genkan export --format {format} {}", written(target))
            }
            Self::Act { action, .. } => action_line(action, &written)?,
            _ => return None,
        })
    }
}

/// The command line of an action that ends in one sentence; of several targets one command after the other.
fn action_line(action: &PendingAction, written: &impl Fn(&Target) -> String) -> Option<String> {
    let lines: Vec<String> = match action {
        PendingAction::WriteCredentials(target, profile) => {
            let (profile, target) = (quote_word(profile), written(target));
            vec![format!(
                "genkan export --format credentials-file --as {profile} --write {target}"
            )]
        }
        PendingAction::SaveProfiles(targets) => {
            let line = |target: &Target| {
                // Behind the name of a chained role stands the way to it.
                let set = &target.permission_set;
                let end = if set.is_chained() { "" } else { "$" };
                let query = format!("id:{} set:^{}{end}", target.account_id, set.name());
                let (session, query) = (quote_word(&target.session), quote_word(&query));
                format!("genkan profiles --write --session {session} --query {query}")
            };
            targets.iter().map(line).collect()
        }
        PendingAction::Consoles(targets) => {
            let line = |target| format!("genkan console {}", written(target));
            targets.iter().map(line).collect()
        }
        _ => return None,
    };
    Some(lines.join("; "))
}

/// A word as a shell takes it.
fn quote_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@+=,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PermissionSetName;

    #[test]
    fn the_end_of_the_portal_waits_for_favourites_and_notes() {
        let target = Target {
            session: "org".into(),
            account_id: "000000000001".parse().expect("an id"),
            account_name: "prod".into(),
            permission_set: PermissionSetName::new("Admin"),
        };
        let (id, favourite, note) = (RequestId(1), true, "call Ada first".to_owned());
        let kept = [
            Effect::SetFavourite {
                target: target.clone(),
                favourite,
            },
            Effect::SetNote {
                target: target.clone(),
                note,
            },
        ];
        assert!(kept.iter().all(Effect::is_kept));
        assert!(!Effect::Enter { id, target }.is_kept());
    }

    #[test]
    fn command_lines_can_be_typed() {
        let target = Target {
            session: "org".into(),
            account_id: "000000000001".parse().expect("an id"),
            account_name: "it's prod".into(),
            permission_set: PermissionSetName::new("Admin"),
        };
        let id = RequestId(1);
        let enter = Effect::Enter {
            id,
            target: target.clone(),
        };
        assert_eq!(
            enter.command_line(false).as_deref(),
            Some(r"genkan shell 'it'\''s prod/Admin'")
        );
        let console = Effect::Console {
            id,
            target: Target {
                account_name: "prod".into(),
                ..target
            },
            at: ConsoleAt {
                service: Some("s3".into()),
                sign_out_first: true,
                browser: "chrome:My Work".parse().ok(),
                ..ConsoleAt::default()
            },
        };
        assert_eq!(
            console.command_line(true).as_deref(),
            Some("genkan console org:prod/Admin --service s3 --sign-out-first --browser 'chrome:My Work'")
        );
        assert_eq!(Effect::Redraw.command_line(true), None);
    }

    #[test]
    fn actions_have_command_lines() {
        let target = |account: &str| Target {
            session: "org".into(),
            account_id: "000000000001".parse().expect("an id"),
            account_name: account.into(),
            permission_set: PermissionSetName::new("Admin"),
        };
        let line = |action| {
            let id = RequestId(1);
            Effect::Act { id, action }.command_line(false)
        };
        let both = vec![target("prod"), target("dev")];
        for (action, expected) in [
            (
                PendingAction::WriteCredentials(target("prod"), "my own".into()),
                "genkan export --format credentials-file --as 'my own' --write prod/Admin",
            ),
            (
                PendingAction::SaveProfiles(vec![target("prod")]),
                "genkan profiles --write --session org --query 'id:000000000001 set:^Admin$'",
            ),
            (
                PendingAction::Consoles(both),
                "genkan console prod/Admin; genkan console dev/Admin",
            ),
        ] {
            assert_eq!(line(action).as_deref(), Some(expected));
        }
        assert_eq!(line(PendingAction::CopyProfileName(target("prod"))), None);
    }
}
