//! genkan: an access portal for AWS IAM Identity Center in the terminal.
//!
//! This library has no stable API: it exists for the program `genkan` and for its tests, and anything may change with
//! any release. The exception is [`sandbox`], an embedded IAM Identity Center for the tests of programs that use AWS.
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "unit tests make and read files of their own"
    )
)]

#[cfg(not(unix))]
compile_error!("genkan runs on Linux and macOS; on Windows install it inside WSL");

#[doc(hidden)]
pub mod app;
#[doc(hidden)]
pub mod aws;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod domain;
#[doc(hidden)]
pub mod platform;
pub mod sandbox;
#[doc(hidden)]
pub mod settings;
#[doc(hidden)]
pub mod store;
#[doc(hidden)]
pub mod tui;
