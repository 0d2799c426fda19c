//! An embedded AWS for tests and demos: IAM Identity Center (`sso-oidc` and the access portal), STS with roles that can
//! be assumed, access keys of IAM users, console federation and the colours of accounts on a loopback address.
#![doc = include_str!("../README.md")]
//! Clients can't tell it from the real one: it has wire structs of its own, shares nothing with genkan's client, and
//! follows what AWS's answers were seen to look like.
//!
//! Roles and IAM users are a part of the [`Organisation`]. [`Sandbox::iam_access_keys`] gives the users' keys, made from
//! [`Options::secrets_seed`] where there is one, and [`Control::mfa_code`] the codes of their devices. Sessions of STS
//! last as long as they were asked for, or as short as [`Options::sts_session_lifetime`] says, so that a test sees them
//! end. What a role or a user may do is not checked: policies are no part of this.

mod account_settings;
mod controls;
mod counts;
mod federation;
mod iam;
mod identity_center;
mod organisation;
mod principal;
mod serving;
mod shared;
mod signing;
mod state;
mod sts;
mod users;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use controls::control::Control;
pub use controls::faults::{Fault, Operation};
pub use controls::options::{Clock, Options, StartError};
pub use controls::rate::{Limiter, RateKind, RateLimit};
pub use counts::{Counts, Grants};
pub use organisation::{Account, IamUser, Organisation, OrganisationError, Role, Trust, User};

use genkan_domain::values::env;
use shared::{START_URL, Shared};
use signing::secrets::{Secrets, encode_base32};

/// A long-term access key of an IAM user, and the user's MFA device.
#[derive(Clone)]
pub struct IamAccessKey {
    /// The user's account.
    pub account_id: String,
    /// The user's name.
    pub user_name: String,
    /// The user's ARN.
    pub user_arn: String,
    /// The key's ID, `AKIA…`.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
    /// The serial number of the user's virtual MFA device, if there is one.
    pub mfa_serial: Option<String>,
    /// That device's seed in base32, as an authenticator app takes it.
    pub mfa_secret: Option<String>,
}

/// A running sandbox; dropping it stops it.
pub struct Sandbox {
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

/// Starts a sandbox on the current runtime.
///
/// # Errors
/// When an option can't be honoured or the address can't be listened on.
pub async fn start_sandbox(options: Options) -> Result<Sandbox, StartError> {
    options.check()?;
    let secrets = Secrets::new(options.secrets_seed, &options.secrets_mark)?;
    let bind = |source| StartError::Bind {
        address: options.listen,
        source,
    };
    let listener = TcpListener::bind(options.listen).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    let shared = Arc::new(Shared::new(options, address, secrets));
    let server = tokio::spawn(serving::server::serve_connections(listener, Arc::clone(&shared)));
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

    /// The first part of every ARN that it gives.
    #[must_use]
    pub fn partition(&self) -> String {
        self.shared.partition()
    }

    /// The environment that points any AWS SDK here.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let region = self.shared.options.region.clone();
        vec![
            (env::AWS_ENDPOINT_URL_SSO, self.url()),
            (env::AWS_ENDPOINT_URL_SSO_OIDC, self.url()),
            (env::AWS_ENDPOINT_URL_STS, self.url()),
            (env::AWS_ENDPOINT_URL_IAM, self.url()),
            (env::AWS_ENDPOINT_URL_SIGNIN, self.url()),
            (env::AWS_ENDPOINT_URL_UXC, self.url()),
            (env::AWS_REGION, region.clone()),
            (env::AWS_DEFAULT_REGION, region),
        ]
    }

    /// The access keys that IAM users have now, as an administrator would hand them out: one entry for each key.
    #[must_use]
    pub fn iam_access_keys(&self) -> Vec<IamAccessKey> {
        let partition = self.shared.partition();
        let state = self.shared.state();
        let users = state.users.iter();
        users
            .flat_map(|user| {
                let arn = user.principal().arn(&partition);
                user.keys.iter().map(move |key| IamAccessKey {
                    account_id: user.account_id.clone(),
                    user_name: user.name.clone(),
                    user_arn: arn.clone(),
                    access_key_id: key.id.clone(),
                    secret_access_key: key.secret.clone(),
                    mfa_serial: user.device.as_ref().map(|device| device.serial.clone()),
                    mfa_secret: user
                        .device
                        .as_ref()
                        .map(|device| encode_base32(device.totp.seed())),
                })
            })
            .collect()
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
