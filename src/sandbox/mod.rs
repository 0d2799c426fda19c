//! An embedded AWS for tests and demos: IAM Identity Center (`sso-oidc` and the access portal), STS, console
//! federation and the colours of accounts on a loopback address.
//!
//! It is a test double for any program that uses an AWS SDK, the AWS CLI or genkan: point the endpoint variables at it
//! ([`Sandbox::environment`]), let it approve sign-ins ([`Options::auto_approve`]), and make it fail as AWS fails
//! ([`Control::inject`]). Clients can't tell it from the real one: it has wire structs of its own, shares nothing with
//! genkan's client, and follows what AWS's answers were seen to look like. It serves this machine only, holds a bounded
//! amount of everything, and stops when it is dropped.
//!
//! ```
//! use std::process::Command;
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use genkan::sandbox::{Fault, Operation, Options, start};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The clock is handed in, so that a test can move it.
//! let mut options = Options::new(Arc::new(jiff::Timestamp::now));
//! options.auto_approve = true;
//! options.poll_interval = Duration::ZERO;
//! let sandbox = start(options).await?;
//!
//! // The next two requests for accounts are refused with 429: does the program try again?
//! let throttled = Fault::TooManyRequests { retry_after: Some(1), named: true };
//! sandbox.control().inject(Operation::ListAccounts, &throttled, 2);
//!
//! // All that an SDK needs; `start_url` goes into the `[sso-session]` of its config file.
//! let mut program = Command::new("my-program");
//! program.envs(sandbox.environment()).env("START_URL", sandbox.start_url());
//! // program.status()?;
//!
//! assert_eq!(sandbox.counts().throttled, 0);
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```

mod access_portal;
mod account_settings;
mod authorize;
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
mod shared;
mod sigv4;
mod state;
mod sts;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use control::Control;
pub use counts::{Counts, Grants};
pub use faults::{Fault, Operation};
pub use options::{Clock, Options, StartError};
pub use organisation::{Account, Organisation, OrganisationError, User};

use crate::domain::env;
use secrets::Secrets;
use shared::{START_URL, Shared};

/// A running sandbox; dropping it stops it.
pub struct Sandbox {
    shared: Arc<Shared>,
    server: JoinHandle<()>,
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
    let shared = Arc::new(Shared::new(options, address, secrets));
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
            (env::AWS_ENDPOINT_URL_SSO, self.url()),
            (env::AWS_ENDPOINT_URL_SSO_OIDC, self.url()),
            (env::AWS_ENDPOINT_URL_STS, self.url()),
            (env::AWS_ENDPOINT_URL_SIGNIN, self.url()),
            (env::AWS_ENDPOINT_URL_UXC, self.url()),
            (env::AWS_REGION, region.clone()),
            (env::AWS_DEFAULT_REGION, region),
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
