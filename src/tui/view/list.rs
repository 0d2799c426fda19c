//! The list of targets.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::write;
use crate::domain::search::Marks;
use crate::tui::browse::Row;
use crate::tui::columns::{self, Columns};
use crate::tui::keymap::Action;
use crate::tui::model::{Model, Sync};
use crate::tui::progress;

pub(super) fn draw(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    if model.browse.counts().0 == 0 {
        return empty(frame, model, area);
    }
    let columns = Columns::of(model, area.width);
    for (down, (row, marks, here)) in (0..area.height).zip(model.browse.visible()) {
        line(frame, model, write::row(area, down), &columns, (row, marks, here));
    }
    scroll_mark(frame, model, area);
}

fn line(
    frame: &mut Frame<'_>,
    model: &Model,
    area: Rect,
    columns: &Columns,
    (row, marks, here): (&Row, &Marks, bool),
) {
    let theme = &model.options.theme;
    let on = |style: Style| if here { theme.under_cursor(style) } else { style };
    let key = row.key();
    let star = if row.problem().is_some() {
        ("!", theme.warning)
    } else if key.as_ref().is_some_and(|key| model.history.is_favourite(key)) {
        ("★", theme.favourite)
    } else if let (Some(place), Some(key)) = (&model.place, &key)
        && place.new_since(key).is_some()
    {
        ("+", theme.good)
    } else {
        (" ", theme.text)
    };
    let set_style = match (row.permission_set(), row.problem()) {
        (Some(_), _) => theme.text,
        (None, Some(_)) => theme.warning,
        (None, None) => theme.dim,
    };
    let mut pieces: Vec<(String, Style)> = vec![
        (if here { "▌" } else { " " }.to_owned(), theme.accent),
        (star.0.to_owned(), on(star.1)),
        (" ".to_owned(), on(theme.text)),
    ];
    let mut field = |text: &str, marks: &[usize], width: usize, style: Style| {
        pieces.extend(write::marked(text, marks, width, on(style), on(theme.matched)));
        pieces.push((" ".repeat(columns.gap), on(theme.text)));
    };
    field(&row.account().name, &marks.account_name, columns.name, theme.text);
    if columns.id {
        let id = row.account().id.as_str();
        field(id, &marks.account_id, id.len(), theme.dim);
    }
    field(
        row.in_second_column(),
        &marks.permission_set,
        columns.permission_set,
        set_style,
    );
    pieces.pop();
    if columns.time > 0 {
        let time = columns::time_left(model, row);
        pieces.push((format!(" {time:>width$}", width = columns.time), on(theme.good)));
    }
    let pieces: Vec<(&str, Style)> = pieces.iter().map(|(t, s)| (t.as_str(), *s)).collect();
    write::line(frame, area, &pieces);
}

/// The target under the cursor as it is written in full, where its row is cut.
pub(super) fn cut_target(model: &Model, area: Rect) -> Option<String> {
    let row = model.browse.current()?;
    let set = row.permission_set()?;
    let is_cut = Columns::of(model, area.width).cuts(row);
    is_cut.then(|| format!("{}/{}", row.account().name, set.as_str()))
}

/// The position of the window in a list that is longer than the screen.
fn scroll_mark(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let (offset, height, len) = model.browse.window();
    if len <= height || area.height == 0 {
        return;
    }
    let rows = usize::from(area.height);
    let size = (rows * height / len).max(1);
    let start = (rows - size) * offset / (len - height).max(1);
    for down in start..start + size {
        if let Ok(down) = u16::try_from(down) {
            let (x, y) = (area.right().saturating_sub(1), area.y + down.min(area.height - 1));
            write::line(frame, Rect::new(x, y, 1, 1), &[("▐", model.options.theme.dim)]);
        }
    }
}

/// What stands there in place of a list.
fn empty(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let theme = &model.options.theme;
    let refresh = model.keymap.key_for(Action::Refresh);
    let text = match &model.place {
        _ if !model.browse.query.is_empty() => progress::no_match(model),
        Some(place) if place.known => match place.sync {
            Sync::Running { .. } => "loading your accounts …".to_owned(),
            Sync::Failed => format!("failed to load your accounts · {refresh} tries again"),
            Sync::Idle if model.is_signed_in() => "no accounts are assigned to you".to_owned(),
            Sync::Idle => {
                let sign_in = model.keymap.key_for(Action::SignIn);
                format!("not signed in · {sign_in} signs in")
            }
        },
        _ => String::new(),
    };
    let mut inner = area;
    inner.x += 3;
    inner.width = inner.width.saturating_sub(4);
    write::text(frame, inner, 1, &text, theme.dim);
}
