//! Listing every assignment: from the cache at once, from Identity Center without haste or loss.
//!
//! Pages of accounts overlap with their permission sets; an account that fails is tried again
//! later and, at last, named. What came in is kept as it comes.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;

use super::pacer::Pacer;
use super::{Portal, PortalError};
use crate::aws::{AccountPage, Aws, AwsError};
use crate::domain::{Account, AccountId, Catalog, PermissionSetName, SsoSession, TokenSet};

/// What happens during a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncEvent {
    /// More accounts are known; `complete` when these were the last.
    Accounts { accounts: Vec<Account>, complete: bool },
    /// One account's permission sets are known.
    PermissionSets {
        account: AccountId,
        names: Vec<PermissionSetName>,
        at: Timestamp,
    },
    /// One account could not be listed.
    Problem { account: AccountId, sentence: String },
}

/// How a sync ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncReport {
    pub catalog: Catalog,
    /// Accounts that could not be listed.
    pub failed: usize,
}

/// Requests under way at once. At 19 a second this covers answers of up to 600 ms.
const AT_ONCE: usize = 12;
/// How often one account or page is tried while its failure may pass.
const TRIES: u32 = 8;
/// How often the first request is tried where nothing can be reached.
const FIRST_TRIES: u32 = 2;
/// How often a running sync is written to disk.
const SAVE_EVERY: Duration = Duration::from_secs(3);

enum Answer {
    Page(u32, Option<String>, Result<AccountPage, AwsError>),
    Account(u32, AccountId, Result<Vec<PermissionSetName>, AwsError>),
}

impl Portal {
    /// The catalog as it was last known.
    #[must_use]
    pub fn cached_catalog(&self, session: &SsoSession) -> Option<Catalog> {
        self.noted(self.catalogs.load(session))
    }

    /// Lists everything anew, the accounts named in `first` before others. Dropping the future
    /// ends it; what had come in by the last save stays.
    pub async fn sync_catalog(
        &self,
        session: &SsoSession,
        first: &[AccountId],
        mut tell: impl FnMut(SyncEvent),
    ) -> Result<SyncReport, PortalError> {
        let tokens = self.access_token(session).await?;
        let aws = self.aws().await?;
        let mut sync = Sync {
            portal: self,
            aws,
            session,
            pacer: Pacer::new(),
            catalog: self.cached_catalog(session).unwrap_or_default(),
            first: first.iter().cloned().collect(),
            listed: BTreeSet::new(),
            queue: VecDeque::new(),
            tokens,
            renewed: false,
            reached: false,
        };
        sync.run(&mut tell).await?;
        let failed = sync.catalog.failed().count();
        // A cache that can't be written costs time, not the list.
        let _ = self.catalogs.save(session, &sync.catalog);
        Ok(SyncReport {
            catalog: sync.catalog,
            failed,
        })
    }
}

struct Sync<'a> {
    portal: &'a Portal,
    aws: &'a Aws,
    session: &'a SsoSession,
    pacer: Pacer,
    catalog: Catalog,
    first: HashSet<AccountId>,
    listed: BTreeSet<AccountId>,
    queue: VecDeque<(u32, AccountId)>,
    tokens: TokenSet,
    renewed: bool,
    /// Identity Center has answered at least once.
    reached: bool,
}

impl Sync<'_> {
    async fn run(&mut self, tell: &mut impl FnMut(SyncEvent)) -> Result<(), PortalError> {
        let pacer = std::mem::replace(&mut self.pacer, Pacer::new());
        let (aws, session) = (self.aws, self.session);
        let mut running: FuturesUnordered<BoxFuture<'_, Answer>> = FuturesUnordered::new();
        running.push(page(aws, session, &pacer, self.tokens.clone(), 0, None));
        let mut pages_done = false;
        let mut saved = tokio::time::Instant::now();
        while let Some(answer) = running.next().await {
            match answer {
                Answer::Page(tries, token, result) => match self.judge(&pacer, tries, result).await? {
                    Verdict::Done(list) => {
                        let next = list.next.filter(|n| token.as_ref() != Some(n));
                        pages_done = next.is_none();
                        if next.is_some() {
                            running.push(page(aws, session, &pacer, self.tokens.clone(), 0, next));
                        }
                        self.take_accounts(list.accounts, pages_done, tell);
                    }
                    Verdict::Again(tries) => {
                        running.push(page(aws, session, &pacer, self.tokens.clone(), tries, token));
                    }
                    // Without all pages there is no catalog.
                    Verdict::Failed(error) => return Err(error.into()),
                },
                Answer::Account(tries, id, result) => match self.judge(&pacer, tries, result).await? {
                    Verdict::Done(names) => {
                        let at = self.portal.now();
                        self.catalog.set_permission_sets(&id, names.clone(), at);
                        tell(SyncEvent::PermissionSets {
                            account: id,
                            names,
                            at,
                        });
                    }
                    // Behind the others: what failed now may pass meanwhile.
                    Verdict::Again(tries) => self.queue.push_back((tries, id)),
                    Verdict::Failed(error) => {
                        let sentence = error.to_string();
                        self.catalog.set_problem(&id, sentence.clone());
                        tell(SyncEvent::Problem {
                            account: id,
                            sentence,
                        });
                    }
                },
            }
            while running.len() < AT_ONCE
                && let Some((tries, id)) = self.queue.pop_front()
            {
                running.push(account(aws, session, &pacer, self.tokens.clone(), tries, id));
            }
            if saved.elapsed() >= SAVE_EVERY {
                let _ = self.portal.catalogs.save(self.session, &self.catalog);
                saved = tokio::time::Instant::now();
            }
        }
        if pages_done {
            self.catalog.finish(&self.listed, self.portal.now());
        }
        Ok(())
    }

    fn take_accounts(&mut self, accounts: Vec<Account>, complete: bool, tell: &mut impl FnMut(SyncEvent)) {
        for account in &accounts {
            if self.listed.insert(account.id.clone()) {
                if self.first.contains(&account.id) {
                    self.queue.push_front((0, account.id.clone()));
                } else {
                    self.queue.push_back((0, account.id.clone()));
                }
            }
        }
        self.catalog.add_accounts(accounts.clone());
        tell(SyncEvent::Accounts { accounts, complete });
    }

    /// What an answer means for the speed and for its request.
    async fn judge<T>(
        &mut self,
        pacer: &Pacer,
        tries: u32,
        result: Result<T, AwsError>,
    ) -> Result<Verdict<T>, PortalError> {
        let error = match result {
            Ok(value) => {
                pacer.succeeded();
                self.reached = true;
                return Ok(Verdict::Done(value));
            }
            Err(error) => error,
        };
        match &error {
            AwsError::Throttled { retry_after } => pacer.throttled(*retry_after),
            AwsError::Unauthorized if !self.renewed => {
                self.renewed = true;
                self.tokens = self.portal.renewed(self.session, &self.tokens).await?;
                return Ok(Verdict::Again(tries));
            }
            // Requests that were under way with the refused token come back refused too.
            AwsError::Unauthorized if tries < 2 => return Ok(Verdict::Again(tries + 1)),
            AwsError::Unauthorized => {
                return Err(self.portal.over(self.session, &self.tokens));
            }
            _ => {}
        }
        // A refusal for speed says nothing about the request: it counts half.
        let tries = tries
            + if matches!(error, AwsError::Throttled { .. }) {
                1
            } else {
                2
            };
        // Without a network there is nothing to be patient with: a person waits for the sentence.
        let limit = if self.reached || !matches!(error, AwsError::Unreachable { .. }) {
            TRIES
        } else {
            FIRST_TRIES
        };
        if error.is_transient() && tries < limit * 2 {
            Ok(Verdict::Again(tries))
        } else {
            Ok(Verdict::Failed(error))
        }
    }
}

enum Verdict<T> {
    Done(T),
    Again(u32),
    Failed(AwsError),
}

/// A failed request rests a little longer each time, beside the pace of all.
async fn rest(tries: u32) {
    if tries > 0 {
        tokio::time::sleep(Duration::from_millis(100 * u64::from(tries * tries)).min(Duration::from_secs(5)))
            .await;
    }
}

fn page<'a>(
    aws: &'a Aws,
    session: &'a SsoSession,
    pacer: &'a Pacer,
    tokens: TokenSet,
    tries: u32,
    token: Option<String>,
) -> BoxFuture<'a, Answer> {
    Box::pin(async move {
        rest(tries).await;
        pacer.turn().await;
        let result = aws
            .list_accounts(session, &tokens.access_token, token.clone())
            .await;
        Answer::Page(tries, token, result)
    })
}

fn account<'a>(
    aws: &'a Aws,
    session: &'a SsoSession,
    pacer: &'a Pacer,
    tokens: TokenSet,
    tries: u32,
    id: AccountId,
) -> BoxFuture<'a, Answer> {
    Box::pin(async move {
        rest(tries).await;
        let result = aws
            .list_permission_sets(session, &tokens.access_token, &id, || pacer.turn())
            .await;
        Answer::Account(tries, id, result)
    })
}
