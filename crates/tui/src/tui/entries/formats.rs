//! Formats of an export, and what they look like: every secret masked.

use crate::domain::records::history::TargetKey;
use crate::domain::regions::work_region::work_region;
use crate::domain::shells::export;
use crate::domain::shells::export::ExportFormat;
use crate::domain::values::time::format_iso8601;
use crate::domain::{RoleCredentials, Secret, Target};
use crate::tui::model::Model;
use crate::tui::screens::menu::{Choice, Entry};
use crate::tui::screens::pending_action::PendingAction;

/// What a secret looks like.
const MASK: &str = "********";

pub(super) fn format_entries(model: &Model, target: &Target) -> Vec<Entry> {
    ExportFormat::ALL
        .iter()
        .map(|format| {
            let usual = *format == model.options.export_format;
            Entry::new(
                format.name(),
                Choice::Act(PendingAction::Print(target.clone(), *format)),
            )
            .detail(format.purpose())
            .keys(if usual { "your shell" } else { "" })
        })
        .collect()
}

/// What an export in a format prints, with every secret masked.
#[must_use]
pub fn preview_export(model: &Model, target: &Target, format: ExportFormat) -> Vec<String> {
    let until = model.expiry(&TargetKey::from(target));
    let credentials = RoleCredentials {
        access_key_id: format!("ASIA{MASK}"),
        secret_access_key: Secret::new(MASK),
        session_token: Secret::new(MASK),
        expires_at: until.unwrap_or(model.now),
    };
    let region = (model.place_of(&target.session))
        .and_then(|place| work_region(model.region_settings(&model.rules_of(target)), &place.session).ok())
        .map(|found| found.region);
    let text = match format {
        ExportFormat::Json => export::credential_process(target, &credentials),
        ExportFormat::CredentialsFile => {
            let profile = format!("{}-{}", target.permission_set.name(), target.account_id);
            export::credentials_file(&profile, &credentials)
        }
        format => {
            let mut variables = export::credential_variables(target, &credentials, region.as_ref());
            variables.extend(export::production_variable(model.rules_of(target).production));
            export::format_assignments(format, &variables).unwrap_or_default()
        }
    };
    // When credentials that are not fetched yet expire is not known.
    let text = match until {
        Some(_) => text,
        None => text.replace(&format_iso8601(credentials.expires_at), MASK),
    };
    text.lines().map(str::to_owned).collect()
}
