//! Credentials as text: what each shell, SDK and file wants to read.
//!
//! Quoting is the whole point: an account name is an administrator's text and must never become a
//! command. Every format is proved by a round trip through its real reader.

mod files;
mod quote;

use crate::values::env;
use crate::values::time::format_iso8601;
use crate::{Region, RoleCredentials, Target};

pub use crate::shells::export_format::ExportFormat;
pub use files::{
    container_credentials, credential_process, credentials_file, is_expiry_comment, served_path,
};

/// The value can't be written in this format.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{format} can't represent a character in `{variable}`")]
pub struct NotExpressible {
    pub variable: String,
    pub format: ExportFormat,
}

impl NotExpressible {
    /// What to do next.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        vec!["choose another --format".to_owned()]
    }
}

/// The environment that credentials of a target make: the names every SDK reads, and ours.
#[must_use]
pub fn credential_variables(
    target: &Target,
    credentials: &RoleCredentials,
    region: Option<&Region>,
) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        (env::AWS_ACCESS_KEY_ID, credentials.access_key_id.clone()),
        (
            env::AWS_SECRET_ACCESS_KEY,
            credentials.secret_access_key.expose().to_owned(),
        ),
        (
            env::AWS_SESSION_TOKEN,
            credentials.session_token.expose().to_owned(),
        ),
        (
            env::AWS_CREDENTIAL_EXPIRATION,
            format_iso8601(credentials.expires_at),
        ),
    ];
    variables.push((env::GENKAN_ACCESS_KEY_ID, credentials.access_key_id.clone()));
    variables.extend(place_variables(target, region));
    variables
}

/// The environment that says where one is, without credentials.
#[must_use]
pub fn place_variables(target: &Target, region: Option<&Region>) -> Vec<(&'static str, String)> {
    let mut variables: Vec<_> = region.into_iter().flat_map(self::region_variables).collect();
    variables.extend([
        (env::GENKAN_SESSION, target.session.clone()),
        (env::GENKAN_ACCOUNT_ID, target.account_id.to_string()),
        (env::GENKAN_ACCOUNT_NAME, target.account_name.to_string()),
        (env::GENKAN_PERMISSION_SET, target.permission_set.to_string()),
    ]);
    variables
}

/// The variables that set a Region.
#[must_use]
pub fn region_variables(region: &Region) -> [(&'static str, String); 2] {
    [env::AWS_REGION, env::AWS_DEFAULT_REGION].map(|name| (name, region.to_string()))
}

/// The variable that says that a target is production, if it is.
#[must_use]
pub fn production_variable(is_production: bool) -> Option<(&'static str, String)> {
    is_production.then(|| (env::GENKAN_PRODUCTION, "1".to_owned()))
}

/// Every variable that an export may set, those of `gk` included.
pub const VARIABLES: [&str; 14] = [
    env::AWS_ACCESS_KEY_ID,
    env::AWS_SECRET_ACCESS_KEY,
    env::AWS_SESSION_TOKEN,
    env::AWS_CREDENTIAL_EXPIRATION,
    env::GENKAN_ACCESS_KEY_ID,
    env::AWS_REGION,
    env::AWS_DEFAULT_REGION,
    env::GENKAN_SESSION,
    env::GENKAN_ACCOUNT_ID,
    env::GENKAN_ACCOUNT_NAME,
    env::GENKAN_PERMISSION_SET,
    env::GENKAN_PRODUCTION,
    env::GENKAN_VARIABLES,
    env::GENKAN_PREVIOUS,
];

/// What becomes of a variable whose value the format can't carry.
enum Inexpressible {
    /// It is only shown: similar characters do.
    Similar,
    /// It is looked up by its exact value, and everything works without.
    LeftOut,
    /// Nothing works without it.
    Refused,
}

impl Inexpressible {
    fn of(name: &str) -> Self {
        match name {
            env::GENKAN_ACCOUNT_NAME => Self::Similar,
            env::GENKAN_SESSION | env::GENKAN_PERMISSION_SET | env::GENKAN_PREVIOUS => Self::LeftOut,
            _ => Self::Refused,
        }
    }
}

/// Lines that set the variables in a shell, or an `.env` file. A `GENKAN_` variable that the format
/// can't carry is written with similar characters, or left out: credentials never fail for a name.
///
/// # Errors
/// [`NotExpressible`] where another value holds what the format has no way to write, such as a line
/// break for `cmd`.
pub fn format_assignments(
    format: ExportFormat,
    variables: &[(&str, String)],
) -> Result<String, NotExpressible> {
    let mut out = String::new();
    for (name, value) in variables {
        let line = quote::format_assignment(format, name, value);
        let line = match (line, Inexpressible::of(name)) {
            (None, Inexpressible::Refused) => {
                return Err(NotExpressible {
                    variable: (*name).to_owned(),
                    format,
                });
            }
            (None, Inexpressible::Similar) => {
                quote::format_assignment(format, name, &quote::replace_inexpressible(format, value))
            }
            (line, _) => line,
        };
        if let Some(line) = line {
            out.push_str(&line);
            out.push('\n');
        }
    }
    Ok(out)
}

/// Lines that copy variables of the user's into shell variables that no program inherits, so that
/// [`format_restores`] can bring them back. `cmd` has no such variables.
#[must_use]
pub fn format_saves(format: ExportFormat, names: &[&str]) -> String {
    names
        .iter()
        .filter_map(|name| quote::format_save(format, name))
        .collect()
}

/// Lines that bring back what [`format_saves`] copied, and do nothing where it copied nothing.
#[must_use]
pub fn format_restores(format: ExportFormat, names: &[&str]) -> String {
    names
        .iter()
        .filter_map(|name| quote::format_restore(format, name))
        .collect()
}

/// Lines that take the variables back.
#[must_use]
pub fn format_removals(format: ExportFormat, names: &[&str]) -> String {
    names
        .iter()
        .map(|name| quote::format_removal(format, name) + "\n")
        .collect()
}

/// A value as a shell's own literal; `None` where the format has none.
#[must_use]
pub fn quote_value(format: ExportFormat, value: &str) -> Option<String> {
    quote::format_literal(format, value)
}
