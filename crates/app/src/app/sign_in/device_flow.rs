//! Signing in by the device flow (RFC 8628): a code on this screen, its approval in any browser.

use std::sync::Arc;

use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::sign_in::error::SignInError;
use crate::app::tell::Tell;
use crate::app::tokens::registrations::Registrations;
use crate::aws::AwsError;
use crate::domain::sessions::device::{DevicePoll, PollAnswer, PollStep};
use crate::domain::{ClientRegistration, DeviceAuthorization, Flow, SignInEvent, SsoSession, TokenSet};

/// Asks for device codes, and polls for their approval.
pub(in crate::app) struct DeviceFlow {
    context: Arc<Context>,
    connection: Arc<Connection>,
    registrations: Arc<Registrations>,
}

impl DeviceFlow {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        registrations: &Arc<Registrations>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            registrations: Arc::clone(registrations),
        }
    }

    /// Registers (or reuses a registration) and asks for a device code. A registration that the
    /// server has forgotten is replaced once.
    pub(in crate::app) async fn authorize_device(
        &self,
        session: &SsoSession,
    ) -> Result<(ClientRegistration, DeviceAuthorization), AppError> {
        let aws = self.connection.aws().await?;
        if let Some(registration) = self.registrations.load(session, Flow::Device) {
            match aws.start_device_authorization(session, &registration).await {
                Ok(authorization) => return Ok((registration, authorization)),
                Err(AwsError::InvalidClient(_) | AwsError::Unauthorized) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let registration = self.registrations.register(session, Flow::Device).await?;
        let authorization = aws.start_device_authorization(session, &registration).await?;
        Ok((registration, authorization))
    }

    /// Polls until the code is approved, denied or expired.
    pub(in crate::app) async fn poll_for_token(
        &self,
        session: &SsoSession,
        registration: &ClientRegistration,
        authorization: &DeviceAuthorization,
        tell: Tell<'_, SignInEvent>,
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
                Err(error) => classify_poll_error(error),
            };
            let now_troubled = meaning == PollAnswer::Trouble;
            if let (true, Err(error)) = (now_troubled, &answer) {
                tell(SignInEvent::Trouble(error.to_string().into()));
            } else if troubled {
                tell(SignInEvent::Pending);
            }
            troubled = now_troubled;
            match poll.step(&meaning, self.context.now()) {
                PollStep::Wait(next) => wait = next,
                PollStep::SignedIn => return Ok(answer?),
                // Whether it was approved no one can tell: the trouble is what is known.
                PollStep::Expired if now_troubled => return Err(expired_or(answer)),
                PollStep::Expired => return Err(SignInError::CodeExpired.into()),
                PollStep::Denied => return Err(SignInError::Denied.into()),
                PollStep::Refused => return Err(expired_or(answer)),
            }
        }
    }
}

/// What the last poll failed with, else that the code has expired.
fn expired_or<T>(answer: Result<T, AwsError>) -> AppError {
    answer
        .err()
        .map_or_else(|| SignInError::CodeExpired.into(), AppError::from)
}

/// What a failed poll means.
fn classify_poll_error(error: &AwsError) -> PollAnswer {
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
    use crate::domain::fixtures;
    use crate::settings::{Environment, Settings};

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
        let context = Arc::new(Context::new(Settings::resolve(environment).expect("settings")));
        let connection = Arc::new(Connection::new(&context));
        let registrations = Arc::new(Registrations::new(&context, &connection));
        let flow = DeviceFlow::new(&context, &connection, &registrations);
        connection.answer_with(answers);
        let session = fixtures::sample_session("demo");
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
        let tokens = flow
            .poll_for_token(&session, &registration, &authorization, &mut |_| {})
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
}
