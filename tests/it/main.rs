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

mod architecture;
mod botocore;
mod capture;
mod children;
mod choices;
mod cli;
mod clock;
mod code_flow;
mod completions;
mod console_session;
mod corpora;
mod crash;
mod docs;
mod empty;
mod endpoint;
mod faults;
mod files;
mod foreign_answers;
mod gate;
mod growth;
mod handover;
mod hostile;
mod hostile_answers;
mod hostile_files;
mod hostile_screens;
mod http;
mod init;
mod inspect;
mod interop;
mod junk;
mod keyboard;
mod listing;
mod manual;
mod network;
mod no_modes;
mod pages;
mod peers;
mod pictures;
mod profiles;
mod prompts;
mod pty;
mod robust;
mod sandbox;
mod screen_layout;
mod screen_rules;
mod screens;
mod secrets;
mod shared_files;
mod shells;
mod sign_ins;
mod stops;
mod storms;
mod support;
mod surroundings;
mod targets;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod tracer;
mod unusable;
