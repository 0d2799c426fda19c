//! How the screen was left, on disk.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::context::Context;
use crate::app::error::AppError;
use crate::domain::ViewState;
use crate::store::ViewFile;

/// Remembers how the screen was left.
pub struct ViewStates {
    context: Arc<Context>,
    file: ViewFile,
}

impl ViewStates {
    pub(super) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            file: ViewFile::new(&context.settings.paths),
        }
    }

    /// What is remembered.
    #[must_use]
    pub fn view_state(&self) -> ViewState {
        self.context.take_value(self.file.load()).unwrap_or_default()
    }

    /// Remembers it for the next start.
    pub fn save_view_state(&self, view: ViewState) -> BoxFuture<'_, Result<(), AppError>> {
        Box::pin(async move {
            let notice = self.file.save(view).await?;
            self.context.notices.add(notice);
            Ok(())
        })
    }
}
