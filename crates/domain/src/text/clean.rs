//! Foreign text made safe to show: nothing in it is obeyed by a terminal, reorders what is read, or
//! tells two names apart that look alike.
//!
//! What may not be shown becomes `�`, so that nothing vanishes unseen. The rule:
//!
//! - **Never shown**: C0 and C1 controls, tabs and line ends among them; bidi controls; zero-width
//!   blanks, soft hyphens and fillers; tag characters, which spell out hidden words (the flags of England,
//!   Scotland and Wales pay for that); whatever else Unicode says to ignore; what is no character at all.
//! - **Joiners** (ZWJ, ZWNJ) stay where they are spelling: between two letters of Arabic, Indic and
//!   other scripts that join, and inside emoji. Anywhere else they would only make `prod` another `prod`.
//! - **Variation selectors** stay behind a character that has variants: emoji, ideographs, symbols.
//! - **Combining marks** stay on their base. One without a base would cling to whatever is drawn in
//!   front of it, and a pile of them (more than [`MOST_MARKS`]) is no spelling but paints over other lines.
//! - Letters of any script, also those that run from right to left, blanks of any width and private use
//!   stay: they can be seen. Letters of two scripts that look alike are told apart by the account's
//!   id, which stands beside every name.

use std::borrow::Cow;
use std::iter::Peekable;

use icu_properties::props::{
    DefaultIgnorableCodePoint, JoinControl, NoncharacterCodePoint, VariationSelector,
};
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed};
use unicode_width::UnicodeWidthChar as _;

/// The longest remote text that is kept, in characters.
const LONGEST: usize = 512;

/// How many characters without a width may follow each other: spelling needs up to half as many.
const MOST_MARKS: usize = 8;

/// The replacement for a character that is not shown.
const MARK: char = '\u{fffd}';

/// One foreign text made safe and short, for where it enters.
#[must_use]
pub fn clean_text(text: &str) -> String {
    sanitize_short(text).into_owned()
}

/// [`clean_text`], borrowed where nothing is changed.
pub(crate) fn sanitize_short(text: &str) -> Cow<'_, str> {
    // Nearly all are far too short to be counted, and a catalog has tens of thousands.
    if text.len() <= LONGEST {
        return sanitize_line(text);
    }
    let kept = text
        .char_indices()
        .nth(LONGEST)
        .and_then(|(end, _)| text.get(..end));
    sanitize_line(kept.unwrap_or(text))
}

/// One line made safe, of any length: the last look at what is about to be drawn, no matter who wrote it.
#[must_use]
pub fn sanitize_line(text: &str) -> Cow<'_, str> {
    if is_plain(text) || text.chars().all(is_plain_letter) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(Cleaning::new(text.chars(), false).collect())
    }
}

/// Words for a user, made safe to show line by line: the last look at what is about to be printed,
/// no matter who wrote it. Of any length.
#[must_use]
pub fn clean_lines(text: &str) -> String {
    Cleaning::new(text.chars(), true).collect()
}

/// Whether a text is one line that cleaning leaves, and has left, as it is.
#[must_use]
pub fn is_unchanged_by_cleaning(text: &str) -> bool {
    is_plain(text) || !Cleaning::new(text.chars(), false).any(|c| c == MARK)
}

/// Whether a character is shown nowhere, whatever stands beside it: controls, what Unicode says to ignore, line and
/// paragraph separators, interlinear annotation, and what is no character. Joiners and variation selectors are looked
/// at in their place.
#[must_use]
pub fn is_never_shown(c: char) -> bool {
    let has = |property: CodePointSetDataBorrowed<'static>| property.contains(c);
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}')
        || has(CodePointSetData::new::<NoncharacterCodePoint>())
        || (has(CodePointSetData::new::<DefaultIgnorableCodePoint>())
            && !has(CodePointSetData::new::<JoinControl>())
            && !has(CodePointSetData::new::<VariationSelector>()))
}

/// Whether a text is printable ASCII, of which nothing is ever changed. Looks at all of it: without a way
/// out in the middle, many bytes are looked at in one step.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .fold(true, |plain, b| plain & matches!(b, b' '..=b'~'))
}

/// Whether a character is one of those that nearly all names are made of, none of which is ever changed: a catalog has
/// thousands, and the tables of Unicode take a while. Accents of their own, and what only looks like a letter, are not among
/// them.
fn is_plain_letter(c: char) -> bool {
    matches!(c,
        ' '..='~' | '\u{c0}'..='\u{24f}' | '\u{391}'..='\u{3a1}' | '\u{3b1}'..='\u{3c9}' | '\u{410}'..='\u{44f}'
        | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fc}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether a character may be an emoji or a part of one, digits apart.
fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2100}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
        | '\u{1f000}'..='\u{1faff}')
}

/// Whether a character is of a script in which joiners are spelling, or of an emoji.
fn allows_joiners(c: char) -> bool {
    !is_never_shown(c)
        && (is_emoji(c)
            || matches!(c,
                '\u{600}'..='\u{dff}' | '\u{f00}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{1900}'..='\u{1cff}'
                | '\u{a800}'..='\u{abff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10a00}'..='\u{11fff}'
                | '\u{1e900}'..='\u{1e95f}'))
}

/// Whether a character is a variation selector, and if so, whether its base has such variants. A digit is
/// an emoji only where a keycap follows.
fn selects_variant(base: char, c: char, next: Option<char>) -> Option<bool> {
    Some(match c {
        '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(base, '\u{1820}'..='\u{18aa}'),
        '\u{fe0e}' | '\u{fe0f}' if is_emoji(base) => true,
        '\u{fe0f}' => matches!(base, '0'..='9' | '#' | '*') && next == Some('\u{20e3}'),
        '\u{fe00}'..='\u{fe0e}' => {
            is_ideograph(base)
                || matches!(base, '\u{1000}'..='\u{109f}' | '\u{2200}'..='\u{22ff}' | '\u{a840}'..='\u{a877}')
        }
        '\u{e0100}'..='\u{e01ef}' => is_ideograph(base),
        _ => return None,
    })
}

/// The letters of a text, one by one, those that may not be shown replaced.
struct Cleaning<I: Iterator<Item = char>> {
    rest: Peekable<I>,
    /// Whether a line's end is one.
    lines: bool,
    /// The last character of a width, if there is one in this line.
    base: Option<char>,
    /// How many without a width came after it, and the last of them.
    marks: usize,
    last: Option<char>,
}

impl<I: Iterator<Item = char>> Cleaning<I> {
    fn new(letters: I, lines: bool) -> Self {
        Self {
            rest: letters.peekable(),
            lines,
            base: None,
            marks: 0,
            last: None,
        }
    }

    fn begin(&mut self, base: Option<char>) {
        (self.base, self.marks, self.last) = (base, 0, None);
    }

    /// Whether a character that takes no column is spelling where it stands.
    fn belongs(&mut self, c: char) -> bool {
        // On what was taken out nothing is spelled.
        let Some(base) = self.base.filter(|base| *base != MARK) else {
            return false;
        };
        let next = self.rest.peek().copied();
        if is_joiner(c) {
            let joined = allows_joiners(base) && next.is_some_and(allows_joiners);
            // What follows it may be a mark too.
            return joined && !self.last.is_some_and(is_joiner) && self.marks + 1 < MOST_MARKS;
        }
        let fits = match selects_variant(base, c, next) {
            Some(fits) => fits && self.marks == 0,
            None => true,
        };
        fits && self.marks < MOST_MARKS
    }
}

impl<I: Iterator<Item = char>> Iterator for Cleaning<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if matches!(c, ' '..='~') {
            self.begin(Some(c));
            return Some(c);
        }
        if c == '\n' && self.lines {
            self.begin(None);
            return Some(c);
        }
        let mark = !is_never_shown(c) && c.width() == Some(0);
        if mark && self.belongs(c) {
            self.marks += 1;
            self.last = Some(c);
            return Some(c);
        }
        let c = if mark || is_never_shown(c) { MARK } else { c };
        self.begin(Some(c));
        Some(c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_text_is_disarmed() {
        for (hostile, sanitized) in [
            ("\u{1b}]52;c;ZXZpbA==\u{7}x", "�]52;c;ZXZpbA==�x"),
            ("a\u{202e}b\u{2066}c\u{9b}31m\u{2028}", "a�b�c�31m�"),
            ("a\tb\r\nc\u{7f}\0", "a�b��c��"),
            ("pro\u{200b}d\u{ad}\u{feff}\u{2060}", "pro�d���"),
            // Joiners and selectors where they mean nothing.
            ("pro\u{200d}d", "pro�d"),
            ("pro\u{200c}d", "pro�d"),
            ("क\u{200d}", "क�"),
            ("\u{200d}क", "�क"),
            ("क\u{94d}\u{200d}\u{200d}ष", "क\u{94d}��ष"),
            ("prod\u{fe0f}", "prod�"),
            ("1\u{fe0f}", "1�"),
            ("prod\u{e0101}", "prod�"),
            ("決済\u{fe0f}", "決済�"),
            ("葛\u{e0100}\u{e0100}", "葛\u{e0100}�"),
            ("a\u{180b}", "a�"),
            // Words that no one sees.
            ("🏴\u{e0067}\u{e0062}\u{e007f}", "🏴���"),
            ("ab\u{e0180}c\u{e0200}\u{fffe}\u{10ffff}\u{fdd0}", "ab�c����"),
            ("\u{3164}\u{ffa0}\u{115f}\u{34f}\u{180e}", "�����"),
            // Marks without a base, and a pile of them.
            ("\u{301}prod", "�prod"),
        ] {
            assert_eq!(clean_text(hostile), sanitized, "{hostile:?}");
            assert_eq!(sanitize_line(hostile), sanitized);
            assert!(!is_unchanged_by_cleaning(hostile), "{hostile:?}");
        }
        let pile = clean_text(&format!("e{}", "\u{301}".repeat(20)));
        let kept = "\u{301}".repeat(MOST_MARKS);
        assert_eq!(pile, format!("e{kept}{}", "�".repeat(20 - MOST_MARKS)));
        assert_eq!(clean_text(&"x".repeat(600)).len(), LONGEST);
        assert_eq!(clean_text(&"決".repeat(600)).chars().count(), LONGEST);
        assert_eq!(sanitize_line(&"x".repeat(600)).len(), 600);
    }

    #[test]
    fn honest_text_is_kept() {
        for honest in [
            "決済-本番",
            "葛\u{e0100}城",
            "Zürich-Rechenzentrum",
            "Zu\u{308}rich",
            "Ünïcode 한국어",
            "\u{1112}\u{1161}\u{11ab}국어",
            "👩‍💻 dev",
            "👩🏽‍💻 🏳️‍🌈 👨‍👩‍👧‍👦 ❤️ 1️⃣ 🇯🇵",
            "שלום",
            "שָׁלוֹם",
            "مرحبا",
            // Persian with a joiner that parts, Marathi and Bengali with one that joins, Sinhala.
            "می\u{200c}خواهم",
            "दर\u{94d}\u{200d}या",
            "র\u{200d}\u{9cd}যাব",
            "ශ\u{dca}\u{200d}රී",
            "Việt Nam ế",
            "山田\u{3000}太郎",
        ] {
            assert_eq!(clean_text(honest), honest);
            assert_eq!(clean_lines(honest), honest);
            assert!(is_unchanged_by_cleaning(honest), "{honest:?}");
        }
        assert!(
            !is_unchanged_by_cleaning("�"),
            "what has been cleaned is another text"
        );
    }

    #[test]
    fn plain_letters_are_shown_and_have_a_width() {
        for c in (0..=u32::from(char::MAX))
            .filter_map(char::from_u32)
            .filter(|c| is_plain_letter(*c))
        {
            assert!(!is_never_shown(c) && c.width() > Some(0), "{c:?}");
            assert!(Cleaning::new([c].into_iter(), false).eq([c]), "{c:?}");
        }
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(clean_lines("a\n\u{1b}[2J\r\nb"), "a\n�[2J�\nb");
        assert_eq!(clean_lines("a\n\u{301}b"), "a\n�b");
        assert!(!is_unchanged_by_cleaning("a\nb"));
    }

    proptest! {
        /// Characters of a width between those that are ordinary and those that are not.
        #[test]
        fn cleaning_is_done_once(text in "[a1決क👩ا\u{94d}\u{301}\u{200c}\u{200d}\u{fe0f}\u{e0100}\u{20e3}\u{202e}\u{ad}\n\u{1b}]{0,40}") {
            let once = clean_text(&text);
            prop_assert_eq!(clean_text(&once), once.as_str());
            prop_assert!(is_unchanged_by_cleaning(&text) == (once == text));
            let lines = clean_lines(&text);
            prop_assert_eq!(clean_lines(&lines), lines);
        }

        #[test]
        fn cleaned_text_holds_nothing_to_obey(text in ".{0,80}") {
            prop_assert!(!clean_text(&text).chars().any(is_never_shown));
            prop_assert_eq!(clean_text(&text).chars().count(), text.chars().count());
        }
    }
}
