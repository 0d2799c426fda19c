//! Profiles of `~/.aws/config` made of targets: their names, and what each SDK reads in them.
//!
//! Pure: what a file holds already, and how it is changed, is `store`'s knowledge.

mod command;
mod name;
mod slug;

use crate::{Region, SessionKind, SsoSession, Target};

pub use command::{
    NotInOneLine, OwnCommand, command_word, loses_its_arguments, own_command, process_command,
    target_of_command,
};
pub use name::{DEFAULT_TEMPLATE, NotATemplate, Template, name_profiles};

/// How a profile comes to its credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProfileKind {
    /// By the SDK's own SSO support.
    #[default]
    Native,
    /// By `credential_process`.
    Process,
}

/// The profile of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileName {
    pub name: String,
    /// It is in the file; otherwise this is the name that it would get.
    pub is_written: bool,
}

/// Keys that genkan writes in one kind of profile or the other. Left over from another kind they would
/// win over, or contradict, what is written now.
pub const KEYS: [&str; 7] = [
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
    "credential_process",
    "region",
];

/// Whether a name needs no quotes in any file and no escaping in any shell: letters, digits, `-`, `_`, `.` and `@`.
#[must_use]
pub fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'@'))
}

/// What a native profile says. Beside `sso_session` there is no `sso_start_url` and no `sso_region`:
/// the SDK for Rust refuses a profile that has both. Of an IAM user there is none: SDKs don't know where its key is.
#[must_use]
pub fn native_keys(
    session: &SsoSession,
    target: &Target,
    region: &Region,
) -> Option<Vec<(&'static str, String)>> {
    let mut keys = match session.kind {
        SessionKind::Named => vec![("sso_session", session.name.clone())],
        SessionKind::Legacy => vec![
            ("sso_start_url", session.start_url.to_string()),
            ("sso_region", session.region.to_string()),
        ],
        SessionKind::IamUser(_) | SessionKind::Chain(_) => return None,
    };
    keys.push(("sso_account_id", target.account_id.to_string()));
    keys.push(("sso_role_name", target.permission_set.to_string()));
    keys.push(("region", region.to_string()));
    Some(keys)
}

/// What a process profile says.
///
/// # Errors
/// [`NotInOneLine`] where the program's path has no form that every SDK reads alike.
pub fn process_keys(
    program: &str,
    target: &Target,
    region: &Region,
) -> Result<Vec<(&'static str, String)>, NotInOneLine> {
    Ok(vec![
        ("credential_process", process_command(program, target)?),
        ("region", region.to_string()),
    ])
}
