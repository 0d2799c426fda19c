//! How many requests a second the access portal admits, in the ways in which services count them. Knows nothing of
//! requests, and no clock: it is given the time.

use std::collections::VecDeque;
use std::time::Duration;

/// How requests are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RateKind {
    /// A token bucket: so many seconds' worth of requests may be saved up. Zero is a leaky bucket without bursts, in
    /// which each request has to keep its distance from the one before.
    Bucket(f64),
    /// So many seconds' worth in each span of so many seconds.
    FixedWindow(f64),
    /// So many seconds' worth in the latest span of so many seconds.
    SlidingWindow(f64),
}

/// A limit for requests to the access portal; what is above it gets 429.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// Requests a second.
    pub per_second: f64,
    /// How they are counted. Default: a bucket of one second.
    pub kind: RateKind,
    /// Another rate from so many seconds after the first request on. Default: none.
    pub change: Option<(f64, f64)>,
    /// Requests a second that other clients make, at random times, which count, too. Default: none.
    pub others: f64,
}

impl RateLimit {
    /// The defaults named on each field.
    #[must_use]
    pub fn new(per_second: f64) -> Self {
        Self {
            per_second,
            kind: RateKind::Bucket(1.0),
            change: None,
            others: 0.0,
        }
    }

    /// The same, counted in another way.
    #[must_use]
    pub fn counted(self, kind: RateKind) -> Self {
        Self { kind, ..self }
    }
}

impl From<f64> for RateLimit {
    fn from(per_second: f64) -> Self {
        Self::new(per_second)
    }
}

/// A limit at work. Times are those since any moment, and don't run backwards.
#[derive(Clone, Debug)]
pub struct Limiter {
    limit: RateLimit,
    /// When the first request came.
    began: Option<f64>,
    tokens: f64,
    filled: f64,
    window: VecDeque<f64>,
    /// When another client asks next.
    next_other: f64,
    random: u64,
}

/// What sums of fractions may be off by.
const EXACT: f64 = 1e-9;

impl Limiter {
    /// A limit that no request has met yet. The same seed gives the same requests of other clients.
    #[must_use]
    pub fn new(limit: RateLimit, seed: u64) -> Self {
        Self {
            limit,
            began: None,
            tokens: 0.0,
            filled: 0.0,
            window: VecDeque::new(),
            next_other: 0.0,
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
        }
    }

    /// Whether one more request is admitted now.
    pub fn admits(&mut self, now: Duration) -> bool {
        let now = now.as_secs_f64();
        if self.began.is_none() {
            self.began = Some(now);
            self.filled = now;
            self.next_other = now;
            self.tokens = self.most_tokens();
        }
        while self.limit.others > 0.0 && self.next_other <= now {
            self.count(self.next_other);
            self.next_other -= (1.0 - self.random()).ln() / self.limit.others;
        }
        self.count(now)
    }

    fn most_tokens(&self) -> f64 {
        match self.limit.kind {
            RateKind::Bucket(seconds) => (self.limit.per_second * seconds).max(1.0),
            RateKind::FixedWindow(_) | RateKind::SlidingWindow(_) => 0.0,
        }
    }

    fn rate(&self, now: f64) -> f64 {
        match (self.limit.change, self.began) {
            (Some((after, later)), Some(began)) if now >= began + after => later,
            _ => self.limit.per_second,
        }
    }

    fn count(&mut self, now: f64) -> bool {
        let rate = self.rate(now);
        match self.limit.kind {
            RateKind::Bucket(_) => {
                let passed = (now - self.filled).max(0.0);
                self.tokens = passed.mul_add(rate, self.tokens).min(self.most_tokens());
                self.filled = self.filled.max(now);
                let is_admitted = self.tokens >= 1.0 - EXACT;
                self.tokens -= f64::from(u8::from(is_admitted));
                is_admitted
            }
            RateKind::FixedWindow(span) => self.count_since((now / span).floor() * span, now, rate * span),
            RateKind::SlidingWindow(span) => self.count_since(now - span + EXACT, now, rate * span),
        }
    }

    fn count_since(&mut self, begin: f64, now: f64, most: f64) -> bool {
        while self.window.front().is_some_and(|at| *at < begin) {
            self.window.pop_front();
        }
        let is_admitted = u32::try_from(self.window.len()).is_ok_and(|count| f64::from(count) < most);
        if is_admitted {
            self.window.push_back(now);
        }
        is_admitted
    }

    /// A number from 0 to below 1 (xorshift).
    fn random(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        f64::from(u32::try_from(self.random >> 33).unwrap_or(0)) / f64::from(1_u32 << 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many requests at that time are admitted.
    fn admitted(limiter: &mut Limiter, requests: usize, at: u64) -> usize {
        (0..requests)
            .filter(|_| limiter.admits(Duration::from_millis(at)))
            .count()
    }

    fn limiter(kind: RateKind) -> Limiter {
        Limiter::new(RateLimit::new(10.0).counted(kind), 1)
    }

    #[test]
    fn bucket_allows_a_burst_and_then_the_rate() {
        let mut bucket = limiter(RateKind::Bucket(1.0));
        assert_eq!(admitted(&mut bucket, 20, 0), 10);
        assert_eq!(admitted(&mut bucket, 20, 305), 3);
        assert_eq!(admitted(&mut bucket, 20, 0), 0, "time does not run backwards");
        assert_eq!(admitted(&mut bucket, 50, 10_000), 10, "no more is saved up");
    }

    #[test]
    fn without_bursts_requests_keep_their_distance() {
        let mut bucket = limiter(RateKind::Bucket(0.0));
        let times = [0, 50, 99, 100, 199, 200, 5_000, 5_000];
        let expected = [1, 0, 0, 1, 0, 1, 1, 0];
        assert_eq!(times.map(|at| admitted(&mut bucket, 1, at)), expected);
    }

    #[test]
    fn windows_count_what_came_in_them() {
        let mut fixed = limiter(RateKind::FixedWindow(1.0));
        let mut sliding = limiter(RateKind::SlidingWindow(1.0));
        for (at, of_fixed, of_sliding) in [
            (900, 10, 10),
            (1_000, 10, 0),
            (1_500, 0, 0),
            (1_900, 0, 10),
            (2_000, 10, 0),
        ] {
            assert_eq!(admitted(&mut fixed, 12, at), of_fixed, "{at}");
            assert_eq!(admitted(&mut sliding, 12, at), of_sliding, "{at}");
        }
    }

    #[test]
    fn limit_changes_after_its_time() {
        let limit = RateLimit {
            change: Some((2.0, 1.0)),
            ..RateLimit::new(10.0)
        };
        let mut bucket = Limiter::new(limit, 1);
        let counts = [5_000, 6_000, 7_000, 8_000, 9_000].map(|at| admitted(&mut bucket, 20, at));
        assert_eq!(counts, [10, 10, 1, 1, 1]);
    }

    #[test]
    fn other_clients_take_their_part() {
        let limit = RateLimit {
            others: 5.0,
            ..RateLimit::new(10.0)
        };
        let mut bucket = Limiter::new(limit, 7);
        let ours: usize = (0..200)
            .map(|second| admitted(&mut bucket, 20, second * 1_000))
            .sum();
        assert!((900..1_250).contains(&ours), "{ours} of 2,000");
    }
}
