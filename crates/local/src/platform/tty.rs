//! Whose terminal it is, and who else is in our job.
//!
//! Process ids come from `nix`: in a container the leader of our session or of our group may live
//! outside, the kernel then answers 0, and that is a number which `rustix` holds for impossible.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::{Pid, getpgid, getpgrp, getpid, getppid, getsid, tcgetpgrp, tcsetpgrp};

use crate::platform::ending;
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::FileKind;

/// The terminal of this session, whatever the standard streams are.
pub const PATH: &str = "/dev/tty";

/// XTWINOPS: restore the title that was saved.
pub const RESTORE_TITLE: &str = "\x1b[23;2t";

/// Whether [`set_title`] has set a title, and the one before must be restored.
static TITLED: AtomicBool = AtomicBool::new(false);

/// How the terminal was before it hid what is typed.
static SHOWN: Mutex<Option<rustix::termios::Termios>> = Mutex::new(None);

/// Whether stopping this job gives the terminal to a process that can continue it. A job whose parents are all of
/// other sessions, such as a session's first one, would stay stopped: the system ignores Ctrl-Z there, too.
///
/// In a PID namespace that was entered from outside, the session ID reads as 0 for every process whose session
/// began outside. Children inherit their session, so two of them in one line of descent still share it.
#[must_use]
pub fn may_suspend() -> bool {
    let Ok(ours) = getsid(None) else { return false };
    find_job().1.is_some_and(|above| getsid(Some(above)) == Ok(ours))
}

/// Those of our ancestors that are in our job, and the first one that isn't, where it can be known.
fn find_job() -> (Vec<Pid>, Option<Pid>) {
    let ours = Ok(getpgrp());
    let mut inside = Vec::new();
    let mut next = Some(getppid());
    while let Some(pid) = next.filter(|pid| pid.as_raw() > 0) {
        if getpgid(Some(pid)) != ours {
            return (inside, Some(pid));
        }
        inside.push(pid);
        next = parent_of(pid);
    }
    // Where the system doesn't tell whose children others are, our parent must do.
    let known = cfg!(target_os = "linux");
    (inside.clone(), inside.first().copied().filter(|_| !known))
}

fn parent_of(pid: Pid) -> Option<Pid> {
    // pid (name, which may hold anything) state parent
    let stat = safe_open::read_file(format!("/proc/{pid}/stat").as_ref(), FileKind::Named).ok()??;
    let stat = String::from_utf8_lossy(&stat);
    let mut words = stat.rsplit(')').next()?.split_whitespace();
    words.nth(1)?.parse().ok().map(Pid::from_raw)
}

/// Whether keys such as Ctrl-C reach us: the terminal sends them to its foreground group.
#[must_use]
pub fn is_foreground() -> bool {
    open_controlling_terminal().is_ok_and(|tty| tcgetpgrp(&tty).is_ok_and(|group| group == getpgrp()))
}

/// Whether there is a terminal that a user sits at.
#[must_use]
pub fn is_there() -> bool {
    open_controlling_terminal().is_ok()
}

/// Standard input, output and error for a child that needs the terminal in all three: the terminal for each of
/// ours that is redirected, `None` for those that are a terminal already, and where this process doesn't have
/// the terminal.
#[must_use]
pub fn in_place_of_redirected() -> [Option<File>; 3] {
    let redirected = [
        !io::stdin().is_terminal(),
        !io::stdout().is_terminal(),
        !io::stderr().is_terminal(),
    ];
    if !redirected.contains(&true) || !is_foreground() {
        return [None, None, None];
    }
    redirected.map(|redirected| {
        let open = || open_terminal(File::options().read(true).write(true)).ok();
        redirected.then(open).flatten()
    })
}

/// Sets the title of the terminal's window until the answer is dropped; then the one before comes back, where the
/// terminal keeps it. An empty `text` leaves it to others to set one. `text` must be clean. `None` where there is no
/// terminal.
#[must_use]
pub fn set_title(text: &str) -> Option<Title> {
    let mut terminal = open_terminal(File::options().write(true)).ok()?;
    // XTWINOPS: save the title; OSC 2: set it.
    write!(terminal, "\u{1b}[22;2t").ok()?;
    if !text.is_empty() {
        write!(terminal, "\u{1b}]2;{text}\u{7}").ok()?;
    }
    TITLED.store(true, Ordering::SeqCst);
    Some(Title(terminal))
}

/// Sends a sequence to the terminal, where there is one. `sequence` must print nothing: a program may have the screen.
pub fn send_sequence(sequence: &str) {
    if let Ok(mut terminal) = open_terminal(File::options().write(true)) {
        // No one is left to be told where the terminal is gone.
        let _ = terminal.write_all(sequence.as_bytes());
    }
}

/// A title that was set.
#[derive(Debug)]
pub struct Title(File);

impl Drop for Title {
    fn drop(&mut self) {
        if TITLED.swap(false, Ordering::SeqCst) {
            let _ = self.0.write_all(RESTORE_TITLE.as_bytes());
        }
    }
}

/// Undoes what [`set_title`] and [`hide_typing`] did: a panic ends the program without dropping what they returned.
pub fn restore_after_panic() {
    show_typing();
    if TITLED.swap(false, Ordering::SeqCst) {
        send_sequence(RESTORE_TITLE);
    }
}

/// Turns off that standard input, which is a terminal, shows what is typed, until the answer is dropped.
///
/// # Errors
/// Where it is no terminal.
pub fn hide_typing() -> io::Result<HiddenTyping> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let shown = tcgetattr(rustix::stdio::stdin())?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    ending::wait_if_begun();
    *lock_shown() = Some(shown);
    let typing = HiddenTyping(());
    // What was typed before the question is no answer to it.
    tcsetattr(rustix::stdio::stdin(), OptionalActions::Flush, &hidden)?;
    Ok(typing)
}

/// A terminal that doesn't show what is typed.
#[derive(Debug)]
pub struct HiddenTyping(());

impl Drop for HiddenTyping {
    fn drop(&mut self) {
        show_typing();
    }
}

fn show_typing() {
    use rustix::termios::{OptionalActions, tcsetattr};
    if let Some(shown) = lock_shown().take() {
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &shown);
    }
}

fn lock_shown() -> MutexGuard<'static, Option<rustix::termios::Termios>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open_controlling_terminal() -> io::Result<File> {
    open_terminal(File::options().read(true))
}

#[expect(clippy::disallowed_methods, reason = "a terminal, not a file")]
fn open_terminal(options: &std::fs::OpenOptions) -> io::Result<File> {
    options.open(PATH)
}

/// Whether a line of ours on standard error, which is a terminal, disturbs no one: we are its foreground job, and no
/// program has it in a mode of its own, as a pager, an editor or a full-screen program does that runs us.
#[must_use]
pub fn accepts_lines() -> bool {
    use rustix::termios::{LocalModes, tcgetattr};
    let reads_lines =
        tcgetattr(rustix::stdio::stderr()).is_ok_and(|modes| modes.local_modes.contains(LocalModes::ICANON));
    reads_lines
        && open_controlling_terminal()
            .map_or(true, |tty| tcgetpgrp(&tty).is_ok_and(|group| group == getpgrp()))
}

/// How many columns the terminal of standard output has, where it is one.
#[must_use]
pub fn terminal_columns() -> Option<usize> {
    columns_of(rustix::stdio::stdout())
}

/// How many columns the terminal of standard error has, where it is one.
#[must_use]
pub fn columns_of_error() -> Option<usize> {
    columns_of(rustix::stdio::stderr())
}

/// How many columns and rows the terminal of standard error has, where it is one.
#[must_use]
pub fn size_of_error() -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stderr()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((usize::from(size.ws_col), usize::from(size.ws_row)))
}

fn columns_of(stream: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// Stops this process, and the processes that wait for it in the same job, until the shell continues them.
///
/// # Errors
/// Where the kernel refuses.
pub fn stop_this_job() -> io::Result<()> {
    // Parents in our job, such as the demo or a script, stop by their default.
    for parent in find_job().0 {
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
    // A process that asks for this from the background is stopped by SIGTTOU, unless that is blocked.
    let mut mask = SigSet::empty();
    mask.add(Signal::SIGTTOU);
    let before = mask.thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_BLOCK)?;
    let done = tcsetpgrp(tty, ours);
    before.thread_set_mask()?;
    Ok(done?)
}
