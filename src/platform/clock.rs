//! The only place that reads the wall clock, and what servers have taught about how wrong it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::Timestamp;

/// Now, as this machine has it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// When this machine was started, as its wall clock has it. It stays the same until the machine starts
/// again or somebody sets the clock; sleep counts as running.
#[must_use]
pub fn started() -> Option<Timestamp> {
    #[cfg(target_os = "linux")]
    let id = rustix::time::ClockId::Boottime;
    #[cfg(all(unix, not(target_os = "linux")))]
    let id = rustix::time::ClockId::Monotonic;
    #[cfg(unix)]
    {
        let running = rustix::time::clock_gettime(id).tv_sec;
        Timestamp::from_second(now().as_second() - running).ok()
    }
    #[cfg(not(unix))]
    None
}

/// What is less is the network's delay and the header's whole seconds.
const NOISE_SECONDS: i64 = 5;

/// A clock that servers correct. Clones share what was learned.
#[derive(Clone)]
pub struct Clock {
    /// Seconds to add to this machine's time.
    offset: Arc<AtomicI64>,
    /// Some server has said what time it is.
    learned: Arc<AtomicBool>,
    keep: Arc<dyn Fn(i64) + Send + Sync>,
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock").field("offset", &self.offset()).finish()
    }
}

impl Clock {
    /// A clock that is right until a server says otherwise; `keep` is told each new offset.
    pub fn new(keep: impl Fn(i64) + Send + Sync + 'static) -> Self {
        Self {
            offset: Arc::default(),
            learned: Arc::default(),
            keep: Arc::new(keep),
        }
    }

    /// Now, as the servers have it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let local = now();
        match self.offset() {
            0 => local,
            offset => Timestamp::from_millisecond(
                local.as_millisecond().saturating_add(offset.saturating_mul(1000)),
            )
            .unwrap_or(local),
        }
    }

    /// How many seconds this machine's clock is behind the servers'; negative where it is ahead, 0 where
    /// nothing is known or worth correcting.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// Whether a server has said what time it is, to this process or to an earlier one.
    #[must_use]
    pub fn has_learned(&self) -> bool {
        self.learned.load(Ordering::Relaxed)
    }

    /// Takes an offset that was learned before.
    pub fn recall(&self, offset: i64) {
        self.learned.store(true, Ordering::Relaxed);
        self.offset.store(offset, Ordering::Relaxed);
    }

    /// Learns from the `Date` of an answer to a request that was sent and answered at these instants of
    /// this machine's clock.
    pub fn learn(&self, sent: Timestamp, answered: Timestamp, date: Timestamp) {
        self.learned.store(true, Ordering::Relaxed);
        let offset = skew(sent.as_second(), answered.as_second(), date.as_second());
        if offset.saturating_sub(self.offset()).saturating_abs() > NOISE_SECONDS {
            self.offset.store(offset, Ordering::Relaxed);
            (self.keep)(offset);
        }
    }
}

/// The smallest offset that explains a date which a server wrote between two instants.
fn skew(sent: i64, answered: i64, date: i64) -> i64 {
    let offset = if date < sent {
        date - sent
    } else {
        (date - answered.max(sent)).max(0)
    };
    if offset.abs() > NOISE_SECONDS { offset } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

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
            assert_eq!(skew(sent, answered, date), offset, "{sent} {answered} {date}");
        }
    }

    #[test]
    fn a_clock_learns_and_tells_once() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&told);
        let clock = Clock::new(move |offset| keep.lock().expect("whole").push(offset));
        let at = |second| Timestamp::from_second(second).expect("in range");
        clock.learn(at(100), at(101), at(7300));
        clock.learn(at(110), at(111), at(7312));
        assert_eq!(clock.offset(), 7199);
        let ahead = clock.now().as_second() - now().as_second();
        assert!((7198..=7200).contains(&ahead), "{ahead}");
        clock.learn(at(200), at(201), at(200));
        assert_eq!(clock.offset(), 0);
        assert_eq!(*told.lock().expect("whole"), [7199, 0]);
    }

    #[test]
    fn the_start_of_the_machine_stands_still() {
        if let (Some(one), Some(two)) = (started(), started()) {
            assert!((one.as_second() - two.as_second()).abs() <= 1);
            assert!(one < now());
        }
    }
}
