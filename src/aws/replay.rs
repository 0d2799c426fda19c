//! A way to AWS that leads nowhere: every call gets the answer that was given. For tests of what is
//! made of answers that no server gives; opens no connection.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use super::Aws;
use super::bounded::Bounded;

impl Aws {
    /// The same, but every call of an SDK is answered with this.
    #[doc(hidden)]
    #[must_use]
    pub fn answering(self, status: u16, body: &[u8]) -> Self {
        let client = SharedHttpClient::new(Replay {
            status,
            body: Bytes::copy_from_slice(body),
        });
        self.over(SharedHttpClient::new(Bounded(client)))
    }
}

#[derive(Clone, Debug)]
struct Replay {
    status: u16,
    body: Bytes,
}

impl HttpClient for Replay {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Replay {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let answer = StatusCode::try_from(self.status)
            .map(|status| HttpResponse::new(status, SdkBody::from(self.body.clone())))
            .map_err(|e| ConnectorError::user(e.into()));
        HttpConnectorFuture::ready(answer)
    }
}
