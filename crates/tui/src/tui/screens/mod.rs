//! The state of everything that stands over or beside the list.

pub mod details;
pub mod front;
pub(super) mod guard;
pub mod menu;
pub mod offers;
pub mod open_work;
pub(super) mod pending_action;
pub(super) mod place;
pub(super) mod places;
pub mod prompt;
pub mod setup;
pub(super) mod sign_in;
pub mod user_actions;
