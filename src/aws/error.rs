//! Every failure of a call, in our words.
//!
//! The code comes from header `x-amzn-ErrorType` or the body's `__type`; Identity Center's OIDC
//! side keeps its words in `error_description`, the portal side in `message`.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::domain::text::clean;
use crate::platform::clock;

/// Why a call to AWS failed. `Display` is one sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// CreateToken: nobody has approved yet.
    #[error("nobody has approved the sign-in yet")]
    AuthorizationPending,
    /// CreateToken: polled faster than allowed.
    #[error("Identity Center asks to poll more slowly")]
    SlowDown,
    /// CreateToken: the device code is over.
    #[error("the sign-in code has expired")]
    ExpiredToken,
    /// CreateToken: the person pressed Deny.
    #[error("the sign-in was denied in the browser")]
    AccessDenied,
    /// CreateToken: the refresh token or code is not (any longer) good.
    #[error("Identity Center refused the grant: {0}")]
    InvalidGrant(String),
    /// The client registration is unknown or over.
    #[error("Identity Center doesn't know this client registration: {0}")]
    InvalidClient(String),
    /// 401: the access token is not (any longer) good, whatever its expiry says.
    #[error("Identity Center doesn't accept the access token")]
    Unauthorized,
    /// 403: no such assignment, or one that has just been removed.
    #[error("no access: {0}")]
    Forbidden(String),
    #[error("not found: {0}")]
    NotFound(String),
    /// 429.
    #[error("too many requests to {host}")]
    Throttled {
        host: String,
        retry_after: Option<Duration>,
    },
    /// Another 4xx.
    #[error("Identity Center refused the request: {0}")]
    InvalidRequest(String),
    /// 5xx.
    #[error("{host} failed with status {status}")]
    Server {
        host: String,
        status: u16,
        retry_after: Option<Duration>,
    },
    #[error("no answer in time from {host}")]
    Timeout { host: String },
    #[error("could not reach {host}: {reason}")]
    Unreachable { host: String, reason: String },
    /// TLS: nobody whom we trust vouches for whoever answered.
    #[error("{host} can't be trusted: {reason}")]
    Untrusted { host: String, reason: String },
    /// Truncated, oversized or malformed.
    #[error("the answer of {host} can't be understood: {reason}")]
    Unreadable { host: String, reason: String },
    /// Pages that lead back to each other, or to more than there can be.
    #[error("the listing of {host} has no end")]
    Endless { host: String },
    /// The SDK's own search for credentials ended without any.
    #[error("the SDK finds no credentials here: {0}")]
    NoCredentials(String),
    /// Endpoint or client configuration that can't work.
    #[error("the AWS configuration doesn't allow this call: {0}")]
    Configuration(String),
}

impl AwsError {
    /// Whether the same call may succeed later without anybody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Throttled { .. }
                | Self::Server { .. }
                | Self::Timeout { .. }
                | Self::Unreachable { .. }
                | Self::Unreadable { .. }
                | Self::SlowDown
        )
    }

    /// How long the service asks to wait, where it does.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. } | Self::Server { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        if let Some(rest) = self.retry_after() {
            let rest = rest.as_secs();
            return vec![format!(
                "it asks to wait {rest} s; other tools share the limit of 20 requests a second"
            )];
        }
        let hint = match self {
            Self::Unauthorized | Self::InvalidGrant(_) => "run `genkan login` to sign in again",
            Self::InvalidClient(_) => "run `genkan login` again, which registers anew",
            Self::Forbidden(_) => {
                "the permission set may have been removed or is still being provisioned; refresh the list with \
                 `genkan list --refresh`"
            }
            Self::Throttled { .. } => "wait a minute; other tools share the limit of 20 requests a second",
            Self::Server { .. } => "try again in a minute; https://health.aws.amazon.com tells of outages",
            Self::Timeout { .. } | Self::Unreachable { .. } => {
                "check the network, VPN and HTTPS_PROXY, and that the SSO region is right"
            }
            Self::Untrusted { .. } => {
                "where a company's proxy opens TLS, set AWS_CA_BUNDLE to a PEM file with its certificate; \
                 else check the clock and that the system's certificates are installed"
            }
            Self::Unreadable { .. } | Self::Endless { .. } => {
                "a proxy or captive portal may answer in its place; check HTTPS_PROXY and the SSO region"
            }
            Self::InvalidRequest(_) => "check the start URL and the SSO region of this SSO session",
            Self::NoCredentials(_) => {
                "`genkan whoami` says where they should come from; `genkan shell` steps into a target"
            }
            Self::Configuration(_) => {
                "check AWS_ENDPOINT_URL*, AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT"
            }
            Self::ExpiredToken | Self::AccessDenied => "run `genkan login` for a new code",
            Self::AuthorizationPending | Self::SlowDown | Self::NotFound(_) => return Vec::new(),
        };
        vec![hint.to_owned()]
    }
}

/// Sorts the SDK's error of any operation. `host` is whom we called, for the sentence.
pub(super) fn classify<E>(error: &SdkError<E, HttpResponse>, host: &str) -> AwsError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let host = host.to_owned();
    match error {
        SdkError::ConstructionFailure(_) => AwsError::Configuration(innermost(error)),
        SdkError::TimeoutError(_) => AwsError::Timeout { host },
        SdkError::DispatchFailure(failure) if failure.is_timeout() => AwsError::Timeout { host },
        SdkError::DispatchFailure(failure) if failure.is_user() => AwsError::Configuration(innermost(error)),
        SdkError::DispatchFailure(failure) => {
            let reason = failure
                .as_connector_error()
                .map_or_else(|| innermost(error), |e| innermost(e));
            match failure.as_connector_error() {
                Some(error) if is_untrusted(error) => AwsError::Untrusted { host, reason },
                // The words of the services' endpoint rules; nothing was sent.
                _ if reason.starts_with("Invalid Configuration") => AwsError::Configuration(reason),
                _ => AwsError::Unreachable { host, reason },
            }
        }
        SdkError::ServiceError(service) => from_answer(
            service.err().code(),
            service.err().message(),
            service.raw(),
            host,
            error,
        ),
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            if status == 200 {
                AwsError::Unreadable {
                    host,
                    reason: innermost(error),
                }
            } else {
                from_answer(None, None, response.raw(), host, error)
            }
        }
        _ => AwsError::Unreadable {
            host,
            reason: innermost(error),
        },
    }
}

fn from_answer(
    code: Option<&str>,
    message: Option<&str>,
    raw: &HttpResponse,
    host: String,
    error: &(dyn std::error::Error + 'static),
) -> AwsError {
    let status = raw.status().as_u16();
    let (body_code, words) = body_words(raw);
    let words = message
        .map(clean)
        .or(words)
        .unwrap_or_else(|| format!("status {status}"));
    let retry_after = retry_after(raw);
    // An OIDC error may come without the header: then the body's `error` is the code.
    match code.or(body_code.as_deref()).unwrap_or_default() {
        "AuthorizationPendingException" | "authorization_pending" => AwsError::AuthorizationPending,
        "SlowDownException" | "slow_down" => AwsError::SlowDown,
        "ExpiredTokenException" | "expired_token" => AwsError::ExpiredToken,
        "AccessDeniedException" | "access_denied" => AwsError::AccessDenied,
        "InvalidGrantException" | "invalid_grant" => AwsError::InvalidGrant(words),
        "InvalidClientException"
        | "UnauthorizedClientException"
        | "invalid_client"
        | "unauthorized_client" => AwsError::InvalidClient(words),
        "TooManyRequestsException" | "ThrottlingException" => AwsError::Throttled { host, retry_after },
        _ => match status {
            200 => AwsError::Unreadable {
                host,
                reason: innermost(error),
            },
            401 => AwsError::Unauthorized,
            403 => AwsError::Forbidden(words),
            404 => AwsError::NotFound(words),
            429 => AwsError::Throttled { host, retry_after },
            500.. => AwsError::Server {
                host,
                status,
                retry_after,
            },
            300..=399 => AwsError::Unreadable {
                host,
                reason: format!("it redirects (status {status})"),
            },
            _ => AwsError::InvalidRequest(words),
        },
    }
}

/// Code and words of a JSON error body.
fn body_words(raw: &HttpResponse) -> (Option<String>, Option<String>) {
    let json: Option<serde_json::Value> = raw
        .body()
        .bytes()
        .filter(|b| b.len() < 64 * 1024)
        .and_then(|b| serde_json::from_slice(b).ok());
    let text = |key: &str| json.as_ref()?.get(key)?.as_str().map(clean);
    let code = text("error")
        .or_else(|| text("__type").map(|t| t.rsplit(['#', '.']).next().unwrap_or_default().to_owned()));
    let words = text("error_description")
        .or_else(|| text("message"))
        .or_else(|| text("Message"));
    (code, words)
}

/// The longest rest that is kept, in seconds: a longer one is no answer to a listing.
const LONGEST_REST: u64 = 300;

/// `Retry-After`: seconds, or a date, which counts from the answer's own.
fn retry_after(raw: &HttpResponse) -> Option<Duration> {
    let text = raw.headers().get("retry-after")?.trim();
    let seconds = text.parse().ok().or_else(|| {
        let date = |text| jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp());
        let now = raw.headers().get("date").and_then(date);
        let left = date(text)?.as_second() - now.unwrap_or_else(clock::now).as_second();
        Some(u64::try_from(left).unwrap_or(0))
    })?;
    Some(Duration::from_secs(seconds.min(LONGEST_REST)))
}

/// Whether the other side's certificate is what was refused.
pub(super) fn is_untrusted(error: &(dyn std::error::Error + 'static)) -> bool {
    let refused = |error: &(dyn std::error::Error + 'static)| {
        // An I/O error hides its cause from `source`.
        let inner = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let tls = inner.or_else(|| error.downcast_ref::<rustls::Error>());
        matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
    };
    std::iter::successors(Some(error), |error| error.source()).any(refused)
}

/// The last reason in a chain of errors: the one that names the trouble.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        last = error.to_string();
        next = error.source();
    }
    clean(&last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::body::SdkBody;

    #[test]
    fn a_rest_is_seconds_or_a_date() {
        let rest = |headers: &[(&'static str, &str)]| {
            let mut raw = HttpResponse::new(429.try_into().expect("a status"), SdkBody::empty());
            for (name, value) in headers {
                raw.headers_mut().insert(*name, (*value).to_owned());
            }
            retry_after(&raw).map(|rest| rest.as_secs())
        };
        let date = ("date", "Tue, 24 Nov 2026 11:00:00 GMT");
        assert_eq!(rest(&[("retry-after", " 7 ")]), Some(7));
        assert_eq!(rest(&[("retry-after", "99999999999")]), Some(LONGEST_REST));
        assert_eq!(
            rest(&[date, ("retry-after", "Tue, 24 Nov 2026 11:00:12 GMT")]),
            Some(12)
        );
        assert_eq!(
            rest(&[date, ("retry-after", "Mon, 23 Nov 2026 11:00:00 GMT")]),
            Some(0)
        );
        assert_eq!(
            rest(&[("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT")]),
            Some(0),
            "without a date of its own, ours counts"
        );
        for nonsense in ["soon", "-1", ""] {
            assert_eq!(rest(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
        assert_eq!(rest(&[]), None);
    }
}
