//! A user's notes to targets, on disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::context::Context;
use crate::domain::Target;
use crate::domain::records::history::TargetKey;
use crate::store::{NotesFile, StoreError};

/// Remembers a user's notes to targets.
pub struct TargetNotes {
    context: Arc<Context>,
    file: NotesFile,
}

impl TargetNotes {
    pub(in crate::app) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            file: NotesFile::new(&context.settings.paths),
        }
    }

    /// Every note.
    #[must_use]
    pub fn notes(&self) -> BTreeMap<TargetKey, String> {
        self.context.take_value(self.file.load()).unwrap_or_default()
    }

    /// Keeps the note to a target; an empty one is removed.
    pub fn set_note<'a>(
        &'a self,
        target: &'a Target,
        note: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let notice = self.file.set(&TargetKey::from(target), note).await?;
            self.context.notices.add(notice);
            Ok(())
        })
    }
}
