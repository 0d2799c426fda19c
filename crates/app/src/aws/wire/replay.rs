//! A way to AWS that opens no connection: calls are answered by a list of replies in turn, or by a function. For tests
//! of replies that no server gives, and of pace on a paused clock.

use std::fmt;
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
use futures_util::future::BoxFuture;

use super::http::answers_of_aws;
use crate::aws::Aws;
use crate::aws::Ways;

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
        let asked = AtomicUsize::new(0);
        self.answering_by(move |_| {
            let turn = asked.fetch_add(1, Ordering::Relaxed);
            let reply = replies.get(turn).or_else(|| replies.last());
            Box::pin(std::future::ready(reply.cloned().unwrap_or_default()))
        })
    }

    /// The same, but the calls of SDKs are answered by a function of their URI.
    #[doc(hidden)]
    #[must_use]
    pub fn answering_by(
        self,
        server: impl Fn(&str) -> BoxFuture<'static, Reply> + Send + Sync + 'static,
    ) -> Self {
        let client = SharedHttpClient::new(Replay(Arc::new(server)));
        let clock = self.clock.clone();
        let requests = self.requests.clone();
        self.over(answers_of_aws(client, Ways::default(), clock, requests))
    }
}

type Server = dyn Fn(&str) -> BoxFuture<'static, Reply> + Send + Sync;

#[derive(Clone)]
struct Replay(Arc<Server>);

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replay")
    }
}

impl HttpClient for Replay {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Replay {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let reply = (self.0)(request.uri());
        HttpConnectorFuture::new(async move { replay_answer(&reply.await) })
    }
}

fn replay_answer(reply: &Reply) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(reply.status).map_err(|e| ConnectorError::user(e.into()))?;
    let body = SdkBody::from(Bytes::copy_from_slice(&reply.body));
    let mut answer = HttpResponse::new(status, body);
    for (name, value) in &reply.headers {
        let _ = answer.headers_mut().try_insert(*name, value.clone());
    }
    Ok(answer)
}
