//! What several commands do on their way: choose a target, pass a guard, sign in, ask for a code.

pub(super) mod answers;
pub(super) mod catalogs;
pub(super) mod chain_code;
pub(super) mod guard;
pub(super) mod hand_outs;
pub(super) mod open_tui;
pub(in crate::cli) mod pick;
pub(super) mod project;
pub(super) mod sign_in_here;
