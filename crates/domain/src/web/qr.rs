//! A QR code as rows of half blocks: white is written, black is blank.
//!
//! The white is written as letters, because what ends in blanks is cut by screens that copy. The caller that draws it sets the
//! colours: black on white whatever the terminal's are, because cameras insist.

use qrcode::{Color as Module, EcLevel, QrCode};

/// White modules around the code. Four are the norm; one reads well on screens and saves rows.
const QUIET: usize = 1;

/// Rows of half blocks for a text, or `None` where it is too long for a code.
#[must_use]
pub fn encode_qr_code(text: &str) -> Option<Vec<String>> {
    // The lowest correction: a screen is never dirty, and rows are dear.
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let colors = code.to_colors();
    let dark = |x: usize, y: usize| {
        let inside = (QUIET..QUIET + width).contains(&x) && (QUIET..QUIET + width).contains(&y);
        inside && colors.get((y - QUIET) * width + x - QUIET) == Some(&Module::Dark)
    };
    let rows = (0..side).step_by(2).map(|y| {
        let cell = |x| match (dark(x, y), dark(x, y + 1)) {
            (true, true) => ' ',
            (true, false) => '▄',
            (false, true) => '▀',
            (false, false) => '█',
        };
        (0..side).map(cell).collect()
    });
    Some(rows.collect())
}

/// Columns and rows of a picture.
#[must_use]
pub fn picture_size(picture: &[String]) -> (u16, u16) {
    let columns = picture.first().map_or(0, |row| row.chars().count());
    (
        u16::try_from(columns).unwrap_or(u16::MAX),
        u16::try_from(picture.len()).unwrap_or(u16::MAX),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_address_fits_a_usual_screen() {
        let picture =
            encode_qr_code("https://d-1234567890.awsapps.com/start/#/device?user_code=ABCD-EFGH").unwrap();
        let (columns, rows) = picture_size(&picture);
        assert!(columns <= 37 && rows <= 18, "{columns}×{rows}");
        assert!(encode_qr_code(&"x".repeat(5_000)).is_none());
    }
}
