//! Which texts AWS takes as IDs and names. Knows nothing of what they name.

/// Twelve digits.
pub(crate) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name of IAM or Identity Center of 1 to `most` letters, digits or `+=,.@-_`.
pub(super) fn is_name(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte))
}

/// `/`, or text between two slashes.
pub(super) fn is_path(text: &str) -> bool {
    text == "/"
        || ((3..=512).contains(&text.len())
            && text.starts_with('/')
            && text.ends_with('/')
            && text.bytes().all(|byte| byte.is_ascii_graphic()))
}
