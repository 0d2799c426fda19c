//! genkan: an access portal for AWS IAM Identity Center in the terminal.
//!
//! This library has no stable API: it exists for the program `genkan` and for its tests, and anything may change with
//! any release. What others can use is a crate of its own: [`genkan_sandbox`], an embedded AWS for the tests of programs
//! that use one.
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "unit tests make and read files of their own"
    )
)]

#[doc(hidden)]
pub mod cli;

// Modules of other crates, by the names that they have everywhere.
#[doc(hidden)]
pub use genkan_app::{app, aws};
#[doc(hidden)]
pub use genkan_domain as domain;
#[doc(hidden)]
pub use genkan_local::{platform, settings, store};
#[doc(hidden)]
pub use genkan_sandbox as sandbox;
#[doc(hidden)]
pub use genkan_tui::tui;
