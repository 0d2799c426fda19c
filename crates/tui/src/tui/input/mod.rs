//! From bytes to keys, and from keys to actions and text.

pub mod decode;
pub mod keymap;
mod keys;
pub(super) mod secret_input;
pub mod text_input;
