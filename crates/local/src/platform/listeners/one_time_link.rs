//! A link that works once: hands a secret address to a browser without an argument that others see.
//!
//! A browser is started with `http://127.0.0.1:PORT/TOKEN`; the first request for it is answered
//! with a redirect to the secret address, every other with 404. Bound to 127.0.0.1 before the link
//! exists, Host header checked, over after one use or one minute.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::connections::Connections;
use super::loopback::{self, Limits};

/// How long the link works.
const LIFE: Duration = Duration::from_mins(1);
/// A browser that connects and stays silent is not waited for.
const LIMITS: Limits = Limits {
    header: Duration::from_secs(10),
    exchange: Duration::from_secs(10),
};
/// Connections that may be open at once.
const MOST_OPEN: usize = 32;

/// A bound link, waiting for its one visitor.
pub struct OneTimeLink {
    listener: TcpListener,
    host: String,
    path: String,
    destination: header::HeaderValue,
}

impl OneTimeLink {
    /// Binds a loopback port for `destination`.
    ///
    /// # Errors
    /// Where no port can be bound or the destination can't stand in a header.
    pub async fn bind(destination: &str) -> io::Result<Self> {
        let (listener, host) = loopback::bind_port(0).await?;
        let mut destination = header::HeaderValue::from_str(destination)
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        destination.set_sensitive(true);
        Ok(Self {
            listener,
            host,
            path: format!("/{}", crate::platform::random::random_token()?),
            destination,
        })
    }

    /// The address for the browser.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://{}{}", self.host, self.path)
    }

    /// Serves until the link was used once. True when it was, false when its minute ran out.
    pub async fn serve(self) -> bool {
        let used = Arc::new(Notify::new());
        let site = Arc::new(Site {
            host: self.host,
            path: self.path,
            destination: std::sync::Mutex::new(Some(self.destination)),
            used: Arc::clone(&used),
        });
        let mut connections = Connections::at_most(MOST_OPEN);
        let answer = move |request: Request<Incoming>| std::future::ready(site.answer(&request));
        let visited = tokio::select! {
            () = used.notified() => true,
            () = tokio::time::sleep(LIFE) => false,
            never = loopback::serve_requests(&self.listener, &mut connections, LIMITS, answer) => match never {},
        };
        connections.finish().await;
        visited
    }
}

struct Site {
    host: String,
    path: String,
    destination: std::sync::Mutex<Option<header::HeaderValue>>,
    used: Arc<Notify>,
}

impl Site {
    fn answer(&self, request: &Request<Incoming>) -> Response<Empty<Bytes>> {
        let mut response = Response::new(Empty::new());
        let headers = response.headers_mut();
        headers.insert(
            header::CACHE_CONTROL,
            header::HeaderValue::from_static("no-store"),
        );
        headers.insert(
            header::REFERRER_POLICY,
            header::HeaderValue::from_static("no-referrer"),
        );
        let host_fits = loopback::is_for(request, &self.host);
        // A proxy would be asked with a whole address.
        let here = request.uri().authority().is_none();
        let path_fits = request.uri().path() == self.path;
        let right = request.method() == Method::GET && host_fits && here && path_fits && !is_guess(request);
        let destination = if right {
            self.destination.lock().ok().and_then(|mut d| d.take())
        } else {
            None
        };
        match destination {
            Some(destination) => {
                headers.insert(header::LOCATION, destination);
                *response.status_mut() = StatusCode::SEE_OTHER;
                self.used.notify_one();
            }
            None => *response.status_mut() = StatusCode::NOT_FOUND,
        }
        response
    }
}

/// Whether a browser fetches the page because the user may want it soon: that is no visit.
fn is_guess(request: &Request<Incoming>) -> bool {
    let names = ["sec-purpose", "purpose", "x-moz"];
    names.iter().any(|name| request.headers().contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    async fn get(address: &str, host: &str, path: &str) -> String {
        ask(address, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await
    }

    async fn ask(address: &str, request: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("connects");
        stream.write_all(request.as_bytes()).await.expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("reads");
        answer
    }

    #[tokio::test]
    async fn it_works_once_and_only_for_its_own_host() {
        let link = OneTimeLink::bind("https://signin.example/secret")
            .await
            .expect("binds");
        let (host, path, address) = (link.host.clone(), link.path.clone(), link.address());
        assert!(address.starts_with("http://127.0.0.1:"));
        assert!(path.len() > 32, "{path} can't be guessed");
        let serving = tokio::spawn(link.serve());
        let port = host.rsplit(':').next().expect("a port").to_owned();
        for (name, path) in [
            (host.as_str(), "/"),
            (&host, path.get(..20).expect("ASCII")),
            (&host, &format!("{path}/")),
            (&host, &format!("http://evil.example{path}")),
            // A name of someone else's that leads here.
            ("evil.example", &path),
            (&format!("evil.example:{port}"), &path),
            (&format!("localhost:{port}"), &path),
            ("127.0.0.1", &path),
            ("", &path),
        ] {
            let answer = get(&host, name, path).await;
            let refused = ["HTTP/1.1 404", "HTTP/1.1 400"]
                .iter()
                .any(|s| answer.starts_with(s));
            assert!(refused && !answer.contains("secret"), "{name} {path}: {answer}");
        }
        for method in ["HEAD", "POST", "OPTIONS"] {
            let answer = ask(
                &host,
                &format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            )
            .await;
            assert!(answer.starts_with("HTTP/1.1 404"), "{method}: {answer}");
        }
        let answer = get(&host, &host, &path).await;
        assert!(
            answer.starts_with("HTTP/1.1 303") && answer.contains("location: https://signin.example/secret")
        );
        assert!(
            answer.contains("no-store") && answer.contains("no-referrer"),
            "{answer}"
        );
        assert!(serving.await.expect("ends"));
        // It ends after one use.
        loopback::tests::assert_closes(&host);
    }

    /// What browsers ask for by themselves uses nothing up.
    #[tokio::test]
    async fn favicons_and_prefetching_are_no_visits() {
        let link = OneTimeLink::bind("https://signin.example/secret")
            .await
            .expect("binds");
        let (host, path) = (link.host.clone(), link.path.clone());
        let serving = tokio::spawn(link.serve());
        let icon = get(&host, &host, "/favicon.ico").await;
        assert!(icon.starts_with("HTTP/1.1 404"), "{icon}");
        for header in [
            "Sec-Purpose: prefetch;prerender",
            "Purpose: prefetch",
            "X-moz: prefetch",
        ] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{header}\r\n\r\n");
            let answer = ask(&host, &request).await;
            assert!(answer.starts_with("HTTP/1.1 404"), "{header}: {answer}");
        }
        let visit = get(&host, &host, &path).await;
        assert!(visit.starts_with("HTTP/1.1 303"), "{visit}");
        assert!(serving.await.expect("ends"));
    }

    #[tokio::test]
    async fn two_visitors_at_once_are_one_visit() {
        let link = OneTimeLink::bind("https://signin.example/secret")
            .await
            .expect("binds");
        let (host, path) = (link.host.clone(), link.path.clone());
        let serving = tokio::spawn(link.serve());
        let mut streams = Vec::new();
        for _ in 0..8 {
            streams.push(tokio::net::TcpStream::connect(&host).await.expect("connects"));
        }
        for stream in &mut streams {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            stream.write_all(request.as_bytes()).await.expect("writes");
        }
        let mut given = 0;
        for mut stream in streams {
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer).await;
            given += usize::from(answer.contains("secret"));
        }
        assert_eq!(given, 1);
        assert!(serving.await.expect("ends"));
    }

    #[tokio::test(start_paused = true)]
    async fn unused_link_expires() {
        let link = OneTimeLink::bind("https://signin.example/secret")
            .await
            .expect("binds");
        let (host, begun) = (link.host.clone(), tokio::time::Instant::now());
        assert!(!link.serve().await);
        assert!((LIFE..LIFE * 2).contains(&begun.elapsed()));
        loopback::tests::assert_closes(&host);
    }

    /// Connections that are opened and say nothing, more than may be open at once.
    #[tokio::test]
    async fn silent_connections_block_no_other() {
        let link = OneTimeLink::bind("https://signin.example/secret")
            .await
            .expect("binds");
        let (host, path) = (link.host.clone(), link.path.clone());
        let serving = tokio::spawn(link.serve());
        let mut silent = Vec::new();
        for _ in 0..MOST_OPEN * 8 {
            let mut stream = tokio::net::TcpStream::connect(&host).await.expect("connects");
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nX-Slow: ").await;
            silent.push(stream);
        }
        let begun = std::time::Instant::now();
        let answer = get(&host, &host, &path).await;
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        assert!(
            begun.elapsed() < LIMITS.exchange,
            "before the silent ones were given up"
        );
        drop(silent);
        assert!(serving.await.expect("ends"));
    }
}
