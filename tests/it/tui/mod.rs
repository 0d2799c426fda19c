//! The portal: drawn without a terminal, and the real program in one.

pub mod keyboard;
pub mod pictures;
pub mod pty;
pub mod screen_layout;
pub mod screen_rules;
pub mod screens;
pub mod surroundings;
