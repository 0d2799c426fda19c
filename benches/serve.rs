//! How long fifty programs wait for their credentials at one `genkan serve` on this machine, over loopback, and what a
//! request costs the server. The promise is 10 ms for 99 of 100 on two cores that have nothing else to do.
//!
//! `cargo bench --bench serve`, and to compare with other builds, in turn: `cargo bench --bench serve -- PROGRAM…`
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

#[path = "support/processes.rs"]
mod processes;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use genkan::sandbox::{Sandbox, start_sandbox};
use processes::{milliseconds, options, runtime};
use serde_json::Value;
use tempfile::TempDir;

const CLIENTS: u32 = 50;
const PROMISED: Duration = Duration::from_millis(10);
/// Each pattern this often, in turn with the other programs.
const TURNS: usize = 3;

/// When the clients ask.
#[derive(Clone, Copy)]
enum Pattern {
    /// At moments of their own, on average this far apart.
    Spread(Duration),
    /// All in the same instant.
    Together,
}

const PATTERNS: [(&str, Pattern, usize); 3] = [
    (
        "each twice a second",
        Pattern::Spread(Duration::from_millis(500)),
        8,
    ),
    (
        "each twenty times a second",
        Pattern::Spread(Duration::from_millis(50)),
        40,
    ),
    ("all in the same instant", Pattern::Together, 40),
];

fn main() {
    let runtime = runtime();
    let sandbox = runtime.block_on(start_sandbox(options())).unwrap();
    let mut programs = vec![PathBuf::from(processes::PROGRAM)];
    let others = std::env::args().skip(1).filter(|a| !a.starts_with("--"));
    programs.extend(others.map(PathBuf::from));
    let servers: Vec<Server> = programs
        .iter()
        .map(|program| Server::start(program, &sandbox))
        .collect();
    let limit = milliseconds(PROMISED);
    for (name, pattern, rounds) in PATTERNS {
        let mut times = vec![Vec::new(); servers.len()];
        let mut costs = vec![0.0; servers.len()];
        for turn in 0..TURNS {
            for place in 0..servers.len() {
                // Who is first changes, too.
                let place = (place + turn) % servers.len();
                let before = servers[place].processor_time();
                times[place].extend(servers[place].ask(pattern, rounds));
                costs[place] += servers[place].processor_time() - before;
            }
        }
        for ((server, times), cost) in servers.iter().zip(&mut times).zip(&costs) {
            times.sort_unstable();
            let at = |percent: usize| milliseconds(times[times.len() * percent / 100]);
            println!(
                "{CLIENTS} clients, {name}: p50 {:.2} ms, p99 {:.2} ms (limit {limit} ms), slowest {:.2} ms; {:.0} µs of \
                 processor a request: {}",
                at(50),
                at(99),
                milliseconds(times[times.len() - 1]),
                cost / f64::from(u32::try_from(times.len()).unwrap()) / 1e3,
                server.program.display()
            );
        }
    }
    let renewals = sandbox.counts().get_role_credentials;
    println!(
        "requests to Identity Center for credentials: {renewals}; servers: {}",
        servers.len()
    );
}

/// A running `genkan serve`, in a home of its own.
struct Server {
    program: PathBuf,
    child: Child,
    address: String,
    request: String,
    _home: TempDir,
}

impl Server {
    fn start(program: &Path, sandbox: &Sandbox) -> Self {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join(".aws/config");
        std::fs::create_dir_all(config.parent().unwrap()).unwrap();
        let session = format!(
            "[sso-session demo]\nsso_start_url = {}\nsso_region = ap-northeast-1\n\
             sso_registration_scopes = sso:account:access\n",
            sandbox.start_url()
        );
        std::fs::write(config, session).unwrap();
        let genkan = |arguments: &[&str]| {
            let mut command = Command::new(program);
            command
                .args(arguments)
                .env_clear()
                .envs(sandbox.environment())
                .env("HOME", home.path())
                .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                .env("AWS_EC2_METADATA_DISABLED", "true")
                .stdin(Stdio::null())
                .stderr(Stdio::null());
            command
        };
        assert!(
            genkan(&["login", "--no-browser"])
                .stdout(Stdio::null())
                .status()
                .unwrap()
                .success()
        );
        let list = genkan(&["list", "--format", "plain"]).output().unwrap();
        let list = String::from_utf8(list.stdout).unwrap();
        let target = list.lines().next().unwrap();
        let mut child = genkan(&["serve", "--format", "json", target])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It lets go of its output once everything is said.
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        let said: Value = serde_json::from_str(&said).unwrap();
        let address = said["address"].as_str().unwrap().to_owned();
        let url = said["targets"][0]["url"].as_str().unwrap();
        let path = url.split_once(&address).unwrap().1;
        let token = said["token"].as_str().unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {token}\r\nUser-Agent: bench/1\r\n\r\n"
        );
        let server = Self {
            program: program.to_owned(),
            child,
            address,
            request,
            _home: home,
        };
        // The first answer is written into the record of what was handed out.
        server.request_once();
        server
    }

    /// How long each request of all clients took.
    fn ask(&self, pattern: Pattern, rounds: usize) -> Vec<Duration> {
        let barrier = Barrier::new(CLIENTS as usize);
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let barrier = &barrier;
                    scope.spawn(move || {
                        let asked = (0..rounds).map(|round| {
                            match pattern {
                                Pattern::Together => _ = barrier.wait(),
                                Pattern::Spread(mean) => {
                                    // Shares of the time that no two clients have in common, the same in each run.
                                    let share = (u64::from(client) * 7919 + round as u64 * 104_729) % 1000;
                                    std::thread::sleep(2 * mean * u32::try_from(share).unwrap() / 1000);
                                }
                            }
                            self.request_once()
                        });
                        asked.collect::<Vec<_>>()
                    })
                })
                .collect();
            let times = clients.into_iter().flat_map(|client| client.join().unwrap());
            times.collect()
        })
    }

    /// One request on a connection of its own, as SDKs make it.
    fn request_once(&self) -> Duration {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(self.request.as_bytes()).unwrap();
        let mut answer = Vec::with_capacity(4096);
        stream.read_to_end(&mut answer).unwrap();
        let took = begun.elapsed();
        assert!(
            answer.starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
        took
    }

    /// What the server has used of the processors, in nanoseconds; 0 where the system doesn't say.
    fn processor_time(&self) -> f64 {
        let file = format!("/proc/{}/schedstat", self.child.id());
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let first = text.split(' ').next().unwrap_or_default();
        first.parse().unwrap_or(0.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
