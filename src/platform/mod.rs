//! The operating system: files' places, browser, clipboard, child processes, clock, signals.
//!
//! Knows nothing of AWS or of genkan's words.

pub mod clock;
pub mod paths;
