//! `~/.aws/sso/cache`: names, dates and fields as the AWS CLI v2 and the SDKs have them.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::platform::files::safe_open::FileKind;
use crate::store::disk::lenient_json;
use crate::store::disk::reading::read_secret;

/// A date as tools have written it over the years: `Z`, an offset, a fraction, or the ending
/// `UTC` of early AWS CLIs. One without any ending is UTC. What was before there were tokens is long over;
/// years before the first have no form that every SDK parses.
pub(in crate::store) fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let at = text.parse::<Timestamp>().ok().or_else(|| {
        let plain = text.strip_suffix("UTC").unwrap_or(text).trim();
        TimeZone::UTC.to_timestamp(plain.parse::<DateTime>().ok()?).ok()
    });
    at.map(|at| at.max(Timestamp::UNIX_EPOCH))
}

/// A field by its name in any case, as the SDK for Rust reads it.
pub(in crate::store) fn text_field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let exact = object.get(name);
    let any = || {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    exact.or_else(any)?.as_str().filter(|text| !text.is_empty())
}

/// What other tools keep in a file beside the fields that are known, whatever their case.
pub(in crate::store) fn unknown_fields(path: &Path, known: &[&str]) -> Map<String, Value> {
    read_secret(path, FileKind::Shared)
        .ok()
        .and_then(|loaded| loaded.value)
        .and_then(|bytes| lenient_json::parse_lenient::<Map<String, Value>>(&bytes).ok())
        .unwrap_or_default()
        .into_iter()
        .filter(|(name, _)| !known.iter().any(|k| k.eq_ignore_ascii_case(name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::values::time::format_iso8601;

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
                parse_date(text).map(format_iso8601).as_deref(),
                Some("2026-11-23T10:00:00Z"),
                "{text}"
            );
        }
        for past in [
            "-009990-01-01T00:00:00Z",
            "0000-01-01T00:00:00",
            "1969-12-31T23:59:59Z",
        ] {
            let printed = parse_date(past).map(format_iso8601);
            assert_eq!(printed.as_deref(), Some("1970-01-01T00:00:00Z"), "{past}");
        }
        for bad in ["", "soon", "2026-13-01T00:00:00Z"] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }
}
