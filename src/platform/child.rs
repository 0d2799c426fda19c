//! A child process in the foreground: it owns the terminal until it ends.
//!
//! Signals of the keyboard go to the child. We take them too but do nothing, so that Ctrl-C in a
//! shell ends what runs there and not us; a taken signal is the default again in the child.

use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitStatus};

/// What to run and in which environment.
#[derive(Clone, PartialEq, Eq)]
pub struct ChildSpec {
    pub program: OsString,
    pub arguments: Vec<OsString>,
    pub set: Vec<(OsString, OsString)>,
    pub remove: Vec<OsString>,
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
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        for name in &self.remove {
            command.env_remove(name);
        }
        command.envs(self.set.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to its end. SIGTERM and SIGHUP are passed on.
    ///
    /// # Errors
    /// Where the program can't be started.
    pub async fn run(&self) -> io::Result<ExitStatus> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut interrupt = signal(SignalKind::interrupt())?;
            let mut quit = signal(SignalKind::quit())?;
            let mut terminate = signal(SignalKind::terminate())?;
            let mut hangup = signal(SignalKind::hangup())?;
            let program = self.program.to_string_lossy();
            let mut child = tokio::process::Command::from(self.command()).spawn()?;
            tracing::info!(%program, pid = child.id(), "child started");
            loop {
                tokio::select! {
                    status = child.wait() => {
                        tracing::info!(%program, status = ?status.as_ref().map(|s| exit_code(*s)), "child ended");
                        return status;
                    }
                    _ = interrupt.recv() => {}
                    _ = quit.recv() => {}
                    _ = terminate.recv() => pass_on(&child, rustix::process::Signal::TERM),
                    _ = hangup.recv() => pass_on(&child, rustix::process::Signal::HUP),
                }
            }
        }
        #[cfg(not(unix))]
        {
            tokio::process::Command::from(self.command()).status().await
        }
    }
}

#[cfg(unix)]
fn pass_on(child: &tokio::process::Child, signal: rustix::process::Signal) {
    let pid = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended just now.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// The exit code of a child as a shell gives it: 128 and the signal's number where one ended it.
#[must_use]
pub fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status
        .code()
        .and_then(|c| u8::try_from(c & 0xff).ok())
        .unwrap_or(1)
}
