//! `genkan export`: credentials on stdout, quoted for their reader.

use std::sync::Arc;

use crate::app::{App, ExportText};
use crate::cli::commands::steps::guard::{Confirmed, pass_guard};
use crate::cli::commands::steps::pick;
use crate::cli::commands::steps::pick::{Picked, Purpose, WayThere, Written};
use crate::cli::commands::steps::sign_in_here::signed_in;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values::FormatChoice;
use crate::domain::RoleCredentials;
use crate::domain::records::history::Action;
use crate::domain::shells::export::ExportFormat;
use crate::domain::targets::profile::is_plain_name;
use crate::domain::values::duration;
use crate::tui::PickFor;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        eval \"$(genkan export payments-prod/ReadOnlyAccess)\"\n  \
        genkan export --format fish 123456789012/AdministratorAccess | source\n  \
        genkan export --format credentials-file --as payments --write payments-prod/admin\n  \
        genkan export --profile payments-dev-administratoraccess --region eu-west-1")]
pub(in crate::cli) struct Options {
    #[command(flatten)]
    target: Written,
    #[command(flatten)]
    way: WayThere,
    #[command(flatten)]
    confirmed: Confirmed,
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    format: FormatChoice,
    /// The profile name in the credentials file; requires --format credentials-file
    #[arg(long = "as", value_name = "PROFILE")]
    profile: Option<String>,
    /// Write the section to the credentials file instead of printing it
    #[arg(long, requires = "profile")]
    write: bool,
    /// Print commands that unset the variables
    #[arg(long, conflicts_with_all = ["target", "from_profile", "region", "profile", "write"])]
    unset: bool,
}

pub(in crate::cli) async fn run(
    options: &Options,
    app: &Arc<App>,
    output: &Output,
) -> Result<Ended, Failure> {
    let format = options.format.resolve(app);
    if options.unset {
        if !format.is_script() {
            return Err(Failure::usage(
                format!("{format} has no commands that unset variables"),
                &[],
            ));
        }
        let state = app.exports.shell_state();
        if state.is_untouched() {
            output.notice(
                "nothing to unset: genkan has set nothing in this shell; use `exit` to leave a subshell",
            );
        }
        output.data(&state.leave().script(format)?)?;
        return Ok(Ended::Done);
    }
    check_options(options, format)?;
    let purpose = Purpose {
        pick_for: PickFor::Export,
        to: format!(
            "{} its credentials",
            if options.write { "write" } else { "print" }
        ),
        in_region: holds_region(format),
    };
    let target = match pick::choose_target(&options.target.by(&options.way), purpose, app, output).await? {
        Picked::Target(target) => target,
        Picked::Ended(ended) => return Ok(ended),
    };
    pass_guard(&target, &options.confirmed, "exports credentials", app, output).await?;
    let credentials = signed_in(app, output, async || {
        app.credentials.role_credentials(&target).await
    })
    .await?;
    let profile = options.profile.as_deref();
    match profile.filter(|_| options.write) {
        Some(profile) => write_credentials(app, profile, &credentials, output).await?,
        None => print_export(
            &app.exports.export_text(format, &target, &credentials, profile)?,
            output,
        )?,
    }
    // History is a convenience: that it can't be written stops nothing.
    let _ = app.history.record_use(&target, Action::Export).await;
    app.history.record_hand_out_to_parent(&target, "export");
    Ok(Ended::Done)
}

/// Prints an export. What a shell will lose by running it is said, unless the lines are only looked at.
pub(in crate::cli::commands) fn print_export(export: &ExportText, output: &Output) -> Result<(), Failure> {
    if !output.stdout_is_terminal() {
        output.taken_out(&export.overriding);
    }
    output.data(&export.text)
}

/// Refuses options that the format has no use for.
fn check_options(options: &Options, format: ExportFormat) -> Result<(), Failure> {
    let profile = options.profile.as_deref();
    if format == ExportFormat::CredentialsFile && profile.is_none_or(|p| !is_plain_name(p)) {
        return Err(Failure::usage(
            "a section of a credentials file needs a profile name of letters, digits, `-`, `_`, `.` or `@`",
            &["add --as PROFILE"],
        ));
    }
    if options.write && format != ExportFormat::CredentialsFile {
        return Err(Failure::usage(
            format!("{format} can't be written to a file"),
            &["use --format credentials-file --as PROFILE --write"],
        ));
    }
    if profile.is_some() && format != ExportFormat::CredentialsFile {
        return Err(Failure::usage(
            format!("--as names a profile in a credentials file, and {format} has none"),
            &["add --format credentials-file"],
        ));
    }
    if options.target.has_region() && !holds_region(format) {
        return Err(Failure::usage(
            format!("{format} doesn't include a Region"),
            &["omit --region, or choose a shell format"],
        ));
    }
    Ok(())
}

/// Whether a Region is part of what a format prints.
fn holds_region(format: ExportFormat) -> bool {
    !matches!(format, ExportFormat::Json | ExportFormat::CredentialsFile)
}

async fn write_credentials(
    app: &App,
    profile: &str,
    credentials: &RoleCredentials,
    output: &Output,
) -> Result<(), Failure> {
    let written = app.exports.write_credentials(profile, credentials).await?;
    let paths = &app.context.settings().paths;
    let left = duration::format_duration(credentials.seconds_left(app.context.now()));
    let file = paths.display_path(&written.path);
    output.say(&format!(
        "wrote credentials to [{profile}] in {file} (expire in {left})"
    ));
    if let Some(backup) = &written.backup {
        output.say(&format!("backup: {}", paths.display_path(backup)));
    }
    if written.hidden {
        output.notice(&format!(
            "`{profile}` has SSO settings in the config file, which SDKs use first"
        ));
    }
    Ok(())
}
