//! The SDK clients of one process, made once and shared.
//!
//! Region, endpoints, FIPS and dual-stack are given to it: it reads neither the environment nor a file. The SDK
//! never signs anything here and never retries on its own: each caller knows what a failure means.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::calls::CallLog;
use super::{AwsError, Bundle, TrustError, Ways};
use crate::aws::wire::http::Http;
use crate::domain::records::activity::Activity;
use crate::domain::{Region, SsoSession};
use crate::platform::clock::Clock;
use crate::platform::pending::PendingRequests;
use crate::platform::rest::Rest;

/// How AWS is reached.
#[derive(Clone, Debug, Default)]
pub struct AwsOptions {
    /// The certificates that are trusted in place of the system's.
    pub bundle: Option<Bundle>,
    pub endpoints: Endpoints,
    /// Where proxies and endpoints are set, for errors.
    pub ways: Ways,
    /// Whether FIPS endpoints are asked for.
    pub fips: bool,
    /// Whether endpoints with IPv6 are asked for.
    pub dual_stack: bool,
    /// What a company adds to the user agent of its calls.
    pub app_id: Option<String>,
    /// How long an answer may take, in place of what suits most networks.
    pub timeout: Option<Duration>,
    /// Where requests that wait for an answer are listed.
    pub requests: PendingRequests,
    /// Whether connections are kept for the next request.
    pub rest: Rest,
    /// Where requests that have ended are noted.
    pub activity: Activity,
}

/// What replaces the usual endpoints.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    /// Of the access portal.
    pub sso: Option<String>,
    /// Of sign-in.
    pub oidc: Option<String>,
    pub sts: Option<String>,
    pub iam: Option<String>,
    /// Of the console's federation.
    pub sign_in: Option<String>,
    /// Of the console's account settings.
    pub uxc: Option<String>,
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
    pub(super) endpoints: Endpoints,
    pub(super) timeout: Option<Duration>,
    pub(super) requests: PendingRequests,
    pub(super) activity: Activity,
}

impl Aws {
    /// Makes no call; every later one corrects `clock`.
    ///
    /// # Errors
    /// Where a file of trusted certificates can't be used.
    pub fn load(options: AwsOptions, clock: Clock) -> Result<Self, TrustError> {
        let http = Http::new(
            options.bundle.as_ref(),
            options.ways,
            clock.clone(),
            options.requests.clone(),
            options.rest,
        )?;
        let app_name = options
            .app_id
            .and_then(|id| aws_types::app_name::AppName::new(id).ok());
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http.client())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeout_config(options.timeout))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .use_fips(options.fips)
            .use_dual_stack(options.dual_stack);
        config.set_app_name(app_name);
        Ok(Self {
            config: config.build(),
            http,
            clock,
            endpoints: options.endpoints,
            timeout: options.timeout,
            requests: options.requests,
            activity: options.activity,
        })
    }

    /// The same over another HTTP client.
    pub(super) fn over(mut self, client: SharedHttpClient) -> Self {
        self.config = self.config.to_builder().http_client(client).build();
        self
    }

    /// What all clients have in common.
    pub(super) fn sdk_config(&self) -> &SdkConfig {
        &self.config
    }

    /// Whether FIPS endpoints are asked for.
    pub(super) fn is_fips(&self) -> bool {
        self.config.use_fips().unwrap_or_default()
    }

    pub(super) fn oidc(&self, session: &SsoSession) -> aws_sdk_ssooidc::Client {
        let mut config = aws_sdk_ssooidc::config::Builder::from(&self.config)
            .region(sdk_region(&session.region))
            .interceptor(self.calls(session));
        config.set_endpoint_url(self.endpoints.oidc.clone());
        aws_sdk_ssooidc::Client::from_conf(config.build())
    }

    pub(super) fn sso(&self, session: &SsoSession) -> aws_sdk_sso::Client {
        let mut config = aws_sdk_sso::config::Builder::from(&self.config)
            .region(sdk_region(&session.region))
            .interceptor(self.calls(session));
        config.set_endpoint_url(self.endpoints.sso.clone());
        aws_sdk_sso::Client::from_conf(config.build())
    }

    fn calls(&self, session: &SsoSession) -> CallLog {
        CallLog {
            session: session.name.clone(),
            activity: self.activity.clone(),
        }
    }
}

/// Limits for connecting, for the first byte and for the whole call.
pub(super) fn timeout_config(timeout: Option<Duration>) -> TimeoutConfig {
    let call = timeout.map_or(CALL, |p| p + p / 2);
    TimeoutConfig::builder()
        .connect_timeout(timeout.map_or(CONNECT, |p| p.min(CONNECT)))
        .read_timeout(timeout.unwrap_or(READ))
        .operation_attempt_timeout(call)
        .operation_timeout(call)
        .build()
}

fn sdk_region(region: &Region) -> aws_types::region::Region {
    aws_types::region::Region::new(region.to_string())
}

/// The longest rest that a service may ask for while a user waits.
pub(crate) const MAX_INTERACTIVE_RETRY_AFTER: Duration = Duration::from_secs(5);

/// Tries a call a few times where its failure may pass by itself. For single calls that a user
/// waits for; bulk listing paces itself.
pub(super) async fn with_retries<T, F>(
    requests: &PendingRequests,
    call: impl FnMut() -> F,
) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    patiently_while(requests, || true, call).await
}

/// The same as long as the result is `wanted`: asked before each further try.
pub(super) async fn patiently_while<T, F>(
    requests: &PendingRequests,
    wanted: impl Fn() -> bool,
    mut call: impl FnMut() -> F,
) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    const WAITS: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1200)];
    let mut waits = WAITS.iter();
    loop {
        match call().await {
            Err(error) if error.is_transient() => match (waits.next(), error.retry_after()) {
                // A user is told of it rather than kept waiting; asking sooner would not honour it.
                (_, Some(asked)) if asked > MAX_INTERACTIVE_RETRY_AFTER => return Err(error),
                (Some(wait), asked) => {
                    let _pause = requests.begin(format!("waiting to try again: {error}"));
                    tokio::time::sleep(asked.unwrap_or(*wait)).await;
                    if !wanted() {
                        return Err(error);
                    }
                }
                (None, _) => return Err(error),
            },
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::aws::wire::bounded::MOST_BYTES;
    use crate::domain::fixtures;
    use crate::domain::{AccountId, Secret};

    /// What a server that means no good sends after the request, again and again.
    struct Junk {
        head: &'static str,
        body: Vec<u8>,
        times: usize,
        pause: Duration,
    }

    /// Serves junk on loopback; counts the bytes that someone took.
    async fn serve(junk: Junk) -> (String, Arc<AtomicUsize>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = listener.local_addr().expect("an address");
        let taken = Arc::new(AtomicUsize::new(0));
        let (junk, count) = (Arc::new(junk), Arc::clone(&taken));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (junk, count) = (Arc::clone(&junk), Arc::clone(&count));
                tokio::spawn(async move {
                    let mut request = [0; 16 * 1024];
                    let _ = stream.read(&mut request).await;
                    let _ = stream.write_all(junk.head.as_bytes()).await;
                    for _ in 0..junk.times {
                        if stream.write_all(&junk.body).await.is_err() {
                            return;
                        }
                        count.fetch_add(junk.body.len(), Ordering::Relaxed);
                        tokio::time::sleep(junk.pause).await;
                    }
                });
            }
        });
        (format!("http://{address}"), taken)
    }

    /// Longer than a busy machine takes to read more than is allowed.
    const LONG: Duration = Duration::from_mins(1);
    const SHORT: Duration = Duration::from_millis(1500);

    /// Asks once, with this timeout.
    async fn ask(url: &str, timeout: Duration) -> AwsError {
        let mut aws = Aws::load(AwsOptions::default(), Clock::new(|_| {})).expect("loads");
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(timeout)
            .read_timeout(timeout / 2)
            .operation_attempt_timeout(timeout)
            .operation_timeout(timeout)
            .build();
        aws.endpoints.sso = Some(url.to_owned());
        aws.config = aws.config.to_builder().timeout_config(timeouts).build();
        let session = fixtures::session_at("test", "https://org.awsapps.com/start", "eu-west-1");
        let (account, token): (AccountId, _) = ("000000000001".parse().expect("an id"), Secret::new("token"));
        let wait_for_slot = || std::future::ready(None);
        aws.list_permission_sets(&session, &token, &account, wait_for_slot)
            .await
            .expect_err("junk is no answer")
    }

    const ENDLESS: &str =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";

    fn chunk(bytes: &[u8]) -> Vec<u8> {
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        chunk
    }

    #[test]
    fn every_call_has_all_its_limits() {
        for timeout in [None, Some(Duration::from_secs(2)), Some(Duration::from_mins(2))] {
            let limits = timeout_config(timeout);
            let connect = limits.connect_timeout().expect("a limit");
            let read = limits.read_timeout().expect("a limit");
            let whole = limits.operation_timeout().expect("a limit");
            assert!(connect <= read && read < whole && whole <= timeout.unwrap_or(CALL) * 2);
            assert_eq!(limits.operation_attempt_timeout(), Some(whole));
        }
    }

    #[tokio::test]
    async fn an_answer_without_an_end_is_cut_off() {
        let (url, taken) = serve(Junk {
            head: ENDLESS,
            body: chunk(&vec![b' '; 64 * 1024]),
            times: usize::MAX,
            pause: Duration::ZERO,
        })
        .await;
        assert!(matches!(ask(&url, LONG).await, AwsError::Unreadable { .. }));
        let taken = taken.load(Ordering::Relaxed);
        // What is on its way in buffers of the system counts as taken.
        assert!((MOST_BYTES..MOST_BYTES * 8).contains(&taken), "{taken}");
    }

    #[tokio::test]
    async fn an_answer_that_drips_is_not_waited_for() {
        let (url, _) = serve(Junk {
            head: ENDLESS,
            body: chunk(b" "),
            times: usize::MAX,
            pause: Duration::from_millis(50),
        })
        .await;
        let error = ask(&url, SHORT).await;
        assert!(matches!(error, AwsError::Timeout { .. }), "{error}");
    }

    #[tokio::test]
    async fn silence_is_not_waited_for() {
        let (url, _) = serve(Junk {
            head: "",
            body: Vec::new(),
            times: usize::MAX,
            pause: Duration::from_millis(50),
        })
        .await;
        let error = ask(&url, SHORT).await;
        assert!(matches!(error, AwsError::Timeout { .. }), "{error}");
    }

    #[tokio::test]
    async fn headers_without_an_end_are_an_error() {
        let (url, taken) = serve(Junk {
            head: "HTTP/1.1 200 OK\r\n",
            body: format!("x-junk: {}\r\n", "a".repeat(16 * 1024)).into_bytes(),
            times: usize::MAX,
            pause: Duration::ZERO,
        })
        .await;
        let error = ask(&url, LONG).await;
        assert!(error.is_transient(), "{error}");
        let taken = taken.load(Ordering::Relaxed);
        assert!(taken < MOST_BYTES * 8, "{taken}");
    }
}
