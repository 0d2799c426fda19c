//! Children behave as if nothing were between them and the shell: signals, exit codes, job control,
//! the terminal's size; whether they have taken genkan's place or are waited for.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::Stdio;

use portable_pty::CommandBuilder;

use crate::support::env::{TARGET, TestEnv};
use crate::support::screen::{Screen, signal};

const DELIVERIES: [&str; 2] = ["env", "server"];

fn signed_in() -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    env
}

/// An interactive bash, as the shell above.
fn outer_shell(env: &TestEnv) -> Screen {
    let mut command = CommandBuilder::new("/bin/bash");
    command.args(["--norc", "--noprofile", "-i"]);
    let mut screen = Screen::start(env, command);
    screen.type_keys("PS1='ready> '\r");
    screen.wait("ready>");
    screen
}

#[test]
fn signals_are_forwarded_to_the_child() {
    let env = signed_in();
    // The answer tells which signal it was; a `sleep` in pieces lets the trap run, and ends.
    let script = "for name in TERM HUP INT QUIT USR1 USR2; do trap \"echo got $name; exit 40\" $name; done; \
                  echo ready; for i in $(seq 400); do sleep 0.05; done; echo nothing";
    for delivery in DELIVERIES {
        for name in ["TERM", "HUP", "INT", "QUIT", "USR1", "USR2"] {
            // The program that runs the tests may ignore some (nohup does), and a shell traps none of those.
            let shell = ["env", "--default-signal", "sh", "-c", script];
            let mut words = vec!["exec", "--credentials", delivery, TARGET, "--"];
            words.extend(shell);
            let mut child = env
                .command(&words)
                // As in a script or under cron: no terminal sends it to the child as well.
                .process_group(0)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            assert_eq!(lines.next().unwrap().unwrap(), "ready");
            signal(i32::try_from(child.id()).unwrap(), name);
            assert_eq!(
                lines.next().unwrap().unwrap(),
                format!("got {name}"),
                "{delivery}"
            );
            assert_eq!(child.wait().unwrap().code(), Some(40), "{delivery} {name}");
        }
    }
}

#[test]
fn child_killed_by_a_signal_exits_with_128_plus_the_signal() {
    let env = signed_in();
    for delivery in DELIVERIES {
        for (name, number) in [("KILL", 9), ("TERM", 15), ("SEGV", 11), ("PIPE", 13)] {
            let line = format!("kill -{name} $$");
            let mut command =
                env.command(&["exec", "--credentials", delivery, TARGET, "--", "sh", "-c", &line]);
            let status = command.status().unwrap();
            let told = status.signal().map_or(status.code(), |signal| Some(128 + signal));
            assert_eq!(told, Some(128 + number), "{delivery} {name}");
        }
        let result = env.run(&[
            "exec",
            "--credentials",
            delivery,
            TARGET,
            "--",
            "sh",
            "-c",
            "exit 255",
        ]);
        assert_eq!(result.code, Some(255));
    }
}

/// A command with keys takes genkan's place: nothing of it stays behind.
#[test]
fn exec_with_keys_replaces_the_process() {
    let env = signed_in();
    let child = env
        .command(&["exec", TARGET, "--", "sh", "-c", "echo $$"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), id.to_string());
}

#[test]
fn ctrl_z_fg_and_ctrl_c_reach_the_child() {
    let env = signed_in();
    let mut screen = outer_shell(&env);
    for delivery in DELIVERIES {
        screen.type_keys(&format!(
            "clear; \"$GENKAN\" exec --credentials {delivery} {TARGET} -- cat\r"
        ));
        screen.gone("ready>");
        screen.type_keys(&format!("first {delivery}\r"));
        // Once as typed, once by `cat`.
        screen.wait(&format!("first {delivery}\nfirst {delivery}"));
        screen.type_keys("\x1a");
        screen.wait("Stopped");
        screen.type_keys("echo the shell is $((40 + 2))\r");
        screen.wait("the shell is 42");
        screen.type_keys("clear; fg\r");
        screen.gone("Stopped");
        // What `fg` prints first.
        screen.wait("exec --credentials");
        screen.type_keys(&format!("second {delivery}\r"));
        screen.wait(&format!("second {delivery}\nsecond {delivery}"));
        screen.type_keys("\x03");
        screen.wait("ready>");
        screen.type_keys("echo \"code $?\"\r");
        screen.wait("code 130");
    }
    screen.type_keys("exit\r");
    screen.exit();
}

#[test]
fn terminal_size_reaches_the_child() {
    let env = signed_in();
    let script = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done";
    for delivery in DELIVERIES {
        let mut screen = Screen::genkan(
            &env,
            &[
                "exec",
                "--credentials",
                delivery,
                TARGET,
                "--",
                "sh",
                "-c",
                script,
            ],
        );
        screen.wait("ready");
        screen.resize(101, 33);
        screen.wait("33 101");
        screen.type_keys("\x03");
        screen.exit();
    }
}

/// A subshell that suspends itself gives the terminal to the shell above, and comes back by `fg`.
#[test]
fn suspended_subshell_returns_to_the_outer_shell() {
    let env = signed_in();
    let mut screen = outer_shell(&env);
    screen.type_keys(&format!("\"$GENKAN\" shell {TARGET}\r"));
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys("clear\r");
    screen.gone("ready>");
    screen.type_keys("suspend\r");
    screen.wait("Stopped");
    screen.type_keys("echo above: [$GENKAN_ACCOUNT_NAME]\r");
    screen.wait("above: []");
    screen.type_keys("clear; fg\r");
    screen.gone("above: []");
    screen.type_keys("echo below: [$GENKAN_ACCOUNT_NAME]\r");
    screen.wait("below: [payments-dev]");
    screen.type_keys("exit 5\r");
    screen.wait("ready>");
    screen.type_keys("echo \"code $?\"\r");
    screen.wait("code 5");
    screen.type_keys("exit\r");
    screen.exit();
}

/// In the portal there may be no parent that would continue it: the subshell goes on.
#[test]
fn suspended_subshell_of_the_portal_continues() {
    let env = signed_in();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("updated");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys("suspend\r");
    screen.type_keys("echo still $((40 + 2))\r");
    screen.wait("still 42");
    screen.type_keys("exit\r");
    screen.wait("back from payments-dev");
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 0);
}

/// Interactive shells ignore SIGTERM: genkan ends all the same, and the shell with it.
#[test]
fn sigterm_ends_genkan_and_its_subshell() {
    let env = signed_in();
    for name in ["TERM", "HUP"] {
        let mut screen = Screen::genkan(&env, &["shell", TARGET]);
        screen.wait("[payments-dev/AdministratorAccess]");
        signal(screen.pid(), name);
        assert_eq!(screen.exit(), 129, "{name}: the shell was ended by SIGHUP");
    }
}

/// bash forgets a SIGHUP that comes between its prompt and its wait for a key: 33 of 1,500 that were sent as soon as the
/// prompt was read. It heeds the next one.
#[test]
fn subshell_that_forgets_a_signal_ends_all_the_same() {
    const FORGETFUL: &str = "#!/bin/sh\ntrap '' TERM\ntrap \"trap 'exit 7' HUP\" HUP\n\
                             echo ready\nwhile :; do sleep 0.05; done\n";
    let mut env = signed_in();
    env.write_program("forgetful", FORGETFUL);
    let shell = env.path("forgetful").to_str().unwrap().to_owned();
    env.environment.insert("SHELL".into(), shell);
    for name in ["TERM", "HUP"] {
        let mut screen = Screen::genkan(&env, &["shell", TARGET]);
        screen.wait("ready");
        signal(screen.pid(), name);
        assert_eq!(screen.exit(), 7, "{name}");
    }
}
