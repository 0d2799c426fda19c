//! What a sign-in under way shows for its approval, so that other processes that wait for it can show it, too.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::pages::Pages;
use crate::domain::device::DevicePage;
use crate::domain::page::PageRules;
use crate::domain::{DeviceAuthorization, SsoSession};
use crate::store::{Showing, ShownCode, ShownCodes};

/// The sign-ins under way on this machine.
pub(in crate::app) struct PendingSignIns {
    context: Arc<Context>,
    pages: Arc<Pages>,
    codes: ShownCodes,
}

impl PendingSignIns {
    pub(in crate::app) fn new(context: &Arc<Context>, pages: &Arc<Pages>) -> Self {
        Self {
            context: Arc::clone(context),
            pages: Arc::clone(pages),
            codes: ShownCodes::new(&context.settings.paths),
        }
    }

    /// Shows other processes what this sign-in shows, until the result is dropped.
    pub(in crate::app) fn show_page(
        &self,
        session: &SsoSession,
        page: Option<DevicePage>,
        opened: bool,
        until: Timestamp,
    ) -> Showing {
        self.codes.show(session, &ShownCode { page, opened }, until)
    }

    /// Approves the page of a device authorization for the browser.
    pub(in crate::app) async fn approve_page(
        &self,
        session: &SsoSession,
        authorization: &DeviceAuthorization,
    ) -> Result<(), AppError> {
        self.pages.approve_device_page(session, authorization).await
    }

    /// Forgets what a sign-in has shown that went away.
    pub(in crate::app) fn forget(&self, session: &SsoSession) {
        self.codes.forget(session);
    }

    /// Watches what the sign-in of another process shows.
    pub(in crate::app) async fn watch<'a>(&'a self, session: &'a SsoSession) -> PendingWatch<'a> {
        PendingWatch {
            rules: self.pages.approval_pages(session).await.ok(),
            pending: self,
            session,
            seen: None,
        }
    }
}

/// What was seen so far of another process's sign-in.
pub(in crate::app) struct PendingWatch<'a> {
    pending: &'a PendingSignIns,
    session: &'a SsoSession,
    rules: Option<PageRules>,
    seen: Option<ShownCode>,
}

impl PendingWatch<'_> {
    /// The page that it shows, where that is a new one. Another process wrote the file: its page passes the
    /// same check as our own.
    pub(in crate::app) fn new_page(&mut self) -> Option<DevicePage> {
        let shown = self.pending.codes.load(self.session, self.pending.context.now());
        if shown.is_none() || shown == self.seen {
            return None;
        }
        self.seen = shown;
        let page = self.seen.as_ref()?.page.clone()?;
        let rules = self.rules.as_ref()?;
        rules.check_code(&page.address, &page.user_code).ok()?;
        self.pending.pages.approve(&page.address);
        Some(page)
    }

    /// Whether a browser was opened for it.
    pub(in crate::app) fn opened_page(&self) -> bool {
        self.seen.as_ref().is_some_and(|shown| shown.opened)
    }
}
