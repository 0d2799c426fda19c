//! Opening a page in the person's browser.
//!
//! The page's address becomes an argument of a process that everybody on the machine can list, so
//! callers never put a secret into it.

use std::io;
use std::process::{Command, Stdio};

/// Opens a page without waiting, with the person's own command where one is set (`{}` stands for
/// the address, which is appended where there is no `{}`).
///
/// # Errors
/// Where no browser can be started.
pub fn open(address: &str, own_command: Option<&str>) -> io::Result<()> {
    let Some(own) = own_command else {
        return open::that_detached(address);
    };
    let mut words = own.split_whitespace();
    let program = words
        .next()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut command = Command::new(program);
    let mut placed = false;
    for word in words {
        placed |= word.contains("{}");
        command.arg(word.replace("{}", address));
    }
    if !placed {
        command.arg(address);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn()?;
    // A browser command may live as long as its window: wait for it aside, so that no zombie stays.
    std::thread::spawn(move || child.wait());
    Ok(())
}
