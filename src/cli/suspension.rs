//! Ctrl-Z while a command waits for something: what it keeps others from is given up before it is stopped.

use std::pin::Pin;

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

use crate::platform::tty;
use crate::portal::Portal;

/// Runs a future to its end. Ctrl-Z stops this job, as it would without us.
pub(super) async fn suspendable<T>(portal: &Portal, mut work: Pin<Box<impl Future<Output = T>>>) -> T {
    let Ok(mut stop) = signal(SignalKind::from_raw(Signal::TSTP.as_raw())) else {
        return work.await;
    };
    loop {
        tokio::select! {
            done = &mut work => return done,
            // A job that nobody would continue isn't stopped, as the system has it.
            _ = stop.recv() => if tty::may_suspend() {
                let _ = portal.stopped(tty::stop_this_job);
            },
        }
    }
}
