//! genkan: the door to a company's AWS accounts, in the terminal.

pub mod aws;
pub mod cli;
pub mod domain;
pub mod platform;
pub mod portal;
pub mod sandbox;
pub mod settings;
pub mod store;
pub mod tui;
