//! Commands as a whole process: data on stdout, messages on stderr, exit codes; and the shells around them.

pub mod account_colors;
pub mod basics;
pub mod captured_output;
pub mod catalog_sign_ins;
pub mod child_environment;
pub mod clipboard_clearing;
pub mod completions;
pub mod console_session;
pub mod credentials_endpoint;
pub mod doctor;
pub mod export_formats;
pub mod guards;
pub mod history;
pub mod listing;
pub mod options_and_environment;
pub mod pkce_login;
pub mod profile_files;
pub mod profiles;
pub mod rules;
pub mod shell_frameworks;
pub mod shell_integration;
pub mod sign_in_changes;
pub mod targets;
pub mod unusable_setup;
pub mod waits;
pub mod whoami_status_doctor;
