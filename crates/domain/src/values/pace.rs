//! How long a listing will take, and that AWS slows it, in words: on the screen and on the command line.

use jiff::Timestamp;

use super::duration::format_duration;
use super::time::seconds_since;

/// With fewer answers, or after less time than this, nothing is known of a listing's pace.
const FEWEST_ANSWERS: usize = 20;
const SHORTEST_SECONDS: i64 = 3;
/// For so many seconds after a refusal the listing is slow because of it.
const THROTTLED_SECONDS: i64 = 10;

/// What is known of a listing's pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Since when accounts are asked for, and how many answers came.
    pub since: Timestamp,
    pub answered: usize,
    /// When AWS last refused a request because there were too many.
    pub throttled_at: Option<Timestamp>,
}

impl Pace {
    /// What there is to say of it: that AWS limits it, or how long it will take. `missing` are the accounts that are
    /// still to be asked for, once their number is known.
    #[must_use]
    pub fn describe(&self, missing: Option<usize>, now: Timestamp) -> Option<String> {
        let is_throttled = (self.throttled_at).is_some_and(|at| seconds_since(at, now) < THROTTLED_SECONDS);
        let seconds = seconds_since(self.since, now);
        let is_known = self.answered >= FEWEST_ANSWERS && seconds >= SHORTEST_SECONDS;
        let left = missing.filter(|_| is_known).map(|missing| {
            let missing = i64::try_from(missing).unwrap_or_default();
            let answered = i64::try_from(self.answered).unwrap_or(i64::MAX);
            format_duration((missing * seconds + answered - 1) / answered)
        });
        match (is_throttled, left) {
            (true, Some(left)) => Some(format!("slowed by AWS · {left} left")),
            (true, None) => Some("slowed by AWS".to_owned()),
            (false, left) => left.map(|left| format!("{left} left")),
        }
    }
}
