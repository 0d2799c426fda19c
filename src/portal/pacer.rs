//! The speed of bulk requests to one access portal.
//!
//! Identity Center allows about 20 requests a second for all callers together and says so nowhere
//! reliable. This starts just below, halves when it is told to slow down, and creeps back up.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// Requests a second at best, and at worst.
const FASTEST: f64 = 19.5;
const SLOWEST: f64 = 1.0;
/// How many requests may go at once after a rest.
const BURST: f64 = 18.0;
/// What each success adds to the speed after a slow-down.
const GAIN: f64 = 0.25;
/// How much of the speed remains after a 429, and how long nobody asks at all.
const CUT: f64 = 0.6;
const REST: Duration = Duration::from_millis(500);

/// Hands out turns.
#[derive(Debug)]
pub(super) struct Pacer(Mutex<State>);

#[derive(Debug)]
struct State {
    rate: f64,
    tokens: f64,
    at: Instant,
    cut_at: Option<Instant>,
}

impl Pacer {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State {
            rate: FASTEST,
            tokens: BURST,
            at: Instant::now(),
            cut_at: None,
        }))
    }

    /// Waits until one more request may go.
    pub(super) async fn turn(&self) {
        let wait = self
            .0
            .lock()
            .map(|mut state| state.take(Instant::now()))
            .unwrap_or_default();
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// A request was answered.
    pub(super) fn succeeded(&self) {
        if let Ok(mut state) = self.0.lock() {
            state.rate = (state.rate + GAIN).min(FASTEST);
        }
    }

    /// A request was refused as one too many. Several refusals of one burst count once.
    pub(super) fn throttled(&self, retry_after: Option<Duration>) {
        if let Ok(mut state) = self.0.lock() {
            let now = Instant::now();
            let rest = retry_after.unwrap_or(REST);
            if state.cut_at.is_some_and(|at| now.duration_since(at) < REST) && retry_after.is_none() {
                return;
            }
            state.cut_at = Some(now);
            state.rate = (state.rate * CUT).max(SLOWEST);
            state.refill(now);
            state.tokens = state.tokens.min(0.0) - rest.as_secs_f64() * state.rate;
        }
    }
}

impl State {
    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(BURST);
        self.at = now;
    }

    /// Takes one token, on credit where there is none, and says how long to wait for it.
    fn take(&mut self, now: Instant) -> Duration {
        self.refill(now);
        self.tokens -= 1.0;
        if self.tokens >= 0.0 {
            Duration::ZERO
        } else {
            Duration::from_secs_f64(-self.tokens / self.rate)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_long_run_stays_below_twenty_a_second() {
        let (pacer, start) = (Pacer::new(), Instant::now());
        for _ in 0..218 {
            pacer.turn().await;
            pacer.succeeded();
        }
        let took = start.elapsed().as_secs_f64();
        assert!((10.0..10.6).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_slows_down_and_successes_speed_up_again() {
        let pacer = Pacer::new();
        for _ in 0..18 {
            pacer.turn().await;
        }
        pacer.throttled(Some(Duration::from_secs(3)));
        let start = Instant::now();
        pacer.turn().await;
        assert!(
            start.elapsed() >= Duration::from_secs(3),
            "Retry-After is honoured"
        );
        let rate = |p: &Pacer| p.0.lock().expect("a lock").rate;
        assert!(rate(&pacer) < 12.0);
        for _ in 0..100 {
            pacer.succeeded();
        }
        assert!(rate(&pacer) > 19.0);
    }
}
