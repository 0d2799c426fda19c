//! What can be fetched or learned again: catalogs, credentials, colours, the pace.

pub(super) mod catalog_cache;
pub(super) mod catalog_file;
pub(super) mod changes_file;
pub(super) mod clock_file;
pub(super) mod colors_file;
pub(super) mod console_pages_file;
pub(super) mod credential_cache;
pub(super) mod pace_files;
pub(super) mod sync_journal;
