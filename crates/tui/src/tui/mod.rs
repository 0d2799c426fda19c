//! The screen: the portal as people see it.
//!
//! Messages change the model (`update`, pure), the model is drawn (`view`, pure), and effects are
//! done by the runtime, the only part that waits, reads a clock or touches the terminal.

pub mod browse;
pub mod drawing;
pub mod effect;
pub mod entries;
pub mod input;
pub mod model;
pub mod msg;
pub mod notice;
pub mod progress;
mod runtime;
pub mod screens;
mod terminal;
pub mod update;
pub mod view;
pub mod widgets;

pub use effect::Outcome;
pub use input::keymap::{Keymap, key_name};
pub use model::PickFor;
pub use runtime::{Start, TuiError, run};
pub use terminal::has_terminal;
