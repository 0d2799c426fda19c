//! One listing under way: pages of accounts overlap with the permission sets of each.
//!
//! An account that fails is tried again behind the others and, at last, named. What came in is
//! written down as it comes, so that a listing that is cut off goes on where it was.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use crate::app::catalogs::Catalogs;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::pacer::{LastSlot, Pacer, Slot};
use crate::app::tell::Tell;
use crate::app::tokens::Tokens;
use crate::app::tokens::access_tokens::AccessTokens;
use crate::aws::{AccountPage, Aws, AwsError, Pages, WhenSent};
use crate::domain::targets::sync::Scope;
use crate::domain::text::CleanText;
use crate::domain::{
    Account, AccountId, Catalog, Changes, PermissionSetName, SignInId, SsoSession, SyncEvent, SyncReport,
    TokenSet,
};
use crate::store::SyncJournal;

/// What a failure counts, and what a refusal for speed, which says nothing about its request.
const FAILURE: u32 = 4;
const REFUSAL: u32 = 1;
/// How much may be counted against one account or page before it is given up.
const RETRY_BUDGET: u32 = 5 * FAILURE;
/// And as long as nothing was answered at all: a user waits for the sentence.
const FIRST_RETRY_BUDGET: u32 = 3 * FAILURE;
/// With a network that leads nowhere, where each try takes long.
const DEAD_RETRY_BUDGET: u32 = 2 * FAILURE;
/// So many of the accounts that go first are asked for before their page has come.
const AT_SIGHT: usize = 100;
/// So many failures without one success between them are an outage: going on would only add to it.
const OUTAGE: u32 = 60;
/// New tokens that one listing may need; each lives an hour.
const MOST_RENEWALS: u32 = 10;
/// What a listing that did not finish was told is believed for so long, in seconds.
const BELIEVED: i64 = 15 * 60;

/// Accounts that a running listing is to ask for next, by session.
#[derive(Debug, Default)]
pub(in crate::app) struct WantedAccounts(Mutex<HashMap<String, Vec<AccountId>>>);

impl WantedAccounts {
    pub(in crate::app) fn put(&self, session: &SsoSession, accounts: Vec<AccountId>) {
        if let Ok(mut wanted) = self.0.lock() {
            wanted.insert(session.name.clone(), accounts);
        }
    }

    /// The accounts that are wanted now, if that has changed.
    fn take_wanted(&self, session: &SsoSession) -> Option<Vec<AccountId>> {
        self.0.lock().ok()?.remove(&session.name)
    }
}

/// What a listing works with.
pub(in crate::app) struct Parts<'a> {
    pub(in crate::app) context: &'a Context,
    pub(in crate::app) tokens: &'a Tokens,
    pub(in crate::app) access: &'a AccessTokens,
    pub(in crate::app) catalogs: &'a Catalogs,
    pub(in crate::app) wanted: &'a WantedAccounts,
    pub(in crate::app) aws: &'a Aws,
    pub(in crate::app) pacer: Arc<Pacer>,
}

/// A listing that runs.
pub(in crate::app) struct RunningListing<'a> {
    parts: Parts<'a>,
    session: &'a SsoSession,
    scope: Scope,
    tokens: TokenSet,
    /// The sign-in that lists: only its tokens are used.
    sign_in: SignInId,
    catalog: Catalog,
    journal: SyncJournal,
    /// The pages of accounts that have come.
    pages: Pages,
    /// A journal was there: the last listing did not finish.
    resumed: bool,
    /// Accounts that need not be asked for again.
    believed: HashSet<AccountId>,
    /// The rank of accounts that go before others.
    first: HashMap<AccountId, usize>,
    /// Accounts that the portal has named in this listing.
    named: HashSet<AccountId>,
    queued: HashSet<AccountId>,
    /// By rank, then by turn.
    queue: BTreeMap<(usize, usize), (u32, AccountId)>,
    turns: usize,
    renewals: u32,
    failures_in_a_row: u32,
    /// A request was refused for speed, and that is not reported yet.
    throttled: bool,
    reached: Reached,
}

/// How far a listing has come at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Nothing,
    /// The portal has answered.
    Portal,
    /// The permission sets of an account have come.
    Account,
}

enum Answer {
    Page(Option<String>, Result<AccountPage, AwsError>),
    Account(AccountId, Result<Vec<PermissionSetName>, AwsError>),
}

/// An answer, the token and the slot that it was asked with, and what is counted against its request.
type Answered = (Answer, (TokenSet, Slot), u32);

enum Verdict<T> {
    Done(T),
    Again(u32),
    Failed(AwsError),
    OtherSignIn,
}

/// How a listing ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum End {
    Listed,
    /// Its token was refused, and someone has signed in again. That may be another user, whose accounts don't
    /// belong into the same list.
    OtherSignIn,
}

impl<'a> RunningListing<'a> {
    pub(in crate::app) fn new(
        parts: Parts<'a>,
        session: &'a SsoSession,
        tokens: TokenSet,
        scope: Scope,
        first: &[AccountId],
    ) -> Self {
        // What was wanted of an earlier listing.
        parts.wanted.take_wanted(session);
        let sign_in = parts.tokens.sign_in_of(session, &tokens);
        let begun = parts.catalogs.begin_listing(session, &sign_in);
        let now = parts.context.now().as_second();
        let since = begun.catalog.synced_at;
        let since = since.map_or(i64::MIN, jiff::Timestamp::as_second);
        let believed = begun
            .listed
            .into_iter()
            .filter(|(_, at)| (since.max(now - BELIEVED)..=now).contains(&at.as_second()))
            .map(|(id, _)| id)
            .collect();
        // Which accounts failed is not known of this sign-in where it has not listed yet.
        let scope = if begun.catalog.is_empty() {
            Scope::Everything
        } else {
            scope
        };
        Self {
            pages: Pages::of(session),
            resumed: begun.resumed,
            journal: begun.journal,
            believed,
            first: first.iter().cloned().zip(0..).collect(),
            parts,
            session,
            scope,
            tokens,
            sign_in,
            catalog: begun.catalog,
            named: HashSet::new(),
            queued: HashSet::new(),
            queue: BTreeMap::new(),
            turns: 0,
            renewals: 0,
            failures_in_a_row: 0,
            throttled: false,
            reached: Reached::Nothing,
        }
    }

    /// The sign-in that lists.
    pub(in crate::app) fn sign_in(&self) -> &SignInId {
        &self.sign_in
    }

    pub(in crate::app) async fn run(&mut self, tell: Tell<'_, SyncEvent>) -> Result<End, AppError> {
        let mut running: FuturesUnordered<BoxFuture<'a, Answered>> = FuturesUnordered::new();
        match self.scope {
            Scope::Everything => running.push(self.page(0, None)),
            Scope::Failed => self.queue_failed(tell),
        }
        loop {
            if let Some(wanted) = self.parts.wanted.take_wanted(self.session) {
                self.put_first(wanted);
            }
            if std::mem::take(&mut self.throttled) {
                tell(SyncEvent::Throttled);
            }
            while running.len() < self.parts.pacer.at_once()
                && let Some((_, (tries, id))) = self.queue.pop_first()
            {
                running.push(self.account(tries, id));
            }
            let Some((answer, used, tries)) = running.next().await else {
                return Ok(End::Listed);
            };
            match answer {
                Answer::Page(token, result) => match self.judge(&used, tries, result).await? {
                    Verdict::Done(list) => {
                        let next = self.pages.next_page(list.next, list.accounts.len())?;
                        let complete = next.is_none();
                        if next.is_some() {
                            running.push(self.page(0, next));
                        }
                        self.take_accounts(list.accounts, complete, tell);
                    }
                    Verdict::Again(tries) => running.push(self.page(tries, token)),
                    // Without all pages there is no catalog.
                    Verdict::Failed(AwsError::Unauthorized) => return Err(self.ended().await),
                    Verdict::Failed(error) => return Err(error.into()),
                    Verdict::OtherSignIn => return Ok(End::OtherSignIn),
                },
                Answer::Account(id, result) => match self.judge(&used, tries, result).await? {
                    Verdict::Done(names) => self.take_permission_sets(id, names, tell),
                    // Behind the others: what failed now may pass meanwhile.
                    Verdict::Again(tries) => self.enqueue(usize::MAX, tries, id),
                    // One account may be at fault for itself; where no other was answered either, now or within the
                    // last minutes by the listing that this one continues, the sign-in is.
                    Verdict::Failed(AwsError::Unauthorized)
                        if self.scope == Scope::Everything
                            && self.reached != Reached::Account
                            && self.believed.is_empty() =>
                    {
                        return Err(self.ended().await);
                    }
                    Verdict::Failed(error) => self.give_up(id, &error, tell),
                    Verdict::OtherSignIn => return Ok(End::OtherSignIn),
                },
            }
        }
    }

    /// Saves what was found, and what of it is different from the listing before.
    pub(in crate::app) fn finish(mut self, before: &Catalog) -> SyncReport {
        if self.scope == Scope::Everything {
            self.catalog.finish(&self.named, self.parts.context.now());
        }
        let changes = Changes::between(before, &self.catalog);
        // First: found again by the next listing they are told once, lost they are never told.
        let unseen_changes = self.parts.catalogs.add_changes(self.session, &changes);
        // A listing of some accounts doesn't finish that of all which it found begun. And a cache
        // that can't be written costs time, not the list.
        if self.scope == Scope::Everything || !self.resumed {
            let catalogs = self.parts.catalogs;
            catalogs.finish_listing(self.session, &self.catalog, self.journal);
        }
        SyncReport {
            catalog: self.catalog,
            changes,
            unseen_changes,
        }
    }

    fn enqueue(&mut self, rank: usize, tries: u32, id: AccountId) {
        self.turns += 1;
        self.queue.insert((rank, self.turns), (tries, id));
    }

    /// Accounts that a user looks at are asked for as soon as the portal answers, whichever page
    /// they stand on.
    fn queue_first(&mut self) {
        let known: Vec<(usize, AccountId)> = self
            .first
            .iter()
            .filter(|(id, rank)| {
                **rank < AT_SIGHT && self.catalog.entry(id).is_some() && !self.believed.contains(id)
            })
            .map(|(id, rank)| (*rank, id.clone()))
            .collect();
        for (rank, id) in known {
            if self.queued.insert(id.clone()) {
                self.enqueue(rank, 0, id);
            }
        }
    }

    /// Puts these accounts before all others, wherever they stand or will come to stand.
    fn put_first(&mut self, wanted: Vec<AccountId>) {
        let later = wanted.len();
        for rank in self.first.values_mut() {
            *rank = rank.saturating_add(later);
        }
        self.first.extend(wanted.into_iter().zip(0..));
        let first = &self.first;
        self.queue = std::mem::take(&mut self.queue)
            .into_iter()
            .map(|((_, turn), (tries, id))| {
                // What failed stays behind the others.
                let rank = first.get(&id).filter(|_| tries == 0);
                ((rank.copied().unwrap_or(usize::MAX), turn), (tries, id))
            })
            .collect();
    }

    fn queue_failed(&mut self, tell: Tell<'_, SyncEvent>) {
        let accounts: Vec<Account> = self.catalog.failed().map(|e| e.account.clone()).collect();
        for account in &accounts {
            self.enqueue(usize::MAX, 0, account.id.clone());
        }
        tell(SyncEvent::Accounts {
            accounts,
            complete: true,
            settled: 0,
        });
    }

    fn take_accounts(&mut self, accounts: Vec<Account>, complete: bool, tell: Tell<'_, SyncEvent>) {
        self.journal.accounts(&accounts);
        self.catalog.add_accounts(accounts.clone());
        if self.named.is_empty() {
            self.queue_first();
        }
        let mut settled = 0;
        for account in &accounts {
            if !self.named.insert(account.id.clone()) {
                continue;
            }
            if self.believed.contains(&account.id) {
                settled += 1;
            } else if self.queued.insert(account.id.clone()) {
                let rank = self.first.get(&account.id).copied().unwrap_or(usize::MAX);
                self.enqueue(rank, 0, account.id.clone());
            }
        }
        tell(SyncEvent::Accounts {
            accounts,
            complete,
            settled,
        });
    }

    fn take_permission_sets(
        &mut self,
        account: AccountId,
        names: Vec<PermissionSetName>,
        tell: Tell<'_, SyncEvent>,
    ) {
        self.reached = Reached::Account;
        let at = self.parts.context.now();
        self.journal.listed(&account, &names, at);
        self.catalog.set_permission_sets(&account, names.clone(), at);
        tell(SyncEvent::PermissionSets { account, names, at });
    }

    fn give_up(&mut self, account: AccountId, error: &AwsError, tell: Tell<'_, SyncEvent>) {
        let sentence = CleanText::from(error.to_string());
        self.journal.failed(&account, &sentence);
        self.catalog.set_problem(&account, sentence.clone());
        tell(SyncEvent::Problem { account, sentence });
    }

    /// What an answer means for the speed and for its request.
    async fn judge<T>(
        &mut self,
        (used, slot): &(TokenSet, Slot),
        tries: u32,
        result: Result<T, AwsError>,
    ) -> Result<Verdict<T>, AppError> {
        self.parts.pacer.record_answer(*slot, &result);
        let error = match result {
            Ok(value) => {
                self.reached = self.reached.max(Reached::Portal);
                self.failures_in_a_row = 0;
                return Ok(Verdict::Done(value));
            }
            Err(error) => error,
        };
        self.failures_in_a_row += 1;
        if error == AwsError::Unauthorized {
            // Requests that were under way with a token that was refused come back refused too.
            if used.access_token == self.tokens.access_token {
                self.renewals += 1;
                if self.renewals > MOST_RENEWALS {
                    return Err(self.ended().await);
                }
                let renewed = self
                    .parts
                    .access
                    .renew_rejected(self.session, &self.tokens)
                    .await?;
                if self.parts.tokens.sign_in_of(self.session, &renewed) != self.sign_in {
                    return Ok(Verdict::OtherSignIn);
                }
                self.tokens = renewed;
            }
        } else if !error.is_transient() {
            return Ok(Verdict::Failed(error));
        }
        if self.failures_in_a_row >= OUTAGE {
            return Err(match error {
                AwsError::Unauthorized => self.ended().await,
                error => error.into(),
            });
        }
        let throttled = matches!(error, AwsError::Throttled { .. });
        self.throttled |= throttled;
        let tries = tries + if throttled { REFUSAL } else { FAILURE };
        let budget = match error {
            _ if self.reached != Reached::Nothing || throttled => RETRY_BUDGET,
            AwsError::Unreachable { .. } | AwsError::Timeout { .. } => DEAD_RETRY_BUDGET,
            _ => FIRST_RETRY_BUDGET,
        };
        Ok(if tries < budget {
            Verdict::Again(tries)
        } else {
            Verdict::Failed(error)
        })
    }

    async fn ended(&self) -> AppError {
        self.parts.access.session_ended(self.session, &self.tokens).await
    }

    fn page(&self, tries: u32, token: Option<String>) -> BoxFuture<'a, Answered> {
        let (aws, session, tokens) = (self.parts.aws, self.session, self.tokens.clone());
        let pacer = Arc::clone(&self.parts.pacer);
        Box::pin(async move {
            pause_before_retry(tries).await;
            // The first page is alone, and all that follows waits for it. What shows how the portal counts is how it
            // answers to many.
            let slot = if tries == 0 && token.is_none() {
                pacer.wait_for_urgent_slot().await
            } else {
                pacer.wait_for_slot().await
            };
            let result = aws
                .list_accounts(session, &tokens.access_token, token.clone())
                .await;
            (Answer::Page(token, result), (tokens, slot), tries)
        })
    }

    fn account(&self, tries: u32, id: AccountId) -> BoxFuture<'a, Answered> {
        let (aws, session, tokens) = (self.parts.aws, self.session, self.tokens.clone());
        let pacer = Arc::clone(&self.parts.pacer);
        Box::pin(async move {
            pause_before_retry(tries).await;
            let last = LastSlot::default();
            let wait = || async {
                last.keep(pacer.wait_for_slot().await);
                Some(Arc::clone(&pacer) as Arc<dyn WhenSent>)
            };
            let result = aws
                .list_permission_sets(session, &tokens.access_token, &id, wait)
                .await;
            (Answer::Account(id, result), (tokens, last.slot()), tries)
        })
    }
}

/// A request that failed rests a little longer each time, beside the pace of all.
async fn pause_before_retry(tries: u32) {
    if tries > 0 {
        tokio::time::sleep(Duration::from_millis(25 * u64::from(tries * tries) / 4)).await;
    }
}
