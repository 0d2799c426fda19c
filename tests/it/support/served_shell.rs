//! A shell whose credentials come from genkan's credentials endpoint.

use serde_json::Value;

use crate::support::env::{TARGET, TestEnv};
use crate::support::http;
use crate::support::input::Dialogue;

/// A plain `sh` inside `genkan exec --credentials server`, that a test types into.
pub struct ServedShell(Dialogue);

impl ServedShell {
    pub fn enter(env: &TestEnv) -> Self {
        let mut command = env.command(&["exec", "--credentials", "server", TARGET, "--", "sh"]);
        Self(Dialogue::start(&mut command))
    }

    /// Runs a line; its first line of output.
    #[track_caller]
    pub fn ask(&mut self, line: &str) -> String {
        self.0.ask(line)
    }

    #[track_caller]
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

    pub fn leave(self) {
        assert!(self.0.end().success());
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
