//! Fifty sign-ins at once. Browser tabs are counted by a browser that only counts, requests by the sandbox.

use genkan::sandbox::{Counts, Fault, Operation};

use crate::support::browser::RecordingBrowser;
use crate::support::env::{ADMINISTRATOR, TestEnv};
use crate::support::processes::{
    CALLERS, Processes, approve, approve_at, approving_env, assert_all_succeed, requests_since,
    sign_in_and_approve,
};
use crate::support::tokens::TOKEN_FILE;
use crate::support::wait::until;

/// Starts sign-ins at once, and waits until all but the first wait for it.
fn start_logins(env: &TestEnv, logins: usize) -> Processes {
    let mut processes = Processes::new();
    for _ in 0..logins {
        processes.start(env.command(&["login"]));
    }
    until("the others wait", || {
        processes.count_printed("another genkan is signing in") == logins - 1
    });
    processes
}

#[test]
fn fifty_logins_make_one_device_authorization() {
    let mut env = approving_env(|_| {});
    let browser = RecordingBrowser::install(&mut env);
    let processes = start_logins(&env, CALLERS);
    assert!(env.sandbox.control().approve(&browser.code(1)));
    assert_all_succeed(&processes.end());
    assert_eq!(requests_since(&env, &Counts::default()), [1, 1, 1, 0, 0, 0]);
    assert_eq!(browser.addresses().len(), 1);
}

/// Who says no in the browser is not asked again by everybody who waited.
#[test]
fn denied_sign_in_ends_every_waiting_login() {
    let mut env = approving_env(|_| {});
    let browser = RecordingBrowser::install(&mut env);
    let processes = start_logins(&env, 10);
    assert!(env.sandbox.control().deny(&browser.code(1)));
    for result in processes.end() {
        assert_eq!(result.code, Some(1), "{}", result.stderr);
        assert!(
            result.stderr.contains("the sign-in was denied in the browser"),
            "{}",
            result.stderr
        );
    }
    assert_eq!(browser.addresses().len(), 1);
    // Who asks later is not told of an old denial.
    let mut processes = Processes::new();
    processes.start(env.command(&["login"]));
    assert!(env.sandbox.control().approve(&browser.code(2)));
    assert_all_succeed(&processes.end());
}

#[test]
fn next_login_takes_over_from_a_killed_one() {
    let mut env = approving_env(|_| {});
    let browser = RecordingBrowser::install(&mut env);
    let mut processes = start_logins(&env, 10);
    let code = browser.code(1);
    until("9 who show its code", || {
        processes.count_printed(&format!("code {code} · expires")) == 9
    });
    let killed = processes.shows_code().unwrap();
    processes.kill(killed);
    until("the next", || processes.shows_code_beside(&[killed]).is_some());
    approve_at(&env, &processes, processes.shows_code_beside(&[killed]).unwrap());
    let mut result = processes.end();
    assert_eq!(result.remove(killed).code, None);
    assert_all_succeed(&result);
    assert_eq!(requests_since(&env, &Counts::default()), [1, 2, 1, 0, 0, 0]);
    assert_eq!(browser.addresses().len(), 1, "who takes over opens no other one");
}

/// Who waits can finish the sign-in; who cancels one after another opens no tab for each.
#[test]
fn logins_cancelled_in_turn_open_one_tab() {
    const MANY: usize = 12;
    let mut env = approving_env(|_| {});
    let browser = RecordingBrowser::install(&mut env);
    let mut processes = Processes::new();
    for _ in 0..MANY {
        processes.start(env.command(&["login"]));
    }
    until("11 who show the code", || {
        processes.count_printed("which also signs in here") == MANY - 1
    });
    let mut cancelled = Vec::new();
    while cancelled.len() < MANY - 1 {
        let next = || processes.shows_code_beside(&cancelled);
        until("the next one", || next().is_some());
        let number = next().unwrap();
        let process = rustix::process::Pid::from_child(&processes.children[number]);
        rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
        until("its end", || {
            processes.text("stderr", number).contains("cancelled")
        });
        cancelled.push(number);
    }
    until("the last one", || {
        processes.shows_code_beside(&cancelled).is_some()
    });
    let last = processes.shows_code_beside(&cancelled).unwrap();
    let said = processes.text("stderr", last);
    assert!(
        said.contains("the other genkan ended; continuing the sign-in here")
            && said.contains("no browser was opened (already opened by the other genkan)"),
        "{said}"
    );
    let code = said
        .rsplit_once("user_code=")
        .unwrap()
        .1
        .split_whitespace()
        .next();
    assert!(env.sandbox.control().approve(code.unwrap()));
    for (number, result) in processes.end().iter().enumerate() {
        let code = if cancelled.contains(&number) { 130 } else { 0 };
        assert_eq!(result.code, Some(code), "{number}: {}", result.stderr);
    }
    assert_eq!(browser.addresses().len(), 1);
    let locks = std::fs::read_dir(env.path(".cache/genkan/locks")).unwrap();
    let left: Vec<_> = locks
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    assert!(left.is_empty(), "{left:?} outlived its sign-in");
    // Where no one waited, a new sign-in starts from the beginning.
    env.output(&["logout"]);
    let mut processes = Processes::new();
    processes.start(env.command(&["login"]));
    assert!(env.sandbox.control().approve(&browser.code(2)));
    assert_all_succeed(&processes.end());
}

/// A new portal session begins with the end of the old one; that it can't be ended is no failure.
#[test]
fn forced_login_ends_the_previous_session() {
    let env = approving_env(|_| {});
    sign_in_and_approve(&env);
    env.output(&["credential-process", ADMINISTRATOR]);
    let old = env.read(TOKEN_FILE);
    let mut processes = Processes::new();
    for _ in 0..10 {
        processes.start(env.command(&["login", "--force", "--no-browser"]));
    }
    until("nine who wait", || {
        processes.count_printed("another genkan is signing in") == 9
    });
    approve(&env, &processes);
    assert_all_succeed(&processes.end());
    let counts = env.sandbox.counts();
    // Each of those who came while the new session was made takes it for the new one.
    assert_eq!((counts.logout, counts.start_device_authorization), (1, 2));
    let new = env.read(TOKEN_FILE);
    assert_ne!(old, new);
    env.write(TOKEN_FILE, &old);
    assert_eq!(
        env.run(&["list", "--refresh"]).code,
        Some(3),
        "the old session has ended"
    );
    env.write(TOKEN_FILE, &new);
    let control = env.sandbox.control();
    control.inject(Operation::Logout, &Fault::InternalError, 3);
    let before = env.sandbox.counts();
    let mut forced = Processes::new();
    forced.start(env.command(&["login", "--force", "--no-browser"]));
    approve(&env, &forced);
    let result = forced.end().remove(0);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result
            .stderr
            .contains("note: the previous portal session could not be ended on AWS"),
        "{}",
        result.stderr
    );
    assert_eq!(requests_since(&env, &before), [0, 1, 1, 0, 0, 0]);
}
