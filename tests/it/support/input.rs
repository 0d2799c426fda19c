//! Programs that a test writes to. A program may end before it has read all of that, or before the test writes it: who is
//! faster depends on the machine. So a broken pipe is no failure here; the program's exit code, and what it printed, then
//! say what happened. This is the only file that writes to a child: `docs/test_architecture.rs` keeps the others from it.

use std::io::{BufRead as _, BufReader, ErrorKind, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use crate::support::env::{CommandResult, wait_for_result};
use crate::support::wait::until;

/// Writes a text to a program that may have ended.
fn write(stdin: &mut ChildStdin, text: &str) {
    match stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        result => result.unwrap(),
    }
}

/// Starts a program with a short text as its whole input: at most what a pipe holds, 64 KiB.
pub fn start_with_input(command: &mut Command, input: &str) -> Child {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    write(&mut child.stdin.take().unwrap(), input);
    child
}

/// Runs a program to its end with a text as its whole input, which is written while its output is read.
pub fn run_with_input(command: &mut Command, input: &str) -> CommandResult {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || write(&mut stdin, input));
        wait_for_result(child)
    })
}

/// A program that a test talks to, line by line. Its standard error is the test's own, unless the command says otherwise.
pub struct Dialogue {
    child: Child,
    /// Until the test has said its last.
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Dialogue {
    pub fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        Self {
            stdin: child.stdin.take(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Writes a line.
    pub fn write_line(&mut self, line: &str) {
        write(self.stdin.as_mut().unwrap(), &format!("{line}\n"));
    }

    /// Waits for the next line of output, without its end; `None` at the end of output.
    pub fn next_line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.stdout.read_line(&mut line).unwrap();
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// Waits for the next line, which must come.
    #[track_caller]
    pub fn read_line(&mut self) -> String {
        match self.next_line() {
            Some(line) => line,
            None => panic!("it ended instead of printing a line: {:?}", self.child.wait()),
        }
    }

    /// Writes a line and waits for the line that answers it.
    #[track_caller]
    pub fn ask(&mut self, line: &str) -> String {
        self.write_line(line);
        self.read_line()
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends its input, and waits for its end.
    pub fn end(mut self) -> ExitStatus {
        self.stdin = None;
        until("the end of the program", || {
            self.child.try_wait().unwrap().is_some()
        });
        self.child.wait().unwrap()
    }
}

impl Drop for Dialogue {
    /// A program whose input has ended ends by itself, after whatever it starts; one that does not is killed.
    fn drop(&mut self) {
        self.stdin = None;
        let limit = std::time::Instant::now() + std::time::Duration::from_secs(5);
        while matches!(self.child.try_wait(), Ok(None)) && std::time::Instant::now() < limit {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
