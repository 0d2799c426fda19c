//! Two requests that go ahead while the first ones are under way: where no bursts are allowed, their answers say how far the
//! polite rate is from the limit, which doubling would take several round trips to find.
//!
//! They go at a gap each. The first is admitted where the limit allows that gap. If it is refused, the second is two gaps behind
//! the last one that was admitted. One that is sent late would say too much, so then they have found nothing. They know
//! nothing of what is done with what they found.

/// The tags of scouts: those of no other request, and even, since they were not sent early.
const TAGS: [u64; 2] = [u64::MAX - 1, u64::MAX - 3];

/// What scouts found, in gaps of theirs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found {
    /// One gap is enough.
    One,
    /// One is too short and two are enough.
    Two,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scouts {
    sent: usize,
    is_late: bool,
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

    /// One more is sent.
    pub(super) fn count_sent(&mut self, is_late: bool) {
        self.sent += 1;
        self.is_late |= is_late;
    }

    /// Takes note of an answer, if it is one to a scout.
    pub(super) fn hear(&mut self, tag: u64, is_admitted: bool) -> bool {
        let number = TAGS.iter().position(|of_scout| *of_scout == tag);
        if let Some(answer) = number.and_then(|number| self.is_admitted.get_mut(number)) {
            *answer = Some(is_admitted);
        }
        number.is_some()
    }

    /// What they found, where both were answered and it is more than the polite rate.
    pub(super) fn found(&self) -> Option<Found> {
        match self.is_admitted {
            _ if self.is_late => None,
            [Some(true), Some(true)] => Some(Found::One),
            [Some(false), Some(true)] => Some(Found::Two),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_answers_say_how_many_gaps_are_enough() {
        for (answers, found) in [
            ([true, true], Some(Found::One)),
            ([false, true], Some(Found::Two)),
            ([false, false], None),
            ([true, false], None),
        ] {
            let mut scouts = Scouts::default();
            for is_admitted in answers {
                assert_eq!(scouts.found(), None, "before both are answered");
                let tag = scouts.next().expect("two are sent");
                scouts.count_sent(false);
                assert!(scouts.hear(tag, is_admitted));
            }
            assert_eq!(scouts.next(), None);
            assert_eq!(scouts.found(), found, "{answers:?}");
            assert!(!scouts.hear(2, true), "another request's");
        }
        assert_eq!(Scouts::none().next(), None);
    }

    #[test]
    fn late_scout_says_nothing() {
        let mut scouts = Scouts::default();
        for is_late in [false, true] {
            let tag = scouts.next().expect("two are sent");
            scouts.count_sent(is_late);
            scouts.hear(tag, true);
        }
        assert_eq!(scouts.found(), None);
    }
}
