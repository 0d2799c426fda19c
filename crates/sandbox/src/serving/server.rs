//! The HTTP server: connections in, whole requests to the router, answers out, all of it bounded.
//! Knows how answers are spoiled on the wire; what they say is the router's knowledge.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, Limited, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, DATE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::http::{Body, Fields, Reply, Request};
use super::router::{self, Answer};
use crate::shared::Shared;

const MOST_CONNECTIONS: usize = 512;
const MOST_REQUEST_BYTES: usize = 256 * 1024;
const HEADER_LIMIT: Duration = Duration::from_secs(10);
const CONNECTION_LIMIT: Duration = Duration::from_mins(30);

type ReplyBody = BoxBody<Bytes, io::Error>;

/// Serves until it is dropped.
pub(crate) async fn serve_connections(listener: TcpListener, shared: Arc<Shared>) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: let some close.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        shared.counts().connections += 1;
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let _ = tokio::time::timeout(CONNECTION_LIMIT, serve_connection(stream, shared)).await;
            drop(permit);
        });
    }
}

async fn serve_connection(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let stream = Resettable {
        stream,
        reset: Arc::clone(&reset),
    };
    let service = service_fn(move |request| {
        let (shared, reset) = (Arc::clone(&shared), Arc::clone(&reset));
        async move {
            match answer_request(&shared, request).await {
                Answer::Reply(reply) => Ok(build_response(reply, shared.date())),
                Answer::Hang => std::future::pending().await,
                Answer::Reset => {
                    reset.store(true, Ordering::Relaxed);
                    Err(io::Error::from(io::ErrorKind::ConnectionReset))
                }
            }
        }
    });
    // A client that hangs up early is not worth a line.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_LIMIT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer_request(shared: &Shared, request: hyper::Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MOST_REQUEST_BYTES).collect().await else {
        return Answer::Reply(Reply::new(
            hyper::StatusCode::PAYLOAD_TOO_LARGE,
            "text/plain",
            "the request is too long",
        ));
    };
    let request = Request {
        id: shared.secrets.uuid(),
        method: parts.method,
        path: parts.uri.path().to_owned(),
        raw_query: parts.uri.query().unwrap_or_default().to_owned(),
        query: Fields::parse(parts.uri.query().unwrap_or_default().as_bytes()),
        headers: parts.headers,
        body: body.to_bytes(),
    };
    router::route_request(shared, &request).await
}

fn build_response(reply: Reply, date: Option<HeaderValue>) -> hyper::Response<ReplyBody> {
    let Reply {
        status,
        headers,
        body,
    } = reply;
    let length = match &body {
        Body::Whole(bytes) | Body::Slow(bytes, _) | Body::Cut(bytes) => Some(bytes.len()),
        Body::Padded(..) => None,
    };
    let mut response = hyper::Response::new(build_body(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if let Some(date) = date {
        response.headers_mut().insert(DATE, date);
    }
    if let Some(length) = length {
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

fn build_body(body: Body) -> ReplyBody {
    match body {
        Body::Whole(bytes) => Full::new(Bytes::from(bytes)).map_err(never_fails).boxed(),
        Body::Slow(bytes, over) => {
            let part = (bytes.len() / 10).max(1);
            let parts: Vec<Bytes> = bytes.chunks(part).map(Bytes::copy_from_slice).collect();
            let pause = over / u32::try_from(parts.len().max(1)).unwrap_or(1);
            stream_frames(stream::unfold(parts.into_iter(), move |mut parts| async move {
                let part = parts.next()?;
                tokio::time::sleep(pause).await;
                Some((Ok(part), parts))
            }))
        }
        Body::Cut(bytes) => {
            let mut half = bytes;
            half.truncate(half.len() / 2);
            stream_frames(stream::iter([
                Ok(Bytes::from(half)),
                Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
            ]))
        }
        Body::Padded(text, size) => {
            let first = stream::iter([Ok(Bytes::from(text))]);
            let padding = stream::unfold(size, |left| async move {
                let part = left.min(64 * 1024);
                let bytes = vec![b'x'; usize::try_from(part).ok()?];
                (part > 0).then(|| (Ok(Bytes::from(bytes)), left - part))
            });
            stream_frames(futures_util::StreamExt::chain(first, padding))
        }
    }
}

fn stream_frames(parts: impl stream::Stream<Item = io::Result<Bytes>> + Send + Sync + 'static) -> ReplyBody {
    StreamBody::new(futures_util::StreamExt::map(parts, |part| part.map(Frame::data))).boxed()
}

fn never_fails(never: Infallible) -> io::Error {
    match never {}
}

/// A connection that can end with a reset in place of an orderly end.
struct Resettable {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Resettable {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // Without it the client sees an orderly end: still no answer.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Resettable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Resettable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
