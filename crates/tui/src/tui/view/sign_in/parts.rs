//! The lines of the sign-in screen's block, and which of them give way where there is too little room.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::view::write;
use crate::tui::widgets::big_code;

/// The most columns of the block's text: a code in one line of large letters.
pub(super) const MOST_COLUMN: u16 = 54;

/// What goes first where there is too little room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Keep {
    Gap,
    Advice,
    Heading,
    Reason,
    Label,
    Waiting,
    Always,
}

/// Lines of the block.
pub(super) struct Part {
    pub(super) text: String,
    pub(super) style: Style,
    pub(super) keep: Keep,
    /// A code in letters that are so many rows tall, in place of plain text.
    pub(super) tall: Option<u16>,
}

impl Part {
    pub(super) fn text(text: String, style: Style, keep: Keep) -> Self {
        Self {
            text,
            style,
            keep,
            tall: None,
        }
    }

    pub(super) fn kept(text: String, style: Style) -> Self {
        Self::text(text, style, Keep::Always)
    }

    pub(super) fn gap() -> Self {
        Self::text(String::new(), Style::new(), Keep::Gap)
    }

    pub(super) fn rows(&self, columns: u16) -> u16 {
        let wrapped = || write::wrap_text(&self.text, usize::from(columns)).len().max(1);
        self.tall
            .unwrap_or_else(|| u16::try_from(wrapped()).unwrap_or(u16::MAX))
    }
}

pub(super) fn count_rows(parts: &[Part], columns: u16) -> u16 {
    parts
        .iter()
        .fold(0, |sum: u16, part| sum.saturating_add(part.rows(columns)))
}

/// The parts that fit: what is least wanted goes first.
pub(super) fn fit_parts(mut parts: Vec<Part>, columns: u16, height: u16) -> Vec<Part> {
    while count_rows(&parts, columns) > height {
        let least = parts.iter().map(|part| part.keep).min();
        let Some(least) = least.filter(|keep| *keep < Keep::Always) else {
            break;
        };
        if let Some(at) = parts.iter().rposition(|part| part.keep == least) {
            parts.remove(at);
        }
    }
    parts
}

pub(super) fn draw_parts(frame: &mut Frame<'_>, area: Rect, parts: &[Part]) {
    let mut down = 0;
    for part in parts {
        match part.tall {
            Some(rows) => {
                let place = Rect::new(
                    area.x,
                    area.y + down.min(area.height),
                    area.width,
                    rows.min(area.height.saturating_sub(down)),
                );
                big_code::draw_code(frame, place, &part.text, part.style);
                down += rows;
            }
            None if part.text.is_empty() => down += 1,
            None => down = write::write_text(frame, area, down, &part.text, part.style),
        }
    }
}
