//! Who sent an answer: AWS, or something between it and this machine.
//!
//! A proxy, a firewall or a captive portal answers with any status, `Date` and body. So the origin of an
//! answer is decided first, in this file alone, and its status is read afterwards: what doesn't carry
//! AWS's marks says nothing about tokens, access or time. One of these marks is enough:
//!
//! - the header `x-amzn-requestid`, which AWS's services send with every answer, or `x-amzn-errortype`,
//!   which they send with every error;
//! - an error body in the shape of the two Identity Center services, for networks that remove headers: JSON
//!   whose `__type` names an exception (access portal), or an `error` of the OIDC service's model with the
//!   status that the model gives it, and its `error_description`;
//! - STS's XML error with its request ID.
//!
//! Only the headers vouch for the `Date`: the clock uses [`AnswerOrigin::of_headers`].

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::Headers;
use serde_json::Value;

use crate::domain::text::{CleanText, clean_text};

/// Who sent an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::aws) enum AnswerOrigin {
    /// It carries one of AWS's marks.
    Aws,
    /// It carries none of them.
    Unmarked,
}

/// The headers that AWS's services set, and that nothing else has a reason to set.
const MARKS: [&str; 2] = ["x-amzn-requestid", "x-amzn-errortype"];

/// The errors of the OIDC service's model, with their statuses.
const OIDC_ERRORS: [(&str, u16); 11] = [
    ("access_denied", 400),
    ("authorization_pending", 400),
    ("expired_token", 400),
    ("invalid_client", 401),
    ("invalid_grant", 400),
    ("invalid_request", 400),
    ("invalid_scope", 400),
    ("server_error", 500),
    ("slow_down", 400),
    ("unauthorized_client", 400),
    ("unsupported_grant_type", 400),
];

impl AnswerOrigin {
    /// What the headers alone say.
    pub(in crate::aws) fn of_headers(headers: &Headers) -> Self {
        let marked = |name: &&str| headers.get(name).is_some_and(|value| !value.trim().is_empty());
        Self::aws_if(MARKS.iter().any(marked))
    }

    /// What the headers or, for an error, the body's shape say.
    pub(in crate::aws) fn of(status: u16, headers: &Headers, body: &[u8]) -> Self {
        match Self::of_headers(headers) {
            Self::Aws => Self::Aws,
            Self::Unmarked => Self::aws_if(status >= 400 && is_error_of_a_service(status, body)),
        }
    }

    fn aws_if(marked: bool) -> Self {
        if marked { Self::Aws } else { Self::Unmarked }
    }
}

fn is_error_of_a_service(status: u16, body: &[u8]) -> bool {
    match serde_json::from_slice::<Value>(body) {
        Ok(json) => is_portal_error(&json) || is_oidc_error(status, &json),
        Err(_) => is_sts_error(body),
    }
}

/// `{"__type": "com.amazonaws.switchboard.portal#UnauthorizedException", …}`
fn is_portal_error(json: &Value) -> bool {
    let kind = json.get("__type").and_then(Value::as_str);
    kind.is_some_and(|kind| kind.ends_with("Exception"))
}

/// `{"error": "invalid_grant", "error_description": "…"}`
fn is_oidc_error(status: u16, json: &Value) -> bool {
    let text = |key| json.get(key).and_then(Value::as_str);
    let known = |error: &str| OIDC_ERRORS.contains(&(error, status));
    text("error").is_some_and(known) && text("error_description").is_some()
}

fn is_sts_error(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    ["<ErrorResponse", "<Code>", "<RequestId>"]
        .iter()
        .all(|part| text.contains(part))
}

/// An answer that something between this machine and AWS gave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("something between this machine and {host} answered with HTTP {status}")]
pub(in crate::aws) struct NotFromAws {
    /// Which host was asked.
    pub(in crate::aws) host: String,
    pub(in crate::aws) status: u16,
    /// What the answer calls its sender, in `via` or `server`.
    pub(in crate::aws) sender: Option<CleanText>,
}

impl NotFromAws {
    pub(in crate::aws) fn new(uri: &str, response: &HttpResponse) -> Self {
        let header = |name| response.headers().get(name);
        let sender = header("via").or_else(|| header("server"));
        Self {
            host: host_of(uri),
            status: response.status().as_u16(),
            sender: sender
                .map(|name| name.chars().take(60).collect::<String>())
                .filter(|name| !name.trim().is_empty())
                .map(CleanText::from),
        }
    }
}

/// Host and port of an address.
pub(in crate::aws) fn host_of(uri: &str) -> String {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    clean_text(rest.split(['/', '?', '#']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in pairs {
            headers.insert(*name, *value);
        }
        headers
    }

    #[test]
    fn a_header_of_aws_is_enough_at_any_status() {
        for mark in ["x-amzn-requestid", "X-Amzn-RequestId", "x-amzn-ErrorType"] {
            let marked = headers(&[(mark, "f00")]);
            assert_eq!(AnswerOrigin::of_headers(&marked), AnswerOrigin::Aws, "{mark}");
            for status in [200, 302, 401, 503] {
                assert_eq!(AnswerOrigin::of(status, &marked, b"<html>"), AnswerOrigin::Aws);
            }
        }
        for other in [
            headers(&[]),
            headers(&[("x-amzn-requestid", " ")]),
            headers(&[("x-amzn-trace-id", "Root=1-1-1")]),
            headers(&[("x-request-id", "1"), ("server", "AmazonS3")]),
        ] {
            assert_eq!(
                AnswerOrigin::of_headers(&other),
                AnswerOrigin::Unmarked,
                "{other:?}"
            );
        }
    }

    #[test]
    fn an_error_body_counts_only_in_the_shape_of_the_service() {
        let xml = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
                   <Code>ExpiredToken</Code></Error><RequestId>f00</RequestId></ErrorResponse>";
        for (status, body, aws) in [
            (
                401,
                r#"{"__type":"com.amazonaws.switchboard.portal#UnauthorizedException","message":"x"}"#,
                true,
            ),
            (429, r#"{"__type":"TooManyRequestsException"}"#, true),
            (400, r#"{"error":"invalid_grant","error_description":"x"}"#, true),
            (401, r#"{"error":"invalid_client","error_description":"x"}"#, true),
            (403, xml, true),
            // The same words with a status that the model doesn't give them.
            (
                403,
                r#"{"error":"access_denied","error_description":"blocked by policy"}"#,
                false,
            ),
            (401, r#"{"error":"invalid_grant","error_description":"x"}"#, false),
            (400, r#"{"error":"invalid_grant"}"#, false),
            (400, r#"{"error":"blocked","error_description":"x"}"#, false),
            // Gateways answer like this.
            (401, r#"{"message":"Unauthorized"}"#, false),
            (403, r#"{"message":"Forbidden"}"#, false),
            (401, r#"{"__type":"policy"}"#, false),
            (401, r#"["__type"]"#, false),
            (401, "<html>UnauthorizedException</html>", false),
            (401, "", false),
            (200, r#"{"__type":"X#UnauthorizedException"}"#, false),
        ] {
            let origin = AnswerOrigin::of(status, &headers(&[]), body.as_bytes());
            assert_eq!(origin == AnswerOrigin::Aws, aws, "{status} {body}");
        }
    }
}
