//! Taking credentials into a shell that already runs, and leaving it as it was.
//!
//! The shell keeps the memory, in two variables: which ones were set, so that only those are taken
//! back, and which target was there before.

use crate::domain::records::history::TargetKey;
use crate::domain::shells::export;
use crate::domain::shells::export::{ExportFormat, NotExpressible};
use crate::domain::shells::shell::Shell;
use crate::domain::{PermissionSetName, Region, RegionOrigin, RoleCredentials, Target, WorkRegion};
use crate::settings::{Environment, env, overriding_variables, prompt_variables};

/// Variables that only `gk` sets, beside those of an export.
const ONLY_GK: [&str; 13] = [
    env::AWS_CONTAINER_CREDENTIALS_FULL_URI,
    env::AWS_CONTAINER_AUTHORIZATION_TOKEN,
    env::NO_PROXY,
    env::NO_PROXY_LOWER,
    env::AWS_CONFIG_FILE,
    env::AWS_SHARED_CREDENTIALS_FILE,
    env::GENKAN_AWS_CONFIG_FILE,
    env::GENKAN_AWS_SHARED_CREDENTIALS_FILE,
    env::GENKAN_SESSION_ENDS,
    env::GENKAN_SERVER,
    env::AWS_VAULT,
    env::AWS_SSO_PROFILE,
    env::AWS_SESSION_EXPIRATION,
];

/// A server that renews the credentials of one shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShellServer {
    pub process: u32,
    /// The shell that it ends with. One that was started in it has the same variables, and a server of its own or none.
    pub shell: u32,
}

impl std::fmt::Display for ShellServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.process, self.shell)
    }
}

impl ShellServer {
    fn read(text: &str) -> Option<Self> {
        let (process, shell) = text.split_once(':')?;
        Some(Self {
            process: process.parse().ok()?,
            shell: shell.parse().ok()?,
        })
    }
}

/// How a shell gets credentials.
pub enum Given<'a> {
    Keys(&'a RoleCredentials),
    /// From a server, with the variables that lead there.
    Served(ShellServer, Vec<(&'static str, String)>),
}

/// What a shell is given to be in a target.
pub(in crate::app) struct Entry<'a> {
    pub(in crate::app) target: &'a Target,
    pub(in crate::app) region: &'a WorkRegion,
    pub(in crate::app) given: Given<'a>,
    pub(in crate::app) is_production: bool,
    /// What prompts of other tools show, which is set in a user's own shell only.
    pub(in crate::app) shown: Option<Vec<(&'static str, String)>>,
}

/// What a shell holds that `gk` put there.
#[derive(Debug)]
pub struct ShellState {
    /// Variables that `gk` set.
    pub(in crate::app) set: Vec<&'static str>,
    /// The target that the shell is in, no matter which program put it there.
    pub(in crate::app) current: Option<TargetKey>,
    pub(in crate::app) previous: Option<TargetKey>,
    server: Option<ShellServer>,
}

/// What is to change in a shell.
#[derive(Default)]
pub struct ShellChange {
    /// Variables of the shell that are removed or replaced: it keeps their values for later.
    pub save: Vec<&'static str>,
    pub unset: Vec<&'static str>,
    pub set: Vec<(&'static str, String)>,
    /// Saved values that come back, where there are any.
    pub restore: Vec<&'static str>,
    /// Those of `unset` that weren't ours.
    pub overriding: Vec<&'static str>,
}

impl std::fmt::Debug for ShellChange {
    /// Values are left out: some are secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShellChange")
            .field("unset", &self.unset)
            .field("set", &self.set.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl ShellState {
    pub(in crate::app) fn of(environment: &Environment) -> Self {
        let named = environment.get(env::GENKAN_VARIABLES).unwrap_or_default();
        let set = settable_variables()
            .filter(|name| named.split(' ').any(|n| n == *name))
            .collect();
        Self {
            set,
            current: current_target(environment),
            previous: environment
                .get(env::GENKAN_PREVIOUS)
                .and_then(|text| text.parse().ok()),
            server: environment.get(env::GENKAN_SERVER).and_then(ShellServer::read),
        }
    }

    /// The server that renews the credentials of this shell, if `gk` has started one in it.
    #[must_use]
    pub fn server_of(&self, shell: u32) -> Option<ShellServer> {
        self.server.filter(|server| server.shell == shell)
    }

    /// The variables that `gk` set.
    #[must_use]
    pub fn variables(&self) -> &[&'static str] {
        &self.set
    }

    /// Whether the shell is in a target.
    #[must_use]
    pub fn is_in(&self, target: &Target) -> bool {
        self.current == Some(TargetKey::from(target))
    }

    /// Whether anything of genkan's is there to take back.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        self.set.is_empty()
    }

    /// What to change to be in a target.
    pub(in crate::app) fn enter_target(
        &self,
        environment: &Environment,
        Entry {
            target,
            region: WorkRegion { region, origin, .. },
            given,
            is_production,
            shown,
        }: Entry<'_>,
    ) -> ShellChange {
        let outer = &environment.without(&self.set);
        let mut set = match given {
            Given::Keys(credentials) => export::credential_variables(target, credentials, Some(region)),
            Given::Served(server, variables) => {
                let mut set = export::place_variables(target, Some(region));
                set.extend(variables);
                set.push((env::GENKAN_SERVER, server.to_string()));
                set
            }
        };
        set.extend(export::production_variable(is_production));
        // Another tool's place would be wrong beside ours.
        let prompts = if shown.is_some() { prompt_variables() } else { &[] };
        set.extend(shown.into_iter().flatten());
        // A Region that the user's environment sets is theirs: it stays when gk leaves. It is replaced only
        // where it can't be used, or another one was typed.
        if matches!(origin, RegionOrigin::Variable(_)) {
            let works = |theirs: &str| {
                theirs
                    .parse::<Region>()
                    .is_ok_and(|r| r.as_str() == theirs && r.partition() == region.partition())
            };
            set.retain(|(name, _)| {
                !matches!(*name, env::AWS_REGION | env::AWS_DEFAULT_REGION)
                    || !outer.get(name).is_some_and(works)
            });
        }
        let key = TargetKey::from(target);
        let previous = match &self.current {
            Some(current) if *current != key => Some(current),
            _ => self.previous.as_ref(),
        };
        if let Some(previous) = previous {
            set.push((env::GENKAN_PREVIOUS, previous.to_string()));
        }
        let mut names: Vec<&str> = set.iter().map(|(name, _)| *name).collect();
        names.push(env::GENKAN_VARIABLES);
        let names = names.join(" ");
        set.push((env::GENKAN_VARIABLES, names));
        let is_set = |name: &str| set.iter().any(|(n, _)| *n == name);
        let overriding: Vec<&'static str> = overriding_variables()
            .iter()
            .copied()
            .filter(|name| outer.get(name).is_some() && !is_set(name))
            .collect();
        let is_theirs = |name: &&'static str| outer.get(name).is_some();
        let of_prompts = prompts
            .iter()
            .copied()
            .filter(is_theirs)
            .filter(|name| !is_set(name));
        // That of a genkan shell around this one.
        let no_longer = [env::GENKAN_PRODUCTION]
            .into_iter()
            .filter(|name| !is_production && outer.get(name).is_some());
        let goes = |name: &&'static str| {
            overriding_variables().contains(name)
                || is_set(name)
                || *name == env::GENKAN_PRODUCTION
                || prompts.contains(name)
        };
        let left_over = self.set.iter().copied().filter(|name| !is_set(name));
        ShellChange {
            save: restorable_variables().filter(is_theirs).filter(goes).collect(),
            // What is no longer ours is theirs again, but for what would win over the credentials.
            restore: left_over
                .clone()
                .filter(|name| {
                    restorable_variables().any(|known| known == *name)
                        && !overriding_variables().contains(name)
                })
                .collect(),
            unset: left_over
                .chain(no_longer)
                .chain(of_prompts)
                .chain(overriding.iter().copied())
                .collect(),
            overriding,
            set,
        }
    }

    /// Takes back what was set, and nothing else, and brings back what it replaced.
    #[must_use]
    pub fn leave(&self) -> ShellChange {
        ShellChange {
            unset: self.set.clone(),
            restore: restorable_variables().collect(),
            ..ShellChange::default()
        }
    }
}

impl ShellChange {
    /// The change as the shell's own lines; for shells whose `gk` reads it, as JSON.
    pub fn text(&self, shell: Shell) -> Result<String, NotExpressible> {
        if matches!(shell, Shell::Nushell | Shell::Elvish | Shell::Xonsh) {
            let set: serde_json::Map<String, serde_json::Value> = self
                .set
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone().into()))
                .collect();
            return Ok(format!(
                "{}\n",
                serde_json::json!({
                    "save": self.save,
                    "unset": self.unset,
                    "set": set,
                    "restore": self.restore,
                })
            ));
        }
        let script = self.script(shell.into())?;
        Ok(match shell {
            // Its `gk` keeps what it reads in a variable: the first line of it.
            Shell::Tcsh => script.replace('\n', " "),
            _ => script,
        })
    }

    /// The change as lines for a shell to run.
    pub fn script(&self, format: ExportFormat) -> Result<String, NotExpressible> {
        Ok([
            export::format_saves(format, &self.save),
            export::format_removals(format, &self.unset),
            export::format_assignments(format, &self.set)?,
            export::format_restores(format, &self.restore),
        ]
        .concat())
    }
}

/// The target of the genkan shell that an environment belongs to.
pub(in crate::app) fn current_target(environment: &Environment) -> Option<TargetKey> {
    Some(TargetKey {
        session: environment.get(env::GENKAN_SESSION)?.to_owned(),
        account_id: environment.get(env::GENKAN_ACCOUNT_ID)?.parse().ok()?,
        permission_set: PermissionSetName::new(environment.get(env::GENKAN_PERMISSION_SET)?),
    })
}

/// Variables of the shell that entering a target may remove or replace, each once: all but the shell's own
/// memory. Those that say which target an outer genkan shell is in are among them.
fn restorable_variables() -> impl Iterator<Item = &'static str> {
    let memory = [env::GENKAN_VARIABLES, env::GENKAN_PREVIOUS, env::GENKAN_SERVER];
    let overriding = overriding_variables();
    let set = settable_variables().filter(move |name| !memory.contains(name) && !overriding.contains(name));
    let prompts = prompt_variables().iter().copied();
    let others = prompts.filter(|name| !ONLY_GK.contains(name));
    overriding.iter().copied().chain(set).chain(others)
}

/// Every variable that `gk` may set.
fn settable_variables() -> impl Iterator<Item = &'static str> {
    export::VARIABLES.into_iter().chain(ONLY_GK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_in_a_debug_text() {
        let change = ShellChange {
            set: vec![(env::AWS_SECRET_ACCESS_KEY, "canary".to_owned())],
            ..ShellChange::default()
        };
        let shown = format!("{change:?}");
        assert!(
            shown.contains("AWS_SECRET_ACCESS_KEY") && !shown.contains("canary"),
            "{shown}"
        );
    }
}
