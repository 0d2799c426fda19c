//! How fast a rate finds the limit of a hundred kinds of portals, on a virtual clock: how long a listing takes over what
//! the limit allows, and how much of it is refused.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use super::rate::{FASTEST, POLITE, Rate};

/// Requests of a listing of 1,000 accounts, and how long each answer takes.
const REQUESTS: u32 = 1_010;
const LATENCY: f64 = 0.06;

/// How a portal limits requests.
#[derive(Clone, Copy)]
enum Kind {
    /// So many seconds' worth may be saved up.
    Bucket(f64),
    /// In each span of so many seconds.
    Fixed(f64),
    /// In the latest span of so many seconds.
    Sliding(f64),
}

/// A kind of portal.
struct Portal {
    name: String,
    kind: Kind,
    /// Requests a second, before and after half of the listing.
    limits: (f64, f64),
    /// Requests a second of others.
    others: f64,
    /// One in so many fails: a third of these as refusals.
    faults: Option<u32>,
}

/// A portal at work.
struct State<'a> {
    portal: &'a Portal,
    limited: bool,
    tokens: f64,
    at: f64,
    window: VecDeque<f64>,
    next_other: f64,
    asked: u32,
    seed: u64,
    changes_at: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Answer {
    Admitted,
    Refused,
    Stray,
    Failed,
}

impl State<'_> {
    fn limit(&self, now: f64) -> f64 {
        if now < self.changes_at {
            self.portal.limits.0
        } else {
            self.portal.limits.1
        }
    }

    fn random(&mut self) -> f64 {
        // xorshift: the same each time.
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        f64::from(u32::try_from(self.seed >> 33).expect("31 bits")) / f64::from(1_u32 << 31)
    }

    fn admit(&mut self, now: f64) -> bool {
        if !self.limited {
            return true;
        }
        let limit = self.limit(now);
        match self.portal.kind {
            Kind::Bucket(seconds) => {
                let most = (self.portal.limits.0 * seconds).max(1.0);
                self.tokens = (self.tokens + (now - self.at) * limit).min(most);
                self.at = now;
                let is_full = self.tokens < 1.0 - 1e-9;
                self.tokens -= if is_full { 0.0 } else { 1.0 };
                !is_full
            }
            Kind::Fixed(span) | Kind::Sliding(span) => {
                let is_fixed = matches!(self.portal.kind, Kind::Fixed(_));
                let begin = if is_fixed {
                    (now / span).floor() * span
                } else {
                    now - span + 1e-9
                };
                while self.window.front().is_some_and(|at| *at < begin) {
                    self.window.pop_front();
                }
                let fits =
                    u32::try_from(self.window.len()).is_ok_and(|count| f64::from(count) < limit * span);
                if fits {
                    self.window.push_back(now);
                }
                fits
            }
        }
    }

    fn answer(&mut self, now: f64) -> Answer {
        while self.portal.others > 0.0 && self.next_other <= now {
            let at = self.next_other;
            self.admit(at);
            self.next_other -= (1.0 - self.random()).ln() / self.portal.others;
        }
        self.asked += 1;
        if let Some(each) = self.portal.faults
            && self.asked.is_multiple_of(each)
        {
            return if (self.asked / each).is_multiple_of(3) {
                Answer::Stray
            } else {
                Answer::Failed
            };
        }
        if self.admit(now) {
            Answer::Admitted
        } else {
            Answer::Refused
        }
    }
}

impl Portal {
    fn new(name: &str, limit: f64, kind: Kind) -> Self {
        Self {
            name: format!("{name}, {limit} a second"),
            kind,
            limits: (limit, limit),
            others: 0.0,
            faults: None,
        }
    }

    fn changes_at(&self) -> f64 {
        if (self.limits.0 - self.limits.1).abs() < f64::EPSILON {
            return f64::INFINITY;
        }
        f64::from(REQUESTS) / 2.0 / self.limits.0
    }

    /// The seconds that the limit allows to list in.
    fn floor(&self) -> f64 {
        let requests = f64::from(REQUESTS) * self.faults.map_or(1.0, |each| 1.0 + 1.0 / f64::from(each));
        let (limit, later) = self.limits;
        match self.kind {
            Kind::Fixed(span) | Kind::Sliding(span) => ((requests / (limit * span)).ceil() - 1.0) * span,
            Kind::Bucket(seconds) => {
                let saved = (limit * seconds).max(1.0);
                let changes_at = self.changes_at();
                if changes_at.is_finite() {
                    let left = requests - saved - changes_at * limit;
                    return changes_at + left.max(0.0) / later;
                }
                (requests - saved) / (limit - self.others)
            }
        }
    }

    fn state(&self, limited: bool) -> State<'_> {
        let saved = match self.kind {
            Kind::Bucket(seconds) => (self.limits.0 * seconds).max(1.0),
            Kind::Fixed(_) | Kind::Sliding(_) => 0.0,
        };
        State {
            portal: self,
            limited,
            tokens: saved,
            at: 0.0,
            window: VecDeque::new(),
            next_other: 0.0,
            asked: 0,
            seed: 88_172_645_463_325_252,
            changes_at: self.changes_at(),
        }
    }
}

/// What happens when.
#[derive(PartialEq)]
struct Event {
    at: f64,
    order: u32,
    what: What,
}

#[derive(PartialEq)]
enum What {
    Wake,
    Arrives(u64),
    Answers(u64, Answer),
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    /// The earliest first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.total_cmp(&self.at).then(other.order.cmp(&self.order))
    }
}

struct Outcome {
    seconds: f64,
    refused: f64,
    admitted: u32,
}

/// Lists: as many requests as must be admitted, whatever is refused.
fn list(rate: &mut Rate, mut portal: State<'_>) -> Outcome {
    let (mut now, mut admitted, mut refused, mut asked) = (0.0, 0, 0, 0);
    let (mut left, mut under_way, mut order) = (REQUESTS, 0, 0);
    let mut events = BinaryHeap::new();
    let mut wakes_at = f64::NEG_INFINITY;
    while admitted < REQUESTS {
        while left > 0 && under_way < rate.at_once() {
            order += 1;
            let wait = rate.take(now);
            if wait > 0.0 {
                // Timers count in milliseconds.
                let at = now + (wait * 1_000.0).ceil() / 1_000.0;
                if wakes_at <= now || at < wakes_at {
                    wakes_at = at;
                    events.push(Event {
                        at,
                        order,
                        what: What::Wake,
                    });
                }
                break;
            }
            left -= 1;
            under_way += 1;
            asked += 1;
            let what = What::Arrives(rate.epoch());
            events.push(Event {
                at: now + LATENCY / 2.0,
                order,
                what,
            });
        }
        let event = events.pop().expect("something happens");
        now = event.at;
        order += 1;
        match event.what {
            What::Wake => {}
            What::Arrives(epoch) => {
                let what = What::Answers(epoch, portal.answer(now));
                events.push(Event {
                    at: now + LATENCY / 2.0,
                    order,
                    what,
                });
            }
            What::Answers(epoch, answer) => {
                under_way -= 1;
                if answer == Answer::Admitted {
                    admitted += 1;
                    rate.admit(now, epoch);
                } else {
                    left += 1;
                    refused += u32::from(answer == Answer::Refused);
                    if answer != Answer::Failed {
                        rate.refuse(now, epoch);
                    }
                }
            }
        }
        assert!(now < 3_000.0, "it does not end");
    }
    Outcome {
        seconds: now,
        refused: f64::from(refused) / f64::from(asked),
        admitted,
    }
}

fn portals() -> Vec<Portal> {
    let mut all = Vec::new();
    for limit in [5.0, 10.0, 20.0, 50.0, 100.0] {
        for (name, kind) in [
            ("token bucket of a second", Kind::Bucket(1.0)),
            ("token bucket of two seconds", Kind::Bucket(2.0)),
            ("token bucket of half a second", Kind::Bucket(0.5)),
            ("leaky bucket without bursts", Kind::Bucket(0.0)),
            ("leaky bucket of a tenth", Kind::Bucket(0.1)),
            ("fixed window of a second", Kind::Fixed(1.0)),
            ("sliding window of a second", Kind::Sliding(1.0)),
        ] {
            all.push(Portal::new(name, limit, kind));
        }
        for (name, seconds) in [("bucket", 1.0), ("no bursts", 0.0)] {
            let portal = |what: &str| Portal::new(&format!("{name}, {what}"), limit, Kind::Bucket(seconds));
            for each in [20, 50] {
                all.push(Portal {
                    faults: Some(each),
                    ..portal(&format!("one in {each} fails"))
                });
            }
            for share in [0.25, 0.5] {
                all.push(Portal {
                    others: limit * share,
                    ..portal(&format!("{share} used by others"))
                });
            }
            all.push(Portal {
                limits: (limit, limit / 2.0),
                ..portal("halved on the way")
            });
            all.push(Portal {
                limits: (limit / 2.0, limit),
                ..portal("doubled on the way")
            });
            all.push(Portal {
                limits: (limit, limit * 0.8),
                ..portal("a fifth less on the way")
            });
        }
    }
    all
}

#[test]
fn a_hundred_kinds_of_portals_are_listed_near_their_limits() {
    let portals = portals();
    assert!(portals.len() >= 100, "{}", portals.len());
    let mut short = Vec::new();
    println!(
        "{:62} {:>8} {:>10} {:>8}",
        "portal", "seconds", "over floor", "refused"
    );
    for portal in &portals {
        let mut rate = Rate::new(POLITE, FASTEST);
        let outcome = list(&mut rate, portal.state(true));
        assert_eq!(outcome.admitted, REQUESTS, "{}", portal.name);
        let ratio = outcome.seconds / portal.floor();
        let line = format!(
            "{:62} {:8.2} {ratio:10.3} {:7.2}%",
            portal.name,
            outcome.seconds,
            outcome.refused * 100.0
        );
        println!("{line}");
        if ratio > 1.08 || outcome.refused > 0.05 {
            short.push(line);
        }
    }
    println!(
        "{} of {} fall short:\n{}",
        short.len(),
        portals.len(),
        short.join("\n")
    );
    assert!(
        short.len() * 5 < portals.len() * 3,
        "{} of {}",
        short.len(),
        portals.len()
    );
}

#[test]
fn twenty_a_second_is_met_within_six_percent() {
    for kind in [Kind::Bucket(1.0), Kind::Bucket(0.5)] {
        let portal = Portal::new("bucket", 20.0, kind);
        let outcome = list(&mut Rate::new(POLITE, FASTEST), portal.state(true));
        assert!(outcome.seconds <= 1.06 * portal.floor(), "{}", outcome.seconds);
        assert!(outcome.refused < 0.02, "{}", outcome.refused);
    }
}

#[test]
fn without_a_limit_a_thousand_accounts_take_three_seconds() {
    let portal = Portal::new("no limit", 1.0, Kind::Bucket(0.0));
    let outcome = list(&mut Rate::new(POLITE, FASTEST), portal.state(false));
    assert!(outcome.seconds <= 3.0, "{}", outcome.seconds);
}

#[test]
fn what_a_user_chose_is_never_exceeded() {
    let portal = Portal::new("no limit", 1.0, Kind::Bucket(0.0));
    let mut rate = Rate::new(10.0, 10.0);
    let outcome = list(&mut rate, portal.state(false));
    assert!(
        outcome.seconds >= f64::from(REQUESTS) / 10.0 - 1.0,
        "{}",
        outcome.seconds
    );
    assert!(rate.per_second() <= 10.0);
}
