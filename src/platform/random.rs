//! Unguessable text.

use std::fmt::Write as _;

/// 128 random bits as hex, from the operating system.
///
/// # Errors
/// Where the operating system has no randomness to give.
pub fn token() -> std::io::Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(std::io::Error::from)?;
    Ok(bytes.iter().fold(String::new(), |mut text, b| {
        // Writing to a String can't fail.
        let _ = write!(text, "{b:02x}");
        text
    }))
}
