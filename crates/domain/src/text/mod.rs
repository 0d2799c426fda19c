//! Foreign text made safe to show, and text cut to a width.
//!
//! Names, emails and error texts come from an administrator somewhere: they may hold escape
//! sequences or characters that reorder what is read. They pass `clean` where they enter.

mod clean;
mod clean_text;
pub mod fold;

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

pub(crate) use clean::sanitize_short;
pub use clean::{clean_lines, clean_text, is_never_shown, is_unchanged_by_cleaning, sanitize_line};
pub use clean_text::CleanText;

/// The number of terminal columns a text takes.
#[must_use]
pub fn text_width(text: &str) -> usize {
    // Nearly every text of a screen, which measures each of them several times.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.len();
    }
    text.width()
}

/// The text in at most `columns` columns, with `…` where it was cut. Never cuts a wide character
/// or a grapheme in two.
#[must_use]
pub fn fit_text(text: &str, columns: usize) -> String {
    if text_width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = text_width(grapheme);
        if used + wide > columns - 1 {
            break;
        }
        out.push_str(grapheme);
        used += wide;
    }
    out.push('…');
    out
}

/// What stands between a chained role and the way to it.
pub const VIA: &str = " via ";
/// The fewest columns that are left of the way to a chained role.
const LEAST_WAY: usize = 12;

/// The fewest columns in which a text says enough: of the way to a chained role a part.
#[must_use]
pub fn least_width(text: &str) -> usize {
    let whole = text_width(text);
    let role = text
        .find(VIA)
        .map(|at| at + VIA.len())
        .and_then(|end| text.get(..end));
    role.map_or(whole, |role| whole.min(text_width(role) + LEAST_WAY))
}

/// The graphemes to leave out of a text in the middle, so that the rest and `…` take at most `columns` columns;
/// `None` where it fits as it is. Beginning and end stay: names often differ at one of them. Of a chained role the way to it
/// is cut, in its own middle, and not the role; where there is no room for that, only its end is left of it.
#[must_use]
pub fn left_out(text: &str, columns: usize) -> Option<Range<usize>> {
    if text_width(text) <= columns {
        return None;
    }
    let way = text.find(VIA).map(|at| text.split_at(at + VIA.len()));
    if let Some((role, way)) = way.filter(|_| least_width(text) <= columns) {
        let before = role.graphemes(true).count();
        let of_way = left_out_of_middle(way, columns - text_width(role));
        return Some(of_way.start + before..of_way.end + before);
    }
    let role = text.find(VIA).and_then(|at| text.get(..at));
    if let Some(role) = role.filter(|role| text_width(role) < columns) {
        let mut room = columns - text_width(role) - 1;
        let mut end = text.graphemes(true).count();
        for letter in text.graphemes(true).rev() {
            let Some(left) = room.checked_sub(text_width(letter)) else {
                break;
            };
            room = left;
            end -= 1;
        }
        return Some(role.graphemes(true).count()..end);
    }
    Some(left_out_of_middle(text, columns))
}

fn left_out_of_middle(text: &str, columns: usize) -> Range<usize> {
    let widths: Vec<usize> = text.graphemes(true).map(text_width).collect();
    let (mut head, mut tail) = (0, widths.len());
    let mut room = columns.saturating_sub(1);
    // One grapheme from each side in turn, for as long as one of them fits.
    let mut from_head = true;
    let mut refused = false;
    while head < tail {
        let next = if from_head {
            widths.get(head)
        } else {
            widths.get(tail - 1)
        };
        match next {
            Some(wide) if *wide <= room => {
                room -= wide;
                if from_head {
                    head += 1;
                } else {
                    tail -= 1;
                }
                refused = false;
            }
            _ if refused => break,
            _ => refused = true,
        }
        from_head = !from_head;
    }
    head..tail
}

/// A chained role without the way to it, where there is no room for more than the role; any other text as it is.
#[must_use]
pub fn without_way(text: &str, columns: usize) -> &str {
    let role = text.find(VIA).and_then(|at| text.get(..at));
    role.filter(|role| text_width(role) >= columns && text_width(text) > columns)
        .unwrap_or(text)
}

/// The text in exactly `columns` columns where it is longer: cut in the middle, with `…` there.
#[must_use]
pub fn fit_middle(text: &str, columns: usize) -> String {
    let text = without_way(text, columns);
    let Some(left_out) = left_out(text, columns) else {
        return text.to_owned();
    };
    if columns == 0 {
        return String::new();
    }
    let head: String = text.graphemes(true).take(left_out.start).collect();
    let tail: String = text.graphemes(true).skip(left_out.end).collect();
    // Where a wide character doesn't fit the mark takes its place.
    let mark = "…".repeat(
        columns
            .saturating_sub(text_width(&head) + text_width(&tail))
            .max(1),
    );
    format!("{head}{mark}{tail}")
}

/// Two names that share so many columns: the shorter one gives what it doesn't need, and each is cut in its own middle.
#[must_use]
pub fn fit_both(first: &str, second: &str, columns: usize) -> (String, String) {
    let (wide, other) = (text_width(first), text_width(second));
    let half = columns / 2;
    let room = if wide + other <= columns {
        (wide, other)
    } else if other <= half {
        (columns - other, other)
    } else if wide <= half {
        (wide, columns - wide)
    } else {
        (columns - half, half)
    };
    (fit_middle(first, room.0), fit_middle(second, room.1))
}

/// The text in exactly `columns` columns where it is longer. `ACCOUNT/PERMISSION_SET` keeps the ends of both names:
/// what tells two targets apart is often the end of the account's.
#[must_use]
pub fn fit_target(text: &str, columns: usize) -> String {
    const ENOUGH: usize = 20;
    let text = without_way(text, columns);
    let target = text.split_once('/').filter(|(_, set)| !set.contains('/'));
    let Some((account, set)) = target.filter(|_| text_width(text) > columns) else {
        return fit_middle(text, columns);
    };
    // Words in front of it stay.
    let (words, account) = account.split_at(account.rfind(' ').map_or(0, |at| at + 1));
    let room = columns.saturating_sub(text_width(words));
    if room < ENOUGH {
        return fit_middle(text, columns);
    }
    let (account, set) = fit_both(account, set, room - 1);
    format!("{words}{account}/{set}")
}

/// The text filled up with blanks to exactly `columns` columns, cut where it is longer.
#[must_use]
pub fn pad_text(text: &str, columns: usize) -> String {
    let mut out = fit_text(text, columns);
    let missing = columns.saturating_sub(text_width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// A text in lines of at most `columns` columns, broken at blanks, and inside words that are longer.
#[must_use]
pub fn wrap_text(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    let mut end = |line: &mut String, used: &mut usize| {
        line.truncate(line.trim_end().len());
        lines.push(std::mem::take(line));
        *used = 0;
    };
    for word in text.split_inclusive(' ') {
        if used >= columns && word == " " {
            // More blanks where a line ends begin no other.
            continue;
        }
        if used > 0 && used + text_width(word.trim_end()) > columns {
            end(&mut line, &mut used);
        }
        if used + text_width(word) <= columns {
            line.push_str(word);
            used += text_width(word);
            continue;
        }
        for grapheme in word.graphemes(true) {
            // A blank at the end of a line is cut.
            let wide = if grapheme == " " { 0 } else { text_width(grapheme) };
            if used > 0 && used + wide > columns {
                end(&mut line, &mut used);
            }
            line.push_str(grapheme);
            used += text_width(grapheme);
        }
    }
    end(&mut line, &mut used);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wide_characters_are_not_cut_in_two() {
        assert_eq!(fit_text("決済-本番", 5), "決済…");
        assert_eq!(fit_text("決済-本番", 4), "決…");
        assert_eq!(pad_text("決済", 6), "決済  ");
        assert_eq!(fit_text("abc", 0), "");
    }

    #[test]
    fn names_are_cut_in_the_middle() {
        assert_eq!(fit_middle("payments-production", 11), "payme…ction");
        assert_eq!(fit_middle("決済-本番-東京", 9), "決済…東京");
        assert_eq!(fit_middle("決済決済決済", 6), "決……済");
        assert_eq!(fit_middle("abc", 3), "abc");
        assert_eq!(fit_middle("abc", 1), "…");
        assert_eq!(fit_middle("abc", 0), "");
    }

    #[test]
    fn targets_keep_the_ends_of_both_names() {
        let first = "acme-payments-production-00001/ReadOnlyAccess";
        assert_eq!(fit_target(first, 45), first);
        assert_eq!(fit_target(first, 30), "acme-pa…n-00001/ReadOnlyAccess");
        assert_eq!(fit_target(first, 24), "acme-p…00001/ReadO…ccess");
        assert_eq!(
            fit_target(&format!("Console: {first}"), 33),
            "Console: acme-p…00001/ReadO…ccess"
        );
        let page = "https://a.example/some/long/page";
        assert_eq!(fit_target(page, 20), fit_middle(page, 20));
    }

    #[test]
    fn the_way_to_a_chained_role_is_cut_before_the_role() {
        let role = "IncidentResponse via security-tooling/AdministratorAccess";
        assert_eq!(least_width(role), 21 + LEAST_WAY);
        assert_eq!(fit_middle(role, 40), "IncidentResponse via security-…torAccess");
        assert_eq!(fit_middle(role, 33), "IncidentResponse via securi…ccess");
        assert_eq!(fit_middle(role, 20), "IncidentResponse…ess");
        assert_eq!(fit_middle(role, 17), "IncidentResponse…");
        assert_eq!(fit_middle(role, 16), "IncidentResponse");
        assert_eq!(fit_middle(role, 11), "Incid…ponse");
        assert_eq!(
            fit_target(&format!("payments-production-eu/{role}"), 30),
            "payment…tion-eu/Inciden…sponse"
        );
        assert_eq!((least_width("A via b/C"), least_width("ReadOnlyAccess")), (9, 14));
    }

    #[test]
    fn lines_are_broken_at_blanks_and_inside_words_that_are_longer() {
        assert_eq!(wrap_text("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap_text("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap_text("漢字 漢字漢", 4), ["漢字", "漢字", "漢"]);
        assert_eq!(wrap_text("", 4), [""]);
    }

    proptest! {
        #[test]
        fn lines_fit_and_lose_no_letter(text in "([a-z漢é👍 ]|e\u{301}){0,60}", columns in 1_usize..20) {
            let lines = wrap_text(&text, columns);
            for line in &lines {
                prop_assert!(line.width() <= columns || line.graphemes(true).count() == 1, "{lines:?}");
                prop_assert_eq!(line.trim_end(), line);
            }
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }

        #[test]
        fn width_of_plain_text_is_what_the_library_says(text in "\\PC{0,40}|[ -~]{0,40}") {
            prop_assert_eq!(text_width(&text), text.width());
        }

        #[test]
        fn a_cut_target_is_exact(text in "[a-z決]{1,40}/[a-z]{1,40}", columns in 0usize..90) {
            let cut = fit_target(&text, columns);
            prop_assert_eq!(text_width(&cut), text_width(&text).min(columns));
        }

        #[test]
        fn a_middle_cut_is_exact_and_keeps_both_ends(text in "[a-z決済é👩]{1,60}", columns in 5usize..40) {
            let cut = fit_middle(&text, columns);
            if text_width(&text) > columns {
                prop_assert_eq!(text_width(&cut), columns);
                prop_assert_eq!(cut.graphemes(true).next(), text.graphemes(true).next());
                prop_assert_eq!(cut.graphemes(true).next_back(), text.graphemes(true).next_back());
            } else {
                prop_assert_eq!(cut, text);
            }
        }

        #[test]
        fn padding_is_exact(text in "\\PC{0,40}", columns in 0usize..40) {
            prop_assert_eq!(text_width(&pad_text(&text, columns)), columns);
        }
    }
}
