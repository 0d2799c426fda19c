//! The list of targets.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::write;
use crate::domain::PermissionSetName;
use crate::domain::text;
use crate::tui::browse::{Focus, LineKind, Section, VisibleLine};
use crate::tui::drawing::columns;
use crate::tui::drawing::columns::{Columns, Fit, INDENT};
use crate::tui::drawing::fields::{Fields, Sign};
use crate::tui::model::Model;
use crate::tui::progress;

pub(super) fn draw_list(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    if model.browse.counts().0 == 0 {
        return draw_empty(frame, model, area);
    }
    let columns = Columns::of(model, area.width);
    let mut inner = area;
    inner.width = u16::try_from(columns::list_columns(model, area.width)).unwrap_or(area.width);
    for (down, line) in (0..area.height).zip(model.browse.visible()) {
        let place = write::row_below(inner, down);
        match line.kind {
            LineKind::Blank => {}
            LineKind::Heading(section) => draw_heading(frame, model, place, section),
            _ => {
                let Some(fields) = Fields::of(model, line, columns.is_short) else {
                    continue;
                };
                let row = Row {
                    model,
                    line,
                    fields: &fields,
                };
                row.draw(frame, place, &columns);
                if line.is_current && model.browse.focus() == Focus::Line {
                    write::place_cursor(frame, place, 0);
                }
            }
        }
    }
    scroll_mark(frame, model, area);
}

fn draw_heading(frame: &mut Frame<'_>, model: &Model, area: Rect, section: Section) {
    let theme = &model.options.theme;
    write::write_line(
        frame,
        area,
        &[(" ", theme.text), (section.title(), theme.heading)],
    );
}

/// A line with a row, as it is drawn.
struct Row<'m> {
    model: &'m Model,
    line: &'m VisibleLine,
    fields: &'m Fields,
}

impl Row<'_> {
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, columns: &Columns) {
        let width = usize::from(area.width);
        let mut pieces = self.gutter();
        match columns.fit(self.fields, width) {
            Fit::Columns => self.in_columns(&mut pieces, columns),
            Fit::Line { name, second } => self.on_line(&mut pieces, columns, name, second, width),
        }
        let pieces: Vec<(&str, Style)> = pieces.iter().map(|(t, s)| (t.as_str(), *s)).collect();
        write::write_line(frame, area, &pieces);
    }

    /// A style as it is on this line.
    fn on(&self, style: Style) -> Style {
        if self.line.is_current {
            self.model.options.theme.under_cursor(style)
        } else {
            style
        }
    }

    fn blanks(&self, number: usize) -> Piece {
        (" ".repeat(number), self.on(self.model.options.theme.text))
    }

    fn gutter(&self) -> Vec<Piece> {
        let theme = &self.model.options.theme;
        let sign = match self.fields.sign {
            Sign::None | Sign::Hidden | Sign::Folded | Sign::Unfolded => theme.dim,
            Sign::Favourite => theme.favourite,
            Sign::Marked => theme.accent,
            Sign::New => theme.good,
            Sign::Problem => theme.warning,
        };
        let cursor = if self.line.is_current { "▌" } else { " " };
        let danger = if self.fields.word.is_empty() {
            theme.accent
        } else {
            theme.production
        };
        let mut pieces = vec![(cursor.to_owned(), danger)];
        if self.fields.is_child {
            pieces.push(self.blanks(INDENT));
        }
        pieces.push((self.fields.sign.as_str().to_owned(), self.on(sign)));
        pieces.push(self.blanks(1));
        pieces
    }

    /// A text of exactly so many columns, its matched letters marked.
    fn field(&self, pieces: &mut Vec<Piece>, text: &str, marks: &[usize], columns: usize, style: Style) {
        let matched = self.on(self.model.options.theme.matched);
        pieces.extend(write::mark_letters(text, marks, columns, self.on(style), matched));
    }

    fn name(&self, pieces: &mut Vec<Piece>, columns: usize) {
        let theme = &self.model.options.theme;
        let style = if self.line.kind == LineKind::Repeated || self.fields.sign == Sign::Hidden {
            theme.dim
        } else {
            self.fields.color.map_or(theme.text, |color| theme.account(color))
        };
        let marks = &self.fields.marks;
        self.field(pieces, &self.fields.name, marks, columns, style);
    }

    fn second(&self, pieces: &mut Vec<Piece>, columns: usize) {
        let theme = &self.model.options.theme;
        let style = if self.fields.sign == Sign::Hidden {
            theme.dim
        } else if !self.fields.is_summary {
            theme.text
        } else if self.line.row.as_ref().is_some_and(|row| row.problem().is_some()) {
            theme.warning
        } else {
            theme.dim
        };
        let marks = &self.line.marks.permission_set;
        self.field(pieces, &self.fields.second, marks, columns, style);
    }

    fn in_columns(&self, pieces: &mut Vec<Piece>, columns: &Columns) {
        let theme = &self.model.options.theme;
        let gap = columns.gap;
        if self.fields.is_child {
            self.name(pieces, columns.name + gap + columns.second - INDENT);
        } else {
            self.name(pieces, columns.name);
            pieces.push(self.blanks(gap));
            self.second(pieces, columns.second);
        }
        let (fields, marks) = (self.fields, &self.line.marks);
        for (text, width, style, marks) in [
            (fields.word, columns.word, theme.production, [].as_slice()),
            (
                &fields.session,
                columns.session,
                theme.dim,
                marks.session.as_slice(),
            ),
            (&fields.id, columns.id, theme.dim, marks.account_id.as_slice()),
            (&fields.email, columns.email, theme.dim, marks.email.as_slice()),
            (&fields.used, columns.used, theme.dim, &[]),
            (&fields.tags, columns.tags, theme.dim, marks.tags.as_slice()),
        ] {
            if width > 0 {
                pieces.push(self.blanks(gap));
                self.field(pieces, text, marks, width, style);
            }
        }
        pieces.push(self.blanks(columns.spare));
        let is_said = columns.used > 0 && fields.time_is_age;
        let time = if is_said { "" } else { &fields.time };
        for (text, width, style) in [
            (time, columns.time, self.time_style()),
            (fields.number.as_str(), columns.number, theme.dim),
        ] {
            if width > 0 {
                pieces.push(self.blanks(gap + width - text::text_width(text)));
                pieces.push((text.to_owned(), self.on(style)));
            }
        }
    }

    /// The row that doesn't fit the columns: one blank between its fields, and none to spare where it is cut.
    fn on_line(&self, pieces: &mut Vec<Piece>, columns: &Columns, name: usize, second: usize, width: usize) {
        let theme = &self.model.options.theme;
        self.name(pieces, name);
        if second > 0 {
            pieces.push(self.blanks(1));
            self.second(pieces, second);
        }
        let tail: Vec<(&str, Style)> = [
            (self.fields.word, columns.word, theme.production),
            (self.fields.time.as_str(), columns.time, self.time_style()),
        ]
        .into_iter()
        .filter(|(text, column, _)| *column > 0 && !text.is_empty())
        .map(|(text, _, style)| (text, style))
        .collect();
        let taken: usize = pieces.iter().map(|(text, _)| text::text_width(text)).sum();
        let wanted: usize = tail.iter().map(|(text, _)| text::text_width(text) + 1).sum();
        pieces.push(self.blanks(width.saturating_sub(taken + wanted)));
        for (text, style) in tail {
            pieces.push(self.blanks(1));
            pieces.push((text.to_owned(), self.on(style)));
        }
    }

    fn time_style(&self) -> Style {
        let theme = &self.model.options.theme;
        if self.fields.time_is_age {
            theme.dim
        } else {
            theme.good
        }
    }
}

/// A text and its style.
type Piece = (String, Style);

/// The row under the cursor as it is written in full, where it is cut or its account is not on the screen. Where that is
/// longer than the room, what its line has whole is left out.
pub(super) fn cut_target(model: &Model, area: Rect, room: usize) -> Option<String> {
    let row = model.browse.current()?;
    let line = model.browse.visible().iter().find(|line| line.is_current)?;
    let columns = Columns::of(model, area.width);
    let fields = Fields::of(model, line, columns.is_short)?;
    let (is_name_cut, is_set_cut) = columns.cut_parts(&fields, columns::list_columns(model, area.width));
    let lacks_account = is_name_cut || !model.browse.names_current_account();
    let account = row.account().name.to_string();
    let Some(set) = row.permission_set().map(PermissionSetName::shown) else {
        return (lacks_account || is_set_cut).then_some(account);
    };
    let whole = format!("{account}/{set}");
    let fits = text::text_width(&whole) <= room;
    match (lacks_account, is_set_cut) {
        (false, false) => None,
        (true, false) if !fits => Some(account),
        (false, true) if !fits => Some(set.to_string()),
        _ => Some(whole),
    }
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
            write::write_line(frame, Rect::new(x, y, 1, 1), &[("▐", model.options.theme.dim)]);
        }
    }
}

/// What stands there in place of a list.
fn draw_empty(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let theme = &model.options.theme;
    let text = if model.browse.query.is_empty() {
        progress::no_accounts(model)
    } else {
        progress::no_match(model)
    };
    let mut inner = area;
    inner.x += 3;
    inner.width = inner.width.saturating_sub(4);
    write::write_text(frame, inner, 1, &text, theme.dim);
}
