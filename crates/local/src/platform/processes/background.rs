//! A command beside the terminal: no input, no part of the terminal's job, and of what it writes only the last line is
//! kept.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::child::{ChildSpec, Group};

/// The most of a line that is kept, in bytes.
const LONGEST: usize = 1024;
/// How long what a command wrote is read after its end: what it left running may hold the pipe open.
const REST: Duration = Duration::from_millis(200);

/// How such a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub status: ExitStatus,
    /// The last line of its standard error; where that is empty, of its standard output.
    pub last_line: String,
}

/// Runs a command to its end. It is killed, with what it started, where the future is dropped before.
///
/// # Errors
/// Where the program can't be started.
pub async fn run_in_background(spec: &ChildSpec) -> io::Result<Ended> {
    let mut command = spec.command();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut command = tokio::process::Command::from(command);
    let (mut child, group) = Group::spawn(command.kill_on_drop(true))?;
    let (mut out, mut err) = (LastLine::default(), LastLine::default());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let status = {
        let mut reading = Box::pin(async { tokio::join!(out.read(stdout), err.read(stderr)) });
        tokio::select! {
            _ = &mut reading => child.wait().await?,
            status = child.wait() => {
                let _ = tokio::time::timeout(REST, reading).await;
                status?
            }
        }
    };
    group.leave();
    let last_line = [err, out]
        .into_iter()
        .map(LastLine::text)
        .find(|line| !line.is_empty());
    Ok(Ended {
        status,
        last_line: last_line.unwrap_or_default(),
    })
}

/// The last line of a stream that isn't blank.
#[derive(Default)]
struct LastLine {
    whole: Vec<u8>,
    open: Vec<u8>,
}

impl LastLine {
    async fn read(&mut self, stream: Option<impl AsyncRead + Unpin>) {
        let Some(mut stream) = stream else { return };
        let mut buffer = vec![0; 8 * 1024];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            self.take(buffer.get(..count).unwrap_or_default());
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if matches!(byte, b'\n' | b'\r') {
                if !self.open.trim_ascii().is_empty() {
                    self.whole = std::mem::take(&mut self.open);
                }
                self.open.clear();
            } else if self.open.len() < LONGEST {
                self.open.push(*byte);
            }
        }
    }

    fn text(self) -> String {
        let last = if self.open.trim_ascii().is_empty() {
            self.whole
        } else {
            self.open
        };
        String::from_utf8_lossy(last.trim_ascii()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(script: &str) -> Ended {
        let spec = ChildSpec {
            program: "/bin/sh".into(),
            arguments: ["-c", script].map(Into::into).to_vec(),
            set: Vec::new(),
            remove: Vec::new(),
            interactive: false,
        };
        run_in_background(&spec).await.expect("runs")
    }

    #[tokio::test]
    async fn last_line_and_exit_code_are_kept() {
        for (script, code, line) in [
            ("echo one; echo two; exit 3", 3, "two"),
            ("echo out; echo 'why not' >&2; echo >&2; exit 1", 1, "why not"),
            ("printf 'no end'", 0, "no end"),
            ("cat", 0, ""),
            ("head -c 100000 /dev/zero | tr '\\0' x", 0, &"x".repeat(LONGEST)),
        ] {
            let ended = run(script).await;
            assert_eq!(
                (ended.status.code(), ended.last_line.as_str()),
                (Some(code), line),
                "{script}"
            );
        }
    }
}
