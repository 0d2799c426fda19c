//! `genkan export`: credentials on stdout, quoted for their reader.

use std::sync::Arc;

use super::pick::{self, Picked};
use crate::cli::args::{Export, Format};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::export::{self, ExportFormat};
use crate::domain::history::Action;
use crate::portal::Portal;
use crate::tui::PickFor;

pub(in crate::cli) async fn run(
    options: &Export,
    portal: &Arc<Portal>,
    output: &Output,
) -> Result<Ended, Failure> {
    let format = format(options.format, portal);
    if options.unset {
        if matches!(
            format,
            ExportFormat::Json | ExportFormat::Dotenv | ExportFormat::CredentialsFile
        ) {
            return Err(Failure::usage(
                format!("{format} has no lines that take variables back"),
                &[],
            ));
        }
        output.data(&export::removals(format, &export::VARIABLES))?;
        return Ok(Ended::Done);
    }
    let profile = options.profile.as_deref();
    if format == ExportFormat::CredentialsFile && profile.is_none_or(|p| !is_profile_name(p)) {
        return Err(Failure::usage(
            "a section of a credentials file needs a profile name of letters, digits, `-`, `_`, `.` or `@`",
            &["name it with --as PROFILE"],
        ));
    }
    let target = match pick::target(options.target.as_deref(), PickFor::Export, portal).await? {
        Picked::Target(target) => target,
        Picked::Ended(ended) => return Ok(ended),
    };
    let credentials = portal.role_credentials(&target).await?;
    output.data(&portal.export_text(format, &target, &credentials, profile)?)?;
    // History is a convenience: that it can't be written stops nothing.
    let _ = portal.record_use(&target, Action::Export);
    Ok(Ended::Done)
}

fn format(asked: Format, portal: &Portal) -> ExportFormat {
    match asked {
        Format::Auto => ExportFormat::for_shell(&portal.settings().shell_program()),
        Format::Bash => ExportFormat::Bash,
        Format::Zsh => ExportFormat::Zsh,
        Format::Fish => ExportFormat::Fish,
        Format::Nushell => ExportFormat::Nushell,
        Format::PowerShell => ExportFormat::PowerShell,
        Format::Cmd => ExportFormat::Cmd,
        Format::Json => ExportFormat::Json,
        Format::Dotenv => ExportFormat::Dotenv,
        Format::CredentialsFile => ExportFormat::CredentialsFile,
    }
}

fn is_profile_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'@'))
}
