//! One look at something for everyone who asked before it began: fifty requests in the same instant cost one, and none
//! is answered by what was seen before it came.
//!
//! Remembering what was seen for a moment would be simpler, but then a sign-out would count a moment late.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, oneshot};

/// Those who wait for the next look.
pub(super) struct SharedLook<T> {
    waiting: Mutex<Vec<oneshot::Sender<T>>>,
    asked: Notify,
}

impl<T: Clone> SharedLook<T> {
    pub(super) fn new() -> Self {
        Self {
            waiting: Mutex::default(),
            asked: Notify::new(),
        }
    }

    /// What a look sees that begins later than now.
    pub(super) async fn see(&self) -> T {
        let (sender, seen) = oneshot::channel();
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sender);
        self.asked.notify_one();
        match seen.await {
            Ok(seen) => seen,
            // Only where no one looks any more, and then no one is answered.
            Err(_) => std::future::pending().await,
        }
    }

    /// Looks for those who ask, until it is dropped.
    pub(super) async fn look(&self, look: impl Fn() -> T) -> Infallible {
        loop {
            self.asked.notified().await;
            let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            if waiting.is_empty() {
                continue;
            }
            let seen = look();
            for sender in waiting {
                // Who has hung up needs no answer.
                let _ = sender.send(seen.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn one_look_is_for_all_who_asked_before_it() {
        let (shared, looks) = (SharedLook::new(), AtomicUsize::new(0));
        let looking = shared.look(|| looks.fetch_add(1, Ordering::SeqCst) + 1);
        let asking = async {
            // One who hangs up takes nothing from the others.
            drop(tokio::time::timeout(std::time::Duration::ZERO, shared.see()).await);
            let first = join_all((0..50).map(|_| shared.see())).await;
            assert!(first.iter().all(|seen| *seen == first[0]), "{first:?}");
            assert!(shared.see().await > first[0], "seen after it was asked");
        };
        tokio::select! {
            _ = looking => {}
            () = asking => {}
        }
        assert!(looks.load(Ordering::SeqCst) <= 3);
    }
}
