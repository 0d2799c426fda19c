//! The end of the program by a panic: it begins once, on the thread that panicked, and that thread never goes on. Other
//! threads run until the process exits, so whatever would take the terminal or end the program otherwise waits here.
//!
//! No `Drop` runs at such an end. Child processes that must not outlive the program are registered, and ended from here.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, waitpid};

/// Who ends the program.
static ENDER: OnceLock<ThreadId> = OnceLock::new();

/// What runs, and is ended with the program.
static CHILDREN: Mutex<Vec<(Pid, OnPanic)>> = Mutex::new(Vec::new());

/// How long the last output of a child is waited for.
const LAST_OUTPUT: Duration = Duration::from_secs(1);

/// What a child process gets where the program panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::platform) enum OnPanic {
    /// SIGTERM, as it gets it where someone ends the program.
    Terminate,
    /// SIGTERM, which interactive shells ignore, and SIGHUP, which they don't.
    HangUp,
    /// SIGKILL, to its whole group.
    KillGroup,
}

/// Begins the end. Of several threads that panic only the first one returns from here.
pub fn begin_end() {
    if *ENDER.get_or_init(current_thread) != current_thread() {
        wait_for_exit();
    }
}

/// Whether it has begun on another thread.
#[must_use]
pub fn is_begun_elsewhere() -> bool {
    ENDER.get().is_some_and(|ender| *ender != current_thread())
}

/// Waits for the exit of the process where its end has begun on another thread.
pub fn wait_if_begun() {
    if is_begun_elsewhere() {
        wait_for_exit();
    }
}

/// Whether this thread ends the program: locks that it may hold itself must not be waited for.
#[must_use]
pub fn is_begun_here() -> bool {
    ENDER.get() == Some(&current_thread())
}

fn current_thread() -> ThreadId {
    std::thread::current().id()
}

/// Waits until another thread has ended the process.
pub fn wait_for_exit() -> ! {
    loop {
        std::thread::park();
    }
}

/// Ends what is registered, and waits a moment for those that have the terminal: what they write last comes before what
/// is printed next.
pub fn end_children() {
    // Nothing panics while it holds this.
    let children = lock_children().clone();
    for (pid, how) in &children {
        let _ = match how {
            OnPanic::Terminate => kill_process(*pid, Signal::TERM),
            OnPanic::HangUp => {
                kill_process(*pid, Signal::TERM).and_then(|()| kill_process(*pid, Signal::HUP))
            }
            OnPanic::KillGroup => kill_process_group(*pid, Signal::KILL),
        };
    }
    let end = Instant::now() + LAST_OUTPUT;
    for (pid, _) in children.iter().filter(|(_, how)| *how != OnPanic::KillGroup) {
        while Instant::now() < end && matches!(waitpid(Some(*pid), WaitOptions::NOHANG), Ok(None)) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn lock_children() -> MutexGuard<'static, Vec<(Pid, OnPanic)>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A child process that is ended with the program, until this is dropped.
#[derive(Debug)]
pub(in crate::platform) struct Registered(Pid);

impl Registered {
    pub(in crate::platform) fn new(pid: Pid, how: OnPanic) -> Self {
        lock_children().push((pid, how));
        Self(pid)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut children = lock_children();
        if let Some(at) = children.iter().position(|(pid, _)| *pid == self.0) {
            children.swap_remove(at);
        }
    }
}
