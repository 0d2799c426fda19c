//! The terminal: taken, given back, and whole again however the program ends.
//!
//! Drawn on `/dev/tty`, so that standard output stays free for data. One idempotent `restore_terminal`
//! serves leaving, panics and signals.

use std::fs::File;
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

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

use crate::platform::{ending, tty};

/// Which parts of the terminal are ours. Code that gives or takes it, or draws, holds this meanwhile: a thread that panics
/// gives it back at any moment, and what is drawn after that would cover the message of the panic.
struct Hold {
    /// Whether the terminal is ours now.
    taken: bool,
    /// Whether only its lines are ours: the screen of a child stays, and keys reach us one by one.
    raw_lines: bool,
    /// Whether the title of the window is ours now, and the one before is kept by the terminal.
    titled: bool,
    /// How the terminal's lines worked before it was ours.
    saved: Option<Termios>,
}

impl Hold {
    const NONE: Self = Self {
        taken: false,
        raw_lines: false,
        titled: false,
        saved: None,
    };
}

static HOLD: Mutex<Hold> = Mutex::new(Hold::NONE);

/// Locks it to take the terminal. Once a panic ends the program, the terminal is not taken again.
fn lock_hold_to_take() -> MutexGuard<'static, Hold> {
    let hold = lock_hold(&HOLD);
    if ending::is_begun_elsewhere() {
        drop(hold);
        ending::wait_for_exit();
    }
    hold
}

fn lock_hold(hold: &Mutex<Hold>) -> MutexGuard<'_, Hold> {
    hold.lock().unwrap_or_else(PoisonError::into_inner)
}

static HOOK: Once = Once::new();

/// What a child that was killed may have left on, taken back: mouse and focus reports, keys of
/// full-screen programs, origin, margins, no wrapping, insertion, line drawing, colours.
const RESET_MODES: &str = "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?1l\x1b>\x1b[?6l\x1b[r\x1b[?7h\
                        \x1b[4l\x1b(B\x0f\x1b[m";

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

/// What is drawn, kept until it is flushed. It reaches the terminal only while that is ours.
struct Drawing {
    bytes: Vec<u8>,
    tty: File,
    hold: &'static Mutex<Hold>,
}

impl Write for Drawing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let hold = lock_hold(self.hold);
        let result = if hold.taken {
            self.tty.write_all(&self.bytes)
        } else {
            Ok(())
        };
        self.bytes.clear();
        result
    }
}

type Inner = ratatui::Terminal<CrosstermBackend<Drawing>>;

fn new_inner(tty: &File) -> io::Result<Inner> {
    let drawing = Drawing {
        bytes: Vec::new(),
        tty: tty.try_clone()?,
        hold: &HOLD,
    };
    ratatui::Terminal::new(CrosstermBackend::new(drawing))
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
                ending::begin_end();
                restore_terminal();
                // The command line's: prints it, and ends the program.
                before(info);
            }));
        });
        // NO_COLOR is the theme's to follow: a QR code is black on white with it, too.
        crossterm::style::force_color_output(true);
        let tty = open_tty()?;
        lock_hold(&HOLD).saved = Some(tcgetattr(&tty)?);
        let inner = ManuallyDrop::new(new_inner(&tty)?);
        let mut terminal = Self {
            inner,
            tty,
            mouse,
            title: None,
        };
        terminal.enter(&mut lock_hold_to_take())?;
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
        execute!(self.inner.backend_mut(), Clear(ClearType::All))?;
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
        let mut hold = lock_hold(&HOLD);
        if self.title.is_none() {
            restore_title(&mut hold, &mut self.tty);
            return Ok(());
        }
        self.show_title(&mut hold)
    }

    fn show_title(&mut self, hold: &mut Hold) -> io::Result<()> {
        let Some(title) = self.title.as_ref().filter(|_| hold.taken) else {
            return Ok(());
        };
        // XTWINOPS: save the title; OSC 2: set it.
        let save = if std::mem::replace(&mut hold.titled, true) {
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
        let mut hold = lock_hold_to_take();
        hold.raw_lines = true;
        tcsetattr(&self.tty, OptionalActions::Flush, &raw)?;
        Ok(RawLines)
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
        let mut hold = lock_hold_to_take();
        self.set_raw(&hold, unread_keys)?;
        if std::mem::replace(&mut hold.taken, false) {
            // The program that had it meanwhile may have left either screen, and the cursor of the usual one anywhere.
            leave_screen(&mut hold, &mut self.tty);
        }
        self.enter(&mut hold)?;
        drop(hold);
        self.forget()
    }

    /// Made from the lines that were saved, whatever someone else left.
    fn set_raw(&self, hold: &Hold, unread_keys: OptionalActions) -> io::Result<()> {
        let before = hold.saved.clone();
        let mut raw = before.map_or_else(|| tcgetattr(&self.tty), Ok)?;
        raw.make_raw();
        Ok(tcsetattr(&self.tty, unread_keys, &raw)?)
    }

    fn enter(&mut self, hold: &mut Hold) -> io::Result<()> {
        hold.taken = true;
        self.set_raw(hold, OptionalActions::Now)?;
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
        self.show_title(hold)
    }
}

/// The terminal's lines are raw as long as this lives.
pub(super) struct RawLines;

impl Drop for RawLines {
    fn drop(&mut self) {
        let mut hold = lock_hold(&HOLD);
        let is_on = std::mem::replace(&mut hold.raw_lines, false) && !hold.taken;
        if let Some(saved) = hold.saved.as_ref().filter(|_| is_on)
            && let Ok(tty) = open_tty()
        {
            let _ = tcsetattr(&tty, OptionalActions::Now, saved);
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
    let mut hold = lock_hold(&HOLD);
    let taken = std::mem::replace(&mut hold.taken, false);
    let raw_lines = std::mem::replace(&mut hold.raw_lines, false);
    if !taken && !raw_lines {
        return;
    }
    if let Ok(mut tty) = open_tty() {
        // First of all lines as usual: a user who sees the screen change may type for the next program.
        if let Some(saved) = hold.saved.as_ref() {
            let _ = tcsetattr(&tty, OptionalActions::Now, saved);
        }
        if taken {
            leave_screen(&mut hold, &mut tty);
        }
    }
}

/// Brings back the title that the window had, where it is ours.
fn restore_title(hold: &mut Hold, terminal: &mut File) {
    if std::mem::replace(&mut hold.titled, false) {
        let _ = terminal.write_all(tty::RESTORE_TITLE.as_bytes());
    }
}

fn leave_screen(hold: &mut Hold, tty: &mut File) {
    restore_title(hold, tty);
    let _ = execute!(
        tty,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// A panic elsewhere gives the terminal back between what is drawn and its flush.
    #[test]
    fn what_is_drawn_reaches_only_a_terminal_that_is_ours() {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let hold = Box::leak(Box::new(Mutex::new(Hold::NONE)));
        let mut drawing = Drawing {
            bytes: Vec::new(),
            tty: File::from(std::os::fd::OwnedFd::from(writer)),
            hold,
        };
        for (taken, text) in [(true, "one "), (false, "two "), (true, "three")] {
            drawing.write_all(text.as_bytes()).expect("kept");
            lock_hold(drawing.hold).taken = taken;
            drawing.flush().expect("written");
        }
        drop(drawing);
        let mut seen = String::new();
        reader.read_to_string(&mut seen).expect("read");
        assert_eq!(seen, "one three");
    }
}
