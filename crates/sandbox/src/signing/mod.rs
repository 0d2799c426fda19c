//! Secrets that it hands out, and signatures that it checks.

pub(super) mod query_signer;
pub(super) mod secrets;
pub(super) mod signer;
pub(super) mod sigv4;
pub(super) mod totp;
