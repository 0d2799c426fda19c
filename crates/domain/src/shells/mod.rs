//! What runs with credentials: shells, prompts, exported variables, batches of commands.

pub mod batch;
pub mod command_template;
pub mod completion;
pub mod export;
pub mod export_format;
pub mod project;
pub mod prompt;
pub mod shell;
