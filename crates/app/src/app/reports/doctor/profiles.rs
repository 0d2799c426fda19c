//! Profiles: what some SDKs reject, and what leads nowhere.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::finding::{Finding, Findings, Severity, Topic};
use crate::app::context::Context;

use crate::domain::targets::profile::loses_its_arguments;
use crate::domain::values::count::format_count;
use crate::domain::{SessionKind, SsoSession};
use crate::store::{ConfigFile, Profile, ProfileGraph, ProfileSource};

/// How many names stand for many.
const MOST_NAMES: usize = 3;

/// The checks of this topic, with what they look at.
pub(super) struct ProfileChecks {
    context: Arc<Context>,
}

impl ProfileChecks {
    pub(super) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
        }
    }

    pub(super) fn check_profiles(&self) -> Vec<Finding> {
        match (
            self.context.aws_files.config(),
            self.context.aws_files.credentials(),
        ) {
            (Ok(config), Ok(credentials)) => check_profiles(&config, &credentials),
            // Said by the checks of files.
            _ => Vec::new(),
        }
    }
}

fn check_profiles(config: &ConfigFile, credentials: &ConfigFile) -> Vec<Finding> {
    let mut found = Findings::about(Topic::Profiles);
    let (profiles, with_keys) = (config.profiles(), credentials.credentials_profiles());
    let known = Known::of(config);
    for profile in &profiles {
        check_sso_keys(&mut found, profile, &known);
        check_mixed_credentials(&mut found, profile);
    }
    check_roles(&mut found, &profiles, &with_keys);
    check_processes(&mut found, &profiles);
    for (line, name) in config.nameless_profiles() {
        found.add(
            Severity::Warning,
            "no-profile",
            format!("line {line}: `[{name}]` is not a profile"),
            [format!(
                "write `[profile {name}]`; only the credentials file uses bare names"
            )],
        );
    }
    check_service_keys(&mut found, config, &profiles);
    if found.list.is_empty() && !profiles.is_empty() && config.faults().is_empty() {
        found.ok("profiles", "every SDK can read every profile");
    }
    found.list
}

/// What profiles refer to, looked up once for all of them: there may be thousands.
struct Known {
    /// The `[sso-session]` sections that can be used.
    named_sessions: HashSet<String>,
    /// Every session, for people.
    sessions: Vec<SsoSession>,
}

impl Known {
    fn of(config: &ConfigFile) -> Self {
        let sessions = config.sso_sessions();
        let named = sessions.iter().filter(|s| s.kind == SessionKind::Named);
        Self {
            named_sessions: named.map(|s| s.name.clone()).collect(),
            sessions,
        }
    }
}

/// Halves and doubles of the SSO keys.
fn check_sso_keys(found: &mut Findings, profile: &Profile, known: &Known) {
    let Some(keys) = profile.sso() else { return };
    let name = &profile.name;
    if let Some(session) = keys.session {
        if !known.named_sessions.contains(session) {
            let names: Vec<String> = known.sessions.iter().map(|s| s.name.clone()).collect();
            found.add(
                Severity::Problem,
                "unknown-sso-session",
                format!("profile `{name}` names SSO session `{session}`, which is missing or incomplete"),
                [format!(
                    "add or correct `[sso-session {session}]`; defined: {}",
                    or_none(&names)
                )],
            );
        }
        if keys.start_url.is_some() || keys.region.is_some() {
            found.add(
                Severity::Warning,
                "doubled-sso-keys",
                format!("profile `{name}` has both `sso_session` and its own start URL or Region"),
                ["remove `sso_start_url` and `sso_region`: the SDK for Rust rejects them next to `sso_session`"],
            );
        }
    } else if keys.start_url.is_none() || keys.region.is_none() {
        found.add(
            Severity::Problem,
            "half-sso-keys",
            format!("profile `{name}` has SSO settings but not both start URL and Region"),
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
            ["write the account ID with its leading zeros"],
        ),
        _ => {}
    }
}

/// Several kinds of credentials in one profile.
fn check_mixed_credentials(found: &mut Findings, profile: &Profile) {
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
                "profile `{name}` has SSO settings and `{}`; the SSO settings win",
                others.join("` and `")
            ),
            ["keep only one of them in a profile"],
        );
    } else if others.len() > 1 {
        found.add(
            Severity::Warning,
            "mixed-kinds",
            format!("profile `{name}` has a credential_process and keys; SDKs differ in which one they use"),
            ["keep only one of them in a profile"],
        );
    }
}

/// Profiles with `role_arn` that no SDK can use.
fn check_roles(found: &mut Findings, profiles: &[Profile], with_keys: &[Profile]) {
    let (_, problems) = ProfileGraph::new(profiles, with_keys).roles();
    for problem in problems {
        found.add(
            Severity::Problem,
            "unknown-source",
            format!(
                "line {}: profile `{}`: {}",
                problem.line, problem.profile, problem.reason
            ),
            [problem.hint],
        );
    }
}

/// What is wrong with programs and how they are written: said once for all profiles that run them.
fn check_processes(found: &mut Findings, profiles: &[Profile]) {
    let mut by_program: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut cut = Vec::new();
    for profile in profiles {
        if let ProfileSource::Process(command) = profile.source() {
            by_program
                .entry(first_word(command))
                .or_default()
                .push(&profile.name);
            if loses_its_arguments(command) {
                cut.push(profile.name.as_str());
            }
        }
    }
    for (program, names) in by_program {
        if program.starts_with('~') || program.contains('$') {
            found.add(
                Severity::Warning,
                "process",
                format!(
                    "{} `{program}`, which the AWS CLI and boto3 take literally",
                    name_profiles(&names, "runs", "run")
                ),
                ["write the full path: no shell expands it"],
            );
        } else if Path::new(program).is_absolute() && !Path::new(program).exists() {
            found.add(
                Severity::Problem,
                "process",
                format!(
                    "{} `{program}`, which doesn't exist",
                    name_profiles(&names, "runs", "run")
                ),
                ["correct `credential_process`"],
            );
        }
    }
    if !cut.is_empty() {
        found.add(
            Severity::Warning,
            "process-quotes",
            format!(
                "{} a program in double quotes: SDKs for Go up to v1 1.44 and v2 config 1.17 run it without its arguments",
                name_profiles(&cut, "runs", "run")
            ),
            [
                "remove the double quotes, or use single quotes if the path has spaces",
                "for profiles written by genkan: genkan profiles --kind process --write",
            ],
        );
    }
}

/// A few profiles by name and the rest in number, with the verb that fits.
fn name_profiles(names: &[&str], one: &str, several: &str) -> String {
    if let [name] = names {
        return format!("profile `{name}` {one}");
    }
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|n| format!("`{n}`")).collect();
    let rest = names.len().saturating_sub(MOST_NAMES);
    let rest = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    format!(
        "{} ({}{rest}) {several}",
        format_count(names.len(), "profile"),
        shown.join(", ")
    )
}

/// The first word of a command, its quotes taken off.
fn first_word(command: &str) -> &str {
    let command = command.trim_start();
    for quote in ['"', '\''] {
        if let Some(rest) = command.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    command.split_whitespace().next().unwrap_or(command)
}

/// SDKs spell the key of Identity Center's OIDC service in two ways.
fn check_service_keys(found: &mut Findings, config: &ConfigFile, profiles: &[Profile]) {
    let services = config.services();
    let there: HashSet<&str> = services.iter().map(|s| s.name.as_str()).collect();
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
                    "`[services {}]` has `{there}`, which {who} don't support",
                    section.name
                )
                .replace("Rust don't", "Rust doesn't"),
                [format!("add the same setting under `{missing}`")],
            );
        }
    }
    for profile in profiles {
        if let Some(name) = profile.get("services")
            && !there.contains(name)
        {
            found.add(
                Severity::Warning,
                "services",
                format!(
                    "profile `{}` names `[services {name}]`, which doesn't exist",
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
                "[profile a]\ncredential_process = '/no/such thing' x\n".to_owned(),
                "problem process",
            ),
            (
                "[profile a]\ncredential_process = \"/bin/sh\" x\n".to_owned(),
                "warning process-quotes",
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
            let found: Vec<String> = check_profiles(&config, &ConfigFile::parse(b""))
                .iter()
                .map(|f| format!("{} {}", f.severity.as_str(), f.check))
                .collect();
            assert_eq!(found, [expected], "{body}");
        }
    }
}
