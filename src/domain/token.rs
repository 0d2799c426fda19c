//! What sign-in gives: the access token, how it is refreshed, and who asked for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::time::seconds_until;
use super::time::{Clocks, Verdict};
use super::{Region, Secret, StartUrl};

/// An OAuth client that Identity Center registered for us (RegisterClient), good for 90 days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRegistration {
    pub client_id: String,
    pub client_secret: Secret,
    pub expires_at: Timestamp,
}

/// How a user signs in. A client is registered for one of them and not for the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    /// Device authorization (RFC 8628): a code on this screen, a page in any browser.
    #[default]
    Device,
    /// Authorization code with PKCE (RFC 7636): the browser of this machine comes back to us.
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

/// What can be done with a token set now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Use it.
    Fresh,
    /// It ends soon: use it, and refresh it when there is a chance.
    RefreshSoon,
    /// Expired, but a refresh may bring a new one.
    MustRefresh,
    /// Expired, and only signing in again helps.
    SignInRequired,
}

impl TokenSet {
    /// The AWS SDKs refresh when 5 to 15 minutes are left; in between, ours still works.
    const REFRESH_SECONDS: i64 = 5 * 60;

    #[must_use]
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        let left = seconds_until(self.expires_at, now);
        match (left, self.refreshable(now)) {
            (left, true) if left <= 0 => Freshness::MustRefresh,
            (left, false) if left <= 0 => Freshness::SignInRequired,
            (left, true) if left <= Self::REFRESH_SECONDS => Freshness::RefreshSoon,
            _ => Freshness::Fresh,
        }
    }

    /// The same by both clocks. A token that either clock calls valid is used: AWS decides, and a refusal leads
    /// to a refresh.
    #[must_use]
    pub fn freshness_by(&self, clocks: Clocks) -> Freshness {
        let local = self.freshness(clocks.local);
        match (local, clocks.judge(self.expires_at)) {
            (Freshness::MustRefresh | Freshness::SignInRequired, Verdict::AskAws) => Freshness::Fresh,
            _ => local,
        }
    }

    /// Whether a refresh can be tried: it takes a refresh token and a live registration.
    #[must_use]
    pub fn refreshable(&self, now: Timestamp) -> bool {
        self.refresh_token.is_some() && self.registration.as_ref().is_some_and(|r| r.expires_at > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap_or_default()
    }

    fn tokens(expires: i64, refresh: bool) -> TokenSet {
        TokenSet {
            access_token: Secret::new("a"),
            expires_at: at(expires),
            refresh_token: refresh.then(|| Secret::new("r")),
            registration: refresh.then(|| ClientRegistration {
                client_id: "c".into(),
                client_secret: Secret::new("s"),
                expires_at: at(1_000_000),
            }),
            start_url: None,
            region: None,
        }
    }

    #[test]
    fn freshness_is_a_table() {
        for (expires, refresh, now, expected) in [
            (3600, true, 0, Freshness::Fresh),
            (3600, true, 3400, Freshness::RefreshSoon),
            (3600, true, 3600, Freshness::MustRefresh),
            (3600, false, 3400, Freshness::Fresh),
            (3600, false, 3600, Freshness::SignInRequired),
            (2_000_000, true, 2_000_001, Freshness::SignInRequired),
        ] {
            assert_eq!(
                tokens(expires, refresh).freshness(at(now)),
                expected,
                "{expires} {refresh} {now}"
            );
        }
    }
}
