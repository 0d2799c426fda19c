//! Names as small letters, digits and hyphens.

use icu_normalizer::DecomposingNormalizerBorrowed;

use crate::text::fold::{is_accent, latin_letters};

/// A name that can be typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slug {
    pub(super) text: String,
    /// Letters or digits that have no Latin form were left out, so that it does not tell the name.
    pub(super) lossy: bool,
}

/// Accents are folded, what is no letter or digit becomes one hyphen between words.
pub(super) fn slug_of(name: &str) -> Slug {
    let mut text = String::new();
    let mut lossy = false;
    let mut gap = false;
    for c in DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(name.chars()) {
        let mut buffer = [0; 4];
        let piece: &str = if c.is_ascii_alphanumeric() {
            c.encode_utf8(&mut buffer)
        } else {
            match latin_letters(c) {
                Some(piece) => piece,
                None if is_mark(c) => continue,
                None => {
                    lossy |= c.is_alphanumeric();
                    gap = true;
                    continue;
                }
            }
        };
        if gap && !text.is_empty() {
            text.push('-');
        }
        gap = false;
        text.push_str(&piece.to_ascii_lowercase());
    }
    Slug { text, lossy }
}

/// Marks that belong to the letter before, and apostrophes: left out without a gap.
fn is_mark(c: char) -> bool {
    is_accent(c) || matches!(c, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\'' | '\u{2019}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_what_can_be_typed() {
        for (name, expected, lossy) in [
            ("Payments Prod", "payments-prod", false),
            ("  --Payments__(Prod)!  ", "payments-prod", false),
            ("Zürich–Straße №1", "zurich-strasse-no1", false),
            ("Łódź Ærø", "lodz-aero", false),
            ("ＰＲＯＤ１", "prod1", false),
            ("O'Brien’s", "obriens", false),
            ("İstanbul ışık", "istanbul-isik", false),
            ("決済-本番", "", true),
            ("決済 prod", "prod", true),
            ("한국", "", true),
            ("👩‍💻 dev", "dev", false),
            ("***", "", false),
            ("\u{fffd}]52;c;x", "52-c-x", false),
        ] {
            let slug = slug_of(name);
            assert_eq!((slug.text.as_str(), slug.lossy), (expected, lossy), "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_slug_is_always_plain(name in ".{0,60}") {
            let text = slug_of(&name).text;
            prop_assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            prop_assert!(!text.starts_with('-') && !text.ends_with('-') && !text.contains("--"));
            prop_assert_eq!(slug_of(&text).text, text);
        }
    }
}
