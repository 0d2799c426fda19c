//! Sorts the SDKs' errors into [`AwsError`]s.
//!
//! The code comes from header `x-amzn-ErrorType` or the body's `__type`; Identity Center's OIDC
//! side has its text in `error_description`, the portal side in `message`.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::origin::NotFromAws;
use super::reason::find_reason;
use super::unanswered::{Unanswered, classify_unanswered, find_cause, is_at_the_proxy, is_unconnected};
use crate::aws::error::{AwsError, proxy_variable};
use crate::aws::wire::retry_after::retry_after;
use crate::aws::wire::way::{Failed, Proxy};
use crate::domain::text::CleanText;

/// Sorts the SDK's error of any operation. `host` is whom we called, for the sentence.
pub(in crate::aws) fn classify_error<E>(error: &SdkError<E, HttpResponse>, host: &str) -> AwsError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let host = host.to_owned();
    match error {
        SdkError::ConstructionFailure(_) => AwsError::Configuration(find_reason(error)),
        SdkError::TimeoutError(_) => AwsError::Timeout { host, proxy: None },
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(error) => classify_connection_error(error, host),
            None => AwsError::Unreachable {
                host,
                reason: find_reason(error),
                check: None,
            },
        },
        SdkError::ServiceError(service) => classify_response(
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
                    reason: find_reason(error),
                }
            } else {
                classify_response(None, None, response.raw(), host, error)
            }
        }
        _ => AwsError::Unreadable {
            host,
            reason: find_reason(error),
        },
    }
}

fn classify_response(
    code: Option<&str>,
    message: Option<&str>,
    raw: &HttpResponse,
    host: String,
    error: &(dyn std::error::Error + 'static),
) -> AwsError {
    let status = raw.status().as_u16();
    let (body_code, words) = code_and_message(raw);
    let words = message
        .map(CleanText::new)
        .or(words)
        .unwrap_or_else(|| format!("HTTP {status}").into());
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
        "InvalidScopeException" | "invalid_scope" => AwsError::InvalidScope(words),
        // STS and IAM throttle with status 400.
        "TooManyRequestsException" | "ThrottlingException" | "Throttling" | "RequestLimitExceeded" => {
            AwsError::Throttled { host, retry_after }
        }
        _ => match status {
            200 => AwsError::Unreadable {
                host,
                reason: find_reason(error),
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
                reason: format!("unexpected redirect (HTTP {status})").into(),
            },
            _ => AwsError::InvalidRequest(words),
        },
    }
}

/// Reads code and message of a JSON error body.
fn code_and_message(raw: &HttpResponse) -> (Option<String>, Option<CleanText>) {
    let json: Option<serde_json::Value> = raw
        .body()
        .bytes()
        .filter(|b| b.len() < 64 * 1024)
        .and_then(|b| serde_json::from_slice(b).ok());
    let text = |key: &str| json.as_ref()?.get(key)?.as_str();
    // A code is only compared, never shown.
    let code = text("error").or_else(|| text("__type")?.rsplit(['#', '.']).next());
    let words = text("error_description")
        .or_else(|| text("message"))
        .or_else(|| text("Message"));
    (code.map(str::to_owned), words.map(CleanText::new))
}

/// Sorts the error of a connection that brought no response of AWS.
pub(in crate::aws) fn classify_connection_error(error: &ConnectorError, host: String) -> AwsError {
    let failed = find_cause::<Failed>(error);
    let proxy = failed.and_then(|failed| failed.proxy.clone());
    let of_proxy = proxy.as_ref().filter(|_| is_at_the_proxy(error));
    match classify_unanswered(error) {
        Unanswered::Timeout if of_proxy.is_some() => name_unreachable(failed, host, "timed out".into()),
        Unanswered::Timeout => AwsError::Timeout { host, proxy },
        Unanswered::Distrusted(why) => AwsError::Untrusted {
            host: of_proxy.map_or(host, Proxy::to_string),
            why,
            proxy,
        },
        Unanswered::ProxyAuthentication => AwsError::ProxyAuthentication {
            host,
            variable: proxy_variable(proxy.as_ref()),
        },
        Unanswered::ProxyRefused(status) => AwsError::ProxyRefused {
            asked: failed.map_or_else(|| host.clone(), |failed| failed.asked.clone()),
            host,
            status,
            proxy,
        },
        Unanswered::NotFromAws(answer) => classify_untrusted_response(answer, proxy),
        Unanswered::Configuration(reason) => AwsError::Configuration(reason),
        Unanswered::Unreachable(reason) => name_unreachable(failed, host, reason),
    }
}

/// Names what could not be reached: with a proxy, every connection is one to the proxy.
fn name_unreachable(failed: Option<&Failed>, host: String, reason: CleanText) -> AwsError {
    let (host, check) = match failed {
        Some(Failed {
            proxy: Some(proxy),
            source,
            ..
        }) => {
            let host = if is_at_the_proxy(source) {
                proxy.to_string()
            } else {
                format!("{host} through {proxy}")
            };
            let check = format!(
                "check the network, VPN and {}, which names this proxy",
                proxy.variable
            );
            (host, Some(check))
        }
        Some(Failed {
            endpoint: Some((address, set_by)),
            source,
            ..
        }) if is_unconnected(source) => {
            let check = format!("check the network, VPN and the endpoint set by {set_by}");
            (format!("{host} at {address} ({set_by})"), Some(check))
        }
        _ => (host, None),
    };
    AwsError::Unreachable { host, reason, check }
}

/// Sorts a response that is not from AWS.
pub(in crate::aws) fn classify_untrusted_response(answer: NotFromAws, proxy: Option<Proxy>) -> AwsError {
    match answer.status {
        407 => AwsError::ProxyAuthentication {
            host: answer.host,
            variable: proxy_variable(proxy.as_ref()),
        },
        status => AwsError::NotFromAws {
            host: answer.host,
            status,
            sender: answer.sender,
            proxy,
        },
    }
}
