//! The portal: drawn without a terminal, and the real program in one.

pub mod acting;
pub mod all_sessions;
pub mod details;
pub mod escape;
pub mod journeys;
pub mod keys_to_a_shell;
pub mod list_columns;
pub mod list_cursor;
pub mod list_memory;
pub mod list_sections;
pub mod marks;
pub mod menus;
pub mod no_sign_in;
pub mod open;
pub mod own_actions;
pub mod pictures;
pub mod screen_layout;
pub mod screen_matrix;
pub mod screen_rules;
pub mod screens;
pub mod sign_in_screen;
pub mod split_key_sequences;
pub mod terminal_environment;
pub mod terminal_sessions;
