//! The device flow (RFC 8628) as rules without I/O: what each answer to a poll means.
//!
//! The caller sleeps and asks; this decides how long, and when to stop.

use std::time::Duration;

use jiff::Timestamp;

use crate::Secret;

/// What StartDeviceAuthorization answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAuthorization {
    pub device_code: Secret,
    pub user_code: String,
    pub verification_uri: String,
    pub verification_uri_complete: String,
    /// Zero where the server gave none, or zero; see [`DevicePoll`].
    pub interval: Duration,
    pub expires_at: Timestamp,
}

impl DeviceAuthorization {
    /// What a user needs of it, without its secret.
    #[must_use]
    pub fn page(&self) -> DevicePage {
        DevicePage {
            user_code: self.user_code.clone(),
            address: self.verification_uri_complete.clone(),
            expires_at: self.expires_at,
        }
    }
}

/// Where a sign-in is approved, and the code that the page must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicePage {
    pub user_code: String,
    pub address: String,
    pub expires_at: Timestamp,
}

/// The interval where the server gives none (RFC 8628 section 3.2).
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);
/// How much each `slow_down` adds, for good (RFC 8628 section 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// One answer of CreateToken, without its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollAnswer {
    Granted,
    Pending,
    SlowDown,
    Expired,
    Denied,
    /// The network or the server failed: no verdict, ask again.
    Trouble,
    /// The server will not ever say yes to this code.
    Refused,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollStep {
    Wait(Duration),
    SignedIn,
    Expired,
    Denied,
    Refused,
}

/// The polling of one device code.
///
/// The first poll comes one interval after the code, the others an interval apart. A server that gives no
/// interval, or zero, is polled at once (as the AWS CLI does everywhere) and from then on every
/// [`DEFAULT_INTERVAL`], which RFC 8628 demands where none is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicePoll {
    interval: Duration,
    expires_at: Timestamp,
}

impl DevicePoll {
    #[must_use]
    pub fn new(authorization: &DeviceAuthorization) -> Self {
        Self {
            interval: authorization.interval,
            expires_at: authorization.expires_at,
        }
    }

    /// How long to wait before the first poll: servers count the interval from the moment they give the code.
    #[must_use]
    pub fn first_wait(&self) -> Duration {
        self.interval
    }

    /// What an answer that came at `now` means.
    pub fn step(&mut self, answer: &PollAnswer, now: Timestamp) -> PollStep {
        match answer {
            PollAnswer::Granted => return PollStep::SignedIn,
            PollAnswer::Expired => return PollStep::Expired,
            PollAnswer::Denied => return PollStep::Denied,
            PollAnswer::Refused => return PollStep::Refused,
            PollAnswer::SlowDown => self.interval = self.interval.saturating_add(SLOW_DOWN),
            PollAnswer::Pending | PollAnswer::Trouble => {}
        }
        if now >= self.expires_at {
            return PollStep::Expired;
        }
        PollStep::Wait(if self.interval.is_zero() {
            DEFAULT_INTERVAL
        } else {
            self.interval
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap_or_default()
    }

    fn poll(interval: u64) -> DevicePoll {
        DevicePoll {
            interval: Duration::from_secs(interval),
            expires_at: at(600),
        }
    }

    #[test]
    fn each_answer_has_its_step() {
        let wait = |s| PollStep::Wait(Duration::from_secs(s));
        for (answer, now, step) in [
            (PollAnswer::Granted, 1, PollStep::SignedIn),
            (PollAnswer::Granted, 601, PollStep::SignedIn),
            (PollAnswer::Pending, 1, wait(1)),
            (PollAnswer::SlowDown, 1, wait(6)),
            (PollAnswer::Trouble, 1, wait(1)),
            (PollAnswer::Trouble, 600, PollStep::Expired),
            (PollAnswer::Pending, 600, PollStep::Expired),
            (PollAnswer::Expired, 1, PollStep::Expired),
            (PollAnswer::Denied, 1, PollStep::Denied),
            (PollAnswer::Refused, 1, PollStep::Refused),
        ] {
            assert_eq!(poll(1).step(&answer, at(now)), step, "{answer:?} at {now}");
        }
    }

    #[test]
    fn without_an_interval_the_first_poll_is_immediate_and_the_next_ones_are_five_seconds_apart() {
        let wait = |s| PollStep::Wait(Duration::from_secs(s));
        let mut poll = poll(0);
        assert_eq!(poll.first_wait(), Duration::ZERO);
        assert_eq!(poll.step(&PollAnswer::Pending, at(0)), wait(5));
        assert_eq!(poll.step(&PollAnswer::Trouble, at(5)), wait(5));
        assert_eq!(poll.step(&PollAnswer::SlowDown, at(10)), wait(5));
        assert_eq!(poll.step(&PollAnswer::SlowDown, at(15)), wait(10));
        assert_eq!(poll.step(&PollAnswer::Pending, at(25)), wait(10));
    }

    #[test]
    fn slow_down_stays_for_good() {
        let mut poll = poll(1);
        poll.step(&PollAnswer::SlowDown, at(1));
        poll.step(&PollAnswer::SlowDown, at(2));
        assert_eq!(
            poll.step(&PollAnswer::Pending, at(3)),
            PollStep::Wait(Duration::from_secs(11))
        );
    }
}
