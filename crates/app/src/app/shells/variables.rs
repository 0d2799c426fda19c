//! Which variables a child is given and which it loses.

use std::ffi::OsString;

use jiff::Timestamp;

use crate::domain::Target;
use crate::domain::shells::export;
use crate::domain::values::time::format_iso8601;
use crate::platform::files::paths;
use crate::settings::{Settings, container_variables, env, overriding_variables, private_variables};

/// Variables as a child takes them.
pub(super) fn as_os(
    variables: impl IntoIterator<Item = (&'static str, String)>,
) -> Vec<(OsString, OsString)> {
    let variables = variables.into_iter();
    variables
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// Variables that a shell's start-up files may set and that would win over the credentials. Keys that
/// were given have the same names as keys that win: the prompt shows where they were replaced.
pub(super) fn winning_variables(keep_environment: bool, service: bool) -> Vec<&'static str> {
    if keep_environment {
        return Vec::new();
    }
    let given: &[&str] = if service {
        &[
            env::AWS_CONTAINER_CREDENTIALS_FULL_URI,
            env::AWS_CONTAINER_AUTHORIZATION_TOKEN,
        ]
    } else {
        &export::VARIABLES
    };
    let all = overriding_variables().iter().copied();
    all.filter(|name| !given.contains(name)).collect()
}

/// What of the outer environment a child doesn't get.
pub(super) fn removed_variables(keep_environment: bool, service: bool) -> Vec<OsString> {
    let winning = match (keep_environment, service) {
        (false, _) => overriding_variables(),
        // Another endpoint's address or token would be mixed up with ours.
        (true, true) => container_variables(),
        (true, false) => &[],
    };
    // The outer shell's key, the end of its sign-in and its production are none of the child's.
    let outer = [
        env::GENKAN_ACCESS_KEY_ID,
        env::GENKAN_SESSION_ENDS,
        env::GENKAN_PRODUCTION,
    ];
    let ours = private_variables().iter().chain(&outer);
    ours.chain(winning).map(OsString::from).collect()
}

/// What prompts of others show. SDKs read none of it; aws-vault and aws-sso-cli mind their own, so theirs is set only
/// where they are not installed.
pub(super) fn shown_by_prompts(
    settings: &Settings,
    target: &Target,
    sign_in_ends: Option<Timestamp>,
) -> Vec<(&'static str, String)> {
    let path = settings.environment.get(env::PATH);
    let profiles = [("aws-vault", env::AWS_VAULT), ("aws-sso", env::AWS_SSO_PROFILE)];
    let harmless = profiles
        .into_iter()
        .find(|(program, _)| paths::find_program(program, path).is_none());
    let profile = harmless.map(|(_, name)| (name, target.to_string()));
    let ends = sign_in_ends.map(|ends| (env::AWS_SESSION_EXPIRATION, format_iso8601(ends)));
    profile.into_iter().chain(ends).collect()
}
