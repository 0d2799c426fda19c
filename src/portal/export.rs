//! Credentials as the text that a shell, an SDK or a file reads.

use super::{Portal, PortalError};
use crate::domain::export::{self, ExportFormat};
use crate::domain::{RoleCredentials, Target};

impl Portal {
    /// The text of an export. A credentials file needs a profile name; where none is given it is
    /// made of the target, never `default`.
    pub fn export_text(
        &self,
        format: ExportFormat,
        target: &Target,
        credentials: &RoleCredentials,
        profile: Option<&str>,
    ) -> Result<String, PortalError> {
        let session = self.session(Some(&target.session))?;
        match format {
            ExportFormat::Json => Ok(export::credential_process(target, credentials)),
            ExportFormat::CredentialsFile => {
                let own = format!("{}-{}", target.permission_set, target.account_id);
                Ok(export::credentials_file(profile.unwrap_or(&own), credentials))
            }
            _ => {
                let region = self.region_for(&session);
                Ok(export::assignments(
                    format,
                    &export::environment(target, credentials, Some(&region)),
                )?)
            }
        }
    }
}
