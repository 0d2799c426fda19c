//! One integration binary, which links once: every test that needs more than one module, a process or a peer.
//! A test of one module is a unit test in its file. What goes where:
//!
//! - `support/`: what tests share, and the only thing that they import: `env` (a sandbox, a home and the program
//!   in it), `driver` (the portal without a terminal), `screen` (the program in a terminal), `processes` (many at
//!   once), `shells`, `browser`, `stub_server` (fixed bytes), `http`, `hostile_text`, `tracer` (kills at each write)
//! - `commands/`: each command as a process: stdout, stderr, exit code; and the shells around it
//! - `tui/`: the portal, drawn by a `Driver` and compared with snapshots, and in a real terminal
//! - `interop/`: SDKs, the AWS CLI, botocore and browsers; the sandbox on the wire
//! - `robustness/`: crashes, concurrency, faults, hostile text, malformed files, clocks, networks, growth
//! - `docs/`: README, help, manual pages and the architecture, compared with the code
//!
//! A test waits for a condition (`support::wait`), never for a length of time, and leaves no process and no file.
//! The name of a test says what holds: `killed_listing_resumes`.
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
