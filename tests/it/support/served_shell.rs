//! A shell whose credentials come from genkan's credentials endpoint.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::Value;

use crate::support::env::{TARGET, TestEnv};
use crate::support::http;

/// A plain `sh` inside `genkan exec --credentials server`, that a test types into.
pub struct ServedShell {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl ServedShell {
    pub fn enter(env: &TestEnv) -> Self {
        let mut child = env
            .command(&["exec", "--credentials", "server", TARGET, "--", "sh"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take().unwrap(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Runs a line; its first line of output.
    pub fn ask(&mut self, line: &str) -> String {
        writeln!(self.stdin, "{line}").unwrap();
        let mut answer = String::new();
        self.stdout.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    pub fn json(&mut self, line: &str) -> Value {
        let answer = self.ask(line);
        serde_json::from_str(&answer).unwrap_or_else(|e| panic!("{line}: {e}: {answer}"))
    }

    pub fn endpoint(&mut self) -> Endpoint {
        let line = self.ask("echo $AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN");
        let (address, token) = line.split_once(' ').unwrap();
        Endpoint {
            url: address.strip_suffix("/credentials").unwrap().to_owned(),
            token: token.to_owned(),
        }
    }

    pub fn leave(mut self) {
        drop(self.stdin);
        assert!(self.child.wait().unwrap().success());
    }
}

/// The credentials endpoint of such a shell.
pub struct Endpoint {
    pub url: String,
    token: String,
}

impl Endpoint {
    pub fn get(&self) -> http::Answer {
        let headers = [("authorization", self.token.as_str())];
        http::request(&self.url, "GET", "/credentials", &headers, &[]).unwrap()
    }
}
