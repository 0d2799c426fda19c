//! Favourites and recents, on disk.

use std::sync::Arc;

use crate::app::context::Context;
use crate::domain::Target;
use crate::domain::history::{Action, History, TargetKey};
use crate::store::{HistoryFile, StoreError};

/// Remembers favourites and what was used.
pub struct UsageHistory {
    context: Arc<Context>,
    file: HistoryFile,
}

impl UsageHistory {
    pub(in crate::app) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            file: HistoryFile::new(&context.settings.paths),
        }
    }

    /// What is remembered.
    #[must_use]
    pub fn history(&self) -> History {
        self.context.noted(self.file.load()).unwrap_or_default()
    }

    /// Remembers a use. A failure is for the log of the caller, never a reason to refuse the use.
    pub fn record_use(&self, target: &Target, action: Action) -> Result<(), StoreError> {
        let now = self.context.now();
        let notice = self
            .file
            .update(|h| h.record(TargetKey::from(target), action, now))?;
        self.context.notices.add(notice);
        Ok(())
    }

    /// Makes a target a favourite, or no longer one.
    pub fn set_favourite(&self, target: &Target, favourite: bool) -> Result<(), StoreError> {
        let key = TargetKey::from(target);
        let notice = self.file.update(|h| {
            if h.is_favourite(&key) != favourite {
                h.toggle_favourite(key.clone());
            }
        })?;
        self.context.notices.add(notice);
        Ok(())
    }
}
