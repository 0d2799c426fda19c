//! What tests share. Tests import from here only, never from each other.

pub mod accounts;
pub mod browser;
pub mod clients;
pub mod documents;
pub mod driver;
pub mod env;
pub mod generated;
pub mod hostile_text;
pub mod http;
pub mod imports;
pub mod peers;
pub mod processes;
pub mod screen;
pub mod served_shell;
pub mod shells;
pub mod stub_server;
pub mod text;
pub mod tokens;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub mod tracer;
pub mod wait;
