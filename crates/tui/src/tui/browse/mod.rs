//! The list of targets without its looks: what its lines are, what a search finds, where the cursor is.

mod content;
mod found;
mod lines;
mod list;
mod row;
mod targets;
mod unsettled;

pub use lines::{LineKind, Section};
pub use list::{Browse, Focus, VisibleLine};
pub use row::Row;
pub use unsettled::Budget;
