//! The address on this machine that a browser comes back to after a sign-in (RFC 8252 section 7.3).
//!
//! Bound to 127.0.0.1 before anybody is told of it, Host header checked, and deaf to everything
//! that doesn't carry the state of this sign-in. What the answer means is not known here.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::connections::Connections;
use super::loopback::{self, Limits};

/// A browser that connects and stays silent is not waited for.
const LIMITS: Limits = Limits {
    header: Duration::from_secs(10),
    exchange: Duration::from_secs(10),
};
/// Connections at once; a browser opens a handful.
const AT_ONCE: usize = 16;

/// A bound address, waiting for the browser.
#[derive(Debug)]
pub struct RedirectReceiver {
    listener: TcpListener,
    host: String,
}

/// What the browser brought.
#[derive(Clone, PartialEq, Eq)]
pub enum Redirected {
    /// The authorization code, a secret.
    Code(String),
    /// Why there is none: `access_denied` where the user said no.
    Refused(String),
}

impl std::fmt::Debug for Redirected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(_) => f.write_str("Code"),
            Self::Refused(why) => f.debug_tuple("Refused").field(why).finish(),
        }
    }
}

/// What a browser is shown.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    pub done: &'static str,
    pub refused: &'static str,
}

impl RedirectReceiver {
    /// Binds a port of 127.0.0.1; 0 takes a free one.
    ///
    /// # Errors
    /// Where the port can't be bound.
    pub async fn bind(port: u16) -> io::Result<Self> {
        let (listener, host) = loopback::bind_port(port).await?;
        Ok(Self { listener, host })
    }

    /// The address for the browser, at a path.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    /// Waits for an answer at `path` that carries `state`. The caller limits the time.
    pub async fn wait(self, path: &str, state: &str, pages: Pages) -> Redirected {
        let (found, mut answers) = mpsc::channel(1);
        let site = Arc::new(Site {
            host: self.host,
            path: path.to_owned(),
            state: state.to_owned(),
            pages,
            found,
        });
        let mut connections = Connections::at_most(AT_ONCE);
        let answer = move |request: Request<Incoming>| std::future::ready(site.answer(&request));
        let redirected = tokio::select! {
            answer = answers.recv() => answer,
            never = loopback::serve_requests(&self.listener, &mut connections, LIMITS, answer) => match never {},
        };
        connections.finish().await;
        redirected.unwrap_or_else(|| Redirected::Refused("no response".to_owned()))
    }
}

struct Site {
    host: String,
    path: String,
    state: String,
    pages: Pages,
    found: mpsc::Sender<Redirected>,
}

impl Site {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let host_fits = loopback::is_for(request, &self.host);
        if request.method() != Method::GET || !host_fits || request.uri().path() != self.path {
            return build_reply(StatusCode::NOT_FOUND, "");
        }
        match self.read(request.uri().query().unwrap_or_default()) {
            Some(redirected) => {
                let page = match &redirected {
                    Redirected::Code(_) => self.pages.done,
                    Redirected::Refused(_) => self.pages.refused,
                };
                // The first answer is the one that counts.
                let _ = self.found.try_send(redirected);
                build_reply(StatusCode::OK, page)
            }
            None => build_reply(StatusCode::BAD_REQUEST, ""),
        }
    }

    fn read(&self, query: &str) -> Option<Redirected> {
        let field = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .filter(|value| !value.is_empty())
        };
        if field("state")? != self.state {
            return None;
        }
        field("code")
            .map(Redirected::Code)
            .or_else(|| field("error").map(Redirected::Refused))
    }
}

fn build_reply(status: StatusCode, page: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(page.as_bytes())));
    *response.status_mut() = status;
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
    ] {
        response
            .headers_mut()
            .insert(name, header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    const PAGES: Pages = Pages {
        done: "well done",
        refused: "refused",
    };

    async fn get(address: &str, host: &str, path: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("connects");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("reads");
        answer
    }

    #[tokio::test]
    async fn only_the_answer_of_this_sign_in_is_taken() {
        let receiver = RedirectReceiver::bind(0).await.expect("binds");
        let host = receiver.host.clone();
        assert_eq!(receiver.address("/back"), format!("http://{host}/back"));
        let waiting = tokio::spawn(receiver.wait("/back", "the state", PAGES));
        // Those who connect and say nothing are in no one's way.
        let begun = std::time::Instant::now();
        let mut silent = Vec::new();
        for _ in 0..AT_ONCE * 4 {
            silent.push(tokio::net::TcpStream::connect(&host).await.expect("connects"));
        }
        for (sent_host, path, status) in [
            (host.as_str(), "/", "404"),
            ("evil.example", "/back?code=x&state=the+state", "404"),
            (&host, "/back?code=x", "400"),
            (&host, "/back?code=x&state=other", "400"),
            (&host, "/back?state=the+state", "400"),
        ] {
            let answer = get(&host, sent_host, path).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{path}: {answer}"
            );
        }
        let answer = get(&host, &host, "/back?code=the+code&state=the%20state").await;
        assert!(answer.ends_with("well done"), "{answer}");
        assert!(
            begun.elapsed() < LIMITS.exchange,
            "before the silent ones were given up"
        );
        drop(silent);
        let redirected = waiting.await.expect("ends");
        assert_eq!(redirected, Redirected::Code("the code".into()));
        assert!(!format!("{redirected:?}").contains("the code"));
        loopback::tests::assert_closes(&host);
    }

    #[tokio::test]
    async fn a_refusal_says_why() {
        let receiver = RedirectReceiver::bind(0).await.expect("binds");
        let host = receiver.host.clone();
        let waiting = tokio::spawn(receiver.wait("/back", "s", PAGES));
        let answer = get(&host, &host, "/back?error=access_denied&state=s").await;
        assert!(answer.ends_with("refused"), "{answer}");
        assert_eq!(
            waiting.await.expect("ends"),
            Redirected::Refused("access_denied".into())
        );
    }
}
