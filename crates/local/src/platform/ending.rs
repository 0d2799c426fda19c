//! The end of the program by a panic: it begins once, on the thread that panicked, and that thread never goes on. Other
//! threads run until the process exits, so whatever would take the terminal or end the program otherwise waits here.
//!
//! No `Drop` runs at such an end. Child processes that must not outlive the program are registered, and ended from here.
//! One is started and registered under a lock that the end waits for, so that it misses none that runs already.

use std::io;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, waitpid};

/// Who ends the program.
static ENDER: OnceLock<ThreadId> = OnceLock::new();

/// The child processes of this one.
static CHILDREN: Children = Children {
    start: Mutex::new(()),
    running: Mutex::new(Vec::new()),
};

/// How long the start of a child is waited for.
const LAST_START: Duration = Duration::from_secs(1);

/// After how long an interactive shell that still runs is sent SIGHUP again: bash can forget the first one, as
/// `processes::child` tells.
const HANG_UP_AGAIN: Duration = Duration::from_millis(100);

/// How long the last output of a child is waited for.
const LAST_OUTPUT: Duration = Duration::from_secs(1);

/// How often what is waited for is looked at.
const LOOK: Duration = Duration::from_millis(5);

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
    CHILDREN.end(LAST_OUTPUT);
}

/// Child processes that are ended with the program.
struct Children {
    /// Held while one is started and registered. Not the lock of what runs, because a start can take long, or panic, and
    /// what runs already must be ended all the same.
    start: Mutex<()>,
    running: Mutex<Vec<(Pid, OnPanic)>>,
}

impl Children {
    /// Ends them, and waits so long for those that have the terminal.
    fn end(&self, longest: Duration) {
        self.wait_for_start();
        // Nothing panics while it holds this.
        let children = self.lock_running().clone();
        for (pid, how) in &children {
            let _ = match how {
                OnPanic::Terminate => kill_process(*pid, Signal::TERM),
                OnPanic::HangUp => {
                    kill_process(*pid, Signal::TERM).and_then(|()| kill_process(*pid, Signal::HUP))
                }
                OnPanic::KillGroup => kill_process_group(*pid, Signal::KILL),
            };
        }
        let mut left = children;
        left.retain(|(_, how)| *how != OnPanic::KillGroup);
        let end = Instant::now() + longest;
        let mut again = Instant::now() + HANG_UP_AGAIN;
        loop {
            left.retain(|(pid, _)| matches!(waitpid(Some(*pid), WaitOptions::NOHANG), Ok(None)));
            let now = Instant::now();
            if left.is_empty() || now >= end {
                return;
            }
            if now >= again {
                for (pid, _) in left.iter().filter(|(_, how)| *how == OnPanic::HangUp) {
                    let _ = kill_process(*pid, Signal::HUP);
                }
                again = now + HANG_UP_AGAIN;
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Waits until no child is about to be registered, and gives up after a while: a start that panicked never comes to
    /// an end.
    fn wait_for_start(&self) {
        let end = Instant::now() + LAST_START;
        while matches!(self.start.try_lock(), Err(TryLockError::WouldBlock)) && Instant::now() < end {
            std::thread::sleep(LOOK);
        }
    }

    fn lock_running(&self) -> MutexGuard<'_, Vec<(Pid, OnPanic)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        let start = CHILDREN.start.lock().unwrap_or_else(PoisonError::into_inner);
        if is_begun_elsewhere() {
            drop(start);
            wait_for_exit();
        }
        let child = command.spawn()?;
        let registered = pid_of(&child).map(|pid| {
            CHILDREN.lock_running().push((pid, how));
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
        let mut children = CHILDREN.lock_running();
        if let Some(at) = children.iter().position(|(pid, _)| *pid == self.0) {
            children.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::process::{Child, Command, Stdio};
    use std::sync::Arc;

    use rustix::io::Errno;
    use rustix::process::test_kill_process;

    use super::*;

    /// For a machine that is busy: what ends is not waited for any longer.
    const LONGEST: Duration = Duration::from_mins(1);

    /// Starts what would run on, and registers it.
    fn register(children: &Children) -> Pid {
        let child = Command::new("sleep").arg("600").spawn().unwrap();
        let pid = Pid::from_child(&child);
        children.lock_running().push((pid, OnPanic::HangUp));
        // It is waited for by its number.
        let _: Child = child;
        pid
    }

    fn has_ended(pid: Pid) -> bool {
        test_kill_process(pid) == Err(Errno::SRCH)
    }

    #[test]
    fn a_child_that_is_being_started_is_ended_too() {
        let children = Arc::new(Children {
            start: Mutex::new(()),
            running: Mutex::new(Vec::new()),
        });
        let early = register(&children);
        let start = children.start.lock().unwrap();
        let end = std::thread::spawn({
            let children = Arc::clone(&children);
            move || children.end(LONGEST)
        });
        std::thread::sleep(Duration::from_millis(50));
        let late = register(&children);
        assert!(!has_ended(early), "the start is waited for");
        drop(start);
        end.join().unwrap();
        assert!(has_ended(early) && has_ended(late));
    }

    #[test]
    fn no_child_is_started_outside_the_lock() {
        let start = CHILDREN.start.lock().unwrap();
        let (send, started) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let mut command = tokio::process::Command::new("true");
                let (mut child, _registered) = Registered::spawn(&mut command, OnPanic::Terminate).unwrap();
                send.send(()).unwrap();
                child.wait().await.unwrap();
            });
        });
        let early = started.recv_timeout(Duration::from_millis(200));
        assert!(early.is_err(), "it was started while another start was under way");
        drop(start);
        thread.join().unwrap();
    }

    #[test]
    fn a_child_that_forgets_a_hang_up_is_ended_too() {
        let children = Children {
            start: Mutex::new(()),
            running: Mutex::new(Vec::new()),
        };
        let script = "trap '' TERM; trap \"trap 'exit 7' HUP\" HUP; echo; while :; do sleep 0.05; done";
        // The program that runs the tests may ignore SIGHUP (nohup does), and a shell traps none that was ignored when it began.
        let words: &[&str] = if cfg!(target_os = "linux") {
            &["env", "--default-signal", "sh", "-c", script]
        } else {
            &["sh", "-c", script]
        };
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = [0];
        child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
        let pid = Pid::from_child(&child);
        children.lock_running().push((pid, OnPanic::HangUp));
        children.end(LONGEST);
        assert!(has_ended(pid));
        // It was waited for by its number.
        assert!(child.wait().is_err());
    }

    #[test]
    fn children_are_ended_although_a_start_has_no_end() {
        let children = Children {
            start: Mutex::new(()),
            running: Mutex::new(Vec::new()),
        };
        let pid = register(&children);
        let _never = children.start.lock().unwrap();
        children.end(LONGEST);
        assert!(has_ended(pid));
    }
}
