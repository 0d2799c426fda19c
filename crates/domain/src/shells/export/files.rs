//! Credentials as whole documents: the JSON of `credential_process` and of a container's endpoint, and
//! a credentials file section.

use std::fmt::Write as _;

use super::{RoleCredentials, Target};
use crate::values::time::format_iso8601;

/// What `credential_process` prints (AWS SDKs reference guide, "process credential provider").
#[must_use]
pub fn credential_process(target: &Target, credentials: &RoleCredentials) -> String {
    let mut text = serde_json::json!({
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.expose(),
        "SessionToken": credentials.session_token.expose(),
        "Expiration": format_iso8601(credentials.expires_at),
        "AccountId": target.account_id.as_str(),
    })
    .to_string();
    text.push('\n');
    text
}

/// What a container's credentials endpoint answers (AWS SDKs reference guide, "container credential
/// provider").
#[must_use]
pub fn container_credentials(target: &Target, credentials: &RoleCredentials) -> String {
    serde_json::json!({
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.expose(),
        "Token": credentials.session_token.expose(),
        "Expiration": format_iso8601(credentials.expires_at),
        "AccountId": target.account_id.as_str(),
    })
    .to_string()
}

/// The path under which a server gives the credentials of a target: `/ACCOUNT_ID/PERMISSION_SET`, the same each time.
#[must_use]
pub fn served_path(target: &Target) -> String {
    let mut path = format!("/{}/", target.account_id);
    for byte in target.permission_set.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~+=,@".contains(&byte) {
            path.push(char::from(byte));
        } else {
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

/// How the comment in a section begins that says whose it is, and until when.
const EXPIRY: &str = "# written by genkan; expires ";

/// A section of `~/.aws/credentials` under a profile name. Never `[default]` unasked: the caller
/// names the profile.
#[must_use]
pub fn credentials_file(profile: &str, credentials: &RoleCredentials) -> String {
    format!(
        "[{profile}]\n{EXPIRY}{}\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
        format_iso8601(credentials.expires_at),
        credentials.access_key_id,
        credentials.secret_access_key.expose(),
        credentials.session_token.expose(),
    )
}

/// Whether a line of a credentials file says that genkan wrote the section.
#[must_use]
pub fn is_expiry_comment(line: &str) -> bool {
    line.starts_with(EXPIRY)
}
