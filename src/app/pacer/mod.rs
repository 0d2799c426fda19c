//! The speed of requests to one access portal: one controller for a session's listing and for the
//! single calls that a user waits for.
//!
//! Identity Center allows about 20 requests a second for all callers together and documents no limit of the access
//! portal. A fixed rate (a token bucket, as the crate `governor` has) would be right for one user alone: with a second
//! tool or a colleague on the same portal it is refused all the time, and where the limit is higher it wastes it. So
//! the rate is found by trying ([`rate`] says how), unless a user sets it.
//!
//! A single call that a user waits for doesn't queue behind a listing: it takes its slot at once and the listing
//! makes up for it. Retries of the SDK are off, because they would sleep and ask behind the pacer's back. A
//! `Retry-After` is obeyed by everything that shares the portal.

mod rate;
#[cfg(test)]
mod simulation;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use rate::{FASTEST, POLITE, Rate};

use crate::aws::{AwsError, MAX_INTERACTIVE_RETRY_AFTER};
use crate::domain::SsoSession;

/// The controllers of a process, one for each access portal.
#[derive(Debug)]
pub(in crate::app) struct Pacers {
    chosen: Option<f64>,
    by_portal: Mutex<HashMap<String, Arc<Pacer>>>,
}

/// What all who share an access portal's limit have in common.
pub(in crate::app) fn key(session: &SsoSession) -> String {
    format!("{} {}", session.start_url.portal(), session.region)
}

impl Pacers {
    /// Controllers that make so many requests a second at the most.
    pub(in crate::app) fn new(requests_per_second: Option<f64>) -> Self {
        Self {
            chosen: requests_per_second,
            by_portal: Mutex::default(),
        }
    }

    /// The controller that all calls to a session's portal share.
    pub(in crate::app) fn of(&self, session: &SsoSession) -> Arc<Pacer> {
        let mut pacers = self.by_portal.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            pacers
                .entry(key(session))
                .or_insert_with(|| Arc::new(Pacer::new(self.chosen))),
        )
    }
}

/// Hands out slots for requests.
#[derive(Debug)]
pub(in crate::app) struct Pacer {
    state: Mutex<State>,
    /// Bulk requests queue here; the first of them waits for its slot.
    line: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    rate: Rate,
    began: Instant,
    rests_until: Option<Instant>,
}

/// A request that may go, and the rate that it goes at.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::app) struct Slot(u64);

/// The slot of the latest of several requests, one after the other.
#[derive(Debug, Default)]
pub(in crate::app) struct LastSlot(AtomicU64);

impl LastSlot {
    pub(in crate::app) fn keep(&self, slot: Slot) {
        self.0.store(slot.0, Ordering::Relaxed);
    }

    pub(in crate::app) fn slot(&self) -> Slot {
        Slot(self.0.load(Ordering::Relaxed))
    }
}

impl Pacer {
    /// A controller that finds the rate, or one that begins at the rate that a user chose and stays below it.
    pub(in crate::app) fn new(chosen: Option<f64>) -> Self {
        let rate = chosen.map_or_else(|| Rate::new(POLITE, FASTEST), |chosen| Rate::new(chosen, chosen));
        Self {
            state: Mutex::new(State {
                rate,
                began: Instant::now(),
                rests_until: None,
            }),
            line: tokio::sync::Mutex::new(()),
        }
    }

    /// How many requests of many should be under way at once.
    pub(in crate::app) fn at_once(&self) -> usize {
        self.with(|state, _| state.rate.at_once())
    }

    /// Waits until one more request of many may go.
    pub(in crate::app) async fn wait_for_slot(&self) -> Slot {
        let _first_in_line = self.line.lock().await;
        loop {
            let wait = match self.with(State::take) {
                Ok(slot) => return slot,
                Err(wait) => wait,
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Lets a single request pass that a user waits for: before those that stand in line, which
    /// wait a little longer for it. Only a rest that the portal asked for holds it up.
    pub(in crate::app) async fn wait_for_urgent_slot(&self) -> Slot {
        let (rest, slot) = self.with(|state, now| {
            state.rate.take_now(state.seconds(now));
            (state.rest_left(now), Slot(state.rate.epoch()))
        });
        if !rest.is_zero() {
            tokio::time::sleep(rest).await;
        }
        slot
    }

    /// How long the portal wants to be left alone, where that is longer than a user should wait.
    pub(in crate::app) fn long_rest(&self) -> Option<Duration> {
        let rest = self.with(|state, now| state.rest_left(now));
        (rest > MAX_INTERACTIVE_RETRY_AFTER).then_some(rest)
    }

    /// Learns from an answer.
    pub(in crate::app) fn record_answer<T>(&self, slot: Slot, answer: &Result<T, AwsError>) {
        self.with(|state, now| match answer {
            Err(AwsError::Throttled { retry_after, .. }) => {
                state.rate.refuse(state.seconds(now), slot.0);
                state.rest(now, *retry_after);
            }
            // Overloaded, not counting: only a rest that it asks for is meant for us.
            Err(AwsError::Server { retry_after, .. }) => state.rest(now, *retry_after),
            // Any other answer of the portal was within its limit.
            Ok(_)
            | Err(
                AwsError::Unauthorized
                | AwsError::Forbidden(_)
                | AwsError::NotAssigned { .. }
                | AwsError::NotFound(_),
            ) => {
                state.rate.admit(state.seconds(now), slot.0);
            }
            Err(_) => {}
        });
    }

    fn with<T>(&self, change: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state, Instant::now())
    }
}

impl State {
    fn seconds(&self, now: Instant) -> f64 {
        now.saturating_duration_since(self.began).as_secs_f64()
    }

    fn rest_left(&self, now: Instant) -> Duration {
        self.rests_until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// A slot; where there is none, how long to wait before asking again.
    fn take(&mut self, now: Instant) -> Result<Slot, Duration> {
        let rest = self.rest_left(now);
        if !rest.is_zero() {
            return Err(rest);
        }
        let wait = self.rate.take(self.seconds(now));
        if wait > 0.0 {
            Err(Duration::from_secs_f64(wait))
        } else {
            Ok(Slot(self.rate.epoch()))
        }
    }

    fn rest(&mut self, now: Instant, asked: Option<Duration>) {
        if let Some(until) = asked.and_then(|rest| now.checked_add(rest))
            && self.rests_until.is_none_or(|already| already < until)
        {
            self.rests_until = Some(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::StreamExt as _;
    use futures_util::stream::FuturesUnordered;

    use super::*;

    /// A portal with a limit: a bucket with a burst of one second, 60 ms away; each so-many-th
    /// answer fails, a third of these by 429 and the rest by 500.
    struct FarPortal {
        limit: f64,
        tokens: Cell<f64>,
        at: Cell<Instant>,
        one_fails_of: u32,
        asked: Cell<u32>,
        refused: Cell<u32>,
    }

    impl FarPortal {
        fn new(limit: f64, one_fails_of: u32) -> Self {
            Self {
                limit,
                tokens: Cell::new(limit),
                at: Cell::new(Instant::now()),
                one_fails_of,
                asked: Cell::new(0),
                refused: Cell::new(0),
            }
        }

        async fn ask(&self) -> Result<(), AwsError> {
            tokio::time::sleep(Duration::from_millis(60)).await;
            let now = Instant::now();
            let passed = now.duration_since(self.at.replace(now)).as_secs_f64();
            let tokens = (self.tokens.get() + passed * self.limit).min(self.limit);
            self.tokens.set(tokens);
            self.asked.set(self.asked.get() + 1);
            let throttled = refusal(None);
            if self.asked.get().is_multiple_of(self.one_fails_of) {
                return if (self.asked.get() / self.one_fails_of).is_multiple_of(3) {
                    throttled
                } else {
                    Err(AwsError::Server {
                        host: "the portal".to_owned(),
                        status: 500,
                        retry_after: None,
                    })
                };
            }
            if tokens < 1.0 {
                self.refused.set(self.refused.get() + 1);
                return throttled;
            }
            self.tokens.set(tokens - 1.0);
            Ok(())
        }
    }

    fn refusal(retry_after: Option<Duration>) -> Result<(), AwsError> {
        Err(AwsError::Throttled {
            host: "the portal".to_owned(),
            retry_after,
        })
    }

    /// Asks until that many requests have succeeded, twelve at once; the seconds that it took.
    async fn ask_all(pacer: &Pacer, portal: &FarPortal, requests: usize) -> f64 {
        let start = Instant::now();
        let mut running = FuturesUnordered::new();
        let ask = || async {
            let slot = pacer.wait_for_slot().await;
            let answer = portal.ask().await;
            pacer.record_answer(slot, &answer);
            answer.is_ok()
        };
        running.extend((0..12).map(|_| ask()));
        let mut done = 0;
        while let Some(succeeded) = running.next().await {
            done += usize::from(succeeded);
            if done + running.len() < requests {
                running.push(ask());
            }
        }
        assert_eq!(done, requests);
        start.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn a_thousand_at_twenty_a_second_with_faults_come_near_the_floor() {
        let (pacer, portal) = (Pacer::new(Some(POLITE)), FarPortal::new(20.0, 20));
        let took = ask_all(&pacer, &portal, 1010).await;
        assert!((48.0..55.0).contains(&took), "{took}: the floor is 50 s");
        assert!(
            portal.refused.get() < 10,
            "{} by the limit itself",
            portal.refused.get()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_lower_limit_is_found_and_used_up() {
        for limit in [2.0, 4.0, 8.0, 12.0] {
            let (pacer, portal) = (Pacer::new(Some(POLITE)), FarPortal::new(limit, u32::MAX));
            let took = ask_all(&pacer, &portal, 500).await;
            let floor = 500.0 / limit;
            assert!(took < floor * 1.12, "{limit}/s: {took} s, the floor is {floor} s");
            let refused = portal.refused.get();
            assert!(refused < 100, "{limit}/s: {refused} refusals for 500 answers");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_speeds_up_again_when_others_stop_asking() {
        let (pacer, crowded) = (Pacer::new(Some(POLITE)), FarPortal::new(5.0, u32::MAX));
        ask_all(&pacer, &crowded, 200).await;
        assert!(pacer.with(|state, _| state.rate.per_second()) < 8.0);
        let alone = FarPortal::new(20.0, u32::MAX);
        ask_all(&pacer, &alone, 600).await;
        assert!(pacer.with(|state, _| state.rate.per_second()) > 18.0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_that_was_asked_for_is_kept_by_all() {
        let pacer = Pacer::new(Some(POLITE));
        let slot = pacer.wait_for_slot().await;
        pacer.record_answer(slot, &refusal(Some(Duration::from_secs(3))));
        let start = Instant::now();
        tokio::join!(
            pacer.wait_for_slot(),
            pacer.wait_for_slot(),
            pacer.wait_for_urgent_slot()
        );
        assert!(start.elapsed() >= Duration::from_secs(3));
        pacer.record_answer::<()>(
            slot,
            &Err(AwsError::Server {
                host: "the portal".to_owned(),
                status: 503,
                retry_after: Some(Duration::from_mins(1)),
            }),
        );
        let rest = pacer.long_rest().expect("longer than a person waits");
        assert!(rest > Duration::from_secs(59), "{rest:?}");
        tokio::time::sleep(rest.saturating_sub(MAX_INTERACTIVE_RETRY_AFTER)).await;
        assert_eq!(pacer.long_rest(), None);
        let start = Instant::now();
        pacer.wait_for_urgent_slot().await;
        assert_eq!(
            start.elapsed(),
            MAX_INTERACTIVE_RETRY_AFTER,
            "the rest of it is waited for"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_persons_request_goes_before_the_line() {
        let pacer = Pacer::new(Some(2.0));
        pacer.wait_for_slot().await;
        let start = Instant::now();
        let line = async {
            for _ in 0..4 {
                pacer.wait_for_slot().await;
            }
            start.elapsed()
        };
        let person = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            pacer.wait_for_urgent_slot().await;
            start.elapsed()
        };
        let (line, person) = tokio::join!(line, person);
        assert_eq!(person, Duration::from_millis(100));
        assert!(
            line > Duration::from_millis(2050),
            "the line waits for it: {line:?}"
        );
    }
}
