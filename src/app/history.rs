//! Favourites and recents, on disk.

use super::{App, AppError};
use crate::domain::Target;
use crate::domain::history::{Action, History, TargetKey};

impl App {
    /// What is remembered.
    #[must_use]
    pub fn history(&self) -> History {
        self.context.noted(self.history.load()).unwrap_or_default()
    }

    /// Remembers a use. A failure is for the log of the caller, never a reason to refuse the use.
    pub fn record_use(&self, target: &Target, action: Action) -> Result<(), AppError> {
        let now = self.context.now();
        let notice = self
            .history
            .update(|h| h.record(TargetKey::from(target), action, now))?;
        self.context.notices.add(notice);
        Ok(())
    }

    /// Makes a target a favourite, or no longer one.
    pub fn set_favourite(&self, target: &Target, favourite: bool) -> Result<(), AppError> {
        let key = TargetKey::from(target);
        let notice = self.history.update(|h| {
            if h.is_favourite(&key) != favourite {
                h.toggle_favourite(key.clone());
            }
        })?;
        self.context.notices.add(notice);
        Ok(())
    }
}
