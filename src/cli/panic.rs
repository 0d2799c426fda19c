//! A panic, of genkan or of a library and on any thread, ends the program as every failure does: one sentence, a hint,
//! exit code 1.
//!
//! The hook never returns, so nothing unwinds in any profile, and no `Drop` runs. Without the code for unwinding a release
//! build is a third smaller, starts faster and takes less time to compile; and a server that went on after a panic would run
//! in a state that no one planned for. So whatever must be undone at that moment is undone from here: the terminal and
//! child processes. Locks end with the process. Files are whole at any moment, as a power failure requires; temporary
//! folders stay until the system removes them.

use std::panic::{Location, set_hook, take_hook};

use super::exit::Failure;
use super::output::Output;
use crate::platform::{ending, tty};
use crate::settings::Environment;

/// Asks for the full words and the stack of a panic.
const RUST_BACKTRACE: &str = "RUST_BACKTRACE";

/// Makes every panic from now on end the program. It says where the panic was, in one line. What it says may quote a
/// secret, so that is left to those who ask for it.
pub fn end_on_panic(environment: &Environment) {
    let verbose = environment.get(RUST_BACKTRACE).is_some_and(|value| value != "0");
    let say_in_full = take_hook();
    set_hook(Box::new(move |info| {
        ending::begin_end();
        ending::end_children();
        tty::restore_after_panic();
        let output = Output::new();
        let what_to_report = if verbose {
            say_in_full(info);
            "what is above may quote a secret"
        } else {
            let place = info.location().map(shorten_location).unwrap_or_default();
            output.notice(&format!("internal error at {place}"));
            "please report it with the line above and `genkan --version`"
        };
        let failure = Failure::new(
            "genkan stopped because of an internal error",
            &[
                "files are intact, but the last change may not be saved",
                what_to_report,
            ],
        );
        output.failure(&failure);
        #[expect(
            clippy::exit,
            clippy::disallowed_methods,
            reason = "a hook has nothing to return to"
        )]
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
