//! Whose terminal it is.

use std::fs::File;
use std::io;

use nix::sys::signal::{SigSet, Signal};
use rustix::process::getpgrp;
use rustix::termios::{tcgetpgrp, tcsetpgrp};

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
