//! Signing in and out, and the access token of a session.
//!
//! One sign-in and one refresh at a time across all processes: who comes second waits for the lock
//! and then finds the token that the first one wrote.

use std::time::Duration;

use super::{Portal, PortalError};
use crate::aws::AwsError;
use crate::domain::device::{DevicePoll, PollAnswer, PollStep};
use crate::domain::token::Freshness;
use crate::domain::{ClientRegistration, DeviceAuthorization, SsoSession, TokenSet};
use crate::store::FileLock;

/// What a person sees while signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInEvent {
    /// Another process is signing in to the same session.
    Waiting,
    /// The code to approve.
    Code(DeviceAuthorization),
    /// The last poll failed; polling goes on.
    Trouble(String),
    /// The last poll worked again: still waiting for the approval.
    Pending,
}

/// A sign-in that came to its end.
#[derive(Debug)]
pub struct SignedIn {
    pub tokens: TokenSet,
    /// Where the tokens can't be written they serve this process alone.
    pub kept: Result<(), PortalError>,
}

/// How long a refresh waits for another process's.
const REFRESH_WAIT: Duration = Duration::from_secs(30);
/// How often a waiter looks whether the other is done.
const LOOK: Duration = Duration::from_millis(200);

impl Portal {
    /// Signs in by the device flow, unless a good token is there. With `force` the portal session
    /// is ended first, so that a new one starts. Dropping the future cancels it.
    pub async fn sign_in(
        &self,
        session: &SsoSession,
        force: bool,
        mut tell: impl FnMut(SignInEvent),
    ) -> Result<SignedIn, PortalError> {
        if force {
            self.sign_out(session).await?;
        }
        let mut told = false;
        let _lock = loop {
            if !force && let Ok(tokens) = self.access_token(session).await {
                return Ok(SignedIn { tokens, kept: Ok(()) });
            }
            match self.tokens.try_lock(session, "sign-in") {
                Some(lock) => break lock,
                None if !told => {
                    told = true;
                    tell(SignInEvent::Waiting);
                }
                None => {}
            }
            tokio::time::sleep(LOOK).await;
        };
        // Whoever held the lock may have signed in meanwhile.
        if told && let Ok(tokens) = self.access_token(session).await {
            return Ok(SignedIn { tokens, kept: Ok(()) });
        }
        let (registration, authorization) = self.authorize_device(session).await?;
        if !crate::domain::start_url::may_open(&authorization.verification_uri_complete) {
            return Err(PortalError::UnsafePage(authorization.verification_uri_complete));
        }
        tell(SignInEvent::Code(authorization.clone()));
        let tokens = self.poll(session, &registration, &authorization, tell).await?;
        let kept = self.keep(session, &tokens);
        Ok(SignedIn { tokens, kept })
    }

    /// Registers (or reuses a registration) and asks for a device code. A registration that the
    /// server has forgotten is replaced once.
    async fn authorize_device(
        &self,
        session: &SsoSession,
    ) -> Result<(ClientRegistration, DeviceAuthorization), PortalError> {
        let aws = self.aws().await?;
        let known = self.noted(self.registrations.load(session, self.now()));
        if let Some(registration) = known {
            match aws.start_device_authorization(session, &registration).await {
                Ok(authorization) => return Ok((registration, authorization)),
                Err(AwsError::InvalidClient(_) | AwsError::Unauthorized) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let registration = aws.register_client(session).await?;
        // A registration that can't be kept only costs another one next time.
        let _ = self.registrations.save(session, &registration);
        let authorization = aws.start_device_authorization(session, &registration).await?;
        Ok((registration, authorization))
    }

    async fn poll(
        &self,
        session: &SsoSession,
        registration: &ClientRegistration,
        authorization: &DeviceAuthorization,
        mut tell: impl FnMut(SignInEvent),
    ) -> Result<TokenSet, PortalError> {
        let aws = self.aws().await?;
        let mut poll = DevicePoll::new(authorization);
        let mut wait = poll.first_wait();
        let mut troubled = false;
        loop {
            tokio::time::sleep(wait).await;
            let answer = aws
                .redeem_device_code(session, registration, &authorization.device_code)
                .await;
            let meaning = match &answer {
                Ok(_) => PollAnswer::Granted,
                Err(error) => meaning(error),
            };
            let now_troubled = meaning == PollAnswer::Trouble;
            if let (true, Err(error)) = (now_troubled, &answer) {
                tell(SignInEvent::Trouble(error.to_string()));
            } else if troubled {
                tell(SignInEvent::Pending);
            }
            troubled = now_troubled;
            match poll.step(&meaning, self.now()) {
                PollStep::Wait(next) => wait = next,
                PollStep::SignedIn => return Ok(answer?),
                PollStep::Expired => return Err(PortalError::CodeExpired),
                PollStep::Denied => return Err(PortalError::Denied),
                PollStep::Refused => return Err(answer.err().map_or(PortalError::CodeExpired, Into::into)),
            }
        }
    }

    /// Keeps a token on disk, or for this process alone where the disk refuses.
    fn keep(&self, session: &SsoSession, tokens: &TokenSet) -> Result<(), PortalError> {
        if let Ok(mut memory) = self.in_memory.lock() {
            memory.insert(session.name.clone(), tokens.clone());
        }
        Ok(self.tokens.save(session, tokens)?)
    }

    /// The token that is known, without asking anybody.
    pub fn known_token(&self, session: &SsoSession) -> Result<Option<TokenSet>, PortalError> {
        let in_memory = self
            .in_memory
            .lock()
            .ok()
            .and_then(|m| m.get(&session.name).cloned());
        let on_disk = match (self.tokens.load(session), &in_memory) {
            (Ok(loaded), _) => self.noted(loaded),
            (Err(_), Some(_)) => None,
            (Err(error), None) => return Err(error.into()),
        };
        // What another process wrote later wins.
        Ok(match (on_disk, in_memory) {
            (Some(disk), Some(memory)) if disk.expires_at < memory.expires_at => Some(memory),
            (Some(disk), _) => Some(disk),
            (None, memory) => memory,
        })
    }

    /// A token set that can be used now: the known one, refreshed without a word where that is due.
    pub async fn access_token(&self, session: &SsoSession) -> Result<TokenSet, PortalError> {
        let Some(tokens) = self.known_token(session)? else {
            return Err(required(session, "nobody has signed in"));
        };
        match tokens.freshness(self.now()) {
            Freshness::Fresh => Ok(tokens),
            Freshness::SignInRequired => Err(required(session, "the sign-in has expired")),
            Freshness::RefreshSoon => match self.refresh(session, &tokens).await {
                Err(PortalError::Aws(error)) if error.is_transient() => Ok(tokens),
                done => done,
            },
            Freshness::MustRefresh => self.refresh(session, &tokens).await,
        }
    }

    /// Refreshes `stale`, unless another process has done so meanwhile.
    pub(super) async fn refresh(
        &self,
        session: &SsoSession,
        stale: &TokenSet,
    ) -> Result<TokenSet, PortalError> {
        let _lock = self.wait_for_lock(session).await;
        let newer = |known: Option<TokenSet>| {
            known.filter(|t| {
                t.access_token != stale.access_token && t.freshness(self.now()) != Freshness::MustRefresh
            })
        };
        if let Some(tokens) = newer(self.known_token(session)?) {
            return Ok(tokens);
        }
        let (Some(registration), Some(refresh_token)) = (&stale.registration, &stale.refresh_token) else {
            return Err(required(session, "the sign-in has expired"));
        };
        let aws = self.aws().await?;
        match aws.refresh(session, registration, refresh_token).await {
            Ok(tokens) => {
                // A token that can't be written still serves this process.
                let _ = self.keep(session, &tokens);
                Ok(tokens)
            }
            Err(
                AwsError::InvalidGrant(_)
                | AwsError::InvalidClient(_)
                | AwsError::Unauthorized
                | AwsError::ExpiredToken
                | AwsError::AccessDenied,
            ) => match newer(self.known_token(session)?) {
                Some(tokens) => Ok(tokens),
                None => Err(required(session, "the portal session has ended")),
            },
            Err(error) => Err(error.into()),
        }
    }

    async fn wait_for_lock(&self, session: &SsoSession) -> Option<FileLock> {
        let end = tokio::time::Instant::now() + REFRESH_WAIT;
        loop {
            if let Some(lock) = self.tokens.try_lock(session, "refresh") {
                return Some(lock);
            }
            if tokio::time::Instant::now() >= end {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Runs a portal call with the access token. 401 is the truth, whatever the expiry says: the
    /// file is read again, then the token refreshed, then sign-in is what remains.
    pub(super) async fn with_token<T, F>(
        &self,
        session: &SsoSession,
        call: impl Fn(TokenSet) -> F,
    ) -> Result<T, PortalError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        let tokens = self.access_token(session).await?;
        match call(tokens.clone()).await {
            Err(AwsError::Unauthorized) => {}
            done => return Ok(done?),
        }
        let tokens = self.renewed(session, &tokens).await?;
        match call(tokens).await {
            Err(AwsError::Unauthorized) => Err(required(session, "the portal session has ended")),
            done => Ok(done?),
        }
    }

    /// Another token than the one that was refused.
    pub(super) async fn renewed(
        &self,
        session: &SsoSession,
        refused: &TokenSet,
    ) -> Result<TokenSet, PortalError> {
        match self.known_token(session)? {
            Some(known) if known.access_token != refused.access_token => Ok(known),
            _ if refused.refreshable(self.now()) => self.refresh(session, refused).await,
            _ => Err(required(session, "the portal session has ended")),
        }
    }

    /// Ends the portal session on the server and forgets its tokens and cached credentials here.
    /// True when there was one.
    pub async fn sign_out(&self, session: &SsoSession) -> Result<bool, PortalError> {
        let known = self.known_token(session)?;
        if let Some(tokens) = &known {
            match self.aws().await?.logout(session, &tokens.access_token).await {
                // It was over already.
                Ok(()) | Err(AwsError::Unauthorized | AwsError::NotFound(_) | AwsError::Forbidden(_)) => {}
                Err(error) => {
                    self.forget(session)?;
                    return Err(error.into());
                }
            }
        }
        self.forget(session)?;
        Ok(known.is_some())
    }

    fn forget(&self, session: &SsoSession) -> Result<(), PortalError> {
        if let Ok(mut memory) = self.in_memory.lock() {
            memory.remove(&session.name);
        }
        self.tokens.remove(session)?;
        self.credentials.remove_session(&session.name)?;
        Ok(())
    }

    /// Whether Identity Center knows this start URL in this Region: registers a client and asks
    /// for a device code, which is then left to expire.
    pub(super) async fn check_session(&self, session: &SsoSession) -> Result<(), PortalError> {
        self.authorize_device(session).await.map(drop)
    }
}

fn required(session: &SsoSession, reason: &str) -> PortalError {
    PortalError::SignInRequired {
        session: session.name.clone(),
        reason: reason.to_owned(),
    }
}

/// What a failed poll means.
fn meaning(error: &AwsError) -> PollAnswer {
    match error {
        AwsError::AuthorizationPending => PollAnswer::Pending,
        AwsError::SlowDown => PollAnswer::SlowDown,
        AwsError::ExpiredToken => PollAnswer::Expired,
        AwsError::AccessDenied => PollAnswer::Denied,
        error if error.is_transient() => PollAnswer::Trouble,
        _ => PollAnswer::Refused,
    }
}
