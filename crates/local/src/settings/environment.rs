//! A snapshot of the environment, taken once.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::env;
use crate::platform::files::paths::PathVariables;

/// The variables of a process. An empty one counts as unset, as it does for the SDKs.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl std::fmt::Debug for Environment {
    /// Names only: values may be credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Environment {
    /// The environment of this process. Variables that are not Unicode are left out.
    #[must_use]
    pub fn capture() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self {
            variables: std::env::vars_os().filter_map(text).collect(),
        }
    }

    /// An environment made of pairs.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self {
            variables: pairs.into_iter().map(|(n, v)| (n.into(), v.into())).collect(),
        }
    }

    /// The same without some variables.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let mut variables = self.variables.clone();
        variables.retain(|name, _| !names.contains(&name.as_str()));
        Self { variables }
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Those of the names that are set, and to nothing.
    #[must_use]
    pub fn empty<'a>(&self, names: &[&'a str]) -> Vec<&'a str> {
        let is_empty = |name: &&&str| self.variables.get(**name).is_some_and(String::is_empty);
        names.iter().filter(is_empty).copied().collect()
    }

    /// The variables that are set to something.
    #[must_use]
    pub fn set_variables(&self) -> HashMap<String, String> {
        let set = self.variables.iter().filter(|(_, value)| !value.is_empty());
        set.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The names of all variables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// What moves files. Where genkan gave a child copies of the shared files, the originals are meant.
    #[must_use]
    pub fn path_variables(&self) -> PathVariables {
        let original = |name, before| match (self.get(name), self.get(before)) {
            (Some(file), Some(original)) if is_copy(Path::new(file)) => Some(PathBuf::from(original)),
            (file, _) => file.map(PathBuf::from),
        };
        PathVariables {
            aws_config_file: original(env::AWS_CONFIG_FILE, env::GENKAN_AWS_CONFIG_FILE),
            aws_shared_credentials_file: original(
                env::AWS_SHARED_CREDENTIALS_FILE,
                env::GENKAN_AWS_SHARED_CREDENTIALS_FILE,
            ),
            ..self.sdk_path_variables()
        }
    }

    /// The same as SDKs read them.
    #[must_use]
    pub fn sdk_path_variables(&self) -> PathVariables {
        let path = |name| self.get(name).map(PathBuf::from);
        PathVariables {
            home: path(env::HOME),
            aws_config_file: path(env::AWS_CONFIG_FILE),
            aws_shared_credentials_file: path(env::AWS_SHARED_CREDENTIALS_FILE),
            xdg_config_home: path(env::XDG_CONFIG_HOME),
            xdg_cache_home: path(env::XDG_CACHE_HOME),
            xdg_state_home: path(env::XDG_STATE_HOME),
        }
    }
}

/// Whether a file is a copy that genkan made for a child.
fn is_copy(file: &Path) -> bool {
    let folder = file.parent().and_then(Path::parent);
    folder.is_some_and(|folder| folder.ends_with("genkan/shells"))
}
