//! `~/.aws/sso/cache`: names, dates and manners as the AWS CLI v2 and the SDKs have them.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use sha1::{Digest as _, Sha1};

use super::atomic::{read_secret, set_aside};
use super::error::{Loaded, StoreError};

/// How often, and how long apart, a file that makes no sense is read again.
const LOOKS: u32 = 12;
const BETWEEN: Duration = Duration::from_millis(20);

/// The JSON object of a file that other tools write too. They write in place: what makes no sense
/// now may be whole a moment later, and only what stays broken is set aside.
pub(super) fn read_object(path: &Path) -> Result<Loaded<Map<String, Value>>, StoreError> {
    for look in 0..LOOKS {
        if look > 0 {
            std::thread::sleep(BETWEEN);
        }
        let loaded = read_secret(path)?;
        let Some(bytes) = loaded.value else {
            return Ok(Loaded::absent());
        };
        if let Ok(object) = serde_json::from_slice(&bytes) {
            return Ok(Loaded {
                value: Some(object),
                notice: loaded.notice,
            });
        }
    }
    Ok(Loaded {
        value: None,
        notice: Some(set_aside(path)),
    })
}

/// SHA-1 in hex: the name of a token file is that of its key. No secrecy hangs on it.
pub(super) fn sha1_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha1::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A date as tools have written it over the years: `Z`, an offset, a fraction, or the ending
/// `UTC` of early AWS CLIs. One without any ending is UTC.
pub(super) fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let plain = text.strip_suffix("UTC").unwrap_or(text).trim();
    TimeZone::UTC.to_timestamp(plain.parse::<DateTime>().ok()?).ok()
}

/// A date as every SDK parses it: whole seconds, `Z`.
pub(super) fn print_date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A field by its name in any case, as the SDK for Rust reads it.
pub(super) fn text_field<'a>(
    object: &'a serde_json::Map<String, serde_json::Value>,
    name: &str,
) -> Option<&'a str> {
    let exact = object.get(name);
    let any = || {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    exact.or_else(any)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_being_written_is_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token.json");
        std::fs::write(&path, "{\"accessToken\": \"ha").expect("writes");
        let writer = std::thread::spawn({
            let path = path.clone();
            move || {
                std::thread::sleep(BETWEEN * 2);
                std::fs::write(path, "{\"accessToken\": \"half\"}").expect("writes");
            }
        });
        let loaded = read_object(&path).expect("reads");
        writer.join().expect("writes");
        assert_eq!(
            loaded
                .value
                .and_then(|o| text_field(&o, "accessToken").map(str::to_owned))
                .as_deref(),
            Some("half")
        );
        assert!(path.exists());
    }

    #[test]
    fn dates_are_read_liberally_and_written_strictly() {
        for text in [
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00UTC",
            "2026-11-23T10:00:00.391855Z",
            "2026-11-23T11:00:00+01:00",
            "2026-11-23T10:00:00+00:00",
            "2026-11-23T10:00:00",
        ] {
            assert_eq!(
                parse_date(text).map(print_date).as_deref(),
                Some("2026-11-23T10:00:00Z"),
                "{text}"
            );
        }
        for bad in ["", "soon", "2026-13-01T00:00:00Z"] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }
}
