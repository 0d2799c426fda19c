//! How fast requests go to an access portal whose limit is not documented: the rate is found by trying.
//!
//! It goes through four phases. *Doubling*: from the polite rate, which is what AWS documents for all callers together,
//! as long as nothing is refused. *Settling*: something was refused, and what is still under way says where the limit
//! is likely to be: of a limit that was overrun, as many requests are admitted as it allows. *Searching*: between a rate
//! that was fine and one that wasn't, until they are close. *Holding*: the rate stays a little below the one that was
//! refused last, returns to it, and then leaves it behind faster and faster (the curve of TCP CUBIC, counted in
//! requests): a limit may have changed.
//!
//! Only requests that were sent at a rate say something about it: each carries the number of its rate (`epoch`). How
//! long a rate is held depends on how much was refused so far: a limit that is expensive to test is tested less often.
//! A portal that admits nothing at all for a while (a window that is used up) is asked by one request at a time until
//! it admits again. `constants` has its numbers.

use std::collections::VecDeque;

use super::constants::{
    AFTER_FALL, AT_ONCE, BURST_SECONDS, CHANCE, CLOSE, DOCUMENTED, DOUBLING_SECONDS, FALL, FALL_POWER,
    FALLEN, FASTEST, FIRST, GROWTH, HOLD, HOLD_DOCUMENTED, HOLD_RANGE, HOLD_SECONDS, LEAST_HOLD, LONG_ANSWER,
    MADE_UP_SECONDS, NEAR, PAUSES, POLITE, RECENT, REFUSED, SETTLING, SLOWEST, SMALL_FALL, SPRINT,
    SPRINT_ANSWERS, STEP, STRICT_FALL, STRICT_TRIAL_SECONDS, TIMER, TRIAL,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Doubling,
    /// The rate that was too fast.
    Settling(f64),
    Searching,
    Holding,
}

#[derive(Clone, Copy, Debug, Default)]
struct Answers {
    admitted: u32,
    refused: u32,
}

/// The rate of requests, and what is known of the limit. Time is in seconds since any moment.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    fastest: f64,
    current: f64,
    /// The number of this rate.
    epoch: u64,
    since: f64,
    tokens: f64,
    at: f64,
    phase: Phase,
    /// Rests are made up for by bursts, until something is refused.
    bursts: bool,
    /// Of the first requests, which went at once, some were refused.
    is_strict: bool,
    /// The fastest rate that is known to be fine, and the slowest that isn't.
    fine: f64,
    too_fast: f64,
    /// While it is held: the rate that was refused last, and how far the way back to it is: from -1 to 0, and beyond.
    top: f64,
    way: f64,
    /// Answers at this rate; while it settles, those at the rate before.
    answers: Answers,
    /// Steps up of a search, one after the other.
    steps: i32,
    /// Answers since a refusal of a rate that is held.
    calm: u32,
    /// The latest answers: whether each was admitted.
    recent: VecDeque<bool>,
    /// When requests of the last second were admitted.
    latest: VecDeque<f64>,
    /// All answers, and those that were refusals.
    asked: f64,
    refused: f64,
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
            phase: Phase::Doubling,
            bursts: true,
            is_strict: false,
            fine: 0.0,
            too_fast: f64::INFINITY,
            top: 0.0,
            way: -1.0,
            answers: Answers::default(),
            steps: 1,
            calm: 0,
            recent: VecDeque::new(),
            latest: VecDeque::new(),
            asked: 0.0,
            refused: 0.0,
            pause: None,
            not_before: 0.0,
        }
    }

    /// Goes on from what an earlier process found; called before any request.
    pub(super) fn recall(&mut self, per_second: f64, is_limited: bool) {
        self.current = per_second.clamp(SLOWEST, FASTEST).min(self.fastest);
        self.tokens = 1.0;
        self.bursts = false;
        if is_limited {
            self.epoch = 1;
            self.phase = Phase::Holding;
            (self.fine, self.top) = (self.current, self.current);
        }
    }

    /// The rate that was found to be fine, and whether more was refused; `None` as long as nothing is known that the
    /// next process would not begin with by itself.
    pub(super) fn found(&self) -> Option<(f64, bool)> {
        match self.phase {
            Phase::Holding => Some((
                self.top.min(self.current.max(self.top * (1.0 - FALL / 4.0))),
                true,
            )),
            Phase::Doubling if self.fine > POLITE * 2.0 => Some((self.fine, false)),
            _ => None,
        }
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
        if self.epoch == 0 && self.answers.admitted < 6 && self.current <= POLITE {
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
            return (self.not_before - now).max(TIMER);
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
        ((1.0 - self.tokens) / self.current).max(TIMER)
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
        } else if self.phase == Phase::Doubling {
            self.current.mul_add(TIMER, 1.0)
        } else {
            1.0
        };
        let passed = (now - self.at).max(0.0);
        self.tokens = passed.mul_add(self.current, self.tokens).min(most.max(1.0));
        self.at = now;
    }

    /// Learns from an answer that was within the limit.
    pub(super) fn admit(&mut self, now: f64, epoch: u64) {
        self.asked += 1.0;
        self.latest.push_back(now);
        while self.latest.front().is_some_and(|at| *at <= now - 1.0) {
            self.latest.pop_front();
        }
        if !self.is_of_now(now, epoch, true) {
            return;
        }
        if self.pause.take().is_some() {
            self.not_before = now;
            self.change(now, self.current);
            return;
        }
        self.answers.admitted += 1;
        self.remember(true);
        match self.phase {
            Phase::Doubling => self.consider_double(now),
            Phase::Settling(_) => {}
            Phase::Searching => {
                let seconds = if self.is_strict {
                    STRICT_TRIAL_SECONDS
                } else {
                    TRIAL.1
                };
                let enough = TRIAL.0.max(self.current * seconds) * f64::from(1 + self.answers.refused);
                if f64::from(self.answers.admitted) >= enough {
                    self.fine = self.fine.max(self.current);
                    self.steps += 1;
                    self.search(now);
                }
            }
            Phase::Holding => self.go_on(now),
        }
    }

    /// Learns from a refusal.
    pub(super) fn refuse(&mut self, now: f64, epoch: u64) {
        self.asked += 1.0;
        self.refused += 1.0;
        if !self.is_of_now(now, epoch, false) {
            return;
        }
        if let Some(pause) = self.pause {
            let longer = (pause * 1.5).min(PAUSES.1);
            self.pause = Some(longer);
            self.not_before = self.not_before.max(now + longer);
            return;
        }
        self.answers.refused += 1;
        self.remember(false);
        match self.phase {
            Phase::Doubling => self.consider_settling(now),
            Phase::Settling(_) => {}
            Phase::Searching if self.current > self.fine * 1.01 => {
                self.too_fast = self.current;
                self.steps = 1;
                self.search(now);
                self.tokens = self.tokens.min(0.0);
            }
            // One refusal of a rate that was fine may be chance.
            Phase::Searching if self.answers.refused < 2 => {}
            Phase::Searching => self.fall(now),
            Phase::Holding => self.give_way(now),
        }
    }

    /// Whether an answer is to a request of this rate. The first one after settling says that all before are in.
    fn is_of_now(&mut self, now: f64, epoch: u64, is_admitted: bool) -> bool {
        let Phase::Settling(too_fast) = self.phase else {
            return epoch == self.epoch;
        };
        if epoch + 1 == self.epoch {
            self.answers.admitted += u32::from(is_admitted);
            self.answers.refused += u32::from(!is_admitted);
        } else if epoch == self.epoch {
            self.settle(now, too_fast);
            if !is_admitted {
                self.rest(now);
            }
        }
        false
    }

    fn remember(&mut self, is_admitted: bool) {
        self.recent.push_back(is_admitted);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    fn consider_double(&mut self, now: f64) {
        let Answers { admitted, refused } = self.answers;
        if refused > 0 {
            self.consider_settling(now);
            return;
        }
        if admitted == 1 {
            self.since = now;
        }
        let enough = if self.current < SPRINT { 1 } else { SPRINT_ANSWERS };
        let long_enough = if self.current < 100.0 {
            DOUBLING_SECONDS.0
        } else {
            DOUBLING_SECONDS.1
        };
        if now - self.since >= long_enough && admitted >= enough && self.current < self.fastest {
            self.fine = self.current;
            let doubled = self.current * 2.0;
            let next = if self.current < SPRINT {
                doubled.min(SPRINT)
            } else {
                doubled
            };
            self.change(now, next);
        }
    }

    /// Something was refused while the rate doubles.
    fn consider_settling(&mut self, now: f64) {
        let Answers { admitted, refused } = self.answers;
        let enough = if self.fine > 0.0 { 2 } else { 6 };
        if refused < 2 || admitted + refused < enough {
            return;
        }
        self.bursts = false;
        if self.epoch == 0 {
            // The first burst says nothing about the rate.
            self.is_strict = true;
            self.change(now, self.current);
        } else if self.fine > 0.0 {
            self.phase = Phase::Settling(self.current);
            self.change(now, self.fine * SETTLING);
            self.answers.refused = 2;
        } else {
            self.fall(now);
        }
        self.tokens = self.tokens.min(0.0);
    }

    /// All that was sent at a rate that was too fast is answered.
    fn settle(&mut self, now: f64, too_fast: f64) {
        let Answers { admitted, refused } = self.answers;
        let answers = admitted + refused;
        let likely = too_fast * f64::from(admitted) / f64::from(answers.max(2) - 1);
        self.phase = Phase::Searching;
        self.recent.clear();
        self.steps = 1;
        self.too_fast = too_fast;
        let is_clear = answers >= 6;
        let is_documented = (self.fine / POLITE - 1.0).abs() < 0.01;
        if is_documented && (!is_clear || (POLITE * 0.7..=POLITE * 1.35).contains(&likely)) {
            self.too_fast = POLITE * 1.02;
            self.search(now);
        } else if is_clear && admitted == 0 && self.found_window(too_fast) {
            self.change(now, self.fine * 1.08);
        } else {
            if is_clear {
                self.fine = self.fine.min(likely).max(too_fast / 8.0);
            }
            self.change(now, self.fine);
        }
        self.tokens = self.tokens.min(0.0);
    }

    /// Of a window that is used up, all that it admits came in the last second.
    fn found_window(&mut self, too_fast: f64) -> bool {
        let latest = u32::try_from(self.latest.len()).map_or(too_fast, f64::from);
        let is_window = latest >= 8.0 && latest < too_fast;
        if is_window {
            (self.fine, self.too_fast) = (latest * 0.9, latest * 1.05);
        }
        is_window
    }

    /// The next rate between what is fine and what is too fast; where they are close, what is fine is held.
    fn search(&mut self, now: f64) {
        let holds_documented = self.fine <= POLITE
            && self.fine > POLITE * DOCUMENTED.0
            && self.too_fast > POLITE * 1.005
            && self.too_fast < POLITE * DOCUMENTED.1;
        if holds_documented {
            (self.fine, self.too_fast) = (POLITE, POLITE * 1.02);
        }
        if self.fine >= self.fastest {
            self.phase = Phase::Holding;
            (self.top, self.way) = (self.fastest, 0.0);
            self.change(now, self.fastest);
        } else if self.too_fast / self.fine > CLOSE {
            self.phase = Phase::Searching;
            let middle = (self.fine * self.too_fast).sqrt();
            self.change(now, middle.min(self.fine * STEP.powi(self.steps)));
        } else {
            self.phase = Phase::Holding;
            (self.top, self.way) = (self.too_fast, -1.0);
            self.calm = CHANCE;
            self.change(now, self.on_curve());
        }
    }

    /// A rate that is held was admitted once more.
    fn go_on(&mut self, now: f64) {
        self.calm += 1;
        self.way += 1.0 / self.hold().min((HOLD_SECONDS * self.current).max(LEAST_HOLD));
        self.refill(now);
        self.current = self.bounded(self.on_curve());
        if self.current > 2.0 * self.top {
            // The limit that was refused last is history: the way begins here, or it would soon leap.
            (self.top, self.way) = (self.current, 0.0);
        }
    }

    /// A rate that is held was refused.
    fn give_way(&mut self, now: f64) {
        let refused = self.recent.iter().filter(|admitted| !**admitted).count();
        if refused >= FALLEN && refused * 3 >= self.recent.len() {
            self.fall(now);
            return;
        }
        let is_chance = self.calm >= CHANCE && self.way < -NEAR;
        self.calm = 0;
        if is_chance {
            return;
        }
        let part = if self.way < 0.0 { SMALL_FALL } else { 1.0 };
        self.top = self.current;
        self.way = -part.cbrt();
        self.change(now, self.on_curve());
        self.tokens = self.tokens.min(0.0);
    }

    /// What was thought to be fine isn't: the limit has fallen.
    fn fall(&mut self, now: f64) {
        let too_fast = self.current;
        let admitted = self.recent.iter().filter(|admitted| **admitted).count();
        let answers = self.recent.len();
        self.recent.clear();
        self.steps = 1;
        self.phase = Phase::Searching;
        self.bursts = false;
        let part = |count| u32::try_from(count).map_or(1.0, f64::from);
        if admitted == 0 {
            if self.found_window(too_fast) {
                self.change(now, self.fine * 1.08);
            } else {
                (self.fine, self.too_fast) = (too_fast / 2.0, too_fast);
                self.change(now, self.fine);
            }
            self.rest(now);
        } else {
            let likely = (too_fast * part(admitted) / part(answers)).max(too_fast / 8.0);
            (self.fine, self.too_fast) = (likely, too_fast);
            self.change(now, likely * (too_fast / likely).powf(AFTER_FALL));
        }
        self.tokens = self.tokens.min(0.0);
    }

    fn rest(&mut self, now: f64) {
        self.pause = Some(PAUSES.0);
        self.not_before = now + PAUSES.0;
    }

    /// The rate that is held, where it is on its way.
    fn on_curve(&self) -> f64 {
        let too_much = self.refused / (self.asked + 20.0) / 0.04;
        let fall = if self.is_strict { STRICT_FALL } else { FALL };
        let fall = fall * too_much.clamp(1.0, 4.0).powf(FALL_POWER);
        if self.way <= 0.0 {
            self.top * fall.mul_add(self.way.powi(3), 1.0)
        } else {
            self.top * fall.mul_add((GROWTH * self.way).exp() - 1.0, 1.0)
        }
    }

    /// How many requests it takes to return to the rate that was refused last.
    fn hold(&self) -> f64 {
        if !self.is_strict && (self.top / POLITE - 1.0).abs() < 0.08 {
            return HOLD_DOCUMENTED;
        }
        let refused = (self.refused + 2.0) / (REFUSED * (self.asked + 20.0));
        HOLD * refused.clamp(HOLD_RANGE.0, HOLD_RANGE.1)
    }

    fn bounded(&self, rate: f64) -> f64 {
        rate.clamp(SLOWEST.min(self.fastest), self.fastest)
    }

    fn change(&mut self, now: f64, rate: f64) {
        self.refill(now);
        self.current = self.bounded(rate);
        self.epoch += 1;
        self.since = now;
        self.answers = Answers::default();
    }
}
