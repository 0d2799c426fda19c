//! Standard output read by a program: a child in the foreground has the terminal all the same, and Enter in the
//! portal exports. The outer shell is a real bash on a real terminal.

use portable_pty::CommandBuilder;

use crate::support::env::{TARGET, TestEnv};
use crate::support::screen::Screen;

fn bash(env: &TestEnv) -> Screen {
    let mut command = CommandBuilder::new("/bin/bash");
    command.args(["--norc", "--noprofile", "-i"]);
    let mut screen = Screen::start(env, command);
    screen.type_keys("PS1='ready> '\r");
    screen.wait("ready>");
    screen
}

fn signed_in() -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    env
}

/// Picks a target; `footer` says what Enter does with it.
fn pick(screen: &mut Screen, footer: &str) {
    screen.wait("updated");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.wait(footer);
    screen.type_keys("\r");
}

#[test]
fn enter_exports_when_output_is_captured_by_eval() {
    let env = signed_in();
    let mut screen = bash(&env);
    screen.type_keys("eval \"$(\"$GENKAN\")\"\r");
    pick(&mut screen, "Enter export");
    screen.wait("ready>");
    screen.type_keys("clear; echo \"in $GENKAN_ACCOUNT_NAME with ${AWS_ACCESS_KEY_ID:0:4}\"\r");
    screen.wait("in payments-dev with ASIA");
    screen.type_keys("exit\r");
    screen.exit();
}

/// A user who leaves without choosing changes nothing.
#[test]
fn esc_in_a_captured_portal_changes_nothing() {
    let env = signed_in();
    let mut screen = bash(&env);
    screen.type_keys("eval \"$(\"$GENKAN\")\"; echo \"code $? [$AWS_ACCESS_KEY_ID]\"\r");
    screen.wait("updated");
    screen.type_keys("\x1b");
    screen.wait("code 0 []");
    screen.type_keys("exit\r");
    screen.exit();
}

/// What a subshell prints is on the terminal, and nothing of it reaches the program that reads genkan's output.
#[test]
fn subshell_gets_the_terminal_for_all_streams() {
    let env = signed_in();
    let redirections = [
        ("eval \"$(", ")\"", ""),
        ("", "", " > captured"),
        ("", "", " 2> captured"),
        ("", "", " < /dev/null"),
        ("", "", " < /dev/null > captured 2>&1"),
        ("", "", " | cat > captured"),
    ];
    for command in [
        format!("\"$GENKAN\" shell {TARGET}"),
        "\"$GENKAN\" shell".to_owned(),
    ] {
        for (before, after, redirection) in redirections {
            let mut screen = bash(&env);
            screen.type_keys(&format!("{before}{command}{redirection}{after}\r"));
            if !command.contains(TARGET) {
                pick(&mut screen, "Enter shell");
            }
            screen.wait("[payments-dev/AdministratorAccess]");
            screen.type_keys("[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo three=$((1 + 2))\r");
            screen.wait("three=3");
            screen.type_keys("echo 'echo RAN-$((40 + 2))'\r");
            screen.wait("echo RAN-$((40 + 2))\n");
            screen.type_keys("clear; exit\r");
            screen.wait("ready>");
            screen.type_keys("echo end=$((1 + 1))\r");
            screen.wait("end=2");
            assert!(
                !screen.text().contains("RAN-42"),
                "{redirection}: {}",
                screen.text()
            );
            let captured = std::fs::read_to_string(env.path("captured")).unwrap_or_default();
            assert!(!captured.contains("three"), "{redirection}: {captured}");
            screen.type_keys("exit\r");
            screen.exit();
        }
    }
}

/// The portal's own subshell, too, where only its input or its errors are redirected.
#[test]
fn subshell_of_the_portal_gets_the_terminal() {
    let env = signed_in();
    for redirection in ["< /dev/null", "2> captured", "< /dev/null 2> captured"] {
        let mut screen = bash(&env);
        screen.type_keys(&format!("\"$GENKAN\" {redirection}\r"));
        pick(&mut screen, "Enter shell");
        screen.wait("[payments-dev/AdministratorAccess]");
        screen.type_keys("[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo three=$((1 + 2))\r");
        screen.wait("three=3");
        screen.type_keys("exit\r");
        screen.wait("back from");
        screen.type_keys("\x03");
        screen.wait("ready>");
        screen.type_keys("exit\r");
        screen.exit();
    }
}

/// `exec` is for data: its command keeps the streams that were given, picked or written.
#[test]
fn exec_keeps_redirected_streams() {
    let env = signed_in();
    for command in [
        format!("\"$GENKAN\" exec {TARGET} --"),
        "\"$GENKAN\" exec --".to_owned(),
    ] {
        let mut screen = bash(&env);
        screen.type_keys(&format!(
            "got=$(echo typed | {command} sh -c 'read x; echo \"$x in $GENKAN_ACCOUNT_NAME\"'); clear; echo \"[$got]\"\r"
        ));
        if !command.contains(TARGET) {
            pick(&mut screen, "Enter exec");
        }
        screen.wait("[typed in payments-dev]");
        screen.type_keys("exit\r");
        screen.exit();
    }
}

/// Each picker says on the footer what Enter does, and does it.
#[test]
fn pickers_with_redirected_output_do_what_the_footer_says() {
    let mut env = signed_in();
    let browser = crate::support::browser::RecordingBrowser::install(&mut env);
    for (command, footer, result) in [
        ("export", "Enter export", "export AWS_ACCESS_KEY_ID='ASIA"),
        ("assume bash", "Enter export", "AWS_ACCESS_KEY_ID='ASIA"),
        ("console", "Enter console", ""),
        ("console --print", "Enter console", "federation?Action=login"),
    ] {
        let mut screen = bash(&env);
        screen.type_keys(&format!("\"$GENKAN\" {command} > captured\r"));
        pick(&mut screen, footer);
        if command == "console" {
            screen.wait_until("page", |_| !browser.addresses().is_empty());
            screen.type_keys("\x03");
        }
        screen.wait("ready>");
        screen.type_keys("clear; echo end=$((1 + 1))\r");
        screen.wait("end=2");
        let captured = env.read("captured");
        assert!(captured.contains(result), "{command}: {captured}");
        screen.type_keys("exit\r");
        screen.exit();
    }
}
