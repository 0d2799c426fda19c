//! genkan: the door to a company's AWS accounts, in the terminal.
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "unit tests make and read files of their own"
    )
)]

#[cfg(not(unix))]
compile_error!("genkan runs on Linux and macOS; on Windows install it inside WSL");

pub mod app;
pub mod aws;
pub mod cli;
pub mod domain;
pub mod platform;

pub mod sandbox;
pub mod settings;
pub mod store;
pub mod tui;
