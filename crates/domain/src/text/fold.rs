//! Texts in the form in which a search compares them: without accents, and with wide and narrow forms made one.
//!
//! Must not know what is searched. Case is kept: whether it matters is decided by who compares.

use std::borrow::Cow;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// `text` without accents on Latin, Greek and Cyrillic letters (`Zürich` becomes `Zurich`), with full-width
/// letters as ASCII (`ＰＲＯＤ` becomes `PROD`) and half-width kana as kana (`ﾊﾟ` becomes `パ`).
///
/// The marks that make パ of ハ stay: they tell letters apart. So the text is decomposed, loses only combining
/// marks U+0300 to U+036F, and is composed again.
#[must_use]
pub fn fold_text(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let compatible = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize_iter(compatible.chars());
    let mut bare = String::with_capacity(text.len());
    for c in decomposed.filter(|c| !is_accent(*c)) {
        match latin_letters(c) {
            Some(letters) if c.is_uppercase() => bare.extend(letters.chars().map(|c| c.to_ascii_uppercase())),
            Some(letters) => bare.push_str(letters),
            None => bare.push(c),
        }
    }
    Cow::Owned(
        ComposingNormalizerBorrowed::new_nfc()
            .normalize(&bare)
            .into_owned(),
    )
}

/// Whether a character is an accent of the letter before it, once the two are decomposed.
#[must_use]
pub fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The plain letters for a Latin letter that is no accented one, in lower case.
#[must_use]
pub fn latin_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'þ' | 'Þ' => "th",
        'ħ' | 'Ħ' => "h",
        'ı' => "i",
        'ŋ' | 'Ŋ' => "n",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_widths_make_no_difference() {
        for (text, folded) in [
            ("payments-prod", "payments-prod"),
            ("Zürich", "Zurich"),
            ("Zu\u{308}rich", "Zurich"),
            ("ŁÓDŹ", "LODZ"),
            ("straße", "strasse"),
            ("ＰＲＯＤ－１", "PROD-1"),
            ("ﾊﾟｰﾄ", "パート"),
            ("パ\u{3099}", "パ\u{3099}"),
            ("ガ", "ガ"),
            ("ｶﾞ", "ガ"),
            ("決済-本番", "決済-本番"),
            ("Ёлка", "Елка"),
            ("", ""),
        ] {
            assert_eq!(fold_text(text), folded, "{text}");
        }
        assert_ne!(fold_text("ハ"), fold_text("パ"), "another letter");
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,20}") {
            let once = fold_text(&text).into_owned();
            proptest::prop_assert_eq!(fold_text(&once), once.as_str());
        }
    }
}
