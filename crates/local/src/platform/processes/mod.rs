//! Other processes: children, ancestors, users, and work in the background.

pub mod ancestors;
pub mod background;
pub mod child;
pub mod program;
pub mod users;
