//! The environment and start-up of a child that works as a target.
//!
//! What would win over our credentials is removed; the shell's prompt says where the person
//! is. Start-up files hold no secret and go when the child has ended.

use std::ffi::OsString;

use tempfile::TempDir;

use super::{Portal, PortalError};
use crate::domain::export::environment;
use crate::domain::shell::{SUBSHELL_ZSHENV, Shell};
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
        // What `gk` remembers is of the outer shell.
        let mut remove: Vec<OsString> = [env::GENKAN_VARIABLES, env::GENKAN_PREVIOUS]
            .map(Into::into)
            .into();
        if !keep_environment {
            remove.extend(overriding_variables().iter().map(OsString::from));
        }
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
        let Some(shell) = Shell::of_program(program) else {
            return Ok(Startup::default());
        };
        match shell {
            Shell::Bash => {
                let folder = tempfile::Builder::new().prefix("genkan-").tempdir()?;
                let file = folder.path().join("bashrc");
                std::fs::write(&file, Shell::Bash.subshell_startup())?;
                Ok(Startup {
                    arguments: vec!["--rcfile".into(), file.into(), "-i".into()],
                    folder: Some(folder),
                    set: Vec::new(),
                })
            }
            Shell::Zsh => {
                let folder = tempfile::Builder::new().prefix("genkan-").tempdir()?;
                std::fs::write(folder.path().join(".zshenv"), SUBSHELL_ZSHENV)?;
                std::fs::write(folder.path().join(".zshrc"), Shell::Zsh.subshell_startup())?;
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
            Shell::Fish => Ok(Startup::arguments([
                "--init-command",
                &shell.subshell_startup(),
                "--interactive",
            ])),
            Shell::Nushell => Ok(Startup::arguments(["--execute", &shell.subshell_startup()])),
            Shell::PowerShell => Ok(Startup::arguments([
                "-NoExit",
                "-Command",
                &shell.subshell_startup(),
            ])),
        }
    }
}

#[derive(Default)]
struct Startup {
    arguments: Vec<OsString>,
    folder: Option<TempDir>,
    set: Vec<(OsString, OsString)>,
}

impl Startup {
    fn arguments<const N: usize>(arguments: [&str; N]) -> Self {
        Self {
            arguments: arguments.map(OsString::from).into(),
            ..Self::default()
        }
    }
}
