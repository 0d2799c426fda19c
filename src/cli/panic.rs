//! A panic, of genkan or of a library, ends as every failure does: one sentence, a hint, exit code 1.

use std::panic::{AssertUnwindSafe, Location, catch_unwind, set_hook, take_hook};

use super::exit::{Ended, Failure};
use super::output::Output;
use crate::settings::Environment;

/// Asks for the full words and the stack of a panic.
const RUST_BACKTRACE: &str = "RUST_BACKTRACE";

/// Says where a panic was, in one line. What it says may quote a secret, so that is left to those who ask for it.
pub(super) fn report_in_one_line(environment: &Environment) {
    let verbose = environment.get(RUST_BACKTRACE).is_some_and(|value| value != "0");
    if verbose {
        return;
    }
    drop(take_hook());
    set_hook(Box::new(|info| {
        let place = info.location().map(shorten_location).unwrap_or_default();
        Output::new().notice(&format!("internal error at {place}"));
    }));
}

/// Runs a command; a panic is its failure.
pub(super) fn catch_panic(command: impl FnOnce() -> Result<Ended, Failure>) -> Result<Ended, Failure> {
    catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|_| {
        Err(Failure::new(
            "genkan stopped because of an internal error",
            &["no data was lost; please report it with the line above and `genkan --version`"],
        ))
    })
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
    #[allow(clippy::panic, reason = "that is what is caught")]
    fn a_panic_is_a_failure() {
        let failure = catch_panic(|| panic!("canary")).expect_err("a failure");
        assert_eq!(failure.code, Failure::FAILED);
        assert!(!failure.sentence.contains("canary") && !failure.hints.is_empty());
        assert!(catch_panic(|| Ok(Ended::Done)).is_ok());
    }

    #[test]
    fn a_place_names_no_folder_of_this_machine() {
        assert!(shorten_location(Location::caller()).starts_with("src/cli/panic.rs:"));
    }
}
