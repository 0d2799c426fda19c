//! Listing every assignment: who may list, what is known meanwhile, and what was different.
//!
//! One listing of a session at a time across all processes, because they share the portal's
//! limit: who comes second shows what the first one saves, and is done when that one is.

use std::time::Duration;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::connection::Connection;
use super::context::Context;
use super::error::AppError;
use super::pacer::{self, Pacers};
use super::sync::{End, Scope, Sync};
use super::tokens::{Tokens, nobody};
use super::turns::{Patience, Step, Turn};
use crate::domain::{
    Account, AccountId, Catalog, Changes, PermissionSetName, SignInId, SsoSession, TokenSet,
};
use crate::store::{BegunListing, CatalogCache};
use jiff::Timestamp;

/// What happens during a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncEvent {
    /// Another process is listing the same session.
    Waiting,
    /// What that one has found so far.
    Known(Catalog),
    /// More accounts are known; `complete` when these were the last. Of `settled` of them the
    /// permission sets are known from a listing that did not finish.
    Accounts {
        accounts: Vec<Account>,
        complete: bool,
        settled: usize,
    },
    /// One account's permission sets are known.
    PermissionSets {
        account: AccountId,
        names: Vec<PermissionSetName>,
        at: Timestamp,
    },
    /// One account could not be listed.
    Problem { account: AccountId, sentence: String },
    /// Someone has signed in meanwhile: everything is listed again, and nothing of what came before counts.
    BegunAgain,
}

/// How a sync ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncReport {
    /// Accounts that could not be listed say so themselves.
    pub catalog: Catalog,
    /// What is different from the listing before.
    pub changes: Changes,
    /// And from the one that was known when a person last looked at such news.
    pub news: Changes,
}

/// How often a waiter looks what the other process has saved.
const LOOK: Duration = Duration::from_secs(1);
/// How long a listing that was just cancelled may take to let go.
const MOMENT: Duration = Duration::from_millis(50);

/// Whose listing it is.
enum Whose<'a> {
    Ours(Turn<'a>),
    /// Another process finished one meanwhile.
    Done(Catalog),
}

/// What each SSO session gives access to: cached, and listed again.
pub struct Catalogs {
    pub(super) context: Arc<Context>,
    connection: Arc<Connection>,
    pub(super) tokens: Arc<Tokens>,
    pub(super) pacers: Arc<Pacers>,
    pub(super) cache: CatalogCache,
    /// Accounts that a running listing is to ask for next, by session.
    wanted: Mutex<HashMap<String, Vec<AccountId>>>,
}

impl Catalogs {
    pub(super) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        tokens: &Arc<Tokens>,
        pacers: &Arc<Pacers>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            tokens: Arc::clone(tokens),
            pacers: Arc::clone(pacers),
            cache: CatalogCache::new(&context.settings.paths),
            wanted: Mutex::default(),
        }
    }

    /// The catalog as it was last known, whichever sign-in has listed it.
    #[must_use]
    pub fn cached_catalog(&self, session: &SsoSession) -> Option<Catalog> {
        self.context.noted(self.cache.load(session))
    }

    /// The catalog as it was last known, if the sign-in that is there now has listed it. Another one may be
    /// another user's, who has access to other accounts.
    #[must_use]
    pub fn current_catalog(&self, session: &SsoSession) -> Option<Catalog> {
        self.cached_catalog(session)
            .filter(|catalog| self.is_current(session, catalog))
    }

    /// Whether the sign-in that is there now has listed this catalog.
    #[must_use]
    pub fn is_current(&self, session: &SsoSession, catalog: &Catalog) -> bool {
        let tokens = self.tokens.known_token(session).ok().flatten();
        let sign_in = tokens.map(|tokens| self.tokens.sign_in_of(session, &tokens));
        catalog.sign_in.is_some() && catalog.sign_in == sign_in
    }

    /// Deletes what was listed.
    pub(super) fn forget_catalog(&self, session: &SsoSession) -> Result<(), AppError> {
        Ok(self.cache.remove(session)?)
    }

    /// Whether a session's catalog has this permission set anywhere.
    pub(super) fn has_permission_set(&self, session: &SsoSession, name: &PermissionSetName) -> bool {
        self.cache.has_permission_set(session, name)
    }

    /// The name of an account. A listing that did not finish may know it before the catalog does.
    pub(super) fn account_name(&self, session: &SsoSession, id: &AccountId) -> Option<String> {
        self.cache.account_name(session, id).or_else(|| {
            let unfinished = self.cache.is_unfinished(session);
            let catalog = unfinished.then(|| self.cached_catalog(session)).flatten()?;
            Some(catalog.entry(id)?.account.name.clone())
        })
    }

    /// Lists everything anew, the accounts named in `first` before others. Dropping the future
    /// ends it; what had come in stays, and the next listing goes on from there.
    pub async fn sync_catalog(
        &self,
        session: &SsoSession,
        first: &[AccountId],
        mut tell: impl FnMut(SyncEvent),
    ) -> Result<SyncReport, AppError> {
        self.list(session, Scope::Everything, first, &mut tell).await
    }

    /// Lists those accounts again that could not be listed the last time.
    pub async fn retry_failed(
        &self,
        session: &SsoSession,
        mut tell: impl FnMut(SyncEvent),
    ) -> Result<SyncReport, AppError> {
        self.list(session, Scope::Failed, &[], &mut tell).await
    }

    /// Asks a listing that runs in this process for these accounts before others.
    pub fn prefer(&self, session: &SsoSession, accounts: Vec<AccountId>) {
        if let Ok(mut wanted) = self.wanted.lock() {
            wanted.insert(session.name.clone(), accounts);
        }
    }

    /// The accounts that are wanted now, if that has changed.
    pub(super) fn take_wanted(&self, session: &SsoSession) -> Option<Vec<AccountId>> {
        self.wanted.lock().ok()?.remove(&session.name)
    }

    async fn list(
        &self,
        session: &SsoSession,
        scope: Scope,
        first: &[AccountId],
        tell: &mut impl FnMut(SyncEvent),
    ) -> Result<SyncReport, AppError> {
        // Without a token there is nothing to wait for.
        self.tokens.access_token(session).await?;
        let before = self
            .context
            .noted(self.cache.load_finished(session))
            .unwrap_or_default();
        let mut begun_again = false;
        loop {
            let turn = match self.turn_to_list(session, tell).await? {
                Whose::Ours(turn) => turn,
                Whose::Done(catalog) => {
                    return Ok(SyncReport {
                        changes: Changes::between(&before, &catalog),
                        news: self.news(session),
                        catalog,
                    });
                }
            };
            let tokens = self.tokens.access_token(session).await?;
            let mut sync = Sync::new(self, self.connection.aws().await?, session, tokens, scope, first);
            let end = tokio::select! {
                end = sync.run(tell) => end?,
                // Another one lists since this process was stopped.
                () = turn.lost() => continue,
            };
            {
                // No one signs out or in between this look and the writing.
                let _beside_others = self.tokens.beside_others(session);
                if end == End::Listed && self.is_signed_in_as(session, sync.sign_in())? {
                    return Ok(sync.finish(&before));
                }
            }
            if std::mem::replace(&mut begun_again, true) {
                return Err(AppError::SignInChanged(session.name.clone()));
            }
            self.context.notices.say(&format!(
                "the sign-in to {} changed while its accounts were being listed; listed them again",
                session.name
            ));
            tell(SyncEvent::BegunAgain);
        }
    }

    /// What this sign-in has learned before; what another one has left unfinished is dropped.
    pub(super) fn begin_listing(
        &self,
        session: &SsoSession,
        tokens: &TokenSet,
        sign_in: &SignInId,
    ) -> BegunListing {
        self.tokens.note_use(session, tokens);
        let mut begun = self.cache.begin_listing(session, sign_in);
        self.context.notices.add(begun.notice.take());
        begun
    }

    /// Whether a sign-in is still the one that is there.
    fn is_signed_in_as(&self, session: &SsoSession, sign_in: &SignInId) -> Result<bool, AppError> {
        match self.tokens.known_token(session) {
            Ok(Some(tokens)) => Ok(self.tokens.sign_in_of(session, &tokens) == *sign_in),
            Ok(None) => Err(nobody(session)),
            // What can't be read says nothing.
            Err(_) => Ok(true),
        }
    }

    /// What came and went since a person last looked at such news.
    #[must_use]
    pub fn news(&self, session: &SsoSession) -> Changes {
        self.context
            .noted(self.cache.load_news(session))
            .unwrap_or_default()
    }

    /// Adds what a listing found different.
    pub(super) fn add_news(&self, session: &SsoSession, changes: &Changes) -> Changes {
        let news = self.news(session).followed_by(changes.clone());
        if !changes.is_empty() {
            self.context.try_to_keep(self.cache.save_news(session, &news));
        }
        news
    }

    /// A person has seen the news.
    pub fn seen_news(&self, session: &SsoSession) -> Result<(), AppError> {
        Ok(self.cache.save_news(session, &Changes::default())?)
    }

    /// Waits for the right to list, or for the end of the listing of whoever has it.
    async fn turn_to_list(
        &self,
        session: &SsoSession,
        tell: &mut impl FnMut(SyncEvent),
    ) -> Result<Whose<'_>, AppError> {
        let begun = self.context.now().as_second();
        let app = pacer::key(session);
        if let Some(turn) = self.context.turns.take(Step::List, &app) {
            return Ok(Whose::Ours(turn));
        }
        tokio::time::sleep(MOMENT).await;
        let mut known = Catalog::default();
        let mut queue = self.context.turns.queue(Step::List, &app);
        let mut told = false;
        loop {
            if let Some(turn) = queue.try_turn() {
                let done = self.current_catalog(session);
                return Ok(
                    match done.filter(|c| c.synced_at.is_some_and(|at| at.as_second() >= begun)) {
                        Some(catalog) => Whose::Done(catalog),
                        None => Whose::Ours(turn),
                    },
                );
            }
            if !told {
                told = true;
                tell(SyncEvent::Waiting);
            }
            if queue.pause(LOOK).await == Patience::Over {
                return Err(AppError::Busy(Step::List));
            }
            match self.current_catalog(session) {
                Some(catalog) if catalog != known => {
                    known = catalog.clone();
                    queue.goes_on();
                    tell(SyncEvent::Known(catalog));
                }
                _ => {}
            }
        }
    }
}
