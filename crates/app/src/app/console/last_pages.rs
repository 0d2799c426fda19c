//! The page of the console that was opened last for each target.

use std::sync::Arc;

use crate::app::context::Context;
use crate::domain::Target;
use crate::domain::records::history::TargetKey;
use crate::domain::web::console_url::ConsoleUrl;
use crate::platform::log;
use crate::store::{ConsolePagesFile, StoreError};

/// Remembers the console page that was chosen last for a target.
pub struct LastPages {
    context: Arc<Context>,
    file: ConsolePagesFile,
}

impl LastPages {
    pub(in crate::app) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            file: ConsolePagesFile::new(&context.settings.paths),
        }
    }

    /// The page of a target, if one is remembered and the user lets uses be remembered.
    #[must_use]
    pub fn last_page(&self, target: &Target) -> Option<ConsoleUrl> {
        if self.is_off() {
            return None;
        }
        let pages = self.context.take_value(self.file.load())?;
        // The file is no more trusted than what was pasted.
        ConsoleUrl::parse(pages.get(&TargetKey::from(target))?).ok()
    }

    /// Remembers the page that was chosen for a target. A failure is never a reason to refuse the page.
    pub(super) async fn remember_page(&self, target: &Target, page: &str) {
        if self.is_off() {
            return;
        }
        let key = TargetKey::from(target);
        match self.file.set(&key, page, self.context.now()).await {
            Ok(notice) => self.context.notices.add(notice),
            Err(error) => log::warning!("the console page is not remembered error={error}"),
        }
    }

    /// Forgets the pages of a session, or all.
    pub fn clear(&self, session: Option<&str>) -> Result<(), StoreError> {
        let notice = self.file.clear(session)?;
        self.context.notices.add(notice);
        Ok(())
    }

    fn is_off(&self) -> bool {
        self.context.settings.preferences.history == Some(false)
    }
}
