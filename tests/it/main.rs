//! One integration binary: every test that needs more than one room, a process or a peer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test may stop"
)]

mod commands;
mod docs;
mod interop;
mod robustness;
mod support;
mod tui;
