//! Long-lived secrets by name: in the operating system's keyring, or where there is none in a file that a passphrase
//! opens. Never in plain text.
//!
//! Offers [`Keyring`] and [`EncryptedFile`], and [`KeyringError`] for both. Knows no AWS, and asks no one: the caller
//! gives the passphrase.

mod age;
mod encrypted_file;
mod error;
mod system;
mod worker;

pub use encrypted_file::EncryptedFile;
pub use error::KeyringError;
pub use system::{Desktop, Keyring};
