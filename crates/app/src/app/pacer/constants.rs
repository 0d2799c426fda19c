//! The numbers of the controller of the pace. None of them is finely tuned: moving any of them by a twentieth leaves at least 63 of the
//! 65 plain kinds of portals of the simulation near their limits.

/// Requests a second that are polite to any portal.
pub(super) const POLITE: f64 = 19.9;
/// More than any portal was seen to answer.
pub(super) const FASTEST: f64 = 1_000.0;
/// And at worst.
pub(super) const SLOWEST: f64 = 1.0;
/// So many requests go at once in the beginning: a limit without bursts refuses all but the first. A rate that a user chose
/// begins with one.
pub(super) const FIRST: u32 = 3;
/// The rate of the two scouts, which go while the first requests are under way; one that is so many times as far behind has found
/// too little.
pub(super) const SCOUT: f64 = 4.0 * POLITE;
pub(super) const LATE_SCOUT: f64 = 1.4;
/// Where both are admitted, the limit is first looked for below so many times their rate, by single requests: at double their rate,
/// a limit below that would refuse all that is under way.
pub(super) const ABOVE_SCOUTS: f64 = 3.0;
/// After so many seconds in which nothing is asked or answered, what is counted begins again.
pub(super) const IDLE_SECONDS: f64 = 1.0;
/// The step of the timer, in seconds.
pub(super) const TIMER: f64 = 0.001;
/// What it woke late is caught up with, up to so many seconds: it counts steps from when it was set, and may be a step late.
pub(super) const CATCH_UP: f64 = 0.0025;
/// The step of a timer that wakes precisely ([`sleep_precisely`](crate::platform::precise_sleep::sleep_precisely)): for a limit without
/// bursts, which refuses a request that makes up for one that was late.
pub(super) const PRECISE_TIMER: f64 = 0.0002;
/// What is made up for of the requests of others, in seconds.
pub(super) const MADE_UP_SECONDS: f64 = 0.1;
/// How long nothing must be refused before the rate doubles, in seconds since its first answer: where the limit allows no
/// bursts, so that an answer says all; below a hundred a second; and above, where more is under way that would be refused.
pub(super) const DOUBLING_SECONDS: [f64; 3] = [0.01, 0.04, 0.18];
/// Above this rate it takes so many answers: a portal may have saved up requests.
pub(super) const SPRINT: f64 = 275.0;
pub(super) const SPRINT_ANSWERS: f64 = 190.0;
/// While what is under way is awaited, the rate is such a part of one that was fine, or of the first.
pub(super) const SETTLING: (f64, f64) = (0.5, 0.25);
/// Such a part of one that was fine where the limit allows no bursts: what is under way has used up nothing.
pub(super) const STRICT_SETTLING: f64 = 0.9;

/// After so many requests without a refusal the rate is a little above what was counted. So at most one in so many is refused
/// for trying.
pub(super) const CYCLE: f64 = 55.0;
/// No cycle is longer than so many of these.
pub(super) const CYCLES: f64 = 4.0;
/// The little, as a part of the rate, and how fast it grows within a cycle (an exponent).
pub(super) const ABOVE: f64 = 0.03;
pub(super) const GROWTH: f64 = 3.5;
/// Beyond its cycle, it grows so fast, where there is no window: the limit is likely to have risen.
pub(super) const LATE_GROWTH: f64 = 4.6;
/// It grows no further than to the double, by so much where it has grown before since the last refusal, and by so much where a
/// window was seen.
pub(super) const RAISED_GROWTH: f64 = 0.25;
pub(super) const WINDOW_GROWTH: f64 = 0.17;
/// After so many cycles without a refusal, what is reached is where the next begin.
pub(super) const STAGE: f64 = 1.9;
/// No cycle takes more than so many seconds: a client that got little of a limit that others used would go on with that little for as long.
pub(super) const CYCLE_SECONDS: f64 = 12.0;
/// So near the documented rate, trying is likely to be in vain: a cycle is so many times as long.
pub(super) const DOCUMENTED: (f64, f64) = (0.08, 3.0);
/// A refusal after so many cycles, in which so many times as many were admitted as before, says that the limit has risen, and is
/// likely to be such a part of the refused rate.
pub(super) const RISEN: (f64, f64, f64) = (1.5, 1.08, 0.8);
/// A rate may be above what was counted by so much and still be right, since refusals are not counted.
pub(super) const NEAR: f64 = 1.1;
/// Fewer answers say nothing about a rate; and two refusals in so many say that the limit has fallen.
pub(super) const FEW: f64 = 8.0;
/// A limit that has fallen is likely to be such a part of what was admitted of the refused rate.
pub(super) const FALLEN: f64 = 0.9;
/// Pauses of a portal that admits nothing, in seconds, and by how much the next one is longer.
pub(super) const PAUSES: (f64, f64) = (0.1, 2.0);
pub(super) const LONGER: f64 = 1.3;
/// A portal that admits nothing while it should have admitted so many has a window. It takes so many windows to a cycle, and is
/// forgotten when so many refusals in a row came alone.
pub(super) const DEAD: f64 = 3.0;
pub(super) const WINDOWS: f64 = 1.7;
pub(super) const ALONE: u32 = 3;

/// A limit without bursts is tried by a request that comes early, once in so many cycles: by so much, and by as many times
/// more after each that was admitted.
pub(super) const EARLY_CYCLES: f64 = 1.4;
pub(super) const STEP: f64 = 0.017;
pub(super) const STEEPER: f64 = 4.5;
/// Near the documented rate, so many times less often.
pub(super) const DOCUMENTED_EARLY: f64 = 3.0;
/// Rates that are so near each other need no search, and those so near are not told apart by one request.
pub(super) const CLOSE: f64 = 1.04;
pub(super) const SAME: f64 = 0.95;
/// A faster rate holds once so many were admitted at it; one that is refused twice before gives way to the rate before it.
pub(super) const HELD: f64 = 20.0;
/// After each step that didn't hold, the next one is tried half as often, down to one in so many.
pub(super) const PATIENCE: f64 = 4.0;
/// A step to a rate that is refused is not searched where it was shorter than this.
pub(super) const SHORT_STEP: f64 = 1.1;
/// A refusal slows it down by so much.
pub(super) const EASE: f64 = 0.01;
/// One that is alone among more answers than the first may be jitter, and does no more than that. Alone among more than the second it
/// is, since at a rate that is too fast every other one is refused, and it slows down nothing.
pub(super) const LONE: (f64, f64) = (12.0, 30.0);
/// Such a part of the answers refused, of which at least three, says that the limit has fallen.
pub(super) const REFUSED: f64 = 0.4;
/// So many falls in a row at rates that are so near each other say that a limit allows no bursts.
pub(super) const SAME_FALLS: (u32, f64) = (3, 1.15);
/// After so many answers, one refusal of the rate that a user chose is chance.
pub(super) const CHANCE: f64 = 20.0;
/// So many requests under way at once, at least, at most, and for answers of so many seconds.
pub(super) const AT_ONCE: (usize, usize) = (12, 40);
pub(super) const LONG_ANSWER: f64 = 0.6;
