//! Signals, as events of the loop.
//!
//! Every signal that ends a program by default is listened to, so that the terminal is given back before the end.

use std::io;

use futures_util::FutureExt as _;
use futures_util::future::select_all;
use rustix::process::Signal as Raw;
use tokio::signal::unix::{SignalKind, signal};

/// What arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// The signal of this number asks for the end.
    End(u8),
    Stop,
    Continue,
    Resize,
}

/// The number of SIGHUP, which also means a terminal that is gone.
pub(super) const HANGUP: u8 = 1;

/// The signals that end a program which doesn't know them. Not among them are those that no one can catch, and
/// those that say that the program itself is broken.
const ENDING: &[Raw] = &[
    Raw::HUP,
    Raw::INT,
    Raw::QUIT,
    Raw::TERM,
    Raw::USR1,
    Raw::USR2,
    Raw::ALARM,
    Raw::VTALARM,
    Raw::PROF,
    Raw::XCPU,
    #[cfg(target_os = "linux")]
    Raw::IO,
    #[cfg(target_os = "linux")]
    Raw::POWER,
];

/// The signals that are listened to.
pub(super) struct Signals {
    ending: Vec<(u8, tokio::signal::unix::Signal)>,
    stop: tokio::signal::unix::Signal,
    resume: tokio::signal::unix::Signal,
    resize: tokio::signal::unix::Signal,
}

fn listen_to_signal(raw: Raw) -> io::Result<tokio::signal::unix::Signal> {
    signal(SignalKind::from_raw(raw.as_raw()))
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        let ending = ENDING
            .iter()
            .map(|raw| Ok((u8::try_from(raw.as_raw()).unwrap_or(0), listen_to_signal(*raw)?)))
            .collect::<io::Result<_>>()?;
        Ok(Self {
            ending,
            stop: listen_to_signal(Raw::TSTP)?,
            resume: listen_to_signal(Raw::CONT)?,
            resize: listen_to_signal(Raw::WINCH)?,
        })
    }

    /// Drops those that were for a child: what a terminal sends for a key, and what was passed on.
    pub(super) fn forget_those_of_a_child(&mut self) {
        let of_child =
            [Raw::INT, Raw::QUIT, Raw::USR1, Raw::USR2].map(|raw| u8::try_from(raw.as_raw()).unwrap_or(0));
        for (number, signal) in &mut self.ending {
            while of_child.contains(number) && signal.recv().now_or_never().is_some() {}
        }
        while self.stop.recv().now_or_never().is_some() {}
    }

    pub(super) async fn next(&mut self) -> Signal {
        let ending = self.ending.iter_mut().map(|(number, signal)| {
            Box::pin(async {
                signal.recv().await;
                *number
            })
        });
        tokio::select! {
            (number, ..) = select_all(ending) => Signal::End(number),
            _ = self.stop.recv() => Signal::Stop,
            _ = self.resume.recv() => Signal::Continue,
            _ = self.resize.recv() => Signal::Resize,
        }
    }
}
