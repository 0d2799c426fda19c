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

#[path = "support/processes.rs"]
mod processes;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use processes::{Home, PROGRAM, Portal, hello_world, median, milliseconds, sandbox, wake_ups_at_rest};

const ACCOUNTS: usize = 5_000;
const PERMISSION_SETS: usize = 3;
const SAMPLES: usize = 40;
const IDLE: Duration = Duration::from_secs(10);

fn main() {
    let (_runtime, sandbox) = sandbox(ACCOUNTS, PERMISSION_SETS);
    let home = Home::new(&sandbox);
    home.run(&["login"]);
    home.run(&["list", "--format", "plain"]);

    let mut programs = vec![PathBuf::from(PROGRAM)];
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
            let mut portal = Portal::open(&home, &[program.as_os_str()]);
            portal.wait("updated");
            frames.push(begun.elapsed());
            portal.kill();
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

    let mut portal = Portal::open(&home, &[programs[0].as_os_str()]);
    portal.wait("updated");
    // Whatever follows the first frame is done by then.
    std::thread::sleep(Duration::from_secs(3));
    let process = portal.child.process_id().unwrap();
    let count = wake_ups_at_rest(process, IDLE);
    println!("wake-ups of the portal at rest: {count} in {} s", IDLE.as_secs());
    portal.kill();
}
