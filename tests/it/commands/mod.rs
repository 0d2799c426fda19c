//! Commands as a whole process: data on stdout, messages on stderr, exit codes; and the shells around them.

pub mod capture;
pub mod choices;
pub mod cli;
pub mod code_flow;
pub mod completions;
pub mod console_session;
pub mod endpoint;
pub mod handover;
pub mod init;
pub mod inspect;
pub mod listing;
pub mod profiles;
pub mod prompts;
pub mod shells;
pub mod sign_ins;
pub mod targets;
pub mod unusable;
