//! Unguessable text.

/// 128 random bits as hex, from the operating system.
///
/// # Errors
/// Where the operating system has no randomness to give.
pub fn random_token() -> std::io::Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(std::io::Error::from)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
