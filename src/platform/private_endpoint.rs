//! An address on 127.0.0.1 that answers the children of this process and no one else.
//!
//! Bound before its address exists; one path, GET only, a token that can't be guessed compared in
//! constant time, Host header checked against DNS rebinding. Knows nothing of what it hands out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use subtle::ConstantTimeEq as _;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use zeroize::Zeroizing;

use super::loopback::{self, Limits};

/// Connections at once; one more waits for a place.
const MOST_CONNECTIONS: usize = 64;
/// A client is on this machine, so it says at once what it wants. A whole exchange may take longer than any answer
/// does.
const LIMITS: Limits = Limits {
    header: Duration::from_secs(1),
    exchange: Duration::from_secs(40),
};

const PATH: &str = "/credentials";

/// What is sent back.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// JSON.
    pub body: String,
}

impl std::fmt::Debug for Answer {
    /// The body may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// A bound endpoint that doesn't answer yet.
pub struct PrivateEndpoint {
    listener: TcpListener,
    host: String,
    token: Zeroizing<String>,
}

impl std::fmt::Debug for PrivateEndpoint {
    /// The token opens the endpoint.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrivateEndpoint")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

impl PrivateEndpoint {
    /// Binds a loopback port and makes up a token.
    ///
    /// # Errors
    /// Where no port can be bound, or the operating system has no randomness to give.
    pub async fn bind() -> io::Result<Self> {
        let (listener, host) = loopback::bind(0).await?;
        Ok(Self {
            listener,
            host,
            token: super::random::token()?.into(),
        })
    }

    /// Where it answers.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://{}{PATH}", self.host)
    }

    /// What a client must show in its Authorization header, word for word.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Answers until it is dropped.
    pub async fn serve<F, A>(self, answer: F)
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send,
    {
        let site = Arc::new(Site {
            host: self.host,
            token: self.token,
            answer,
        });
        let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            while connections.try_join_next().is_some() {}
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
                return;
            };
            let stream = loopback::accept(&self.listener).await;
            let site = Arc::clone(&site);
            connections.spawn(async move {
                let answer = |request: Request<Incoming>| {
                    let site = Arc::clone(&site);
                    async move { site.respond(&request).await }
                };
                loopback::exchange(stream, LIMITS, answer).await;
                drop(permit);
            });
        }
    }
}

struct Site<F> {
    host: String,
    token: Zeroizing<String>,
    answer: F,
}

impl<F, A> Site<F>
where
    F: Fn() -> A,
    A: Future<Output = Answer>,
{
    async fn respond(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let answer = match self.refusal(request) {
            Some(refusal) => refusal,
            None => (self.answer)().await,
        };
        let mut response = Response::new(Full::new(Bytes::from(answer.body)));
        *response.status_mut() =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// Why a request gets nothing, if it is so. Who can't show the token learns no more than that.
    fn refusal(&self, request: &Request<Incoming>) -> Option<Answer> {
        let header = |name| request.headers().get(name).map(HeaderValue::as_bytes);
        let shown = header(header::AUTHORIZATION).unwrap_or_default();
        let (status, code) = if !loopback::is_for(request, &self.host) {
            (421, "WrongHost")
        } else if !bool::from(shown.ct_eq(self.token.as_bytes())) {
            (401, "WrongToken")
        } else if request.uri().path() != PATH {
            (404, "NotFound")
        } else if request.method() != Method::GET {
            (405, "GetOnly")
        } else {
            return None;
        };
        let body = format!("{{\"Code\":\"{code}\",\"Message\":\"this endpoint is private to one shell\"}}");
        Some(Answer { status, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    async fn ask(address: &str, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.write_all(request.as_bytes()).await.expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("reads");
        answer
    }

    async fn serving() -> (String, String) {
        let endpoint = PrivateEndpoint::bind().await.expect("binds");
        assert!(endpoint.address().starts_with("http://127.0.0.1:"));
        assert!(!format!("{endpoint:?}").contains(endpoint.token()));
        let (host, token) = (endpoint.host.clone(), endpoint.token().to_owned());
        tokio::spawn(endpoint.serve(|| async {
            Answer {
                status: 200,
                body: "{\"canary\":1}".to_owned(),
            }
        }));
        (host, token)
    }

    #[tokio::test]
    async fn only_who_shows_the_token_is_answered() {
        let (host, token) = serving().await;
        let request = |method: &str, path: &str, host: &str, authorization: &str| {
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{authorization}\r\n")
        };
        let right = format!("Authorization: {token}\r\n");
        let answer = ask(&host, &request("GET", PATH, &host, &right)).await;
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.contains("canary"),
            "{answer}"
        );
        assert!(answer.contains("cache-control: no-store"));
        for (method, path, named, authorization, status) in [
            ("GET", PATH, host.as_str(), "", "401"),
            ("GET", PATH, &host, "Authorization: \r\n", "401"),
            ("GET", PATH, &host, "Authorization: 0\r\n", "401"),
            ("GET", PATH, &host, &right.to_uppercase(), "401"),
            (
                "GET",
                PATH,
                &host,
                &format!("Authorization: Bearer {token}\r\n"),
                "401",
            ),
            ("GET", PATH, "localhost", &right, "421"),
            ("GET", PATH, "evil.example", &right, "421"),
            ("GET", "/", &host, &right, "404"),
            ("POST", PATH, &host, &right, "405"),
        ] {
            let answer = ask(&host, &request(method, path, named, authorization)).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{status}: {answer}"
            );
            assert!(!answer.contains("canary"), "{answer}");
        }
    }

    /// Clients that connect and say nothing keep no one out for longer than a moment.
    #[tokio::test]
    async fn silent_clients_are_let_go() {
        let (host, token) = serving().await;
        let mut silent = Vec::new();
        for _ in 0..2 * MOST_CONNECTIONS {
            silent.push(TcpStream::connect(&host).await.expect("connects"));
        }
        let request = format!("GET {PATH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n");
        let answer = tokio::time::timeout(Duration::from_secs(20), ask(&host, &request)).await;
        assert!(answer.expect("an answer").contains("canary"));
        drop(silent);
    }
}
