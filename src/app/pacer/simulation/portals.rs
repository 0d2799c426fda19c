//! A hundred kinds of portals.

use std::time::Duration;

use crate::sandbox::{Limiter, RateKind, RateLimit};

/// Requests of a listing of 1,000 accounts.
pub(super) const REQUESTS: u32 = 1_010;

/// A kind of portal.
pub(super) struct Portal {
    pub(super) name: String,
    /// None: all is admitted.
    pub(super) limit: Option<RateLimit>,
    /// One in so many fails: a third of these as refusals.
    faults: Option<u32>,
}

/// A portal at work.
pub(super) struct Running {
    limiter: Option<Limiter>,
    faults: Option<u32>,
    asked: u32,
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
            faults: None,
        }
    }

    pub(super) fn unlimited() -> Self {
        Self {
            name: "no limit".to_owned(),
            limit: None,
            faults: None,
        }
    }

    pub(super) fn run(&self, seed: u64) -> Running {
        Running {
            limiter: self.limit.map(|limit| Limiter::new(limit, seed)),
            faults: self.faults,
            asked: 0,
        }
    }

    /// The seconds that the limit allows to list in.
    pub(super) fn floor(&self, requests: u32) -> f64 {
        let Some(limit) = self.limit else {
            return 0.0;
        };
        let requests = f64::from(requests) * self.faults.map_or(1.0, |each| 1.0 + 1.0 / f64::from(each));
        let rate = limit.per_second;
        match limit.kind {
            RateKind::FixedWindow(span) | RateKind::SlidingWindow(span) => {
                ((requests / (rate * span)).ceil() - 1.0) * span
            }
            RateKind::Bucket(seconds) => {
                let saved = (rate * seconds).max(1.0);
                if let Some((after, later)) = limit.change {
                    return after + (requests - saved - after * rate).max(0.0) / later;
                }
                (requests - saved) / (rate - limit.others)
            }
        }
    }

    /// Whether it admits the same all the time.
    pub(super) fn is_steady(&self) -> bool {
        self.faults.is_none()
            && self
                .limit
                .is_some_and(|limit| limit.others == 0.0 && limit.change.is_none())
    }
}

impl Running {
    pub(super) fn answer(&mut self, now: f64) -> Answer {
        self.asked += 1;
        if let Some(each) = self.faults
            && self.asked.is_multiple_of(each)
        {
            return if (self.asked / each).is_multiple_of(3) {
                Answer::Stray
            } else {
                Answer::Failed
            };
        }
        let now = Duration::from_secs_f64(now);
        if self.limiter.as_mut().is_none_or(|limiter| limiter.admits(now)) {
            Answer::Admitted
        } else {
            Answer::Refused
        }
    }
}

pub(super) fn portals() -> Vec<Portal> {
    [5.0, 10.0, 20.0, 50.0, 100.0]
        .into_iter()
        .flat_map(of_rate)
        .collect()
}

/// The portals that admit so many requests a second.
fn of_rate(rate: f64) -> Vec<Portal> {
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
    for (name, seconds) in [("bucket", 1.0), ("no bursts", 0.0)] {
        let limit = limit.counted(RateKind::Bucket(seconds));
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
        for (what, first, later) in [
            ("halved on the way", rate, rate / 2.0),
            ("doubled on the way", rate / 2.0, rate),
            ("a fifth less on the way", rate, rate * 0.8),
        ] {
            // After half of the listing.
            let change = Some((f64::from(REQUESTS) / 2.0 / first, later));
            all.push(Portal {
                name: format!("{name}, {what}, {rate} a second"),
                ..Portal::new(
                    "",
                    RateLimit {
                        per_second: first,
                        change,
                        ..limit
                    },
                )
            });
        }
    }
    all
}
