//! A running `genkan serve`, and what it has printed.

use std::io::Read as _;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::env::TestEnv;
use crate::support::http;
use crate::support::wait;

/// A server that a test started. It is killed where the test ends first.
pub struct Served {
    child: Child,
    /// What `--format json` printed.
    pub printed: Value,
    token: String,
}

impl Served {
    /// Starts it with these arguments behind `serve --format json`, and waits until it serves.
    pub fn start(env: &TestEnv, arguments: &[&str]) -> Self {
        let mut child = env
            .command(&[&["serve", "--format", "json"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        // It lets go of standard output when everything is printed.
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        if text.is_empty() {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("it serves nothing: {said}");
        }
        let printed: Value = serde_json::from_str(&text).unwrap();
        let token = if let Some(token) = printed["token"].as_str() {
            token.to_owned()
        } else {
            let file = printed["token_file"].as_str().unwrap();
            std::fs::read_to_string(file).unwrap()
        };
        Self {
            child,
            printed,
            token,
        }
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    /// Where it listens, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.printed["address"].as_str().unwrap())
    }

    /// The address of the credentials of a target, by its number.
    pub fn address(&self, number: usize) -> String {
        self.printed["targets"][number]["url"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Gets the credentials of a target, by its number.
    pub fn get(&self, number: usize) -> http::Answer {
        let address = self.address(number);
        let path = address.strip_prefix(&self.url()).unwrap();
        let headers = [("authorization", self.token.as_str())];
        http::request(&self.url(), "GET", path, &headers, &[]).unwrap()
    }

    /// The variables that a client needs for a target.
    pub fn variables(&self, number: usize) -> Vec<(String, String)> {
        let variables = self.printed["targets"][number]["variables"].as_object().unwrap();
        let pairs = variables.iter();
        pairs
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect()
    }

    /// Waits for its end: its exit code, and what it said.
    pub fn ended(mut self) -> (Option<i32>, String) {
        wait::until("the end of the server", || {
            self.child.try_wait().unwrap().is_some()
        });
        let mut said = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        (self.child.wait().unwrap().code(), said)
    }

    /// Asks it to end as a terminal does.
    pub fn stop(self) -> (Option<i32>, String) {
        crate::support::screen::signal(self.child.id().try_into().unwrap(), "INT");
        self.ended()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
