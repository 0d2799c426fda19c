//! The `genkan` program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    genkan::cli::run(std::env::args_os())
}
