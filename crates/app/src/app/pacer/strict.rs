//! A limit that allows no bursts: each request has to keep its distance from the one before it.
//!
//! It counts nothing, so that at a rate that is too fast by a hair every other request is refused. Single requests are
//! sent early instead, at the distance of a faster rate, one at a time: of such a probe, one request is lost at most.

use super::constants::{
    CLOSE, CYCLE, DOCUMENTED, DOCUMENTED_EARLY, EARLY_CYCLES, HELD, PATIENCE, POLITE, PRECISE_TIMER, SAME,
    SHORT_STEP, STEEPER, STEP,
};

/// What is known of such a limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strict {
    /// The rate of the request under way that was sent early.
    probe: Option<f64>,
    /// The slowest rate that was refused, or one beyond which nothing is looked for yet.
    too_fast: f64,
    /// There is nothing between the rate and the one that was refused.
    is_closed: bool,
    /// A probe was admitted and is repeated: jitter may have helped it.
    is_repeated: bool,
    /// Probes that were admitted, one after the other.
    steps: i32,
    /// Requests that were admitted since the last probe.
    calm: f64,
    /// The rate before the one that the last probe found, until that has held.
    before: Option<f64>,
    /// The last probe that was admitted was a step up.
    is_step: bool,
    /// How many times as long the interval between steps is.
    patience: f64,
}

impl Strict {
    /// What is known after a rate was refused, if one was.
    pub(super) fn new(too_fast: f64) -> Self {
        Self {
            probe: None,
            too_fast,
            is_closed: false,
            is_repeated: false,
            steps: 0,
            calm: 0.0,
            before: None,
            is_step: false,
            patience: 1.0,
        }
    }

    /// The rate to go back to where this one is refused before it has held: jitter may have helped the probe that found it.
    pub(super) fn take_before(&mut self) -> Option<f64> {
        let before = self.before.take();
        if before.is_some() && self.is_step {
            self.patience = (self.patience * 2.0).min(PATIENCE);
            self.calm = 0.0;
        }
        before
    }

    /// Whether a rate between this one and the refused one is worth trying, and can be: timers have steps.
    fn is_open(&self, rate: f64) -> bool {
        !self.is_closed
            && self.too_fast.is_finite()
            && self.too_fast > CLOSE * rate
            && 1.0 / rate - 1.0 / self.too_fast > 1.5 * PRECISE_TIMER
    }

    /// After how many requests a step up is tried.
    fn interval(&self, rate: f64) -> f64 {
        let is_documented = (rate / POLITE - 1.0).abs() < DOCUMENTED.0;
        let rarely = if is_documented { DOCUMENTED_EARLY } else { 1.0 };
        EARLY_CYCLES * CYCLE * self.patience * rarely
    }

    /// The rate that is tried next, when it is time: the middle of what is known, or else a step up.
    pub(super) fn next(&self, rate: f64) -> Option<f64> {
        if self.probe.is_some() {
            return None;
        }
        if self.is_open(rate) {
            return Some((self.too_fast * rate).sqrt());
        }
        if self.steps == 0 && !self.is_repeated && self.calm < self.interval(rate) {
            return None;
        }
        let step = STEP * STEEPER.powi(self.steps);
        let tick = (1.0 / rate - PRECISE_TIMER).recip();
        Some((rate * (1.0 + step.min(1.0))).max(tick))
    }

    /// A request goes early.
    pub(super) fn begin_probe(&mut self, rate: f64) {
        self.probe = Some(rate);
        self.calm = 0.0;
    }

    /// What is under way says nothing about the rate of now.
    pub(super) fn forget_probe(&mut self) {
        self.probe = None;
    }

    /// A probe got no answer that says anything: the next one goes in a while. At once, each request would be early where
    /// no answer comes.
    pub(super) fn lose_probe(&mut self) {
        if self.probe.take().is_some() {
            self.is_closed = true;
            self.is_repeated = false;
            self.steps = 0;
            self.calm = 0.0;
        }
    }

    /// A request was admitted.
    pub(super) fn admit(&mut self) {
        self.calm += 1.0;
        if self.calm >= HELD && self.before.take().is_some() {
            self.patience = 1.0;
        }
    }

    /// A probe was admitted: the rate that is fine, where that is sure.
    pub(super) fn admit_probe(&mut self, current: f64) -> Option<f64> {
        let rate = self.probe.take()?;
        if rate > self.too_fast * SAME {
            // The limit has risen.
            self.too_fast = f64::INFINITY;
        }
        self.is_step = !self.is_open(current);
        if self.is_step && self.steps == 0 && !self.is_repeated {
            self.is_repeated = true;
            return None;
        }
        self.is_repeated = false;
        self.is_closed = false;
        self.steps = if self.too_fast.is_finite() {
            0
        } else {
            self.steps + 1
        };
        self.calm = 0.0;
        self.before = Some(current);
        Some(rate)
    }

    /// A probe was refused.
    pub(super) fn refuse_probe(&mut self, current: f64) {
        if let Some(rate) = self.probe.take() {
            let is_step = !self.is_open(current);
            self.is_closed = rate > self.too_fast * 0.998 || is_step && rate < SHORT_STEP * current;
            self.is_repeated = false;
            self.too_fast = rate;
            self.steps = 0;
            self.calm = 0.0;
        }
    }

    /// Any other request was refused. A probe under way came late after it, not early.
    pub(super) fn refuse(&mut self, current: f64) {
        self.probe = None;
        self.steps = 0;
        self.is_repeated = false;
        self.too_fast = current;
    }
}
