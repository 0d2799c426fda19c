//! The screen: the portal as people see it.
//!
//! Messages change the model (`update`, pure), the model is drawn (`view`, pure), and effects are
//! done by the runtime, the only part that waits, reads a clock or touches the terminal.

pub mod browse;
pub mod columns;
pub mod decode;
pub mod details;
pub mod effect;
pub mod entries;
pub mod fields;
pub mod front;
mod guard;
pub mod hints;
pub mod keymap;
pub mod layout;
pub mod menu;
pub mod model;
pub mod msg;
pub mod notice;
pub mod offers;
pub mod open_work;
mod pending_action;
mod place;
mod places;
pub mod progress;
pub mod prompt;
mod runtime;
mod secret_input;
pub mod setup;
mod sign_in;
mod terminal;
pub mod text_input;
pub mod theme;
pub mod update;
pub mod user_actions;
pub mod view;
pub mod widgets;

pub use effect::Outcome;
pub use keymap::{Keymap, key_name};
pub use model::PickFor;
pub use runtime::{Start, TuiError, run};
pub use terminal::has_terminal;
