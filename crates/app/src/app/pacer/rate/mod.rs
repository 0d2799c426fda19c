//! How fast requests go to an access portal whose limit is not documented: the rate is found by trying.
//!
//! It begins with three requests at once, or with one where a user chose the rate: a limit without bursts refuses all but
//! the first. Two more say how far from the polite rate such a limit is (`scouts`). Then it *doubles* from the polite rate,
//! which is what AWS documents for all callers together, as long as nothing is refused. When something is, it *settles*:
//! what is under way is awaited. After that it *holds* what it found, and goes on trying, in one of two ways.
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
//! `constants` has the numbers, `answers` what is learned from them; here is what may be sent when.

mod answers;
mod scouts;

use super::constants::{
    AT_ONCE, CATCH_UP, FASTEST, FIRST, IDLE_SECONDS, LONG_ANSWER, PAUSES, POLITE, PRECISE_TIMER, SCOUT,
    SLOWEST, TIMER,
};
use super::saving::Saving;
use super::strict::Strict;
use super::token_bucket::TokenBucket;
use scouts::Scouts;

use crate::store::FoundPace;

/// The number of a request that didn't wait for a rate: that of no other.
const URGENT: u64 = u64::MAX;

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
    bucket: TokenBucket,
    /// When the latest request went, and when one last went or was answered.
    last: f64,
    active_at: f64,
    phase: Phase,
    /// The limit allows no bursts, as the first requests say, or falls at the same rate.
    is_strict: bool,
    first_refused: u32,
    scouts: Scouts,
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
        // What may not be exceeded is not begun by several at once.
        let (first, epoch, tokens) = if rate < fastest {
            (FIRST, 0, 0.0)
        } else {
            (0, 1, 1.0)
        };
        Self {
            fastest,
            current: rate.min(fastest),
            epoch,
            tag: 0,
            first,
            since: 0.0,
            bucket: TokenBucket::new(tokens),
            last: f64::NEG_INFINITY,
            active_at: f64::NEG_INFINITY,
            phase: Phase::Doubling,
            is_strict: false,
            first_refused: 0,
            scouts: if first > 0 {
                Scouts::default()
            } else {
                Scouts::none()
            },
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
    pub(super) fn recall(&mut self, found: FoundPace) {
        self.current = found.per_second.clamp(SLOWEST, FASTEST).min(self.fastest);
        self.bucket = TokenBucket::new(1.0);
        (self.first, self.epoch) = (0, 1);
        self.scouts = Scouts::none();
        if found.is_limited {
            self.phase = Phase::Holding;
            self.saving.recall(self.current);
        }
    }

    /// The rate that was found to be fine, and whether more was refused; `None` as long as nothing is known that the
    /// next process would not begin with by itself.
    pub(super) fn found(&self) -> Option<FoundPace> {
        let (per_second, is_limited) = match self.phase {
            Phase::Holding if self.is_strict => (self.current, true),
            // It is not known where nothing has been admitted yet since the first refusal.
            Phase::Holding if self.saving.limit() > 0.0 => (self.saving.limit().min(self.current), true),
            Phase::Doubling if self.fine > POLITE * 2.0 => (self.fine, false),
            _ => return None,
        };
        Some(FoundPace {
            per_second,
            is_limited,
        })
    }

    #[cfg(test)]
    pub(super) fn per_second(&self) -> f64 {
        self.current
    }

    /// The number of this rate: it changes when another rate was found.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether a request that comes early by a fraction of a millisecond is refused.
    pub(super) fn needs_precision(&self) -> bool {
        self.is_strict
    }

    /// The step of the timer that wakes this client, in seconds.
    fn timer(&self) -> f64 {
        if self.needs_precision() {
            PRECISE_TIMER
        } else {
            TIMER
        }
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
                // The callers that waited for the portal gave up: what follows is another rest.
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
        // A caller that has to wait for a token asks again.
        self.active_at = now;
        self.refill(now);
        if self.first > 0 {
            self.first -= 1;
            if self.first == 0 {
                self.epoch = self.epoch.max(1);
            }
            // What comes after them doesn't use the time before them.
            self.bucket.keep_at_most(0.0);
            self.last = now;
            return 0.0;
        }
        if let Some(tag) = self.scouts.next() {
            let wait = self.last + SCOUT.recip() - now;
            if wait > 0.0 {
                return wait.max(self.timer());
            }
            self.scouts.count_sent(now - self.last);
            self.bucket.keep_at_most(0.0);
            (self.tag, self.last) = (tag, now);
            return 0.0;
        }
        let probe = self.next_probe();
        let need = probe.map_or(1.0, |rate| self.current / rate);
        if let Err(wait) = self.bucket.take(need, self.current, self.timer()) {
            return wait;
        }
        let rate = (now - self.last).max(TIMER / 10.0).recip();
        if probe.is_some() && rate > self.current * 1.002 {
            self.tag += 1;
            self.strict.begin_probe(rate);
        } else {
            // It came no earlier than any other, which needs a whole one.
            self.bucket.take_rest(1.0 - need);
        }
        self.last = now;
        0.0
    }

    /// Takes one token whether there is one or not. What is answered says nothing about the rate.
    pub(super) fn take_now(&mut self, now: f64) {
        self.refill(now);
        self.bucket.take_now();
        self.tag = URGENT;
    }

    /// A request was sent, a little after it was allowed. Whether that changes when the next one may go.
    pub(super) fn note_sent(&mut self, at: f64) -> bool {
        let is_late = self.is_strict && at > self.last;
        if is_late {
            self.bucket.begin_gap(at);
            self.last = at;
        }
        is_late
    }

    /// Nothing was asked for a while, in which nothing was admitted either: that time says nothing about the limit.
    fn begin_again(&mut self, now: f64) {
        self.saving.begin_again(now);
        self.strict.lose_probe();
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

    /// Takes tokens for what other processes have asked meanwhile.
    pub(super) fn take_for_others(&mut self, now: f64, requests: u32) {
        if requests > 0 {
            self.refill(now);
            self.saving.count_admitted(requests);
            self.bucket.take_for_others(requests, self.current);
        }
    }

    fn refill(&mut self, now: f64) {
        let late = match self.current < self.fastest {
            // A request that makes up for a late one would come too early.
            _ if self.is_strict => 0.0,
            true => CATCH_UP,
            // A rate that a user chose is kept in each second.
            false => TIMER,
        };
        self.bucket.refill(now, self.current, late);
    }

    /// The rate of a request that is sent early, when it is time for one.
    fn next_probe(&self) -> Option<f64> {
        if self.phase != Phase::Holding || !self.is_strict {
            return None;
        }
        let rate = self.strict.next(self.current)?.min(self.fastest);
        (rate > self.current * 1.001).then_some(rate)
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
        self.bucket.keep_at_most(most);
    }
}

/// Whether the answer with this number is to a request that was sent early.
fn is_early(tag: u64) -> bool {
    tag % 2 == 1
}
