//! The only place that reads the wall clock, and what AWS's answers say about how wrong it is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// Now, as this machine has it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn current_time() -> Timestamp {
    Timestamp::now()
}

/// When this machine was started, as its wall clock has it. It stays the same until the machine starts
/// again or someone sets the clock; sleep counts as running.
#[must_use]
pub fn boot_time() -> Option<Timestamp> {
    #[cfg(target_os = "linux")]
    let id = nix::time::ClockId::CLOCK_BOOTTIME;
    #[cfg(not(target_os = "linux"))]
    let id = nix::time::ClockId::CLOCK_MONOTONIC;
    // libc's call: rustix looks for the kernel's own, and crashes under valgrind, which counts instructions for us.
    let running = nix::time::clock_gettime(id).ok()?.tv_sec();
    Timestamp::from_second(current_time().as_second() - running).ok()
}

/// What is less is the network's delay and the header's whole seconds.
const NOISE_SECONDS: i64 = 5;
/// How often an offset that still holds is kept again, so that it doesn't expire while it is in use.
const SAVE_AGAIN_AFTER_SECONDS: i64 = 3600;

/// How far this machine's clock is from AWS's. Clones share what was learned.
///
/// No single answer changes it: the offset that one answer suggests is a proposal, and becomes the
/// offset when the answer to another request says the same.
#[derive(Clone)]
pub struct Clock {
    state: Arc<Mutex<State>>,
    keep: Arc<dyn Fn(i64) + Send + Sync>,
}

#[derive(Debug, Default)]
struct State {
    /// Seconds to add to this machine's time.
    offset: i64,
    /// What the last answer suggested, where it contradicts `offset`.
    proposal: Option<i64>,
    /// An answer has confirmed `offset`, to this process or to an earlier one.
    confirmed: bool,
    /// When `keep` was last called, by this machine's clock.
    kept_at: Option<Timestamp>,
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock").field("offset", &self.offset()).finish()
    }
}

impl Clock {
    /// A clock that is right until two answers say otherwise; `keep` is called with each offset that
    /// is to be stored, and again about every hour while answers confirm it.
    pub fn new(keep: impl Fn(i64) + Send + Sync + 'static) -> Self {
        Self {
            state: Arc::default(),
            keep: Arc::new(keep),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, as AWS has it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        shift_time(current_time(), self.offset())
    }

    /// How many seconds this machine's clock is behind AWS's; negative where it is ahead, 0 where
    /// nothing is known or worth correcting.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.state().offset
    }

    /// Whether an answer has confirmed the offset, to this process or to an earlier one.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.state().confirmed
    }

    /// Takes over an offset that an earlier process stored at `kept_at`.
    pub fn recall(&self, offset: i64, kept_at: Timestamp) {
        let mut state = self.state();
        state.offset = offset;
        state.confirmed = true;
        state.kept_at = Some(kept_at);
    }

    /// Learns from the `Date` of an answer of AWS to a request that was sent and answered at these
    /// instants of this machine's clock.
    pub fn learn(&self, sent: Timestamp, answered: Timestamp, date: Timestamp) {
        let seen = Seen::new(sent.as_second(), answered.as_second(), date.as_second());
        let keep = self.state().take(seen, answered);
        if let Some(offset) = keep {
            (self.keep)(offset);
        }
    }
}

impl State {
    /// Takes an observation; the offset to store, if there is one.
    fn take(&mut self, seen: Seen, now: Timestamp) -> Option<i64> {
        if seen.agrees_with(self.offset) {
            self.proposal = None;
            self.confirmed = true;
            let due = |at: Timestamp| {
                let age = now.as_second().saturating_sub(at.as_second());
                !(0..SAVE_AGAIN_AFTER_SECONDS).contains(&age)
            };
            if self.offset == 0 || !self.kept_at.is_none_or(due) {
                return None;
            }
        } else if self.proposal.is_some_and(|proposal| seen.agrees_with(proposal)) {
            self.offset = seen.offset();
            self.proposal = None;
            self.confirmed = true;
        } else {
            self.proposal = Some(seen.offset());
            return None;
        }
        self.kept_at = Some(now);
        Some(self.offset)
    }
}

/// The offsets that explain one answer's date: it was written at some moment between two instants.
#[derive(Clone, Copy, Debug)]
struct Seen {
    least: i64,
    most: i64,
}

impl Seen {
    fn new(sent: i64, answered: i64, date: i64) -> Self {
        // The clock may have been set back meanwhile.
        Self {
            least: date.saturating_sub(answered.max(sent)),
            most: date.saturating_sub(sent),
        }
    }

    fn agrees_with(self, offset: i64) -> bool {
        let least = self.least.saturating_sub(NOISE_SECONDS);
        let most = self.most.saturating_add(NOISE_SECONDS);
        (least..=most).contains(&offset)
    }

    /// The smallest of them.
    fn offset(self) -> i64 {
        let offset = if self.most < 0 {
            self.most
        } else {
            self.least.max(0)
        };
        if offset.abs() > NOISE_SECONDS { offset } else { 0 }
    }
}

/// A time so many seconds later; the same where the calendar ends.
#[must_use]
pub fn shift_time(at: Timestamp, seconds: i64) -> Timestamp {
    if seconds == 0 {
        return at;
    }
    Timestamp::from_millisecond(at.as_millisecond().saturating_add(seconds.saturating_mul(1000)))
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn a_slow_answer_is_no_skew() {
        for (sent, answered, date, offset) in [
            (100, 101, 100, 0),
            (100, 125, 112, 0),
            (100, 101, 96, 0),
            (100, 101, 7301, 7200),
            (7300, 7320, 100, -7200),
            // The clock was set back while the answer travelled.
            (7300, 100, 100, -7200),
        ] {
            assert_eq!(
                Seen::new(sent, answered, date).offset(),
                offset,
                "{sent} {answered} {date}"
            );
        }
    }

    /// The offsets after answers that suggest these, each to a request of its own, and what was stored.
    fn learned(suggested: &[i64]) -> (Vec<i64>, Vec<i64>) {
        let stored = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&stored);
        let clock = Clock::new(move |offset| keep.lock().expect("whole").push(offset));
        let offsets = (0..)
            .zip(suggested)
            .map(|(turn, offset)| {
                let sent = 1_000_000 + turn * 10;
                clock.learn(at(sent), at(sent + 1), at(sent + offset));
                clock.offset()
            })
            .collect();
        let stored = stored.lock().expect("whole").clone();
        (offsets, stored)
    }

    #[test]
    fn a_second_answer_confirms_an_offset() {
        for (suggested, offsets, stored) in [
            // One answer is not enough, and one that contradicts it takes its word back.
            (vec![7200], vec![0], vec![]),
            (vec![7200, 0, 7200, 0], vec![0, 0, 0, 0], vec![]),
            (vec![7200, -7200, 7200], vec![0, 0, 0], vec![]),
            (vec![7200, 7202, 0], vec![0, 7201, 7201], vec![7201]),
            (vec![7200, 7200, 0, 0], vec![0, 7199, 7199, 0], vec![7199, 0]),
            (
                vec![7200, 7200, 99, 7200, 99],
                vec![0, 7199, 7199, 7199, 7199],
                vec![7199],
            ),
            (vec![4, -4, 3], vec![0, 0, 0], vec![]),
        ] {
            assert_eq!(learned(&suggested), (offsets, stored), "{suggested:?}");
        }
    }

    #[test]
    fn an_offset_in_use_is_stored_again_each_hour() {
        let stored = Arc::new(Mutex::new(0));
        let count = Arc::clone(&stored);
        let clock = Clock::new(move |_| *count.lock().expect("whole") += 1);
        clock.recall(7200, at(1000));
        assert!(clock.is_confirmed());
        for (now, times) in [(1010, 0), (4599, 0), (4600, 1), (4700, 1), (9000, 2), (8999, 3)] {
            clock.learn(at(now), at(now), at(now + 7200));
            assert_eq!(*stored.lock().expect("whole"), times, "{now}");
        }
        assert_eq!(clock.offset(), 7200);
    }

    #[test]
    fn the_start_of_the_machine_stands_still() {
        if let (Some(one), Some(two)) = (boot_time(), boot_time()) {
            assert!((one.as_second() - two.as_second()).abs() <= 1);
            assert!(one < current_time());
        }
    }
}
