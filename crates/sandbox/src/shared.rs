//! What every request sees: the options, and the state behind locks.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::header::HeaderValue;
use tokio::sync::watch;

use super::counts::Counts;
use super::state::{Lifetimes, State};
use super::users::Users;
use crate::controls::faults::{Faults, Operation};
use crate::controls::millis::Millis;
use crate::controls::options::Options;
use crate::controls::rate::Limiter;
use crate::signing::secrets::Secrets;
use genkan_domain::{Partition, Region};

/// The start URL that the instance answers to, beside its own address.
pub(super) const START_URL: &str = "https://genkan-sandbox.awsapps.com/start";

/// What every request sees.
pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) address: SocketAddr,
    pub(super) secrets: Secrets,
    pub(super) state: Mutex<State>,
    pub(super) faults: Mutex<Faults>,
    pub(super) counts: Mutex<Counts>,
    /// The operations whose requests wait for their answers.
    pub(super) held: watch::Sender<BTreeSet<Operation>>,
    /// What the portal admits, and since when.
    limiter: Mutex<Option<Limiter>>,
    began: tokio::time::Instant,
}

/// A lock that was poisoned by a panic in a test still holds sound data: each change is one step.
fn lock_unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn partition_of(region: &str) -> String {
    let region = region.parse::<Region>();
    region
        .map_or(Partition::Aws, |region| region.partition())
        .to_string()
}

impl Shared {
    pub(super) fn new(options: Options, address: SocketAddr, secrets: Secrets) -> Self {
        let millis = |span: std::time::Duration| Millis::try_from(span.as_millis()).unwrap_or(Millis::MAX);
        let lifetimes = Lifetimes {
            access_token: millis(options.access_token_lifetime),
            portal_session: millis(options.portal_session_lifetime),
            role_credentials: millis(options.role_credentials_lifetime),
            sts_session: options.sts_session_lifetime.map_or(Millis::MAX, millis),
            key_propagation: millis(options.key_propagation),
        };
        let now = (options.clock)().as_millisecond();
        let users = Users::new(
            &options.organisation,
            &partition_of(&options.region),
            &secrets,
            now,
        );
        Self {
            address,
            secrets,
            state: Mutex::new(State::new(lifetimes, users)),
            faults: Mutex::new(Faults::new(options.faults, options.fault_seed)),
            counts: Mutex::default(),
            held: watch::Sender::default(),
            limiter: Mutex::new(options.rate.map(|limit| Limiter::new(limit, options.fault_seed))),
            began: tokio::time::Instant::now(),
            options,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn now(&self) -> Millis {
        (self.options.clock)().as_millisecond()
    }

    /// The first part of every ARN here.
    pub(super) fn partition(&self) -> String {
        partition_of(&self.options.region)
    }

    /// When a session of STS ends that begins now and was asked for this long.
    pub(super) fn session_end(&self, seconds: i64) -> Millis {
        let asked = seconds.saturating_mul(1_000);
        self.now()
            .saturating_add(asked.min(self.state().lifetimes.sts_session))
    }

    /// What our clock says, as a header.
    pub(super) fn date(&self) -> Option<HeaderValue> {
        let now = (self.options.clock)();
        HeaderValue::from_str(&now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock_unpoisoned(&self.state)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock_unpoisoned(&self.faults)
    }

    pub(super) fn counts(&self) -> MutexGuard<'_, Counts> {
        lock_unpoisoned(&self.counts)
    }

    /// Waits while the answers to requests of this operation are held back.
    pub(super) async fn wait_while_held(&self, operation: Operation) {
        let mut held = self.held.subscribe();
        // The sender lives as long as this does.
        let _ = held.wait_for(|held| !held.contains(&operation)).await;
    }

    /// Whether the rate limit lets one more portal request in.
    pub(super) fn admits(&self) -> bool {
        lock_unpoisoned(&self.limiter)
            .as_mut()
            .is_none_or(|limiter| limiter.admits(self.began.elapsed()))
    }

    /// Whether a start URL, in any of its spellings, means this instance.
    pub(super) fn is_start_url(&self, text: &str) -> bool {
        let text = text.trim_end_matches(['/', '#']);
        text.eq_ignore_ascii_case(START_URL) || text == format!("{}/start", self.url())
    }
}
