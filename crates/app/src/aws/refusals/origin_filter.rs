//! Filters the responses of SDK calls by origin: one that isn't AWS's never reaches an operation.
//!
//! The SDKs read a status before anything else and would take a proxy's 401 for a refused token. This
//! client stands between them and the network; an answer without AWS's marks (see [`super::origin`]) becomes
//! a failed connection with a [`NotFromAws`] as its cause, so that no operation can mistake it.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};

use super::origin::{AnswerOrigin, NotFromAws};

/// An error's body is not longer than this; a page of a proxy may be.
const LONGEST_ERROR: usize = 64 * 1024;

/// A client whose answers are AWS's.
#[derive(Debug)]
pub(in crate::aws) struct OriginFilter<T>(pub(in crate::aws) T);

impl HttpClient for OriginFilter<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(OriginFilter(self.0.http_connector(settings, components)))
    }
}

impl HttpConnector for OriginFilter<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sent = SentRequest::of(&request);
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move { sent.check_response(answer.await?).await })
    }
}

/// What an answer is checked against.
struct SentRequest {
    uri: String,
    /// HEAD: an answer has no body whose shape could be checked.
    no_body: bool,
    /// Logout answers with nothing: a page in its place is not AWS's.
    is_logout: bool,
}

impl SentRequest {
    fn of(request: &HttpRequest) -> Self {
        let uri = request.uri().to_owned();
        Self {
            no_body: request.method() == "HEAD",
            is_logout: uri.ends_with("/logout"),
            uri,
        }
    }

    async fn check_response(&self, mut response: HttpResponse) -> Result<HttpResponse, ConnectorError> {
        let status = response.status().as_u16();
        if AnswerOrigin::of_headers(response.headers()) == AnswerOrigin::Aws || self.no_body {
            return Ok(response);
        }
        // A network may remove headers: then the fields of a success, which each operation checks, are its mark.
        let is_page = response
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
        if status == 200 && !is_page && !self.is_logout {
            return Ok(response);
        }
        let refused = NotFromAws::new(&self.uri, &response);
        let body = std::mem::replace(response.body_mut(), SdkBody::taken());
        let body = Limited::new(body, LONGEST_ERROR).collect().await;
        let body: Bytes = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let is_aws = match AnswerOrigin::of(status, response.headers(), &body) {
            AnswerOrigin::Aws => true,
            AnswerOrigin::Unmarked => status == 200 && self.is_logout && body.is_empty(),
        };
        if !is_aws {
            return Err(ConnectorError::other(refused.into(), None));
        }
        *response.body_mut() = SdkBody::from(body);
        Ok(response)
    }
}
