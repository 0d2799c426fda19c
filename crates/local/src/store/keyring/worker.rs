//! A thread for calls that may wait for the user or hang, with a limit on how long their caller waits.
//!
//! The calls of one keyring are made one after another on one thread: the libraries below block, keep a connection, and
//! offer no way to cancel. Where a call takes longer than the limit its caller goes on, and the thread is left behind; the
//! next call gets a new one.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

/// A wait that is shorter than this is not worth a message.
const SILENT: Duration = Duration::from_secs(1);

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

/// The call did not end in time, or its thread has died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimedOut;

/// A thread with a state of its own.
pub(super) struct Worker<S> {
    jobs: Mutex<Option<Sender<Job<S>>>>,
}

impl<S: Default + 'static> Default for Worker<S> {
    fn default() -> Self {
        Self {
            jobs: Mutex::new(None),
        }
    }
}

impl<S: Default + 'static> Worker<S> {
    /// Runs `work` on the thread and waits for its result, for as long as `limit`.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, TimedOut> {
        let (send, answer) = oneshot::channel();
        self.submit(Box::new(move |state| {
            // No one waits any more: what was done stays done.
            let _ = send.send(work(state));
        }));
        if let Ok(Ok(done)) = tokio::time::timeout(limit, answer).await {
            return Ok(done);
        }
        self.lock().take();
        Err(TimedOut)
    }

    /// The same for a caller that can't await. `on_wait` is called where the wait is worth a message.
    pub(super) fn run_blocking<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce(&mut S) -> T + Send + 'static,
        on_wait: &dyn Fn(),
    ) -> Result<T, TimedOut> {
        let (send, answer) = channel();
        self.submit(Box::new(move |state| {
            let _ = send.send(work(state));
        }));
        let first = limit.min(SILENT);
        let done = match answer.recv_timeout(first) {
            Err(RecvTimeoutError::Timeout) if first < limit => {
                on_wait();
                answer.recv_timeout(limit.saturating_sub(first))
            }
            done => done,
        };
        done.map_err(|_| {
            self.lock().take();
            TimedOut
        })
    }

    fn submit(&self, job: Job<S>) {
        let mut jobs = self.lock();
        let unsent = match jobs.as_ref() {
            Some(sender) => sender.send(job).err().map(|unsent| unsent.0),
            None => Some(job),
        };
        if let Some(job) = unsent {
            let (sender, jobs_to_do) = channel::<Job<S>>();
            // Where no thread can be started the receiver is dropped, and the caller is told that nothing answered.
            let _ = sender.send(job);
            let thread = std::thread::Builder::new().name("keyring".to_owned());
            let _ = thread.spawn(move || {
                let mut state = S::default();
                for job in jobs_to_do {
                    job(&mut state);
                }
            });
            *jobs = Some(sender);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Sender<Job<S>>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn calls_share_a_thread_and_its_state_until_one_hangs() {
        let worker = Worker::<Vec<u32>>::default();
        let add = |number| {
            move |list: &mut Vec<u32>| {
                list.push(number);
                list.clone()
            }
        };
        assert_eq!(worker.run(LONG, add(1)).await, Ok(vec![1]));
        assert_eq!(worker.run_blocking(LONG, add(2), &|| {}), Ok(vec![1, 2]));
        let (release, released) = channel::<()>();
        let hung = worker.run(Duration::from_millis(20), move |list| {
            let _ = released.recv();
            list.clone()
        });
        assert_eq!(hung.await, Err(TimedOut));
        assert_eq!(
            worker.run(LONG, add(3)).await,
            Ok(vec![3]),
            "on a thread of its own"
        );
        drop(release);
    }

    #[tokio::test]
    async fn a_call_whose_thread_ends_is_one_without_an_answer() {
        let worker = Worker::<()>::default();
        let fails = worker.run(LONG, |()| {
            if true {
                std::panic::resume_unwind(Box::new("quietly"));
            }
        });
        assert_eq!(fails.await, Err(TimedOut));
        assert_eq!(worker.run(LONG, |()| 1).await, Ok(1));
    }
}
