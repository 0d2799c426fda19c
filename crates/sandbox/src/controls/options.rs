//! What a sandbox can be told before it starts, and how starting can fail.
//! Knows nothing of HTTP; every value is checked here once, so that the rest may trust it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::rate::{RateKind, RateLimit};
use crate::organisation::Organisation;

/// The wall clock, handed in so that nothing in the sandbox reads it by itself and tests can move it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The largest page that the portal APIs give, and the largest `max_result` that they accept.
pub(crate) const MAX_PAGE_SIZE: usize = 100;

/// Everything that can be chosen about a sandbox. Lifetimes count on [`Options::clock`]; the poll interval,
/// latency and rate count on the monotonic clock.
#[derive(Clone)]
pub struct Options {
    /// Where to listen; must be a loopback address. Port 0 takes a free one. Default `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// Whose accounts are served. Default: [`Organisation::sample`].
    pub organisation: Organisation,
    /// The Region that the instance says it lives in. Default `ap-northeast-1`.
    pub region: String,
    /// Added before every API answer. Default zero.
    pub latency: Duration,
    /// What the portal admits; above it the answer is 429. `None` (the default) means unlimited.
    pub rate: Option<RateLimit>,
    /// Fraction (0 to 1) of sso-oidc and portal requests that are answered 429, 500 or 503. Default 0.
    pub faults: f64,
    /// The same seed and the same order of requests give the same faults.
    pub fault_seed: u64,
    /// The most entries in one page, 1 to 100 (default 100). Without `max_result` a page holds 20, or fewer if
    /// this is fewer.
    pub page_size: usize,
    /// Approve every device authorization at the first poll that comes an interval after it began, and every
    /// `/authorize` at once, so that no browser is needed. Default false.
    pub auto_approve: bool,
    /// How long a device code can be approved and redeemed. Default 10 minutes.
    pub device_code_lifetime: Duration,
    /// The `interval` that clients get; faster polls get `slow_down`. Whole seconds. Default 1 s, as AWS gives.
    /// With zero and [`Options::auto_approve`] a sign-in takes no time, which is what most tests want.
    pub poll_interval: Duration,
    /// Life of an access token of a client with scopes. Default 1 hour. (Without scopes it is always 8 hours.)
    pub access_token_lifetime: Duration,
    /// How long after sign-in refresh tokens work. Default 8 hours.
    pub portal_session_lifetime: Duration,
    /// Life of the role credentials. Default 1 hour.
    pub role_credentials_lifetime: Duration,
    /// The most that a session of AssumeRole or GetSessionToken lasts, whatever was asked for, so that a test sees it end.
    /// `None` (the default) keeps to what was asked for, 15 minutes at least.
    pub sts_session_lifetime: Option<Duration>,
    /// How long a new access key of an IAM user gets `InvalidClientTokenId`, because AWS has not heard of it everywhere.
    /// Default zero.
    pub key_propagation: Duration,
    /// Makes codes, tokens and keys repeatable, for pictures; `None` (the default) takes them from the system.
    pub secrets_seed: Option<u64>,
    /// Letters and digits that stand in every secret (tokens, device codes, clients' secrets, keys), so that a
    /// test finds them wherever they have got to. Default: none.
    pub secrets_mark: String,
    /// The wall clock.
    pub clock: Clock,
}

impl Options {
    /// The defaults named on each field.
    pub fn new(clock: Clock) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            organisation: Organisation::sample(),
            region: "ap-northeast-1".to_owned(),
            latency: Duration::ZERO,
            rate: None,
            faults: 0.0,
            fault_seed: 0,
            page_size: MAX_PAGE_SIZE,
            auto_approve: false,
            device_code_lifetime: Duration::from_mins(10),
            poll_interval: Duration::from_secs(1),
            access_token_lifetime: Duration::from_hours(1),
            portal_session_lifetime: Duration::from_hours(8),
            role_credentials_lifetime: Duration::from_hours(1),
            sts_session_lifetime: None,
            key_propagation: Duration::ZERO,
            secrets_seed: None,
            secrets_mark: String::new(),
            clock,
        }
    }

    /// Refuses what the server could not honour.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let invalid = |option, reason| Err(StartError::Invalid { option, reason });
        if !self.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(self.listen));
        }
        if !(0.0..=1.0).contains(&self.faults) {
            return invalid("faults", "must be between 0 and 1");
        }
        if let Some(limit) = &self.rate {
            check_rate(limit)?;
        }
        if !(1..=MAX_PAGE_SIZE).contains(&self.page_size) {
            return invalid("page_size", "must be between 1 and 100");
        }
        if self.poll_interval.subsec_nanos() != 0 {
            return invalid("poll_interval", "must be a whole number of seconds");
        }
        if !is_region(&self.region) {
            return invalid("region", "must be a Region code such as ap-northeast-1");
        }
        Ok(())
    }
}

fn check_rate(limit: &RateLimit) -> Result<(), StartError> {
    let invalid = |option, reason| Err(StartError::Invalid { option, reason });
    let is_rate = |rate: f64| rate.is_finite() && rate > 0.0;
    if !is_rate(limit.per_second) || !limit.change.is_none_or(|(_, rate)| is_rate(rate)) {
        return invalid("rate", "must be a positive number of requests per second");
    }
    if !limit
        .change
        .is_none_or(|(after, _)| after.is_finite() && after >= 0.0)
    {
        return invalid("rate", "must change after a number of seconds");
    }
    if !(limit.others.is_finite() && (0.0..=10_000.0).contains(&limit.others)) {
        return invalid(
            "other clients",
            "must make between 0 and 10,000 requests per second",
        );
    }
    let (RateKind::Bucket(seconds) | RateKind::FixedWindow(seconds) | RateKind::SlidingWindow(seconds)) =
        limit.kind;
    let is_bucket = matches!(limit.kind, RateKind::Bucket(_));
    if !(seconds.is_finite() && (seconds > 0.0 || is_bucket && seconds == 0.0)) {
        return invalid("rate", "must be counted over a positive number of seconds");
    }
    Ok(())
}

fn is_region(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 32
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The sandbox signs anybody in, so it serves this machine only.
    #[error("{0} is not a loopback address; the sandbox only serves this machine")]
    NotLoopback(SocketAddr),
    /// An option holds a value that can't be honoured.
    #[error("the sandbox's {option} {reason}")]
    Invalid {
        /// The field of [`Options`].
        option: &'static str,
        /// What it must be.
        reason: &'static str,
    },
    /// The address is taken, or may not be used.
    #[error("can't listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The system gave no random bytes.
    #[error("the operating system returned no random bytes: {0}")]
    Entropy(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        Options::new(Arc::new(|| Timestamp::UNIX_EPOCH))
    }

    #[test]
    fn only_loopback_is_served() {
        let mut options = options();
        assert!(options.check().is_ok());
        options.listen = SocketAddr::from(([0, 0, 0, 0], 0));
        assert!(matches!(options.check(), Err(StartError::NotLoopback(_))));
    }

    #[test]
    fn values_that_cannot_be_honoured_are_refused() {
        for spoil in [
            (|o: &mut Options| o.faults = 1.5) as fn(&mut Options),
            |o| o.faults = f64::NAN,
            |o| o.rate = Some(0.0.into()),
            |o| o.rate = Some(f64::INFINITY.into()),
            |o| o.rate = Some(RateLimit::new(1.0).counted(RateKind::SlidingWindow(0.0))),
            |o| o.rate = Some(RateLimit::new(1.0).counted(RateKind::Bucket(-1.0))),
            |o| {
                o.rate = Some(RateLimit {
                    change: Some((-1.0, 1.0)),
                    ..RateLimit::new(1.0)
                });
            },
            |o| {
                o.rate = Some(RateLimit {
                    others: f64::NAN,
                    ..RateLimit::new(1.0)
                });
            },
            |o| o.page_size = 0,
            |o| o.page_size = 101,
            |o| o.poll_interval = Duration::from_millis(1500),
            |o| o.region = "<b>".to_owned(),
        ] {
            let mut options = options();
            spoil(&mut options);
            assert!(matches!(options.check(), Err(StartError::Invalid { .. })));
        }
    }
}
