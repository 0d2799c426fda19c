//! Reads keys: a thread that waits for the terminal's bytes, so that the wait for the rest of a key is counted
//! from the moment its first byte arrives, however busy the loop is.
//!
//! The thread has ended when [`Input`] is dropped: it takes no key from a child that gets the terminal.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::thread::JoinHandle;
use std::time::Duration;

use crossterm::event::Event;
use nix::sys::select::{FdSet, select};
use nix::sys::time::{TimeVal, TimeValLike as _};
use rustix::fs::{Mode, OFlags, open};
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::platform::tty;
use crate::tui::input::decode::Decoder;

/// Keys, pastes and mouse events of the terminal.
pub(super) struct Input {
    events: UnboundedReceiver<Event>,
    /// Closed, it ends the thread.
    stop: Option<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Input {
    pub(super) fn open() -> io::Result<Self> {
        // Opened again, so that it may be non-blocking: other programs share the terminal that was given to us.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let tty = open(tty::PATH, flags, Mode::empty())?;
        let (stopped, stop) = pipe_with(PipeFlags::CLOEXEC)?;
        let (send, events) = unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || {
                let _ = read_terminal(&tty, &stopped, &send);
            })?;
        Ok(Self {
            events,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The next one; `None` once the terminal is gone.
    pub(super) async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads until it is stopped or the terminal is gone.
fn read_terminal(tty: &OwnedFd, stopped: &OwnedFd, send: &UnboundedSender<Event>) -> io::Result<()> {
    let mut decoder = Decoder::default();
    let mut buffer = [0; 4096];
    let mut timeout = None;
    loop {
        let readable = wait_for_bytes(tty, stopped, timeout)?;
        if readable == Readable::Stopped {
            return Ok(());
        }
        // Looked at even when the time is up: the rest may have come at the last moment.
        let events = match rustix::io::read(tty, &mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => decoder.feed(buffer.get(..count).unwrap_or_default()),
            Err(rustix::io::Errno::AGAIN) if readable == Readable::Nothing => decoder.give_up(),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        for event in events {
            if send.send(event).is_err() {
                return Ok(());
            }
        }
        timeout = decoder.escape_timeout();
    }
}

#[derive(PartialEq, Eq)]
enum Readable {
    Terminal,
    Stopped,
    /// The time is up.
    Nothing,
}

/// Waits for bytes. By `select`, because not every system can `poll` a terminal.
fn wait_for_bytes(tty: &OwnedFd, stopped: &OwnedFd, timeout: Option<Duration>) -> io::Result<Readable> {
    let highest = tty.as_raw_fd().max(stopped.as_raw_fd());
    if usize::try_from(highest).map_or(true, |fd| fd >= nix::sys::select::FD_SETSIZE) {
        return Err(io::Error::other("too many open files"));
    }
    loop {
        let mut set = FdSet::new();
        set.insert(tty.as_fd());
        set.insert(stopped.as_fd());
        let mut left =
            timeout.map(|wait| TimeVal::milliseconds(i64::try_from(wait.as_millis()).unwrap_or(0)));
        match select(highest + 1, &mut set, None, None, &mut left) {
            Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) if set.contains(stopped.as_fd()) => return Ok(Readable::Stopped),
            Ok(_) if set.contains(tty.as_fd()) => return Ok(Readable::Terminal),
            Ok(_) => return Ok(Readable::Nothing),
        }
    }
}
