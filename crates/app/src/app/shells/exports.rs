//! Credentials as the text that a shell, an SDK or a file reads.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::shells::shell_change::{Entry, Given, ShellChange, ShellState};
use crate::app::shells::variables::shown_by_prompts;
use crate::app::targets::settings::TargetSettingsFinder;
use crate::domain::shells::export;
use crate::domain::shells::export::ExportFormat;
use crate::domain::{RoleCredentials, Target};
use crate::store::{CredentialsFile, Profile, StoreError};

/// Credentials that were written into a file.
#[derive(Debug)]
pub struct WrittenCredentials {
    pub path: PathBuf,
    /// Where the file as it was is kept.
    pub backup: Option<PathBuf>,
    /// The profile has SSO keys too, and SDKs take those first.
    pub hidden: bool,
}

/// Credentials as text.
pub struct ExportText {
    pub text: String,
    /// Variables of the user's that the text removes from the shell that runs it, because SDKs would prefer them.
    pub overriding: Vec<&'static str>,
}

impl std::fmt::Debug for ExportText {
    /// The text is left out: it is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExportText")
            .field("overriding", &self.overriding)
            .finish_non_exhaustive()
    }
}

/// Credentials as text, for the shell that runs genkan, a file or a program.
pub struct Exports {
    context: Arc<Context>,
    settings: Arc<TargetSettingsFinder>,
}

impl Exports {
    pub(in crate::app) fn new(context: &Arc<Context>, settings: &Arc<TargetSettingsFinder>) -> Self {
        Self {
            context: Arc::clone(context),
            settings: Arc::clone(settings),
        }
    }

    /// Writes credentials into a section of the credentials file.
    pub fn write_credentials<'a>(
        &'a self,
        profile: &'a str,
        credentials: &'a RoleCredentials,
    ) -> BoxFuture<'a, Result<WrittenCredentials, StoreError>> {
        Box::pin(async move {
            let paths = &self.context.settings.paths;
            let backup = CredentialsFile::put(paths, profile, credentials).await?;
            let config = self.context.aws_files.config().ok();
            let hides = |p: &Profile| p.name == profile && p.sso().is_some();
            Ok(WrittenCredentials {
                path: paths.aws_credentials.clone(),
                backup,
                hidden: config.is_some_and(|config| config.profiles().iter().any(hides)),
            })
        })
    }

    /// The text of an export. A credentials file needs a profile name; where none is given it is
    /// made of the target, never `default`.
    pub fn export_text(
        &self,
        format: ExportFormat,
        target: &Target,
        credentials: &RoleCredentials,
        profile: Option<&str>,
    ) -> Result<ExportText, AppError> {
        let text = match format {
            ExportFormat::Json => export::credential_process(target, credentials),
            ExportFormat::CredentialsFile => {
                let own = format!("{}-{}", target.permission_set.name(), target.account_id);
                export::credentials_file(profile.unwrap_or(&own), credentials)
            }
            ExportFormat::Dotenv => {
                let holds = self.settings.settings_of(target)?;
                let mut variables =
                    export::credential_variables(target, credentials, Some(&holds.region.region));
                variables.extend(export::production_variable(holds.rules.production));
                export::format_assignments(format, &variables)?
            }
            // As `gk` does it: what would win over the credentials goes, and comes back on leaving.
            _ => {
                let change = self.change(&self.shell_state(), target, Given::Keys(credentials), None)?;
                return Ok(ExportText {
                    text: change.script(format)?,
                    overriding: change.overriding,
                });
            }
        };
        Ok(ExportText {
            text,
            overriding: Vec::new(),
        })
    }

    /// What to change in a user's shell to be in a target. `sign_in_ends` is when renewed credentials end.
    pub fn enter_shell(
        &self,
        state: &ShellState,
        target: &Target,
        given: Given<'_>,
        sign_in_ends: Option<Timestamp>,
    ) -> Result<ShellChange, AppError> {
        let shown = shown_by_prompts(&self.context.settings, target, sign_in_ends);
        self.change(state, target, given, Some(shown))
    }

    fn change(
        &self,
        state: &ShellState,
        target: &Target,
        given: Given<'_>,
        shown: Option<Vec<(&'static str, String)>>,
    ) -> Result<ShellChange, AppError> {
        let holds = self.settings.settings_of(target)?;
        let environment = &self.context.settings.environment;
        let entry = Entry {
            target,
            region: &holds.region,
            given,
            is_production: holds.rules.production,
            shown,
        };
        Ok(state.enter_target(environment, entry))
    }

    /// What the shell that runs genkan holds of an export or of `gk`.
    #[must_use]
    pub fn shell_state(&self) -> ShellState {
        ShellState::of(&self.context.settings.environment)
    }
}
