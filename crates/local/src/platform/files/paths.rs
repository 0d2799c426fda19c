//! Where files are: AWS's own and genkan's.

use std::path::{Path, PathBuf};

/// Every place that genkan reads or writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    pub home: PathBuf,
    /// `~/.aws/config` or `AWS_CONFIG_FILE`.
    pub aws_config: PathBuf,
    /// `~/.aws/credentials` or `AWS_SHARED_CREDENTIALS_FILE`.
    pub aws_credentials: PathBuf,
    /// `~/.aws/sso/cache`: home-based whatever `AWS_CONFIG_FILE` says, as in every SDK.
    pub sso_cache: PathBuf,
    /// `$XDG_CONFIG_HOME/genkan`.
    pub config: PathBuf,
    /// `$XDG_CACHE_HOME/genkan`.
    pub cache: PathBuf,
    /// `$XDG_STATE_HOME/genkan`.
    pub state: PathBuf,
}

/// Values of the environment that move files. Relative XDG folders are ignored, as their
/// specification says.
#[derive(Clone, Debug, Default)]
pub struct PathVariables {
    pub home: Option<PathBuf>,
    pub aws_config_file: Option<PathBuf>,
    pub aws_shared_credentials_file: Option<PathBuf>,
    pub xdg_config_home: Option<PathBuf>,
    pub xdg_cache_home: Option<PathBuf>,
    pub xdg_state_home: Option<PathBuf>,
}

impl Paths {
    /// The usual places in a home folder, for unit tests.
    ///
    /// # Panics
    /// Where the path is relative and the user has no home folder.
    #[allow(clippy::expect_used, reason = "only unit tests call this")]
    #[doc(hidden)]
    #[must_use]
    pub fn in_home(home: &Path) -> Self {
        let variables = PathVariables {
            home: Some(home.to_owned()),
            ..PathVariables::default()
        };
        Self::resolve(&variables).expect("a home")
    }

    /// A path as people write it: with `~` for the home folder.
    #[must_use]
    pub fn display_path(&self, path: &Path) -> String {
        path.strip_prefix(&self.home).map_or_else(
            |_| path.display().to_string(),
            |rest| format!("~/{}", rest.display()),
        )
    }

    /// A path that a user has set, `~/` as the home folder.
    #[must_use]
    pub fn expanded(&self, path: &Path) -> PathBuf {
        expand_home(path, &self.home)
    }

    /// Resolves all places; `None` where no home folder is known.
    #[must_use]
    pub fn resolve(variables: &PathVariables) -> Option<Self> {
        let home = variables
            .home
            .clone()
            .filter(|h| h.is_absolute())
            .or_else(std::env::home_dir)?;
        let xdg = |value: &Option<PathBuf>, default: &str| {
            value
                .clone()
                .filter(|p| p.is_absolute())
                .unwrap_or_else(|| home.join(default))
                .join("genkan")
        };
        let aws = home.join(".aws");
        let file = |value: &Option<PathBuf>, default: &str| {
            value
                .as_deref()
                .map_or_else(|| aws.join(default), |p| expand_home(p, &home))
        };
        Some(Self {
            aws_config: file(&variables.aws_config_file, "config"),
            aws_credentials: file(&variables.aws_shared_credentials_file, "credentials"),
            sso_cache: aws.join("sso").join("cache"),
            config: xdg(&variables.xdg_config_home, ".config"),
            cache: xdg(&variables.xdg_cache_home, ".cache"),
            state: xdg(&variables.xdg_state_home, ".local/state"),
            home,
        })
    }
}

/// A path without links and `..`, as far as the file is there: the same for each way to it.
#[must_use]
pub fn canonical_path(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Where a program is: by its path, or in the folders that `PATH` lists.
#[must_use]
pub fn find_program(name: &str, path: Option<&str>) -> Option<PathBuf> {
    let runs = |file: &Path| file.is_file() && rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok();
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|file| runs(file));
    }
    std::env::split_paths(path?)
        .map(|folder| folder.join(name))
        .find(|file| runs(file))
}

/// The names of the programs in the folders that `PATH` lists that begin with a text, each once.
#[must_use]
pub fn programs_beginning(text: &str, path: Option<&str>) -> Vec<String> {
    let runs = |file: &Path| file.is_file() && rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok();
    let folders = std::env::split_paths(path.unwrap_or_default());
    let entries = folders.flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten());
    let names = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        (name.starts_with(text) && runs(&entry.path())).then_some(name)
    });
    names
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// The files that a text begins, folders with a slash behind them.
#[must_use]
pub fn files_beginning(text: &str) -> Vec<String> {
    let (folder, begun) = text
        .rsplit_once('/')
        .map_or(("", text), |(folder, begun)| (folder, begun));
    let place = match (folder, text.starts_with('/')) {
        ("", true) => "/",
        ("", false) => ".",
        (folder, _) => folder,
    };
    let front = text.strip_suffix(begun).unwrap_or_default();
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let is_meant = name.starts_with(begun) && (begun.starts_with('.') || !name.starts_with('.'));
        let slash = if entry.path().is_dir() { "/" } else { "" };
        is_meant.then(|| format!("{front}{name}{slash}"))
    });
    names
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// `~/x` as the SDKs read it in their path variables.
fn expand_home(path: &Path, home: &Path) -> PathBuf {
    path.strip_prefix("~")
        .map_or_else(|_| path.to_owned(), |rest| home.join(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_moves_files() {
        let variables = PathVariables {
            home: Some("/h".into()),
            aws_config_file: Some("~/x/config".into()),
            xdg_cache_home: Some("/c".into()),
            xdg_state_home: Some("relative".into()),
            ..PathVariables::default()
        };
        let paths = Paths::resolve(&variables).expect("a home");
        assert_eq!(paths.aws_config, Path::new("/h/x/config"));
        assert_eq!(paths.aws_credentials, Path::new("/h/.aws/credentials"));
        assert_eq!(paths.sso_cache, Path::new("/h/.aws/sso/cache"));
        assert_eq!(paths.cache, Path::new("/c/genkan"));
        assert_eq!(paths.state, Path::new("/h/.local/state/genkan"));
    }
}
