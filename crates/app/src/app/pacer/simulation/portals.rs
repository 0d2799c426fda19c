//! A hundred kinds of portals.

use std::time::Duration;

use crate::sandbox::{Limiter, RateKind, RateLimit};

/// Requests of a listing of 1,000 accounts.
pub(super) const REQUESTS: u32 = 1_010;

/// A kind of portal.
#[derive(Clone)]
pub(super) struct Portal {
    pub(super) name: String,
    /// None: all is admitted.
    pub(super) limit: Option<RateLimit>,
    /// One in so many fails: a third of these as refusals.
    pub(super) faults: Option<u32>,
    /// How long an answer takes, in seconds, and by how much of that it varies.
    pub(super) latency: f64,
    pub(super) jitter: f64,
    /// Such a part of what is on its way is held up, by at most so many seconds.
    pub(super) held_up: Option<(f64, f64)>,
    /// So many list at once, and none of them knows of another.
    pub(super) clients: u32,
}

/// A portal at work.
pub(super) struct Running {
    limiter: Option<Limiter>,
    faults: Option<u32>,
    asked: u32,
    way: f64,
    jitter: f64,
    held_up: Option<(f64, f64)>,
    random: Random,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Answer {
    Admitted,
    /// For speed.
    Refused,
    /// As if for speed, but by chance.
    Stray,
    Failed,
}

/// A bucket that holds so many seconds' worth.
pub(super) fn bucket(limit: f64, seconds: f64) -> Portal {
    Portal::new("bucket", RateLimit::new(limit).counted(RateKind::Bucket(seconds)))
}

impl Portal {
    pub(super) fn new(name: &str, limit: RateLimit) -> Self {
        Self {
            name: format!("{name}, {} a second", limit.per_second),
            limit: Some(limit),
            ..Self::unlimited()
        }
    }

    pub(super) fn unlimited() -> Self {
        Self {
            name: "no limit".to_owned(),
            limit: None,
            faults: None,
            latency: 0.06,
            jitter: 0.0,
            held_up: None,
            clients: 1,
        }
    }

    pub(super) fn run(&self, seed: u64) -> Running {
        Running {
            limiter: self.limit.map(|limit| Limiter::new(limit, seed)),
            faults: self.faults,
            asked: 0,
            way: self.latency / 2.0,
            jitter: self.jitter,
            held_up: self.held_up,
            random: Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
        }
    }

    /// The least seconds that a listing can take: the limit lets the last request through at that time, which has had
    /// to get there, as had the first, and whose answer has to come back. What fails has used the limit, too.
    pub(super) fn floor(&self) -> f64 {
        let Some(limit) = self.limit else {
            return self.latency;
        };
        let requests = f64::from(self.requests() * self.clients);
        let requests = requests
            * self
                .faults
                .map_or(1.0, |each| f64::from(each) / f64::from(each - 1));
        let rate = limit.per_second;
        let seconds = match limit.kind {
            // Spans begin at whole multiples of their length: the way there is part of the first.
            RateKind::FixedWindow(span) => {
                ((requests / (rate * span).ceil()).ceil() - 1.0) * span - self.latency / 2.0
            }
            RateKind::SlidingWindow(span) => ((requests / (rate * span).ceil()).ceil() - 1.0) * span,
            RateKind::Bucket(seconds) => {
                let saved = (rate * seconds).max(1.0);
                let steady = (requests - saved) / (rate - limit.others);
                match limit.change {
                    Some((after, later)) if after < steady => {
                        after + (requests - saved - after * rate).max(0.0) / later
                    }
                    _ => steady,
                }
            }
        };
        seconds.max(0.0) + self.latency
    }

    /// How many requests each client makes.
    pub(super) fn requests(&self) -> u32 {
        REQUESTS / self.clients
    }

    /// Whether one client has its limit alone, and nothing fails.
    pub(super) fn is_plain(&self) -> bool {
        self.clients == 1 && self.faults.is_none() && self.limit.is_none_or(|limit| limit.others == 0.0)
    }

    /// Whether it admits two requests at once.
    pub(super) fn allows_bursts(&self) -> bool {
        self.limit.is_none_or(|limit| match limit.kind {
            RateKind::Bucket(seconds) => seconds * limit.per_second >= 2.0,
            RateKind::FixedWindow(_) | RateKind::SlidingWindow(_) => true,
        })
    }

    /// Whether it admits the same all the time.
    pub(super) fn is_steady(&self) -> bool {
        self.is_plain() && self.limit.is_some_and(|limit| limit.change.is_none())
    }
}

impl Running {
    /// How long a request or its answer is under way.
    pub(super) fn way(&mut self) -> f64 {
        let varied = 2.0f64.mul_add(self.random.next(), -1.0);
        let way = self.way * self.jitter.mul_add(varied, 1.0);
        match self.held_up {
            Some((part, most)) if self.random.next() < part => self.random.next().mul_add(most, way),
            _ => way,
        }
    }

    pub(super) fn answer(&mut self, now: f64) -> Answer {
        let now = Duration::from_secs_f64(now);
        if self.limiter.as_mut().is_some_and(|limiter| !limiter.admits(now)) {
            return Answer::Refused;
        }
        self.asked += 1;
        match self.faults {
            Some(each) if self.asked.is_multiple_of(each) && (self.asked / each).is_multiple_of(3) => {
                Answer::Stray
            }
            Some(each) if self.asked.is_multiple_of(each) => Answer::Failed,
            _ => Answer::Admitted,
        }
    }
}

/// Random numbers that are the same each time (xorshift).
pub(super) struct Random(pub(super) u64);

impl Random {
    /// From 0 to below 1.
    pub(super) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 33).expect("31 bits")) / f64::from(1_u32 << 31)
    }
}

/// The rates of the limits.
const RATES: [f64; 5] = [5.0, 10.0, 20.0, 50.0, 100.0];

/// Portals that admit so many requests a second, and nothing else: with and without bursts, counted in windows, and changed on
/// the way. Answers take so many seconds, and vary by such a part of that.
pub(super) fn plain(latency: f64, jitter: f64) -> Vec<Portal> {
    let all = RATES.into_iter().flat_map(plain_of);
    all.map(|portal| Portal {
        latency,
        jitter,
        ..portal
    })
    .collect()
}

/// Portals whose limit others use, too, or that fail now and then.
pub(super) fn shared_or_faulty() -> Vec<Portal> {
    RATES.into_iter().flat_map(shared_or_faulty_of).collect()
}

fn plain_of(rate: f64) -> Vec<Portal> {
    let limit = RateLimit::new(rate);
    let mut all: Vec<Portal> = [
        ("token bucket of a second", RateKind::Bucket(1.0)),
        ("token bucket of two seconds", RateKind::Bucket(2.0)),
        ("token bucket of half a second", RateKind::Bucket(0.5)),
        ("leaky bucket without bursts", RateKind::Bucket(0.0)),
        ("leaky bucket of a tenth", RateKind::Bucket(0.1)),
        ("fixed window of a second", RateKind::FixedWindow(1.0)),
        ("sliding window of a second", RateKind::SlidingWindow(1.0)),
    ]
    .into_iter()
    .map(|(name, kind)| Portal::new(name, limit.counted(kind)))
    .collect();
    for (name, seconds) in BURSTS {
        for (what, first, later) in [
            ("halved on the way", rate, rate / 2.0),
            ("doubled on the way", rate / 2.0, rate),
            ("a fifth less on the way", rate, rate * 0.8),
        ] {
            // After half of the listing.
            let change = Some((f64::from(REQUESTS) / 2.0 / first, later));
            let limit = RateLimit {
                per_second: first,
                change,
                ..limit.counted(RateKind::Bucket(seconds))
            };
            all.push(Portal {
                name: format!("{name}, {what}, {rate} a second"),
                ..Portal::new("", limit)
            });
        }
    }
    all
}

const BURSTS: [(&str, f64); 2] = [("bucket", 1.0), ("no bursts", 0.0)];

fn shared_or_faulty_of(rate: f64) -> Vec<Portal> {
    let mut all = Vec::new();
    for (name, seconds) in BURSTS {
        let limit = RateLimit::new(rate).counted(RateKind::Bucket(seconds));
        for each in [20, 50] {
            all.push(Portal {
                faults: Some(each),
                ..Portal::new(&format!("{name}, one in {each} fails"), limit)
            });
        }
        for share in [0.25, 0.5] {
            let others = rate * share;
            all.push(Portal::new(
                &format!("{name}, {share} used by others"),
                RateLimit { others, ..limit },
            ));
        }
    }
    all
}
