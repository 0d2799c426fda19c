//! A panic, of genkan or of a library and on any thread, ends the program as every failure does: one sentence, a hint,
//! exit code 1.
//!
//! It ends where it panics. Nothing unwinds, in no profile: a program without the code for that is a third smaller, starts
//! faster, and builds faster; what would go on after a panic, such as a server, would go on from a state that no one
//! has thought of. So whatever must be undone at the end of a program is undone from here (the terminal), or by the next
//! start (files), which a power failure needs anyway. Memory is the system's again at once, and no copy of it is
//! written.

use std::panic::{Location, set_hook, take_hook};
use std::sync::atomic::{AtomicBool, Ordering};

use super::exit::Failure;
use super::output::Output;
use crate::platform::tty;
use crate::settings::Environment;

/// Asks for the full words and the stack of a panic.
const RUST_BACKTRACE: &str = "RUST_BACKTRACE";

/// Makes every panic from now on end the program. It says where the panic was, in one line. What it says may quote a
/// secret, so that is left to those who ask for it.
pub fn end_on_panic(environment: &Environment) {
    static ENDS: AtomicBool = AtomicBool::new(false);
    let verbose = environment.get(RUST_BACKTRACE).is_some_and(|value| value != "0");
    let say_in_full = take_hook();
    set_hook(Box::new(move |info| {
        // The program has one end: threads that panic meanwhile wait for it.
        while ENDS.swap(true, Ordering::SeqCst) {
            std::thread::park();
        }
        tty::restore_after_panic();
        let output = Output::new();
        if verbose {
            say_in_full(info);
        } else {
            let place = info.location().map(shorten_location).unwrap_or_default();
            output.notice(&format!("internal error at {place}"));
        }
        let failure = Failure::new(
            "genkan stopped because of an internal error",
            &["no data was lost; please report it with the line above and `genkan --version`"],
        );
        output.failure(&failure);
        #[expect(clippy::exit, reason = "there is nothing to return to")]
        std::process::exit(i32::from(failure.code));
    }));
}

/// Crate, file and line, without the folder that someone built it in.
fn shorten_location(location: &Location<'_>) -> String {
    let file = location.file();
    let file = file.split_once("/registry/src/").map_or(file, |(_, rest)| {
        rest.split_once('/').map_or(rest, |(_, within)| within)
    });
    format!("{file}:{}", location.line())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_no_folder_of_this_machine() {
        assert!(shorten_location(Location::caller()).starts_with("src/cli/panic.rs:"));
    }
}
