//! The figures that genkan promises, measured in one run and printed with "pass" or "falls short": whole processes
//! beside a program that does nothing, and beside other tools where they are installed. Measure on a machine that does
//! nothing else.
//!
//! `cargo bench --bench table`, with options behind `--`:
//! - `--samples N` (default 60): processes per figure
//! - `--dist PROGRAM`: the size of a `dist` build, and what `--limits` measures
//! - `--peers FOLDER`: where `aws`, `aws-sso-util` and `awsumepy` are, besides `PATH`
//! - `--install-peers`: install them from PyPI into `target/peers` first
//! - `--no-peers`: genkan alone
//! - `--only-peers`: the table of other tools alone
//! - `--keys`: the keys in the search alone
//! - `--limits`: list where the portal limits requests instead (a quarter of an hour)
//! - `--growth`: measure from 100 to 100,000 targets instead, and write benches/growth.tsv
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

#[path = "table/growth.rs"]
mod growth;
#[path = "table/keystrokes.rs"]
mod keystrokes;
#[path = "table/limits.rs"]
mod limits;
#[path = "support/organisation.rs"]
mod organisation;
#[path = "table/peers.rs"]
mod peers;
#[path = "support/processes.rs"]
mod processes;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use genkan::sandbox::{Organisation, Sandbox, start_sandbox};
use processes::{
    Home, PROGRAM, Portal, hello_world, median, milliseconds, options, runtime, wake_ups_at_rest,
};

const IDLE: Duration = Duration::from_secs(10);
const SETS: usize = 4;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let Some(("--peak", command)) = arguments.split_first().map(|(a, rest)| (a.as_str(), rest)) {
        return print_peak(command);
    }
    let setup = Setup::new(&arguments);
    if arguments.iter().any(|a| a == "--keys") {
        keystrokes::add(&mut Table::new(&setup));
        return;
    }
    if arguments.iter().any(|a| a == "--growth") {
        growth::measure(&setup);
        return;
    }
    if arguments.iter().any(|a| a == "--limits") {
        return limits::print(&setup);
    }
    if arguments.iter().any(|a| a == "--install-peers") {
        peers::install();
    }
    if arguments.iter().any(|a| a == "--only-peers") {
        return peers::print(&setup);
    }
    let mut table = Table::new(&setup);
    table.starts();
    table.credential();
    table.frames();
    table.rest();
    table.listing();
    keystrokes::add(&mut table);
    table.size();
    table.print();
    if !arguments.iter().any(|a| a == "--no-peers") {
        peers::print(&setup);
    }
}

/// What all figures are measured with.
pub(crate) struct Setup {
    hello: PathBuf,
    samples: usize,
    dist: Option<PathBuf>,
    peers: Option<PathBuf>,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Setup {
    fn new(arguments: &[String]) -> Self {
        let value = |name: &str| {
            let at = arguments.iter().position(|a| a == name)?;
            Some(arguments.get(at + 1).expect("a value").clone())
        };
        let folder = tempfile::tempdir().unwrap();
        Self {
            hello: hello_world(folder.path()),
            samples: value("--samples").map_or(60, |text| text.parse().expect("a number")),
            dist: value("--dist").map(PathBuf::from),
            peers: value("--peers").map(PathBuf::from),
            runtime: runtime(),
            _folder: folder,
        }
    }

    /// A sandbox with so many accounts, and a home that has signed in there and has listed it.
    fn lived_in(&self, accounts: usize, latency: Duration) -> (Sandbox, Home) {
        let mut options = options();
        options.poll_interval = Duration::ZERO;
        options.latency = latency;
        options.organisation = Organisation::generated(accounts, SETS);
        let sandbox = self.runtime.block_on(start_sandbox(options)).unwrap();
        let home = Home::new(&sandbox);
        home.run(&["login"]);
        (sandbox, home)
    }

    fn listed(&self, accounts: usize) -> (Sandbox, Home) {
        let (sandbox, home) = self.lived_in(accounts, Duration::ZERO);
        home.run(&["list", "--format", "plain"]);
        (sandbox, home)
    }

    /// The median time of a process, as a ratio to one that does nothing, in turn. Before each, `prepare` runs.
    fn ratio(&self, home: &Home, arguments: &[&str], prepare: impl Fn()) -> Ratio {
        self.measure(|| {
            prepare();
            let mut command = Self::command(home, arguments);
            let begun = Instant::now();
            assert!(command.status().unwrap().success(), "{arguments:?}");
            begun.elapsed()
        })
    }

    fn measure(&self, figure: impl FnMut() -> Duration) -> Ratio {
        self.measure_few(self.samples, figure)
    }

    fn measure_few(&self, samples: usize, mut figure: impl FnMut() -> Duration) -> Ratio {
        let (mut times, mut hellos) = (Vec::new(), Vec::new());
        for _ in 0..samples.min(self.samples) {
            let begun = Instant::now();
            assert!(Command::new(&self.hello).status().unwrap().success());
            hellos.push(begun.elapsed());
            times.push(figure());
        }
        let (time, hello) = (median(&mut times), median(&mut hellos));
        Ratio {
            milliseconds: milliseconds(time),
            ratio: time.as_secs_f64() / hello.as_secs_f64(),
        }
    }

    fn command(home: &Home, arguments: &[&str]) -> Command {
        Self::command_of(Path::new(PROGRAM), home, arguments)
    }

    fn command_of(program: &Path, home: &Home, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(home.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// The most memory that a process had, in MiB: asked of one that ran nothing else.
    fn peak(home: &Home, arguments: &[&str]) -> f64 {
        let output = Command::new(std::env::current_exe().unwrap())
            .arg("--peak")
            .arg(PROGRAM)
            .args(arguments)
            .env_clear()
            .envs(home.environment.iter().cloned())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.trim().parse::<f64>().expect("a number") / 1024.0
    }
}

/// Runs one command and prints the most memory that it had, in KiB.
fn print_peak(command: &[String]) {
    let (program, arguments) = command.split_first().expect("a command");
    let mut child = Command::new(program);
    child
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    assert!(child.status().unwrap().success(), "{command:?}");
    let children = nix::sys::resource::UsageWho::RUSAGE_CHILDREN;
    println!("{}", nix::sys::resource::getrusage(children).unwrap().max_rss());
}

#[derive(Clone, Copy)]
pub(crate) struct Ratio {
    pub(crate) milliseconds: f64,
    pub(crate) ratio: f64,
}

pub(crate) struct Table<'a> {
    setup: &'a Setup,
    rows: Vec<[String; 4]>,
}

impl<'a> Table<'a> {
    fn new(setup: &'a Setup) -> Self {
        Self {
            setup,
            rows: Vec::new(),
        }
    }

    /// A row: a figure that must not be above a bound, or only a figure.
    fn row(&mut self, what: &str, figure: f64, unit: &str, most: Option<f64>, more: &str) {
        let verdict = match most {
            None => "",
            Some(most) if figure <= most => "pass",
            Some(_) => "FALLS SHORT",
        };
        self.rows.push([
            what.to_owned(),
            format!("{figure:.2}{unit}{more}"),
            most.map_or(String::new(), |most| format!("≤ {most}{unit}")),
            verdict.to_owned(),
        ]);
        // Figures come one by one: a measurement takes minutes.
        println!("{}", self.rows.last().unwrap().join("  "));
    }

    fn ratio(&mut self, what: &str, ratio: Ratio, most: f64) {
        let more = format!(" hello world ({:.2} ms)", ratio.milliseconds);
        self.row(what, ratio.ratio, " ×", Some(most), &more);
    }

    /// What needs no network.
    fn starts(&mut self) {
        let (_sandbox, home) = self.setup.listed(5_000);
        let target = target();
        home.run(&["credential-process", &target]);
        let version = self.setup.ratio(&home, &["--version"], || {});
        self.ratio("--version", version, 1.2);
        let cached = self.setup.ratio(&home, &["credential-process", &target], || {});
        self.ratio("credential-process from the cache, 20,000 targets", cached, 1.4);
        let complete = ["complete", "zsh", "--", "genkan", "export", "prod"];
        let completion = self.setup.ratio(&home, &complete, || {});
        self.ratio("completion of a TARGET, 20,000 targets", completion, 6.0);
        let peak = Setup::peak(&home, &["--version"]);
        self.row("memory of --version", peak, " MiB", Some(6.0), "");
        let peak = Setup::peak(&home, &["credential-process", &target]);
        self.row(
            "memory of credential-process from the cache",
            peak,
            " MiB",
            Some(6.0),
            "",
        );
    }

    /// One credential from the portal, over loopback.
    fn credential(&mut self) {
        for (accounts, what) in [
            (10, "one credential over loopback, 40 targets"),
            (5_000, "one credential over loopback, 20,000 targets"),
        ] {
            let (_sandbox, home) = self.setup.listed(accounts);
            let target = target();
            let cache = home.folder.path().join(".cache/genkan/credentials");
            let ratio = self.setup.ratio(&home, &["credential-process", &target], || {
                let _ = std::fs::remove_dir_all(&cache);
            });
            self.ratio(what, ratio, 5.0);
        }
    }

    fn frames(&mut self) {
        for (accounts, rows, most, memory) in [(3_750, "15,000", 5.0, 14.0), (25_000, "100,000", 15.0, 40.0)]
        {
            let (_sandbox, home) = self.setup.listed(accounts);
            let frame = first_frame(self.setup, &home);
            self.ratio(&format!("first frame from the cache, {rows} rows"), frame, most);
            let mut portal = open(&home, &[]);
            portal.wait("updated");
            std::thread::sleep(Duration::from_secs(1));
            let kept = memory_of(portal.child.process_id().unwrap());
            portal.kill();
            self.row(
                &format!("memory of the portal, {rows} rows"),
                kept,
                " MiB",
                Some(memory),
                "",
            );
        }
    }

    /// What waits for keys or requests.
    fn rest(&mut self) {
        let (_sandbox, home) = self.setup.listed(3_750);
        let mut portal = open(&home, &[]);
        portal.wait("updated");
        self.wake_ups(
            "wake-ups of the portal at rest, in 10 s",
            portal.child.process_id().unwrap(),
        );
        portal.kill();
        let shell = open(&home, &["shell", &target()]);
        self.wake_ups(
            "wake-ups of a shell's endpoint at rest, in 10 s",
            shell.child.process_id().unwrap(),
        );
        shell.kill();
    }

    fn wake_ups(&mut self, what: &str, process: u32) {
        // Whatever follows the start is done by then.
        std::thread::sleep(Duration::from_secs(3));
        let count = wake_ups_at_rest(process, IDLE);
        self.row(what, f64::from(u32::try_from(count).unwrap()), "", Some(0.0), "");
    }

    /// 1,000 accounts, as a process that knows nothing of the limit.
    fn listing(&mut self) {
        let (_sandbox, home) = self.setup.lived_in(1_000, Duration::from_millis(60));
        std::fs::remove_file(home.folder.path().join(".config/genkan/config.toml")).unwrap();
        let begun = Instant::now();
        home.run(&["list", "--format", "plain"]);
        let took = begun.elapsed().as_secs_f64();
        self.row(
            "listing 1,000 accounts without a limit, 60 ms latency",
            took,
            " s",
            Some(3.0),
            "",
        );
    }

    fn size(&mut self) {
        let Some(dist) = &self.setup.dist else {
            println!("size of the dist binary: not measured; --dist PROGRAM");
            return;
        };
        let bytes = u32::try_from(std::fs::metadata(dist).unwrap().len()).unwrap();
        self.row("dist binary", f64::from(bytes) / 1e6, " MB", Some(11.0), "");
    }

    fn print(&self) {
        println!("\n| what | figure | to reach | |\n| --- | --- | --- | --- |");
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
        let short = self.rows.iter().filter(|row| row[3] == "FALLS SHORT").count();
        println!("\n{short} of {} fall short", self.rows.len());
    }
}

/// A target of every generated organisation.
pub(crate) fn target() -> String {
    let organisation = Organisation::generated(1, SETS);
    let account = &organisation.accounts[0];
    format!("{}/{}", account.id, account.permission_sets[0])
}

/// The time until the portal shows what the cache knows.
pub(crate) fn first_frame(setup: &Setup, home: &Home) -> Ratio {
    setup.measure(|| {
        let begun = Instant::now();
        let mut portal = open(home, &[]);
        portal.wait("updated");
        let time = begun.elapsed();
        portal.kill();
        time
    })
}

/// The program on a terminal of its own.
pub(crate) fn open(home: &Home, arguments: &[&str]) -> Portal {
    let line: Vec<&OsStr> = std::iter::once(PROGRAM)
        .chain(arguments.iter().copied())
        .map(OsStr::new)
        .collect();
    Portal::open(home, &line)
}

/// What a process keeps in memory, in MiB.
fn memory_of(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}
