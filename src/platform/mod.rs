//! The operating system: files' places, browser, clipboard, child processes, clock, loopback.
//!
//! Knows nothing of AWS or of genkan's words.

pub mod ancestors;
pub mod background;
pub mod browser;
pub mod child;
pub mod clipboard;
pub mod clock;
mod connections;
pub mod folder;
pub mod guard;
pub mod local_time;
pub mod log;
mod loopback;
pub mod notification;
pub mod one_time_link;
mod open_file;
pub mod paths;
pub mod pending;
pub mod private_endpoint;
pub mod program;
pub mod proxy;
pub mod random;
pub mod redirect;
pub mod safe_open;
pub mod tty;
pub mod users;
