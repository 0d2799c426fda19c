//! Signing in: RegisterClient, StartDeviceAuthorization, CreateToken (sso-oidc, API 2019-06-10).

use std::time::Duration;

use jiff::Timestamp;

use super::error::classify;
use super::{Aws, AwsError, client::patiently};
use crate::domain::device::DEFAULT_INTERVAL;
use crate::domain::text::clean;
use crate::domain::{ClientRegistration, DeviceAuthorization, Secret, SsoSession, TokenSet};

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const REFRESH_GRANT: &str = "refresh_token";

/// Answers may claim any number; a token or code is never taken to live longer than this.
const LONGEST_LIFE_SECONDS: i64 = 366 * 86_400;

impl Aws {
    /// Registers genkan as a public client of the session, with its scopes.
    pub async fn register_client(&self, session: &SsoSession) -> Result<ClientRegistration, AwsError> {
        let client = self.oidc(session);
        let host = oidc_host(session);
        let answer = patiently(|| async {
            client
                .register_client()
                .client_name(format!("genkan-{}", session.name))
                .client_type("public")
                .set_scopes((!session.scopes.is_empty()).then(|| session.scopes.clone()))
                .send()
                .await
                .map_err(|e| classify(&e, &host))
        })
        .await?;
        match (answer.client_id, answer.client_secret) {
            (Some(client_id), Some(client_secret)) => Ok(ClientRegistration {
                client_id,
                client_secret: Secret::new(client_secret),
                expires_at: epoch(answer.client_secret_expires_at),
            }),
            _ => Err(incomplete(host)),
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
        let answer = patiently(|| async {
            client
                .start_device_authorization()
                .client_id(&registration.client_id)
                .client_secret(registration.client_secret.expose())
                .start_url(session.start_url.as_str())
                .send()
                .await
                .map_err(|e| classify(&e, &host))
        })
        .await?;
        let (Some(device_code), Some(user_code), Some(uri)) =
            (answer.device_code, answer.user_code, answer.verification_uri)
        else {
            return Err(incomplete(host));
        };
        let verification_uri = clean(&uri);
        Ok(DeviceAuthorization {
            device_code: Secret::new(device_code),
            user_code: clean(&user_code),
            verification_uri_complete: answer
                .verification_uri_complete
                .map_or_else(|| verification_uri.clone(), |u| clean(&u)),
            verification_uri,
            interval: match answer.interval {
                seconds @ 1..=60 => Duration::from_secs(u64::from(seconds.unsigned_abs())),
                _ => DEFAULT_INTERVAL,
            },
            expires_at: after(self.clock.now(), i64::from(answer.expires_in)),
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
            .map_err(|e| classify(&e, &oidc_host(session)))?;
        token_set(session, registration, answer, None, self.clock.now())
    }

    /// Trades a refresh token for a new access token.
    pub async fn refresh(
        &self,
        session: &SsoSession,
        registration: &ClientRegistration,
        refresh_token: &Secret,
    ) -> Result<TokenSet, AwsError> {
        let client = self.oidc(session);
        let answer = patiently(|| async {
            client
                .create_token()
                .client_id(&registration.client_id)
                .client_secret(registration.client_secret.expose())
                .grant_type(REFRESH_GRANT)
                .refresh_token(refresh_token.expose())
                .send()
                .await
                .map_err(|e| classify(&e, &oidc_host(session)))
        })
        .await?;
        token_set(
            session,
            registration,
            answer,
            Some(refresh_token),
            self.clock.now(),
        )
    }
}

/// The token set of an answer. A refresh may bring a new refresh token; without one the old stays.
fn token_set(
    session: &SsoSession,
    registration: &ClientRegistration,
    answer: aws_sdk_ssooidc::operation::create_token::CreateTokenOutput,
    old_refresh: Option<&Secret>,
    now: Timestamp,
) -> Result<TokenSet, AwsError> {
    let access_token = answer
        .access_token
        .filter(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_graphic()))
        .ok_or_else(|| incomplete(oidc_host(session)))?;
    Ok(TokenSet {
        access_token: Secret::new(access_token),
        expires_at: after(now, i64::from(answer.expires_in)),
        refresh_token: answer
            .refresh_token
            .map(Secret::new)
            .or_else(|| old_refresh.cloned()),
        registration: Some(registration.clone()),
        start_url: Some(session.start_url.clone()),
        region: Some(session.region.clone()),
    })
}

fn oidc_host(session: &SsoSession) -> String {
    format!("Identity Center in {}", session.region)
}

fn incomplete(host: String) -> AwsError {
    AwsError::Unreadable {
        host,
        reason: "a field is missing".to_owned(),
    }
}

fn epoch(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    epoch(
        now.as_second()
            .saturating_add(seconds.clamp(0, LONGEST_LIFE_SECONDS)),
    )
}
