//! Processes that are stopped in the middle of a step that one at a time does: by Ctrl-Z, which they see, and
//! by SIGSTOP, which can't be caught.

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use genkan::sandbox::{Fault, Operation};
use portable_pty::CommandBuilder;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::env::{ADMINISTRATOR, TARGET, TestEnv};
use crate::support::processes::{
    CALLERS, Processes, approve_at, approving_env, assert_all_succeed, requests_since, sign_in_and_approve,
};
use crate::support::screen::Screen;
use crate::support::stub_server::{StubServer, json};
use crate::support::tokens::expire_token;
use crate::support::wait::until;

/// A command in a job of its own, so that stopping it stops no one else.
fn job(env: &TestEnv, arguments: &[&str]) -> Command {
    let mut command = env.command(arguments);
    command.process_group(0);
    command
}

fn send(processes: &Processes, number: usize, signal: Signal) {
    kill_process(Pid::from_child(&processes.children[number]), signal).unwrap();
}

fn state(processes: &Processes, number: usize) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", processes.children[number].id())).unwrap();
    let after = stat.rsplit(')').next().unwrap().trim_start();
    after.chars().next().unwrap()
}

/// Stops one and waits until it rests.
fn stop(processes: &Processes, number: usize, signal: Signal) {
    send(processes, number, signal);
    until("its stop", || state(processes, number) == 'T');
}

/// One that waits for another process says so after a second; it would wait for ten before it passes over one that
/// doesn't run.
#[track_caller]
fn assert_waited_for_no_one(said: &str) {
    assert!(!said.contains("another genkan is"), "{said}");
}

/// One refresh and one request for credentials, though the one that refreshes is stopped, and 49 wait for it.
#[test]
fn exactly_one_process_takes_over_from_a_stopped_one() {
    let env = approving_env(|_| {});
    sign_in_and_approve(&env);
    env.output(&["list"]);
    expire_token(&env);
    let control = env.sandbox.control();
    control.inject(Operation::CreateToken, &Fault::Hang, 1);
    let before = env.sandbox.counts();
    let mut processes = Processes::new();
    let stopped = processes.start(job(&env, &["credential-process", TARGET]));
    until("the refresh", || {
        env.sandbox.counts().create_token > before.create_token
    });
    stop(&processes, stopped, Signal::STOP);
    // The process that takes over gets its answer when all of them wait, and doesn't give up before.
    env.write(".config/genkan/config.toml", "timeout_seconds = 60\n");
    control.hold_answers(Operation::CreateToken);
    for _ in 1..CALLERS {
        processes.start(env.command(&["credential-process", TARGET]));
    }
    until("a word of each why it waits", || {
        processes.count_printed("another genkan is getting these credentials; waiting for it") == CALLERS - 1
    });
    control.release_answers();
    until("the others' end", || {
        (0..CALLERS).filter(|n| *n != stopped).all(|n| {
            let result = processes.children[n].try_wait().unwrap();
            result.is_some()
        })
    });
    let now = env.sandbox.counts();
    assert_eq!(
        now.create_token - before.create_token,
        2,
        "the stopped one's, and one more"
    );
    assert_eq!(requests_since(&env, &before), [0, 0, 0, 1, 0, 1]);
    // Continued, it finds what the other one has left.
    send(&processes, stopped, Signal::CONT);
    assert_all_succeed(&processes.end());
    assert_eq!(
        env.sandbox.counts().refresh_token.issued - before.refresh_token.issued,
        1
    );
}

/// Ctrl-Z while a code is shown, then `genkan login` elsewhere.
#[test]
fn suspended_sign_in_blocks_no_other_process() {
    let env = approving_env(|_| {});
    let mut processes = Processes::new();
    let login = ["login", "--no-browser"];
    let first = processes.start(job(&env, &login));
    until("the code", || processes.shows_code().is_some());
    stop(&processes, first, Signal::TSTP);
    let second = processes.start(env.command(&login));
    until("another code", || processes.shows_code_beside(&[first]).is_some());
    assert_waited_for_no_one(&processes.text("stderr", second));
    // Continued, the first one waits for the second, and shows its code.
    send(&processes, first, Signal::CONT);
    until("the other one's code", || {
        processes
            .text("stderr", first)
            .contains("which also signs in here")
    });
    approve_at(&env, &processes, second);
    assert_all_succeed(&processes.end());
    assert_eq!(env.sandbox.counts().device_code.issued, 1);
}

#[test]
fn suspended_sign_in_continues() {
    let env = approving_env(|_| {});
    let mut processes = Processes::new();
    let only = processes.start(job(&env, &["login", "--no-browser"]));
    until("the code", || processes.shows_code().is_some());
    stop(&processes, only, Signal::TSTP);
    approve_at(&env, &processes, only);
    send(&processes, only, Signal::CONT);
    assert_all_succeed(&processes.end());
    assert_eq!(env.sandbox.counts().start_device_authorization, 1);
}

/// Ctrl-Z while accounts are listed, then `genkan list` elsewhere.
#[test]
fn suspended_listing_blocks_no_other_process() {
    let env = TestEnv::with(|options| options.latency = Duration::from_millis(300));
    env.sign_in();
    let mut processes = Processes::new();
    let list = ["list", "--refresh", "--format", "plain"];
    let before = env.sandbox.counts();
    let first = processes.start(job(&env, &list));
    until("some answers", || {
        env.sandbox.counts().list_account_roles > before.list_account_roles + 12
    });
    // It comes to no end before it is stopped.
    let control = env.sandbox.control();
    control.hold_answers(Operation::ListAccountRoles);
    stop(&processes, first, Signal::TSTP);
    control.release_answers();
    let second = processes.start(env.command(&list));
    until("the other listing", || {
        processes.children[second].try_wait().unwrap().is_some()
    });
    assert_waited_for_no_one(&processes.text("stderr", second));
    send(&processes, first, Signal::CONT);
    let result = processes.end();
    assert_all_succeed(&result);
    for result in &result {
        assert_eq!(result.stdout.lines().count(), 100, "{}", result.stderr);
    }
}

/// The same from the sign-in screen of the portal.
#[test]
fn suspended_sign_in_screen_blocks_no_other_process() {
    let env = approving_env(|_| {});
    let mut command = CommandBuilder::new("/bin/bash");
    command.args(["--norc", "--noprofile", "-i"]);
    let mut screen = Screen::start(&env, command);
    screen.type_keys("PS1='ready> '\r");
    screen.wait("ready>");
    screen.type_keys("\"$GENKAN\"\r");
    until("the code", || {
        env.sandbox.counts().start_device_authorization == 1
    });
    screen.wait("code");
    screen.type_keys("\x1a");
    screen.wait("Stopped");
    let mut processes = Processes::new();
    let login = processes.start(env.command(&["login", "--no-browser"]));
    until("another code", || processes.shows_code().is_some());
    assert_waited_for_no_one(&processes.text("stderr", login));
    approve_at(&env, &processes, login);
    assert_all_succeed(&processes.end());
    // The screen finds the sign-in when it comes back.
    screen.type_keys("clear; fg\r");
    screen.wait("updated");
    screen.type_keys("\x03");
    screen.wait("ready>");
    screen.type_keys("exit\r");
    screen.exit();
    env.output(&["credential-process", ADMINISTRATOR]);
}

/// Once a sign-in or the picker has listened to Ctrl-C, what comes after it is cancelled all the same.
#[test]
fn ctrl_c_cancels_what_follows_a_sign_in_or_the_picker() {
    let cancelled = |env: &TestEnv, screen: &mut Screen| {
        until("the request", || env.sandbox.counts().get_role_credentials > 0);
        screen.type_keys("\x03");
        assert_eq!(screen.exit(), 130, "{}", screen.text());
    };
    let hanging = || {
        let env = TestEnv::new();
        let control = env.sandbox.control();
        control.inject(Operation::GetRoleCredentials, &Fault::Hang, 100);
        env
    };
    let env = hanging();
    let mut screen = Screen::genkan(&env, &["exec", TARGET, "--", "true"]);
    screen.wait("check that it shows this code");
    cancelled(&env, &mut screen);

    let env = hanging();
    env.sign_in();
    let mut screen = Screen::genkan(&env, &["exec", "--", "true"]);
    screen.wait("updated");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    cancelled(&env, &mut screen);
}

/// Ctrl-Z at a question stops the command as it stops any other.
#[test]
fn ctrl_z_at_a_question_stops_the_command() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["profiles", "--write"]);
    let server = StubServer::serve(vec![("/", json(r#"{"accountList":[]}"#))]);
    let mut command = CommandBuilder::new("/bin/bash");
    command.args(["--norc", "--noprofile", "-i"]);
    let mut screen = Screen::start(&env, command);
    let line = format!(
        "AWS_ENDPOINT_URL_SSO={} \"$GENKAN\" profiles --write --prune\r",
        server.url
    );
    screen.type_keys(&line);
    screen.wait("[y/N]");
    screen.type_keys("\x1a");
    screen.wait("Stopped");
    screen.type_keys("fg\r");
    screen.wait_until("the question again", |screen| {
        screen.text().matches("[y/N]").count() == 2
    });
    screen.type_keys("n\r");
    screen.wait("no changes written");
    screen.type_keys("echo \"co\"de $?\r");
    screen.wait("code 1");
    screen.type_keys("exit\r");
    screen.exit();
}

/// Ctrl-Z while `console` waits for the browser.
#[test]
fn ctrl_z_stops_a_command_that_waits_for_the_browser() {
    let env = TestEnv::new();
    env.sign_in();
    let mut command = CommandBuilder::new("/bin/bash");
    command.args(["--norc", "--noprofile", "-i"]);
    let mut screen = Screen::start(&env, command);
    // A browser that never opens the link.
    let line = format!("BROWSER=true DISPLAY=:9 \"$GENKAN\" console --via federation {TARGET}\r");
    screen.type_keys(&line);
    screen.wait("in the browser …");
    screen.type_keys("\x1a");
    screen.wait("Stopped");
    screen.type_keys("kill %1; exit\r");
    screen.type_keys("exit\r");
    screen.exit();
}

/// A background job has the terminal for its standard error, but no one waits for what it asks.
#[test]
fn background_job_does_not_sign_in() {
    let env = TestEnv::new();
    let line = format!("set -m; \"$GENKAN\" exec {TARGET} -- true & wait $!; echo code $?");
    let mut screen = Screen::script(&env, &line);
    screen.wait("code 3");
    screen.exit();
    assert_eq!(env.sandbox.counts().start_device_authorization, 0);
}
