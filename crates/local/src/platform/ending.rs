//! The end of the program by a panic: it begins once, on the thread that panicked, and that thread never goes on. Other
//! threads run until the process exits, so whatever would take the terminal or end the program otherwise waits here.
//!
//! No `Drop` runs at such an end. Child processes that must not outlive the program are registered, and ended from here.
//! They are started under the lock of what is registered, so that no end finds one that runs and isn't known yet.

use std::io;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, waitpid};

/// Who ends the program.
static ENDER: OnceLock<ThreadId> = OnceLock::new();

/// What runs, and is ended with the program.
static CHILDREN: Mutex<Vec<(Pid, OnPanic)>> = Mutex::new(Vec::new());

/// How long the last output of a child is waited for, and the start of one.
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

/// How often what is waited for is looked at.
const LOOK: Duration = Duration::from_millis(5);

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
    let end = Instant::now() + LAST_OUTPUT;
    let children = wait_for_children(end)
        .map(|children| children.clone())
        .unwrap_or_default();
    for (pid, how) in &children {
        let _ = match how {
            OnPanic::Terminate => kill_process(*pid, Signal::TERM),
            OnPanic::HangUp => {
                kill_process(*pid, Signal::TERM).and_then(|()| kill_process(*pid, Signal::HUP))
            }
            OnPanic::KillGroup => kill_process_group(*pid, Signal::KILL),
        };
    }
    for (pid, _) in children.iter().filter(|(_, how)| *how != OnPanic::KillGroup) {
        while Instant::now() < end && matches!(waitpid(Some(*pid), WaitOptions::NOHANG), Ok(None)) {
            std::thread::sleep(LOOK);
        }
    }
}

/// The children, once none is about to be added. Only for a moment: the start of a child may be what panicked, and then this
/// thread has the lock itself.
fn wait_for_children(end: Instant) -> Option<MutexGuard<'static, Vec<(Pid, OnPanic)>>> {
    loop {
        match CHILDREN.try_lock() {
            Ok(children) => return Some(children),
            Err(TryLockError::Poisoned(children)) => return Some(children.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(LOOK),
            Err(TryLockError::WouldBlock) => return None,
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
    /// Starts a child process that ends with the program.
    ///
    /// # Errors
    /// Where the program can't be started.
    pub(in crate::platform) fn spawn(
        command: &mut tokio::process::Command,
        how: OnPanic,
    ) -> io::Result<(tokio::process::Child, Option<Self>)> {
        let mut children = lock_children();
        if is_begun_elsewhere() {
            drop(children);
            wait_for_exit();
        }
        let child = command.spawn()?;
        let registered = pid_of(&child).map(|pid| {
            children.push((pid, how));
            Self(pid)
        });
        Ok((child, registered))
    }
}

/// The ID of a child process that was not waited for yet.
pub(in crate::platform) fn pid_of(child: &tokio::process::Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()?).ok()?)
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut children = lock_children();
        if let Some(at) = children.iter().position(|(pid, _)| *pid == self.0) {
            children.swap_remove(at);
        }
    }
}
