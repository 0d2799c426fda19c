//! The list of targets.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::write;
use crate::domain::search::Marks;
use crate::domain::span::human;
use crate::tui::browse::Row;
use crate::tui::keymap::Action;
use crate::tui::model::{Model, Sync};

/// Columns of the time that credentials have left, a blank in front.
const TIME: usize = 9;
const ID: usize = 12;

/// How the columns share a line.
struct Columns {
    name: usize,
    id: bool,
    permission_set: usize,
    time: bool,
}

impl Columns {
    fn of(width: u16) -> Self {
        let width = usize::from(width);
        let id = width >= 60;
        let time = width >= 48;
        let fixed = 3 + 2 + if id { ID + 2 } else { 0 } + if time { TIME + 1 } else { 1 };
        let free = width.saturating_sub(fixed);
        let name = free / 2;
        Self {
            name,
            id,
            permission_set: free - name,
            time,
        }
    }
}

pub(super) fn draw(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    if model.browse.counts().0 == 0 {
        return empty(frame, model, area);
    }
    let columns = Columns::of(area.width.saturating_sub(1));
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
    let mut pieces: Vec<(String, Style)> = vec![
        (if here { "▌" } else { " " }.to_owned(), theme.accent),
        (star.0.to_owned(), on(star.1)),
        (" ".to_owned(), on(theme.text)),
    ];
    let mut field = |text: &str, marks: &[usize], width: usize, style: Style| {
        pieces.extend(write::marked(text, marks, width, on(style), on(theme.matched)));
        pieces.push(("  ".to_owned(), on(theme.text)));
    };
    field(&row.account().name, &marks.account_name, columns.name, theme.text);
    if columns.id {
        field(row.account().id.as_str(), &marks.account_id, ID, theme.dim);
    }
    if let Some(permission_set) = row.permission_set() {
        field(
            permission_set.as_str(),
            &marks.permission_set,
            columns.permission_set,
            theme.text,
        );
    } else if row.problem().is_some() {
        field("could not be listed", &[], columns.permission_set, theme.warning);
    } else {
        field("not listed yet", &[], columns.permission_set, theme.dim);
    }
    pieces.pop();
    if columns.time {
        let left = key
            .and_then(|key| model.expiry(&key))
            .map(|until| human(until.as_second() - model.now.as_second()))
            .unwrap_or_default();
        pieces.push((format!(" {left:>TIME$}"), on(theme.good)));
    }
    let pieces: Vec<(&str, Style)> = pieces.iter().map(|(t, s)| (t.as_str(), *s)).collect();
    write::line(frame, area, &pieces);
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
    let clear = model.keymap.key_for(Action::Clear);
    let refresh = model.keymap.key_for(Action::Refresh);
    let text = match &model.place {
        _ if !model.browse.query.is_empty() => {
            format!(
                "nothing matches “{}” · {clear} clears the search",
                model.browse.query.text()
            )
        }
        Some(place) if place.known => match place.sync {
            Sync::Running { .. } => "listing your accounts …".to_owned(),
            Sync::Failed => format!("your accounts could not be listed · {refresh} tries again"),
            Sync::Idle if model.is_signed_in() => "no account is assigned to you".to_owned(),
            Sync::Idle => String::new(),
        },
        _ => String::new(),
    };
    let mut inner = area;
    inner.x += 3;
    inner.width = inner.width.saturating_sub(4);
    write::text(frame, inner, 1, &text, theme.dim);
}
