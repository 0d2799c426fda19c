//! A child process in the foreground: it owns the terminal until it ends.
//!
//! What the keyboard sends goes to the child by itself. We take those signals too but do nothing, so
//! that Ctrl-C in a shell ends what runs there and not us; a taken signal is the default again in the
//! child. What someone sends to us alone is passed on.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

use crate::platform::ending::{OnPanic, Registered, pid_of};
use crate::platform::log;
use crate::platform::tty;

/// A child that the shell has continued together with us may be seen as stopped for this long.
const MOMENT: Duration = Duration::from_millis(50);

/// The pauses after which an interactive shell that still runs is sent SIGHUP again. One that arrives after bash prints its
/// prompt and before it waits for a key has no effect until a key is typed, which may never happen.
const HANG_UP_AGAIN: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
];

/// How often a process is looked for where the system can't report its end.
const LOOK: Duration = Duration::from_secs(2);

/// What to run and in which environment.
#[derive(Clone, PartialEq, Eq)]
pub struct ChildSpec {
    pub program: OsString,
    pub arguments: Vec<OsString>,
    pub set: Vec<(OsString, OsString)>,
    pub remove: Vec<OsString>,
    /// An interactive shell: it ignores SIGTERM, and has the terminal for those of its streams that are
    /// redirected here. In `eval "$(genkan)"` the outer shell would otherwise run what it prints.
    pub interactive: bool,
}

/// What became of a child that was started to run on.
pub enum Started {
    /// It printed this, which may hold secrets.
    Printed(String),
    /// It ended without printing anything.
    Ended(ExitStatus),
}

impl std::fmt::Debug for ChildSpec {
    /// Values are left out: some are secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChildSpec")
            .field("program", &self.program)
            .field("set", &self.set.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl ChildSpec {
    pub(in crate::platform) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        for name in &self.remove {
            command.env_remove(name);
        }
        command.envs(self.set.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// Where the program can't be started.
    pub async fn run(&self) -> io::Result<ExitStatus> {
        let mut command = self.command();
        if self.interactive {
            let [stdin, stdout, stderr] = tty::in_place_of_redirected();
            if let Some(tty) = stdin {
                command.stdin(tty);
            }
            if let Some(tty) = stdout {
                command.stdout(tty);
            }
            if let Some(tty) = stderr {
                command.stderr(tty);
            }
        }
        let program = self.program.to_string_lossy();
        let ended = async {
            let signals = Signals::listen()?;
            let on_panic = if self.interactive {
                OnPanic::HangUp
            } else {
                OnPanic::Terminate
            };
            let child = Registered::spawn(&mut command.into(), on_panic)?;
            supervise_child(child, signals, self.interactive).await
        };
        let ended = ended.await;
        let status = ended.as_ref().map(|s| exit_code(*s));
        log::info!("child ended program={program} status={status:?}");
        ended
    }

    /// Runs it to its end without a terminal: its input is empty, and what it writes is given to `write`, piece by
    /// piece, `true` for its standard error. It is killed where the future is dropped.
    ///
    /// # Errors
    /// Where the program can't be started.
    pub async fn run_piped(&self, write: impl AsyncFn(bool, &[u8])) -> io::Result<ExitStatus> {
        let mut command = self.command();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let signals = Signals::listen()?;
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        let (mut child, registered) = Registered::spawn(&mut command, OnPanic::Terminate)?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let copied = async {
            tokio::join!(
                copy_output(out, async |bytes: &[u8]| write(false, bytes).await),
                copy_output(err, async |bytes: &[u8]| write(true, bytes).await)
            )
        };
        let (status, _) = tokio::join!(supervise_child((child, registered), signals, false), copied);
        status
    }

    /// Starts it beside the terminal, and gives back what it prints until it lets go of its standard output; it may run
    /// on. Its standard error stays ours for so long.
    ///
    /// # Errors
    /// Where the program can't be started, or ends without having printed anything.
    pub async fn start_in_background(&self) -> io::Result<Started> {
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = tokio::process::Command::from(command).process_group(0).spawn()?;
        let mut printed = String::new();
        if let Some(mut stdout) = child.stdout.take() {
            stdout.read_to_string(&mut printed).await?;
        }
        if printed.is_empty() {
            return Ok(Started::Ended(child.wait().await?));
        }
        Ok(Started::Printed(printed))
    }

    /// Runs it in place of this process; comes back only where that can't be done.
    #[must_use]
    pub fn take_over(&self) -> io::Error {
        let program = self.program.to_string_lossy();
        log::info!("the child takes this process's place program={program}");
        self.command().exec()
    }
}

/// Hands on what a child writes until it closes the stream.
async fn copy_output(stream: Option<impl AsyncRead + Unpin>, write: impl AsyncFn(&[u8])) {
    let Some(mut stream) = stream else { return };
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count) = stream.read(&mut buffer).await {
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            return;
        };
        write(bytes).await;
    }
}

/// The signals that are caught while a child runs: from before it is there, so that none is lost.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    quit: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
    user1: tokio::signal::unix::Signal,
    user2: tokio::signal::unix::Signal,
    changed: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            user1: signal(SignalKind::user_defined1())?,
            user2: signal(SignalKind::user_defined2())?,
            changed: signal(SignalKind::child())?,
        })
    }
}

/// Waits until a signal asks this process to end, and gives back its number. Signals are caught from the call on,
/// before anyone waits.
///
/// # Errors
/// Where signals can't be caught.
pub fn asked_to_end() -> io::Result<impl Future<Output = u8>> {
    let [mut interrupt, mut quit, mut terminate, mut hangup] = [
        signal(SignalKind::interrupt())?,
        signal(SignalKind::quit())?,
        signal(SignalKind::terminate())?,
        signal(SignalKind::hangup())?,
    ];
    Ok(async move {
        let signal = tokio::select! {
            _ = interrupt.recv() => Signal::INT,
            _ = quit.recv() => Signal::QUIT,
            _ = terminate.recv() => Signal::TERM,
            _ = hangup.recv() => Signal::HUP,
        };
        u8::try_from(signal.as_raw()).unwrap_or_default()
    })
}

/// Follows a child to its end: signals are passed on, and so is a stop. It is registered no longer than that, because its
/// number may be another's then.
async fn supervise_child(
    (mut child, _registered): (tokio::process::Child, Option<Registered>),
    mut signals: Signals,
    interactive: bool,
) -> io::Result<ExitStatus> {
    log::info!("child started pid={}", child.id().unwrap_or_default());
    let mut hang_up_again: &[Duration] = &[];
    let mut last_hang_up = Instant::now();
    loop {
        let sent = tokio::select! {
            status = child.wait() => return status,
            () = wait_for_pause(last_hang_up, hang_up_again) => Sent::Again,
            _ = signals.interrupt.recv() => Sent::Keyboard(Signal::INT),
            _ = signals.quit.recv() => Sent::Keyboard(Signal::QUIT),
            _ = signals.terminate.recv() => Sent::ToUs(Signal::TERM),
            _ = signals.hangup.recv() => Sent::ToUs(Signal::HUP),
            _ = signals.user1.recv() => Sent::ToUs(Signal::USR1),
            _ = signals.user2.recv() => Sent::ToUs(Signal::USR2),
            _ = signals.changed.recv() => Sent::Changed,
        };
        let Some(pid) = pid_of(&child) else {
            continue;
        };
        match sent {
            // The terminal has sent it to the child as well.
            Sent::Keyboard(_) if tty::is_foreground() => {}
            Sent::ToUs(signal @ (Signal::TERM | Signal::HUP)) if interactive => {
                if signal == Signal::TERM {
                    pass_on(pid, Signal::TERM);
                }
                pass_on(pid, Signal::HUP);
                hang_up_again = &HANG_UP_AGAIN;
                last_hang_up = Instant::now();
            }
            Sent::Again => {
                pass_on(pid, Signal::HUP);
                hang_up_again = hang_up_again.get(1..).unwrap_or_default();
                last_hang_up = Instant::now();
            }
            Sent::Keyboard(signal) | Sent::ToUs(signal) => pass_on(pid, signal),
            Sent::Changed => follow_a_stop(pid).await,
        }
    }
}

enum Sent {
    Keyboard(Signal),
    ToUs(Signal),
    Changed,
    /// Nothing: the child still runs, and is sent SIGHUP once more.
    Again,
}

/// Waits until the first of some pauses has passed, and without end where there is none.
async fn wait_for_pause(since: Instant, pauses: &[Duration]) {
    match pauses.first() {
        Some(pause) => tokio::time::sleep_until(since + *pause).await,
        None => std::future::pending().await,
    }
}

/// Asks a process of this user to end.
///
/// # Errors
/// Where there is none, or it is another user's.
pub fn ask_to_end(process: u32) -> io::Result<()> {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::InvalidInput)?;
    Ok(kill_process(pid, Signal::TERM)?)
}

/// Waits until a process that need not be a child has ended.
pub async fn wait_for_process(process: u32) {
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else {
        return;
    };
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{PidfdFlags, pidfd_open};
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(handle) => {
                // Readable when the process has ended; nothing ticks until then. A thread, because it can't be cancelled.
                let (send, ended) = tokio::sync::oneshot::channel();
                std::thread::spawn(move || {
                    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
                    let mut handles = [PollFd::new(handle.as_fd(), PollFlags::POLLIN)];
                    while poll(&mut handles, PollTimeout::NONE) == Err(nix::errno::Errno::EINTR) {}
                    let _ = send.send(());
                });
                let _ = ended.await;
                return;
            }
            Err(rustix::io::Errno::SRCH) => return,
            // Kernels before 5.3.
            Err(_) => {}
        }
    }
    while rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH) {
        tokio::time::sleep(LOOK).await;
    }
}

fn pass_on(pid: Pid, signal: Signal) {
    // It may have ended just now.
    let _ = kill_process(pid, signal);
}

/// A child that stopped itself, such as a shell by `suspend`, would leave a terminal that no one
/// reads: we stop too, so that the shell above goes on, and continue it when we are continued.
async fn follow_a_stop(pid: Pid) {
    if !is_stopped(pid) {
        return;
    }
    tokio::time::sleep(MOMENT).await;
    if !is_stopped(pid) {
        return;
    }
    if tty::may_suspend() {
        let _ = tty::stop_this_job();
    }
    pass_on(pid, Signal::CONT);
}

fn is_stopped(pid: Pid) -> bool {
    let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::Pid(pid), options), Ok(Some(_)))
}

/// What a program prints, or nothing where it doesn't end in time: then it is killed with all that it has started.
/// It is no part of the terminal's job.
///
/// # Errors
/// Where the program can't be started.
pub async fn output_within(
    program: &str,
    arguments: &[&str],
    timeout: std::time::Duration,
) -> io::Result<Option<std::process::Output>> {
    let mut command = tokio::process::Command::new(program);
    command.args(arguments);
    output_of(command, timeout).await
}

/// The same for a command line of the user's, which a shell reads, with one more variable.
///
/// # Errors
/// Where the shell can't be started.
pub async fn shell_output_within(
    command_line: &str,
    variable: Option<(&str, &str)>,
    timeout: std::time::Duration,
) -> io::Result<Option<std::process::Output>> {
    let mut command = tokio::process::Command::new("/bin/sh");
    command.args(["-c", command_line]).envs(variable);
    output_of(command, timeout).await
}

async fn output_of(
    mut command: tokio::process::Command,
    timeout: std::time::Duration,
) -> io::Result<Option<std::process::Output>> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let (child, group) = Group::spawn(&mut command)?;
    let output = tokio::time::timeout(timeout, child.wait_with_output()).await;
    let Ok(output) = output else { return Ok(None) };
    group.leave();
    output.map(Some)
}

/// What became of a program that may neither take long nor print much.
pub enum Bounded {
    Ended(std::process::Output),
    TookTooLong,
    PrintedTooMuch,
}

/// Runs a program by its words, without a shell, and keeps what it prints: at most so many bytes of each stream. Where it
/// does more than it may it is killed with all that it has started. It is no part of the terminal's job.
///
/// # Errors
/// Where the program can't be started, or what it prints can't be read.
pub async fn bounded_output(words: &[String], timeout: Duration, most: usize) -> io::Result<Bounded> {
    let (program, arguments) = words.split_first().ok_or(io::ErrorKind::NotFound)?;
    let mut command = tokio::process::Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let (mut child, group) = Group::spawn(&mut command)?;
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let work = async {
        let read = tokio::try_join!(read_at_most(stdout, limit), read_at_most(stderr, limit));
        let (stdout, stderr) = read?;
        if stdout.len() > most || stderr.len() > most {
            return Ok(Bounded::PrintedTooMuch);
        }
        let status = child.wait().await?;
        Ok(Bounded::Ended(std::process::Output {
            status,
            stdout,
            stderr,
        }))
    };
    let done = tokio::time::timeout(timeout, work).await;
    match done {
        Ok(Ok(Bounded::Ended(output))) => {
            group.leave();
            Ok(Bounded::Ended(output))
        }
        Ok(other) => other,
        Err(_) => Ok(Bounded::TookTooLong),
    }
}

async fn read_at_most(stream: Option<impl AsyncRead + Unpin>, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream.take(limit).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// A process group that is killed with this.
pub(in crate::platform) struct Group {
    pid: Option<Pid>,
    _registered: Option<Registered>,
}

impl Group {
    /// Starts a child process that leads a group of its own.
    ///
    /// # Errors
    /// Where the program can't be started.
    pub(in crate::platform) fn spawn(
        command: &mut tokio::process::Command,
    ) -> io::Result<(tokio::process::Child, Self)> {
        let (child, registered) = Registered::spawn(command.process_group(0), OnPanic::KillGroup)?;
        let group = Self {
            pid: pid_of(&child),
            _registered: registered,
        };
        Ok((child, group))
    }

    /// Lets the group live.
    pub(in crate::platform) fn leave(mut self) {
        self.pid = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.pid {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// The exit code of a child as a shell gives it: 128 and the signal's number where one ended it.
#[must_use]
pub fn exit_code(status: ExitStatus) -> u8 {
    if let Some(signal) = status.signal() {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status
        .code()
        .and_then(|c| u8::try_from(c & 0xff).ok())
        .unwrap_or(1)
}
