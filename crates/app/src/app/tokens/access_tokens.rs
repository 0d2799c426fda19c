//! The access token that a request is made with: the saved one, refreshed where that is due.
//!
//! A 401 is the truth, whatever an expiry says; then the file is read again, then the token
//! refreshed, and sign-in is what remains.
//!
//! The refresh race. A refresh token may work only once, and its file is shared with tools that know nothing of our
//! locks: the AWS CLI and every SDK refresh it on their own. Two refreshes at once therefore mean one success and one
//! `invalid_grant`, which looks just like an ended portal session. Three things keep that from becoming a needless
//! sign-in:
//! - Between genkan's processes a lock lets one refresh at a time; the others use what it saves
//!   ([`LockScope::Refresh`]). Where the lock can't be had in time, the call fails rather than refreshing beside it.
//! - Against other tools no lock helps, so a refusal is not believed at once: the process that used the token first is about to
//!   write its successor. The file is read again, four times over 450 ms, before the session counts as ended. Waiting
//!   longer would delay every real end; one read would lose the race on a busy disk.
//! - A refreshed token is saved only if the file still has the token that was refreshed, checked under the lock of
//!   [`Tokens::lock_tokens`]: a sign-out in between is not undone, and a newer sign-in is not overwritten. Saving
//!   unconditionally would be simpler and would sign a user in again who has just signed out.
//!
//! A refused refresh token is remembered for a minute, so that fifty waiting callers cost one refused request. No
//! failure ever deletes the file: it may be another tool's, and a wrong guess would then cost its user a sign-in.

use std::sync::Arc;
use std::time::Duration;

use crate::app::connection::Connection;
use crate::app::connection::ConnectionError;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::locks::process_lock::ProcessLock;
use crate::app::locks::scope::{Busy, LockScope};
use crate::app::locks::single_flight::WaitOutcome;
use crate::app::tokens::sign_in_records::SignInRecords;
use crate::app::tokens::{Tokens, not_signed_in, sign_in_required};
use crate::aws::{Aws, AwsError};
use crate::domain::values::time::seconds_since;
use crate::domain::{SignInState, SsoSession, TokenSet};
use crate::platform::local_time;
use crate::platform::log;

/// After a refusal, how often and how long apart the file is read again: the process that made our refresh
/// token void is about to write the new one.
const READS_AFTER_REFUSAL: u32 = 4;
const BETWEEN_READS: Duration = Duration::from_millis(150);

/// A clock is wrong by hours, for a wrong time zone or a battery that is empty; after longer a token has expired.
const A_DAY: i64 = 86_400;

/// How long the response that confirms the clock may take.
const CLOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// What was found while a refresh was waited for.
enum Settled {
    /// Tokens that another process has written.
    Newer(TokenSet),
    SignedOut,
    /// These can't be refreshed.
    Ended(TokenSet),
}

/// What a refused refresh leaves to do.
enum Refused {
    /// Another process has written a good token meanwhile.
    Newer(TokenSet),
    /// Another one has written a token that a refresh can be tried with.
    Again(TokenSet),
    SignInRequired,
}

/// Access tokens for requests.
pub(in crate::app) struct AccessTokens {
    context: Arc<Context>,
    connection: Arc<Connection>,
    records: Arc<SignInRecords>,
    saved: Arc<Tokens>,
}

impl AccessTokens {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        records: &Arc<SignInRecords>,
        saved: &Arc<Tokens>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            records: Arc::clone(records),
            saved: Arc::clone(saved),
        }
    }

    /// The client for AWS, for calls that take a token themselves.
    pub(in crate::app) async fn aws(&self) -> Result<&Aws, ConnectionError> {
        self.connection.aws().await
    }

    /// A token set that can be used now: the known one, refreshed silently where that is due.
    pub(in crate::app) async fn access_token(&self, session: &SsoSession) -> Result<TokenSet, AppError> {
        let Some(tokens) = self.saved.known_token(session)? else {
            return Err(not_signed_in(session));
        };
        let state = tokens.state(self.context.clocks());
        match state {
            // It works for minutes yet: whatever goes wrong now is told by the call that needs it.
            SignInState::SignedIn { .. } if state.is_renewal_due(self.context.now()) => {
                match self
                    .context
                    .process_locks
                    .try_lock(LockScope::Refresh, session.token_key())
                {
                    Some(lock) => Ok(self
                        .refresh_with_lock(session, &tokens, lock)
                        .await
                        .unwrap_or(tokens)),
                    None => Ok(tokens),
                }
            }
            SignInState::SignedIn { .. } => Ok(tokens),
            SignInState::Renewable { .. } => self.refresh_tokens(session, &tokens).await,
            // Before a user is asked: is it so late, or is the clock wrong?
            _ if self.is_still_accepted(session, &tokens).await => Ok(tokens),
            _ => Err(self.sign_in_expired(session, &tokens)),
        }
    }

    /// Other tokens than `stale`: those that another process wrote meanwhile, or refreshed ones.
    async fn refresh_tokens(&self, session: &SsoSession, stale: &TokenSet) -> Result<TokenSet, AppError> {
        let find_result = || self.find_settled(session, stale);
        match self
            .context
            .lock_or_find(LockScope::Refresh, session.token_key(), find_result)
            .await
        {
            WaitOutcome::Found(settled) => self.settled_token(session, settled).await,
            WaitOutcome::Acquired(lock) => self.refresh_with_lock(session, stale, lock).await,
            // Those who wait must not all refresh at once: refresh tokens may work only once.
            WaitOutcome::TimedOut => Err(Busy(LockScope::Refresh).into()),
        }
    }

    async fn refresh_with_lock(
        &self,
        session: &SsoSession,
        stale: &TokenSet,
        lock: ProcessLock<'_>,
    ) -> Result<TokenSet, AppError> {
        match self.find_settled(session, stale) {
            Some(settled) => self.settled_token(session, settled).await,
            None => self.refresh_known(session, stale, &lock).await,
        }
    }

    /// Whether nothing is left to ask: someone has refreshed or signed out, or the refresh token
    /// was refused a moment ago.
    fn find_settled(&self, session: &SsoSession, stale: &TokenSet) -> Option<Settled> {
        let Some(known) = self.saved.known_token(session).ok()? else {
            return Some(Settled::SignedOut);
        };
        if self.is_newer(&known, stale) {
            return Some(Settled::Newer(known));
        }
        if !known.refreshable(self.context.now()) {
            return Some(Settled::Ended(known));
        }
        let refused = self.records.load(session).is_some_and(|record| {
            let token = known.refresh_token.as_ref();
            token.is_some_and(|token| record.was_refused(token, self.context.now()))
        });
        refused.then_some(Settled::Ended(known))
    }

    async fn settled_token(&self, session: &SsoSession, settled: Settled) -> Result<TokenSet, AppError> {
        match settled {
            Settled::Newer(tokens) => Ok(tokens),
            Settled::SignedOut => Err(not_signed_in(session)),
            Settled::Ended(tokens) => Err(self.session_ended(session, &tokens).await),
        }
    }

    /// Refreshes what is known now; `stale` is what must not come back.
    async fn refresh_known(
        &self,
        session: &SsoSession,
        stale: &TokenSet,
        lock: &ProcessLock<'_>,
    ) -> Result<TokenSet, AppError> {
        let aws = self.connection.aws().await?;
        let mut current = self.saved.known_token(session)?.unwrap_or_else(|| stale.clone());
        let mut tried_again = false;
        loop {
            let (Some(registration), Some(refresh_token)) = (&current.registration, &current.refresh_token)
            else {
                return Err(self.session_ended(session, &current).await);
            };
            // This process may be stopped for long between two tries, or take so long that another one tries now.
            let newer = || self.newer_than(session, &current);
            let wanted = || newer().is_none() && !lock.is_superseded();
            let answer = aws
                .refresh_while(session, registration, refresh_token, wanted)
                .await;
            match answer {
                Ok(tokens) => return self.save_refreshed(session, &current, tokens).await,
                Err(error) if error.is_transient() => return newer().ok_or_else(|| error.into()),
                Err(error) if !is_refusal(&error) => return Err(error.into()),
                Err(_) => {}
            }
            match self.reread_after_refusal(session, &current).await? {
                Refused::Newer(tokens) => return Ok(tokens),
                Refused::Again(tokens) if !tried_again => {
                    tried_again = true;
                    current = tokens;
                }
                Refused::Again(_) | Refused::SignInRequired => {
                    let refused = refresh_token.clone();
                    let now = self.context.now();
                    let mark = self
                        .records
                        .update(session, |record| record.mark_refused(&refused, now));
                    let _ = mark.await;
                    return Err(self.session_ended(session, &current).await);
                }
            }
        }
    }

    async fn reread_after_refusal(
        &self,
        session: &SsoSession,
        refused: &TokenSet,
    ) -> Result<Refused, AppError> {
        for read in 0..READS_AFTER_REFUSAL {
            if read > 0 {
                tokio::time::sleep(BETWEEN_READS).await;
            }
            match self.saved.known_token(session)? {
                None => return Err(not_signed_in(session)),
                Some(known) if self.is_newer(&known, refused) => return Ok(Refused::Newer(known)),
                Some(known)
                    if known.refresh_token != refused.refresh_token
                        && known.refreshable(self.context.now()) =>
                {
                    return Ok(Refused::Again(known));
                }
                Some(_) => {}
            }
        }
        Ok(Refused::SignInRequired)
    }

    /// Saves what a refresh of `old` returned, unless someone else has changed the file meanwhile:
    /// a newer sign-in is not overwritten, and a sign-out is not undone.
    async fn save_refreshed(
        &self,
        session: &SsoSession,
        old: &TokenSet,
        tokens: TokenSet,
    ) -> Result<TokenSet, AppError> {
        let _alone = self.saved.lock_tokens(session).await;
        match self.saved.known_token(session) {
            Ok(None) => return Err(not_signed_in(session)),
            Ok(Some(theirs)) if self.is_newer(&theirs, old) => return Ok(theirs),
            _ => {}
        }
        log::info!(
            "token refreshed session={:?} until={}",
            session.name,
            tokens.expires_at
        );
        // First, so that no one who reads the new token takes it for another sign-in's.
        let now = self.context.now();
        let _ = self
            .records
            .update(session, |record| record.refreshed(old, &tokens, now))
            .await;
        // A token that can't be written still serves this process.
        self.context
            .report_unsaved(self.saved.save_tokens(session, &tokens));
        Ok(tokens)
    }

    /// Runs a portal call with the access token. A refused one is read again, then refreshed.
    pub(in crate::app) async fn with_token<T, F>(
        &self,
        session: &SsoSession,
        call: impl Fn(TokenSet) -> F,
    ) -> Result<T, AppError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        let mut tokens = self.access_token(session).await?;
        // What another process wrote may be refused as well; then a refresh; then the session has ended.
        for _ in 0..2 {
            match call(tokens.clone()).await {
                Err(AwsError::Unauthorized) => tokens = self.renew_rejected(session, &tokens).await?,
                done => return Ok(done?),
            }
        }
        match call(tokens.clone()).await {
            Err(AwsError::Unauthorized) => Err(self.session_ended(session, &tokens).await),
            done => Ok(done?),
        }
    }

    /// Other tokens than those that were refused.
    pub(in crate::app) async fn renew_rejected(
        &self,
        session: &SsoSession,
        refused: &TokenSet,
    ) -> Result<TokenSet, AppError> {
        match self.saved.known_token(session)? {
            None => Err(not_signed_in(session)),
            Some(known) if self.is_newer(&known, refused) => Ok(known),
            Some(known) if known.refreshable(self.context.now()) => {
                self.refresh_tokens(session, refused).await
            }
            Some(known) => Err(self.session_ended(session, &known).await),
        }
    }

    /// Whether AWS still accepts a token that this machine's clock calls expired and nothing renews. It is
    /// asked only where the clock may be ahead: no answer has confirmed the clock yet, and the token
    /// expired within the last day.
    pub(in crate::app) async fn is_still_accepted(&self, session: &SsoSession, tokens: &TokenSet) -> bool {
        let ended = seconds_since(tokens.expires_at, self.context.now());
        if self.context.clock.is_confirmed() || ended > A_DAY {
            return false;
        }
        self.confirm_clock(session, tokens).await
    }

    /// Makes a small request, whose answer confirms or contradicts what is known of the clock; whether AWS
    /// accepts the token.
    pub(in crate::app) async fn confirm_clock(&self, session: &SsoSession, tokens: &TokenSet) -> bool {
        let Ok(aws) = self.connection.aws().await else {
            return false;
        };
        let page = aws.list_accounts(session, &tokens.access_token, None);
        let answer = tokio::time::timeout(CLOCK_TIMEOUT, page).await;
        answer.is_ok_and(|page| page.is_ok())
    }

    /// The tokens that another process has written in place of `stale`.
    fn newer_than(&self, session: &SsoSession, stale: &TokenSet) -> Option<TokenSet> {
        let known = self.saved.known_token(session).ok()??;
        self.is_newer(&known, stale).then_some(known)
    }

    /// Whether `known` can be used in place of `stale`.
    fn is_newer(&self, known: &TokenSet, stale: &TokenSet) -> bool {
        known.access_token != stale.access_token
            && matches!(known.state(self.context.clocks()), SignInState::SignedIn { .. })
    }

    fn sign_in_expired(&self, session: &SsoSession, tokens: &TokenSet) -> AppError {
        let at = local_time::format_local_time(tokens.expires_at, self.context.now());
        sign_in_required(session, &format!("the sign-in expired at {at}"))
    }

    /// The portal session of these tokens has ended: since when, as far as anybody knows.
    pub(in crate::app) async fn session_ended(&self, session: &SsoSession, tokens: &TokenSet) -> AppError {
        let now = self.context.now();
        let is_past = tokens.expires_at <= now;
        log::info!("sign-in expired session={:?} expired={is_past}", session.name);
        if tokens.refresh_token.is_none() && tokens.expires_at <= now {
            return self.sign_in_expired(session, tokens);
        }
        self.records.mark_ended(session, tokens).await;
        let noticed = self.records.refused_at(session, tokens).unwrap_or(now);
        let noticed = local_time::format_local_time(noticed, now);
        sign_in_required(
            session,
            &match self.records.began_at(session, tokens) {
                Some(began) => format!(
                    "the portal session of {} has ended (detected {noticed})",
                    local_time::format_local_time(began, now)
                ),
                None => format!("the portal session has ended (detected {noticed})"),
            },
        )
    }
}

/// Whether the server says no to these tokens, and not just to this request.
fn is_refusal(error: &AwsError) -> bool {
    matches!(
        error,
        AwsError::InvalidGrant(_)
            | AwsError::InvalidClient(_)
            | AwsError::Unauthorized
            | AwsError::ExpiredToken
            | AwsError::AccessDenied
    )
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::aws::Reply;
    use crate::domain::fixtures;
    use crate::domain::{ClientRegistration, Secret};
    use crate::settings::{Environment, Settings};
    use crate::store::FileLock;

    fn access_tokens(home: &str) -> AccessTokens {
        let settings = Settings::resolve(Environment::from_pairs([("HOME", home)]));
        let context = Arc::new(Context::new(settings.expect("settings")));
        let connection = Arc::new(Connection::new(&context));
        let records = Arc::new(SignInRecords::new(&context));
        let saved = Arc::new(Tokens::new(&context, &records));
        AccessTokens::new(&context, &connection, &records, &saved)
    }

    /// Runs a future on an event loop of this thread.
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().build().expect("an event loop");
        runtime.block_on(future)
    }

    fn access(tokens: &TokenSet) -> &Secret {
        &tokens.access_token
    }

    /// The moment between a refresh's last look at the file and its writing is no one else's.
    #[test]
    fn refresh_neither_undoes_a_sign_out_nor_replaces_a_newer_sign_in() {
        let home = tempfile::tempdir().expect("a folder");
        let home = home.path().to_str().expect("UTF-8");
        let session = fixtures::sample_session("demo");
        for theirs in [None, Some(fixtures::sample_tokens("theirs"))] {
            let (ours, other) = (access_tokens(home), access_tokens(home));
            other
                .saved
                .save_tokens(&session, &fixtures::sample_tokens("old"))
                .expect("saves");
            std::thread::scope(|scope| {
                let (begins, begun) = std::sync::mpsc::channel();
                let (other, theirs, session) = (&other, &theirs, &session);
                scope.spawn(move || {
                    let _alone = block_on(other.saved.lock_tokens(session));
                    begins.send(()).expect("the other thread waits");
                    std::thread::sleep(Duration::from_millis(100));
                    let changed = match theirs {
                        None => other.saved.forget_tokens(session),
                        Some(theirs) => other.saved.save_tokens(session, theirs),
                    };
                    changed.expect("changes the sign-in");
                });
                begun.recv().expect("it begins");
                let (old, refreshed) = (
                    fixtures::sample_tokens("old"),
                    fixtures::sample_tokens("refreshed"),
                );
                let kept = block_on(ours.save_refreshed(session, &old, refreshed));
                assert_eq!(kept.ok().as_ref().map(access), theirs.as_ref().map(access));
            });
            let known = ours.saved.known_token(&session).expect("readable");
            assert_eq!(known.as_ref().map(access), theirs.as_ref().map(access));
        }
    }

    /// A refresh token may work only once: it is not tried again beside the holder that has taken over.
    #[tokio::test(start_paused = true)]
    async fn superseded_refresh_is_not_tried_again() {
        let reply = |status, body: &str| Reply {
            status,
            headers: vec![("x-amzn-requestid", "1".to_owned())],
            body: body.into(),
        };
        for superseded in [false, true] {
            let home = tempfile::tempdir().expect("a folder");
            let home = home.path().to_str().expect("UTF-8");
            let tokens = access_tokens(home);
            let answers = vec![
                reply(500, "{}"),
                reply(200, r#"{"accessToken":"refreshed","expiresIn":3600}"#),
            ];
            tokens.connection.answer_with(answers);
            let session = fixtures::sample_session("demo");
            let old = TokenSet {
                expires_at: tokens.context.now(),
                refresh_token: Some(Secret::new("refresh")),
                registration: Some(ClientRegistration {
                    client_id: "client".into(),
                    client_secret: Secret::new("secret"),
                    expires_at: Timestamp::MAX,
                }),
                ..fixtures::sample_tokens("old")
            };
            tokens.saved.save_tokens(&session, &old).expect("saves");
            let key = session.token_key();
            let lock = tokens
                .context
                .process_locks
                .try_lock(LockScope::Refresh, key)
                .expect("free");
            let next = tokens.context.lock_folder.path_of_generation("refresh", key, 1);
            let other = superseded.then(|| FileLock::try_acquire(&next));
            let done = tokens.refresh_with_lock(&session, &old, lock).await;
            assert_eq!(done.is_err(), superseded, "{done:?}");
            drop(other);
        }
    }
}
