//! What a user can do with AWS: services without a command line and a screen.
//!
//! Like the program's library, this crate has no stable API. Nothing in here prints or draws.
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "unit tests make and read files of their own"
    )
)]

pub mod app;
pub mod aws;

use genkan_domain as domain;
use genkan_local::{platform, settings, store};
#[cfg(test)]
use genkan_sandbox as sandbox;
