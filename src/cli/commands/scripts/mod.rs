//! Commands that shells and their scripts call, not people.

pub(in crate::cli) mod assume;
pub(in crate::cli) mod clear_clipboard;
pub(in crate::cli) mod complete;
pub(in crate::cli) mod completions;
pub(in crate::cli) mod init;
pub(in crate::cli) mod man;
pub(in crate::cli) mod prompt;
pub(super) mod shell_server;
