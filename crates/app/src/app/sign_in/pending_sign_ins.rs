//! What a pending sign-in shows for its approval, so that other processes that wait for it can show it, too.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::pages::Pages;
use crate::domain::sessions::device::DevicePage;
use crate::domain::web::page::PageRules;
use crate::domain::{DeviceAuthorization, SsoSession};
use crate::store::{PendingSignIn, PendingSignInFiles, PublishedSignIn};

/// The pending sign-ins of this machine.
pub(in crate::app) struct PendingSignIns {
    context: Arc<Context>,
    pages: Arc<Pages>,
    files: PendingSignInFiles,
}

impl PendingSignIns {
    pub(in crate::app) fn new(context: &Arc<Context>, pages: &Arc<Pages>) -> Self {
        Self {
            context: Arc::clone(context),
            pages: Arc::clone(pages),
            files: PendingSignInFiles::new(&context.settings.paths),
        }
    }

    /// Publishes what this sign-in shows to other processes, until the result is dropped.
    pub(in crate::app) fn publish_page(
        &self,
        session: &SsoSession,
        page: Option<DevicePage>,
        opened: bool,
        until: Timestamp,
    ) -> PublishedSignIn {
        self.files
            .publish(session, &PendingSignIn { page, opened }, until)
    }

    /// Approves the page of a device authorization for the browser.
    pub(in crate::app) async fn approve_page(
        &self,
        session: &SsoSession,
        authorization: &DeviceAuthorization,
    ) -> Result<(), AppError> {
        self.pages.approve_device_page(session, authorization).await
    }

    /// Deletes what an ended sign-in has published.
    pub(in crate::app) fn delete_published(&self, session: &SsoSession) {
        self.files.delete(session);
    }

    /// Watches what the sign-in of another process shows.
    pub(in crate::app) async fn watch_session<'a>(&'a self, session: &'a SsoSession) -> PendingWatch<'a> {
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
    seen: Option<PendingSignIn>,
}

impl PendingWatch<'_> {
    /// The page that it shows, where that is a new one. Another process wrote the file: its page passes the
    /// same check as our own.
    pub(in crate::app) fn take_new_page(&mut self) -> Option<DevicePage> {
        let pending = self.pending.files.load(self.session, self.pending.context.now());
        if pending.is_none() || pending == self.seen {
            return None;
        }
        self.seen = pending;
        let page = self.seen.as_ref()?.page.clone()?;
        let rules = self.rules.as_ref()?;
        rules.check_code(&page.address, &page.user_code).ok()?;
        self.pending.pages.approve(&page.address, &self.session.name);
        Some(page)
    }

    /// Whether a browser was opened for it.
    pub(in crate::app) fn has_opened_page(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.opened)
    }
}
