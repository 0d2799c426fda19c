//! What is remembered of use: history, hand-outs, what runs now, the chosen view.

pub mod activity;
pub mod hand_out;
pub mod history;
pub mod running;
pub mod view_state;
