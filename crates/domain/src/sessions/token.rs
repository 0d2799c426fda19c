//! What sign-in gives: the access token, how it is refreshed, and who asked for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::values::time::seconds_until;
use crate::{Region, Secret, StartUrl};

/// An OAuth client that Identity Center registered for us (RegisterClient), good for 90 days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRegistration {
    pub client_id: String,
    pub client_secret: Secret,
    pub expires_at: Timestamp,
}

/// How a user signs in, in the words of preferences. A client is registered for one of them and not for the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// Device authorization (RFC 8628): a code on this screen, a page in any browser.
    #[default]
    Device,
    /// Authorization code with PKCE (RFC 7636): the browser of this machine comes back to us.
    #[serde(rename = "pkce")]
    Code,
}

impl ClientRegistration {
    /// The AWS CLI treats a registration with under 15 minutes left as expired.
    const MARGIN_SECONDS: i64 = 15 * 60;

    #[must_use]
    pub fn usable(&self, now: Timestamp) -> bool {
        seconds_until(self.expires_at, now) > Self::MARGIN_SECONDS
    }
}

/// The tokens of one SSO session. Legacy ones have neither refresh token nor registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSet {
    pub access_token: Secret,
    pub expires_at: Timestamp,
    pub refresh_token: Option<Secret>,
    pub registration: Option<ClientRegistration>,
    pub start_url: Option<StartUrl>,
    pub region: Option<Region>,
}

/// Which sign-in something came from. The tokens of a sign-in change with each refresh; this doesn't.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignInId(String);

impl SignInId {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A digest of the first access token of the sign-in.
    #[must_use]
    pub fn new(digest: impl Into<String>) -> Self {
        Self(digest.into())
    }
}

impl TokenSet {
    /// Whether a refresh can be tried: it takes a refresh token and a live registration.
    #[must_use]
    pub fn refreshable(&self, now: Timestamp) -> bool {
        self.refresh_token.is_some() && self.registration.as_ref().is_some_and(|r| r.expires_at > now)
    }
}
