//! JSON of files that Python tools write and read, too.
//!
//! Python's `json` writes `NaN` and `Infinity` and reads half a surrogate pair, all of which JSON doesn't have. In a
//! field that is not ours this must not cost the sign-in that stands beside it.

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// Parses a text strictly, else as Python reads it: what is no number becomes null, what is no character U+FFFD.
pub(in crate::store) fn parse_lenient<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(bytes).or_else(|error| match repair_json(bytes) {
        Some(repaired) => serde_json::from_slice(&repaired),
        None => Err(error),
    })
}

/// The text in strict JSON, if anything in it had to be changed. It may hold secrets.
fn repair_json(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const CONSTANTS: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];
    // Nothing here is longer than what it replaces, but for a lone escape, which stays as long: no copy of a
    // secret is left behind by growing.
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len() + 8));
    let mut rest = bytes;
    let (mut in_text, mut changed) = (false, false);
    while let Some(first) = rest.first() {
        let constant = CONSTANTS.iter().find(|word| !in_text && rest.starts_with(word));
        let (taken, written): (usize, &[u8]) = match first {
            _ if constant.is_some() => (constant.map_or(0, |word| word.len()), b"null"),
            b'"' => {
                in_text = !in_text;
                (1, b"\"")
            }
            b'\\' if in_text => repair_escape(rest),
            _ => (1, std::slice::from_ref(first)),
        };
        changed |= rest.get(..taken) != Some(written);
        out.extend_from_slice(written);
        rest = rest.get(taken..).unwrap_or_default();
    }
    changed.then_some(out)
}

/// How long the escape is that a text begins with, and what to write in its place.
fn repair_escape(text: &[u8]) -> (usize, &[u8]) {
    let same = |length: usize| {
        let length = length.min(text.len());
        (length, text.get(..length).unwrap_or_default())
    };
    match parse_code_unit(text) {
        None => same(2),
        Some(0xD800..=0xDBFF) if matches!(text.get(6..).and_then(parse_code_unit), Some(0xDC00..=0xDFFF)) => {
            same(12)
        }
        Some(0xD800..=0xDFFF) => (6, b"\\ufffd"),
        Some(_) => same(6),
    }
}

/// The code unit of a `\uXXXX` that a text begins with.
fn parse_code_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    u16::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| is_hex)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_python_reads_is_read() {
        for (text, expected) in [
            (
                r#"{"a":NaN,"b":[Infinity,-Infinity]}"#,
                json!({"a": null, "b": [null, null]}),
            ),
            (
                r#"{"a":"\ud800","b":"x\udc00y"}"#,
                json!({"a": "\u{fffd}", "b": "x\u{fffd}y"}),
            ),
            (r#"{"a":"\ud800\ud83d\ude00"}"#, json!({"a": "\u{fffd}\u{1f600}"})),
            (
                r#"{"a":"NaN \" NaN","b":NaN}"#,
                json!({"a": "NaN \" NaN", "b": null}),
            ),
            (r#"{"a":"\\","b":NaN}"#, json!({"a": "\\", "b": null})),
            (r#"{"NaN":1}"#, json!({"NaN": 1})),
        ] {
            assert_eq!(
                parse_lenient::<Value>(text.as_bytes()).expect(text),
                expected,
                "{text}"
            );
        }
        for text in [
            "",
            "{",
            "{\"a\":nan}",
            "\"\\",
            "\"\\u12",
            "{\"a\":NaN",
            "\"\\ud800\\u",
        ] {
            assert!(parse_lenient::<Value>(text.as_bytes()).is_err(), "{text}");
        }
    }
}
