//! Which shells, commands and servers run with credentials, and how one is ended.

use std::path::Path;
use std::sync::Arc;

use crate::app::context::Context;
use crate::app::error::AppError;
use crate::domain::text::CleanText;
use crate::domain::{Running, RunningKind, Target};
use crate::platform::processes::child;
use crate::store::{RunningFile, RunningFiles};

/// Knows which shells, commands and servers run.
pub struct OpenShells {
    context: Arc<Context>,
    files: RunningFiles,
}

impl OpenShells {
    pub(in crate::app) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            files: RunningFiles::new(&context.settings.paths),
        }
    }

    /// Those that run, the oldest first.
    #[must_use]
    pub fn running(&self) -> Vec<Running> {
        self.files.list()
    }

    /// Lists a child or a server of this process until what is returned is dropped. That it can't be listed stops nothing.
    pub(in crate::app) fn note(
        &self,
        program: &Path,
        kind: RunningKind,
        target: &Target,
        is_served: bool,
        until: Option<jiff::Timestamp>,
    ) -> Option<RunningFile> {
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let running = Running {
            process: std::process::id(),
            program: CleanText::new(&name),
            kind,
            target: target.clone(),
            is_served,
            since: self.context.now(),
            until,
        };
        match self.files.begin(&running) {
            Ok(file) => Some(file),
            Err(error) => {
                self.context.report_unsaved(Err(error));
                None
            }
        }
    }

    /// Asks the server of a shell to end. Whatever else has its process ID by now is left alone.
    pub fn end_server(&self, process: u32) {
        let is_it = |running: &Running| running.process == process && running.kind == RunningKind::Server;
        if self.running().iter().any(is_it) {
            // It may have ended just now.
            let _ = child::ask_to_end(process);
        }
    }

    /// Asks one that runs to end, as closing its terminal would.
    pub fn end(&self, running: &Running) -> Result<(), AppError> {
        // It may have ended meanwhile, and its process ID may be another's by now.
        if !self.running().contains(running) {
            return Ok(());
        }
        child::ask_to_end(running.process).map_err(AppError::system(format!(
            "the {} can't be ended",
            running.kind.as_str()
        )))
    }
}
