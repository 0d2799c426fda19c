//! Credentials as whole documents: the JSON of `credential_process` and of a container's endpoint, and
//! a credentials file section.

use super::{RoleCredentials, Target, timestamp};

/// What `credential_process` prints (AWS SDKs reference guide, "process credential provider").
#[must_use]
pub fn credential_process(target: &Target, credentials: &RoleCredentials) -> String {
    let mut text = serde_json::json!({
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.expose(),
        "SessionToken": credentials.session_token.expose(),
        "Expiration": timestamp(credentials.expires_at),
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
        "Expiration": timestamp(credentials.expires_at),
        "AccountId": target.account_id.as_str(),
    })
    .to_string()
}

/// A section of `~/.aws/credentials` under a profile name. Never `[default]` unasked: the caller
/// names the profile.
#[must_use]
pub fn credentials_file(profile: &str, credentials: &RoleCredentials) -> String {
    format!(
        "[{profile}]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
        credentials.access_key_id,
        credentials.secret_access_key.expose(),
        credentials.session_token.expose(),
    )
}
