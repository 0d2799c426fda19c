//! The list of targets.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::columns::Columns;
use super::write;
use crate::domain::history::TargetKey;
use crate::domain::search::Marks;
use crate::domain::span::human;
use crate::domain::text::shown;
use crate::tui::browse::Row;
use crate::tui::keymap::Action;
use crate::tui::model::{Model, Sync};
use crate::tui::progress;
use crate::tui::theme::Theme;

pub(super) fn draw(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    if model.browse.counts().0 == 0 {
        return empty(frame, model, area);
    }
    let columns = columns(model, area);
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
    let (set, set_style) = permission_set(row, theme);
    let time = time_left(model, key.as_ref());
    let fields = columns.fields(&shown(&row.account().name), &shown(set), &time);
    let mut pieces: Vec<(String, Style)> = vec![
        (if here { "▌" } else { " " }.to_owned(), theme.accent),
        (star.0.to_owned(), on(star.1)),
    ];
    if fields.gutter_blank {
        pieces.push((" ".to_owned(), on(theme.text)));
    }
    let mut field = |text: &str, marks: &[usize], width: usize, style: Style| {
        pieces.extend(write::marked(text, marks, width, on(style), on(theme.matched)));
        pieces.push((" ".repeat(fields.gap), on(theme.text)));
    };
    field(&row.account().name, &marks.account_name, fields.name, theme.text);
    if fields.id {
        let id = row.account().id.as_str();
        field(id, &marks.account_id, id.len(), theme.dim);
    }
    field(set, &marks.permission_set, fields.permission_set, set_style);
    pieces.pop();
    if fields.time > 0 {
        pieces.push((format!(" {time:>width$}", width = fields.time), on(theme.good)));
    }
    let pieces: Vec<(&str, Style)> = pieces.iter().map(|(t, s)| (t.as_str(), *s)).collect();
    write::line(frame, area, &pieces);
}

/// The columns of the list; the last one is the scroll mark's where there is one.
fn columns(model: &Model, area: Rect) -> Columns {
    let (_, height, rows) = model.browse.window();
    let mark = u16::from(rows > height);
    Columns::of(
        usize::from(area.width.saturating_sub(mark)),
        model.browse.widths(),
    )
}

/// The permission set, or why there is none.
fn permission_set<'r>(row: &'r Row, theme: &Theme) -> (&'r str, Style) {
    match row.permission_set() {
        Some(set) => (set.as_str(), theme.text),
        None if row.problem().is_some() => ("could not be listed", theme.warning),
        None => ("not listed yet", theme.dim),
    }
}

fn time_left(model: &Model, key: Option<&TargetKey>) -> String {
    key.and_then(|key| model.expiry(key))
        .map(|until| human(until.as_second() - model.now.as_second()))
        .unwrap_or_default()
}

/// The target under the cursor as it is written in full, where its row is cut.
pub(super) fn cut_target(model: &Model, area: Rect) -> Option<String> {
    let row = model.browse.current()?;
    let set = row.permission_set()?;
    let time = time_left(model, row.key().as_ref());
    let name = &row.account().name;
    let fields = columns(model, area).fields(&shown(name), &shown(set.as_str()), &time);
    fields.is_cut.then(|| format!("{name}/{}", set.as_str()))
}

/// Where the window stands in a list that is longer than the screen.
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
            Sync::Running { .. } => "listing your accounts …".to_owned(),
            Sync::Failed => format!("your accounts could not be listed · {refresh} tries again"),
            Sync::Idle if model.is_signed_in() => "no account is assigned to you".to_owned(),
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
