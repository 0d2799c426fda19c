//! What the program costs as a process on this machine: how long the first frame of a large organisation takes beside
//! a program that does nothing, and how often the portal wakes up while nothing happens. Compare the figures of one
//! run with each other.
//!
//! `cargo bench --bench process`, and to compare with other builds, in turn: `cargo bench --bench process -- PROGRAM…`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement may stop"
)]
#![allow(clippy::print_stdout, reason = "its figures")]
#![allow(
    clippy::disallowed_methods,
    reason = "a measurement looks at the clock and hands on its environment"
)]

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use genkan::platform::clock;
use genkan::sandbox::{Options, Organisation, Sandbox, start};
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;

const ACCOUNTS: usize = 5_000;
const PERMISSION_SETS: usize = 3;
const SAMPLES: usize = 40;
const IDLE: Duration = Duration::from_secs(10);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let mut options = Options::new(Arc::new(clock::now));
    options.auto_approve = true;
    options.organisation = Organisation::generated(ACCOUNTS, PERMISSION_SETS);
    let sandbox = runtime.block_on(start(options)).unwrap();
    let home = Home::new(&sandbox);
    home.run(&["login"]);
    home.run(&["list", "--format", "plain"]);

    let mut programs = vec![PathBuf::from(env!("CARGO_BIN_EXE_genkan"))];
    programs.extend(
        std::env::args()
            .skip(1)
            .filter(|a| !a.starts_with("--"))
            .map(PathBuf::from),
    );
    let hello = hello_world(home.folder.path());
    let mut hellos = Vec::new();
    let mut frames = vec![Vec::new(); programs.len()];
    // In turn, so that all see the same machine.
    for _ in 0..SAMPLES {
        let begun = Instant::now();
        assert!(Command::new(&hello).status().unwrap().success());
        hellos.push(begun.elapsed());
        for (program, frames) in programs.iter().zip(&mut frames) {
            let begun = Instant::now();
            let mut portal = Portal::open(&home, program);
            portal.wait("updated");
            frames.push(begun.elapsed());
            portal.child.kill().unwrap();
            portal.child.wait().unwrap();
        }
    }
    let hello = median(&mut hellos);
    println!("hello world: {:.2} ms", milliseconds(hello));
    for (program, frames) in programs.iter().zip(&mut frames) {
        let frame = median(frames);
        println!(
            "first frame, {} rows from the cache: {:.2} ms, {:.1} × hello world (fastest {:.2} ms, {:.1} ×): {}",
            ACCOUNTS * PERMISSION_SETS,
            milliseconds(frame),
            frame.as_secs_f64() / hello.as_secs_f64(),
            milliseconds(frames[0]),
            frames[0].as_secs_f64() / hellos[0].as_secs_f64(),
            program.display(),
        );
    }

    let mut portal = Portal::open(&home, &programs[0]);
    portal.wait("updated");
    // Whatever follows the first frame is done by then.
    std::thread::sleep(Duration::from_secs(3));
    let process = portal.child.process_id().unwrap();
    let before = wake_ups(process);
    std::thread::sleep(IDLE);
    println!(
        "wake-ups of the portal at rest: {} in {} s",
        wake_ups(process) - before,
        IDLE.as_secs()
    );
    portal.child.kill().unwrap();
    portal.child.wait().unwrap();
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
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

/// A program that does nothing, as the compiler of this machine makes it.
fn hello_world(folder: &Path) -> PathBuf {
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
struct Home {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Home {
    fn new(sandbox: &Sandbox) -> Self {
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

    fn run(&self, arguments: &[&str]) {
        let status = Command::new(env!("CARGO_BIN_EXE_genkan"))
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "{arguments:?}");
    }
}

/// The portal on a terminal of its own.
struct Portal {
    child: Box<dyn Child + Send + Sync>,
    reader: Box<dyn std::io::Read + Send>,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Portal {
    fn open(home: &Home, program: &Path) -> Self {
        let size = PtySize {
            rows: 24,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        for (name, value) in &home.environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        Self {
            child,
            reader: pair.master.try_clone_reader().unwrap(),
            _master: pair.master,
        }
    }

    fn wait(&mut self, text: &str) {
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
