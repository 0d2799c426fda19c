//! What tests share. Tests import from here only, never from each other.

pub mod documents;
pub mod env;
pub mod http;
pub mod peers;
pub mod stub_server;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub mod tracer;
