//! Names of files that are made of text of any kind.

use std::path::PathBuf;

use sha1::{Digest as _, Sha1};

use crate::domain::values::hex::to_hex;

/// SHA-1 in hex: the name of a token file is that of its key. No secrecy hangs on it.
pub(in crate::store) fn sha1_hex(bytes: &[u8]) -> String {
    to_hex(&Sha1::digest(bytes))
}

/// A text as part of a file name: what is safe stays readable, and a hash keeps different texts
/// apart.
pub(in crate::store) fn file_name(readable: &str, exact: &[&str], extension: &str) -> PathBuf {
    let safe: String = readable
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
                c
            } else {
                '_'
            }
        })
        .take(48)
        .collect();
    let hash = sha1_hex(exact.join("\0").as_bytes());
    PathBuf::from(format!(
        "{}-{}.{extension}",
        safe.trim_start_matches('.'),
        hash.get(..12).unwrap_or(&hash)
    ))
}
