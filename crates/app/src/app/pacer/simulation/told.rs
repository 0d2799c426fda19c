//! A client that was told everything but the moments at which others ask: what the limit is, what is saved up, how much
//! others use, and when all that changes. It sends evenly what is left to it. What it doesn't reach is out of reach of
//! every controller that leaves to others what they ask for.

use super::portals::Portal;
use crate::sandbox::{RateKind, RateLimit};

/// The rates that are tried, as parts of what is left to the client.
pub(super) const PARTS: [f64; 12] = [
    0.9, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 1.0, 1.01,
];

/// How such a client asks.
pub(super) struct Told {
    limit: RateLimit,
    part: f64,
    tokens: f64,
    at: f64,
}

impl Told {
    pub(super) fn new(portal: &Portal, part: f64) -> Option<Self> {
        let limit = portal.limit?;
        let saved = match limit.kind {
            RateKind::Bucket(seconds) => limit.per_second * seconds / f64::from(portal.clients),
            RateKind::FixedWindow(_) | RateKind::SlidingWindow(_) => 0.0,
        };
        let part = part / f64::from(portal.clients);
        Some(Self {
            limit,
            part,
            tokens: saved.max(1.0),
            at: 0.0,
        })
    }

    /// Takes one token; where there is none, how many seconds to wait.
    pub(super) fn take(&mut self, now: f64) -> f64 {
        let limit = match self.limit.change {
            Some((after, later)) if now >= after => later,
            _ => self.limit.per_second,
        };
        let rate = (limit - self.limit.others) * self.part;
        self.tokens = (now - self.at)
            .mul_add(rate, self.tokens)
            .min(self.tokens.max(1.0));
        self.at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return 0.0;
        }
        ((1.0 - self.tokens) / rate).max(0.001)
    }
}
