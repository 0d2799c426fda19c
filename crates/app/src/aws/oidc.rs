//! Signing in: RegisterClient, StartDeviceAuthorization, CreateToken (sso-oidc, API 2019-06-10).

use std::time::Duration;

use aws_sdk_ssooidc::operation::register_client::builders::RegisterClientFluentBuilder;
use jiff::Timestamp;

use super::{Aws, AwsError, client::patiently_while, client::with_retries};
use crate::aws::refusals::classify::classify_error;
use crate::aws::wire::hosts::oidc_host;
use crate::domain::sessions::device::DEFAULT_INTERVAL;
use crate::domain::sessions::pkce;
use crate::domain::text::{CleanText, clean_text};
use crate::domain::{ClientRegistration, DeviceAuthorization, Secret, SsoSession, TokenSet};
use crate::platform::clock;

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const REFRESH_GRANT: &str = "refresh_token";
pub(super) const CODE_GRANT: &str = "authorization_code";

/// Answers may claim any number; a token or code is never taken to live longer than this.
const LONGEST_LIFE_SECONDS: i64 = 366 * 86_400;
/// The longest time between two polls that a server is obeyed in.
const LONGEST_INTERVAL: Duration = Duration::from_mins(1);

impl Aws {
    /// Registers genkan as a public client of a session for the device flow, with its scopes.
    pub async fn register_client(&self, session: &SsoSession) -> Result<ClientRegistration, AwsError> {
        let client = self.oidc(session);
        let scopes = (!session.scopes.is_empty()).then(|| session.scopes.clone());
        self.register(session, || client.register_client().set_scopes(scopes.clone()))
            .await
    }

    /// Registers genkan for the authorization code flow of a session. The redirect is registered without its port, and
    /// the start URL as the issuer, as the AWS CLI v2 does it.
    pub async fn register_code_client(&self, session: &SsoSession) -> Result<ClientRegistration, AwsError> {
        let client = self.oidc(session);
        let request = || {
            let request = client.register_client().set_scopes(Some(session.scopes.clone()));
            request
                .grant_types(CODE_GRANT)
                .grant_types(REFRESH_GRANT)
                .redirect_uris(pkce::REGISTERED_REDIRECT)
                .issuer_url(session.start_url.as_str())
        };
        self.register(session, request).await
    }

    /// What both flows register: the name and the type of the client, and what the answer must hold.
    async fn register(
        &self,
        session: &SsoSession,
        request: impl Fn() -> RegisterClientFluentBuilder,
    ) -> Result<ClientRegistration, AwsError> {
        let host = oidc_host(session);
        let answer = with_retries(&self.requests, || async {
            request()
                .client_name(format!("genkan-{}", session.name))
                .client_type("public")
                .send()
                .await
                .map_err(|e| classify_refusal(classify_error(&e, &host), AwsError::InvalidRequest))
        })
        .await?;
        match (answer.client_id, answer.client_secret) {
            (Some(client_id), Some(client_secret)) => Ok(ClientRegistration {
                client_id,
                client_secret: Secret::new(client_secret),
                expires_at: parse_epoch(answer.client_secret_expires_at),
            }),
            _ => Err(incomplete_answer(host)),
        }
    }

    /// Asks for a device code and the user code that belongs to it.
    pub async fn start_device_authorization(
        &self,
        session: &SsoSession,
        registration: &ClientRegistration,
    ) -> Result<DeviceAuthorization, AwsError> {
        let client = self.oidc(session);
        let host = oidc_host(session);
        let answer = with_retries(&self.requests, || async {
            client
                .start_device_authorization()
                .client_id(&registration.client_id)
                .client_secret(registration.client_secret.expose())
                .start_url(session.start_url.as_str())
                .send()
                .await
                .map_err(|e| classify_refusal(classify_error(&e, &host), AwsError::InvalidClient))
        })
        .await?;
        let (Some(device_code), Some(user_code), Some(uri)) =
            (answer.device_code, answer.user_code, answer.verification_uri)
        else {
            return Err(incomplete_answer(host));
        };
        let verification_uri = clean_text(&uri);
        Ok(DeviceAuthorization {
            device_code: Secret::new(device_code),
            user_code: clean_text(&user_code),
            verification_uri_complete: answer
                .verification_uri_complete
                .map_or_else(|| verification_uri.clone(), |u| clean_text(&u)),
            verification_uri,
            interval: polling_interval(answer.interval),
            expires_at: add_seconds(clock::current_time(), answer.expires_in)
                .ok_or_else(|| expired_answer(oidc_host(session)))?,
        })
    }

    /// Asks once whether the device code has been approved.
    pub async fn redeem_device_code(
        &self,
        session: &SsoSession,
        registration: &ClientRegistration,
        device_code: &Secret,
    ) -> Result<TokenSet, AwsError> {
        let answer = self
            .oidc(session)
            .create_token()
            .client_id(&registration.client_id)
            .client_secret(registration.client_secret.expose())
            .grant_type(DEVICE_GRANT)
            .device_code(device_code.expose())
            .send()
            .await
            .map_err(|e| {
                classify_refusal(classify_error(&e, &oidc_host(session)), AwsError::InvalidClient)
            })?;
        token_set(session, registration, answer, None, clock::current_time())
    }

    /// Trades a refresh token for a new access token.
    pub async fn refresh(
        &self,
        session: &SsoSession,
        registration: &ClientRegistration,
        refresh_token: &Secret,
    ) -> Result<TokenSet, AwsError> {
        self.refresh_while(session, registration, refresh_token, || true)
            .await
    }

    /// The same; before each further try it is asked whether that is still `wanted`. A refresh token may work
    /// only once, and others may have used it meanwhile.
    pub async fn refresh_while(
        &self,
        session: &SsoSession,
        registration: &ClientRegistration,
        refresh_token: &Secret,
        wanted: impl Fn() -> bool,
    ) -> Result<TokenSet, AwsError> {
        let client = self.oidc(session);
        let answer = patiently_while(&self.requests, wanted, || async {
            client
                .create_token()
                .client_id(&registration.client_id)
                .client_secret(registration.client_secret.expose())
                .grant_type(REFRESH_GRANT)
                .refresh_token(refresh_token.expose())
                .send()
                .await
                .map_err(|e| classify_error(&e, &oidc_host(session)))
        })
        .await?;
        token_set(
            session,
            registration,
            answer,
            Some(refresh_token),
            clock::current_time(),
        )
    }
}

/// The token set of an answer. A refresh may bring a new refresh token; without one the old stays. `now` is
/// this machine's time: `expiresIn` is a duration, and every tool on this machine compares with its clock.
pub(super) fn token_set(
    session: &SsoSession,
    registration: &ClientRegistration,
    answer: aws_sdk_ssooidc::operation::create_token::CreateTokenOutput,
    old_refresh: Option<&Secret>,
    now: Timestamp,
) -> Result<TokenSet, AwsError> {
    let access_token = answer
        .access_token
        .filter(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_graphic()))
        .ok_or_else(|| incomplete_answer(oidc_host(session)))?;
    Ok(TokenSet {
        access_token: Secret::new(access_token),
        expires_at: add_seconds(now, answer.expires_in).ok_or_else(|| expired_answer(oidc_host(session)))?,
        refresh_token: answer
            .refresh_token
            .map(Secret::new)
            .or_else(|| old_refresh.cloned()),
        registration: Some(registration.clone()),
        start_url: Some(session.start_url.clone()),
        region: Some(session.region.clone()),
    })
}

/// Signing in shows no access token and enters no account: a 401 or 403 is about the client or the
/// request, or comes from something in between.
pub(super) fn classify_refusal(error: AwsError, unauthorized: fn(CleanText) -> AwsError) -> AwsError {
    match error {
        AwsError::Unauthorized => unauthorized("status 401".into()),
        AwsError::Forbidden(words) | AwsError::NotFound(words) => AwsError::InvalidRequest(words),
        error => error,
    }
}

pub(super) fn incomplete_answer(host: String) -> AwsError {
    AwsError::Unreadable {
        host,
        reason: "a field is missing".into(),
    }
}

/// What has expired before it began, or doesn't say how long it lives, would be asked for again and again.
fn expired_answer(host: String) -> AwsError {
    AwsError::Unreadable {
        host,
        reason: "its lifetime is zero".into(),
    }
}

/// The server's polling interval, at most [`LONGEST_INTERVAL`]; a negative one is replaced by the default.
/// Zero stays zero: the SDK can't tell it from a missing interval, and [`DevicePoll`] knows what it means.
///
/// [`DevicePoll`]: crate::domain::sessions::device::DevicePoll
fn polling_interval(seconds: i32) -> Duration {
    u64::try_from(seconds).map_or(DEFAULT_INTERVAL, |seconds| {
        Duration::from_secs(seconds).min(LONGEST_INTERVAL)
    })
}

/// An instant of the server's; one that no calendar has is long over.
pub(super) fn parse_epoch(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}

/// When something ends that lives for so many seconds from now; `None` where that is no time.
fn add_seconds(now: Timestamp, seconds: i32) -> Option<Timestamp> {
    let seconds = i64::from(seconds);
    (seconds > 0).then(|| parse_epoch(now.as_second().saturating_add(seconds.min(LONGEST_LIFE_SECONDS))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_brought_into_it() {
        for (seconds, expected) in [
            (1, 1),
            (5, 5),
            (60, 60),
            (61, 60),
            (i32::MAX, 60),
            (0, 0),
            (-1, 5),
            (i32::MIN, 5),
        ] {
            assert_eq!(
                polling_interval(seconds),
                Duration::from_secs(expected),
                "{seconds}"
            );
        }
        let now = Timestamp::UNIX_EPOCH;
        for (seconds, expected) in [
            (600, Some(600)),
            (i32::MAX, Some(LONGEST_LIFE_SECONDS)),
            (0, None),
            (-1, None),
            (i32::MIN, None),
        ] {
            assert_eq!(
                add_seconds(now, seconds).map(Timestamp::as_second),
                expected,
                "{seconds}"
            );
        }
        for seconds in [i64::MAX, i64::MIN] {
            assert_eq!(parse_epoch(seconds), Timestamp::UNIX_EPOCH);
        }
    }
}
