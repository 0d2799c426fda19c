//! Remote text made safe to show, and text cut to a width.
//!
//! Names, emails and error texts come from an administrator somewhere: they may hold escape
//! sequences or characters that reorder what is read. They pass [`clean`] where they enter.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// The longest remote text that is kept, in characters.
const LONGEST: usize = 512;

/// Replaces what a terminal would obey and what would reorder or hide text: C0 and C1 controls,
/// line and paragraph separators, bidi controls, zero-width characters but the joiners that
/// emoji and scripts need, tag characters. Each becomes `�`, so that nothing vanishes unseen.
#[must_use]
pub fn clean(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    text.chars()
        .take(LONGEST)
        .map(|c| if is_unsafe(c) { '\u{fffd}' } else { c })
        .collect()
}

/// [`clean`] for a text that is owned already: a catalog holds tens of thousands of names, nearly all of
/// them plain, and each start of the program reads them.
#[must_use]
pub fn cleaned(text: String) -> String {
    if is_plain(&text) { text } else { clean(&text) }
}

/// Whether a text is short and printable ASCII, of which nothing is ever changed.
fn is_plain(text: &str) -> bool {
    text.len() <= LONGEST && text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// Words for a person, made safe to show line by line: the last look at what is about to be printed,
/// whoever wrote it. Of any length.
#[must_use]
pub fn clean_lines(text: &str) -> String {
    text.chars()
        .map(|c| if is_unsafe(c) && c != '\n' { '\u{fffd}' } else { c })
        .collect()
}

/// Whether a text is one line that cleaning leaves, and has left, as it is.
#[must_use]
pub fn is_shown_as_it_is(text: &str) -> bool {
    !text.chars().any(|c| is_unsafe(c) || c == '\u{fffd}')
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{061c}' | '\u{17b4}' | '\u{17b5}' | '\u{1d173}'..='\u{1d17a}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
            | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{ffa0}')
}

/// The number of terminal columns a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `columns` columns, with `…` where it was cut. Never cuts a wide character
/// or a grapheme in two.
#[must_use]
pub fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = width(grapheme);
        if used + wide > columns - 1 {
            break;
        }
        out.push_str(grapheme);
        used += wide;
    }
    out.push('…');
    out
}

/// The text filled up with blanks to exactly `columns` columns, cut where it is longer.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let mut out = fit(text, columns);
    let missing = columns.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// A text in lines of at most `columns` columns, broken at blanks, and inside words that are longer.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let fits = |line: &str, more: &str| width(line) + width(more.trim_end()) <= columns;
        if lines
            .last()
            .is_some_and(|last| !last.is_empty() && !fits(last, word))
        {
            lines.push(String::new());
        }
        for grapheme in word.graphemes(true) {
            if lines
                .last()
                .is_some_and(|last| !last.is_empty() && !fits(last, grapheme))
            {
                lines.push(String::new());
            }
            if let Some(last) = lines.last_mut() {
                last.push_str(grapheme);
            }
        }
    }
    lines.iter().map(|l| l.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_text_is_disarmed_and_honest_text_kept() {
        assert_eq!(clean("\u{1b}]52;c;ZXZpbA==\u{7}x"), "�]52;c;ZXZpbA==�x");
        assert_eq!(cleaned("a\u{1b}[m".to_owned()), "a�[m");
        assert_eq!(clean(&"x".repeat(600)).len(), 512);
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{9b}31m\u{2028}"), "a�b�c�31m�");
        for honest in [
            "決済-本番",
            "Zürich-Rechenzentrum",
            "👩‍💻 dev",
            "Ünïcode 한국어",
            "שלום",
        ] {
            assert_eq!(clean(honest), honest);
        }
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(clean_lines("a\n\u{1b}[2J\r\nb"), "a\n�[2J�\nb");
        assert!(is_shown_as_it_is("決済 👩\u{200d}💻"));
        for hidden in ["a\nb", "a\u{202e}", "�", "\u{ad}"] {
            assert!(!is_shown_as_it_is(hidden), "{hidden:?}");
        }
    }

    #[test]
    fn wide_characters_are_not_cut_in_two() {
        assert_eq!(fit("決済-本番", 5), "決済…");
        assert_eq!(fit("決済-本番", 4), "決…");
        assert_eq!(pad("決済", 6), "決済  ");
        assert_eq!(fit("abc", 0), "");
    }

    proptest! {
        #[test]
        fn padding_is_exact(text in "\\PC{0,40}", columns in 0usize..40) {
            prop_assert_eq!(width(&pad(&text, columns)), columns);
        }

        #[test]
        fn cleaned_text_holds_no_control(text in ".{0,80}") {
            prop_assert!(clean(&text).chars().all(|c| !c.is_control()));
        }
    }
}
