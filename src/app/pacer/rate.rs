//! How fast requests go to an access portal whose limit is not documented: the rate is found by trying.
//!
//! It begins with three requests at once, or with one where a user chose the rate: a limit without bursts refuses all but
//! the first. Then it *doubles* from the polite rate, which is what AWS documents for all callers together, as long as
//! nothing is refused. When something is, it *settles*: what is under way is awaited. After that it *holds* what it found,
//! and goes on trying, in one of two ways.
//!
//! A portal that saves up requests (a bucket, a window) has used up what it saved when it refuses one. So what it admits
//! between two refusals, over the time between them, is its limit, whatever the rate was. The rate begins there and is a
//! little above it after a cycle of requests without a refusal; beyond that it grows faster and faster, to the double.
//!
//! A limit without bursts refuses each request that comes too early after another, and counts nothing. Every other
//! request would be refused at a rate that is too fast by a hair. So single requests are sent early, at the gap of a
//! faster rate, one after the other: of such a probe, one request is lost at most.
//!
//! Trying costs refusals in either case: about one in a cycle. A cycle is longer where a try costs more.
//!
//! Only requests that were sent at a rate say something about it: each carries the number of its rate (`tag`).
//! `constants` has the numbers.

use super::constants::{
    AT_ONCE, CHANCE, DOUBLING_SECONDS, EASE, FALLEN, FASTEST, FEW, FIRST, IDLE_SECONDS, LONG_ANSWER, LONGER,
    MADE_UP_SECONDS, PAUSES, POLITE, REFUSED, SAME_FALLS, SETTLING, SLOWEST, SPRINT, SPRINT_ANSWERS, TIMER,
};
use super::saving::Saving;
use super::strict::Strict;

/// The number of a request that didn't wait for a rate: that of no other.
const URGENT: u64 = u64::MAX;
/// What sums of fractions may be off by.
const EXACT: f64 = 1e-6;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Doubling,
    /// The rate that was too fast.
    Settling(f64),
    Holding,
}

#[derive(Clone, Copy, Debug, Default)]
struct Answers {
    admitted: f64,
    refused: f64,
}

impl Answers {
    fn all(self) -> f64 {
        self.admitted + self.refused
    }
}

/// The rate of requests, and what is known of the limit. Time is in seconds since any moment.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    fastest: f64,
    current: f64,
    /// The number of this rate, and that of the latest request: twice that, and one more where it was sent early.
    epoch: u64,
    tag: u64,
    /// How many are still to go at once.
    first: u32,
    since: f64,
    tokens: f64,
    at: f64,
    /// When the latest request went, and when one last went or was answered.
    last: f64,
    active_at: f64,
    phase: Phase,
    /// The limit allows no bursts, as the first requests say, or falls at the same rate.
    is_strict: bool,
    first_refused: u32,
    fell_at: f64,
    same_falls: u32,
    strict: Strict,
    saving: Saving,
    /// The fastest rate while it doubled at which nothing was refused.
    fine: f64,
    /// Answers at this rate; while it settles, those at the rate before.
    answers: Answers,
    /// Nothing is admitted: one request at a time, after a pause.
    pause: Option<f64>,
    rests_since: f64,
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
            tag: 0,
            // What may not be exceeded is not begun by several at once.
            first: if rate < fastest { FIRST } else { 1 },
            since: 0.0,
            tokens: 0.0,
            at: 0.0,
            last: f64::NEG_INFINITY,
            active_at: f64::NEG_INFINITY,
            phase: Phase::Doubling,
            is_strict: false,
            first_refused: 0,
            fell_at: 0.0,
            same_falls: 0,
            strict: Strict::new(f64::INFINITY),
            saving: Saving::new(),
            fine: 0.0,
            answers: Answers::default(),
            pause: None,
            rests_since: 0.0,
            not_before: 0.0,
        }
    }

    /// Goes on from what an earlier process found; called before any request.
    pub(super) fn recall(&mut self, per_second: f64, is_limited: bool) {
        self.current = per_second.clamp(SLOWEST, FASTEST).min(self.fastest);
        self.tokens = 1.0;
        (self.first, self.epoch) = (0, 1);
        if is_limited {
            self.phase = Phase::Holding;
            self.saving.recall(self.current);
        }
    }

    /// The rate that was found to be fine, and whether more was refused; `None` as long as nothing is known that the
    /// next process would not begin with by itself.
    pub(super) fn found(&self) -> Option<(f64, bool)> {
        match self.phase {
            Phase::Holding if self.is_strict => Some((self.current, true)),
            // It is not known where nothing has been admitted yet since the first refusal.
            Phase::Holding if self.saving.limit() > 0.0 => {
                Some((self.saving.limit().min(self.current), true))
            }
            Phase::Doubling if self.fine > POLITE * 2.0 => Some((self.fine, false)),
            _ => None,
        }
    }

    #[cfg(test)]
    pub(super) fn per_second(&self) -> f64 {
        self.current
    }

    /// The number that the answer to the latest request comes with.
    pub(super) fn tag(&self) -> u64 {
        self.tag
    }

    /// How many requests should be under way at once.
    pub(super) fn at_once(&self) -> usize {
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
        self.tag = self.epoch * 2;
        let idle = now - self.active_at;
        if let Some(mut pause) = self.pause {
            if idle > PAUSES.1 + IDLE_SECONDS {
                // Whoever waited for the portal gave up: what follows is another rest.
                self.begin_again(now);
                self.rests_since = now;
                pause = PAUSES.0;
                self.pause = Some(pause);
            }
            self.not_before = now + pause;
            self.active_at = now;
            return 0.0;
        }
        // At a low rate three requests are that far from each other.
        if idle > IDLE_SECONDS.max(3.0 / self.current) {
            self.begin_again(now);
        }
        // Whoever has to wait for a token asks again.
        self.active_at = now;
        self.refill(now);
        if self.first > 0 {
            self.first -= 1;
            if self.first == 0 {
                self.epoch = self.epoch.max(1);
            }
            if self.fastest < FASTEST {
                // What the time before the first request would allow is above the rate that a user chose.
                self.tokens = self.tokens.min(0.0);
            }
            self.last = now;
            return 0.0;
        }
        let probe = self.next_probe();
        let need = probe.map_or(1.0, |rate| self.current / rate);
        if self.tokens < need - EXACT {
            return ((need - self.tokens) / self.current).max(TIMER);
        }
        let rate = (now - self.last).max(TIMER / 10.0).recip();
        if probe.is_some() && rate > self.current * 1.002 {
            self.tag += 1;
            self.strict.begin_probe(rate);
            self.tokens -= need;
        } else {
            self.tokens = (self.tokens - 1.0).max(0.0);
        }
        self.last = now;
        0.0
    }

    /// Takes one token whether there is one or not. What is answered says nothing about the rate.
    pub(super) fn take_now(&mut self, now: f64) {
        self.refill(now);
        self.tokens -= 1.0;
        self.tag = URGENT;
    }

    /// Nothing was asked for a while, in which nothing was admitted either: that time says nothing about the limit.
    fn begin_again(&mut self, now: f64) {
        self.saving.begin_again(now);
        self.strict.forget_probe();
        if !matches!(self.phase, Phase::Settling(_)) {
            self.answers = Answers::default();
        }
    }

    /// The portal wants to be left alone until a moment: that it is says nothing either.
    pub(super) fn rest_until(&mut self, end: f64) {
        self.active_at = self.active_at.max(end);
    }

    /// Takes note of an answer, whatever it is.
    fn hear(&mut self, now: f64, tag: u64) {
        if tag != URGENT {
            self.active_at = self.active_at.max(now);
        }
    }

    /// Takes tokens for what other processes have asked meanwhile. A moment's worth is made up for, not more: what
    /// they asked while this one asked nothing is past.
    pub(super) fn take_for_others(&mut self, now: f64, requests: u32) {
        if requests > 0 {
            self.refill(now);
            self.saving.count_admitted(requests);
            let least = self.tokens.min(-self.current * MADE_UP_SECONDS - 1.0);
            self.tokens = (self.tokens - f64::from(requests)).max(least);
        }
    }

    fn refill(&mut self, now: f64) {
        let passed = (now - self.at).max(0.0);
        let most = self.current.mul_add(TIMER, 1.0).max(self.tokens);
        self.tokens = passed.mul_add(self.current, self.tokens).min(most);
        self.at = now;
    }

    /// The rate of a request that is sent early, when it is time for one.
    fn next_probe(&self) -> Option<f64> {
        if self.phase != Phase::Holding || !self.is_strict {
            return None;
        }
        let rate = self.strict.next(self.current)?.min(self.fastest);
        (rate > self.current * 1.001).then_some(rate)
    }

    /// Learns from an answer that was within the limit.
    pub(super) fn admit(&mut self, now: f64, tag: u64) {
        self.hear(now, tag);
        self.saving.count_admitted(1);
        if !self.is_of_now(now, tag, true) {
            return;
        }
        if let Some(pause) = self.pause.take() {
            self.end_rest(now, pause);
            return;
        }
        self.answers.admitted += 1.0;
        match self.phase {
            Phase::Doubling => self.consider_double(now),
            Phase::Settling(_) => {}
            Phase::Holding if self.is_strict => {
                self.strict.admit();
                let rate = is_early(tag).then(|| self.strict.admit_probe(self.current));
                if let Some(Some(rate)) = rate {
                    self.set(now, rate);
                }
            }
            Phase::Holding => {
                let rate = self.saving.climb(self.current);
                self.set(now, rate);
            }
        }
    }

    /// Counts an answer that was no refusal and says nothing else.
    pub(super) fn count_failure(&mut self, now: f64, tag: u64) {
        self.hear(now, tag);
        self.lose_answer(tag);
        self.saving.count_admitted(1);
    }

    /// No answer came that says whether the request was within the limit. A probe is sent again.
    pub(super) fn lose_answer(&mut self, tag: u64) {
        if tag != URGENT && is_early(tag) {
            self.strict.forget_probe();
        }
    }

    /// Learns from a refusal.
    pub(super) fn refuse(&mut self, now: f64, tag: u64) {
        self.hear(now, tag);
        if tag == URGENT {
            return;
        }
        if tag == 0 {
            // One of the first, which went at once.
            self.first_refused += 1;
            self.is_strict = self.first_refused >= FIRST - 1;
            return;
        }
        self.saving.count_refused();
        if !self.is_of_now(now, tag, false) {
            return;
        }
        if let Some(pause) = self.pause {
            let longer = (pause * LONGER).min(PAUSES.1);
            self.pause = Some(longer);
            self.not_before = self.not_before.max(now + longer);
            return;
        }
        if is_early(tag) {
            self.strict.refuse_probe(self.current);
            return;
        }
        if self.current >= self.fastest && self.answers.admitted >= CHANCE {
            self.answers = Answers::default();
            return;
        }
        self.answers.refused += 1.0;
        match self.phase {
            Phase::Doubling => self.consider_settling(now),
            Phase::Settling(_) => {}
            Phase::Holding if self.is_strict => self.ease(now),
            Phase::Holding => self.give_way(now),
        }
    }

    /// Whether an answer is to a request of this rate. The first one after settling says that all before are in.
    fn is_of_now(&mut self, now: f64, tag: u64, is_admitted: bool) -> bool {
        let epoch = tag / 2;
        let Phase::Settling(too_fast) = self.phase else {
            return epoch == self.epoch;
        };
        if epoch + 1 == self.epoch {
            self.answers.admitted += f64::from(u8::from(is_admitted));
            self.answers.refused += f64::from(u8::from(!is_admitted));
        } else if epoch == self.epoch {
            self.settle(now, too_fast);
        }
        false
    }

    fn consider_double(&mut self, now: f64) {
        let Answers { admitted, refused } = self.answers;
        if refused > 0.0 {
            self.consider_settling(now);
            return;
        }
        if admitted <= 1.0 {
            self.since = now;
        }
        let sprints = self.current >= SPRINT;
        let enough = if sprints { SPRINT_ANSWERS } else { 1.0 };
        let [strict, slow, fast] = DOUBLING_SECONDS;
        let long_enough = match (self.is_strict, self.current < 100.0) {
            (true, _) => strict,
            (_, true) => slow,
            _ => fast,
        };
        if now - self.since >= long_enough && admitted >= enough && self.current < self.fastest {
            self.fine = self.current;
            let doubled = self.current * 2.0;
            self.change(now, if sprints { doubled } else { doubled.min(SPRINT) });
        }
    }

    /// Something was refused while the rate doubles.
    fn consider_settling(&mut self, now: f64) {
        let is_first = self.fine == 0.0;
        let enough = if is_first { 4.0 } else { 2.0 };
        if self.answers.refused < 2.0 || self.answers.all() < enough {
            return;
        }
        self.saving.mark(now);
        let before = self.answers;
        self.phase = Phase::Settling(self.current);
        if is_first {
            self.change(now, self.current * SETTLING.1);
            self.answers = before;
        } else {
            self.change(now, self.fine * SETTLING.0);
            self.answers.refused = before.refused;
        }
    }

    /// All that was sent at a rate that was too fast is answered.
    fn settle(&mut self, now: f64, too_fast: f64) {
        let Answers { admitted, refused } = self.answers;
        let answers = admitted + refused;
        if admitted == 0.0 && answers >= 3.0 {
            // Nothing is admitted any more: a window, perhaps.
            self.phase = Phase::Holding;
            self.saving.count_all(now);
            let rate = if self.fine > 0.0 { self.fine } else { self.current };
            self.change(now, rate);
            self.rest(now);
            return;
        }
        let likely = too_fast * admitted / (answers - 1.0).max(1.0);
        let rate = if self.fine == 0.0 {
            likely.clamp(too_fast / 8.0, too_fast * 0.9)
        } else if answers >= 6.0 {
            self.fine.min(likely).max(too_fast / 8.0)
        } else {
            self.fine
        };
        self.saving.guess(now, rate);
        self.hold(now, rate, too_fast);
    }

    /// Goes on from a rate that was guessed, or from what was counted.
    fn hold(&mut self, now: f64, rate: f64, too_fast: f64) {
        self.phase = Phase::Holding;
        self.strict = Strict::new(too_fast);
        let rate = if self.is_strict { rate } else { self.saving.rate() };
        self.change(now, rate);
    }

    /// A rate was refused, by a portal that saves up requests.
    fn give_way(&mut self, now: f64) {
        let Answers { admitted, refused } = self.answers;
        let is_again = refused >= 2.0;
        let is_soon = self.answers.all() <= FEW + 1.0;
        if is_again && (admitted == 0.0 || is_soon && self.saving.has_window()) {
            self.rest(now);
        } else if is_again && is_soon {
            self.fall(now);
        } else if (is_again || self.saving.is_calm()) && self.saving.count_again(now, self.current) {
            self.change(now, self.saving.rate());
        }
    }

    /// A rate was refused, by a portal that allows no bursts.
    fn ease(&mut self, now: f64) {
        self.strict.refuse(self.current);
        if self.answers.refused >= 3.0 && self.answers.refused >= REFUSED * self.answers.all() {
            self.fall(now);
            return;
        }
        if self.answers.all() > 12.0 {
            self.answers = Answers {
                admitted: 0.0,
                refused: 1.0,
            };
        }
        self.set(now, self.current * (1.0 - EASE));
    }

    /// The limit has fallen.
    fn fall(&mut self, now: f64) {
        let too_fast = self.current;
        let admitted = self.answers.admitted / self.answers.all();
        if !self.is_strict {
            let ratio = too_fast / self.fell_at;
            let is_same = ratio < SAME_FALLS.1 && ratio > SAME_FALLS.1.recip();
            self.same_falls = if is_same { self.same_falls + 1 } else { 1 };
            self.is_strict = self.same_falls >= SAME_FALLS.0;
            self.fell_at = too_fast;
        }
        // At a rate that is too fast for a limit without bursts, every other request is refused.
        let least = if self.is_strict && admitted >= 0.3 {
            0.5
        } else {
            0.125
        };
        let likely = too_fast * (FALLEN * admitted).clamp(least, 0.95);
        self.saving.fall(now, likely);
        self.hold(now, likely, too_fast);
    }

    /// Nothing is admitted.
    fn rest(&mut self, now: f64) {
        self.pause = Some(PAUSES.0);
        self.rests_since = now;
        self.not_before = now + PAUSES.0;
        self.change(now, self.current);
    }

    /// Something is admitted again.
    fn end_rest(&mut self, now: f64, pause: f64) {
        self.not_before = now;
        if self.phase == Phase::Doubling {
            self.change(now, self.current);
            return;
        }
        self.saving.end_rest(now, self.rests_since, pause, self.current);
        self.hold(now, self.saving.limit(), f64::INFINITY);
    }

    fn set(&mut self, now: f64, rate: f64) {
        self.refill(now);
        self.current = rate.clamp(SLOWEST.min(self.fastest), self.fastest);
    }

    fn change(&mut self, now: f64, rate: f64) {
        self.set(now, rate);
        self.epoch += 1;
        self.since = now;
        self.answers = Answers::default();
        self.strict.forget_probe();
        let most = if self.phase == Phase::Doubling { 1.0 } else { 0.0 };
        self.tokens = self.tokens.min(most);
    }
}

/// Whether the answer with this number is to a request that was sent early.
fn is_early(tag: u64) -> bool {
    tag % 2 == 1
}
