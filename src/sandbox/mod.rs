//! The embedded Identity Center: sso-oidc, the access portal, STS and console federation on loopback.
//!
//! Other clients can't tell it from the real one: it has wire structs of its own, shares nothing
//! with our client, and follows what AWS's answers were seen to look like. It serves this machine
//! only, holds a bounded amount of everything, and stops with the process.

mod access_portal;
mod bounded;
mod control;
mod counts;
mod device_pages;
mod faults;
mod federation;
mod generated;
mod http;
mod oidc;
mod options;
mod organisation;
mod page;
mod rate;
mod router;
mod secrets;
mod server;
mod sigv4;
mod state;
mod sts;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::header::HeaderValue;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use control::Control;
pub use counts::{Counts, Grants};
pub use faults::{Fault, Operation};
pub use options::{Clock, Options, StartError};
pub use organisation::{Account, Organisation, OrganisationError, User};

use faults::Faults;
use rate::Bucket;
use secrets::Secrets;
use state::{Lifetimes, Millis, State};

/// The start URL that the instance answers to, beside its own address.
const START_URL: &str = "https://genkan-sandbox.awsapps.com/start";

/// A running sandbox; dropping it stops it.
pub struct Sandbox {
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

/// What every request sees.
struct Shared {
    options: Options,
    address: SocketAddr,
    secrets: Secrets,
    state: Mutex<State>,
    faults: Mutex<Faults>,
    counts: Mutex<Counts>,
    bucket: Mutex<Option<Bucket>>,
}

/// Starts a sandbox on the current runtime.
///
/// # Errors
/// When an option can't be honoured or the address can't be listened on.
pub async fn start(options: Options) -> Result<Sandbox, StartError> {
    options.check()?;
    let secrets = Secrets::new(options.secrets_seed, &options.secrets_mark)?;
    let bind = |source| StartError::Bind {
        address: options.listen,
        source,
    };
    let listener = TcpListener::bind(options.listen).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    let millis = |span: std::time::Duration| Millis::try_from(span.as_millis()).unwrap_or(Millis::MAX);
    let lifetimes = Lifetimes {
        access_token: millis(options.access_token_lifetime),
        portal_session: millis(options.portal_session_lifetime),
        role_credentials: millis(options.role_credentials_lifetime),
    };
    let shared = Arc::new(Shared {
        address,
        secrets,
        state: Mutex::new(State::new(lifetimes)),
        faults: Mutex::new(Faults::new(options.faults, options.fault_seed)),
        counts: Mutex::default(),
        bucket: Mutex::new(options.rate.map(Bucket::new)),
        options,
    });
    let server = tokio::spawn(server::serve(listener, Arc::clone(&shared)));
    Ok(Sandbox { shared, server })
}

impl Sandbox {
    /// Where it serves, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.shared.url()
    }

    /// The start URL to configure: `https`, as real clients insist, while endpoints lead here.
    #[must_use]
    pub fn start_url(&self) -> String {
        START_URL.to_owned()
    }

    /// The environment that points any AWS SDK here.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let region = self.shared.options.region.clone();
        vec![
            ("AWS_ENDPOINT_URL_SSO", self.url()),
            ("AWS_ENDPOINT_URL_SSO_OIDC", self.url()),
            ("AWS_ENDPOINT_URL_STS", self.url()),
            ("AWS_ENDPOINT_URL_SIGNIN", self.url()),
            ("AWS_REGION", region.clone()),
            ("AWS_DEFAULT_REGION", region),
        ]
    }

    /// What it has counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.counts().clone()
    }

    /// The knobs.
    #[must_use]
    pub fn control(&self) -> Control {
        Control {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Stops listening and drops every connection.
    pub async fn stop(mut self) {
        self.server.abort();
        // It was aborted: the error says only that.
        let _ = (&mut self.server).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A lock that was poisoned by a panic in a test still holds sound data: each change is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn now(&self) -> Millis {
        (self.options.clock)().as_millisecond()
    }

    /// What our clock says, as a header.
    fn date(&self) -> Option<HeaderValue> {
        let now = (self.options.clock)();
        HeaderValue::from_str(&now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        lock(&self.counts)
    }

    /// Whether the rate limit lets one more portal request in.
    fn admits(&self) -> bool {
        lock(&self.bucket)
            .as_mut()
            .is_none_or(|bucket| bucket.take(tokio::time::Instant::now()))
    }

    /// Whether a start URL, in any of its spellings, means this instance.
    fn is_start_url(&self, text: &str) -> bool {
        let text = text.trim_end_matches(['/', '#']);
        text.eq_ignore_ascii_case(START_URL) || text == format!("{}/start", self.url())
    }
}
