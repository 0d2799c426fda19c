//! The environment and start-up of a child that works as a target.
//!
//! What would win over our credentials is removed; the prompt of bash, zsh and fish says where the
//! person is. Start-up files hold no secret and go when the child has ended.

use std::ffi::OsString;
use std::path::Path;

use tempfile::TempDir;

use super::{Portal, PortalError};
use crate::domain::export::environment;
use crate::domain::{Region, RoleCredentials, SsoSession, Target};
use crate::platform::child::ChildSpec;
use crate::settings::{env, overriding_variables};
use crate::store::AwsConfig;

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChildKind {
    /// The person's shell, interactive.
    Shell,
    /// One command.
    Command(Vec<OsString>),
}

/// A child ready to run. Keep it until the child has ended: it holds its start-up files.
#[derive(Debug)]
pub struct Child {
    pub spec: ChildSpec,
    _startup: Option<TempDir>,
}

impl Portal {
    /// Prepares a child for a target. With `keep_environment` the variables of the outer
    /// environment that would win over ours stay.
    pub fn child(
        &self,
        target: &Target,
        credentials: &RoleCredentials,
        kind: &ChildKind,
        keep_environment: bool,
    ) -> Result<Child, PortalError> {
        let session = self.session(Some(&target.session))?;
        let region = self.region_for(&session);
        let mut set: Vec<(OsString, OsString)> = environment(target, credentials, Some(&region))
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let remove = if keep_environment {
            Vec::new()
        } else {
            overriding_variables().iter().map(OsString::from).collect()
        };
        let (program, arguments, startup) = match kind {
            ChildKind::Command(words) => {
                let (program, rest) = words.split_first().ok_or_else(|| {
                    PortalError::system("nothing to run")(std::io::Error::from(
                        std::io::ErrorKind::InvalidInput,
                    ))
                })?;
                (program.clone(), rest.to_vec(), None)
            }
            ChildKind::Shell => {
                let program = self.settings.shell_program();
                let startup = self.shell_startup(&program).map_err(PortalError::system(
                    "the shell's start-up file can't be written to the temporary folder",
                ))?;
                set.extend(startup.set);
                (program.into(), startup.arguments, startup.folder)
            }
        };
        Ok(Child {
            spec: ChildSpec {
                program,
                arguments,
                set,
                remove,
            },
            _startup: startup,
        })
    }

    /// The Region of the user's work: what the environment and preferences say, else that of the
    /// default profile, else the SSO region.
    #[must_use]
    pub fn region_for(&self, session: &SsoSession) -> Region {
        self.settings
            .default_region()
            .or_else(|| AwsConfig::load(&self.settings.paths).ok()?.default_region())
            .unwrap_or_else(|| session.region.clone())
    }

    fn shell_startup(&self, program: &str) -> std::io::Result<Startup> {
        let name = Path::new(program)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match name.as_str() {
            "bash" => {
                let folder = tempfile::Builder::new().prefix("genkan-").tempdir()?;
                let file = folder.path().join("bashrc");
                std::fs::write(&file, include_str!("../../assets/shell/subshell.bash"))?;
                Ok(Startup {
                    arguments: vec!["--rcfile".into(), file.into(), "-i".into()],
                    folder: Some(folder),
                    set: Vec::new(),
                })
            }
            "zsh" => {
                let folder = tempfile::Builder::new().prefix("genkan-").tempdir()?;
                std::fs::write(
                    folder.path().join(".zshenv"),
                    include_str!("../../assets/shell/zshenv"),
                )?;
                std::fs::write(
                    folder.path().join(".zshrc"),
                    include_str!("../../assets/shell/zshrc"),
                )?;
                let mut set = vec![("ZDOTDIR".into(), folder.path().into())];
                if let Some(before) = self.settings.environment.get(env::ZDOTDIR) {
                    set.push((env::GENKAN_ZDOTDIR_BEFORE.into(), before.into()));
                }
                Ok(Startup {
                    arguments: vec!["-i".into()],
                    folder: Some(folder),
                    set,
                })
            }
            "fish" => Ok(Startup {
                arguments: vec![
                    "--init-command".into(),
                    include_str!("../../assets/shell/subshell.fish").into(),
                    "--interactive".into(),
                ],
                folder: None,
                set: Vec::new(),
            }),
            _ => Ok(Startup {
                arguments: Vec::new(),
                folder: None,
                set: Vec::new(),
            }),
        }
    }
}

struct Startup {
    arguments: Vec<OsString>,
    folder: Option<TempDir>,
    set: Vec<(OsString, OsString)>,
}
