//! Draws a QR code, black on white whatever the terminal's colours: cameras insist.

use std::cell::RefCell;
use std::rc::Rc;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

pub use crate::domain::web::qr::{encode_qr_code, picture_size};

/// Not the palette's: it may have cream for white, and a theme may swap both. A camera needs them as they are.
#[allow(clippy::disallowed_methods, reason = "a picture for a camera, not text")]
const WHITE: Color = Color::Rgb(255, 255, 255);
#[allow(clippy::disallowed_methods, reason = "a picture for a camera, not text")]
const BLACK: Color = Color::Rgb(0, 0, 0);

/// The last picture, and what it is of.
type Last = Option<(String, Option<Rc<[String]>>)>;

/// The same as `lines`, computed once as long as the text stays the same: a screen that counts seconds shows it in every
/// frame, and it costs more than the rest of the frame. Not for an address that is a secret: it is kept.
#[must_use]
pub fn lines_of_shown(text: &str) -> Option<Rc<[String]>> {
    thread_local!(static LAST: RefCell<Last> = const { RefCell::new(None) });
    LAST.with_borrow_mut(|last| match last {
        Some((of, picture)) if of == text => picture.clone(),
        _ => {
            let picture = encode_qr_code(text).map(Rc::from);
            *last = Some((text.to_owned(), picture.clone()));
            picture
        }
    })
}

pub fn draw_qr_code(frame: &mut Frame<'_>, area: Rect, picture: &[String]) {
    let style = Style::reset().fg(WHITE).bg(BLACK);
    for (y, row) in (area.top()..area.bottom()).zip(picture) {
        frame.buffer_mut().set_string(area.x, y, row, style);
    }
}
