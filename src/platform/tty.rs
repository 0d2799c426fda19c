//! Whose terminal it is, and who else is in our job.
//!
//! Process ids come from `nix`: in a container the leader of our session or of our group may live
//! outside, the kernel then answers 0, and that is a number which `rustix` holds for impossible.

use std::fs::File;
use std::io;

use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::{getpgid, getpgrp, getpid, getppid, getsid, tcgetpgrp, tcsetpgrp};

/// Whether stopping this process gives the terminal to somebody: a session's first process has
/// nobody who would continue it.
#[must_use]
pub fn may_suspend() -> bool {
    let session = |pid| getsid(pid).map_or(0, nix::unistd::Pid::as_raw);
    let (parent, ours) = (getppid(), session(None));
    // 0: our shell, or whoever started us, is outside this container and can't be told to wait.
    parent.as_raw() > 0 && ours > 0 && session(Some(parent)) == ours
}

/// Whether keys such as Ctrl-C reach us: the terminal sends them to its foreground group.
#[must_use]
pub fn is_foreground() -> bool {
    File::open("/dev/tty").is_ok_and(|tty| tcgetpgrp(&tty).is_ok_and(|group| group == getpgrp()))
}

/// Stops this process, and whoever waits for it in the same job, until the shell continues them.
///
/// # Errors
/// Where the kernel refuses.
pub fn stop_this_job() -> io::Result<()> {
    // A parent in our job, such as the demo, stops by its default.
    let parent = getppid();
    if parent.as_raw() > 0 && getpgid(Some(parent)) == getpgid(None) {
        let _ = kill(parent, Signal::SIGTSTP);
    }
    Ok(kill(getpid(), Signal::SIGSTOP)?)
}

/// Takes the terminal back after a child that was killed while it owned it: an interactive shell
/// makes a process group of its own the foreground one, and only at an orderly end undoes that.
///
/// # Errors
/// Where the terminal is gone.
pub fn take_foreground(tty: &File) -> io::Result<()> {
    let ours = getpgrp();
    if tcgetpgrp(tty)? == ours {
        return Ok(());
    }
    // Whoever asks for this from the background is stopped by SIGTTOU, unless that is blocked.
    let mut mask = SigSet::empty();
    mask.add(Signal::SIGTTOU);
    let before = mask.thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_BLOCK)?;
    let done = tcsetpgrp(tty, ours);
    before.thread_set_mask()?;
    Ok(done?)
}
