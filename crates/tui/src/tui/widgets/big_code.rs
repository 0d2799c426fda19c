//! A user code in letters five rows tall, to be read from across a desk.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::text::sanitize_line;

/// Columns and rows of a letter, and the blank beside it.
const WIDE: u16 = 5;
const TALL: u16 = 5;
const STEP: u16 = WIDE + 1;

/// Five rows of five cells, for letters, digits and the hyphen.
fn letter_cells(c: char) -> Option<[&'static str; 5]> {
    Some(match c {
        'A' => [" ███ ", "█   █", "█████", "█   █", "█   █"],
        'B' => ["████ ", "█   █", "████ ", "█   █", "████ "],
        'C' => [" ████", "█    ", "█    ", "█    ", " ████"],
        'D' => ["████ ", "█   █", "█   █", "█   █", "████ "],
        'E' => ["█████", "█    ", "████ ", "█    ", "█████"],
        'F' => ["█████", "█    ", "████ ", "█    ", "█    "],
        'G' => [" ████", "█    ", "█  ██", "█   █", " ████"],
        'H' => ["█   █", "█   █", "█████", "█   █", "█   █"],
        'I' => ["█████", "  █  ", "  █  ", "  █  ", "█████"],
        'J' => ["  ███", "    █", "    █", "█   █", " ███ "],
        'K' => ["█   █", "█  █ ", "███  ", "█  █ ", "█   █"],
        'L' => ["█    ", "█    ", "█    ", "█    ", "█████"],
        'M' => ["█   █", "██ ██", "█ █ █", "█   █", "█   █"],
        'N' => ["█   █", "██  █", "█ █ █", "█  ██", "█   █"],
        'O' => [" ███ ", "█   █", "█   █", "█   █", " ███ "],
        'P' => ["████ ", "█   █", "████ ", "█    ", "█    "],
        'Q' => [" ███ ", "█   █", "█   █", "█  █ ", " ██ █"],
        'R' => ["████ ", "█   █", "████ ", "█  █ ", "█   █"],
        'S' => [" ████", "█    ", " ███ ", "    █", "████ "],
        'T' => ["█████", "  █  ", "  █  ", "  █  ", "  █  "],
        'U' => ["█   █", "█   █", "█   █", "█   █", " ███ "],
        'V' => ["█   █", "█   █", "█   █", " █ █ ", "  █  "],
        'W' => ["█   █", "█   █", "█ █ █", "██ ██", "█   █"],
        'X' => ["█   █", " █ █ ", "  █  ", " █ █ ", "█   █"],
        'Y' => ["█   █", " █ █ ", "  █  ", "  █  ", "  █  "],
        'Z' => ["█████", "   █ ", "  █  ", " █   ", "█████"],
        '0' => [" ███ ", "█  ██", "█ █ █", "██  █", " ███ "],
        '1' => ["  █  ", " ██  ", "  █  ", "  █  ", "█████"],
        '2' => ["████ ", "    █", " ███ ", "█    ", "█████"],
        '3' => ["████ ", "    █", " ███ ", "    █", "████ "],
        '4' => ["█  █ ", "█  █ ", "█████", "   █ ", "   █ "],
        '5' => ["█████", "█    ", "████ ", "    █", "████ "],
        '6' => [" ███ ", "█    ", "████ ", "█   █", " ███ "],
        '7' => ["█████", "    █", "   █ ", "  █  ", "  █  "],
        '8' => [" ███ ", "█   █", " ███ ", "█   █", " ███ "],
        '9' => [" ███ ", "█   █", " ████", "    █", " ███ "],
        '-' => ["     ", "     ", " ███ ", "     ", "     "],
        _ => return None,
    })
}

/// How many rows a code takes in so many columns, as plain letters below large ones, the largest first.
#[must_use]
pub fn possible_heights(code: &str, columns: u16) -> Vec<u16> {
    let mut heights = Vec::new();
    let wide = |text: usize| u16::try_from(text).unwrap_or(u16::MAX).saturating_mul(STEP);
    if code.chars().all(|c| letter_cells(c).is_some()) {
        if wide(code.len()) <= columns + 1 {
            heights.push(TALL + 2);
        } else if let Some((first, second)) = code.split_once('-')
            && wide((first.len() + 1).max(second.len())) <= columns + 1
        {
            heights.push(2 * TALL + 3);
        }
    }
    heights.push(1);
    heights
}

/// Draws a code: in one line, in two halves, or as spaced letters, as the room allows. Answers the
/// rows it took. The code also stands there as plain letters, so that it can be selected.
pub fn draw_code(frame: &mut Frame<'_>, area: Rect, code: &str, style: Style) -> u16 {
    let letters: Vec<char> = code.chars().collect();
    let drawable = letters.iter().all(|c| letter_cells(*c).is_some());
    let columns = |text: &[char]| u16::try_from(text.len()).unwrap_or(u16::MAX).saturating_mul(STEP);
    if drawable && columns(&letters) <= area.width + 1 && area.height > TALL + 1 {
        draw_large(frame, area, &letters, style);
        return TALL + draw_plain(frame, area, TALL + 1, code, style) + 1;
    }
    let halves = code.split_once('-');
    if let Some((first, second)) = halves.filter(|_| drawable && area.height > 2 * TALL) {
        let first: Vec<char> = first.chars().chain(['-']).collect();
        let second: Vec<char> = second.chars().collect();
        if columns(&first).max(columns(&second)) <= area.width + 1 {
            draw_large(frame, area, &first, style);
            let below = Rect::new(area.x, area.y + TALL + 1, area.width, area.height - TALL - 1);
            draw_large(frame, below, &second, style);
            let taken = 2 * TALL + 1;
            if area.height > taken + 1 {
                return taken + 1 + draw_plain(frame, area, taken + 1, code, style);
            }
            return taken;
        }
    }
    let spaced: Vec<String> = letters.iter().map(char::to_string).collect();
    draw_plain(frame, area, 0, &spaced.join(" "), style)
}

fn draw_large(frame: &mut Frame<'_>, area: Rect, letters: &[char], style: Style) {
    for (at, c) in (0_u16..).zip(letters) {
        for (down, cells) in (0_u16..).zip(letter_cells(*c).unwrap_or_default()) {
            frame
                .buffer_mut()
                .set_string(area.x + at * STEP, area.y + down, cells, style);
        }
    }
}

fn draw_plain(frame: &mut Frame<'_>, area: Rect, down: u16, code: &str, style: Style) -> u16 {
    if down >= area.height {
        return 0;
    }
    let room = usize::from(area.width);
    frame
        .buffer_mut()
        .set_stringn(area.x, area.y + down, sanitize_line(code), room, style);
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code is drawn in exactly the rows that were announced for it.
    #[test]
    fn heights_are_what_is_drawn() {
        for code in ["DFPR-GJTF", "ABCD", "ab-cd", "\u{e9}"] {
            for columns in [10, 20, 29, 30, 52, 53, 54, 80] {
                for height in possible_heights(code, columns) {
                    let area = Rect::new(0, 0, columns, height);
                    let backend = ratatui::backend::TestBackend::new(columns, height);
                    let mut terminal = ratatui::Terminal::new(backend).unwrap();
                    let mut taken = 0;
                    terminal
                        .draw(|frame| taken = draw_code(frame, area, code, Style::new()))
                        .unwrap();
                    assert_eq!(taken, height, "{code} {columns}");
                }
            }
        }
    }
}
