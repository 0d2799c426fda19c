//! What a client may send now: tokens that come at a rate. Only as much is saved up as a timer that wakes late needs, and
//! what went without a token is made up for.
//!
//! It knows no limit: which rate is right is `rate`'s.

use super::constants::MADE_UP_SECONDS;

/// What sums of fractions may be off by.
const EXACT: f64 = 1e-6;

/// The tokens that are left, below zero where something went without one, and at what time, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct TokenBucket {
    left: f64,
    at: f64,
}

impl TokenBucket {
    pub(super) fn new(left: f64) -> Self {
        Self { left, at: 0.0 }
    }

    /// Adds what has come until now; beyond one token, only what a timer that wakes so many seconds late needs.
    pub(super) fn refill(&mut self, now: f64, rate: f64, late: f64) {
        let passed = (now - self.at).max(0.0);
        let most = rate.mul_add(late, 1.0).max(self.left);
        self.left = passed.mul_add(rate, self.left).min(most);
        self.at = now;
    }

    /// Takes so many; where there are fewer, how many seconds to wait, at least a step of the timer.
    pub(super) fn take(&mut self, need: f64, rate: f64, timer: f64) -> Result<(), f64> {
        if self.left < need - EXACT {
            return Err(((need - self.left) / rate).max(timer));
        }
        self.left = (self.left - need).max(0.0);
        Ok(())
    }

    /// Nothing has come until now. What went without a token is still made up for.
    pub(super) fn begin_gap(&mut self, now: f64) {
        if self.left >= 0.0 {
            self.left = 0.0;
            self.at = now;
        }
    }

    /// Takes that much more of what is left.
    pub(super) fn take_rest(&mut self, more: f64) {
        self.left = (self.left - more).max(0.0);
    }

    /// Takes one, whether there is one or not.
    pub(super) fn take_now(&mut self) {
        self.left -= 1.0;
    }

    /// Takes tokens for what other processes have asked. A moment's worth is made up for, not more: what they asked while
    /// this one asked nothing is past.
    pub(super) fn take_for_others(&mut self, requests: u32, rate: f64) {
        let least = self.left.min(-rate * MADE_UP_SECONDS - 1.0);
        self.left = (self.left - f64::from(requests)).max(least);
    }

    /// Forgets what is above that.
    pub(super) fn keep_at_most(&mut self, most: f64) {
        self.left = self.left.min(most);
    }
}
