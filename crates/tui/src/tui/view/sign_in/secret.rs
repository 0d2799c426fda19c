//! What the sign-in of an IAM user asks for: the code of a device, which is shown as it is typed and works once, or the
//! passphrase of the encrypted file, which isn't shown.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::parts::{Keep, MOST_COLUMN, Part, count_rows, draw_parts, fit_parts};
use crate::domain::text::text_width;
use crate::tui::effect::Asked;
use crate::tui::input::secret_input::SecretInput;
use crate::tui::model::Model;
use crate::tui::view::write;

/// What stands before the line.
const MARK: &str = "› ";
/// What a letter of a passphrase is shown as.
const DOT: &str = "•";

/// The question, the line, and below it why what was typed before won't do.
pub(super) fn draw_secret(
    frame: &mut Frame<'_>,
    model: &Model,
    heading: Vec<Part>,
    (asked, input, refused): (&Asked, &SecretInput, Option<&str>),
    area: Rect,
) {
    let theme = &model.options.theme;
    let (question, of) = match asked {
        Asked::Code { serial } => ("Type the code that the MFA device shows:", serial),
        Asked::Passphrase { file } => ("Type the passphrase of the file that has the key:", file),
    };
    let mut parts = heading;
    parts.push(Part::text(of.clone(), theme.dim, Keep::Waiting));
    parts.push(Part::text(question.to_owned(), theme.text, Keep::Label));
    let at = parts.len();
    // The line has its place; it is drawn over it.
    parts.push(Part::kept(MARK.to_owned(), theme.accent));
    if let Some(refused) = refused {
        parts.push(Part::kept(format!("✗ {refused}"), theme.error));
    }
    let columns = area.width.min(MOST_COLUMN + 10);
    let behind = parts.len() - at;
    let parts = fit_parts(parts, columns, area.height);
    let tall = count_rows(&parts, columns);
    let place = Rect::new(
        area.x + (area.width - columns) / 2,
        area.y + area.height.saturating_sub(tall) / 3,
        columns,
        tall.min(area.height),
    );
    draw_parts(frame, place, &parts);
    let above: u16 = count_rows(
        parts.get(..parts.len().saturating_sub(behind)).unwrap_or(&[]),
        columns,
    );
    let (before, after) = input.halves();
    let shown = |text: &str| match asked {
        Asked::Code { .. } => text.to_owned(),
        Asked::Passphrase { .. } => DOT.repeat(text.chars().count()),
    };
    let (before, after) = (shown(before), shown(after));
    let row = write::row_below(place, above);
    let before = write::tail_of(&before, usize::from(row.width).saturating_sub(4));
    let pieces = [
        (MARK, theme.accent),
        (before, theme.code),
        (after.as_str(), theme.code),
    ];
    write::write_line(frame, row, &pieces);
    write::place_cursor(frame, row, text_width(MARK) + text_width(before));
}
