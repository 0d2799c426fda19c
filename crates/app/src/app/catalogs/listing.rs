//! Listing every assignment: who may list, what is known meanwhile, and what was different.
//!
//! One listing of a session at a time across all processes, because they share the portal's
//! limit: who comes second shows what the first one saves, and is done when that one is.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::app::catalogs::Catalogs;
use crate::app::catalogs::sync::{End, Parts, RunningListing, WantedAccounts};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::locks::process_lock::ProcessLock;
use crate::app::locks::scope::Busy;
use crate::app::locks::scope::LockScope;
use crate::app::locks::single_flight::QueueState;
use crate::app::pacer::{self, Pacers};
use crate::app::sign_in::error::SignInError;
use crate::app::tell::Tell;
use crate::app::tokens::access_tokens::AccessTokens;
use crate::app::tokens::{Tokens, not_signed_in};
use crate::domain::targets::sync::Scope;
use crate::domain::{AccountId, Catalog, Changes, SignInId, SsoSession, SyncEvent, SyncReport};

/// How often a waiter reads what the other process has saved.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How long a listing that was just cancelled may take to release its lock.
const RELEASE_DELAY: Duration = Duration::from_millis(50);

/// ListingLock listing it is.
enum ListingLock<'a> {
    Acquired(ProcessLock<'a>),
    /// Another process finished one meanwhile.
    Finished(Catalog),
}

/// Lists what SSO sessions give access to.
pub struct Listings {
    context: Arc<Context>,
    tokens: Arc<Tokens>,
    access: Arc<AccessTokens>,
    catalogs: Arc<Catalogs>,
    pacers: Arc<Pacers>,
    wanted: WantedAccounts,
}

impl Listings {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        tokens: &Arc<Tokens>,
        access: &Arc<AccessTokens>,
        catalogs: &Arc<Catalogs>,
        pacers: &Arc<Pacers>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            tokens: Arc::clone(tokens),
            access: Arc::clone(access),
            catalogs: Arc::clone(catalogs),
            pacers: Arc::clone(pacers),
            wanted: WantedAccounts::default(),
        }
    }

    /// Lists everything again, the accounts named in `first` before others. Dropping the future
    /// ends it; what had come in stays, and the next listing goes on from there.
    pub async fn sync_catalog(
        &self,
        session: &SsoSession,
        first: &[AccountId],
        mut tell: impl FnMut(SyncEvent) + Send,
    ) -> Result<SyncReport, AppError> {
        self.list(session, Scope::Everything, first, &mut tell).await
    }

    /// Lists those accounts again that could not be listed the last time.
    pub async fn retry_failed(
        &self,
        session: &SsoSession,
        mut tell: impl FnMut(SyncEvent) + Send,
    ) -> Result<SyncReport, AppError> {
        self.list(session, Scope::Failed, &[], &mut tell).await
    }

    /// Asks a listing that runs in this process for these accounts before others.
    pub fn prefer(&self, session: &SsoSession, accounts: Vec<AccountId>) {
        self.wanted.put(session, accounts);
    }

    fn list<'a>(
        &'a self,
        session: &'a SsoSession,
        scope: Scope,
        first: &'a [AccountId],
        tell: Tell<'a, SyncEvent>,
    ) -> BoxFuture<'a, Result<SyncReport, AppError>> {
        Box::pin(async move {
            if let Some(own) = session.own_catalog(self.context.now()) {
                return Ok(SyncReport {
                    catalog: self.catalogs.with_roles(session, own),
                    changes: Changes::default(),
                    unseen_changes: Changes::default(),
                });
            }
            // Without a token there is nothing to wait for.
            self.access.access_token(session).await?;
            let before = self.catalogs.finished_catalog(session).unwrap_or_default();
            let mut begun_again = false;
            loop {
                let lock = match self.lock_listing(session, tell).await? {
                    ListingLock::Acquired(lock) => lock,
                    ListingLock::Finished(catalog) => {
                        return Ok(SyncReport {
                            changes: Changes::between(&before, &catalog),
                            unseen_changes: self.catalogs.unseen_changes(session, &catalog),
                            catalog: self.catalogs.with_roles(session, catalog),
                        });
                    }
                };
                let tokens = self.access.access_token(session).await?;
                let parts = Parts {
                    context: &self.context,
                    tokens: &self.tokens,
                    access: &self.access,
                    catalogs: &self.catalogs,
                    wanted: &self.wanted,
                    aws: self.access.aws().await?,
                    pacer: self.pacers.of(session),
                };
                self.tokens.record_use(session, &tokens).await;
                let pacer = Arc::clone(&parts.pacer);
                let mut sync = RunningListing::new(parts, session, tokens, scope, first);
                let end = tokio::select! {
                    end = sync.run(tell) => {
                        pacer.save();
                        end?
                    }
                    // Another one lists since this process was stopped.
                    () = lock.wait_until_superseded() => continue,
                };
                {
                    // No one signs out or in between this look and the writing.
                    let _shared = self.tokens.share_lock_on_tokens(session).await;
                    if end == End::Listed && self.is_signed_in_as(session, sync.sign_in())? {
                        let report = sync.finish(&before);
                        return Ok(SyncReport {
                            catalog: self.catalogs.with_roles(session, report.catalog),
                            ..report
                        });
                    }
                }
                if std::mem::replace(&mut begun_again, true) {
                    return Err(SignInError::Changed(session.name.clone()).into());
                }
                self.context.notices.add_warning(&format!(
                    "the sign-in to {} changed while the list was loading; loaded it again",
                    session.name
                ));
                tell(SyncEvent::BegunAgain);
            }
        })
    }

    /// Whether a sign-in is still the one that is there.
    fn is_signed_in_as(&self, session: &SsoSession, sign_in: &SignInId) -> Result<bool, AppError> {
        match self.tokens.known_token(session) {
            Ok(Some(tokens)) => Ok(self.tokens.sign_in_of(session, &tokens) == *sign_in),
            Ok(None) => Err(not_signed_in(session)),
            // What can't be read says nothing.
            Err(_) => Ok(true),
        }
    }

    /// What the sign-in that is there now has listed, without chained roles.
    fn current_listing(&self, session: &SsoSession) -> Option<Catalog> {
        let listed = self.catalogs.listed_catalog(session);
        listed.filter(|catalog| self.catalogs.is_current(session, catalog))
    }

    /// Waits for the right to list, or for the end of its holder's listing.
    async fn lock_listing(
        &self,
        session: &SsoSession,
        tell: Tell<'_, SyncEvent>,
    ) -> Result<ListingLock<'_>, AppError> {
        let begun = self.context.now().as_second();
        let portal = pacer::key(session);
        if let Some(lock) = self.context.process_locks.try_lock(LockScope::List, &portal) {
            return Ok(ListingLock::Acquired(lock));
        }
        tokio::time::sleep(RELEASE_DELAY).await;
        let mut known = Catalog::default();
        let mut queue = self.context.process_locks.join_queue(LockScope::List, &portal);
        let mut told = false;
        loop {
            if let Some(lock) = queue.try_lock() {
                let done = self.current_listing(session);
                return Ok(
                    match done.filter(|c| c.synced_at.is_some_and(|at| at.as_second() >= begun)) {
                        Some(catalog) => ListingLock::Finished(catalog),
                        None => ListingLock::Acquired(lock),
                    },
                );
            }
            if !told {
                told = true;
                tell(SyncEvent::Waiting);
            }
            if queue.pause_and_watch(POLL_INTERVAL).await == QueueState::Exhausted {
                return Err(Busy(LockScope::List).into());
            }
            match self.current_listing(session) {
                Some(catalog) if catalog != known => {
                    known = catalog.clone();
                    queue.reset_hold_time();
                    tell(SyncEvent::Known(self.catalogs.with_roles(session, catalog)));
                }
                _ => {}
            }
        }
    }
}
