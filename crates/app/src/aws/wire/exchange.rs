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

use super::connect::{Connector, LastWrite, Trust, Unconnected};
use super::sent::send_and_tell;
use crate::aws::refusals::unanswered::find_cause;
use crate::platform::proxy::Proxies;
use crate::platform::rest::Rest;

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
    last_write: LastWrite,
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
            last_write: connector.last_write(),
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
        let request = std::pin::pin!(self.client.request(request));
        let answer = send_and_tell(request, &self.last_write);
        let answer = match self.limits.answer {
            None => answer.await,
            Some(limit) => tokio::time::timeout(limit, answer)
                .await
                .map_err(|_| ConnectorError::timeout(NoAnswer.into()))?,
        };
        let answer = answer.map_err(to_connector_error)?.map(SdkBody::from_body_1_x);
        HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

/// What the SDK's callers tell apart: too late, a request that can't be sent, and all else.
fn to_connector_error(error: hyper_util::client::legacy::Error) -> ConnectorError {
    let is_late = matches!(find_cause::<Unconnected>(&error), Some(Unconnected::Late))
        || find_cause::<hyper::Error>(&error).is_some_and(hyper::Error::is_timeout);
    if is_late {
        ConnectorError::timeout(error.into())
    } else if find_cause::<hyper::Error>(&error).is_some_and(hyper::Error::is_user) {
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

/// The exchanges of a process, one for each set of limits. While the process rests each request has one of its own, which
/// ends with it, and so does its connection.
pub(in crate::aws) struct Exchanges {
    make: Box<dyn Fn(Limits) -> Exchange + Send + Sync>,
    kept: Arc<Kept>,
    rest: Rest,
}

type Kept = Mutex<Vec<(Limits, SharedHttpConnector)>>;

impl Exchanges {
    pub(in crate::aws) fn new(rest: Rest, make: impl Fn(Limits) -> Exchange + Send + Sync + 'static) -> Self {
        let kept: Arc<Kept> = Arc::default();
        let of_before = Arc::downgrade(&kept);
        rest.when_it_begins(move || {
            if let Some(kept) = of_before.upgrade() {
                kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
            }
        });
        Self {
            make: Box::new(make),
            kept,
            rest,
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
        if self.rest.is_on() {
            return SharedHttpConnector::new((self.make)(limits));
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = kept.iter().find(|(known, _)| *known == limits) {
            return known.clone();
        }
        let connector = SharedHttpConnector::new((self.make)(limits));
        kept.push((limits, connector.clone()));
        connector
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::aws::wire::sent::{WhenSent, tell_when_sent};

    async fn read_request(stream: &mut TcpStream) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut head).await.expect("reads"), 0);
        }
    }

    /// Accepts a connection, and answers the first request of it.
    async fn answer_one(listener: &TcpListener) -> TcpStream {
        let (mut stream, _) = listener.accept().await.expect("a client");
        read_request(&mut stream).await;
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.expect("writes");
        stream
    }

    /// What a request was told of.
    #[derive(Default)]
    struct Told(Mutex<Vec<tokio::time::Instant>>);

    impl WhenSent for Told {
        fn note_sent(&self, at: tokio::time::Instant) {
            self.0.lock().expect("no panic").push(at);
        }
    }

    #[tokio::test]
    async fn it_is_told_when_a_request_was_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let exchange = Exchange::new(Trust::new(None), Arc::default(), Limits::default());
        let told = Arc::new(Told::default());
        let ask = || exchange.call(HttpRequest::get(&url).expect("a request"));
        let (answer, mut stream) = tokio::join!(ask(), answer_one(&listener));
        drop(answer.expect("an answer"));
        let begun = tokio::time::Instant::now();
        let mut call = pin!(tell_when_sent(
            Some(Arc::clone(&told) as Arc<dyn WhenSent>),
            ask()
        ));
        let read = async {
            read_request(&mut stream).await;
            tokio::time::Instant::now()
        };
        let arrived = tokio::select! {
            _ = &mut call => panic!("no answer comes"),
            arrived = read => arrived,
        };
        tokio::select! {
            _ = &mut call => panic!("no answer comes"),
            () = tokio::time::sleep(Duration::from_millis(5)) => {}
        }
        let told = told.0.lock().expect("no panic").clone();
        assert!(
            matches!(told.as_slice(), [at] if (begun..=arrived).contains(at)),
            "{told:?}"
        );
    }

    /// Whether the client closes a connection before it sends anything more.
    async fn is_closed(stream: &mut TcpStream) -> bool {
        let read = tokio::time::timeout(Duration::from_mins(1), stream.read_u8());
        read.await.expect("something happens").is_err()
    }

    #[tokio::test]
    async fn connections_are_kept_for_the_next_request_until_the_process_rests() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let rest = Rest::default();
        let exchanges = Exchanges::new(rest.clone(), |limits| {
            Exchange::new(Trust::new(None), Arc::default(), limits)
        });
        let components = RuntimeComponentsBuilder::for_tests().build().expect("components");
        let settings = HttpConnectorSettings::default();
        let ask = || {
            let connector = exchanges.http_connector(&settings, &components);
            connector.call(HttpRequest::get(&url).expect("a request"))
        };
        let (answer, mut kept) = tokio::join!(ask(), answer_one(&listener));
        drop(answer.expect("an answer"));
        tokio::select! {
            // No answer comes.
            _ = ask() => {}
            closed = is_closed(&mut kept) => assert!(!closed, "the next request comes over it"),
        }
        let (answer, mut kept) = tokio::join!(ask(), answer_one(&listener));
        drop(answer.expect("an answer"));
        let resting = rest.begin();
        assert!(is_closed(&mut kept).await, "when rest begins");
        let (answer, mut own) = tokio::join!(ask(), answer_one(&listener));
        drop(answer.expect("an answer"));
        assert!(is_closed(&mut own).await, "after its answer");
        drop(resting);
    }
}
