//! How files are read and written: whole, private, under a lock, with damage set aside.

pub(super) mod atomic;
pub(super) mod file_identity;
pub(super) mod json_file;
pub(super) mod lenient_json;
pub(super) mod lock;
pub(super) mod names;
pub(super) mod parsing;
pub(super) mod reading;
pub(super) mod stale_files;
