//! Draws a QR code, black on white whatever the terminal's colours: cameras insist.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

pub use crate::domain::qr::{lines, size};

/// Not the palette's: it may have cream for white, and a theme may swap both. A camera needs them as they are.
#[allow(clippy::disallowed_methods, reason = "a picture for a camera, not text")]
const WHITE: Color = Color::Rgb(255, 255, 255);
#[allow(clippy::disallowed_methods, reason = "a picture for a camera, not text")]
const BLACK: Color = Color::Rgb(0, 0, 0);

pub fn draw(frame: &mut Frame<'_>, area: Rect, picture: &[String]) {
    let style = Style::reset().fg(WHITE).bg(BLACK);
    for (y, row) in (area.top()..area.bottom()).zip(picture) {
        frame.buffer_mut().set_string(area.x, y, row, style);
    }
}
