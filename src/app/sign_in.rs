//! Signing in: by the device flow, or by a browser that comes back (`code_flow`).
//!
//! One sign-in at a time across all processes. Who comes second waits for its tokens; a denied,
//! expired or failed sign-in ends the waiters too, so that a person who says no is not asked again
//! by each of them. Those who wait see its code, which can be approved from where they are. Where the
//! one that signs in goes away, the next takes over, and opens no browser where one was opened before:
//! fifty that are cancelled one by one open one tab.

use jiff::Timestamp;

use super::turns::{Step, Turn, Waited};
use super::{App, AppError};
use crate::aws::AwsError;
use crate::domain::device::{DevicePage, DevicePoll, PollAnswer, PollStep};
use crate::domain::token::Freshness;
use crate::domain::{ClientRegistration, DeviceAuthorization, Flow, SsoSession, TokenSet};
use crate::store::{AttemptEnd, Showing, ShownCode};

/// What a person sees while signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInEvent {
    /// Another process is signing in to the same session.
    Waiting,
    /// The code that it shows.
    Elsewhere(DevicePage),
    /// It went away without a token: this one goes on, and opens no browser where one was `opened`.
    TakenOver { opened: bool },
    /// The portal session before this one could not be ended on the server, in a sentence.
    NotEnded(String),
    /// The code to approve.
    Code(DeviceAuthorization),
    /// The page to sign in on; the browser comes back by itself.
    Page(String),
    /// The last poll failed; polling goes on.
    Trouble(String),
    /// The last poll worked again: still waiting for the approval.
    Pending,
}

/// How to sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInRequest {
    pub flow: Flow,
    /// End the portal session first, so that a new one starts.
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
    pub kept: Result<(), AppError>,
}

impl App {
    /// Signs in, unless a good token is there. Dropping the future cancels it.
    pub async fn sign_in(
        &self,
        session: &SsoSession,
        request: SignInRequest,
        mut tell: impl FnMut(SignInEvent),
    ) -> Result<SignedIn, AppError> {
        if !request.force
            && let Ok(tokens) = self.good_token(session).await
        {
            return Ok(SignedIn { tokens, kept: Ok(()) });
        }
        let asked = Asked {
            // Unreadable tokens are none to compare with; the sign-in itself will tell.
            before: self.known_token(session).ok().flatten(),
            attempts: self.attempts(session),
        };
        loop {
            let (turn, opened) = match self.turn_to_sign_in(session, &asked, &mut tell).await {
                Waited::Found(ended) => return ended,
                Waited::Turn((turn, opened)) => (turn, opened),
                Waited::Late => return Err(AppError::SignInElsewhere),
            };
            let opened = opened || request.opens_page;
            let done = tokio::select! {
                done = self.sign_in_in_turn(session, request, opened, &mut tell) => done,
                // Another one signs in since this process was stopped: it is waited for now.
                () = turn.lost() => continue,
            };
            let end = match &done {
                Ok(_) => None,
                Err(AppError::Denied) => Some(AttemptEnd::Denied),
                Err(AppError::CodeExpired) => Some(AttemptEnd::Expired),
                Err(error) => Some(AttemptEnd::Failed(error.to_string())),
            };
            if let Some(end) = end {
                // Where this can't be written the waiters try for themselves.
                let _ = self.sign_ins.update(session, |record| record.attempt_ended(end));
            }
            return done;
        }
    }

    /// Waits for the turn, and whether a browser was opened for the sign-in before this one; or for the end of
    /// another one's sign-in.
    async fn turn_to_sign_in(
        &self,
        session: &SsoSession,
        asked: &Asked,
        tell: &mut impl FnMut(SignInEvent),
    ) -> Waited<(Turn<'_>, bool), Result<SignedIn, AppError>> {
        let key = session.token_key();
        let mut seen: Option<ShownCode> = None;
        let waits;
        let waited = if let Some(turn) = self.context.turns.take(Step::SignIn, key) {
            waits = false;
            // Between our first look and now somebody may have come to an end.
            self.ended_elsewhere(session, asked)
                .map_or(Waited::Turn(turn), Waited::Found)
        } else {
            waits = true;
            tell(SignInEvent::Waiting);
            let pages = self.approval_pages(session).await.ok();
            let look = || {
                let shown = self.shown_codes.load(session, self.context.now());
                if shown.is_some() && shown != seen {
                    let page = shown.as_ref().and_then(|s| s.page.clone());
                    // Another process wrote the file: its page passes the same gate.
                    let may_show = |page: &DevicePage| {
                        let rules = pages.as_ref();
                        rules.is_some_and(|rules| rules.check_code(&page.address, &page.user_code).is_ok())
                    };
                    if let Some(page) = page.filter(may_show) {
                        self.approve(&page.address);
                        tell(SignInEvent::Elsewhere(page));
                    }
                    seen = shown;
                }
                self.ended_elsewhere(session, asked)
            };
            self.context.turns.wait(Step::SignIn, key, look, |_| {}).await
        };
        let turn = match waited {
            Waited::Found(ended) => return Waited::Found(ended),
            Waited::Late => return Waited::Late,
            Waited::Turn(turn) => turn,
        };
        self.shown_codes.forget(session);
        let opened = seen.is_some_and(|shown| shown.opened);
        if waits {
            tell(SignInEvent::TakenOver { opened });
        }
        Waited::Turn((turn, opened))
    }

    /// A token that nobody has refused: whoever asks for a sign-in because of one that was refused must
    /// not be given the same again.
    async fn good_token(&self, session: &SsoSession) -> Result<TokenSet, AppError> {
        let tokens = self.access_token(session).await?;
        match self.standing(session, &tokens).over_since {
            None => Ok(tokens),
            Some(_) => self.renewed(session, &tokens).await,
        }
    }

    async fn sign_in_in_turn(
        &self,
        session: &SsoSession,
        request: SignInRequest,
        opened: bool,
        tell: &mut impl FnMut(SignInEvent),
    ) -> Result<SignedIn, AppError> {
        let tokens = match request.flow {
            Flow::Device => {
                self.sign_in_by_device(session, request.force, opened, tell)
                    .await?
            }
            Flow::Code => self.sign_in_by_code(session, request, opened, tell).await?,
        };
        tracing::info!(session = session.name, until = %tokens.expires_at, "signed in");
        // Whoever signed in now may be another person: what the one before was given is not theirs.
        let mut kept = Ok(());
        let _ = self.forget_credentials(session, || {
            let _ = self
                .sign_ins
                .update(session, |record| record.begin(&tokens, self.context.now()));
            kept = self.keep(session, &tokens).map_err(AppError::from);
            Ok(())
        });
        Ok(SignedIn { tokens, kept })
    }

    /// Ends the portal session before, once it is sure that a new sign-in can begin: without a network a
    /// person who asks for a longer session keeps the one that they have.
    pub(super) async fn end_session_before(
        &self,
        session: &SsoSession,
        tell: &mut impl FnMut(SignInEvent),
    ) -> Result<(), AppError> {
        let ended = match self.known_token(session) {
            Ok(Some(tokens)) => self.end_on_server(session, &tokens).await,
            _ => Ok(()),
        };
        match ended {
            Err(AppError::Aws(error)) if error.is_about_the_network() => return Err(error.into()),
            Err(error) => tell(SignInEvent::NotEnded(format!(
                "the portal session before could not be ended on the server, so it may go on: {error}"
            ))),
            Ok(()) => {}
        }
        if let Err(error) = self.forget_sign_in(session) {
            tell(SignInEvent::NotEnded(format!(
                "the sign-in before could not be deleted on this machine: {error}"
            )));
        }
        Ok(())
    }

    async fn sign_in_by_device(
        &self,
        session: &SsoSession,
        force: bool,
        opened: bool,
        tell: &mut impl FnMut(SignInEvent),
    ) -> Result<TokenSet, AppError> {
        let (registration, authorization) = self.authorize_device(session).await?;
        self.approve_device_page(session, &authorization).await?;
        if force {
            self.end_session_before(session, tell).await?;
        }
        let page = Some(authorization.page());
        let _shown = self.show_code(session, page, opened, authorization.expires_at);
        tell(SignInEvent::Code(authorization.clone()));
        tracing::info!(session = session.name, until = %authorization.expires_at, "waiting for the approval");
        self.poll(session, &registration, &authorization, tell).await
    }

    /// Shows those who wait what this sign-in shows, until that is dropped.
    pub(super) fn show_code(
        &self,
        session: &SsoSession,
        page: Option<DevicePage>,
        opened: bool,
        until: Timestamp,
    ) -> Showing {
        let shown = ShownCode { page, opened };
        self.shown_codes.show(session, &shown, until)
    }

    /// Whether a sign-in could be kept. A person who is asked first need not approve in vain.
    pub fn may_keep_sign_in(&self, session: &SsoSession) -> Result<(), AppError> {
        Ok(self.tokens.rehearse(session)?)
    }

    fn attempts(&self, session: &SsoSession) -> u64 {
        self.context
            .noted(self.sign_ins.load(session))
            .unwrap_or_default()
            .attempts
    }

    /// How a sign-in of somebody else has ended since this one was asked for, if one has.
    fn ended_elsewhere(&self, session: &SsoSession, asked: &Asked) -> Option<Result<SignedIn, AppError>> {
        if let Ok(Some(tokens)) = self.known_token(session)
            && self.freshness(&tokens) == Freshness::Fresh
            && asked
                .before
                .as_ref()
                .is_none_or(|t| t.access_token != tokens.access_token)
        {
            return Some(Ok(SignedIn { tokens, kept: Ok(()) }));
        }
        let record = self.context.noted(self.sign_ins.load(session))?;
        if record.attempts == asked.attempts {
            return None;
        }
        Some(Err(match record.last_end? {
            AttemptEnd::Denied => AppError::Denied,
            AttemptEnd::Expired => AppError::CodeExpired,
            AttemptEnd::Failed(sentence) => AppError::FailedElsewhere(sentence),
        }))
    }

    /// Registers (or reuses a registration) and asks for a device code. A registration that the
    /// server has forgotten is replaced once.
    async fn authorize_device(
        &self,
        session: &SsoSession,
    ) -> Result<(ClientRegistration, DeviceAuthorization), AppError> {
        let aws = self.connection.aws().await?;
        let known = self
            .context
            .noted(self.registrations.load(session, Flow::Device, self.context.now()));
        if let Some(registration) = known {
            match aws.start_device_authorization(session, &registration).await {
                Ok(authorization) => return Ok((registration, authorization)),
                Err(AwsError::InvalidClient(_) | AwsError::Unauthorized) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let registration = aws.register_client(session).await?;
        // A registration that can't be kept only costs another one next time.
        self.context
            .try_to_keep(self.registrations.save(session, Flow::Device, &registration));
        let authorization = aws.start_device_authorization(session, &registration).await?;
        Ok((registration, authorization))
    }

    async fn poll(
        &self,
        session: &SsoSession,
        registration: &ClientRegistration,
        authorization: &DeviceAuthorization,
        tell: &mut impl FnMut(SignInEvent),
    ) -> Result<TokenSet, AppError> {
        let aws = self.connection.aws().await?;
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
            match poll.step(&meaning, self.context.now()) {
                PollStep::Wait(next) => wait = next,
                PollStep::SignedIn => return Ok(answer?),
                // Whether it was approved nobody can tell: the trouble is what is known.
                PollStep::Expired if now_troubled => {
                    return Err(answer.err().map_or(AppError::CodeExpired, Into::into));
                }
                PollStep::Expired => return Err(AppError::CodeExpired),
                PollStep::Denied => return Err(AppError::Denied),
                PollStep::Refused => return Err(answer.err().map_or(AppError::CodeExpired, Into::into)),
            }
        }
    }

    /// Whether Identity Center knows this start URL in this Region: registers a client and asks
    /// for a device code, which is then left to expire.
    pub(super) async fn check_session(&self, session: &SsoSession) -> Result<(), AppError> {
        let never = || None::<()>;
        let _turn: Waited<Turn<'_>, ()> = self
            .context
            .wait_for_turn(Step::SignIn, session.token_key(), never)
            .await;
        self.authorize_device(session).await.map(drop)
    }
}

/// What was known when a sign-in was asked for.
struct Asked {
    before: Option<TokenSet>,
    attempts: u64,
}

/// What a failed poll means.
fn meaning(error: &AwsError) -> PollAnswer {
    match error {
        AwsError::AuthorizationPending => PollAnswer::Pending,
        AwsError::SlowDown => PollAnswer::SlowDown,
        AwsError::ExpiredToken => PollAnswer::Expired,
        AwsError::AccessDenied => PollAnswer::Denied,
        // A network that answers in AWS's place says nothing about the code.
        error if error.is_transient() || error.is_about_the_network() => PollAnswer::Trouble,
        _ => PollAnswer::Refused,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use tokio::time::Instant;

    use super::*;
    use crate::aws::Reply;
    use crate::domain::Secret;
    use crate::settings::{Environment, Settings};
    use crate::store::FileLock;

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    fn refusal(code: &str) -> Reply {
        // As Identity Center words it: an error without its description is not taken for AWS's.
        let body = format!("{{\"error\":\"{code}\",\"error_description\":\"x\"}}");
        reply(400, &body)
    }

    /// How long polling takes, on a paused clock, with this interval and these answers.
    async fn polls(interval: u64, answers: Vec<Reply>) -> Duration {
        let environment = Environment::from_pairs([("HOME", "/nonexistent")]);
        let app = App::new(Settings::resolve(environment).expect("settings"));
        app.connection.answer_with(answers);
        let session = SsoSession::new(
            "demo",
            "https://tanuki.awsapps.com/start".parse().expect("a URL"),
            "ap-northeast-1".parse().expect("a Region"),
        );
        let registration = ClientRegistration {
            client_id: "client".into(),
            client_secret: Secret::new("secret"),
            expires_at: Timestamp::MAX,
        };
        let authorization = DeviceAuthorization {
            device_code: Secret::new("device"),
            user_code: "ABCD-EFGH".into(),
            verification_uri: String::new(),
            verification_uri_complete: String::new(),
            interval: Duration::from_secs(interval),
            expires_at: Timestamp::MAX,
        };
        let begun = Instant::now();
        let tokens = app
            .poll(&session, &registration, &authorization, &mut |_| {})
            .await;
        assert!(tokens.is_ok(), "{tokens:?}");
        begun.elapsed()
    }

    /// RFC 8628, section 3.5: each `slow_down` adds five seconds for the rest of the polling.
    #[tokio::test(start_paused = true)]
    async fn polls_come_at_the_servers_interval_and_slow_down_when_asked() {
        let (pending, slow) = (refusal("authorization_pending"), refusal("slow_down"));
        let granted = reply(200, r#"{"accessToken":"token","expiresIn":3600}"#);
        for (interval, answers, seconds) in [
            (5, vec![granted.clone()], 5),
            (5, vec![pending.clone(), pending.clone(), granted.clone()], 15),
            (5, vec![slow.clone(), granted.clone()], 5 + 10),
            (
                5,
                vec![slow.clone(), pending.clone(), slow, granted.clone()],
                5 + 10 + 10 + 15,
            ),
            (1, vec![pending.clone(), granted.clone()], 2),
            (0, vec![granted.clone()], 0),
            (0, vec![pending.clone(), pending, granted], 10),
        ] {
            let took = polls(interval, answers).await;
            assert_eq!(took.as_secs(), seconds, "interval {interval}: {took:?}");
        }
    }

    /// Holders that are stopped are passed over within a minute: the sentence claims no ten.
    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_given_up_says_nothing_false_about_its_length() {
        let home = tempfile::tempdir().expect("a folder");
        let home = home.path().to_str().expect("UTF-8");
        let settings = Settings::resolve(Environment::from_pairs([("HOME", home)]));
        let app = App::new(settings.expect("settings"));
        let session = SsoSession::new(
            "demo",
            "https://tanuki.awsapps.com/start".parse().expect("a URL"),
            "ap-northeast-1".parse().expect("a Region"),
        );
        let path = |generation| {
            app.context
                .locks
                .path_of_generation("sign-in", session.token_key(), generation)
        };
        let stopped: Vec<_> = (0..4)
            .map(|generation| FileLock::try_acquire(&path(generation)))
            .collect();
        let begun = Instant::now();
        let ended = app.sign_in(&session, SignInRequest::default(), |_| {}).await;
        let error = ended.expect_err("nobody finishes");
        assert!(matches!(error, AppError::SignInElsewhere), "{error}");
        assert!(
            begun.elapsed() < Duration::from_mins(10) && !error.to_string().contains("minutes"),
            "{error}"
        );
        drop(stopped);
    }
}
