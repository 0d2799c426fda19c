//! What answers say about the limit: whether the rate doubles, settles, holds or gives way.

use super::super::constants::{
    ABOVE_SCOUTS, CHANCE, DOUBLING_SECONDS, EASE, FALLEN, FEW, FIRST, LONE, LONGER, PAUSES, REFUSED,
    SAME_FALLS, SETTLING, SPRINT, SPRINT_ANSWERS, STRICT_SETTLING,
};
use super::super::strict::Strict;
use super::scouts::Found;
use super::{Answers, Phase, Rate, URGENT, is_early};

impl Rate {
    /// Learns from an answer that was within the limit.
    pub(in crate::app::pacer) fn admit(&mut self, now: f64, tag: u64) {
        self.hear(now, tag);
        self.saving.count_admitted(1);
        if self.scouts.hear(tag, true) {
            self.consider_scouts(now);
            return;
        }
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

    /// Goes on from what the scouts found, where the limit allows no bursts and nothing else was found yet.
    fn consider_scouts(&mut self, now: f64) {
        if !self.is_strict || self.fine > 0.0 || self.phase != Phase::Doubling {
            return;
        }
        match self.scouts.found() {
            Some(Found::Above(rate)) => self.go_on(now, rate, rate * ABOVE_SCOUTS),
            Some(Found::Between(rate, too_fast)) => self.go_on(now, rate, too_fast),
            None => {}
        }
    }

    /// Holds a rate that was fine, and tries what is between it and another.
    fn go_on(&mut self, now: f64, rate: f64, too_fast: f64) {
        self.saving.guess(now, rate);
        self.hold(now, rate, too_fast);
    }

    /// Counts an answer that was no refusal and says nothing else.
    pub(in crate::app::pacer) fn count_failure(&mut self, now: f64, tag: u64) {
        self.hear(now, tag);
        self.lose_answer(tag);
        self.saving.count_admitted(1);
    }

    /// No answer came that says whether the request was within the limit.
    pub(in crate::app::pacer) fn lose_answer(&mut self, tag: u64) {
        if tag != URGENT && is_early(tag) {
            self.strict.lose_probe();
        }
    }

    /// Learns from a refusal.
    pub(in crate::app::pacer) fn refuse(&mut self, now: f64, tag: u64) {
        self.hear(now, tag);
        if tag == URGENT {
            return;
        }
        if self.scouts.hear(tag, false) {
            self.consider_scouts(now);
            return;
        }
        if tag == 0 {
            // One of the first, which went at once.
            self.first_refused += 1;
            self.is_strict = self.first_refused >= FIRST - 1;
            self.consider_scouts(now);
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
            let part = if self.is_strict {
                STRICT_SETTLING
            } else {
                SETTLING.0
            };
            self.change(now, self.fine * part);
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
        let alone_for = self.answers.all();
        if alone_for > LONE.0 {
            self.answers = Answers {
                admitted: 0.0,
                refused: 1.0,
            };
            if alone_for <= LONE.1 {
                self.set(now, self.current * (1.0 - EASE));
            }
            return;
        }
        match self.strict.take_before() {
            // What is under way was sent as fast, and says no more.
            Some(before) => self.change(now, before),
            None => self.set(now, self.current * (1.0 - EASE)),
        }
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
}
