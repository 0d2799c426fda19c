//! Two readings of the time: this machine's clock, and AWS's as far as its answers tell.
//!
//! An expiration that AWS states is an instant of AWS's clock; programs compare it with this machine's. The
//! offset between the two may be wrong: it was learned from answers, and the clock may have been set since.
//! So it never makes a decision alone. Where the clocks disagree, AWS is asked.

use jiff::Timestamp;

/// This machine's time, and how far it is behind AWS's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    pub local: Timestamp,
    /// Seconds to add for AWS's time.
    pub offset: i64,
}

/// What the two clocks say of something that expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both call it valid: it can be used without asking AWS.
    Valid,
    /// Both call it expired.
    Expired,
    /// They disagree: only AWS knows.
    AskAws,
}

impl Clocks {
    /// A machine whose clock agrees with AWS's.
    #[must_use]
    pub fn agreeing(now: Timestamp) -> Self {
        Self {
            local: now,
            offset: 0,
        }
    }

    /// Now, as AWS has it.
    #[must_use]
    pub fn aws(self) -> Timestamp {
        add_seconds(self.local, self.offset)
    }

    /// What is to be done with something that expires then.
    #[must_use]
    pub fn judge(self, expires_at: Timestamp) -> Verdict {
        match (expires_at > self.local, expires_at > self.aws()) {
            (true, true) => Verdict::Valid,
            (false, false) => Verdict::Expired,
            _ => Verdict::AskAws,
        }
    }

    /// The expiration that programs on this machine are given for what AWS says expires at `expires_at`.
    ///
    /// It is always in the local future, and never later than AWS's own, except where the local clock
    /// calls expired what AWS has just issued: that clock is ahead then. Where the offset would end at
    /// once what the local clock calls valid, the offset is not believed. `None` where both clocks call it
    /// expired.
    #[must_use]
    pub fn local_expiration(self, expires_at: Timestamp) -> Option<Timestamp> {
        let moved = add_seconds(expires_at, self.offset.saturating_neg());
        [expires_at, moved]
            .into_iter()
            .filter(|at| *at > self.local)
            .min()
    }
}

/// An instant as every SDK parses it, and as every command writes it: whole seconds of UTC (ISO 8601).
#[must_use]
pub fn format_iso8601(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Seconds until an instant; negative once it has passed.
#[must_use]
pub fn seconds_until(at: Timestamp, now: Timestamp) -> i64 {
    at.as_second() - now.as_second()
}

/// Seconds since an instant; negative before it.
#[must_use]
pub fn seconds_since(at: Timestamp, now: Timestamp) -> i64 {
    seconds_until(now, at)
}

/// So many seconds later; the same instant where the calendar ends.
fn add_seconds(at: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(at.as_second().saturating_add(seconds)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn clocks(local: i64, offset: i64) -> Clocks {
        Clocks {
            local: at(local),
            offset,
        }
    }

    #[test]
    fn the_verdict_is_a_table() {
        use Verdict::{AskAws, Expired, Valid};
        for (local, offset, expires, verdict, handed_out) in [
            (1000, 0, 1001, Valid, Some(1001)),
            (1000, 0, 1000, Expired, None),
            // Behind AWS's clock: the end comes earlier by this machine's clock.
            (1000, 100, 1101, Valid, Some(1001)),
            (1000, 100, 1100, AskAws, Some(1100)),
            (1000, 100, 1001, AskAws, Some(1001)),
            (1000, 100, 1000, Expired, None),
            // Ahead of AWS's clock.
            (1000, -100, 1001, Valid, Some(1001)),
            (1000, -100, 1000, AskAws, Some(1100)),
            (1000, -100, 901, AskAws, Some(1001)),
            (1000, -100, 900, Expired, None),
        ] {
            let clocks = clocks(local, offset);
            assert_eq!(clocks.judge(at(expires)), verdict, "{local} {offset} {expires}");
            assert_eq!(
                clocks.local_expiration(at(expires)),
                handed_out.map(at),
                "{local} {offset} {expires}"
            );
        }
    }

    const DAYS_14: i64 = 14 * 86_400;

    proptest! {
        /// However wrong the offset is, it can only cause a question to AWS.
        #[test]
        fn an_offset_alone_decides_nothing(
            local in 0..4_000_000_000_i64,
            offset in -DAYS_14..=DAYS_14,
            left in -DAYS_14..=DAYS_14,
        ) {
            let (clocks, expires) = (clocks(local, offset), at(local + left));
            match clocks.judge(expires) {
                Verdict::Valid => prop_assert!(left > 0, "the local clock calls it expired"),
                Verdict::Expired => prop_assert!(left <= 0, "the local clock calls it valid"),
                Verdict::AskAws => prop_assert!(offset != 0),
            }
            let given = clocks.local_expiration(expires);
            prop_assert!(given.is_none_or(|given| given > at(local)), "expired when handed out");
            if left > 0 {
                prop_assert!(given.is_some_and(|given| given <= expires), "extended by an offset");
            }
        }

        /// With the true offset, what AWS has just issued lives as long here as there.
        #[test]
        fn the_true_offset_gives_the_true_life(
            local in 0..4_000_000_000_i64,
            offset in -DAYS_14..=DAYS_14,
            life in 1..=43_200_i64,
        ) {
            let clocks = clocks(local, offset);
            let given = clocks.local_expiration(at(local + offset + life)).expect("it was just issued");
            let left = given.as_second() - local;
            prop_assert!((1..=life).contains(&left), "{left} of {life}");
        }

        #[test]
        fn no_number_is_too_large(local: i64, offset: i64, expires: i64) {
            let in_range = |second: i64| Timestamp::from_second(second).unwrap_or_default();
            let clocks = Clocks { local: in_range(local), offset };
            let expires = in_range(expires);
            let _ = (clocks.judge(expires), clocks.local_expiration(expires), clocks.aws());
        }
    }
}
