//! One request and its answer over the network, as the SDKs ask for it: connections are kept and used again, and each
//! step has its limit.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use hyper::header::PROXY_AUTHORIZATION;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connect::{Connector, Trust, Unconnected};
use crate::aws::refusals::unanswered::find;
use crate::platform::proxy::Proxies;

/// How long the steps of a request may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::aws) struct Limits {
    connect: Option<Duration>,
    /// From the request to the head of its answer.
    answer: Option<Duration>,
}

impl Limits {
    pub(in crate::aws) fn of(settings: &HttpConnectorSettings) -> Self {
        Self {
            connect: settings.connect_timeout(),
            answer: settings.read_timeout(),
        }
    }
}

/// Nothing came within the limit.
#[derive(Debug, thiserror::Error)]
#[error("timed out")]
struct NoAnswer;

/// Sends requests, with limits of its own and the connections that are open.
#[derive(Clone)]
pub(in crate::aws) struct Exchange {
    client: Client<Connector, SdkBody>,
    proxies: Arc<Proxies>,
    limits: Limits,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Exchange {
    pub(in crate::aws) fn new(trust: Trust, proxies: Arc<Proxies>, limits: Limits) -> Self {
        let connector = Connector::new(trust, Arc::clone(&proxies), limits.connect);
        Self {
            client: Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .build(connector),
            proxies,
            limits,
        }
    }

    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let user = |error: aws_smithy_runtime_api::http::HttpError| ConnectorError::user(error.into());
        let mut request = request.try_into_http1x().map_err(user)?;
        // A request that goes through a tunnel has shown it already.
        if request.uri().scheme_str() == Some("http")
            && let Some(value) = self
                .proxies
                .of(request.uri())
                .and_then(|proxy| proxy.authorization())
        {
            request.headers_mut().insert(PROXY_AUTHORIZATION, value.clone());
        }
        let answer = self.client.request(request);
        let answer = match self.limits.answer {
            None => answer.await,
            Some(limit) => tokio::time::timeout(limit, answer)
                .await
                .map_err(|_| ConnectorError::timeout(NoAnswer.into()))?,
        };
        let answer = answer.map_err(sorted)?.map(SdkBody::from_body_1_x);
        HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

/// What the SDK's callers tell apart: too late, a request that can't be sent, and all else.
fn sorted(error: hyper_util::client::legacy::Error) -> ConnectorError {
    let is_late = matches!(find::<Unconnected>(&error), Some(Unconnected::Late))
        || find::<hyper::Error>(&error).is_some_and(hyper::Error::is_timeout);
    if is_late {
        ConnectorError::timeout(error.into())
    } else if find::<hyper::Error>(&error).is_some_and(hyper::Error::is_user) {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}

impl HttpConnector for Exchange {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().send(request))
    }
}

/// The exchanges of a process, one for each set of limits.
pub(in crate::aws) struct Exchanges {
    make: Box<dyn Fn(Limits) -> Exchange + Send + Sync>,
    made: Mutex<Vec<(Limits, SharedHttpConnector)>>,
}

impl Exchanges {
    pub(in crate::aws) fn new(make: impl Fn(Limits) -> Exchange + Send + Sync + 'static) -> Self {
        Self {
            make: Box::new(make),
            made: Mutex::default(),
        }
    }
}

impl fmt::Debug for Exchanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchanges").finish_non_exhaustive()
    }
}

impl HttpClient for Exchanges {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let limits = Limits::of(settings);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = made.iter().find(|(known, _)| *known == limits) {
            return known.clone();
        }
        let connector = SharedHttpConnector::new((self.make)(limits));
        made.push((limits, connector.clone()));
        connector
    }
}
