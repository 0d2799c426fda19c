//! Which shell runs genkan.

use crate::app::context::Context;
use crate::domain::shells::export::ExportFormat;
use crate::platform::processes::ancestors;

/// The format of the shell that runs this program: the nearest known shell among the programs that
/// started it, else the user's.
#[must_use]
pub fn export_format_of_calling_shell(context: &Context) -> ExportFormat {
    ancestors::ancestor_programs()
        .chain([context.settings.shell_program()])
        .find_map(|program| ExportFormat::of_program(&program))
        .unwrap_or(ExportFormat::Bash)
}
