//! A limit that saves up requests: a bucket, or a window of time.
//!
//! When it refuses one, what it saved is used up. So what it admits between two refusals, over the time between them, is
//! the limit, whatever the rate was. The rate begins there, is a little above it after a cycle of requests without a
//! refusal, and grows faster and faster beyond that, to the double: so about one request in a cycle is refused.
//! A cycle is longer where a try costs more, as in a window, which refuses all that is under way when it is used up.

use super::constants::{
    ABOVE, ALONE, CYCLE, CYCLE_SECONDS, CYCLES, DEAD, DOCUMENTED, FEW, GROWTH, LATE_GROWTH, NEAR, POLITE,
    RAISED_GROWTH, RISEN, STAGE, TIMER, WINDOW_GROWTH, WINDOWS,
};

/// What was admitted since a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    since: f64,
    admitted: f64,
}

impl Count {
    fn since(now: f64) -> Self {
        Self {
            since: now,
            admitted: 0.0,
        }
    }
}

/// What is known of such a limit.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says something else")]
pub(super) struct Saving {
    /// What was found.
    base: f64,
    /// Requests that were admitted since the last refusal, and how many make a cycle.
    calm: f64,
    cycle: f64,
    /// How many times as fast the rate grows beyond a cycle, for it to be no slower there where trying was likely to be in vain, and
    /// only half as much slower where a try costs more.
    stretch: f64,
    /// How many refusals a try costs, and those since the last.
    cost: f64,
    clump: f64,
    /// Requests that were admitted since the last refusal, and among the refusals of the clump.
    since_refused: f64,
    mixed: f64,
    /// What was admitted between the last two refusals, and since the last.
    counts: [Count; 2],
    /// The base is a guess: the limit may be far above it.
    is_guess: bool,
    /// Nothing was refused for so long that the base is where the rate had come to.
    is_raised: bool,
    /// The last refusal came early in its cycle.
    is_early: bool,
    /// Something may have been saved up while nothing was asked: what is admitted until that is used up says too much.
    is_rested: bool,
    /// How much a window admits; none: 0. And how many refusals came alone since.
    window: f64,
    alone: u32,
    /// The window was used up before it could be.
    is_doubtful: bool,
}

impl Saving {
    pub(super) fn new() -> Self {
        Self {
            base: 0.0,
            calm: 0.0,
            cycle: CYCLE,
            stretch: 1.0,
            cost: 1.0,
            clump: 0.0,
            since_refused: FEW,
            mixed: 0.0,
            counts: [Count::default(); 2],
            is_guess: true,
            is_raised: false,
            is_early: false,
            is_rested: false,
            window: 0.0,
            alone: 0,
            is_doubtful: false,
        }
    }

    /// Goes on from a limit that an earlier process found.
    pub(super) fn recall(&mut self, limit: f64) {
        self.base = limit;
        self.is_guess = false;
    }

    /// The limit, as far as it is known.
    pub(super) fn limit(&self) -> f64 {
        self.base
    }

    pub(super) fn has_window(&self) -> bool {
        self.window > 0.0
    }

    /// So many used the limit, ours and others'.
    pub(super) fn count_admitted(&mut self, requests: u32) {
        self.counts[1].admitted += f64::from(requests);
        self.since_refused += f64::from(requests);
    }

    pub(super) fn count_refused(&mut self) {
        self.clump += 1.0;
        if self.since_refused < FEW {
            self.mixed += self.since_refused;
        }
        self.since_refused = 0.0;
    }

    /// Nothing was asked until now, for a while.
    pub(super) fn begin_again(&mut self, now: f64) {
        self.restart_counts(now);
        self.is_early = false;
        self.is_raised = false;
        self.is_rested = true;
    }

    /// What was admitted until now says nothing.
    fn restart_counts(&mut self, now: f64) {
        self.counts = [Count::since(now); 2];
        self.calm = 0.0;
        self.begin_clump();
    }

    /// Something was refused before a limit was found.
    pub(super) fn mark(&mut self, now: f64) {
        self.is_rested = false;
        self.counts = [self.counts[1], Count::since(now)];
    }

    /// Goes on from a rate that was guessed, where the last refusal has used up all.
    pub(super) fn guess(&mut self, now: f64, rate: f64) {
        self.base = rate;
        self.is_guess = true;
        self.is_rested = false;
        self.begin_clump();
        self.calm = self.length();
        self.counts = [Count::since(now); 2];
    }

    /// The limit has fallen.
    pub(super) fn fall(&mut self, now: f64, rate: f64) {
        self.forget_window();
        self.guess(now, rate);
    }

    fn forget_window(&mut self) {
        self.window = 0.0;
        self.cycle = CYCLE;
        self.stretch = 1.0;
    }

    /// How many requests make a cycle: at a low rate fewer.
    fn length(&self) -> f64 {
        self.cycle.min((CYCLE_SECONDS * self.base).max(FEW))
    }

    /// The rate of this moment of a cycle.
    pub(super) fn rate(&self) -> f64 {
        let past = self.calm / self.length() - 1.0;
        let growth = if past > 0.0 && !self.has_window() {
            LATE_GROWTH * self.stretch
        } else {
            GROWTH
        };
        let above = ABOVE * (growth * past).exp();
        let most = match (self.has_window(), self.is_raised) {
            (true, _) => WINDOW_GROWTH,
            (false, true) => RAISED_GROWTH,
            (false, false) => 1.0,
        };
        self.base * (1.0 + above.min(most))
    }

    /// One more was admitted: how fast the next may go.
    pub(super) fn climb(&mut self, current: f64) -> f64 {
        self.calm += 1.0;
        let rate = self.rate();
        let cycles = self.calm / self.length();
        if cycles > STAGE {
            self.base = rate.max(current);
            if self.is_guess {
                self.calm = self.length();
            } else {
                self.calm = 0.0;
                self.is_raised = true;
            }
        }
        rate
    }

    /// Whether enough was admitted since the last refusal for one to say something.
    pub(super) fn is_calm(&self) -> bool {
        self.calm >= FEW
    }

    /// What was saved up is used up at a rate: what was admitted since it was so before is the limit, where that is enough.
    pub(super) fn count_again(&mut self, now: f64, rate: f64) -> bool {
        if self.is_rested {
            self.is_rested = false;
            self.restart_counts(now);
            return true;
        }
        let cycles = self.calm / self.length();
        if cycles < 0.5 && !self.is_guess && !self.is_early {
            // The limit may have changed: what was before says nothing about it.
            self.is_early = true;
            self.mark(now);
        }
        let counted = if cycles > 1.0 && !self.is_guess {
            self.counts[1].admitted / (now - self.counts[1].since).max(TIMER)
        } else if self.all() < FEW {
            return false;
        } else {
            self.counted(now)
        };
        if cycles + 1.0 / self.length() >= 0.5 {
            self.mark(now);
            self.is_early = false;
        }
        let is_higher = self.is_raised || cycles > RISEN.0 && counted > RISEN.1 * self.base;
        let has_risen = is_higher && !self.is_guess && !self.has_window();
        self.is_raised = false;
        // Windows lose some of what they refuse, so that less is counted than they allow: the base goes back no further than the
        // rate has come.
        let is_near = self.base <= NEAR * counted || self.has_window();
        let back = (rate / (1.0 + ABOVE)).min(self.base * (1.0 + ABOVE));
        let counted = counted.min(rate);
        self.base = if is_near { counted.max(back) } else { counted };
        self.weigh(cycles);
        self.calm = 0.0;
        self.is_guess = false;
        if has_risen {
            self.guess(now, self.base.max(RISEN.2 * rate));
        }
        true
    }

    /// How long the next cycle is: the more a try costs, the longer.
    fn weigh(&mut self, cycles: f64) {
        self.alone = if self.clump <= 1.0 { self.alone + 1 } else { 0 };
        if self.alone >= ALONE {
            self.window = 0.0;
        }
        if (0.5..1.7).contains(&cycles) {
            self.cost += (self.clump_cost() - self.cost) / 2.0;
        }
        self.begin_clump();
        self.set_cycle();
    }

    /// What the clump says of a try. A bucket refuses a part of what is too fast, and the faster it is, the larger a part: where
    /// others were admitted in between, less would have been refused of a try that is only a little too fast. A window refuses all.
    fn clump_cost(&self) -> f64 {
        if self.has_window() || self.clump == 0.0 {
            return self.clump;
        }
        self.clump * self.clump / (self.clump + self.mixed)
    }

    /// Begins to count refusals that belong together.
    fn begin_clump(&mut self) {
        (self.clump, self.mixed) = (0.0, 0.0);
    }

    fn set_cycle(&mut self) {
        let is_documented = (self.base / POLITE - 1.0).abs() < DOCUMENTED.0;
        let least = if is_documented {
            DOCUMENTED.1 * CYCLE
        } else {
            CYCLE
        };
        let least = (WINDOWS * self.window).clamp(least, CYCLES * CYCLE);
        self.cycle = (CYCLE * self.cost).clamp(least, CYCLES * CYCLE);
        self.stretch = self.cycle / (CYCLE * self.cost.max(1.0).sqrt());
    }

    /// Something is admitted again after a portal had admitted nothing since another moment, which was noticed by a pause.
    pub(super) fn end_rest(&mut self, now: f64, since: f64, pause: f64, current: f64) {
        let all = self.all();
        if self.base > 0.0 && all < FEW.max(self.window / 2.0) {
            if self.is_doubtful || !self.has_window() {
                self.forget_window();
                self.base *= 0.7;
            }
            self.is_doubtful = !self.is_doubtful;
            self.is_guess = true;
        } else {
            self.is_doubtful = false;
            // It was used up for some of the last pause.
            let counted = self.counted(now - pause / 2.0);
            if (now - since) * counted >= DEAD {
                self.alone = 0;
                self.window = all;
            }
            self.set_cycle();
            self.guess(now, counted.min(current));
        }
        self.calm = 0.0;
    }

    /// From the first of the counts to now, what was admitted counts.
    pub(super) fn count_all(&mut self, now: f64) {
        let all = Count {
            since: self.counts[0].since,
            admitted: self.all(),
        };
        self.begin_clump();
        self.counts = [all, Count::since(now)];
    }

    fn all(&self) -> f64 {
        self.counts[0].admitted + self.counts[1].admitted
    }

    fn counted(&self, now: f64) -> f64 {
        self.all() / (now - self.counts[0].since).max(TIMER)
    }
}
