//! Opening a page in the user's browser.
//!
//! The page's address becomes an argument of a process that everybody on the machine can list, so
//! callers never put a secret into it.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::platform::log;
use crate::platform::processes::child::exit_code;

/// How long a program that finds no browser takes to say so, at most.
const MOMENT: Duration = Duration::from_secs(2);

/// A browser that was started, and may still fail.
#[derive(Debug)]
pub struct Opening {
    program: String,
    ended: oneshot::Receiver<io::Result<ExitStatus>>,
}

impl Opening {
    /// Waits a moment: whether the program fails, which it does where there is no browser to show the page.
    ///
    /// # Errors
    /// Says which program failed, and how.
    pub async fn came_up(self) -> io::Result<()> {
        match tokio::time::timeout(MOMENT, self.ended).await {
            Ok(Ok(Ok(status))) if !status.success() => {
                let code = exit_code(status);
                Err(io::Error::other(format!(
                    "`{}` exited with code {code}",
                    self.program
                )))
            }
            // It has handed the page over, or it is the browser itself and goes on.
            _ => Ok(()),
        }
    }
}

/// A program with its arguments, the address among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserCommand {
    pub program: PathBuf,
    pub arguments: Vec<String>,
}

/// Opens a page without waiting, with the command that was chosen for it or else in the desktop's own browser, under
/// another home folder where one is given, and without the variables that are none of its business.
///
/// # Errors
/// Where no browser can be started.
pub fn open_page(
    address: &str,
    chosen: Option<&BrowserCommand>,
    home: Option<&str>,
    remove: &[&str],
) -> io::Result<Opening> {
    if let Some(chosen) = chosen {
        let mut command = Command::new(&chosen.program);
        command.args(&chosen.arguments);
        return start_browser(command, home, remove);
    }
    // The system has several ways; the first that can be started is taken.
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for command in open::commands(address) {
        match start_browser(command, home, remove) {
            Ok(opening) => return Ok(opening),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn start_browser(mut command: Command, home: Option<&str>, remove: &[&str]) -> io::Result<Opening> {
    if let Some(home) = home {
        command.env("HOME", home);
    }
    for name in remove {
        command.env_remove(name);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Ctrl-C in the terminal is not for the browser.
    command.process_group(0);
    let mut child = command.spawn()?;
    let program = command.get_program().to_string_lossy().into_owned();
    // The page is not said: its address may be a link that works once.
    log::info!("browser started program={program}");
    let (send, ended) = oneshot::channel();
    // A browser command may live as long as its window: wait for it aside, so that no zombie stays.
    std::thread::spawn(move || {
        let _ = send.send(child.wait());
    });
    Ok(Opening { program, ended })
}
