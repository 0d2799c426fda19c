//! Tells when a request was handed to its connection, for a caller that counts from then. Between asking the SDK for a call and that
//! moment lie tenths of a millisecond, sometimes one or two. Knows nothing of what is done with it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::time::Instant;

use super::connect::LastWrite;

tokio::task_local! {
    static WANTED: Arc<dyn WhenSent>;
}

/// Wants to know when a request was sent.
pub trait WhenSent: Send + Sync {
    fn note_sent(&self, at: Instant);
}

/// Makes a call, and tells when its request was sent; not where a new connection had to be made first. Another request that was written
/// in the same moment may be taken for it.
pub(in crate::aws) async fn tell_when_sent<F: Future>(
    wanted: Option<Arc<dyn WhenSent>>,
    call: F,
) -> F::Output {
    match wanted {
        Some(wanted) => WANTED.scope(wanted, call).await,
        None => call.await,
    }
}

/// Sends a request, and tells who wants to know.
pub(super) async fn send_and_tell<F: Future>(mut request: Pin<&mut F>, last_write: &LastWrite) -> F::Output {
    let Ok(wanted) = WANTED.try_with(Arc::clone) else {
        return request.await;
    };
    let before = last_write.at();
    let sent = std::future::poll_fn(|context| Poll::Ready(request.as_mut().poll(context))).await;
    if let Poll::Ready(answer) = sent {
        return answer;
    }
    // The connection has a task of its own, which has been woken and takes its turn before this one's next.
    tokio::task::yield_now().await;
    if let Some(at) = last_write.at().filter(|at| Some(*at) != before) {
        wanted.note_sent(at);
    }
    request.await
}
