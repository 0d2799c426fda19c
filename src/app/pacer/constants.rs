//! The numbers of the controller of the pace. They were chosen with the first hundred kinds of portals of the simulation, and
//! are worth less on others: changing one of them by a hundredth moves two to four kinds across the line, in either
//! direction. The page on performance has the counts of sets that they were not searched with.

/// Requests a second that are polite to any portal.
pub(super) const POLITE: f64 = 19.9;
/// More than any portal was seen to answer.
pub(super) const FASTEST: f64 = 1_000.0;
/// And at worst.
pub(super) const SLOWEST: f64 = 1.0;
/// How many seconds' worth of requests may go at once, until the first of them are refused.
pub(super) const BURST_SECONDS: f64 = 0.4;
/// The step of the timer, in seconds: shorter sleeps would spin. While the rate doubles, what it woke late is caught up
/// with; later that would bring requests closer together than a limit without bursts allows.
pub(super) const TIMER: f64 = 0.001;
/// What is made up for of the requests of others, in seconds.
pub(super) const MADE_UP_SECONDS: f64 = 0.1;
/// How long nothing must be refused before the rate doubles, in seconds since its first answer: below a hundred a second,
/// where little is under way that would be refused, and above.
pub(super) const DOUBLING_SECONDS: (f64, f64) = (0.04, 0.2);
/// Above this rate it takes so many: a portal may have saved up requests.
pub(super) const SPRINT: f64 = 274.6;
pub(super) const SPRINT_ANSWERS: u32 = 300;
/// The rate while what is under way is awaited, as a part of the last that was fine.
pub(super) const SETTLING: f64 = 0.471;
/// A rate between two others is fine after so many requests, or so many seconds' worth of them.
pub(super) const TRIAL: (f64, f64) = (2.033, 0.234);
/// The seconds where the first burst was refused: a portal that saves up little shows it at once.
pub(super) const STRICT_TRIAL_SECONDS: f64 = 0.078;
/// The first step up of a search; the next ones are longer by as much again as long as nothing is refused. And where after a
/// sudden fall it begins between the likely and the refused rate.
pub(super) const STEP: f64 = 1.108;
pub(super) const AFTER_FALL: f64 = 0.037;
/// Rates that are so near each other need no search.
pub(super) const CLOSE: f64 = 1.04;
/// Where the documented rate lies between two others, it is what is held first: from and to so much of it.
pub(super) const DOCUMENTED: (f64, f64) = (0.9, 1.4);
/// How far a rate falls that was refused where more was tried, and the part of it for one that was fine before.
pub(super) const FALL: f64 = 0.042;
pub(super) const STRICT_FALL: f64 = 0.039;
pub(super) const SMALL_FALL: f64 = 1.117;
/// Falls are greater by this power of what was refused too much.
pub(super) const FALL_POWER: f64 = 0.248;
/// A refusal is chance where none came within so many answers and the rate is so far from the one refused last.
pub(super) const CHANCE: u32 = 50;
pub(super) const NEAR: f64 = 0.640;
/// How fast the rate grows beyond the one that was refused last.
pub(super) const GROWTH: f64 = 4.100;
/// So many requests until that is reached again, times what was refused of what may be, from and to.
pub(super) const HOLD: f64 = 50.0;
pub(super) const REFUSED: f64 = 0.018;
pub(super) const HOLD_RANGE: (f64, f64) = (0.251, 6.714);
/// The same at the documented rate.
pub(super) const HOLD_DOCUMENTED: f64 = 1_000.0;
/// And it takes no longer than so many seconds: one of many clients that has got little of the limit would otherwise need
/// minutes to get more, once others are done.
pub(super) const HOLD_SECONDS: f64 = 30.0;
pub(super) const LEAST_HOLD: f64 = 4.0;
/// So many of the latest answers, and so many refusals in them, are a fall of the limit.
pub(super) const RECENT: usize = 12;
pub(super) const FALLEN: usize = 3;
/// So many requests under way at once, at least, at most, and for answers of so many seconds. The very first go alone.
pub(super) const AT_ONCE: (usize, usize) = (12, 40);
pub(super) const FIRST: usize = 3;
pub(super) const LONG_ANSWER: f64 = 0.6;
/// Pauses of a portal that admits nothing, in seconds.
pub(super) const PAUSES: (f64, f64) = (0.1, 2.0);
