//! What genkan keeps on a machine and uses of it: files, settings, processes, the keyring.
//!
//! Like the program's library, this has no stable API. Nothing in here knows AWS's services, draws, or decides what a
//! command does.
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "unit tests make and read files of their own"
    )
)]

#[cfg(not(unix))]
compile_error!("genkan runs on Linux and macOS; on Windows install it inside WSL");

pub mod platform;
pub mod settings;
pub mod store;

use genkan_domain as domain;
