//! The terminal: taken, given back, and whole again however the program ends.
//!
//! Drawn on `/dev/tty`, so that standard output stays free for data. One idempotent `restore_terminal`
//! serves leaving, panics and signals.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen,
};
use crossterm::{cursor, execute, queue};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::sync::Notify;

use crate::platform::tty;

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether some task or thread has panicked since the start, and the loop's bell for it.
static PANICKED: AtomicBool = AtomicBool::new(false);
static BELL: Notify = Notify::const_new();
static HOOK: Once = Once::new();

/// What a child that was killed may have left on, taken back: mouse and focus reports, keys of
/// full-screen programs, origin, margins, no wrapping, insertion, line drawing, colours.
const RESET_MODES: &str = "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?1l\x1b>\x1b[?6l\x1b[r\x1b[?7h\
                        \x1b[4l\x1b(B\x0f\x1b[m";

/// How the terminal's lines worked before it was ours.
static SAVED: Mutex<Option<Termios>> = Mutex::new(None);

/// Whether the title of the window is ours now, and the one before is kept by the terminal.
static TITLED: AtomicBool = AtomicBool::new(false);

/// Whether there is a terminal to draw on and to read keys from.
#[must_use]
pub fn has_terminal() -> bool {
    open_tty().is_ok_and(|tty| rustix::termios::isatty(&tty))
}

/// Whether a terminal of this kind can't place its cursor, such as the shell window of an editor.
pub(super) fn is_plain(term: &str) -> bool {
    matches!(term, "dumb" | "unknown")
}

#[expect(clippy::disallowed_methods, reason = "a terminal, not a file")]
fn open_tty() -> io::Result<File> {
    File::options().read(true).write(true).open(tty::PATH)
}

fn saved_settings() -> MutexGuard<'static, Option<Termios>> {
    SAVED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether something has panicked.
pub(super) fn has_panicked() -> bool {
    PANICKED.load(Ordering::Relaxed)
}

/// Waits until something panics, and its message is printed.
pub(super) async fn wait_for_panic() {
    BELL.notified().await;
}

/// Waits until the message of a panic is printed, which another thread may still be doing: the error that ends the
/// program refers to the lines above it. Not for long, because a terminal that is stopped takes no output.
pub(super) async fn wait_for_message() {
    let _ = tokio::time::timeout(Duration::from_secs(2), BELL.notified()).await;
}

type Inner = ratatui::Terminal<CrosstermBackend<BufWriter<File>>>;

fn new_inner(tty: &File) -> io::Result<Inner> {
    ratatui::Terminal::new(CrosstermBackend::new(BufWriter::new(tty.try_clone()?)))
}

/// The terminal while the portal is on it.
pub(super) struct Terminal {
    /// Its own end would show the cursor, which is [`restore_terminal`]'s to do, and complain on a stderr that may
    /// be gone with the terminal: that would be a panic.
    inner: ManuallyDrop<Inner>,
    tty: File,
    mouse: bool,
    title: Option<String>,
}

impl Terminal {
    /// Takes the terminal.
    pub(super) fn take(mouse: bool) -> io::Result<Self> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                PANICKED.store(true, Ordering::Relaxed);
                restore_terminal();
                before(info);
                BELL.notify_one();
            }));
        });
        // NO_COLOR is the theme's to follow: a QR code is black on white with it, too.
        crossterm::style::force_color_output(true);
        let tty = open_tty()?;
        *saved_settings() = Some(tcgetattr(&tty)?);
        let inner = ManuallyDrop::new(new_inner(&tty)?);
        let mut terminal = Self {
            inner,
            tty,
            mouse,
            title: None,
        };
        terminal.enter()?;
        Ok(terminal)
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        self.inner
            .size()
            .map_or((80, 24), |size| (size.width, size.height))
    }

    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.inner.backend_mut(), BeginSynchronizedUpdate)?;
        self.inner.draw(draw)?;
        queue!(self.inner.backend_mut(), EndSynchronizedUpdate)?;
        io::Write::flush(self.inner.backend_mut())
    }

    /// Draws every cell again the next time. Not by asking the terminal where its cursor is, as
    /// `clear` would: the answer mixes with keys that a user types.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        execute!(self.tty, Clear(ClearType::All))?;
        let new = ManuallyDrop::new(new_inner(&self.tty)?);
        let mut old = std::mem::replace(&mut self.inner, new);
        // With the cursor shown its end has nothing left to do.
        old.show_cursor()?;
        drop(ManuallyDrop::into_inner(old));
        Ok(())
    }

    /// Sets the title of the window, or brings back the one before. It is ours only while the terminal is.
    pub(super) fn set_title(&mut self, title: Option<String>) -> io::Result<()> {
        self.title = title;
        if self.title.is_none() {
            restore_title(&mut self.tty);
            return Ok(());
        }
        self.show_title()
    }

    fn show_title(&mut self) -> io::Result<()> {
        let Some(title) = self.title.as_ref().filter(|_| TAKEN.load(Ordering::SeqCst)) else {
            return Ok(());
        };
        // XTWINOPS: save the title; OSC 2: set it.
        let save = if TITLED.swap(true, Ordering::SeqCst) {
            ""
        } else {
            "\u{1b}[22;2t"
        };
        write!(self.tty, "{save}\u{1b}]2;{title}\u{7}")?;
        self.tty.flush()
    }

    /// Writes a sequence that shows nothing, such as one that copies.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        self.send_bytes(sequence.as_bytes())
    }

    /// Writes what a child wrote.
    pub(super) fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.tty.write_all(bytes)?;
        self.tty.flush()
    }

    /// Keys come one by one, on the screen that a child has left, until what is returned is dropped. Keys that the
    /// child left unread were for the child.
    pub(super) fn raw_lines(&self) -> io::Result<RawLines> {
        tty::take_foreground(&self.tty)?;
        let mut raw = tcgetattr(&self.tty)?;
        raw.make_raw();
        let lines = RawLines(self.tty.try_clone()?);
        tcsetattr(&self.tty, OptionalActions::Flush, &raw)?;
        Ok(lines)
    }

    /// Takes it again from a child, even one that was killed while the terminal was its own. Keys that the child
    /// left unread were for the child.
    pub(super) fn reclaim_from_child(&mut self) -> io::Result<()> {
        tty::take_foreground(&self.tty)?;
        self.retake(OptionalActions::Flush)
    }

    /// Takes it again after a stop. Unread keys stay: a user who types `fg` goes on typing, and the signal that
    /// continued us may be seen only after the first of those keys, when the terminal has been ours for a while.
    pub(super) fn reclaim(&mut self) -> io::Result<()> {
        self.retake(OptionalActions::Now)
    }

    /// Raw at once, not by way of usual lines: a Ctrl-C that is typed in between would be a signal.
    fn retake(&mut self, unread_keys: OptionalActions) -> io::Result<()> {
        self.set_raw(unread_keys)?;
        if TAKEN.swap(false, Ordering::SeqCst) {
            // Whoever had it meanwhile may have left either screen, and the cursor of the usual one anywhere.
            leave_screen(&mut self.tty);
        }
        self.enter()?;
        self.forget()
    }

    /// Made from the lines that were saved, whatever someone else left.
    fn set_raw(&self, unread_keys: OptionalActions) -> io::Result<()> {
        let before = saved_settings().clone();
        let mut raw = before.map_or_else(|| tcgetattr(&self.tty), Ok)?;
        raw.make_raw();
        Ok(tcsetattr(&self.tty, unread_keys, &raw)?)
    }

    fn enter(&mut self) -> io::Result<()> {
        TAKEN.store(true, Ordering::SeqCst);
        self.set_raw(OptionalActions::Now)?;
        // Margins move the cursor: only the alternate screen's may move.
        execute!(
            self.tty,
            EnterAlternateScreen,
            Print(RESET_MODES),
            EnableBracketedPaste,
            cursor::Hide
        )?;
        if self.mouse {
            execute!(self.tty, EnableMouseCapture)?;
        }
        self.show_title()
    }
}

/// The terminal's lines are raw as long as this lives.
pub(super) struct RawLines(File);

impl Drop for RawLines {
    fn drop(&mut self) {
        if let Some(saved) = saved_settings().as_ref() {
            // One that is gone needs nothing any more.
            let _ = tcsetattr(&self.0, OptionalActions::Now, saved);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore_terminal();
    }
}

/// Gives the terminal back if it is ours. Errors have no one to go to: it may be gone.
pub(super) fn restore_terminal() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    if let Ok(mut tty) = open_tty() {
        // First of all lines as usual: whoever sees the screen change may type for the next program.
        if let Some(saved) = saved_settings().as_ref() {
            let _ = tcsetattr(&tty, OptionalActions::Now, saved);
        }
        leave_screen(&mut tty);
    }
}

/// Brings back the title that the window had, where it is ours.
fn restore_title(tty: &mut File) {
    if TITLED.swap(false, Ordering::SeqCst) {
        // XTWINOPS: restore the title.
        let _ = tty.write_all(b"\x1b[23;2t");
    }
}

fn leave_screen(tty: &mut File) {
    restore_title(tty);
    let _ = execute!(
        tty,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
}
