//! Texts that are folded character by character: those without combining marks, in scripts whose letters stand for
//! themselves. Folding them so takes a hundredth of what the tables of Unicode take, and an organisation may have
//! thousands of such names.

use super::letters::Letters;
use crate::text::fold::fold_text;

/// What single characters fold to, learned one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct SimpleFolds {
    /// Of the characters from [`FIRST`] on: 0 where it isn't known yet, [`NONE`] where it is not one character.
    known: Vec<u32>,
}

/// The first letter with an accent, and the first character behind those that are learned.
const FIRST: u32 = 0xc0;
const END: u32 = 0x450;
const NONE: u32 = u32::MAX;

impl SimpleFolds {
    /// What a character of a simple text folds to; `None` where a text with it is folded as a whole.
    pub(super) fn fold(&mut self, c: char) -> Option<char> {
        match c {
            // Besides ASCII, kana, ideographs and Hangul: folding takes them apart and puts them together again.
            ' '..='~'
            | '\u{3041}'..='\u{3096}'
            | '\u{30a1}'..='\u{30fc}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}' => Some(c),
            '\u{c0}'..='\u{17f}'
            | '\u{391}'..='\u{3a1}'
            | '\u{3a3}'..='\u{3a9}'
            | '\u{3b1}'..='\u{3c9}'
            | '\u{410}'..='\u{44f}' => self.learned(c),
            _ => None,
        }
    }

    fn learned(&mut self, c: char) -> Option<char> {
        if self.known.is_empty() {
            self.known.resize((END - FIRST) as usize, 0);
        }
        let known = self.known.get_mut((u32::from(c).checked_sub(FIRST)?) as usize)?;
        if *known == 0 {
            let folded = fold_text(c.encode_utf8(&mut [0; 4])).into_owned();
            let mut characters = folded.chars();
            *known = match (characters.next(), characters.next()) {
                (Some(only), None) => u32::from(only),
                _ => NONE,
            };
        }
        char::from_u32(*known)
    }

    /// The letters of a text, where each of its characters is folded by itself.
    pub(super) fn letters(&mut self, text: &str) -> Option<Letters> {
        let mut letters = Letters::default();
        for c in text.chars() {
            letters = letters.and(Letters::of_characters(std::iter::once(self.fold(c)?)));
        }
        Some(letters)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use unicode_segmentation::UnicodeSegmentation as _;

    use super::*;

    /// All characters of simple texts.
    static SIMPLE: LazyLock<Vec<char>> = LazyLock::new(|| {
        let mut folds = SimpleFolds::default();
        let all = '\0'..='\u{10ffff}';
        all.filter(|c| folds.fold(*c).is_some()).collect()
    });

    #[test]
    fn each_simple_character_folds_as_it_does_alone() {
        let mut folds = SimpleFolds::default();
        let all = &*SIMPLE;
        assert!(all.len() > 30_000 && ['ü', 'é', 'я', '決', 'パ', '한'].iter().all(|c| all.contains(c)));
        for &c in all {
            let alone = fold_text(&c.to_string()).into_owned();
            assert_eq!(folds.fold(c).map(String::from), Some(alone), "{c}");
        }
        for c in ['ß', 'ĳ', 'Ａ', 'ﾊ', '\u{301}', '\u{3099}', '\t', '\u{e01}'] {
            assert_eq!(folds.fold(c), None, "{c}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_simple_text_folds_as_its_characters_do(picked in proptest::collection::vec(0_usize..100_000, 0..20)) {
            let all = &*SIMPLE;
            // Half of them from the letters that are not themselves.
            let pick = |at: &usize| all[if *at < 50_000 { at % 600 } else { at % all.len() }];
            let text: String = picked.iter().map(pick).collect();
            let mut folds = SimpleFolds::default();
            let one_by_one: String = text.chars().filter_map(|c| folds.fold(c)).collect();
            proptest::prop_assert_eq!(fold_text(&text).into_owned(), one_by_one);
            proptest::prop_assert_eq!(text.graphemes(true).count(), text.chars().count());
        }
    }
}
