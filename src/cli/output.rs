//! The only place that prints: data to stdout, words to stderr.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;
use zeroize::Zeroizing;

use super::exit::{Ended, Failure};
use super::progress;
use super::suspension::{stop_on_suspend, wait_for_interrupt};
use crate::domain::Secret;
use crate::domain::text::clean_lines;
use crate::domain::web::qr;
use crate::platform::{clipboard, tty};

/// Both streams.
#[derive(Debug)]
pub(super) struct Output {
    _private: (),
}

/// What became of a question.
pub(super) enum Answer {
    Typed(String),
    /// Ctrl-C.
    Cancelled,
    /// There is no one to ask.
    NoTerminal,
}

/// What became of a question for a secret.
pub(super) enum Hidden {
    Typed(Secret),
    /// Ctrl-C.
    Cancelled,
    /// There is no one to ask.
    NoTerminal,
}

#[allow(
    clippy::unused_self,
    reason = "the streams are the process's; holding this is the right to print"
)]
impl Output {
    pub(super) fn new() -> Self {
        Self { _private: () }
    }

    /// Whether a user reads stdout.
    pub(super) fn stdout_is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Whether a user reads stderr, who could approve a sign-in that is shown there.
    pub(super) fn stderr_is_terminal(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Writes data. A reader that has gone, such as `head`, is no failure.
    pub(super) fn data(&self, text: &str) -> Result<(), Failure> {
        progress::clear_line();
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
                format!("can't write to standard output: {error}"),
                &[],
            )),
            _ => Ok(()),
        }
    }

    /// Writes what a command wrote, as it is. A reader that has gone stops nothing: the command goes on.
    pub(super) fn pass_on(&self, to_stderr: bool, bytes: &[u8]) {
        progress::clear_line();
        let _ = if to_stderr {
            io::stderr().lock().write_all(bytes)
        } else {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes).and_then(|()| stdout.flush())
        };
    }

    /// Writes a value as JSON, indented.
    pub(super) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        // Only maps with other keys than text, and failing `Serialize`s, can't be written.
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        self.data(&(text + "\n"))
    }

    /// One line for the user. It may quote arguments, files, the environment or the network: no
    /// escape sequence of theirs reaches the terminal.
    pub(super) fn say(&self, line: &str) {
        progress::clear_line();
        // No one is left to be told when stderr is closed.
        let _ = writeln!(io::stderr().lock(), "{}", clean_lines(line));
    }

    /// Draws a QR code on the terminal where it fits, black on white whatever the terminal's colours.
    pub(super) fn qr_code(&self, text: &str) {
        let Some(picture) = qr::encode_qr_code(text) else {
            return;
        };
        let (columns, rows) = qr::picture_size(&picture);
        let fits = |(width, height)| usize::from(columns) <= width && usize::from(rows) + 4 <= height;
        if !tty::size_of_error().is_some_and(fits) {
            return;
        }
        progress::clear_line();
        let mut stderr = io::stderr().lock();
        for row in &picture {
            let _ = writeln!(stderr, "\x1b[38;2;255;255;255;48;2;0;0;0m{row}\x1b[0m");
        }
        let _ = writeln!(stderr);
    }

    /// Copies a text by the terminal's own means; whether it was sent there.
    pub(super) fn copy_by_terminal(&self, text: &str, in_tmux: bool) -> bool {
        let sequence = clipboard::osc52_sequence(text, in_tmux).filter(|_| self.stderr_is_terminal());
        sequence.is_some_and(|sequence| write!(io::stderr().lock(), "{sequence}").is_ok())
    }

    /// Something that is worth knowing and stops nothing.
    pub(super) fn notice(&self, sentence: &str) {
        self.say(&format!("note: {sentence}"));
    }

    /// Which variables of the user's a shell loses with the credentials that it takes, if any.
    pub(super) fn taken_out(&self, overriding: &[&str]) {
        if !overriding.is_empty() {
            let names = overriding.join(", ");
            self.notice(&format!(
                "removed from this shell because they override the credentials: {names}"
            ));
        }
    }

    /// Whether there is someone to ask.
    pub(super) fn asks(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks a question on the terminal; `None` where there is none to ask on. Only `y` and `yes` mean yes.
    pub(super) async fn confirm(&self, question: &str) -> Option<bool> {
        match self.ask(&format!("{question} [y/N] ")).await {
            Answer::Typed(line) => Some(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")),
            Answer::Cancelled => Some(false),
            Answer::NoTerminal => None,
        }
    }

    /// Asks for a line on the terminal.
    pub(super) async fn ask(&self, question: &str) -> Answer {
        if !self.asks() {
            return Answer::NoTerminal;
        }
        let _quiet = progress::Quiet::begin();
        let ask = || {
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "{} ", clean_lines(question).trim_end());
        };
        // The shell has written below the question meanwhile.
        let again = || tty::stop_this_job().inspect(|()| ask());
        let (cancelled, stopped) = (wait_for_interrupt(), stop_on_suspend(&again));
        ask();
        // A thread of its own: reading a line can't be cancelled, and the runtime would wait for it.
        let (send, answer) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            if io::stdin().read_line(&mut line).is_ok() {
                let _ = send.send(line);
            }
        });
        tokio::select! {
            line = answer => Answer::Typed(line.unwrap_or_default()),
            () = stopped => Answer::Cancelled,
            () = cancelled => {
                self.say("");
                Answer::Cancelled
            }
        }
    }

    /// Asks for a secret on the terminal, which doesn't show what is typed.
    pub(super) async fn ask_hidden(&self, question: &str) -> Hidden {
        if !self.asks() {
            return Hidden::NoTerminal;
        }
        let cancelled = wait_for_interrupt();
        let hidden = std::cell::RefCell::new(tty::hide_typing().ok());
        let _quiet = progress::Quiet::begin();
        let ask = || {
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "{} ", clean_lines(question).trim_end());
        };
        // The shell gets its terminal as it was, and the question is asked again afterwards.
        let again = || {
            hidden.replace(None);
            let stopped = tty::stop_this_job();
            hidden.replace(tty::hide_typing().ok());
            stopped.inspect(|()| ask())
        };
        let stopped = stop_on_suspend(&again);
        ask();
        let (send, answer) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let mut line = Zeroizing::new(String::new());
            if io::stdin().read_line(&mut line).is_ok() {
                let _ = send.send(Secret::new(line.trim_end_matches(['\r', '\n'])));
            }
        });
        let typed = tokio::select! {
            line = answer => line.ok(),
            () = stopped => None,
            () = cancelled => None,
        };
        hidden.replace(None);
        // The end of the line was not shown either.
        self.say("");
        typed.map_or(Hidden::Cancelled, Hidden::Typed)
    }

    pub(super) fn failure(&self, failure: &Failure) -> ExitCode {
        if failure.code == Ended::CANCELLED {
            // Nothing went wrong.
            self.say(&failure.sentence);
        } else {
            self.say(&format!("error: {}", failure.sentence));
        }
        for hint in &failure.hints {
            self.say(&format!("hint: {hint}"));
        }
        ExitCode::from(failure.code)
    }

    /// Help and version are data that was asked for; everything else is a usage error.
    pub(super) fn usage(&self, error: &clap::Error) -> ExitCode {
        if error.use_stderr() {
            self.say(error.render().to_string().trim_end());
            return ExitCode::from(Failure::USAGE);
        }
        let text = if self.stdout_is_terminal() {
            error.render().ansi().to_string()
        } else {
            error.render().to_string()
        };
        match self.data(&text) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => self.failure(&failure),
        }
    }
}
