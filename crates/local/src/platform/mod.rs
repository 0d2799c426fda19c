//! The operating system: files' places, browser, clipboard, child processes, clock, loopback.
//!
//! Knows nothing of AWS or of genkan's words.

pub mod browser;
pub mod clipboard;
pub mod clock;
pub mod ending;
pub mod files;
pub mod listeners;
pub mod local_time;
pub mod log;
pub mod notification;
pub mod pending;
pub mod precise_sleep;
pub mod processes;
pub mod proxy;
pub mod random;
pub mod rest;
pub mod tty;
