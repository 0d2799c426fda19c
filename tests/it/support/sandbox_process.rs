//! `genkan sandbox` as a process of its own, with the variables and comments that it printed.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::env::{CommandResult, command_result, path};

pub struct SandboxProcess {
    child: Child,
    pub home: TempDir,
    /// What it printed to be pasted.
    pub environment: BTreeMap<String, String>,
    /// The comments behind that.
    pub notes: String,
}

impl SandboxProcess {
    pub fn start(arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_genkan"))
            .arg("sandbox")
            .args(arguments)
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut environment = BTreeMap::new();
        let mut notes = String::new();
        // The last note is about the knobs.
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some((name, value)) = line
                .strip_prefix("export ")
                .and_then(|assignment| assignment.split_once('='))
            {
                environment.insert(name.to_owned(), value.trim_matches('\'').to_owned());
                continue;
            }
            notes.push_str(&line);
            notes.push('\n');
            if line.contains("/control/") {
                break;
            }
        }
        Self {
            child,
            home,
            environment,
            notes,
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn url(&self) -> String {
        self.environment["AWS_ENDPOINT_URL_STS"].clone()
    }

    /// The folder of its files.
    pub fn folder(&self) -> PathBuf {
        let config = Path::new(&self.environment["AWS_CONFIG_FILE"]);
        config.parent().unwrap().to_owned()
    }

    /// Runs a program where its lines were pasted.
    pub fn run(&self, program: &str, arguments: &[&str]) -> CommandResult {
        let output = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", path())
            .envs(&self.environment)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        command_result(output)
    }

    /// The same; it must work.
    pub fn output(&self, program: &str, arguments: &[&str]) -> String {
        let result = self.run(program, arguments);
        assert_eq!(result.code, Some(0), "{program} {arguments:?}: {}", result.stderr);
        result.stdout
    }

    pub fn genkan(&self, arguments: &[&str]) -> String {
        self.output(env!("CARGO_BIN_EXE_genkan"), arguments)
    }

    /// Ctrl-C, and the end.
    pub fn stop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
        let _ = self.child.wait();
    }
}

impl Drop for SandboxProcess {
    fn drop(&mut self) {
        self.stop();
    }
}
