//! What is done with targets beside shell, console and export: profiles, credentials files, several consoles. Each ends
//! in one sentence.

use std::collections::HashSet;
use std::path::Path;

use crate::app::{
    App, AppError, ConsoleRequest, Listed, OpenedConsole, ProfilePlan, ProfileState, ProfilesRequest,
};
use crate::domain::records::history::{Action, TargetKey};
use crate::domain::values::count::format_count;
use crate::domain::{RoleCredentials, Target};
use crate::tui::msg::Problem;

use super::problems::to_problem;

/// Writes profiles for targets into the config file.
pub(super) async fn save_profiles(app: &App, targets: &[Target]) -> Result<String, Problem> {
    let (listed, request) = profiles_request(app, targets).map_err(to_problem)?;
    let plan = app
        .profiles
        .write_profiles(&listed, &request)
        .await
        .map_err(to_problem)?;
    let file = display_path(app, &plan.path);
    let states = profile_states(&plan, targets);
    if states.is_empty() {
        return Err(not_named(&plan, targets));
    }
    Ok(match states.as_slice() {
        [(name, ProfileState::Yours)] => {
            format!("`{name}` in {file} is for it already; it is your own profile")
        }
        [(name, ProfileState::Unchanged)] => format!("profile `{name}` is in {file} already"),
        [(name, _)] => format!("saved profile `{name}` in {file}"),
        several => {
            let written = several.iter().filter(|(_, state)| is_written(*state)).count();
            let there = several.len() - written;
            let rest = if there > 0 {
                format!("; {there} were there already")
            } else {
                String::new()
            };
            format!("saved {} in {file}{rest}", format_count(written, "profile"))
        }
    })
}

/// What a target's profile is called, and whether it is there.
pub(super) fn profile_name(app: &App, target: &Target) -> Result<(String, bool), Problem> {
    let targets = std::slice::from_ref(target);
    let (listed, request) = profiles_request(app, targets).map_err(to_problem)?;
    let plan = app
        .profiles
        .plan_profiles(&listed, &request)
        .map_err(to_problem)?;
    let found = profile_states(&plan, targets).into_iter().next();
    found
        .map(|(name, state)| (name, state != ProfileState::New))
        .ok_or_else(|| not_named(&plan, targets))
}

/// Writes credentials into a profile of the credentials file.
pub(super) async fn write_credentials(
    app: &App,
    target: &Target,
    profile: &str,
    credentials: &RoleCredentials,
) -> Result<String, Problem> {
    let written = app
        .exports
        .write_credentials(profile, credentials)
        .await
        .map_err(to_problem)?;
    // History is a convenience: that it can't be written stops nothing.
    let _ = app.history.record_use(target, Action::Export).await;
    app.history.record_hand_out(target, "export", "credentials file");
    let file = display_path(app, &written.path);
    let hidden = if written.hidden {
        "; its SSO settings in the config file win over them"
    } else {
        ""
    };
    Ok(format!("wrote credentials to [{profile}] in {file}{hidden}"))
}

/// Opens the console of each target, one after another.
pub(super) async fn open_consoles(app: &App, targets: &[Target]) -> Result<String, Problem> {
    for target in targets {
        let link = app.console.console_link(target, &ConsoleRequest::default()).await;
        let link = link.map_err(to_problem)?;
        if link.is_secret() {
            app.history.record_hand_out(target, "console", "browser");
        }
        let opened = app.console.open_console(target, link, None).await;
        match opened.map_err(to_problem)? {
            OpenedConsole::Browser(_, opening, waiting) => {
                let came_up = async { opening.came_up().await };
                let (came_up, ()) = tokio::join!(came_up, waiting.wait_until_opened());
                came_up.map_err(|error| Problem {
                    sentence: format!("the browser did not start: {error}"),
                    hints: Vec::new(),
                    sign_in: None,
                })?;
            }
            OpenedConsole::Elsewhere(..) => {
                return Err(Problem {
                    sentence: "several consoles need a browser on this machine".to_owned(),
                    hints: vec!["open them one by one".to_owned()],
                    sign_in: None,
                });
            }
        }
        let _ = app.history.record_use(target, Action::Console).await;
    }
    Ok(format!("opened {}", format_count(targets.len(), "console")))
}

/// Profiles for these targets only, whatever else their sessions list.
fn profiles_request(app: &App, targets: &[Target]) -> Result<(Vec<Listed>, ProfilesRequest), AppError> {
    let names: HashSet<&str> = targets.iter().map(|target| target.session.as_str()).collect();
    let mut listed = Vec::new();
    for name in names {
        let session = app.sessions.session(Some(name))?;
        let catalog = app.catalogs.cached_catalog(&session).unwrap_or_default();
        listed.push(Listed { session, catalog });
    }
    let request = ProfilesRequest {
        chosen: Some(targets.iter().map(TargetKey::from).collect()),
        some_sessions: true,
        ..ProfilesRequest::default()
    };
    Ok((listed, request))
}

/// The profiles of the targets in a plan.
fn profile_states(plan: &ProfilePlan, targets: &[Target]) -> Vec<(String, ProfileState)> {
    let wanted: HashSet<TargetKey> = targets.iter().map(TargetKey::from).collect();
    let planned = plan.profiles.iter().filter(|profile| {
        profile.state != ProfileState::Stale && wanted.contains(&TargetKey::from(&profile.target))
    });
    planned
        .map(|profile| (profile.name.clone(), profile.state))
        .collect()
}

fn is_written(state: ProfileState) -> bool {
    matches!(state, ProfileState::New | ProfileState::Changed)
}

/// No profile came of it: the plan says why, or the target is not in the list any more.
fn not_named(plan: &ProfilePlan, targets: &[Target]) -> Problem {
    let names: Vec<String> = targets.iter().map(ToString::to_string).collect();
    let sentence = plan.notes.first().cloned();
    Problem {
        sentence: sentence.unwrap_or_else(|| format!("{} is no longer in the list", names.join(", "))),
        hints: vec!["refresh the list with `genkan list --refresh`".to_owned()],
        sign_in: None,
    }
}

fn display_path(app: &App, path: &Path) -> String {
    app.context.settings().paths.display_path(path)
}
