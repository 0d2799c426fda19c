//! Signals, as events of the loop.

use std::io;

use futures_util::FutureExt as _;
use tokio::signal::unix::{SignalKind, signal};

/// What arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Interrupt,
    Terminate,
    Hangup,
    Stop,
    Continue,
}

impl Signal {
    /// Its number, which is the same on every Unix.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Hangup => 1,
            Self::Interrupt => 2,
            Self::Terminate => 15,
            // Never a reason to end.
            Self::Stop | Self::Continue => 0,
        }
    }
}

/// The signals that are listened to.
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
    stop: tokio::signal::unix::Signal,
    resume: tokio::signal::unix::Signal,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        let raw = |s: rustix::process::Signal| signal(SignalKind::from_raw(s.as_raw()));
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            stop: raw(rustix::process::Signal::TSTP)?,
            resume: raw(rustix::process::Signal::CONT)?,
        })
    }

    /// Drops those that a terminal sends for a key.
    pub(super) fn forget_keys(&mut self) {
        while self.interrupt.recv().now_or_never().is_some() {}
        while self.stop.recv().now_or_never().is_some() {}
    }

    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.hangup.recv() => Signal::Hangup,
            _ = self.stop.recv() => Signal::Stop,
            _ = self.resume.recv() => Signal::Continue,
        }
    }
}
