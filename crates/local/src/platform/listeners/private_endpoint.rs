//! An address that answers who shows its token, and no one else: usually on 127.0.0.1, for the children of this process.
//!
//! Bound before its address exists; fixed paths, GET only, a token that can't be guessed compared in
//! constant time, Host header checked against DNS rebinding. Knows nothing of what it hands out.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
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

/// How long answers that are on their way are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(1);

/// Names by which containers reach the machine that they run on (Docker, Podman).
const HOST_ALIASES: [&str; 3] = ["localhost", "host.docker.internal", "host.containers.internal"];

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
    address: SocketAddr,
    names: Names,
    token: Zeroizing<String>,
}

/// Under which names it answers. A page in a browser can make a name of its own lead here (DNS rebinding), but no
/// address, and none of the names that are resolved on this machine.
#[derive(Clone, Debug)]
enum Names {
    /// The address that it gave out.
    Own(String),
    /// Any address, and the names that containers have for this machine.
    ContainersToo,
}

impl Names {
    fn allow<B>(&self, request: &Request<B>) -> bool {
        match self {
            Self::Own(host) => loopback::is_for(request, host),
            Self::ContainersToo => {
                let named = request.headers().get(header::HOST);
                named
                    .and_then(|n| n.to_str().ok())
                    .is_some_and(is_address_or_alias)
            }
        }
    }
}

/// The longest name of a client that is taken.
const LONGEST_CLIENT: usize = 64;

/// What a client calls itself: the first product of its User-Agent, without the version. Empty where it says nothing.
fn client_of<B>(request: &Request<B>) -> String {
    let header = request.headers().get(header::USER_AGENT);
    let text = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let product = text.split([' ', '/', '\t']).next().unwrap_or_default();
    product.chars().take(LONGEST_CLIENT).collect()
}

/// Whether a Host header names an address, or this machine as containers call it.
fn is_address_or_alias(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name
        .strip_prefix('[')
        .and_then(|n| n.strip_suffix(']'))
        .unwrap_or(name);
    bare.parse::<IpAddr>().is_ok() || HOST_ALIASES.iter().any(|alias| alias.eq_ignore_ascii_case(name))
}

impl std::fmt::Debug for PrivateEndpoint {
    /// The token opens the endpoint.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrivateEndpoint")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl PrivateEndpoint {
    /// Binds a loopback port and makes up a token.
    ///
    /// # Errors
    /// Where no port can be bound, or the operating system has no randomness to give.
    pub async fn bind() -> io::Result<Self> {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (listener, address) = loopback::bind_to(free).await?;
        Ok(Self {
            names: Names::Own(address.to_string()),
            listener,
            address,
            token: crate::platform::random::random_token()?.into(),
        })
    }

    /// Binds an address for containers and other programs, with a token that they know.
    ///
    /// # Errors
    /// Where it can't be bound.
    pub async fn bind_to(address: SocketAddr, token: Zeroizing<String>) -> io::Result<Self> {
        let (listener, address) = loopback::bind_to(address).await?;
        Ok(Self {
            names: Names::ContainersToo,
            listener,
            address,
            token,
        })
    }

    /// Where a program on this machine reaches it.
    #[must_use]
    pub fn url(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{address}")
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client must show in its Authorization header, word for word.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Answers requests for the paths, by their index, and by what the client calls itself, until `end` is there or it is dropped. Answers that are on
    /// their way at the end get a moment to arrive.
    pub async fn serve<F, A>(self, paths: Vec<String>, answer: F, end: impl Future<Output = ()>)
    where
        F: Fn(usize, String) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send,
    {
        let site = Arc::new(Site {
            names: self.names,
            token: self.token,
            paths,
            answer,
        });
        let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut connections = JoinSet::new();
        let accept = async {
            loop {
                while connections.try_join_next().is_some() {}
                let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
                    return;
                };
                let stream = loopback::accept_connection(&self.listener).await;
                let site = Arc::clone(&site);
                connections.spawn(async move {
                    let answer = |request: Request<Incoming>| {
                        let site = Arc::clone(&site);
                        async move { site.respond(&request).await }
                    };
                    loopback::answer_request(stream, LIMITS, answer).await;
                    drop(permit);
                });
            }
        };
        tokio::select! {
            () = accept => {}
            () = end => {}
        }
        let _ = tokio::time::timeout(FAREWELL, async {
            while connections.join_next().await.is_some() {}
        })
        .await;
    }
}

struct Site<F> {
    names: Names,
    token: Zeroizing<String>,
    paths: Vec<String>,
    answer: F,
}

impl<F, A> Site<F>
where
    F: Fn(usize, String) -> A,
    A: Future<Output = Answer>,
{
    async fn respond(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let answer = match self.path_of(request) {
            Ok(path) => (self.answer)(path, client_of(request)).await,
            Err(refusal) => refusal,
        };
        let mut response = Response::new(Full::new(Bytes::from(answer.body)));
        *response.status_mut() =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// The path that a request is for, or why it gets nothing. Who can't show the token learns no more than that.
    fn path_of(&self, request: &Request<Incoming>) -> Result<usize, Answer> {
        let header = |name| request.headers().get(name).map(HeaderValue::as_bytes);
        let shown = header(header::AUTHORIZATION).unwrap_or_default();
        let path = self.paths.iter().position(|path| path == request.uri().path());
        let (status, code) = if !self.names.allow(request) {
            (421, "WrongHost")
        } else if !bool::from(shown.ct_eq(self.token.as_bytes())) {
            (401, "WrongToken")
        } else if request.method() != Method::GET {
            (405, "GetOnly")
        } else if let Some(path) = path {
            return Ok(path);
        } else {
            (404, "NotFound")
        };
        let body = format!("{{\"Code\":\"{code}\",\"Message\":\"this endpoint is private\"}}");
        Err(Answer { status, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    const PATH: &str = "/credentials";
    const OTHER: &str = "/310448120938/ReadOnlyAccess";

    async fn ask(address: &str, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.write_all(request.as_bytes()).await.expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("reads");
        answer
    }

    async fn serving() -> (String, String) {
        let endpoint = PrivateEndpoint::bind().await.expect("binds");
        assert!(endpoint.url().starts_with("http://127.0.0.1:"));
        serve(endpoint)
    }

    /// Serves an endpoint: its address and token.
    fn serve(endpoint: PrivateEndpoint) -> (String, String) {
        assert!(!format!("{endpoint:?}").contains(endpoint.token()));
        let (host, token) = (endpoint.address().to_string(), endpoint.token().to_owned());
        let answer = |path: usize, client: String| async move {
            Answer {
                status: 200,
                body: format!("{{\"canary\":{path},\"client\":\"{client}\"}}"),
            }
        };
        let paths = [PATH, OTHER].map(str::to_owned).to_vec();
        tokio::spawn(endpoint.serve(paths, answer, std::future::pending()));
        (host, token)
    }

    #[tokio::test]
    async fn containers_reach_every_path_by_an_address_or_a_known_name() {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let token = "a token of the user's".to_owned();
        let endpoint = PrivateEndpoint::bind_to(free, token.into()).await.expect("binds");
        let (host, token) = serve(endpoint);
        let port = host.rsplit_once(':').expect("a port").1;
        for (named, path, answer) in [
            (host.as_str(), PATH, "\"canary\":0"),
            (&host, OTHER, "\"canary\":1"),
            (&format!("host.docker.internal:{port}"), OTHER, "\"canary\":1"),
            ("host.containers.internal", PATH, "\"canary\":0"),
            ("169.254.170.2", PATH, "\"canary\":0"),
            (&format!("[::1]:{port}"), PATH, "\"canary\":0"),
            (&host, "/credentials/3", "NotFound"),
            ("evil.example", PATH, "WrongHost"),
            ("host.docker.internal.evil.example", PATH, "WrongHost"),
            ("127.0.0.1.evil.example", PATH, "WrongHost"),
            ("", PATH, "WrongHost"),
        ] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {named}\r\nAuthorization: {token}\r\n\r\n");
            let got = ask(&host, &request).await;
            assert!(got.contains(answer), "{named} {path}: {got}");
        }
    }

    #[tokio::test]
    async fn an_answer_on_its_way_arrives_after_the_end() {
        let endpoint = PrivateEndpoint::bind().await.expect("binds");
        let (host, token) = (endpoint.address().to_string(), endpoint.token().to_owned());
        let asked = Arc::new(tokio::sync::Notify::new());
        let (begun, end) = (Arc::clone(&asked), Arc::clone(&asked));
        let answer = move |_, _| {
            begun.notify_one();
            async {
                tokio::task::yield_now().await;
                Answer {
                    status: 200,
                    body: "canary".to_owned(),
                }
            }
        };
        let serving = endpoint.serve(vec![PATH.to_owned()], answer, async move { end.notified().await });
        let request = format!("GET {PATH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n");
        let ((), got) = tokio::join!(serving, ask(&host, &request));
        assert!(got.contains("canary"), "{got}");
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
        let named = format!("{right}User-Agent: aws-sdk-rust/1.3 os/linux\r\n");
        let answer = ask(&host, &request("GET", PATH, &host, &named)).await;
        assert!(answer.contains("\"client\":\"aws-sdk-rust\""), "{answer}");
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
