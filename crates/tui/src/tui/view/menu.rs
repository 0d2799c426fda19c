//! A list to type into: its query, the entries that match, and below them what the one under the cursor is about.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::overlay::{boxed_in, scroll_sign};
use super::write::{self, fit_exactly};
use crate::domain::text::{fit_text, text_width};
use crate::tui::entries;
use crate::tui::model::{Model, PendingAction};
use crate::tui::screens::menu::{Choice, Entry, Line, Menu, MenuOf, menu_lines};

/// Columns inside the box, at the least and at the most.
const COLUMNS: (usize, usize) = (46, 76);
/// The widest label that has something behind it.
const MOST_LABEL: usize = 48;
/// Rows below the entries that stay in sight where there is room for some entries, too.
const PREVIEW: u16 = 5;
/// Rows of entries that come before a preview.
const ENTRIES: u16 = 4;

pub(super) fn draw_menu(frame: &mut Frame<'_>, model: &Model, menu: &Menu) {
    let all = entries::menu_entries(model, &menu.of);
    let title = entries::menu_title(model, &menu.of);
    let labels = label_columns(all.iter());
    let columns = all
        .iter()
        .map(|entry| columns_of(entry, labels))
        .max()
        .unwrap_or_default();
    let columns = columns.max(text_width(&title) + 2).clamp(COLUMNS.0, COLUMNS.1);
    // As high as all entries need, so that typing moves nothing.
    let rows = 1 + menu_lines(&all, true).len();
    let shown = menu.matching(all);
    let below = lines_below(model, menu, &shown, columns);
    let wanted = (rows + below.len()).min(most_rows(frame.area().height));
    let theme = &model.options.theme;
    let styles = (border_style(model, menu), theme.title);
    let inside = boxed_in(frame, model, &title, styles, columns, wanted);
    write::draw_input(
        frame,
        write::row_below(inside, 0),
        theme,
        &menu.query,
        "type to filter",
    );
    let room = inside.height.saturating_sub(1);
    let below_rows = below_rows(menu, below.len(), rows - 1, room);
    let list = Rect {
        y: inside.y + 1,
        height: room - below_rows,
        ..inside
    };
    if shown.is_empty() {
        let words = format!("no match for “{}”", menu.query.text());
        write::write_line(
            frame,
            write::row_below(list, 0),
            &[(&words, model.options.theme.dim)],
        );
    }
    let lines = menu_lines(&shown, menu.query.is_empty());
    draw_entries(frame, model, list, &lines, menu.cursor);
    for (down, text) in (room - below_rows + 1..=room).zip(&below) {
        write::write_line(
            frame,
            write::row_below(inside, down),
            &[(text, model.options.theme.dim)],
        );
    }
    scroll_sign(frame, model, inside, lines.len() > usize::from(list.height));
}

/// Red around what acts on production.
fn border_style(model: &Model, menu: &Menu) -> Style {
    let theme = &model.options.theme;
    if entries::is_of_production(model, &menu.of) {
        theme.error
    } else {
        theme.rule
    }
}

/// The most rows inside the box: on a high screen some of the list stays in sight.
fn most_rows(height: u16) -> usize {
    const WHOLE: usize = 18;
    usize::from(height)
        .saturating_sub(3)
        .min(WHOLE.max(usize::from(height) * 3 / 4))
}

/// How many rows the words below the entries take. What a key does stays in sight; a preview leaves room for some
/// entries first.
fn below_rows(menu: &Menu, below: usize, entries: usize, room: u16) -> u16 {
    let below = u16::try_from(below).unwrap_or(u16::MAX);
    let kept = match menu.of {
        MenuOf::Formats(_) => 1,
        _ => 0,
    };
    let entries = u16::try_from(entries).unwrap_or(u16::MAX);
    let beside = room.saturating_sub(entries);
    let least = PREVIEW.min(room.saturating_sub(ENTRIES)).max(kept);
    below.min(beside.max(least)).min(room.saturating_sub(1))
}

/// The columns of the labels that have something behind them, in line. One that leaves no room for that stands alone.
fn label_columns<'e>(entries: impl Iterator<Item = &'e Entry>) -> usize {
    let with_detail = entries.filter(|entry| !entry.detail.is_empty());
    let widths = with_detail.map(|entry| text_width(&entry.label));
    widths
        .filter(|wide| *wide <= MOST_LABEL)
        .max()
        .unwrap_or_default()
}

/// The columns that an entry needs: its label, what stands behind it, and blanks around them.
fn columns_of(entry: &Entry, labels: usize) -> usize {
    let right = entry.refused.as_ref().unwrap_or(&entry.keys);
    let gap = |text: &str| if text.is_empty() { 0 } else { text_width(text) + 2 };
    let own = text_width(&entry.label);
    let label = if entry.detail.is_empty() {
        own
    } else {
        labels.max(own)
    };
    2 + label + gap(&entry.detail) + gap(right)
}

fn draw_entries(frame: &mut Frame<'_>, model: &Model, list: Rect, lines: &[Line<'_>], cursor: usize) {
    let theme = &model.options.theme;
    let height = usize::from(list.height);
    let is_here = |line: &Line<'_>| matches!(line, Line::Entry(at, _) if *at == cursor);
    let here = lines.iter().position(is_here).unwrap_or_default();
    let labels = label_columns(lines.iter().filter_map(|line| match line {
        Line::Entry(_, entry) => Some(*entry),
        Line::Heading(_) => None,
    }));
    // The cursor in the middle, where there is more on both sides.
    let first = here
        .saturating_sub(height / 2)
        .min(lines.len().saturating_sub(height));
    for (down, line) in (0..list.height).zip(lines.iter().skip(first)) {
        let row = write::row_below(list, down);
        match line {
            Line::Heading(words) => write::write_line(frame, row, &[(words, theme.accent)]),
            Line::Entry(at, entry) => draw_entry(frame, model, row, entry, labels, *at == cursor),
        };
    }
}

/// One entry, its label as wide as `labels` where more stands behind it.
fn draw_entry(
    frame: &mut Frame<'_>,
    model: &Model,
    row: Rect,
    entry: &Entry,
    labels: usize,
    here: bool,
) -> u16 {
    let theme = &model.options.theme;
    let on = |style: Style| if here { theme.under_cursor(style) } else { style };
    let columns = usize::from(row.width).saturating_sub(2);
    let right = entry.refused.as_ref().unwrap_or(&entry.keys);
    let label_style = if entry.refused.is_some() {
        theme.dim
    } else {
        theme.text
    };
    // The key or the reason, then the label, then the rest.
    let right = fit_text(&write::sanitize_line(right), columns / 2);
    let gap = if right.is_empty() {
        0
    } else {
        text_width(&right) + 2
    };
    let room = columns.saturating_sub(gap);
    let mut label = write::fit_name(&entry.label, room);
    if !entry.detail.is_empty() {
        label = fit_exactly(&label, labels.max(text_width(&label)).min(room));
    }
    let between = columns.saturating_sub(text_width(&label) + text_width(&right));
    let detail = if entry.detail.is_empty() || between < 8 {
        fit_exactly("", between)
    } else {
        fit_exactly(
            &format!(
                "  {}",
                fit_text(&write::sanitize_line(&entry.detail), between - 2 - gap.min(2))
            ),
            between,
        )
    };
    write::write_line(
        frame,
        row,
        &[
            (" ", on(theme.text)),
            (&label, on(label_style)),
            (&detail, on(theme.dim)),
            (&right, on(theme.dim)),
            (" ", on(theme.text)),
        ],
    )
}

/// What stands below the entries: for an export, what keys do and what it would print.
fn lines_below(model: &Model, menu: &Menu, shown: &[Entry], columns: usize) -> Vec<String> {
    let MenuOf::Formats(target) = &menu.of else {
        return Vec::new();
    };
    let mut below = write::wrap_text("Enter prints and quits · ^Y copies", columns);
    if let Some(Entry {
        choice: Choice::Act(PendingAction::Print(_, format)),
        ..
    }) = shown.get(menu.cursor)
    {
        below.extend(
            entries::preview_export(model, target, *format)
                .into_iter()
                .map(|line| fit_text(&line, columns)),
        );
    }
    below
}
