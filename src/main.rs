//! The `genkan` program: everything is in the library.

use std::process::ExitCode;

// What it gives the linker takes the place of a library.
use genkan_math as _;

fn main() -> ExitCode {
    genkan::cli::run(std::env::args_os())
}
