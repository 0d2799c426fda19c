//! Ctrl-Z and Ctrl-C while a command waits for something.
//!
//! What it keeps others from is given up before it is stopped. Ctrl-C ends the process by itself until something
//! here listens to it for the first time; from then on everything that waits has to. The same goes for the other
//! signals that end a program, once a full screen has caught them.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::select_all;
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

use super::exit::Failure;
use super::progress;
use crate::app::App;
use crate::platform::tty;

/// Whether Ctrl-C is caught, so that it no longer ends the process by itself.
static CATCHES_INTERRUPTS: AtomicBool = AtomicBool::new(false);

/// Notes that Ctrl-C is caught from here on: a signal handler stays until the process ends.
fn catches_interrupts() {
    CATCHES_INTERRUPTS.store(true, Ordering::Relaxed);
}

/// Whether every signal that ends a program is caught, as a full screen does.
static CATCHES_ALL: AtomicBool = AtomicBool::new(false);

/// Notes that a full screen catches the signals that end a program. Its handlers stay until the process ends, so
/// whoever waits afterwards has to end by itself.
pub(super) fn catches_signals() {
    catches_interrupts();
    CATCHES_ALL.store(true, Ordering::Relaxed);
}

/// Waits for a signal that asks for the end, and gives back its number.
async fn terminated() -> u8 {
    let signals = [Signal::HUP, Signal::QUIT, Signal::TERM];
    let caught = signals.into_iter().filter_map(|raw| {
        let mut signal = signal(SignalKind::from_raw(raw.as_raw())).ok()?;
        Some(Box::pin(async move {
            signal.recv().await;
            u8::try_from(raw.as_raw()).unwrap_or_default()
        }))
    });
    select_all(caught).await.0
}

/// Waits for Ctrl-C, or another signal that asks for an orderly end. They are caught from the call on, before anyone
/// waits.
pub(super) fn asked_to_end() -> impl Future<Output = ()> {
    catches_interrupts();
    let ends = [Signal::INT, Signal::TERM, Signal::HUP]
        .into_iter()
        .filter_map(|raw| {
            let mut signal = signal(SignalKind::from_raw(raw.as_raw())).ok()?;
            Some(Box::pin(async move {
                signal.recv().await;
            }))
        });
    let ends = select_all(ends);
    async move {
        ends.await;
    }
}

/// Waits for Ctrl-C.
pub(super) async fn interrupted() {
    catches_interrupts();
    if tokio::signal::ctrl_c().await.is_err() {
        // It ends the process by itself then.
        std::future::pending::<()>().await;
    }
}

/// Stops this job at each Ctrl-Z, as the system would without us. Never returns.
pub(super) async fn stops(stop_job: impl Fn() -> io::Result<()>) {
    if let Ok(mut stop) = signal(SignalKind::from_raw(Signal::TSTP.as_raw())) {
        while stop.recv().await.is_some() {
            // A job that no one would continue isn't stopped, as the system has it.
            if tty::may_suspend() {
                progress::clear();
                let _ = stop_job();
            }
        }
    }
    std::future::pending::<()>().await;
}

/// Runs a future to its end. Ctrl-Z stops this job, and Ctrl-C and signals that ask for the end cancel what is
/// waited for where they don't end the process by themselves.
pub(super) async fn suspendable<T>(app: &App, work: Pin<Box<impl Future<Output = T>>>) -> Result<T, Failure> {
    tokio::select! {
        done = work => Ok(done),
        () = stops(|| app.context.stopped(tty::stop_this_job)) => Err(Failure::cancelled()),
        () = interrupted(), if CATCHES_INTERRUPTS.load(Ordering::Relaxed) => Err(Failure::cancelled()),
        number = terminated(), if CATCHES_ALL.load(Ordering::Relaxed) => Err(Failure::killed(number)),
    }
}
