//! Signing in: by the device flow, or by a browser that comes back (`code_flow`).
//!
//! One sign-in at a time across all processes. Who comes second waits for its tokens; a denied,
//! expired or failed sign-in ends the waiters too, so that a user who says no is not asked again
//! by each of them. Those who wait see its code, which can be approved from where they are. Where the
//! one that signs in goes away, the next takes over, and opens no browser where one was opened before:
//! fifty that are cancelled one by one open one tab.

pub(super) mod code_flow;
pub(super) mod device_flow;
pub(super) mod error;
pub(super) mod pending_sign_ins;
pub(super) mod sign_out;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::locks::process_lock::ProcessLock;
use crate::app::locks::scope::LockScope;
use crate::app::locks::single_flight::WaitOutcome;
use crate::app::pages::Pages;
use crate::app::sign_in::code_flow::CodeFlow;
use crate::app::sign_in::device_flow::DeviceFlow;
use crate::app::sign_in::error::SignInError;
use crate::app::sign_in::pending_sign_ins::PendingSignIns;
use crate::app::sign_in::sign_out::SignOut;
use crate::app::tell::Tell;
use crate::app::tokens::Tokens;
use crate::app::tokens::access_tokens::AccessTokens;
use crate::app::tokens::registrations::Registrations;
use crate::app::tokens::sign_in_records::SignInRecords;
use crate::domain::{Flow, SignInEvent, SsoSession, TokenSet};
use crate::platform::log;
use crate::store::{AttemptEnd, AwsConfig, StoreError};

/// How to sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInRequest {
    pub flow: Flow,
    /// End the current portal session first and start a new one.
    pub force: bool,
    /// The port of 127.0.0.1 that a browser comes back to; 0 takes a free one.
    pub port: u16,
    /// A browser is opened for the page.
    pub opens_page: bool,
}

/// A sign-in that came to its end.
#[derive(Debug)]
pub struct SignedIn {
    pub tokens: TokenSet,
    /// Where the tokens can't be written they serve this process alone.
    pub kept: Result<(), StoreError>,
}

/// Signs in to SSO sessions.
pub struct SignIn {
    context: Arc<Context>,
    tokens: Arc<Tokens>,
    access: Arc<AccessTokens>,
    records: Arc<SignInRecords>,
    sign_out: Arc<SignOut>,
    flows: Flows,
}

/// The ways to a token, and what other processes see of them.
pub(in crate::app) struct Flows {
    pending: PendingSignIns,
    device: DeviceFlow,
    code: CodeFlow,
}

impl Flows {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        registrations: &Arc<Registrations>,
        pages: &Arc<Pages>,
    ) -> Self {
        Self {
            pending: PendingSignIns::new(context, pages),
            device: DeviceFlow::new(context, connection, registrations),
            code: CodeFlow::new(connection, registrations, pages),
        }
    }
}

impl SignIn {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        tokens: &Arc<Tokens>,
        access: &Arc<AccessTokens>,
        records: &Arc<SignInRecords>,
        sign_out: &Arc<SignOut>,
        flows: Flows,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            tokens: Arc::clone(tokens),
            access: Arc::clone(access),
            records: Arc::clone(records),
            sign_out: Arc::clone(sign_out),
            flows,
        }
    }

    /// How to sign in to a session where the user has said nothing else: as the preferences say, with a page that is
    /// opened.
    #[must_use]
    pub fn usual_request(&self, session: &SsoSession) -> SignInRequest {
        let preferences = self.context.settings.preferences.of_session(&session.name);
        SignInRequest {
            flow: preferences.flow.unwrap_or_default(),
            port: preferences.port.unwrap_or_default(),
            opens_page: true,
            force: false,
        }
    }

    /// Signs in, unless a good token is there. Dropping the future cancels it.
    pub async fn sign_in(
        &self,
        session: &SsoSession,
        request: SignInRequest,
        mut tell: impl FnMut(SignInEvent) + Send,
    ) -> Result<SignedIn, AppError> {
        self.sign_in_and_tell(session, request, &mut tell).await
    }

    fn sign_in_and_tell<'a>(
        &'a self,
        session: &'a SsoSession,
        request: SignInRequest,
        tell: Tell<'a, SignInEvent>,
    ) -> BoxFuture<'a, Result<SignedIn, AppError>> {
        Box::pin(async move {
            if !request.force
                && let Ok(tokens) = self.good_token(session).await
            {
                return Ok(SignedIn { tokens, kept: Ok(()) });
            }
            if let Some(variable) = self.context.settings.sign_in_refused_by() {
                return Err(SignInError::Off { variable }.into());
            }
            let baseline = Baseline {
                // Unreadable tokens are none to compare with; the sign-in itself will tell.
                before: self.tokens.known_token(session).ok().flatten(),
                attempts: self.records.load(session).unwrap_or_default().attempts,
            };
            loop {
                let (lock, opened) = match self.lock_sign_in(session, &baseline, tell).await {
                    WaitOutcome::Found(ended) => return ended,
                    WaitOutcome::Acquired((lock, opened)) => (lock, opened),
                    WaitOutcome::TimedOut => return Err(SignInError::UnderWayElsewhere.into()),
                };
                let opened = opened || request.opens_page;
                let done = tokio::select! {
                    done = self.sign_in_with_lock(session, request, opened, tell) => done,
                    // Another one signs in since this process was stopped: it is waited for now.
                    () = lock.wait_until_superseded() => continue,
                };
                let end = match &done {
                    Ok(_) => None,
                    Err(AppError::SignIn(SignInError::Denied)) => Some(AttemptEnd::Denied),
                    Err(AppError::SignIn(SignInError::CodeExpired)) => Some(AttemptEnd::Expired),
                    Err(error) => Some(AttemptEnd::Failed(error.to_string().into())),
                };
                if let Some(end) = end {
                    // Where this can't be written the waiters try for themselves.
                    let _ = self
                        .records
                        .update(session, |record| record.attempt_ended(end))
                        .await;
                }
                return done;
            }
        })
    }

    /// Waits for the lock, and whether a browser was opened for the sign-in before this one; or for the end of
    /// another one's sign-in.
    async fn lock_sign_in(
        &self,
        session: &SsoSession,
        baseline: &Baseline,
        tell: Tell<'_, SignInEvent>,
    ) -> WaitOutcome<(ProcessLock<'_>, bool), Result<SignedIn, AppError>> {
        let key = session.token_key();
        if let Some(lock) = self.context.process_locks.try_lock(LockScope::SignIn, key) {
            // Between our first look and now another one may have come to an end.
            if let Some(ended) = self.ended_elsewhere(session, baseline) {
                return WaitOutcome::Found(ended);
            }
            self.flows.pending.delete_published(session);
            return WaitOutcome::Acquired((lock, false));
        }
        tell(SignInEvent::Waiting);
        let mut other = self.flows.pending.watch_session(session).await;
        let find_result = || {
            if let Some(page) = other.take_new_page() {
                tell(SignInEvent::Elsewhere(page));
            }
            self.ended_elsewhere(session, baseline)
        };
        match self
            .context
            .process_locks
            .lock_or_find(LockScope::SignIn, key, find_result, |_| {})
            .await
        {
            WaitOutcome::Found(ended) => WaitOutcome::Found(ended),
            WaitOutcome::TimedOut => WaitOutcome::TimedOut,
            WaitOutcome::Acquired(lock) => {
                let opened = other.has_opened_page();
                self.flows.pending.delete_published(session);
                tell(SignInEvent::TakenOver { opened });
                WaitOutcome::Acquired((lock, opened))
            }
        }
    }

    /// A token that no one has refused: a caller that asks for a sign-in because of one that was refused must
    /// not be given the same again.
    async fn good_token(&self, session: &SsoSession) -> Result<TokenSet, AppError> {
        let tokens = self.access.access_token(session).await?;
        match self.records.refused_at(session, &tokens) {
            None => Ok(tokens),
            Some(_) => self.access.renew_rejected(session, &tokens).await,
        }
    }

    async fn sign_in_with_lock(
        &self,
        session: &SsoSession,
        request: SignInRequest,
        opened: bool,
        tell: Tell<'_, SignInEvent>,
    ) -> Result<SignedIn, AppError> {
        let tokens = match request.flow {
            Flow::Device => self.sign_in_by_device(session, request, opened, tell).await?,
            Flow::Code => self.sign_in_by_code(session, request, opened, tell).await?,
        };
        log::info!("signed in session={:?} until={}", session.name, tokens.expires_at);
        // The user who signed in now may be another one: what the one before was given is not theirs.
        let lock = self.tokens.lock_tokens(session).await;
        let now = self.context.now();
        let _ = self
            .records
            .update(session, |record| record.begin(&tokens, now))
            .await;
        let kept = self.tokens.save_tokens(session, &tokens);
        let _ = self.sign_out.forget_credentials(session, &lock);
        Ok(SignedIn { tokens, kept })
    }

    async fn sign_in_by_device(
        &self,
        session: &SsoSession,
        request: SignInRequest,
        opened: bool,
        tell: Tell<'_, SignInEvent>,
    ) -> Result<TokenSet, AppError> {
        let (registration, authorization) = self.flows.device.authorize_device(session).await?;
        self.flows.pending.approve_page(session, &authorization).await?;
        self.end_session_before(session, request, tell).await?;
        let page = Some(authorization.page());
        let until = authorization.expires_at;
        let _published = self.flows.pending.publish_page(session, page, opened, until);
        tell(SignInEvent::Code(authorization.clone()));
        log::info!("waiting for approval session={:?} until={until}", session.name);
        self.flows
            .device
            .poll_for_token(session, &registration, &authorization, tell)
            .await
    }

    async fn sign_in_by_code(
        &self,
        session: &SsoSession,
        request: SignInRequest,
        opened: bool,
        tell: Tell<'_, SignInEvent>,
    ) -> Result<TokenSet, AppError> {
        // A browser on another machine can come back only by a port that ssh forwards, which has to be known before.
        if request.port == 0 && self.context.settings.over_ssh() {
            return Err(SignInError::NoWayBack(session.name.clone()).into());
        }
        let attempt = self.flows.code.begin_attempt(session, request.port).await?;
        self.end_session_before(session, request, tell).await?;
        let limit = i64::try_from(code_flow::LIMIT.as_secs()).unwrap_or(0);
        let until = Timestamp::from_second(self.context.now().as_second() + limit).unwrap_or_default();
        let _published = self.flows.pending.publish_page(session, None, opened, until);
        tell(SignInEvent::Page(attempt.page.clone()));
        self.flows.code.finish_attempt(session, attempt).await
    }

    /// Ends the portal session before, where that is asked for, once it is sure that a new sign-in can begin:
    /// without a network the user keeps the one that they have.
    async fn end_session_before(
        &self,
        session: &SsoSession,
        request: SignInRequest,
        tell: Tell<'_, SignInEvent>,
    ) -> Result<(), AppError> {
        if request.force {
            for sentence in self.sign_out.end_session_before(session).await? {
                tell(SignInEvent::NotEnded(sentence.into()));
            }
        }
        Ok(())
    }

    /// Whether a sign-in could be kept. A user who is asked first need not approve in vain.
    pub fn check_tokens_writable(&self, session: &SsoSession) -> Result<(), StoreError> {
        self.tokens.check_writable(session)
    }

    /// Checks that Identity Center knows the session's start URL in its Region, then writes the
    /// `[sso-session]`. Every other byte of the file stays.
    pub fn create_session<'a>(&'a self, session: &'a SsoSession) -> BoxFuture<'a, Result<(), AppError>> {
        Box::pin(async move {
            self.check_session(session).await?;
            AwsConfig::add_sso_session(&self.context.settings.paths, session).await?;
            Ok(())
        })
    }

    /// Whether Identity Center knows this start URL in this Region: registers a client and asks
    /// for a device code, which is then left to expire.
    async fn check_session(&self, session: &SsoSession) -> Result<(), AppError> {
        let never = || None::<()>;
        let _lock: WaitOutcome<ProcessLock<'_>, ()> = self
            .context
            .lock_or_find(LockScope::SignIn, session.token_key(), never)
            .await;
        self.flows.device.authorize_device(session).await.map(drop)
    }

    /// How a sign-in of someone else has ended since this one was asked for, if one has.
    fn ended_elsewhere(
        &self,
        session: &SsoSession,
        baseline: &Baseline,
    ) -> Option<Result<SignedIn, AppError>> {
        if let Ok(Some(tokens)) = self.tokens.known_token(session)
            && tokens.state(self.context.clocks()).is_fresh(self.context.now())
            && baseline
                .before
                .as_ref()
                .is_none_or(|t| t.access_token != tokens.access_token)
        {
            return Some(Ok(SignedIn { tokens, kept: Ok(()) }));
        }
        let record = self.records.load(session)?;
        if record.attempts == baseline.attempts {
            return None;
        }
        Some(Err(match record.last_end? {
            AttemptEnd::Denied => SignInError::Denied,
            AttemptEnd::Expired => SignInError::CodeExpired,
            AttemptEnd::Failed(sentence) => SignInError::FailedElsewhere(sentence),
        }
        .into()))
    }
}

/// What was known when a sign-in was asked for.
struct Baseline {
    before: Option<TokenSet>,
    attempts: u64,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::app::App;
    use crate::domain::fixtures;
    use crate::settings::{Environment, Settings};
    use crate::store::FileLock;

    /// Holders that are stopped are passed over within a minute: the sentence claims no ten.
    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_given_up_says_nothing_false_about_its_length() {
        let home = tempfile::tempdir().expect("a folder");
        let home = home.path().to_str().expect("UTF-8");
        let settings = Settings::resolve(Environment::from_pairs([("HOME", home)]));
        let app = App::new(settings.expect("settings"));
        let session = fixtures::sample_session("demo");
        let path = |generation| {
            app.context
                .lock_folder
                .path_of_generation("sign-in", session.token_key(), generation)
        };
        let stopped: Vec<_> = (0..4)
            .map(|generation| FileLock::try_acquire(&path(generation)))
            .collect();
        let begun = Instant::now();
        let ended = app
            .sign_in
            .sign_in(&session, SignInRequest::default(), |_| {})
            .await;
        let error = ended.expect_err("no one finishes");
        assert!(
            matches!(error, AppError::SignIn(SignInError::UnderWayElsewhere)),
            "{error}"
        );
        assert!(
            begun.elapsed() < Duration::from_mins(10) && !error.to_string().contains("minutes"),
            "{error}"
        );
        drop(stopped);
    }
}
