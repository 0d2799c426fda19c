//! Profiles: what some SDKs reject, and what leads nowhere.

use std::path::Path;

use super::{Finding, Findings, Portal, Severity, Topic};
use crate::domain::SessionKind;
use crate::store::{AwsConfig, ConfigFile, Profile, ProfileSource, RoleWith};

impl Portal {
    pub(super) fn check_profiles(&self) -> Vec<Finding> {
        let paths = &self.settings.paths;
        match (AwsConfig::load(paths), AwsConfig::load_credentials(paths)) {
            (Ok(config), Ok(credentials)) => findings(&config, &credentials),
            // Said by the checks of files.
            _ => Vec::new(),
        }
    }
}

fn findings(config: &ConfigFile, credentials: &ConfigFile) -> Vec<Finding> {
    let mut found = Findings::about(Topic::Profiles);
    let profiles = config.profiles();
    let names: Vec<String> = profiles
        .iter()
        .chain(&credentials.credentials_profiles())
        .map(|p| p.name.clone())
        .collect();
    for profile in &profiles {
        sso(&mut found, profile, config);
        mixed(&mut found, profile);
        leads_nowhere(&mut found, profile, &names);
    }
    for (line, name) in config.nameless_profiles() {
        found.add(
            Severity::Warning,
            "no-profile",
            format!("line {line}: `[{name}]` is no profile"),
            [format!(
                "write `[profile {name}]`; only the credentials file has names alone"
            )],
        );
    }
    services(&mut found, config, &profiles);
    if found.list.is_empty() && !profiles.is_empty() && config.faults().is_empty() {
        found.ok("profiles", "every SDK can read every profile");
    }
    found.list
}

/// Halves and doubles of the SSO keys.
fn sso(found: &mut Findings, profile: &Profile, config: &ConfigFile) {
    let Some(keys) = profile.sso() else { return };
    let name = &profile.name;
    if let Some(session) = keys.session {
        let known = config.sso_sessions();
        if !known
            .iter()
            .any(|s| s.kind == SessionKind::Named && s.name == session)
        {
            let names: Vec<String> = known.into_iter().map(|s| s.name).collect();
            found.add(
                Severity::Problem,
                "unknown-sso-session",
                format!("profile `{name}` names SSO session `{session}`, which can't be used"),
                [format!(
                    "add or correct `[sso-session {session}]`; there is {}",
                    or_none(&names)
                )],
            );
        }
        if keys.start_url.is_some() || keys.region.is_some() {
            found.add(
                Severity::Warning,
                "doubled-sso-keys",
                format!("profile `{name}` has `sso_session` and a start URL or Region of its own"),
                ["remove `sso_start_url` and `sso_region`: the SDK for Rust rejects them beside `sso_session`"],
            );
        }
    } else if keys.start_url.is_none() || keys.region.is_none() {
        found.add(
            Severity::Problem,
            "half-sso-keys",
            format!("profile `{name}` has SSO keys but not both start URL and Region"),
            ["set `sso_session`, or both `sso_start_url` and `sso_region`"],
        );
    }
    match (keys.account_id, keys.permission_set) {
        (Some(_), None) | (None, Some(_)) => found.add(
            Severity::Problem,
            "half-sso-keys",
            format!("profile `{name}` has only one of `sso_account_id` and `sso_role_name`"),
            ["set both, or neither"],
        ),
        (Some(id), Some(_)) if id.parse::<crate::domain::AccountId>().is_err() => found.add(
            Severity::Problem,
            "half-sso-keys",
            format!("profile `{name}` has an `sso_account_id` that isn't 12 digits"),
            ["write the id with its leading zeros"],
        ),
        _ => {}
    }
}

/// Several kinds of credentials in one profile.
fn mixed(found: &mut Findings, profile: &Profile) {
    let name = &profile.name;
    let others: Vec<&str> = ["credential_process", "aws_access_key_id"]
        .into_iter()
        .filter(|key| profile.has(key))
        .collect();
    let sso = profile.has("sso_account_id") || profile.has("sso_role_name");
    if sso && !others.is_empty() {
        found.add(
            Severity::Warning,
            "mixed-kinds",
            format!(
                "profile `{name}` has SSO keys and `{}`: the SSO keys win",
                others.join("` and `")
            ),
            ["keep one kind in a profile"],
        );
    } else if others.len() > 1 {
        found.add(
            Severity::Warning,
            "mixed-kinds",
            format!("profile `{name}` has a process and keys: SDKs differ in which they take"),
            ["keep one kind in a profile"],
        );
    }
}

fn leads_nowhere(found: &mut Findings, profile: &Profile, names: &[String]) {
    let name = &profile.name;
    match profile.source() {
        ProfileSource::AssumeRole {
            with: RoleWith::Profile(source),
            ..
        } if !names.iter().any(|n| n == source) => found.add(
            Severity::Problem,
            "unknown-source",
            format!("profile `{name}` assumes its role with profile `{source}`, which isn't there"),
            ["correct `source_profile`"],
        ),
        ProfileSource::AssumeRole {
            with: RoleWith::Unsaid,
            ..
        } => found.add(
            Severity::Problem,
            "unknown-source",
            format!("profile `{name}` doesn't say with what its role is assumed"),
            ["add `source_profile` or `credential_source`"],
        ),
        ProfileSource::Process(command) => {
            let program = program(command);
            if program.starts_with('~') || program.contains('$') {
                found.add(
                    Severity::Warning,
                    "process",
                    format!("profile `{name}` runs `{program}`, which the AWS CLI and boto3 take literally"),
                    ["write the whole path: they use no shell"],
                );
            } else if Path::new(program).is_absolute() && !Path::new(program).exists() {
                found.add(
                    Severity::Problem,
                    "process",
                    format!("profile `{name}` runs `{program}`, which isn't there"),
                    ["correct `credential_process`"],
                );
            }
        }
        _ => {}
    }
}

/// The first word of a command, its quotes taken off.
fn program(command: &str) -> &str {
    let command = command.trim_start();
    for quote in ['"', '\''] {
        if let Some(rest) = command.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    command.split_whitespace().next().unwrap_or(command)
}

/// SDKs spell the key of Identity Center's OIDC service in two ways.
fn services(found: &mut Findings, config: &ConfigFile, profiles: &[Profile]) {
    let services = config.services();
    for section in &services {
        let (python, rust) = (section.mentions("sso_oidc"), section.mentions("sso-oidc"));
        if python != rust {
            let (there, missing, who) = if python {
                ("sso_oidc", "sso-oidc", "the SDK for Rust")
            } else {
                ("sso-oidc", "sso_oidc", "the AWS CLI and most SDKs")
            };
            found.add(
                Severity::Note,
                "services",
                format!(
                    "`[services {}]` has `{there}`, which {who} don't read",
                    section.name
                )
                .replace("Rust don't", "Rust doesn't"),
                [format!("write the same under `{missing}` too")],
            );
        }
    }
    for profile in profiles {
        if let Some(name) = profile.get("services")
            && !services.iter().any(|s| s.name == name)
        {
            found.add(
                Severity::Warning,
                "services",
                format!(
                    "profile `{}` names `[services {name}]`, which isn't there",
                    profile.name
                ),
                ["add the section, or remove the key"],
            );
        }
    }
}

fn or_none(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_has_its_check() {
        let head =
            "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n";
        let sso = "sso_session = corp\nsso_account_id = 111111111111\nsso_role_name = X\n";
        for (body, expected) in [
            (format!("[profile a]\n{sso}region = x\n"), "ok profiles"),
            (
                "[profile a]\nsso_session = nope\n".to_owned(),
                "problem unknown-sso-session",
            ),
            (
                format!("[profile a]\n{sso}sso_region = us-east-1\n"),
                "warning doubled-sso-keys",
            ),
            (
                "[profile a]\nsso_session = corp\nsso_account_id = 111111111111\n".to_owned(),
                "problem half-sso-keys",
            ),
            (
                "[profile a]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = X\n".to_owned(),
                "problem half-sso-keys",
            ),
            (
                "[profile a]\nsso_start_url = https://x.awsapps.com/start\n".to_owned(),
                "problem half-sso-keys",
            ),
            (
                format!("[profile a]\n{sso}credential_process = x\n"),
                "warning mixed-kinds",
            ),
            (
                "[profile a]\ncredential_process = x\naws_access_key_id = x\n".to_owned(),
                "warning mixed-kinds",
            ),
            (
                "[profile a]\nrole_arn = x\nsource_profile = b\n".to_owned(),
                "problem unknown-source",
            ),
            ("[profile a]\nrole_arn = x\n".to_owned(), "problem unknown-source"),
            (
                "[profile a]\ncredential_process = \"/no/such thing\" x\n".to_owned(),
                "problem process",
            ),
            (
                "[profile a]\ncredential_process = ~/bin/x\n".to_owned(),
                "warning process",
            ),
            ("[a]\nregion = x\n".to_owned(), "warning no-profile"),
            (
                "[services s]\nsso_oidc =\n  endpoint_url = x\n".to_owned(),
                "note services",
            ),
            ("[profile a]\nservices = s\n".to_owned(), "warning services"),
        ] {
            let config = ConfigFile::parse(format!("{head}{body}").as_bytes());
            let found: Vec<String> = findings(&config, &ConfigFile::parse(b""))
                .iter()
                .map(|f| format!("{} {}", f.severity.word(), f.check))
                .collect();
            assert_eq!(found, [expected], "{body}");
        }
    }
}
