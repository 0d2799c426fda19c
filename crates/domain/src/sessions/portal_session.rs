//! How long portal sessions last, and how genkan knows.
//!
//! Identity Center says when an access token expires, but not when the portal session behind it ends: an administrator
//! sets its length, from 15 minutes to 90 days. It can be observed, though: a session was alive when its token was last
//! renewed, and had ended when a renewal was refused. Where two sessions in a row fit the same length, it is taken to
//! be the one that is set. One alone says too little: it may have been ended early, by a sign-out in the portal.
//! Must not know where observations are stored.

use jiff::Timestamp;

/// What the end of a sign-in is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndBasis {
    /// The token itself: nothing renews it.
    Known,
    /// `portal_session_hours` in the preferences.
    Configured,
    /// The sign-ins before it.
    Learned,
    /// The length that Identity Center has unless an administrator changes it: 8 hours.
    Assumed,
}

impl EndBasis {
    /// The word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Configured => "configured",
            Self::Learned => "learned",
            Self::Assumed => "assumed",
        }
    }

    /// What it is known from, for a user; `None` where it is certain.
    #[must_use]
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Known => None,
            Self::Configured => Some("from portal_session_hours"),
            Self::Learned => Some("estimated from earlier sign-ins"),
            Self::Assumed => Some("assuming 8-hour portal sessions"),
        }
    }
}

/// When a sign-in ends, and how that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionEnd {
    pub at: Timestamp,
    pub basis: EndBasis,
}

/// A user is warned of the end of a sign-in when so much is left, in seconds.
pub const SOON_SECONDS: i64 = 15 * 60;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// How long portal sessions are where no administrator has said otherwise, in seconds.
pub const USUAL_SECONDS: i64 = 8 * HOUR;

/// Lengths that administrators set, in seconds.
const LENGTHS: [i64; 19] = [
    HOUR / 4,
    HOUR / 2,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    4 * HOUR,
    6 * HOUR,
    8 * HOUR,
    9 * HOUR,
    10 * HOUR,
    12 * HOUR,
    16 * HOUR,
    DAY,
    2 * DAY,
    3 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    90 * DAY,
];

/// How many observations are kept.
pub const OBSERVATIONS: usize = 2;

/// The length in seconds of a session that was alive after `alive` seconds and had ended after `ended`; `None` where
/// that fits no length, or several.
#[must_use]
pub fn length_between(alive: i64, ended: i64) -> Option<i64> {
    let mut fitting = LENGTHS
        .into_iter()
        .filter(|length| (alive..=ended).contains(length));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// The length that the last observations agree on.
#[must_use]
pub fn learned_length(seen: &[i64]) -> Option<i64> {
    let last = seen.last()?;
    (seen.len() >= OBSERVATIONS && seen.iter().all(|length| length == last)).then_some(*last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_the_only_one_between_the_last_renewal_and_the_end() {
        // In use until it ended: the token is renewed each hour.
        assert_eq!(length_between(7 * HOUR + 10, 8 * HOUR + 60), Some(8 * HOUR));
        assert_eq!(length_between(11 * HOUR, 12 * HOUR), Some(12 * HOUR));
        // Ended early, or found in the next morning.
        assert_eq!(length_between(5 * HOUR - 60, 5 * HOUR), None);
        assert_eq!(length_between(2 * HOUR, 16 * HOUR), None);
    }

    #[test]
    fn two_observations_in_a_row_must_agree() {
        assert_eq!(learned_length(&[]), None);
        assert_eq!(learned_length(&[12 * HOUR]), None);
        assert_eq!(learned_length(&[8 * HOUR, 12 * HOUR]), None);
        assert_eq!(learned_length(&[12 * HOUR, 12 * HOUR]), Some(12 * HOUR));
    }
}
