//! The clipboard: the desktop's own tool where there is one, else the terminal (OSC 52).
//!
//! The text travels through a pipe or the terminal, never through an argument.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// How a text got to the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// By this program of the desktop.
    Tool(&'static str),
    /// By the terminal, which may or may not allow it.
    Terminal,
}

/// Terminals cut OSC 52 off somewhere; 74 994 bytes of text is what xterm and tmux take.
const LONGEST_FOR_TERMINAL: usize = 74_994;

/// The tools that may be there.
pub const TOOLS: [&str; 5] = ["wl-copy", "xclip", "xsel", "pbcopy", "clip.exe"];

/// Copies a text with a tool of the desktop, which gets none of the variables in `remove`.
///
/// # Errors
/// Where no tool takes it.
pub fn copy_with_tool(text: &str, wayland: bool, remove: &[&str]) -> io::Result<Copied> {
    let wl: (&'static str, &[&str]) = ("wl-copy", &[]);
    let candidates: &[(&'static str, &[&str])] = if cfg!(target_os = "macos") {
        &[("pbcopy", &[])]
    } else if wayland {
        &[wl, ("xclip", &["-selection", "clipboard"]), ("clip.exe", &[])]
    } else {
        &[
            ("xclip", &["-selection", "clipboard"]),
            ("xsel", &["--clipboard", "--input"]),
            wl,
            ("clip.exe", &[]),
        ]
    };
    for (tool, arguments) in candidates {
        if pipe_text(tool, arguments, text, remove).is_ok() {
            return Ok(Copied::Tool(tool));
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, "no clipboard tool"))
}

/// How long credentials stay on the clipboard.
pub const CLEARED_AFTER: Duration = Duration::from_mins(1);

/// How a tool reads the clipboard and how it clears it; `None` where it can't read.
fn reading_command(tool: &str) -> Option<[&'static [&'static str]; 2]> {
    Some(match tool {
        "wl-copy" => [&["wl-paste", "--no-newline"], &["wl-copy", "--clear"]],
        "xclip" => [
            &["xclip", "-selection", "clipboard", "-o"],
            &["xclip", "-selection", "clipboard"],
        ],
        "xsel" => [
            &["xsel", "--clipboard", "--output"],
            &["xsel", "--clipboard", "--clear"],
        ],
        "pbcopy" => [&["pbpaste"], &["pbcopy"]],
        _ => return None,
    })
}

/// Names a text without holding it.
#[must_use]
pub fn digest_text(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

/// Starts a process that clears the clipboard after [`CLEARED_AFTER`], whatever becomes of this one. It gets the text's
/// digest through a pipe, and none of the variables in `remove`.
///
/// # Errors
/// Where the tool can't tell whether the text is still there, or no process starts.
pub fn clear_later(tool: &str, digest: &str, remove: &[&str]) -> io::Result<()> {
    if reading_command(tool).is_none() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let mut command = Command::new(std::env::current_exe()?);
    for name in remove {
        command.env_remove(name);
    }
    let mut child = command
        .args(["clear-clipboard", tool])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(digest.as_bytes())?;
    }
    // Waited for by a thread, so that it leaves no zombie while this process lives.
    std::thread::Builder::new()
        .name("clipboard".to_owned())
        .spawn(move || child.wait())
        .map(drop)
}

/// Clears the clipboard if the text of a digest is on it. The process leaves its terminal first: it outlives it.
///
/// # Errors
/// Where the tool fails, or has no way to read the clipboard.
pub fn clear_clipboard(tool: &str, digest_of_text: &str) -> io::Result<()> {
    let [read, clear] = reading_command(tool).ok_or(io::ErrorKind::Unsupported)?;
    let output = run_tool(read, Stdio::piped())?;
    if digest_text(&String::from_utf8_lossy(&output)) == digest_of_text {
        run_tool(clear, Stdio::null())?;
    }
    Ok(())
}

/// Leaves the terminal, whose end would end this process.
pub fn leave_terminal() {
    // A process that leads a group stays where it is.
    let _ = rustix::process::setsid();
}

fn run_tool(command: &[&str], output: Stdio) -> io::Result<Vec<u8>> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(Stdio::null())
        .spawn()?
        .wait_with_output()?;
    Ok(output.stdout)
}

fn pipe_text(tool: &str, arguments: &[&str], text: &str, remove: &[&str]) -> io::Result<()> {
    let mut command = Command::new(tool);
    for name in remove {
        command.env_remove(name);
    }
    let mut child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    if child.wait()?.success() {
        Ok(())
    } else {
        Err(io::Error::other("the clipboard tool failed"))
    }
}

/// The sequence that asks a terminal to copy a text; in tmux, wrapped so that the outer terminal
/// gets it. `None` where the text is too long.
#[must_use]
pub fn osc52_sequence(text: &str, in_tmux: bool) -> Option<String> {
    if text.len() > LONGEST_FOR_TERMINAL {
        return None;
    }
    let encoded = STANDARD.encode(text);
    let plain = format!("\u{1b}]52;c;{encoded}\u{7}");
    Some(if in_tmux {
        format!("{plain}\u{1b}Ptmux;\u{1b}{plain}\u{1b}\\")
    } else {
        plain
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn osc52_carries_base64() {
        assert_eq!(
            osc52_sequence("hi", false).as_deref(),
            Some("\u{1b}]52;c;aGk=\u{7}")
        );
        assert!(
            osc52_sequence("hi", true)
                .is_some_and(|s| s.ends_with("\u{1b}Ptmux;\u{1b}\u{1b}]52;c;aGk=\u{7}\u{1b}\\"))
        );
        assert_eq!(osc52_sequence(&"x".repeat(80_000), false), None);
    }
}
