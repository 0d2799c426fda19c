//! A way to AWS that leads nowhere: calls get the answers that were given, in turn. For tests of what is
//! made of answers that no server gives; opens no connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
use super::Ways;
use super::http::answers_of_aws;

/// What a call gets.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub status: u16,
    /// One that can't stand in a header is left out.
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Aws {
    /// The same, but the calls of SDKs are answered with these, all later ones with the last.
    #[doc(hidden)]
    #[must_use]
    pub fn answering(self, replies: Vec<Reply>) -> Self {
        let client = SharedHttpClient::new(Replay {
            replies: replies.into(),
            asked: Arc::default(),
        });
        let clock = self.clock.clone();
        let requests = self.requests.clone();
        self.over(answers_of_aws(client, Ways::default(), clock, requests))
    }
}

#[derive(Clone, Debug)]
struct Replay {
    replies: Arc<[Reply]>,
    asked: Arc<AtomicUsize>,
}

impl HttpClient for Replay {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Replay {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let turn = self.asked.fetch_add(1, Ordering::Relaxed);
        let reply = self.replies.get(turn).or_else(|| self.replies.last());
        HttpConnectorFuture::ready(answer(&reply.cloned().unwrap_or_default()))
    }
}

fn answer(reply: &Reply) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(reply.status).map_err(|e| ConnectorError::user(e.into()))?;
    let body = SdkBody::from(Bytes::copy_from_slice(&reply.body));
    let mut answer = HttpResponse::new(status, body);
    for (name, value) in &reply.headers {
        let _ = answer.headers_mut().try_insert(*name, value.clone());
    }
    Ok(answer)
}
