//! The program as a process, at a home whose config file names a sandbox: what a command and the portal cost on this
//! machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement may stop"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a measurement looks at the clock and hands on its environment"
)]
#![allow(dead_code, reason = "each measurement uses a part")]

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use genkan::platform::clock;
use genkan::sandbox::{Options, Organisation, Sandbox, start_sandbox};
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The program, as this measurement builds it.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_genkan");

/// What a sandbox runs on, beside the measurement.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// The options of a sandbox that approves every sign-in.
pub(crate) fn options() -> Options {
    let mut options = Options::new(Arc::new(clock::current_time));
    options.auto_approve = true;
    options
}

/// A sandbox with an organisation of this size.
pub(crate) fn sandbox(accounts: usize, permission_sets: usize) -> (Runtime, Sandbox) {
    let mut options = options();
    options.organisation = Organisation::generated(accounts, permission_sets);
    let runtime = runtime();
    let sandbox = runtime.block_on(start_sandbox(options)).unwrap();
    (runtime, sandbox)
}

pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// How often the threads of a process waited for something and went on.
fn wake_ups(process: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    tasks
        .map(|task| {
            let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap_or_default();
            let switches = status
                .lines()
                .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            switches.map_or(0, |number| number.trim().parse().unwrap_or(0))
        })
        .sum()
}

/// Measures a portal, again where a minute of the clock began meanwhile or was about to: then the ages on the screen
/// change, and the portal draws a frame. It wakes up to four seconds earlier, too: tokio's timer wheel approaches a
/// deadline in steps.
///
/// # Panics
///
/// If no measurement lies between two such times.
pub(crate) fn within_a_minute<T>(mut measure: impl FnMut() -> T) -> T {
    const ABOUT_TO: i64 = 5;
    let now = || clock::current_time().as_second();
    let measured = std::iter::repeat_with(|| {
        let begun = now();
        let measured = measure();
        let is_within = begun.div_euclid(60) == (now() + ABOUT_TO).div_euclid(60);
        is_within.then_some(measured)
    });
    let mut within = measured.take(5).flatten();
    within
        .next()
        .expect("a measurement that takes less than a minute")
}

/// How often the threads of a portal wake up in this time, in which no minute begins.
pub(crate) fn wake_ups_at_rest(process: u32, time: Duration) -> u64 {
    within_a_minute(|| {
        let before = wake_ups(process);
        std::thread::sleep(time);
        wake_ups(process) - before
    })
}

/// How long a process has rested when nothing more is coming.
const RESTED: Duration = Duration::from_secs(1);

/// Waits until a process rests: no thread of it has run, or waited for its turn to run, for a second.
///
/// # Panics
///
/// If it doesn't within a minute.
pub(crate) fn wait_until_at_rest(process: u32) {
    let begun = Instant::now();
    let mut rests_since = begun;
    let mut known = 0;
    while rests_since.elapsed() < RESTED {
        assert!(begun.elapsed() < Duration::from_mins(1), "it never rests");
        std::thread::sleep(Duration::from_millis(10));
        let now = wake_ups(process);
        if now != known || is_running(process) {
            known = now;
            rests_since = Instant::now();
        }
    }
}

/// Whether a thread of a process runs, or would if a core were free.
fn is_running(process: u32) -> bool {
    let mut tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    tasks.any(|task| {
        // One that has ended meanwhile has nothing to read.
        let stat = std::fs::read_to_string(task.unwrap().path().join("stat")).unwrap_or_default();
        // The state follows the name, which may have any character.
        stat.rsplit_once(") ")
            .is_some_and(|(_, state)| !state.starts_with('S'))
    })
}

/// A program that does nothing, as the compiler of this machine makes it.
pub(crate) fn hello_world(folder: &Path) -> PathBuf {
    let (source, program) = (folder.join("hello.rs"), folder.join("hello"));
    std::fs::write(&source, "fn main() {}\n").unwrap();
    let compiled = Command::new("rustc")
        .args(["-O", "-o"])
        .arg(&program)
        .arg(&source)
        .current_dir(folder)
        .status();
    assert!(compiled.unwrap().success());
    program
}

/// A home folder whose config file names the sandbox.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
    pub(crate) environment: Vec<(String, String)>,
}

impl Home {
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join(".aws/config");
        std::fs::create_dir_all(config.parent().unwrap()).unwrap();
        let session = format!(
            "[sso-session demo]\nsso_start_url = {}\nsso_region = ap-northeast-1\n\
             sso_registration_scopes = sso:account:access\n",
            sandbox.start_url()
        );
        std::fs::write(&config, session).unwrap();
        let preferences = folder.path().join(".config/genkan/config.toml");
        std::fs::create_dir_all(preferences.parent().unwrap()).unwrap();
        std::fs::write(&preferences, "requests_per_second = 2000\n").unwrap();
        let mut environment: Vec<(String, String)> = sandbox
            .environment()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        for (name, value) in [
            ("HOME", folder.path().to_str().unwrap()),
            ("PATH", &std::env::var("PATH").unwrap_or_default()),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("SHELL", "/bin/sh"),
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
        ] {
            environment.push((name.to_owned(), value.to_owned()));
        }
        Self { folder, environment }
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) {
        self.run_line(&[&[PROGRAM], arguments].concat());
    }

    /// Runs a command line here.
    pub(crate) fn run_line(&self, line: &[impl AsRef<OsStr> + std::fmt::Debug]) {
        let output = Command::new(&line[0])
            .args(&line[1..])
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{line:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// The portal on a terminal of its own.
pub(crate) struct Portal {
    pub(crate) child: Box<dyn Child + Send + Sync>,
    reader: Box<dyn Read + Send>,
    master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Portal {
    /// Starts it by a command line: the program alone, or what runs it.
    pub(crate) fn open(home: &Home, line: &[&OsStr]) -> Self {
        let size = PtySize {
            rows: 24,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(line[0]);
        command.args(&line[1..]);
        command.env_clear();
        for (name, value) in &home.environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        Self {
            child,
            reader: pair.master.try_clone_reader().unwrap(),
            master: pair.master,
        }
    }

    /// Presses keys, and waits for the end of the program.
    pub(crate) fn leave_by(mut self, keys: &str) {
        let mut writer = self.master.take_writer().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
        // Until it has closed its terminal, which is an error for the reader.
        let _ = std::io::copy(&mut self.reader, &mut std::io::sink());
        self.child.wait().unwrap();
    }

    /// Ends it at once.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn wait(&mut self, text: &str) {
        let mut seen = Vec::new();
        let mut bytes = vec![0; 16_384];
        loop {
            let count = self.reader.read(&mut bytes).unwrap();
            assert!(count > 0, "the portal ended: {}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&bytes[..count]);
            if seen.windows(text.len()).any(|window| window == text.as_bytes()) {
                return;
            }
        }
    }
}
