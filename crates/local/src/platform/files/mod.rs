//! Files and folders as the system guards them.

pub mod folder;
pub mod guard;
pub(super) mod open_file;
pub mod paths;
pub mod safe_open;
