//! What a user prefers: the settings of the preferences file.
//!
//! Each setting counts for itself: what is no setting, or no value of one, is reported with what was probably meant. So
//! the keys stand in a table here and aren't derived from the struct by serde: a derived reader ends at the first
//! mistake, which would take every other setting along, and its sentence speaks of Rust's types.
//! Must not know how the file is read (`preferences_file`), nor rules.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::session_preferences::SessionPreferences;
use super::values::{read_choice, read_flag, read_number, read_parsed, read_text, set_value, suggest_known};
use crate::domain::Region;
use crate::domain::rules::EnterAction;
use crate::domain::rules::agents::AgentRules;
use crate::domain::targets::profile::Template;
use crate::domain::web::browser_choice::BrowserChoice;
use crate::domain::web::console::Via;

/// How the portal looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeName {
    #[default]
    Default,
    Light,
    Mono,
    HighContrast,
}

/// How the portal's keys begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyMode {
    /// Typing searches.
    #[default]
    Standard,
    /// Letters move until `/` searches.
    Vim,
}

/// How a shell or command gets credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// From an endpoint of its own, which renews them.
    Server,
    /// As keys in its environment, until they end.
    Env,
}

/// How a user who looks at neither portal nor prompt is notified of the end of a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotifyBy {
    #[default]
    Nothing,
    /// By the terminal, which may or may not show it (OSC 9).
    Terminal,
    Desktop,
}

/// What a user prefers. Every key may be left out.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Preferences {
    pub theme: ThemeName,
    pub keys: KeyMode,
    /// Whether the mouse scrolls and clicks; off leaves it to the terminal.
    pub mouse: bool,
    /// The SSO session that is meant where none is named.
    pub session: Option<String>,
    /// The Region of shells, commands and consoles.
    pub region: Option<Region>,
    /// How shells and commands get credentials.
    pub credentials: Option<Delivery>,
    /// The program of subshells.
    pub shell: Option<String>,
    /// The browser that opens pages.
    pub browser: Option<BrowserChoice>,
    /// The browser that opens the pages of sign-ins, where not that one.
    pub sign_in_browser: Option<BrowserChoice>,
    /// What Enter does in the portal, where no rule says otherwise.
    pub enter: Option<EnterAction>,
    /// The service whose page a console opens with.
    pub console_service: Option<String>,
    /// How a console is entered.
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
    pub profile_name: Option<Template>,
    /// What programs that act for the user may have; everything if not said.
    pub agents: Option<AgentRules>,
    /// Whether uses of targets are remembered; they are if not said.
    pub history: Option<bool>,
    /// Whether the colours that accounts have in the AWS console are read; they are if not said.
    pub account_colors: Option<bool>,
    /// How the end of a sign-in is notified.
    pub notify: NotifyBy,
    /// What is preferred for each SSO session, by its name.
    pub sessions: BTreeMap<String, SessionPreferences>,
}

/// Takes the value of one setting, or says what it must be.
type Take = fn(&mut Preferences, &DeValue<'_>) -> Result<(), String>;

/// Every setting.
const SETTINGS: &[(&str, Take)] = &[
    ("theme", |p, v| set_value(&mut p.theme, read_choice(v, THEMES))),
    ("keys", |p, v| set_value(&mut p.keys, read_choice(v, KEY_MODES))),
    ("mouse", |p, v| set_value(&mut p.mouse, read_flag(v))),
    ("session", |p, v| {
        set_value(&mut p.session, read_text(v).map(Some))
    }),
    ("region", |p, v| {
        set_value(&mut p.region, read_parsed(v).map(Some))
    }),
    ("credentials", |p, v| {
        set_value(&mut p.credentials, read_choice(v, DELIVERIES).map(Some))
    }),
    ("shell", |p, v| set_value(&mut p.shell, read_text(v).map(Some))),
    ("browser", |p, v| {
        set_value(&mut p.browser, read_parsed(v).map(Some))
    }),
    ("sign_in_browser", |p, v| {
        set_value(&mut p.sign_in_browser, read_parsed(v).map(Some))
    }),
    ("enter", |p, v| {
        set_value(&mut p.enter, read_choice(v, EnterAction::NAMES).map(Some))
    }),
    ("shell_messages", |p, v| {
        set_value(&mut p.shell_messages, read_flag(v).map(Some))
    }),
    ("console_service", |p, v| {
        set_value(&mut p.console_service, read_text(v).map(Some))
    }),
    ("console_via", |p, v| {
        set_value(&mut p.console_via, read_choice(v, Via::NAMES).map(Some))
    }),
    ("console_sign_out", |p, v| {
        set_value(&mut p.console_sign_out, read_flag(v).map(Some))
    }),
    ("requests_per_second", |p, v| {
        set_value(&mut p.requests_per_second, read_number(v).map(Some))
    }),
    ("portal_session_hours", |p, v| {
        set_value(&mut p.portal_session_hours, read_number(v).map(Some))
    }),
    ("timeout_seconds", |p, v| {
        set_value(&mut p.timeout_seconds, read_number(v).map(Some))
    }),
    ("mfa_process", |p, v| {
        set_value(&mut p.mfa_process, read_text(v).map(Some))
    }),
    ("passphrase_process", |p, v| {
        set_value(&mut p.passphrase_process, read_text(v).map(Some))
    }),
    ("profile_roles", |p, v| {
        set_value(&mut p.profile_roles, read_flag(v).map(Some))
    }),
    ("profile_name", |p, v| {
        set_value(&mut p.profile_name, read_parsed(v).map(Some))
    }),
    ("history", |p, v| {
        set_value(&mut p.history, read_flag(v).map(Some))
    }),
    ("account_colors", |p, v| {
        set_value(&mut p.account_colors, read_flag(v).map(Some))
    }),
    ("notify", |p, v| {
        set_value(&mut p.notify, read_choice(v, NOTIFY_BY))
    }),
];

const THEMES: &[(&str, ThemeName)] = &[
    ("default", ThemeName::Default),
    ("light", ThemeName::Light),
    ("mono", ThemeName::Mono),
    ("high-contrast", ThemeName::HighContrast),
];

const KEY_MODES: &[(&str, KeyMode)] = &[("standard", KeyMode::Standard), ("vim", KeyMode::Vim)];

const NOTIFY_BY: &[(&str, NotifyBy)] = &[
    ("off", NotifyBy::Nothing),
    ("terminal", NotifyBy::Terminal),
    ("desktop", NotifyBy::Desktop),
];

pub(super) const DELIVERIES: &[(&str, Delivery)] = &[("server", Delivery::Server), ("env", Delivery::Env)];

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

    /// Takes the value of a setting, or says what is wrong with it.
    pub(super) fn set(&mut self, key: &str, value: &DeValue<'_>) -> Result<(), String> {
        let Some((name, take)) = SETTINGS.iter().find(|(name, _)| *name == key) else {
            let known = SETTINGS
                .iter()
                .map(|(name, _)| *name)
                .chain(["action", "agents", "include", "role", "rule", "sessions"]);
            return Err(format!("unknown setting `{key}`; {}", suggest_known(key, known)));
        };
        take(self, value).map_err(|reason| format!("`{name}` {reason}"))
    }
}

/// Whether a key is a setting's.
pub(super) fn is_setting(name: &str) -> bool {
    SETTINGS.iter().any(|(known, _)| *known == name)
}
