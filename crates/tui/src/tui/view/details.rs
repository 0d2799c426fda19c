//! The details of the row under the cursor: beside the list, below it, or over it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::write;
use crate::tui::drawing::theme::Theme;
use crate::tui::model::Model;
use crate::tui::screens::details;
use crate::tui::screens::details::{Arrangement, Ink, Line};

/// Draws them beside or below the list. Where there are more lines than rows, the last row says so.
pub(super) fn draw_details(frame: &mut Frame<'_>, model: &Model, area: Rect, arrangement: Arrangement) {
    let lines = details::detail_lines(model, usize::from(area.width), arrangement);
    let rows = usize::from(area.height);
    let shown = if lines.len() > rows {
        rows.saturating_sub(1)
    } else {
        rows
    };
    draw_lines(frame, model, area, lines.iter().take(shown));
    if lines.len() > rows {
        let last = write::row_below(area, area.height.saturating_sub(1));
        write::write_line(frame, last, &[("…", model.options.theme.dim)]);
    }
}

pub(super) fn draw_lines<'l>(
    frame: &mut Frame<'_>,
    model: &Model,
    area: Rect,
    lines: impl Iterator<Item = &'l Line>,
) {
    let theme = &model.options.theme;
    for (down, line) in (0..area.height).zip(lines) {
        let pieces: Vec<(&str, Style)> = line
            .iter()
            .map(|(text, ink)| (text.as_str(), ink_style(theme, *ink)))
            .collect();
        write::write_line(frame, write::row_below(area, down), &pieces);
    }
}

fn ink_style(theme: &Theme, ink: Ink) -> Style {
    match ink {
        Ink::Title => theme.title,
        Ink::Account(color) => theme.title.patch(theme.account(color)),
        Ink::Text => theme.text,
        Ink::Dim => theme.dim,
        Ink::Good => theme.good,
        Ink::Warning => theme.warning,
        Ink::Production => theme.error,
    }
}
