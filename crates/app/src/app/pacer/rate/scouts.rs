//! Two requests that go ahead while the first ones are under way: where no bursts are allowed, their answers say how far the
//! polite rate is from the limit, which doubling would take several round trips to find.
//!
//! They go at a gap each. The first is admitted where the limit allows that gap. If it is refused, the second is both gaps behind
//! the last one that was admitted. What they found is worked out from when they really got their turn, since timers wake late. They
//! know nothing of what is done with it.

use super::super::constants::{LATE_SCOUT, SCOUT};

/// The tags of scouts: those of no other request, and even, since they were not sent early.
const TAGS: [u64; 2] = [u64::MAX - 1, u64::MAX - 3];

/// What scouts found, in requests a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found {
    /// The limit is at least this.
    Above(f64),
    /// It is at least the first, and less than the second.
    Between(f64, f64),
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scouts {
    sent: usize,
    /// The seconds between each and the request before it.
    gaps: [f64; 2],
    is_admitted: [Option<bool>; 2],
}

impl Scouts {
    /// None are sent.
    pub(super) fn none() -> Self {
        Self {
            sent: TAGS.len(),
            ..Self::default()
        }
    }

    /// The tag of the next one, if there is one to send.
    pub(super) fn next(&self) -> Option<u64> {
        TAGS.get(self.sent).copied()
    }

    /// One more is sent, so many seconds after the request before it.
    pub(super) fn count_sent(&mut self, gap: f64) {
        if let Some(of_this) = self.gaps.get_mut(self.sent) {
            *of_this = gap;
        }
        self.sent += 1;
    }

    /// Takes note of an answer, if it is one to a scout.
    pub(super) fn hear(&mut self, tag: u64, is_admitted: bool) -> bool {
        let number = TAGS.iter().position(|of_scout| *of_scout == tag);
        if let Some(answer) = number.and_then(|number| self.is_admitted.get_mut(number)) {
            *answer = Some(is_admitted);
        }
        number.is_some()
    }

    /// What they found, where both were answered, neither was late, and it is more than the polite rate.
    pub(super) fn found(&self) -> Option<Found> {
        let [first, second] = self.gaps;
        let longer = first.max(second);
        match self.is_admitted {
            _ if longer > LATE_SCOUT / SCOUT => None,
            [Some(true), Some(true)] => Some(Found::Above(longer.recip())),
            [Some(false), Some(true)] => Some(Found::Between((first + second).recip(), first.recip())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_answers_say_what_the_limit_is_at_least() {
        for (answers, found) in [
            ([true, true], Some(Found::Above(64.0))),
            ([false, true], Some(Found::Between(32.0, 64.0))),
            ([false, false], None),
            ([true, false], None),
        ] {
            let mut scouts = Scouts::default();
            for is_admitted in answers {
                assert_eq!(scouts.found(), None, "before both are answered");
                let tag = scouts.next().expect("two are sent");
                scouts.count_sent(1.0 / 64.0);
                assert!(scouts.hear(tag, is_admitted));
            }
            assert_eq!(scouts.next(), None);
            assert_eq!(scouts.found(), found, "{answers:?}");
            assert!(!scouts.hear(2, true), "another request's");
        }
        assert_eq!(Scouts::none().next(), None);
    }

    #[test]
    fn the_longer_gap_counts_and_a_late_scout_says_nothing() {
        for (later, found) in [(0.016, Some(Found::Above(62.5))), (0.018, None)] {
            let mut scouts = Scouts::default();
            for gap in [0.013, later] {
                let tag = scouts.next().expect("two are sent");
                scouts.count_sent(gap);
                scouts.hear(tag, true);
            }
            assert_eq!(scouts.found(), found);
        }
    }
}
