//! How fast requests go to an access portal whose limit is not documented: the rate is found by trying.
//!
//! It starts at the polite rate, which is what AWS documents for all callers together, and doubles while nothing is
//! refused. Where something is, what was admitted meanwhile says about where the limit is; between the last rate that
//! was fine and the first that wasn't, the middle is tried until they nearly meet. Then the rate rests, and a little
//! more is tried now and then: a limit may change. Each choice was made with the simulation beside this file.
//!
//! Only requests that were sent at a rate say something about it: each carries the number of its rate (`epoch`). One
//! stray refusal in forty answers says nothing. A portal that admits nothing at all for a while (a window that is used
//! up) is asked by one request at a time until it admits again.

use std::collections::VecDeque;

/// Requests a second that are polite to any portal.
pub(super) const POLITE: f64 = 19.9;
/// More than any portal was seen to answer.
pub(super) const FASTEST: f64 = 1_000.0;
/// And at worst.
const SLOWEST: f64 = 1.0;
/// How many seconds' worth of requests may go at once, until the first of them are refused.
const BURST_SECONDS: f64 = 0.92;
/// What a timer that wakes late may catch up with, in seconds.
const LATE_SECONDS: f64 = 0.004;
/// What is made up for of the requests of others, in seconds.
const MADE_UP_SECONDS: f64 = 0.1;
/// How long nothing must be refused before the rate doubles, in seconds.
const DOUBLING_SECONDS: f64 = 0.25;
/// After so many admitted requests a refusal is forgotten.
const FORGOTTEN: u32 = 40;
/// A rate between two others is fine after so many requests, or so many seconds' worth of them.
const TRIAL: (u32, f64) = (12, 0.3);
/// One above all that is known, after so many seconds' worth: a portal may have saved up requests.
const GROWTH_SECONDS: f64 = 0.6;
/// Rates that are so near each other need no middle.
const CLOSE: f64 = 1.06;
/// What is tried after a rest, as a part of the rate.
const PROBE: f64 = 1.05;
/// For how many requests a rate rests before more is tried, at first and at most. Where the rate is the documented
/// one, a few times as long.
const REST: u32 = 100;
const LONGEST_REST: u32 = 150;
const DOCUMENTED_REST: u32 = 4;
/// So many requests under way at once, at least, at most, and for answers of so many seconds. The very first go alone.
const AT_ONCE: (usize, usize) = (12, 40);
const FIRST: usize = 6;
const LONG_ANSWER: f64 = 0.6;
/// Pauses of a portal that admits nothing, in seconds.
const PAUSES: (f64, f64) = (0.1, 2.0);

/// The rate of requests, and what is known of the limit. Time is in seconds since any moment.
#[derive(Debug)]
pub(super) struct Rate {
    fastest: f64,
    current: f64,
    /// The number of this rate.
    epoch: u64,
    since: f64,
    tokens: f64,
    at: f64,
    /// Nothing was refused yet: the rate doubles, and rests are made up for by bursts.
    doubles: bool,
    bursts: bool,
    /// The fastest rate that is known to be fine, and the slowest that isn't.
    fine: f64,
    refused_at: f64,
    /// The rate that rested last, and how much faster the next one is.
    rested: f64,
    step: f64,
    rest: u32,
    /// Answers at this rate, and those since the first refusal that is not forgotten.
    admitted: u32,
    tail: (u32, u32),
    /// When requests of the last second were admitted.
    latest: VecDeque<f64>,
    /// Nothing is admitted: one request at a time, after a pause.
    pause: Option<f64>,
    not_before: f64,
}

impl Rate {
    /// Begins at a rate, and stays below another.
    pub(super) fn new(rate: f64, fastest: f64) -> Self {
        let rate = rate.min(fastest);
        Self {
            fastest,
            current: rate,
            epoch: 0,
            since: 0.0,
            tokens: (rate * BURST_SECONDS).max(1.0),
            at: 0.0,
            doubles: true,
            bursts: true,
            fine: 0.0,
            refused_at: f64::INFINITY,
            rested: 0.0,
            step: 2.0,
            rest: REST,
            admitted: 0,
            tail: (0, 0),
            latest: VecDeque::new(),
            pause: None,
            not_before: 0.0,
        }
    }

    /// Goes on from what an earlier process found; called before any request.
    pub(super) fn recall(&mut self, per_second: f64, is_limited: bool) {
        let rate = per_second.clamp(SLOWEST, FASTEST).min(self.fastest);
        self.current = rate;
        self.tokens = 1.0;
        self.bursts = false;
        if is_limited {
            self.epoch = 1;
            self.doubles = false;
            (self.fine, self.rested) = (rate, rate);
            (self.refused_at, self.step) = (rate * CLOSE, PROBE);
        }
    }

    /// The rate that was found to be fine, and whether more was refused; `None` as long as nothing is known that the
    /// next process would not begin with by itself.
    pub(super) fn found(&self) -> Option<(f64, bool)> {
        let is_limited = !self.doubles;
        (self.fine > 0.0 && (is_limited || self.fine > POLITE * 2.0)).then_some((self.fine, is_limited))
    }

    #[cfg(test)]
    pub(super) fn per_second(&self) -> f64 {
        self.current
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// How many requests should be under way at once.
    pub(super) fn at_once(&self) -> usize {
        if self.epoch == 0 && self.admitted < 6 && self.current <= POLITE {
            return FIRST;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small positive number"
        )]
        let enough = (self.current * LONG_ANSWER) as usize;
        enough.clamp(AT_ONCE.0, AT_ONCE.1)
    }

    /// Takes one token; where there is none, how many seconds to wait before asking again.
    pub(super) fn take(&mut self, now: f64) -> f64 {
        if now < self.not_before {
            return self.not_before - now;
        }
        if let Some(pause) = self.pause {
            self.not_before = now + pause;
            return 0.0;
        }
        self.refill(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return 0.0;
        }
        // At least a millisecond: shorter sleeps than the timer's step would spin.
        ((1.0 - self.tokens) / self.current).max(0.001)
    }

    /// Takes one token whether there is one or not.
    pub(super) fn take_now(&mut self, now: f64) {
        self.refill(now);
        self.tokens -= 1.0;
    }

    /// Takes tokens for what other processes have asked meanwhile. A moment's worth is made up for, not more: what
    /// they asked while this one asked nothing is past.
    pub(super) fn take_for_others(&mut self, now: f64, requests: u32) {
        if requests > 0 {
            self.refill(now);
            let least = self.tokens.min(-self.current * MADE_UP_SECONDS - 1.0);
            self.tokens = (self.tokens - f64::from(requests)).max(least);
        }
    }

    fn refill(&mut self, now: f64) {
        let most = if self.bursts {
            self.current * BURST_SECONDS
        } else {
            self.current.mul_add(LATE_SECONDS, 1.0)
        };
        let passed = (now - self.at).max(0.0);
        self.tokens = passed.mul_add(self.current, self.tokens).min(most.max(1.0));
        self.at = now;
    }

    /// Learns from an answer that was within the limit.
    pub(super) fn admit(&mut self, now: f64, epoch: u64) {
        self.latest.push_back(now);
        self.forget(now);
        if epoch != self.epoch {
            return;
        }
        if self.pause.take().is_some() {
            self.not_before = now;
            self.change(now, self.current);
            return;
        }
        self.admitted += 1;
        if self.tail.1 > 0 {
            self.tail.0 += 1;
            if self.tail.0 > FORGOTTEN {
                self.tail = (0, 0);
            } else {
                self.judge(now);
            }
        } else if self.current < self.fastest || self.refused_at.is_finite() {
            self.consider_more(now);
        }
    }

    /// Learns from a refusal.
    pub(super) fn refuse(&mut self, now: f64, epoch: u64) {
        if epoch != self.epoch {
            return;
        }
        if let Some(pause) = self.pause {
            let longer = (pause * 1.5).min(PAUSES.1);
            self.pause = Some(longer);
            self.not_before = self.not_before.max(now + longer);
            return;
        }
        self.tail.1 += 1;
        self.judge(now);
    }

    fn forget(&mut self, now: f64) {
        while self.latest.front().is_some_and(|at| *at <= now - 1.0) {
            self.latest.pop_front();
        }
    }

    /// The next rate, where this one is fine.
    fn consider_more(&mut self, now: f64) {
        if self.doubles {
            if now - self.since >= DOUBLING_SECONDS && self.admitted >= 4 {
                self.fine = self.current;
                self.change(now, self.current * 2.0);
            }
            return;
        }
        let grows = self.refused_at.is_infinite();
        let seconds = if grows { GROWTH_SECONDS } else { TRIAL.1 };
        if f64::from(self.admitted) < (self.current * seconds).max(f64::from(TRIAL.0)) {
            return;
        }
        self.fine = self.fine.max(self.current);
        if grows {
            self.step = (self.step * self.step).min(2.0);
            self.change(now, self.fine * self.step);
        } else if self.refused_at / self.fine > CLOSE {
            self.change(now, (self.fine * self.refused_at).sqrt());
        } else if self.admitted >= self.rest * if self.is_documented() { DOCUMENTED_REST } else { 1 } {
            self.rested = self.fine;
            self.refused_at = f64::INFINITY;
            self.step = PROBE;
            self.rest = (self.rest * 2).min(LONGEST_REST);
            self.change(now, self.fine * self.step);
        }
    }

    /// Whether what is fine is what AWS documents.
    fn is_documented(&self) -> bool {
        (self.fine / POLITE - 1.0).abs() < 0.08
    }

    /// Whether this rate is too fast, and which one to go back to.
    fn judge(&mut self, now: f64) {
        let (admitted, refused) = self.tail;
        let answers = admitted + refused;
        if refused < 2 {
            return;
        }
        let has_more = self.fine > 0.0 && self.current > self.fine * 1.02;
        let is_trial = has_more && !self.doubles && self.refused_at.is_finite() && admitted > 0;
        if answers < 6 && !is_trial {
            return;
        }
        if self.epoch == 0 {
            // The first burst says nothing about the rate.
            self.bursts = false;
            self.change(now, self.current);
            self.tokens = self.tokens.min(0.0);
            return;
        }
        let too_fast = self.current;
        let likely = too_fast * (1.0 - f64::from(refused - 1) / f64::from(answers - 1));
        let next = if admitted == 0 {
            self.after_nothing(too_fast, has_more)
        } else {
            self.after_some(too_fast, likely, has_more)
        };
        self.doubles = false;
        self.bursts = false;
        self.change(now, next);
        self.tokens = self.tokens.min(0.0);
        if admitted == 0 {
            self.pause = Some(PAUSES.0);
            self.not_before = now + PAUSES.0;
        }
    }

    /// Nothing was admitted any more: of a window, all that it admits came in the last second.
    fn after_nothing(&mut self, too_fast: f64, has_more: bool) -> f64 {
        let latest = u32::try_from(self.latest.len()).map_or(too_fast, f64::from);
        if latest >= 8.0 && latest < too_fast {
            self.fine = latest * 0.9;
            self.refused_at = latest * 1.05;
            return latest * 0.97;
        }
        self.refused_at = too_fast;
        if has_more {
            return self.fine;
        }
        self.give_up(too_fast / 2.0, too_fast)
    }

    /// What was admitted beside what was refused says where the limit is likely to be.
    fn after_some(&mut self, too_fast: f64, likely: f64, has_more: bool) -> f64 {
        let near_documented = likely > POLITE * 0.7 && likely < POLITE * 1.35;
        if has_more && self.is_documented() && near_documented {
            self.refused_at = self.fine * 1.04;
            return self.fine;
        }
        if !self.doubles && self.refused_at.is_infinite() && self.rested > 0.0 {
            let next = self.rested.max((likely * 0.97).min(self.fine));
            self.refused_at = too_fast.min((likely * 1.1).max(next * 1.04));
            self.fine = self.rested;
            return next;
        }
        if has_more && (!self.doubles || likely > self.fine * 0.8) {
            self.refused_at = if self.doubles {
                too_fast.min((likely * 1.3).max(self.fine * 1.12))
            } else {
                too_fast
            };
            return self.fine;
        }
        self.give_up(likely, too_fast)
    }

    /// What was thought to be fine isn't.
    fn give_up(&mut self, likely: f64, too_fast: f64) -> f64 {
        self.refused_at = too_fast;
        self.fine = 0.0;
        self.rest = REST;
        likely.clamp(too_fast / 8.0, too_fast) * 0.97
    }

    fn change(&mut self, now: f64, rate: f64) {
        self.refill(now);
        self.current = rate.clamp(SLOWEST.min(self.fastest), self.fastest);
        self.epoch += 1;
        self.since = now;
        self.admitted = 0;
        self.tail = (0, 0);
    }
}
