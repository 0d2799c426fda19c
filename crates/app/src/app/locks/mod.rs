//! What only one process does at a time: the scopes, the locks, and waiting for the result of who holds one.

pub(super) mod process_lock;
pub(super) mod scope;
pub(super) mod single_flight;
