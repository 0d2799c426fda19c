//! Connections: TCP to the host or to its proxy, a tunnel through the proxy, TLS. What fails says at which step.
//!
//! The proxy connector of `hyper-util` keeps neither the status of a refused `CONNECT` nor where the time went, and
//! reads `NO_PROXY` otherwise than botocore; the one of the SDK is built on it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::platform::proxy::{Proxies, ProxyServer};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A proxy's answer to `CONNECT` has at most so many bytes before its body.
const LONGEST_HEAD: usize = 16 * 1024;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(in crate::aws) enum Unconnected {
    /// The proxy itself: its address, its connection, its TLS.
    #[error("can't reach the proxy")]
    Proxy(#[source] BoxError),
    /// It answers `CONNECT` with another status than 2xx.
    #[error("the proxy responded to CONNECT with HTTP {0}")]
    Refused(u16),
    #[error("the proxy's response to CONNECT is not HTTP")]
    NotAProxy,
    #[error("the proxy closed the connection without responding to CONNECT")]
    Closed,
    #[error("timed out")]
    Late,
}

/// Whom TLS trusts, read from the system at the first connection that needs it.
#[derive(Clone, Debug)]
pub(in crate::aws) struct Trust {
    /// In place of the system's certificates. Shared: each request has a copy of what connects.
    roots: Option<Arc<RootCertStore>>,
    config: Arc<OnceLock<Arc<ClientConfig>>>,
}

impl Trust {
    pub(in crate::aws) fn new(roots: Option<RootCertStore>) -> Self {
        Self {
            roots: roots.map(Arc::new),
            config: Arc::default(),
        }
    }

    /// How connections are secured, to services and to proxies: both speak HTTP/1.1.
    fn config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let roots = self.roots.clone().unwrap_or_else(|| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            Arc::new(roots)
        });
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(config))))
    }
}

/// When something was last written to any of a client's connections.
#[derive(Clone, Debug, Default)]
pub(in crate::aws) struct LastWrite(Arc<Mutex<Option<Instant>>>);

impl LastWrite {
    pub(in crate::aws) fn at(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

/// Makes connections for the HTTP client.
#[derive(Clone, Debug)]
pub(in crate::aws) struct Connector {
    tcp: HttpConnector,
    trust: Trust,
    proxies: Arc<Proxies>,
    limit: Option<Duration>,
    last_write: LastWrite,
}

impl Connector {
    pub(in crate::aws) fn new(trust: Trust, proxies: Arc<Proxies>, limit: Option<Duration>) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Self {
            tcp,
            trust,
            proxies,
            limit,
            last_write: LastWrite::default(),
        }
    }

    /// When something was last written to a connection that this one made.
    pub(in crate::aws) fn last_write(&self) -> LastWrite {
        self.last_write.clone()
    }

    async fn connect(mut self, uri: Uri, end: Option<Instant>) -> Result<Stream, BoxError> {
        let is_tls = uri.scheme_str() == Some("https");
        let stream = match self.proxies.of(&uri).cloned() {
            None => Box::new(run_until(end, self.connect_tcp(uri.clone())).await?),
            Some(proxy) => {
                let stream = run_until(end, self.connect_to_proxy(&proxy))
                    .await
                    .map_err(Unconnected::Proxy)?;
                if !is_tls {
                    return Ok(self.follow(stream, true));
                }
                run_until(end, open_tunnel(stream, &uri, &proxy)).await?
            }
        };
        if is_tls {
            run_until(end, self.secure(stream, &uri)).await
        } else {
            Ok(self.follow(stream, false))
        }
    }

    fn follow(&self, stream: BoxStream, proxied: bool) -> Stream {
        Stream {
            io: TokioIo::new(stream),
            proxied,
            last_write: self.last_write.clone(),
        }
    }

    async fn connect_tcp(&mut self, uri: Uri) -> Result<TcpStream, BoxError> {
        Ok(self.tcp.call(uri).await?.into_inner())
    }

    async fn connect_to_proxy(&mut self, proxy: &ProxyServer) -> Result<BoxStream, BoxError> {
        let stream = self.connect_tcp(proxy.uri().clone()).await?;
        if proxy.uri().scheme_str() != Some("https") {
            return Ok(Box::new(stream));
        }
        let config = self.trust.config()?;
        let name = server_name(proxy.uri())?;
        Ok(Box::new(TlsConnector::from(config).connect(name, stream).await?))
    }

    async fn secure(&self, stream: BoxStream, uri: &Uri) -> Result<Stream, BoxError> {
        let config = self.trust.config()?;
        let stream = TlsConnector::from(config)
            .connect(server_name(uri)?, stream)
            .await?;
        Ok(self.follow(Box::new(stream), false))
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let end = self.limit.map(|limit| Instant::now() + limit);
        Box::pin(self.clone().connect(uri, end))
    }
}

/// One step of a connection, which has a common end with the others.
async fn run_until<T>(
    end: Option<Instant>,
    step: impl Future<Output = Result<T, BoxError>>,
) -> Result<T, BoxError> {
    match end {
        None => step.await,
        Some(end) => match timeout_at(end, step).await {
            Ok(done) => done,
            Err(_) => Err(Unconnected::Late.into()),
        },
    }
}

fn server_name(uri: &Uri) -> Result<ServerName<'static>, BoxError> {
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Ok(ServerName::try_from(host.to_owned())?)
}

/// Asks a proxy for a connection to the host of an address (RFC 9110, section 9.3.6).
async fn open_tunnel(mut stream: BoxStream, uri: &Uri, proxy: &ProxyServer) -> Result<BoxStream, BoxError> {
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().unwrap_or(443);
    let mut head = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").into_bytes();
    if let Some(value) = proxy.authorization() {
        head.extend_from_slice(b"Proxy-Authorization: ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    stream.write_all(&head).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        // A refusal may come without the rest of its head, and a connection that is closed then.
        if stream.read_buf(&mut answer).await? == 0 || answer.len() > LONGEST_HEAD {
            break;
        }
    }
    match parse_status(&answer) {
        Some(200..=299) => Ok(stream),
        Some(refused) => Err(Unconnected::Refused(refused).into()),
        None if answer.is_empty() => Err(Unconnected::Closed.into()),
        None => Err(Unconnected::NotAProxy.into()),
    }
}

/// The status of an answer that begins with `HTTP/1.1 200`.
fn parse_status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|b| *b == b'\r' || *b == b'\n').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    words.next().filter(|version| version.starts_with("HTTP/1."))?;
    let status = words.next()?.parse().ok()?;
    (100..1000).contains(&status).then_some(status)
}

trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}
type BoxStream = Box<dyn Transport>;

/// A connection that requests can be sent over.
pub(in crate::aws) struct Stream {
    io: TokioIo<BoxStream>,
    /// It ends at a proxy, which is told the whole address of a request.
    proxied: bool,
    last_write: LastWrite,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.proxied)
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        if written.is_ready() {
            self.last_write.is_now();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_an_answer_is_read() {
        for (answer, expected) in [
            ("HTTP/1.1 200 Connection established\r\n\r\n", Some(200)),
            ("HTTP/1.0 403 Forbidden\r\nx: y\r\n\r\n", Some(403)),
            ("HTTP/1.1 502\r\n", Some(502)),
            ("HTTP/1.1 20x OK\r\n\r\n", None),
            ("HTTP/1.1 2000 OK\r\n\r\n", None),
            ("SSH-2.0-x\r\n", None),
            ("HTTP/1.1", None),
            ("", None),
        ] {
            assert_eq!(parse_status(answer.as_bytes()), expected, "{answer:?}");
        }
    }
}
