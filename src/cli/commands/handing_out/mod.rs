//! Commands that hand credentials out: to a text, a program, a shell, a server.

pub(in crate::cli) mod credential_process;
pub(in crate::cli) mod exec;
pub(super) mod exec_many;
pub(in crate::cli) mod export;
pub(in crate::cli) mod serve;
pub(in crate::cli) mod shell;
