//! The speed of requests to one access portal: one controller for a session's listing and for the
//! single calls that a user waits for.
//!
//! Identity Center allows about 20 requests a second for all callers together and documents no limit of the access
//! portal. A fixed rate (a token bucket, as the crate `governor` has) would be right for one user alone: with a second
//! tool or a colleague on the same portal it is refused all the time, and where the limit is higher it wastes it. So
//! the rate is found by trying ([`rate`] says how), unless a user sets it.
//!
//! What was found is remembered for a day, and processes that ask one portal at the same time stay below its limit
//! together: each counts the requests of the others as its own ([`PaceFiles`]).
//!
//! A single call that a user waits for doesn't queue behind a listing: it takes its slot at once and the listing
//! makes up for it. Other processes don't count it, since a file to open would cost it more than it costs them.
//! Retries of the SDK are off, because they would sleep and ask behind the pacer's back. A `Retry-After` is obeyed by
//! everything that shares the portal.

mod constants;
mod memory;
mod rate;
mod saving;
#[cfg(test)]
mod simulation;
mod strict;
#[cfg(test)]
mod tests;
mod token_bucket;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use constants::{FASTEST, POLITE};
use memory::Memory;
use rate::Rate;

use crate::app::context::Context;
use crate::aws::{AwsError, MAX_INTERACTIVE_RETRY_AFTER, WhenSent};
use crate::domain::SsoSession;
use crate::platform::precise_sleep::sleep_precisely;
use crate::store::{PaceFiles, RequestCount};

/// The controllers of a process, one for each access portal.
#[derive(Debug)]
pub(in crate::app) struct Pacers {
    chosen: Option<f64>,
    files: PaceFiles,
    by_portal: Mutex<HashMap<String, Arc<Pacer>>>,
}

/// What all who share an access portal's limit have in common.
pub(in crate::app) fn key(session: &SsoSession) -> String {
    format!("{} {}", session.start_url.portal(), session.region)
}

impl Pacers {
    /// Controllers that stay below the rate of the preferences, if there is one.
    pub(in crate::app) fn new(context: &Context) -> Self {
        Self {
            chosen: context.settings.preferences.requests_per_second.map(f64::from),
            files: PaceFiles::new(&context.settings.paths),
            by_portal: Mutex::default(),
        }
    }

    /// The controller that all calls to a session's portal share.
    pub(in crate::app) fn of(&self, session: &SsoSession) -> Arc<Pacer> {
        let mut pacers = self.by_portal.lock().unwrap_or_else(PoisonError::into_inner);
        let portal = key(session);
        let pacer = pacers.entry(portal).or_insert_with_key(|portal| {
            let memory = Memory::new(self.files.clone(), portal.clone());
            Arc::new(Pacer::new(self.chosen, Some(memory)))
        });
        Arc::clone(pacer)
    }
}

/// Hands out slots for requests.
#[derive(Debug)]
pub(in crate::app) struct Pacer {
    state: Mutex<State>,
    /// Bulk requests queue here; the first of them waits for its slot.
    line: tokio::sync::Mutex<()>,
    /// Wakes the first in line where a gap has to be kept precisely and another rate was found, or the request before it was sent
    /// late, so that it works out its wait again.
    changed: tokio::sync::Notify,
    /// Files are read before the first of many requests; one alone goes without.
    prepared: Once,
}

#[derive(Debug)]
struct State {
    rate: Rate,
    began: Instant,
    rests_until: Option<Instant>,
    memory: Option<Memory>,
    count: Option<RequestCount>,
}

/// How long to wait for a slot.
enum Wait {
    /// A timer that wakes late is made up for.
    Usual(Duration),
    /// A request that made up for a late one would be refused.
    Precise(Duration),
}

impl Wait {
    async fn sleep(self) {
        match self {
            Self::Usual(wait) => tokio::time::sleep(wait).await,
            Self::Precise(wait) => sleep_precisely(wait).await,
        }
    }
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
    fn new(chosen: Option<f64>, memory: Option<Memory>) -> Self {
        let rate = chosen.map_or_else(|| Rate::new(POLITE, FASTEST), |chosen| Rate::new(chosen, chosen));
        Self {
            state: Mutex::new(State {
                rate,
                began: Instant::now(),
                rests_until: None,
                memory,
                count: None,
            }),
            line: tokio::sync::Mutex::new(()),
            changed: tokio::sync::Notify::new(),
            prepared: Once::new(),
        }
    }

    /// Goes on from what was found before, and begins to count what other processes ask.
    fn prepare(&self) {
        self.prepared.call_once(|| self.with(State::recall));
    }

    /// Saves what was found, for the next process.
    pub(in crate::app) fn save(&self) {
        self.with(State::save);
    }

    /// How many requests of many should be under way at once.
    pub(in crate::app) fn at_once(&self) -> usize {
        self.prepare();
        self.with(|state, _| state.rate.at_once())
    }

    /// Waits until one more request of many may go.
    pub(in crate::app) async fn wait_for_slot(&self) -> Slot {
        let _first_in_line = self.line.lock().await;
        self.prepare();
        loop {
            let wait = match self.with(State::take) {
                Ok(slot) => return slot,
                Err(wait) => wait,
            };
            tokio::select! {
                () = wait.sleep() => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// Lets a single request pass that a user or a listing waits for: before those that stand in line, which
    /// wait a little longer for it. Only a rest that the portal asked for holds it up.
    pub(in crate::app) async fn wait_for_urgent_slot(&self) -> Slot {
        let (rest, slot) = self.with(|state, now| {
            state.rate.take_now(state.seconds(now));
            (state.rest_left(now), Slot(state.rate.tag()))
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
        let is_changed = self.with(|state, now| {
            let before = state.rate.epoch();
            state.learn(now, slot, answer);
            if let (Some(memory), Some(found)) = (&mut state.memory, state.rate.found()) {
                memory.save_in_time(now, found);
            }
            state.rate.needs_precision() && state.rate.epoch() != before
        });
        if is_changed {
            self.changed.notify_one();
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state, Instant::now())
    }
}

impl WhenSent for Pacer {
    /// Where the limit allows no bursts, the gap to the next request begins when this one was sent, not when it got its slot: the
    /// next one may get out sooner than this one did.
    fn note_sent(&self, at: Instant) {
        let is_changed = self.with(|state, _| {
            let at = state.seconds(at);
            state.rate.note_sent(at)
        });
        if is_changed {
            self.changed.notify_one();
        }
    }
}

impl State {
    fn learn<T>(&mut self, now: Instant, slot: Slot, answer: &Result<T, AwsError>) {
        match answer {
            Err(AwsError::Throttled { retry_after, .. }) => {
                self.rate.refuse(self.seconds(now), slot.0);
                self.rest(now, *retry_after);
            }
            // Overloaded: it was within the limit, and only a rest that it asks for is meant for us.
            Err(AwsError::Server { retry_after, .. }) => {
                self.rate.count_failure(self.seconds(now), slot.0);
                self.rest(now, *retry_after);
            }
            // Any other answer of the portal was within its limit.
            Ok(_)
            | Err(
                AwsError::Unauthorized
                | AwsError::Forbidden(_)
                | AwsError::NotAssigned { .. }
                | AwsError::NotFound(_),
            ) => {
                self.rate.admit(self.seconds(now), slot.0);
            }
            Err(_) => self.rate.lose_answer(slot.0),
        }
    }

    fn recall(&mut self, now: Instant) {
        let Some(memory) = &mut self.memory else {
            return;
        };
        let (count, found) = memory.recall(now);
        self.count = count;
        if let Some(found) = found {
            self.rate.recall(found);
        }
    }

    /// Saves what was found.
    fn save(&mut self, now: Instant) {
        if let (Some(memory), Some(found)) = (&mut self.memory, self.rate.found()) {
            memory.save(now, found);
        }
    }

    fn seconds(&self, now: Instant) -> f64 {
        now.saturating_duration_since(self.began).as_secs_f64()
    }

    fn rest_left(&self, now: Instant) -> Duration {
        self.rests_until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// A slot; where there is none, how long to wait before asking again.
    fn take(&mut self, now: Instant) -> Result<Slot, Wait> {
        let rest = self.rest_left(now);
        if !rest.is_zero() {
            return Err(Wait::Usual(rest));
        }
        if let Some(count) = &mut self.count {
            let others = count.take_others();
            self.rate.take_for_others(self.seconds(now), others);
        }
        let wait = self.rate.take(self.seconds(now));
        if wait > 0.0 {
            let wait = Duration::from_secs_f64(wait);
            return Err(if self.rate.needs_precision() {
                Wait::Precise(wait)
            } else {
                Wait::Usual(wait)
            });
        }
        if let Some(count) = &mut self.count {
            count.add();
        }
        Ok(Slot(self.rate.tag()))
    }

    fn rest(&mut self, now: Instant, asked: Option<Duration>) {
        if let Some(until) = asked.and_then(|rest| now.checked_add(rest))
            && self.rests_until.is_none_or(|already| already < until)
        {
            self.rests_until = Some(until);
            self.rate.rest_until(self.seconds(until));
        }
    }
}
