//! The portal on the screen.
//!
//! Like the program's library, this crate has no stable API. Nothing in here knows the command line.

pub mod tui;

use genkan_app::app;
use genkan_domain as domain;
use genkan_local::{platform, settings};
