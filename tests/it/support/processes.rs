//! Many real processes of one test, and what they ask the sandbox for.

use std::fs::File;
use std::process::{Child, Command, Output};

use genkan::sandbox::{Counts, Options};
use tempfile::TempDir;

use crate::support::env::{CommandResult, TestEnv, command_result};
use crate::support::wait::until;

pub const CALLERS: usize = 50;

/// Many processes of one test.
pub struct Processes {
    pub children: Vec<Child>,
    outputs: TempDir,
}

impl Processes {
    pub fn new() -> Self {
        Self {
            children: Vec::new(),
            outputs: TempDir::new().unwrap(),
        }
    }

    /// Starts one more and says which it is.
    pub fn start(&mut self, mut command: Command) -> usize {
        let number = self.children.len();
        let file =
            |stream: &str| File::create(self.outputs.path().join(format!("{stream}-{number}"))).unwrap();
        let child = command
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap();
        self.children.push(child);
        number
    }

    pub fn text(&self, stream: &str, number: usize) -> String {
        std::fs::read_to_string(self.outputs.path().join(format!("{stream}-{number}"))).unwrap()
    }

    /// How many have printed this on stderr.
    pub fn count_printed(&self, words: &str) -> usize {
        (0..self.children.len())
            .filter(|n| self.text("stderr", *n).contains(words))
            .count()
    }

    /// Which one shows the code to approve.
    pub fn shows_code(&self) -> Option<usize> {
        (0..self.children.len())
            .rev()
            .find(|n| self.text("stderr", *n).contains("waiting for approval"))
    }

    /// The same, leaving out some.
    pub fn shows_code_beside(&self, others: &[usize]) -> Option<usize> {
        (0..self.children.len())
            .filter(|n| !others.contains(n))
            .find(|n| self.text("stderr", *n).contains("waiting for approval"))
    }

    pub fn kill(&mut self, number: usize) {
        self.children[number].kill().unwrap();
    }

    /// How all of them ended, once they have.
    pub fn end(mut self) -> Vec<CommandResult> {
        let mut statuses = Vec::new();
        for number in 0..self.children.len() {
            until("the end of a process", || {
                let result = self.children[number].try_wait().unwrap();
                statuses.extend(result);
                result.is_some()
            });
        }
        let outputs = statuses.into_iter().enumerate().map(|(number, status)| Output {
            status,
            stdout: self.text("stdout", number).into_bytes(),
            stderr: self.text("stderr", number).into_bytes(),
        });
        outputs.map(command_result).collect()
    }
}

impl Drop for Processes {
    /// A test that failed leaves no process behind.
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// An environment with few accounts whose sign-ins a user approves.
pub fn approving_env(change: impl FnOnce(&mut Options)) -> TestEnv {
    TestEnv::with(|options| {
        options.auto_approve = false;
        change(options);
    })
}

pub fn sign_in_and_approve(env: &TestEnv) {
    let mut processes = Processes::new();
    processes.start(env.command(&["login", "--no-browser"]));
    approve(env, &processes);
    assert!(processes.end().iter().all(|result| result.code == Some(0)));
}

pub fn approve(env: &TestEnv, processes: &Processes) {
    until("the code", || processes.shows_code().is_some());
    approve_at(env, processes, processes.shows_code().unwrap());
}

/// Approves what one of them shows.
pub fn approve_at(env: &TestEnv, processes: &Processes, holder: usize) {
    let said = processes.text("stderr", holder);
    let code = said
        .rsplit_once("user_code=")
        .unwrap()
        .1
        .split_whitespace()
        .next()
        .unwrap();
    assert!(env.sandbox.control().approve(code), "{code}");
}

/// Runs a command [`CALLERS`] times at once.
pub fn run_many(env: &TestEnv, arguments: &[&str]) -> Vec<CommandResult> {
    let mut processes = Processes::new();
    for _ in 0..CALLERS {
        processes.start(env.command(arguments));
    }
    processes.end()
}

pub fn assert_all_succeed(result: &[CommandResult]) {
    for (number, result) in result.iter().enumerate() {
        assert_eq!(result.code, Some(0), "{number}: {}", result.stderr);
    }
}

/// What was asked for since `before`.
pub fn requests_since(env: &TestEnv, before: &Counts) -> [u64; 6] {
    let now = env.sandbox.counts();
    [
        now.register_client - before.register_client,
        now.start_device_authorization - before.start_device_authorization,
        now.device_code.issued - before.device_code.issued,
        now.refresh_token.issued - before.refresh_token.issued,
        now.refresh_token.refused - before.refresh_token.refused,
        now.get_role_credentials - before.get_role_credentials,
    ]
}
