//! Writing text into cells: cleaned, cut, padded, marked, wrapped. Knows columns, not meanings.
//!
//! The view's only way to the cells. Foreign text was cleaned where it entered; it is looked at here
//! once more, so that a place that forgot it shows `�` and nothing else.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{Block, BorderType, Clear, Widget as _};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::text::{self, fit_text, text_width};

pub(super) use crate::domain::text::sanitize_line;
use crate::tui::drawing::theme::Theme;
use crate::tui::input::text_input::TextInput;

/// Columns and rows of the screen.
pub(super) fn screen_size(frame: &Frame<'_>) -> (u16, u16) {
    (frame.area().width, frame.area().height)
}

/// Writes styled pieces on the first line of an area, cut at its end. Answers the columns taken.
pub(super) fn write_line(frame: &mut Frame<'_>, area: Rect, pieces: &[(&str, Style)]) -> u16 {
    let mut taken = 0;
    for (text, style) in pieces {
        let room = area.width.saturating_sub(taken);
        let text = fit_text(&sanitize_line(text), usize::from(room));
        if area.height > 0 && room > 0 {
            let (start, buffer) = (area.x + taken, frame.buffer_mut());
            let (end, _) = buffer.set_stringn(start, area.y, &text, usize::from(room), *style);
            if style.add_modifier.contains(Modifier::UNDERLINED) {
                // A line below words, not below the blanks between them.
                for x in start..end {
                    if let Some(cell) = buffer.cell_mut((x, area.y)).filter(|cell| cell.symbol() == " ") {
                        cell.modifier.remove(Modifier::UNDERLINED);
                    }
                }
            }
        }
        taken += u16::try_from(text_width(&text)).unwrap_or(room).min(room);
    }
    taken
}

/// The line `down` rows below the top of an area; of no height where that is outside.
pub(super) fn row_below(area: Rect, down: u16) -> Rect {
    if down < area.height {
        Rect::new(area.x, area.y + down, area.width, 1)
    } else {
        Rect::new(area.x, area.y, area.width, 0)
    }
}

/// Pieces of exactly `columns` columns of a clean text, the marked graphemes in another style. A name that is longer is
/// cut in the middle. [`write_line`] has the last look at what is written.
pub(super) fn mark_letters(
    text: &str,
    marks: &[usize],
    columns: usize,
    plain: Style,
    matched: Style,
) -> Vec<(String, Style)> {
    let shown = text::without_way(text, columns);
    let left_out = text::left_out(shown, columns);
    let cut = text::fit_middle(shown, columns);
    let mut pieces: Vec<(String, Style)> = Vec::new();
    let mut push = |text: &str, style| match pieces.last_mut() {
        Some((piece, last)) if *last == style => piece.push_str(text),
        _ => pieces.push((text.to_owned(), style)),
    };
    // Where a grapheme of the cut text is in the whole one.
    let (kept, gone) = left_out.map_or((usize::MAX, 0), |range| (range.start, range.len()));
    let marks_cut = (cut.graphemes(true).count() + gone).saturating_sub(shown.graphemes(true).count());
    for (at, grapheme) in cut.graphemes(true).enumerate() {
        let original = if at < kept {
            Some(at)
        } else {
            (at + gone).checked_sub(marks_cut)
        };
        let is_mark = at >= kept && at < kept + marks_cut;
        let is_matched = !is_mark && original.is_some_and(|at| marks.contains(&at));
        push(grapheme, if is_matched { matched } else { plain });
    }
    let missing = columns.saturating_sub(text_width(&cut));
    if missing > 0 {
        push(&" ".repeat(missing), plain);
    }
    pieces
}

/// A text in lines of at most `columns` columns.
pub(super) fn wrap_text(text: &str, columns: usize) -> Vec<String> {
    text::wrap_text(&sanitize_line(text), columns)
}

/// A text in exactly `columns` columns; a longer one is cut in the middle.
pub(super) fn fit_exactly(text: &str, columns: usize) -> String {
    text::pad_text(&fit_name(text, columns), columns)
}

/// A name in at most `columns` columns; a longer one is cut in the middle, a target in the middles of both names.
pub(super) fn fit_name(text: &str, columns: usize) -> String {
    text::fit_target(&sanitize_line(text), columns)
}

/// The end of a text that takes at most `columns`.
pub(super) fn tail_of(text: &str, columns: usize) -> &str {
    let mut rest = text;
    while text_width(rest) > columns {
        let mut letters = rest.chars();
        letters.next();
        rest = letters.as_str();
    }
    rest
}

/// Puts the terminal's own cursor on the first line of an area, so many columns from its left: input methods and
/// screen readers follow it.
pub(super) fn place_cursor(frame: &mut Frame<'_>, area: Rect, columns: usize) {
    let right = u16::try_from(columns).unwrap_or(area.width);
    if area.height > 0 && area.width > 0 {
        frame.set_cursor_position((area.x + right.min(area.width - 1), area.y));
    }
}

/// A line that one types into, with what stands there while it is empty.
pub(super) fn draw_input(frame: &mut Frame<'_>, area: Rect, theme: &Theme, input: &TextInput, hint: &str) {
    let (before, after) = input.halves();
    // The cursor stays in sight: what doesn't fit is cut at the beginning.
    let before = tail_of(before, usize::from(area.width).saturating_sub(4));
    let hint = if input.is_empty() { hint } else { "" };
    let pieces = [
        ("› ", theme.accent),
        (before, theme.text),
        (after, theme.text),
        (hint, theme.dim),
    ];
    write_line(frame, area, &pieces);
    place_cursor(frame, area, 2 + text_width(before));
}

/// Empties an area.
pub(super) fn clear_area(frame: &mut Frame<'_>, area: Rect) {
    Clear.render(area, frame.buffer_mut());
}

/// An empty box with a title, which is cut where it is too long.
pub(super) fn draw_bordered(frame: &mut Frame<'_>, area: Rect, border: Style, title: &str, style: Style) {
    clear_area(frame, area);
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border)
        .render(area, frame.buffer_mut());
    let top = Rect::new(area.x + 1, area.y, area.width.saturating_sub(2), 1);
    let title = fit_name(title, usize::from(top.width).saturating_sub(2));
    write_line(frame, top, &[(&format!(" {title} "), style)]);
}

/// Writes wrapped text from a line of an area on; answers the line after it.
pub(super) fn write_text(frame: &mut Frame<'_>, area: Rect, mut down: u16, text: &str, style: Style) -> u16 {
    for part in wrap_text(text, usize::from(area.width)) {
        write_line(frame, row_below(area, down), &[(&part, style)]);
        down += 1;
    }
    down
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_and_long_ones_break() {
        assert_eq!(wrap_text("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap_text("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap_text("決済 本番", 4), ["決済", "本番"]);
        assert_eq!(wrap_text("", 4), [""]);
    }

    #[test]
    fn marks_keep_the_width() {
        let (a, b) = (Style::new(), Style::new().bold());
        let pieces = mark_letters("決済-本番", &[0, 2], 12, a, b);
        let total: usize = pieces.iter().map(|(t, _)| text_width(t)).sum();
        assert_eq!(total, 12);
        assert_eq!(pieces.first(), Some(&("決".to_owned(), b)));
        let cut: String = mark_letters("決済-本番", &[], 4, a, b)
            .into_iter()
            .map(|(t, _)| t)
            .collect();
        assert_eq!(text_width(&cut), 4);
    }
}
