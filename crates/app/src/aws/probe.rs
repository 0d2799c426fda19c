//! Whether a service can be reached: a HEAD of its root, which needs no token and does nothing.
//!
//! The SDK resolves the endpoint as for every other call, so that proxies, FIPS, dual-stack and custom
//! endpoints are proved too.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::time::Instant;

use super::{Aws, AwsError, Proxy};
use crate::aws::refusals::classify::{classify_error, classify_untrusted_response};
use crate::aws::refusals::origin::{AnswerOrigin, NotFromAws, host_of};
use crate::aws::wire::hosts::portal_host;
use crate::domain::SsoSession;

/// How long an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A service of Identity Center.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Oidc,
    AccessPortal,
}

/// How one service answered.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Which service of which Region.
    pub name: String,
    /// Host and port, where that could be resolved.
    pub host: Option<String>,
    /// How long any answer took.
    pub outcome: Result<Duration, AwsError>,
}

impl Aws {
    /// Knocks at a service of a session. Whatever it answers, it was reached.
    pub async fn probe(&self, session: &SsoSession, service: Service) -> Probe {
        let seen = Arc::new(Mutex::new(None));
        let note = Arc::clone(&seen);
        let knock = move |request: &mut HttpRequest| {
            let end = request.uri().find("://").map_or(0, |at| at + 3);
            let (scheme, rest) = request.uri().split_at(end);
            let host = rest.split('/').next().unwrap_or_default().to_owned();
            let root = format!("{scheme}{host}/");
            if let Ok(mut note) = note.lock() {
                *note = Some(root.clone());
            }
            let _ = request.set_method("HEAD");
            let _ = request.set_uri(root);
            for name in ["x-amz-sso_bearer_token", "content-length", "content-type"] {
                request.headers_mut().remove(name);
            }
            *request.body_mut() = aws_smithy_types::body::SdkBody::empty();
        };
        let name = match service {
            Service::Oidc => format!("Identity Center in {}", session.region),
            Service::AccessPortal => portal_host(session),
        };
        let root = || seen.lock().ok().and_then(|seen| seen.clone());
        let proxy = || self.http.proxy(&root()?);
        let begun = Instant::now();
        let call = async {
            match service {
                Service::Oidc => {
                    let call = self
                        .oidc(session)
                        .register_client()
                        .client_name("-")
                        .client_type("public");
                    classify_probe(call.customize().mutate_request(knock).send().await, &name, proxy)
                }
                Service::AccessPortal => {
                    let call = self.sso(session).list_accounts().access_token("-");
                    classify_probe(call.customize().mutate_request(knock).send().await, &name, proxy)
                }
            }
        };
        let outcome = match tokio::time::timeout(TIMEOUT, call).await {
            Ok(outcome) => outcome.map(|()| begun.elapsed()),
            Err(_) => Err(AwsError::Timeout {
                host: name.clone(),
                proxy: proxy(),
            }),
        };
        Probe {
            host: root().map(|root| host_of(&root)),
            name,
            outcome,
        }
    }
}

/// An answer of the service, even a refusal, is what was hoped for; one of a proxy in between is not. What
/// answers HEAD with a page, a redirect or a failure and without AWS's marks is in between.
fn classify_probe<T, E>(
    result: Result<T, SdkError<E, HttpResponse>>,
    host: &str,
    proxy: impl FnOnce() -> Option<Proxy>,
) -> Result<(), AwsError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let Err(error) = result else { return Ok(()) };
    let Some(raw) = error.raw_response() else {
        return Err(classify_error(&error, host));
    };
    let is_page = raw
        .headers()
        .get("content-type")
        .is_some_and(|kind| kind.contains("html"));
    let is_fine = matches!(raw.status().as_u16(), 200..=299 | 400..=406 | 408..=499);
    match AnswerOrigin::of_headers(raw.headers()) {
        AnswerOrigin::Unmarked if is_page || !is_fine => {
            Err(classify_untrusted_response(NotFromAws::new(host, raw), proxy()))
        }
        _ if is_fine => Ok(()),
        _ => Err(classify_error(&error, host)),
    }
}
