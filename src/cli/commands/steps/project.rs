//! The target that a project file names: for commands without a TARGET, after its content was approved.

use super::sign_in_here::signed_in;
use crate::app::{App, DefaultTarget, Project, ProjectState};
use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::domain::Target;
use crate::domain::shells::project::{ProjectTarget, is_more_powerful};
use crate::domain::values::duration::format_age;
use crate::domain::values::time::seconds_since;
use crate::platform::files::folder::parent_of;

/// The target of the project file that counts in this folder. One that wasn't approved yet is asked for on a terminal,
/// and refused where there is none.
pub(in crate::cli::commands) async fn target_here(
    app: &App,
    output: &Output,
) -> Result<Option<DefaultTarget>, Failure> {
    let Some(project) = app.projects.project_here()? else {
        return Ok(None);
    };
    let from = app.context.settings().paths.display_path(&project.file.path);
    for mistake in &project.file.mistakes {
        output.notice(mistake);
    }
    if !is_approved(&project) {
        match ask_for_approval(&project, app, output).await? {
            Some(true) => app.projects.approve(&project.file)?,
            Some(false) => {
                output.notice(&format!("`{from}` is not used"));
                return Ok(None);
            }
            None => {
                return Err(Failure::usage(
                    format!(
                        "{}, and no terminal to ask on",
                        explain_unapproved(&project, &from)
                    ),
                    &[
                        &format!("read it, then run {}", approve_line(&project)),
                        "or specify ACCOUNT/PERMISSION_SET",
                    ],
                ));
            }
        }
    }
    let text = &project.file.named.target;
    let target = signed_in(app, output, async || app.targets.resolve_target(text).await)
        .await
        .map_err(|mut failure| {
            failure.hints.push(format!("`{from}` names this target"));
            failure
        })?;
    app.projects.use_region(&project.file);
    if let Some(note) = more_power(&project, &target, app) {
        output.notice(&note);
    }
    Ok(Some(DefaultTarget {
        target: app.targets.named(target),
        from,
    }))
}

/// What is said where a file names a more powerful permission set than was really used here last: it may have been
/// approved long ago, or someone has worked with less since.
fn more_power(project: &Project, target: &Target, app: &App) -> Option<String> {
    let last = app.history.last_hand_out_in(parent_of(&project.file.path))?;
    let (set, before) = (&target.permission_set, &last.target.permission_set);
    let from = app.context.settings().paths.display_path(&project.file.path);
    is_more_powerful(set.as_str(), before.as_str()).then(|| {
        let age = format_age(seconds_since(last.at, app.context.now()));
        format!("`{from}` names a more powerful permission set than was used here last: {set} instead of {before} ({age})")
    })
}

pub(in crate::cli::commands) fn is_approved(project: &Project) -> bool {
    matches!(project.state, ProjectState::Approved(_))
}

/// Asks whether a project file may be used; `None` where there is no terminal to ask on.
pub(in crate::cli::commands) async fn ask_for_approval(
    project: &Project,
    app: &App,
    output: &Output,
) -> Result<Option<bool>, Failure> {
    // A program that acts for the user doesn't decide it.
    if !output.asks() || app.context.settings().restricted_by().is_some() {
        return Ok(None);
    }
    let from = app.context.settings().paths.display_path(&project.file.path);
    output.notice(&format!(
        "{}; it names {}",
        explain_unapproved(project, &from),
        describe_target(&project.file.named)
    ));
    for change in describe_changes(project) {
        output.say(&format!("  {change}"));
    }
    Ok(output.confirm("Use it here until its content changes?").await)
}

/// What a file names, in a few words.
pub(in crate::cli::commands) fn describe_target(named: &ProjectTarget) -> String {
    match &named.region {
        Some(region) => format!("{} in {region}", named.target),
        None => named.target.clone(),
    }
}

/// What is different from the content that was approved.
pub(in crate::cli::commands) fn describe_changes(project: &Project) -> Vec<String> {
    match &project.state {
        ProjectState::Changed(before) => project.file.named.changes_since(&before.named),
        _ => Vec::new(),
    }
}

fn explain_unapproved(project: &Project, from: &str) -> String {
    match project.state {
        ProjectState::Changed(_) => format!("`{from}` has changed since you approved it"),
        _ => format!("`{from}` is not approved"),
    }
}

/// The line that approves a file.
pub(in crate::cli::commands) fn approve_line(project: &Project) -> String {
    format!(
        "`genkan trust --approve {}`",
        quote_path(&project.file.path.display().to_string())
    )
}

fn quote_path(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}
