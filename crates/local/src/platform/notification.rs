//! A short line that reaches a user who looks elsewhere: by the terminal (OSC 9) or by the desktop.
//!
//! Must not know what it is about. The text is in an argument of a desktop's tool, so it must hold no secret.

use std::io;
use std::process::{Command, Stdio};

/// Who the notification is from.
const SENDER: &str = "genkan";

/// The sequence that asks a terminal to show a notification (OSC 9, as iTerm2, Ghostty, WezTerm, kitty, Windows Terminal
/// and others know it); in tmux, wrapped so that the outer terminal gets it. `text` must be clean.
#[must_use]
pub fn notification_sequence(text: &str, in_tmux: bool) -> String {
    let plain = format!("\u{1b}]9;{SENDER}: {text}\u{7}");
    if in_tmux {
        format!("\u{1b}Ptmux;\u{1b}{plain}\u{1b}\\")
    } else {
        plain
    }
}

/// Shows a notification on the desktop, by a tool that gets none of the variables in `remove`.
///
/// # Errors
/// Where there is no such tool.
pub fn show_on_desktop(text: &str, remove: &[&str]) -> io::Result<()> {
    let (program, arguments) = if cfg!(target_os = "macos") {
        ("osascript", vec!["-e".to_owned(), applescript_text(text)])
    } else {
        let name = format!("--app-name={SENDER}");
        (
            "notify-send",
            vec![name, "--".to_owned(), SENDER.to_owned(), text.to_owned()],
        )
    };
    let mut command = Command::new(program);
    for name in remove {
        command.env_remove(name);
    }
    let mut child = command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // It may wait for a desktop that doesn't answer: no one waits for it, but it leaves no zombie.
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// The same in AppleScript, whose strings know two escapes.
fn applescript_text(text: &str) -> String {
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("display notification \"{quoted}\" with title \"{SENDER}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_gets_osc_9_through_tmux() {
        assert_eq!(notification_sequence("hi", false), "\u{1b}]9;genkan: hi\u{7}");
        assert_eq!(
            notification_sequence("hi", true),
            "\u{1b}Ptmux;\u{1b}\u{1b}]9;genkan: hi\u{7}\u{1b}\\"
        );
    }

    #[test]
    fn text_cannot_leave_its_applescript_string() {
        assert_eq!(
            applescript_text(r#"a" & (do shell script "id") & "\"#),
            r#"display notification "a\" & (do shell script \"id\") & \"\\" with title "genkan""#
        );
    }
}
