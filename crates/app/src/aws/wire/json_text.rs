//! JSON text that a strict parser would refuse for one character: half a surrogate pair as an escape, and bytes
//! that are no UTF-8. One account's name must not cost the listing of all, so each becomes U+FFFD.

/// The escape for what can't be a character.
const REPLACEMENT: &[u8] = b"\\ufffd";

/// Repairs a text that comes in pieces; what a piece leaves open waits for the next.
#[derive(Debug, Default)]
pub(in crate::aws) struct JsonText {
    open: Vec<u8>,
}

/// What stands at a backslash.
enum Escape {
    /// So many bytes that are fine.
    Fine(usize),
    /// So many bytes that are half a surrogate pair.
    Lone(usize),
    /// The text ends before that can be told.
    Open,
}

impl JsonText {
    /// The next piece, fixed.
    pub(in crate::aws) fn repair(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut text = std::mem::take(&mut self.open);
        text.extend_from_slice(piece);
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text.as_slice();
        while let Some(at) = rest.iter().position(|b| *b == b'\\') {
            let (before, escape) = rest.split_at(at);
            out.extend_from_slice(before);
            match classify_escape(escape) {
                Escape::Fine(length) => {
                    let (fine, after) = escape.split_at(length);
                    out.extend_from_slice(fine);
                    rest = after;
                }
                Escape::Lone(length) => {
                    out.extend_from_slice(REPLACEMENT);
                    rest = escape.get(length..).unwrap_or_default();
                }
                Escape::Open => {
                    self.open = escape.to_vec();
                    return replace_invalid_utf8(out);
                }
            }
        }
        // A character that the next piece completes.
        let open = rest.len() - complete_length(rest);
        let (now, later) = rest.split_at(rest.len() - open);
        out.extend_from_slice(now);
        self.open = later.to_vec();
        replace_invalid_utf8(out)
    }
}

/// What stands at the beginning of a text that begins with a backslash.
fn classify_escape(text: &[u8]) -> Escape {
    match text.get(1) {
        None => return Escape::Open,
        Some(b'u') => {}
        Some(_) => return Escape::Fine(2),
    }
    let Some(digits) = text.get(2..6) else {
        return Escape::Open;
    };
    match parse_code_unit(digits) {
        Some(0xDC00..=0xDFFF) => Escape::Lone(6),
        Some(0xD800..=0xDBFF) => {
            let next = text.get(6..).unwrap_or_default();
            match (next.first(), next.get(1), next.get(2..6)) {
                (None, ..) | (Some(b'\\'), None, _) | (Some(b'\\'), Some(b'u'), None) => Escape::Open,
                (Some(b'\\'), Some(b'u'), Some(low))
                    if parse_code_unit(low).is_some_and(|u| (0xDC00..=0xDFFF).contains(&u)) =>
                {
                    Escape::Fine(12)
                }
                _ => Escape::Lone(6),
            }
        }
        // A parser says what is wrong with digits that are none.
        _ => Escape::Fine(2),
    }
}

/// The UTF-16 code unit of four hexadecimal digits.
fn parse_code_unit(digits: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(digits).ok()?;
    let is_hex = text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| u16::from_str_radix(text, 16).ok()).flatten()
}

/// How much of a text doesn't end inside of a character.
fn complete_length(text: &[u8]) -> usize {
    match text.utf8_chunks().last() {
        Some(last) if is_open(last.invalid()) => text.len() - last.invalid().len(),
        _ => text.len(),
    }
}

/// Whether bytes are the beginning of a character that has more.
fn is_open(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

fn replace_invalid_utf8(bytes: Vec<u8>) -> Vec<u8> {
    String::from_utf8(bytes).map_or_else(
        |error| {
            String::from_utf8_lossy(error.as_bytes())
                .into_owned()
                .into_bytes()
        },
        String::into_bytes,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text fixed in pieces of a size, and what a parser reads.
    fn repaired(text: &[u8], size: usize) -> String {
        let mut repairer = JsonText::default();
        let bytes: Vec<u8> = text
            .chunks(size)
            .flat_map(|piece| repairer.repair(piece))
            .collect();
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn only_what_is_no_character_is_replaced() {
        for (text, expected) in [
            (&br#""plain \" \\ \n""#[..], r#""plain \" \\ \n""#),
            (br#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (br#""a\ud800b""#, r#""a\ufffdb""#),
            (br#""\udc00""#, r#""\ufffd""#),
            (br#""\ud800\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (br#""\ud800\n""#, r#""\ufffd\n""#),
            (br#""\\ud800""#, r#""\\ud800""#),
            (br#""\uD8zz""#, r#""\uD8zz""#),
            (b"\"caf\xe9\"", "\"caf\u{fffd}\""),
            ("\"玄関\"".as_bytes(), "\"玄関\""),
        ] {
            for size in 1..=text.len() {
                assert_eq!(repaired(text, size), expected, "in pieces of {size}");
            }
        }
    }

    proptest! {
        /// Any text of escapes is a string to a strict parser afterwards, and one that was is the same.
        #[test]
        fn every_string_can_be_read(
            parts in proptest::collection::vec(
                prop_oneof![
                    "[a-z玄\u{1f600}]{0,3}",
                    "\\\\u[dD][89a-fA-F][0-9a-f]{2}",
                    "\\\\u00[0-9a-f]{2}",
                    Just("\\\\".to_owned()),
                    Just("\\\"".to_owned()),
                ],
                0..8,
            ),
            size in 1usize..9,
        ) {
            let text = format!("\"{}\"", parts.concat());
            let result = repaired(text.as_bytes(), size);
            let read: Result<String, _> = serde_json::from_str(&result);
            prop_assert!(read.is_ok(), "{}", result);
            if serde_json::from_str::<String>(&text).is_ok() {
                prop_assert_eq!(result, text);
            }
        }
    }
}
