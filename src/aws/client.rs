//! The SDK clients of one process, made once and shared.
//!
//! Region, endpoints, FIPS and dual-stack are resolved by aws-config as every SDK does it. The SDK
//! never signs anything here and never retries on its own: each caller knows what a failure means.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::http::Http;
use super::{AwsError, Trust, TrustError};
use crate::domain::{Region, SsoSession};
use crate::platform::clock::Clock;

/// What a person may have set that the SDK does not read by itself.
#[derive(Clone, Debug, Default)]
pub struct AwsOptions {
    /// Whose certificates are trusted.
    pub trust: Trust,
    /// `AWS_ENDPOINT_URL_SIGNIN`: replaces the console's federation endpoint.
    pub sign_in_endpoint: Option<String>,
    /// How long an answer may take, in place of what suits most networks.
    pub patience: Option<Duration>,
}

/// How long each step of a call may take.
const CONNECT: Duration = Duration::from_secs(5);
const READ: Duration = Duration::from_secs(15);
const CALL: Duration = Duration::from_secs(25);

/// The way to AWS.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    pub(super) http: Http,
    pub(super) clock: Clock,
    pub(super) sign_in_endpoint: Option<String>,
    pub(super) patience: Option<Duration>,
}

impl Aws {
    /// Reads the SDK's environment and profile files. Makes no call; every later one corrects `clock`.
    ///
    /// # Errors
    /// Where a file of trusted certificates can't be used.
    pub async fn load(options: AwsOptions, clock: Clock) -> Result<Self, TrustError> {
        let http = Http::new(&options.trust, clock.clone())?;
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.client())
            .no_credentials()
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(options.patience))
            // The region of a call is that of its SSO session; without one here the loader would
            // ask the instance metadata service.
            .region(aws_types::region::Region::from_static("us-east-1"))
            .load()
            .await;
        Ok(Self {
            config,
            http,
            clock,
            sign_in_endpoint: options.sign_in_endpoint,
            patience: options.patience,
        })
    }

    pub(super) fn oidc(&self, session: &SsoSession) -> aws_sdk_ssooidc::Client {
        let config = aws_sdk_ssooidc::config::Builder::from(&self.config)
            .region(region(&session.region))
            .build();
        aws_sdk_ssooidc::Client::from_conf(config)
    }

    pub(super) fn sso(&self, session: &SsoSession) -> aws_sdk_sso::Client {
        let config = aws_sdk_sso::config::Builder::from(&self.config)
            .region(region(&session.region))
            .build();
        aws_sdk_sso::Client::from_conf(config)
    }
}

/// Limits for connecting, for the first byte and for the whole call.
fn timeouts(patience: Option<Duration>) -> TimeoutConfig {
    let call = patience.map_or(CALL, |p| p + p / 2);
    TimeoutConfig::builder()
        .connect_timeout(patience.map_or(CONNECT, |p| p.min(CONNECT)))
        .read_timeout(patience.unwrap_or(READ))
        .operation_attempt_timeout(call)
        .operation_timeout(call)
        .build()
}

fn region(region: &Region) -> aws_types::region::Region {
    aws_types::region::Region::new(region.to_string())
}

/// Tries a call a few times where its failure may pass by itself. For single calls that a person
/// waits for; bulk listing paces itself.
pub(super) async fn patiently<T, F>(mut call: impl FnMut() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    const WAITS: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1200)];
    let mut waits = WAITS.iter();
    loop {
        match call().await {
            Err(error) if error.is_transient() => match waits.next() {
                Some(wait) => {
                    let asked = match &error {
                        AwsError::Throttled { retry_after } | AwsError::Server { retry_after, .. } => {
                            *retry_after
                        }
                        _ => None,
                    };
                    tokio::time::sleep(asked.unwrap_or(*wait).min(Duration::from_secs(5))).await;
                }
                None => return Err(error),
            },
            done => return done,
        }
    }
}
