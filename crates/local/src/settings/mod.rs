//! Preferences, environment and places of files, resolved into one value.
//!
//! Nothing else reads the environment.

mod actions;
mod agents;
mod contents;
mod deserializer;
mod environment;
mod includes;
mod keys;
mod preferences;
mod preferences_file;
mod project_file;
mod proxy;
mod roles;
mod rules;
mod session_preferences;
mod values;

use crate::domain::rules::RuleSet;
use crate::domain::rules::agents::{AgentRules, is_off};
use crate::domain::targets::chained_roles::RoleEntry;
pub use crate::domain::values::env;
use crate::domain::{RegionOrigin, RegionSetting};
use crate::platform::files::paths::Paths;
use crate::platform::proxy::proxy_address;

use std::path::Path;
use std::sync::Arc;

pub use actions::{ActionCommand, RunIn, UserAction};
use contents::Contents;
pub use environment::Environment;
use includes::Reader;
pub use preferences::{Delivery, KeyMode, NotifyBy, Preferences, ThemeName};
pub use preferences_file::PreferencesError;
pub use project_file::{PROJECT_FILE, ProjectFile, ProjectFileError, find_project_file, read_project_file};
pub use proxy::{no_proxy_for_loopback, proxied_loopback, read_proxies};
use proxy::{nothing_is_proxied, proxy_of_https};
pub use session_preferences::{SessionPreferences, TokenPlace};

/// Everything that a user set.
#[derive(Clone, Debug)]
pub struct Settings {
    pub environment: Environment,
    pub paths: Paths,
    /// The same, with the shared files as SDKs read them here.
    pub sdk_paths: Paths,
    pub preferences: Preferences,
    /// The rules of the preferences and of the files that they include.
    pub rules: Arc<RuleSet>,
    /// Actions of the user's own.
    pub actions: Vec<UserAction>,
    /// The chained roles of the same files.
    pub roles: Arc<[RoleEntry]>,
    /// What was wrong with the preferences. The other settings count.
    pub notices: Vec<String>,
}

/// Nothing can be resolved.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("can't determine the home folder")]
    NoHome,
}

impl SettingsError {
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        vec!["set HOME to the folder that holds .aws".to_owned()]
    }
}

impl Settings {
    /// Resolves settings from an environment. A mistake in the preferences is a notice, because a
    /// user at 2 a.m. needs the portal more than the colours.
    pub fn resolve(environment: Environment) -> Result<Self, SettingsError> {
        let paths = Paths::resolve(&environment.path_variables()).ok_or(SettingsError::NoHome)?;
        let sdk_paths = Paths::resolve(&environment.sdk_path_variables()).ok_or(SettingsError::NoHome)?;
        let loaded = load_preferences(&paths.config.join("config.toml"), &paths.home);
        let notices = loaded.mistakes.iter().map(ToString::to_string).collect();
        Ok(Self {
            environment,
            paths,
            sdk_paths,
            preferences: loaded.preferences,
            rules: Arc::new(loaded.rules),
            actions: loaded.actions,
            roles: loaded.roles.into(),
            notices,
        })
    }

    /// The variable that says that a program acts for the user here, if one does.
    #[must_use]
    pub fn agent_variable(&self) -> Option<String> {
        let agents = self.preferences.agents.as_ref();
        let more = agents.map_or(&[][..], |agents| &agents.variables);
        agents::agent_variable(&self.environment, more)
    }

    /// The same where the preferences say what may be handed out then.
    #[must_use]
    pub fn restricted_by(&self) -> Option<String> {
        self.preferences.agents.as_ref()?;
        self.agent_variable()
    }

    /// The variable because of which no sign-in is started, if one says so.
    #[must_use]
    pub fn sign_in_refused_by(&self) -> Option<String> {
        let switch = self.environment.get(env::GENKAN_NO_SIGN_IN);
        if switch.is_some_and(|value| !is_off(value)) {
            return Some(env::GENKAN_NO_SIGN_IN.to_owned());
        }
        let may_sign_in = self
            .preferences
            .agents
            .as_ref()
            .is_some_and(|agents| agents.sign_in);
        self.restricted_by().filter(|_| !may_sign_in)
    }

    /// Whether this terminal is at the other end of an SSH connection.
    #[must_use]
    pub fn over_ssh(&self) -> bool {
        [env::SSH_TTY, env::SSH_CONNECTION, env::SSH_CLIENT]
            .iter()
            .any(|name| self.environment.get(name).is_some())
    }

    /// Whether a browser could show up on this machine.
    #[must_use]
    pub fn has_display(&self) -> bool {
        cfg!(target_os = "macos")
            || [
                env::DISPLAY,
                env::WAYLAND_DISPLAY,
                env::WSL_DISTRO_NAME,
                env::BROWSER,
            ]
            .iter()
            .any(|name| self.environment.get(name).is_some())
            || self.preferences.browser.is_some()
    }

    /// Whether colours are unwanted (<https://no-color.org>) or impossible.
    #[must_use]
    pub fn no_color(&self) -> bool {
        self.environment.get(env::NO_COLOR).is_some() || self.is_terminal_dumb()
    }

    /// Whether the terminal obeys no codes and shows them as they are, such as the shell window of an editor.
    #[must_use]
    pub fn is_terminal_dumb(&self) -> bool {
        self.environment.get(env::TERM) == Some("dumb")
    }

    /// The Regions that the environment sets, in the order in which they count.
    pub fn region_variables(&self) -> impl Iterator<Item = RegionSetting> {
        [env::AWS_REGION, env::AWS_DEFAULT_REGION]
            .into_iter()
            .filter_map(|name| {
                let text = self.environment.get(name)?;
                Some(RegionSetting::new(RegionOrigin::Variable(name), text))
            })
    }

    /// The profile that SDKs take in this environment.
    #[must_use]
    pub fn profile_name(&self) -> &str {
        let said = [env::AWS_PROFILE, env::AWS_DEFAULT_PROFILE]
            .into_iter()
            .find_map(|name| self.environment.get(name));
        said.unwrap_or("default")
    }

    /// The Region that the preferences set.
    #[must_use]
    pub fn preferred_region(&self) -> Option<RegionSetting> {
        let region = self.preferences.region.as_ref()?;
        Some(RegionSetting::new(RegionOrigin::Preference, region.as_str()))
    }

    /// The variable that names the proxy for calls to AWS in a way that can't be used, if one does. Going past
    /// it would be a way out that its owner has closed.
    #[must_use]
    pub fn unusable_proxy(&self) -> Option<&'static str> {
        if nothing_is_proxied(&self.environment) {
            return None;
        }
        let (name, text) = proxy_of_https(&self.environment)?;
        proxy_address(text).is_none().then_some(name)
    }

    /// The user's shell: preferences, `$SHELL`, or the system's own.
    #[must_use]
    pub fn shell_program(&self) -> String {
        self.preferences
            .shell
            .clone()
            .or_else(|| self.environment.get(env::SHELL).map(str::to_owned))
            .unwrap_or_else(|| "/bin/sh".to_owned())
    }
}

/// The preferences file and what it includes, read.
#[derive(Debug, Default)]
pub struct LoadedPreferences {
    pub preferences: Preferences,
    pub rules: RuleSet,
    pub actions: Vec<UserAction>,
    pub roles: Vec<RoleEntry>,
    pub mistakes: Vec<PreferencesError>,
}

/// Reads the preferences file; a missing one means defaults. What can't be used is reported, and the rest counts.
#[must_use]
pub fn load_preferences(path: &Path, home: &Path) -> LoadedPreferences {
    let text = match preferences_file::read_preferences(path) {
        Ok(text) => text.unwrap_or_default(),
        Err(error) => {
            // What it allows to programs can't be known: nothing.
            let preferences = Preferences {
                agents: Some(AgentRules::default()),
                ..Preferences::default()
            };
            return LoadedPreferences {
                preferences,
                mistakes: vec![error],
                ..LoadedPreferences::default()
            };
        }
    };
    let mut contents = Contents::of_preferences(&text);
    let own = std::mem::take(&mut contents.mistakes);
    let mut mistakes: Vec<PreferencesError> = PreferencesError::of_lines(path, own).collect();
    let mut preferences = std::mem::take(&mut contents.preferences);
    let mut actions = std::mem::take(&mut contents.actions);
    let mut included = Reader::new(home);
    included.add_file(path, contents);
    mistakes.extend(included.mistakes);
    let mut rules = included.rules;
    let in_home = home.display().to_string();
    let of_sessions = preferences.sessions.values_mut();
    let of_rules = rules.iter_mut().filter_map(|rule| rule.given.browser.as_mut());
    let browsers = of_rules
        .chain(&mut preferences.browser)
        .chain(&mut preferences.sign_in_browser)
        .chain(of_sessions.filter_map(|session| session.browser.as_mut()));
    browsers.for_each(|browser| browser.expand_home(&in_home));
    for action in &mut actions {
        if let ActionCommand::Words(template) = &mut action.command {
            template.expand_home(&in_home);
        }
    }
    if let Some(shell) = &mut preferences.shell
        && let Some(rest) = shell.strip_prefix("~/")
    {
        *shell = home.join(rest).display().to_string();
    }
    LoadedPreferences {
        preferences,
        rules: RuleSet::new(rules),
        actions,
        roles: included.roles,
        mistakes,
    }
}

/// What is wrong with the text of a preferences file, by the number of the line.
#[must_use]
pub fn mistakes_of_preferences(text: &str) -> Vec<(usize, String)> {
    Contents::of_preferences(text).mistakes
}

/// Variables whose values open something: programs that only show or carry something get none of them.
#[must_use]
pub fn secret_variables() -> &'static [&'static str] {
    &[
        env::AWS_ACCESS_KEY_ID,
        env::AWS_SECRET_ACCESS_KEY,
        env::AWS_SESSION_TOKEN,
        env::AWS_SECURITY_TOKEN,
        env::AWS_CONTAINER_AUTHORIZATION_TOKEN,
        env::AWS_CONTAINER_CREDENTIALS_FULL_URI,
        env::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
    ]
}

/// Variables that libraries read by themselves, and to which one that is empty is not an unset one: the TLS library
/// would trust no one, temporary files would come into the working folder.
#[must_use]
pub fn library_variables() -> &'static [&'static str] {
    &[env::SSL_CERT_FILE, env::SSL_CERT_DIR, env::TMPDIR]
}

/// Variables of an environment that make another genkan find the same files, endpoints and rules, with their values.
/// None is secret: an address with a password is left out.
pub fn public_variables(environment: &Environment) -> impl Iterator<Item = (&'static str, String)> {
    const NAMES: [&str; 32] = [
        env::HOME,
        env::PATH,
        env::TMPDIR,
        env::XDG_CONFIG_HOME,
        env::XDG_CACHE_HOME,
        env::XDG_STATE_HOME,
        env::AWS_CONFIG_FILE,
        env::AWS_SHARED_CREDENTIALS_FILE,
        env::GENKAN_AWS_CONFIG_FILE,
        env::GENKAN_AWS_SHARED_CREDENTIALS_FILE,
        env::AWS_CA_BUNDLE,
        env::SSL_CERT_FILE,
        env::SSL_CERT_DIR,
        env::AWS_ENDPOINT_URL,
        env::AWS_ENDPOINT_URL_SSO,
        env::AWS_ENDPOINT_URL_SSO_OIDC,
        env::AWS_ENDPOINT_URL_STS,
        env::AWS_ENDPOINT_URL_SIGNIN,
        env::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS,
        env::AWS_USE_FIPS_ENDPOINT,
        env::AWS_USE_DUALSTACK_ENDPOINT,
        env::AWS_SDK_UA_APP_ID,
        env::AWS_EC2_METADATA_DISABLED,
        env::HTTPS_PROXY,
        env::HTTPS_PROXY_LOWER,
        env::ALL_PROXY,
        env::ALL_PROXY_LOWER,
        env::NO_PROXY,
        env::NO_PROXY_LOWER,
        env::GENKAN_NO_SIGN_IN,
        env::GENKAN_LOG,
        env::GENKAN_AGENT,
    ];
    NAMES.into_iter().filter_map(|name| {
        let value = environment.get(name)?;
        let may_be_secret = value.contains("://") && value.contains('@');
        (!may_be_secret).then(|| (name, value.to_owned()))
    })
}

/// Variables that genkan's own processes and scripts tell each other: no other program gets them.
#[must_use]
pub fn private_variables() -> &'static [&'static str] {
    &[
        env::GENKAN_VARIABLES,
        env::GENKAN_PREVIOUS,
        env::GENKAN_SERVER,
        env::GENKAN_ZDOTDIR,
        env::GENKAN_ZDOTDIR_BEFORE,
        env::GENKAN_BROWSER_HOME,
        env::GENKAN_NO_SUSPEND,
        env::GENKAN_AUTO_APPROVED,
    ]
}

/// Variables of an outer environment that an SDK would believe before, or beside, ours.
#[must_use]
pub fn overriding_variables() -> &'static [&'static str] {
    &[
        env::AWS_PROFILE,
        env::AWS_DEFAULT_PROFILE,
        env::AWS_ACCESS_KEY_ID,
        env::AWS_SECRET_ACCESS_KEY,
        env::AWS_SESSION_TOKEN,
        env::AWS_SECURITY_TOKEN,
        env::AWS_ACCESS_KEY,
        env::AWS_SECRET_KEY,
        env::AWS_CREDENTIAL_FILE,
        env::AWS_CREDENTIAL_EXPIRATION,
        env::AWS_ACCOUNT_ID,
        env::AWS_ROLE_ARN,
        env::AWS_ROLE_SESSION_NAME,
        env::AWS_WEB_IDENTITY_TOKEN_FILE,
        env::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
        env::AWS_CONTAINER_CREDENTIALS_FULL_URI,
        env::AWS_CONTAINER_AUTHORIZATION_TOKEN,
        env::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
    ]
}

/// Variables that only prompts show: which profile a shell is in, and until when. Another tool's would be wrong in a
/// shell of genkan's.
#[must_use]
pub fn prompt_variables() -> &'static [&'static str] {
    &[
        env::AWS_VAULT,
        env::AWS_SSO_PROFILE,
        env::AWSUME_PROFILE,
        env::AWSU_PROFILE,
        env::AWS_SESSION_EXPIRATION,
        env::AWSUME_EXPIRATION,
    ]
}

/// Those that lead to a container's credentials.
#[must_use]
pub fn container_variables() -> &'static [&'static str] {
    &[
        env::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
        env::AWS_CONTAINER_CREDENTIALS_FULL_URI,
        env::AWS_CONTAINER_AUTHORIZATION_TOKEN,
        env::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let home = [("HOME", "/nonexistent")];
        Settings::resolve(Environment::from_pairs(home.iter().chain(pairs).copied())).expect("a home")
    }

    /// Anyone who adds a variable says here whether children see it.
    #[test]
    fn each_variable_of_ours_is_private_or_public() {
        const PUBLIC: &[&str] = &[
            "GENKAN_LOG",
            "GENKAN_MFA_SERIAL",
            "GENKAN_AWS_CONFIG_FILE",
            "GENKAN_AWS_SHARED_CREDENTIALS_FILE",
            "GENKAN_NO_SIGN_IN",
            "GENKAN_AGENT",
            "GENKAN_SESSION",
            "GENKAN_SESSION_ENDS",
            "GENKAN_ACCOUNT_ID",
            "GENKAN_ACCOUNT_NAME",
            "GENKAN_PERMISSION_SET",
            "GENKAN_PROFILE",
            "GENKAN_PRODUCTION",
            "GENKAN_ACCESS_KEY_ID",
            "GENKAN_NAMES_TAKEN",
        ];
        let names = include_str!("../../../domain/src/values/env.rs")
            .split("\"GENKAN_")
            .skip(1)
            .map(|rest| format!("GENKAN_{}", rest.split('"').next().unwrap_or_default()));
        for name in names {
            let public = PUBLIC.contains(&name.as_str());
            let private = private_variables().contains(&name.as_str());
            assert!(public != private, "{name}: public {public}, private {private}");
        }
    }

    #[test]
    fn the_environment_decides() {
        let plain = settings(&[]);
        assert!(!plain.over_ssh() && !plain.no_color() && plain.region_variables().next().is_none());
        let set = settings(&[
            ("SSH_TTY", "/dev/pts/1"),
            ("NO_COLOR", "1"),
            ("AWS_REGION", ""),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("SHELL", "/usr/bin/fish"),
        ]);
        assert!(set.over_ssh() && set.no_color());
        let regions: Vec<String> = set.region_variables().map(|r| r.text).collect();
        assert_eq!(regions, ["eu-west-1"], "an empty variable counts as unset");
        assert_eq!(set.shell_program(), "/usr/bin/fish");
    }
}
