//! A token bucket: so many requests per second, and as many at once. Knows nothing of requests.

use tokio::time::Instant;

pub(super) struct Bucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    pub(super) fn new(rate: f64) -> Self {
        let burst = rate.max(1.0);
        Self {
            rate,
            burst,
            tokens: burst,
            filled: Instant::now(),
        }
    }

    /// Takes one token if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = self.filled.max(now);
        self.tokens = (self.tokens + passed * self.rate).min(self.burst);
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let mut bucket = Bucket::new(10.0);
        let start = bucket.filled;
        assert_eq!((0..20).filter(|_| bucket.take(start)).count(), 10);
        assert_eq!(
            (0..20)
                .filter(|_| bucket.take(start + Duration::from_millis(305)))
                .count(),
            3
        );
        assert!(!bucket.take(start), "time does not run backwards");
    }
}
