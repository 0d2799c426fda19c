//! Values that unit tests of every module start from.
#![allow(clippy::expect_used, reason = "only unit tests call this")]

use jiff::Timestamp;

use super::{ClientRegistration, Secret, SsoSession, TokenSet};

/// A session of the sample organisation.
#[must_use]
pub fn sample_session(name: &str) -> SsoSession {
    session_at(name, "https://tanuki.awsapps.com/start", "ap-northeast-1")
}

/// A session with a start URL and an SSO Region of its own.
///
/// # Panics
/// Where a text is no start URL or no Region.
#[must_use]
pub fn session_at(name: &str, start_url: &str, region: &str) -> SsoSession {
    SsoSession::new(
        name,
        start_url.parse().expect("a start URL"),
        region.parse().expect("a Region"),
    )
}

/// Tokens without a refresh token, which never expire.
#[must_use]
pub fn sample_tokens(access_token: &str) -> TokenSet {
    TokenSet {
        access_token: Secret::new(access_token),
        expires_at: Timestamp::MAX,
        refresh_token: None,
        registration: None,
        start_url: None,
        region: None,
    }
}

/// Tokens that an OAuth client got, which have expired long ago.
#[must_use]
pub fn tokens_of_client(client: &str) -> TokenSet {
    TokenSet {
        expires_at: Timestamp::UNIX_EPOCH,
        registration: Some(ClientRegistration {
            client_id: client.to_owned(),
            client_secret: Secret::new("secret"),
            expires_at: Timestamp::UNIX_EPOCH,
        }),
        ..sample_tokens("access")
    }
}
