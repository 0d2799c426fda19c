//! How many instructions the program needs for what it does most: whole commands, the first frame, a keystroke, a
//! listing. Counted by valgrind's callgrind, so that the figures are the same on a busy machine.
//!
//! `benches/instructions.txt` has the figures. A change above 5 %, up or down, is an error until it is written down:
//! `GENKAN_UPDATE_INSTRUCTIONS=1 cargo bench --profile counted --bench instructions`. They are compared only where the
//! same compiler made the program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement may stop"
)]
#![allow(clippy::print_stdout, reason = "its figures")]
#![allow(clippy::disallowed_methods, reason = "a measurement looks at its environment")]

#[path = "support/organisation.rs"]
mod organisation;
#[path = "support/processes.rs"]
mod processes;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use genkan::sandbox::Organisation;
use organisation::{catalog, draw, erase, portal, prepare, take_in_a_listing, type_text};
use processes::{Home, PROGRAM, Portal, sandbox, wait_until_at_rest, within_a_minute};

const FIGURES: &str = "benches/instructions.txt";
/// How far a figure may move, as a part of it. The seeds of hash tables and the threads move the same program by less
/// than a hundredth.
const TOLERANCE: f64 = 0.05;

/// What runs inside of this program: a part of it is counted.
const INSIDE: [(&str, fn()); 3] = [
    ("keystroke in 20,000 rows", keystroke),
    ("frame of 20,000 rows", frame),
    ("listing of 5,000 accounts", listing),
];

fn main() -> ExitCode {
    let inside = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    if let Some((_, work)) = INSIDE.iter().find(|(name, _)| Some(*name) == inside.as_deref()) {
        work();
        return ExitCode::SUCCESS;
    }
    let counted = count_all();
    let compiler = compiler();
    if std::env::var_os("GENKAN_UPDATE_INSTRUCTIONS").is_some() {
        std::fs::write(FIGURES, written(&compiler, &counted)).unwrap();
    }
    let text = std::fs::read_to_string(FIGURES).unwrap_or_default();
    let (of, figures) = text.split_once('\n').unwrap_or_default();
    let known = read(figures);
    let mut moved = known.len() != counted.len();
    for (name, count) in &counted {
        let before = known.get(name.as_str()).copied();
        #[allow(clippy::cast_precision_loss, reason = "a ratio of some digits")]
        let ratio = before.map_or(f64::INFINITY, |before| *count as f64 / before as f64);
        let is_kept = (ratio - 1.0).abs() <= TOLERANCE;
        moved |= !is_kept;
        let says = if is_kept { "" } else { "  moved" };
        println!("{name:34} {count:>13}  {ratio:.3} × what is written down{says}");
    }
    if compiler != of {
        println!("not compared: {FIGURES} was written with {of}, this is {compiler}");
    } else if moved {
        println!(
            "{FIGURES} says otherwise; where that is meant: GENKAN_UPDATE_INSTRUCTIONS=1 cargo bench --profile counted --bench instructions"
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Which compiler makes the program, and for what.
fn compiler() -> String {
    let version = Command::new("rustc").arg("--version").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    format!("{}, {}", version.trim(), std::env::consts::ARCH)
}

fn count_all() -> BTreeMap<String, u64> {
    let (_runtime, sandbox) = sandbox(5_000, 4);
    let home = Home::new(&sandbox);
    home.run(&["login"]);
    home.run(&["list", "--format", "plain"]);
    let account = Organisation::generated(5_000, 4).accounts.swap_remove(2_500);
    let target = format!("{}/{}", account.id, account.permission_sets[0]);
    let credential_process = ["credential-process", target.as_str()];
    home.run(&credential_process);

    let mut counted = BTreeMap::new();
    let mut add = |name: &str, count| counted.insert(name.to_owned(), count);
    add("genkan --version", count_command(&home, &["--version"]));
    add(
        "credential-process from the cache",
        count_command(&home, &credential_process),
    );
    let half = target.get(..target.len() - 2).unwrap();
    add(
        "complete a target of 20,000",
        count_command(&home, &["complete", "fish", "--", "genkan", "export", half]),
    );
    add(
        "list from the cache",
        count_command(&home, &["list", "--format", "plain"]),
    );
    add(
        "first frame of 20,000 rows",
        within_a_minute(|| count_first_frame(&home)),
    );
    for (name, _) in INSIDE {
        let file = home.folder.path().join("counted");
        let this = std::env::current_exe().unwrap();
        let mut line = valgrind(&file);
        line.push("--toggle-collect=*run_counted*".into());
        line.extend([this.into_os_string(), name.into()]);
        home.run_line(&line);
        add(name, total(&file));
    }
    counted
}

/// The start of a command line that counts what follows into a file.
fn valgrind(file: &Path) -> Vec<std::ffi::OsString> {
    let mut out = std::ffi::OsString::from("--callgrind-out-file=");
    out.push(file);
    vec!["valgrind".into(), "--tool=callgrind".into(), out]
}

fn count_command(home: &Home, arguments: &[&str]) -> u64 {
    let file = home.folder.path().join("counted");
    let mut line = valgrind(&file);
    line.push(PROGRAM.into());
    line.extend(arguments.iter().map(Into::into));
    home.run_line(&line);
    total(&file)
}

/// From the start to the list that says when it was updated, and what is prepared for a search while no key comes; then
/// out again.
fn count_first_frame(home: &Home) -> u64 {
    // A portal whose list is a minute old lists again.
    home.run(&["list", "--refresh", "--format", "plain"]);
    let file: PathBuf = home.folder.path().join("counted");
    let mut line = valgrind(&file);
    line.push(PROGRAM.into());
    let line: Vec<&OsStr> = line.iter().map(AsRef::as_ref).collect();
    let mut portal = Portal::open(home, &line);
    portal.wait("updated");
    // A key would interrupt it, sometimes before and sometimes after it is done.
    wait_until_at_rest(portal.child.process_id().unwrap());
    portal.leave_by("\x03");
    total(&file)
}

/// The sum of a file of callgrind's.
fn total(file: &Path) -> u64 {
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::remove_file(file).unwrap();
    let line = text.lines().find_map(|line| {
        line.strip_prefix("totals: ")
            .or_else(|| line.strip_prefix("summary: "))
    });
    line.unwrap().trim().parse().unwrap()
}

/// The compiler, then a line a figure: the count and its name.
fn written(compiler: &str, counted: &BTreeMap<String, u64>) -> String {
    let mut text = format!("{compiler}\n");
    for (name, count) in counted {
        let _ = writeln!(text, "{count:>13}  {name}");
    }
    text
}

fn read(text: &str) -> BTreeMap<&str, u64> {
    let lines = text.lines().filter_map(|line| line.trim_start().split_once("  "));
    lines
        .map(|(count, name)| (name, count.parse().unwrap()))
        .collect()
}

/// What is counted of the work inside of this program: a name that callgrind finds.
#[inline(never)]
fn run_counted(work: &mut dyn FnMut()) {
    work();
}

/// The last letter of a search that most rows have, the frame that shows it, and the way back.
fn keystroke() {
    let (mut model, _) = portal(catalog());
    type_text(&mut model, "prod ad");
    prepare(&mut model);
    run_counted(&mut || {
        type_text(&mut model, "m");
        draw(&model);
        prepare(&mut model);
    });
    erase(&mut model);
}

fn frame() {
    let (model, _) = portal(catalog());
    draw(&model);
    run_counted(&mut || draw(&model));
}

fn listing() {
    let catalog = catalog();
    let (mut model, id) = portal(catalog.clone());
    run_counted(&mut || take_in_a_listing(&mut model, id, &catalog));
}
