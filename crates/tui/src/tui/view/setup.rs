//! The first run's form.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{chrome, write};
use crate::domain::text::pad_text;
use crate::tui::model::Model;
use crate::tui::screens::front;
use crate::tui::screens::setup::{Field, Setup};

const LABEL: usize = 14;

pub(super) fn draw_setup(frame: &mut Frame<'_>, model: &Model, form: &Setup) {
    let theme = &model.options.theme;
    let area = frame.area();
    write::write_line(
        frame,
        area,
        &[
            (" genkan  ", theme.title),
            ("Connect to IAM Identity Center", theme.text),
        ],
    );
    chrome::draw_rule(
        frame,
        Rect::new(0, area.bottom().saturating_sub(2), area.width, 1),
        theme.rule,
    );
    let taken = front::rows_taken(model, write::screen_size(frame)) - 1;
    let inner = Rect::new(
        3,
        1,
        area.width.saturating_sub(6),
        area.height.saturating_sub(3 + taken),
    );
    let roomy = inner.height >= 14;
    let gap = u16::from(roomy);
    let mut down = gap;
    if inner.height >= 9 {
        let words = "Enter your AWS access portal URL. It is in your invitation email and on the settings page of \
                     IAM Identity Center.";
        down = write::write_text(frame, inner, down, words, theme.text) + 1;
    }
    for field in Field::ALL {
        let here = form.focus == field;
        let input = form.input(field);
        let (before, after) = input.halves();
        let label = pad_text(field.label(), LABEL);
        let sign = if here { "› " } else { "  " };
        let style = if here { theme.accent } else { theme.dim };
        let cursor = if here { "▏" } else { "" };
        let example = if input.is_empty() {
            format!("example: {}", field.example())
        } else {
            String::new()
        };
        let pieces = [
            (sign, theme.accent),
            (label.as_str(), style),
            (before, theme.text),
            (cursor, theme.accent),
            (after, theme.text),
            (example.as_str(), theme.dim),
        ];
        write::write_line(frame, write::row_below(inner, down), &pieces);
        down += 1;
        if let Some((_, sentence)) = form.problem.as_ref().filter(|(at, _)| *at == field) {
            let mut below = inner;
            below.x += 2;
            below.width = below.width.saturating_sub(2);
            down = write::write_text(frame, below, down, &format!("✗ {sentence}"), theme.error);
        }
        down += gap;
    }
    let file = &model.options.config_file;
    let words = format!("Adds an [sso-session] to {file}; nothing else changes.");
    write::write_text(frame, inner, down + gap, &words, theme.dim);
}
