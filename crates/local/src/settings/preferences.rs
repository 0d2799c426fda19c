//! What a user prefers: the settings of the preferences file.
//!
//! The fields are the keys. Must not know how the file is read (`preferences_file`), nor rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::deserializer::ValueError;
use super::keys::{describe_mistake, known_keys};
use super::session_preferences::SessionPreferences;
use super::values::{read_choice, read_parsed};
use crate::domain::Region;
use crate::domain::rules::EnterAction;
use crate::domain::rules::agents::AgentRules;
use crate::domain::targets::profile::Template;
use crate::domain::web::browser_choice::BrowserChoice;
use crate::domain::web::console::Via;

/// How the portal looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeName {
    #[default]
    Default,
    Light,
    Mono,
    HighContrast,
}

/// How the portal's keys begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyMode {
    /// Typing searches.
    #[default]
    Standard,
    /// Letters move until `/` searches.
    Vim,
}

/// How a shell or command gets credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// From an endpoint of its own, which renews them.
    Server,
    /// As keys in its environment, until they end.
    Env,
}

/// How a user who looks at neither portal nor prompt is notified of the end of a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotifyBy {
    #[default]
    #[serde(rename = "off")]
    Nothing,
    /// By the terminal, which may or may not show it (OSC 9).
    Terminal,
    Desktop,
}

/// What a user prefers. Every key may be left out.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    pub theme: ThemeName,
    pub keys: KeyMode,
    /// Whether the mouse scrolls and clicks; off leaves it to the terminal.
    pub mouse: bool,
    /// The SSO session that is meant where none is named.
    pub session: Option<String>,
    /// The Region of shells, commands and consoles.
    #[serde(deserialize_with = "read_parsed")]
    pub region: Option<Region>,
    /// How shells and commands get credentials.
    pub credentials: Option<Delivery>,
    /// The program of subshells.
    pub shell: Option<String>,
    /// The browser that opens pages.
    #[serde(deserialize_with = "read_parsed")]
    pub browser: Option<BrowserChoice>,
    /// The browser that opens the pages of sign-ins, where not that one.
    #[serde(deserialize_with = "read_parsed")]
    pub sign_in_browser: Option<BrowserChoice>,
    /// What Enter does in the portal, where no rule says otherwise.
    pub enter: Option<EnterAction>,
    /// The service whose page a console opens with.
    pub console_service: Option<String>,
    /// How a console is entered.
    #[serde(deserialize_with = "read_console_via")]
    pub console_via: Option<Via>,
    /// Whether other console sessions of the browser end before one opens.
    pub console_sign_out: Option<bool>,
    /// Whether a shell that begins says where it is, and one that failed stays in sight until a key; usually.
    pub shell_messages: Option<bool>,
    /// The most requests a second that an access portal is asked, where that is not the usual.
    pub requests_per_second: Option<u16>,
    /// How long the portal session is that an administrator set in Identity Center; 8 hours if not said.
    pub portal_session_hours: Option<u16>,
    /// How many seconds an answer of AWS may take, where that is not the usual.
    pub timeout_seconds: Option<u16>,
    /// The program that prints the passphrase of the encrypted file; it is asked for if not said.
    pub passphrase_process: Option<String>,
    /// The program that prints a code of an MFA device; it is asked for if not said.
    pub mfa_process: Option<String>,
    /// Whether the roles of profiles are listed whose chains begin in none of genkan's sources; they are if not said.
    pub profile_roles: Option<bool>,
    /// How profiles are named.
    #[serde(deserialize_with = "read_parsed")]
    pub profile_name: Option<Template>,
    /// What programs that act for the user may have; everything if not said.
    /// Read by `agents`, which also decides where the table can't be read.
    #[serde(skip)]
    pub agents: Option<AgentRules>,
    /// Whether uses of targets are remembered; they are if not said.
    pub history: Option<bool>,
    /// Whether the colours that accounts have in the AWS console are read; they are if not said.
    pub account_colors: Option<bool>,
    /// How the end of a sign-in is notified.
    pub notify: NotifyBy,
    /// What is preferred for each SSO session, by its name.
    /// Read by `session_preferences`.
    #[serde(skip)]
    pub sessions: BTreeMap<String, SessionPreferences>,
}

pub(super) fn read_console_via<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Via>, D::Error> {
    read_choice(value, Via::NAMES)
}

impl Preferences {
    /// Whether shells say where they are, and stay in sight where they failed.
    #[must_use]
    pub fn says_shell_messages(&self) -> bool {
        self.shell_messages.unwrap_or(true)
    }

    /// What is preferred for an SSO session; what its own table doesn't say is said for all.
    #[must_use]
    pub fn of_session(&self, name: &str) -> SessionPreferences {
        let own = self.sessions.get(name).cloned().unwrap_or_default();
        SessionPreferences {
            portal_session_hours: own.portal_session_hours.or(self.portal_session_hours),
            ..own
        }
    }
}

/// What is wrong with a key of `[[table]]`: a setting there was to stand above the first one.
pub(super) fn describe_misplaced(
    table: &str,
    name: &str,
    error: &ValueError,
    others: &[&'static str],
) -> String {
    let is_unknown = matches!(error, ValueError::UnknownKey(_));
    if is_unknown && known_keys(Preferences::deserialize).contains(&name) {
        return format!("unknown key `{name}`; settings stand above the first `[[{table}]]`");
    }
    describe_mistake(name, error, others)
}
