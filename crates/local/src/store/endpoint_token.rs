//! The token of `genkan serve` in a file of the user's choice, so that it is the same after a restart and programs can
//! read it from there. Made where there is none. SDKs send the whole file, and refuse one with a line end.

use std::path::Path;

use super::error::{Loaded, StoreError};
use crate::domain::Secret;
use crate::platform::files::safe_open::FileKind;
use crate::platform::random;
use crate::store::disk::atomic::write_private;
use crate::store::disk::reading::read_secret;

/// Lengths of a token that no one guesses and that fits into a header.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=512;

/// The token in a file; a new one where the file is missing or empty.
pub fn load_endpoint_token(path: &Path) -> Result<Loaded<Secret>, StoreError> {
    let Loaded { value, notice } = read_secret(path, FileKind::Shared)?;
    let text = value.unwrap_or_default();
    let token = match std::str::from_utf8(&text).map(str::trim) {
        Ok("") => {
            let token = random::random_token().map_err(|error| StoreError::write(path, error))?;
            write_private(path, token.as_bytes())?;
            token
        }
        Ok(token) if is_token(token) => {
            if token.len() < text.len() {
                write_private(path, token.as_bytes())?;
            }
            token.to_owned()
        }
        _ => {
            return Err(StoreError::NoToken {
                path: path.to_owned(),
            });
        }
    };
    Ok(Loaded {
        value: Some(Secret::new(token)),
        notice,
    })
}

/// Whether a header can carry it word for word.
fn is_token(text: &str) -> bool {
    LENGTHS.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_token_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        let token = |path: &Path| load_endpoint_token(path).map(|loaded| loaded.value.expect("a token"));
        let first = token(&path).expect("makes one");
        assert_eq!(first.expose().len(), 32);
        let mode = std::fs::metadata(&path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        assert_eq!(token(&path).expect("reads"), first);
        std::fs::write(&path, "Bearer of-the-user-0123\n").expect("writes");
        assert_eq!(token(&path).expect("reads").expose(), "Bearer of-the-user-0123");
        let kept = std::fs::read_to_string(&path).expect("reads");
        assert_eq!(kept, "Bearer of-the-user-0123", "without the line end");
        for bad in [
            "short",
            "two lines of text\nin one file",
            "a control \u{7} character",
            &"x".repeat(513),
        ] {
            std::fs::write(&path, bad).expect("writes");
            let error = token(&path).expect_err("no token");
            assert!(matches!(error, StoreError::NoToken { .. }), "{bad}: {error}");
            assert!(!error.to_string().contains(bad), "{error}");
        }
        std::fs::write(&path, "").expect("writes");
        assert_eq!(token(&path).expect("makes one").expose().len(), 32);
    }
}
