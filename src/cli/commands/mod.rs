//! One file per command: from arguments to use cases to output.

pub(super) mod assume;
mod catalogs;
pub(super) mod clear_clipboard;
pub(super) mod complete;
pub(super) mod completions;
pub(super) mod console;
pub(super) mod credential_process;
pub(super) mod demo;
pub(super) mod doctor;
pub(super) mod exec;
pub(super) mod export;
mod guard;
pub(super) mod history;
pub(super) mod init;
pub(super) mod list;
pub(super) mod login;
pub(super) mod logout;
pub(super) mod man;
mod open_tui;
pub(super) mod pick;
pub(super) mod portal;
pub(super) mod profiles;
pub(super) mod sandbox;
pub(super) mod shell;
mod sign_in_here;
pub(super) mod status;
pub(super) mod whoami;
