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

/// What a command waits for. Boxed, and of one type for each result, as are the other layers around a command: otherwise
/// each of them is compiled again for each command.
pub(super) type BoxedWork<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Whether Ctrl-C is caught, so that it no longer ends the process by itself.
static CATCHES_INTERRUPTS: AtomicBool = AtomicBool::new(false);

/// Notes that Ctrl-C is caught from here on: a signal handler stays until the process ends.
fn catches_interrupts() {
    CATCHES_INTERRUPTS.store(true, Ordering::Relaxed);
}

/// Whether every signal that ends a program is caught, as a full screen does.
static CATCHES_ALL: AtomicBool = AtomicBool::new(false);

/// Notes that a full screen catches the signals that end a program. Its handlers stay until the process ends, so
/// code that waits afterwards has to end by itself.
pub(super) fn catches_signals() {
    catches_interrupts();
    CATCHES_ALL.store(true, Ordering::Relaxed);
}

/// Waits for a signal that asks for the end, and gives back its number. They are listened to from the call on.
fn wait_for_termination() -> impl Future<Output = u8> {
    let signals = [Signal::HUP, Signal::QUIT, Signal::TERM];
    let caught = signals.into_iter().filter_map(|raw| {
        let mut signal = signal(SignalKind::from_raw(raw.as_raw())).ok()?;
        Some(Box::pin(async move {
            signal.recv().await;
            u8::try_from(raw.as_raw()).unwrap_or_default()
        }))
    });
    let first = select_all(caught);
    async move { first.await.0 }
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

/// Waits for Ctrl-C. It is caught from the call on: who asks a question, shows an address or hides what is typed calls
/// this first, so that no key in between ends the process and leaves the terminal as it is.
pub(super) fn wait_for_interrupt() -> impl Future<Output = ()> {
    catches_interrupts();
    let caught = signal(SignalKind::interrupt());
    async move {
        match caught {
            Ok(mut interrupt) => {
                interrupt.recv().await;
            }
            // It ends the process by itself then.
            Err(_) => std::future::pending().await,
        }
    }
}

/// Stops this job at each Ctrl-Z, as the system would without us. It is caught from the call on. Never ends.
pub(super) fn stop_on_suspend(stop_job: &dyn Fn() -> io::Result<()>) -> impl Future<Output = ()> {
    let caught = signal(SignalKind::from_raw(Signal::TSTP.as_raw()));
    async move {
        if let Ok(mut stop) = caught {
            while stop.recv().await.is_some() {
                // A job that no one would continue isn't stopped, as the system has it.
                if tty::may_suspend() {
                    progress::clear_line();
                    let _ = stop_job();
                }
            }
        }
        std::future::pending::<()>().await;
    }
}

/// Runs a future to its end. Ctrl-Z stops this job, and Ctrl-C and signals that ask for the end cancel what is
/// waited for where they don't end the process by themselves.
pub(super) async fn run_suspendable<T>(app: &App, work: BoxedWork<'_, T>) -> Result<T, Failure> {
    // Called only where it is caught already: `select!` would call it before it looks at a branch's condition, and a
    // signal that is caught from then on would end nothing.
    let interrupt = CATCHES_INTERRUPTS
        .load(Ordering::Relaxed)
        .then(wait_for_interrupt);
    let termination = CATCHES_ALL.load(Ordering::Relaxed).then(wait_for_termination);
    let stop_job = || app.context.stopped(tty::stop_this_job);
    tokio::select! {
        done = work => Ok(done),
        () = stop_on_suspend(&stop_job) => Err(Failure::cancelled()),
        () = if_any(interrupt) => Err(Failure::cancelled()),
        number = if_any(termination) => Err(Failure::killed(number)),
    }
}

/// Waits for a future, where there is one, and else forever.
async fn if_any<T>(future: Option<impl Future<Output = T>>) -> T {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}
