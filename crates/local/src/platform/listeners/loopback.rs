//! What the listeners have in common: a connection in, one answer out, within a time.
//!
//! Two ways to bound how many are open: a listener that waits for a browser drops the oldest connection
//! ([`Connections`]), so that no one who only holds connections keeps the real visitor out; one whose answers take long
//! and must not be cut off makes the next client wait instead (`private_endpoint`).

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use super::connections::Connections;

/// After an error of the system, such as no more file descriptors, trying again at once would only burn.
const AFTER_ERROR: Duration = Duration::from_millis(50);

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(in crate::platform) struct Limits {
    /// To say what it wants.
    pub(in crate::platform) header: Duration,
    /// In all.
    pub(in crate::platform) exchange: Duration,
}

/// Binds a port of 127.0.0.1, 0 for a free one; answers its address too, as a Host header has it.
pub(in crate::platform) async fn bind_port(port: u16) -> io::Result<(TcpListener, String)> {
    let (listener, address) = bind_to(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    Ok((listener, address.to_string()))
}

/// Binds an address; answers which it is where the port was 0.
pub(in crate::platform) async fn bind_to(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The next connection.
pub(in crate::platform) async fn accept_connection(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(_) => tokio::time::sleep(AFTER_ERROR).await,
        }
    }
}

/// Answers the one request of a connection.
pub(in crate::platform) async fn answer_request<B, F>(
    stream: TcpStream,
    limits: Limits,
    answer: impl Fn(Request<Incoming>) -> F,
) where
    B: Body<Error = Infallible> + 'static,
    B::Data: Send,
    F: Future<Output = Response<B>>,
{
    let service = service_fn(|request| {
        let answer = answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .keep_alive(false);
    // A client that hangs up early is not worth a line.
    let serving = http.serve_connection(TokioIo::new(stream), service);
    let _ = tokio::time::timeout(limits.exchange, serving).await;
}

/// Accepts and answers until it is dropped.
pub(in crate::platform) async fn serve_requests<B, F, A>(
    listener: &TcpListener,
    connections: &mut Connections,
    limits: Limits,
    answer: A,
) -> Infallible
where
    B: Body<Error = Infallible> + Send + 'static,
    B::Data: Send,
    F: Future<Output = Response<B>> + Send + 'static,
    A: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
{
    loop {
        let stream = accept_connection(listener).await;
        connections.add(answer_request(stream, limits, answer.clone()));
    }
}

/// Whether a request is for this host, and not for another name that leads here (DNS rebinding).
pub(in crate::platform) fn is_for<B>(request: &Request<B>, host: &str) -> bool {
    let named = request.headers().get(header::HOST);
    named.is_some_and(|named| named.as_bytes() == host.as_bytes())
}

#[cfg(test)]
pub(in crate::platform) mod tests {
    use std::net::TcpStream;
    use std::time::Duration;

    /// Asserts that no one listens at an address any more. A program that another test starts in this moment has the
    /// listener for the time between its fork and its exec, so a closed one may answer a moment longer.
    pub(crate) fn assert_closes(host: &str) {
        let is_closed = || {
            let closed = TcpStream::connect(host).is_err();
            if !closed {
                std::thread::sleep(Duration::from_millis(10));
            }
            closed
        };
        assert!((0..1000).any(|_| is_closed()), "{host} is still open");
    }
}
