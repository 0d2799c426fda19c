//! Taking credentials into a shell that already runs, and leaving it as it was.
//!
//! The shell keeps the memory, in two variables: which ones were set, so that only those are taken
//! back, and which target was there before.

use crate::domain::export::{self, ExportFormat, NotExpressible};
use crate::domain::history::TargetKey;
use crate::domain::shell::Shell;
use crate::domain::{PermissionSetName, Region, RegionOrigin, RoleCredentials, Target, WorkRegion};
use crate::settings::{Environment, env, overriding_variables};

/// What a shell holds that `gk` put there.
#[derive(Debug)]
pub struct ShellState {
    /// Variables that `gk` set.
    pub(in crate::app) set: Vec<&'static str>,
    /// The target that the shell is in, whoever put it there.
    pub(in crate::app) current: Option<TargetKey>,
    pub(in crate::app) previous: Option<TargetKey>,
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
        let set = export::VARIABLES
            .into_iter()
            .filter(|name| named.split(' ').any(|n| n == *name))
            .collect();
        Self {
            set,
            current: current_target(environment),
            previous: environment
                .get(env::GENKAN_PREVIOUS)
                .and_then(|text| text.parse().ok()),
        }
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
        WorkRegion { region, origin, .. }: &WorkRegion,
        target: &Target,
        credentials: &RoleCredentials,
        is_production: bool,
    ) -> ShellChange {
        let outer = &environment.without(&self.set);
        let mut set = export::environment(target, credentials, Some(region));
        set.extend(export::production(is_production));
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
        // That of a genkan shell around this one.
        let no_longer = [env::GENKAN_PRODUCTION]
            .into_iter()
            .filter(|name| !is_production && outer.get(name).is_some());
        let goes = |name: &&'static str| {
            overriding_variables().contains(name) || is_set(name) || *name == env::GENKAN_PRODUCTION
        };
        let left_over = self.set.iter().copied().filter(|name| !is_set(name));
        ShellChange {
            save: restorable().filter(is_theirs).filter(goes).collect(),
            restore: Vec::new(),
            unset: left_over
                .chain(no_longer)
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
            restore: restorable().collect(),
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
            export::saved(format, &self.save),
            export::removals(format, &self.unset),
            export::assignments(format, &self.set)?,
            export::restored(format, &self.restore),
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
fn restorable() -> impl Iterator<Item = &'static str> {
    let memory = [env::GENKAN_VARIABLES, env::GENKAN_PREVIOUS];
    let overriding = overriding_variables();
    let set = export::VARIABLES.into_iter();
    let set = set.filter(move |name| !memory.contains(name) && !overriding.contains(name));
    overriding.iter().copied().chain(set)
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
