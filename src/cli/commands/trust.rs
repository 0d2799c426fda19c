//! `genkan trust`: which project files may name the target. No network.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::app::{App, Project, ProjectState};
use crate::cli::commands::steps::project::{
    approve_line, ask_for_approval, describe_changes, describe_target, is_approved,
};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values::OutputFormat;
use crate::domain::values::duration::format_age;
use crate::domain::values::time::{format_iso8601, seconds_since};
use crate::settings::PROJECT_FILE;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan trust                 # show the project file that counts here, and ask\n  \
        genkan trust --approve\n  \
        genkan trust --list --format json\n\n\
        A project file is .genkan.toml in the current folder or the nearest one above:\n  \
        target = \"payments-dev/PowerUserAccess\"\n  \
        region = \"eu-west-1\"\n\n\
        Commands without a TARGET use it after you approved its content. After a change genkan says what \
        is different and asks again.\n\n\
        JSON: an array of {path, target, region, digest, approved_at, state}; state is approved, changed \
        or missing.")]
pub(in crate::cli) struct Options {
    /// A project file, or a folder [default: the current folder]
    path: Option<PathBuf>,
    /// Approve its content without asking
    #[arg(long, conflicts_with_all = ["revoke", "list"])]
    approve: bool,
    /// Revoke the approval
    #[arg(long, conflicts_with = "list")]
    revoke: bool,
    /// List approved project files
    #[arg(long, conflicts_with = "path")]
    list: bool,
    #[arg(long, value_enum, ignore_case = true, requires = "list", default_value_t)]
    format: OutputFormat,
}

pub(in crate::cli) async fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    if options.list {
        return list_approvals(options.format, app, output);
    }
    let given = options.path.clone().unwrap_or_else(|| PathBuf::from("."));
    let path = as_found(&given);
    let shown = |path: &Path| app.context.settings().paths.display_path(path);
    let Some(project) = find_project(&path, app)? else {
        if options.revoke && app.projects.revoke(&path)? {
            output.say(&format!(
                "`{}` no longer exists; its approval was revoked",
                shown(&path)
            ));
            return Ok(Ended::Done);
        }
        return Err(Failure::new(
            format!("no {PROJECT_FILE} in `{}` or above", shown(&path)),
            &["write one: target = \"ACCOUNT/PERMISSION_SET\""],
        ));
    };
    let file = shown(&project.file.path);
    for mistake in &project.file.mistakes {
        output.notice(mistake);
    }
    if options.revoke {
        output.say(&if app.projects.revoke(&project.file.path)? {
            format!("`{file}` is no longer approved")
        } else {
            format!("`{file}` was not approved")
        });
        return Ok(Ended::Done);
    }
    if options.approve && !is_approved(&project) {
        if let Some(variable) = app.context.settings().restricted_by() {
            return Err(Failure::new(
                format!("a program that acts for you can't approve project files ({variable} is set)"),
                &["run it in a terminal of your own"],
            ));
        }
        for change in describe_changes(&project) {
            output.notice(&change);
        }
        app.projects.approve(&project.file)?;
        output.say(&format!(
            "approved `{file}`: {}",
            describe_target(&project.file.named)
        ));
        return Ok(Ended::Done);
    }
    show_project(&project, &file, app, output).await
}

/// Says what a file names and whether that was approved; asks where it wasn't.
async fn show_project(project: &Project, file: &str, app: &App, output: &Output) -> Result<Ended, Failure> {
    if let ProjectState::Approved(approval) = &project.state {
        let age = format_age(seconds_since(approval.at, app.context.now()));
        output.say(&format!(
            "`{file}` names {}; approved {age}",
            describe_target(&project.file.named)
        ));
        return Ok(Ended::Done);
    }
    match ask_for_approval(project, app, output).await? {
        Some(true) => {
            app.projects.approve(&project.file)?;
            output.say(&format!("approved `{file}`"));
            Ok(Ended::Done)
        }
        Some(false) => Err(Failure::cancelled()),
        None => Err(Failure::usage(
            format!(
                "`{file}` names {} and is not approved, and no terminal to ask on",
                describe_target(&project.file.named)
            ),
            &[&format!("read it, then run {}", approve_line(project))],
        )),
    }
}

/// A file or folder by the path under which commands find it: they look upwards from the current folder, whose path has
/// neither links nor `..` in it. The file itself may be a link.
fn as_found(given: &Path) -> PathBuf {
    let found = if given.is_dir() {
        given.canonicalize().ok()
    } else {
        let folder = given.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok();
        folder.and_then(|folder| Some(folder.join(given.file_name()?)))
    };
    found.unwrap_or_else(|| std::path::absolute(given).unwrap_or_else(|_| given.to_owned()))
}

fn find_project(path: &Path, app: &App) -> Result<Option<Project>, Failure> {
    Ok(app.projects.project_at(path)?)
}

fn list_approvals(format: OutputFormat, app: &App, output: &Output) -> Result<Ended, Failure> {
    let approvals = app.projects.approvals();
    let rows: Vec<ApprovedOutput<'_>> = approvals
        .iter()
        .map(|approval| {
            let state = match app.projects.project_at(&approval.path) {
                Ok(Some(project)) if is_approved(&project) => "approved",
                Ok(Some(_)) => "changed",
                Ok(None) | Err(_) => "missing",
            };
            ApprovedOutput {
                path: approval.path.display().to_string(),
                target: &approval.named.target,
                region: approval.named.region.as_deref(),
                digest: &approval.digest,
                approved_at: format_iso8601(approval.at),
                state,
            }
        })
        .collect();
    if format == OutputFormat::Json {
        output.json(&rows)?;
        return Ok(Ended::Done);
    }
    let lines = approvals.iter().zip(&rows).map(|(approval, row)| {
        let file = app.context.settings().paths.display_path(&approval.path);
        let age = format_age(seconds_since(approval.at, app.context.now()));
        format!(
            "{file}  {}  {} {age}\n",
            describe_target(&approval.named),
            row.state
        )
    });
    output.data(&crate::domain::text::clean_lines(&lines.collect::<String>()))?;
    if rows.is_empty() {
        output.notice("no project file has been approved");
    }
    Ok(Ended::Done)
}

/// The shape is documented in the help and the reference, and kept by a test.
#[derive(Serialize)]
struct ApprovedOutput<'a> {
    path: String,
    target: &'a str,
    region: Option<&'a str>,
    digest: &'a str,
    approved_at: String,
    state: &'static str,
}
