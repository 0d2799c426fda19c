//! Control sequences (ESC `[`): function keys with modifiers, keys that terminals encode as numbers, the mouse.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::parsed::{LONGEST_SEQUENCE, Parsed, key_event};

/// Parses a sequence from its ESC on.
pub(super) fn parse_csi(bytes: &[u8]) -> Parsed {
    let body = bytes.get(2..).unwrap_or_default();
    match body {
        // F1 to F5 of the Linux console.
        [b'['] => return Parsed::Incomplete,
        [b'[', letter @ b'A'..=b'E', ..] => {
            let event = key_event(KeyCode::F(letter - b'A' + 1), KeyModifiers::NONE);
            return Parsed::Event(event, 4);
        }
        // The mouse in its oldest encoding: three bytes that may be anything.
        [b'M', rest @ ..] if rest.len() < 3 => return Parsed::Incomplete,
        [b'M', button, x, y, ..] => {
            let number = |byte: &u8| u16::from(byte.saturating_sub(32));
            let released = number(button) & 3 == 3 && number(button) & 64 == 0;
            return mouse_event(number(button), number(x), number(y), released)
                .map_or(Parsed::Ignored(6), |event| Parsed::Event(event, 6));
        }
        _ => {}
    }
    let Some(end) = body.iter().position(|b| !(0x20..=0x3f).contains(b)) else {
        return if bytes.len() > LONGEST_SEQUENCE {
            Parsed::Ignored(bytes.len())
        } else {
            Parsed::Incomplete
        };
    };
    let (parameters, last) = (
        body.get(..end).unwrap_or_default(),
        body.get(end).copied().unwrap_or_default(),
    );
    match last {
        0x40..=0x7e => csi_event(parameters, last)
            .map_or(Parsed::Ignored(end + 3), |event| Parsed::Event(event, end + 3)),
        // Alt-[, and another key.
        _ if end == 0 => Parsed::Event(key_event(KeyCode::Char('['), KeyModifiers::ALT), 2),
        // Broken off: what broke it off is a key again.
        _ => Parsed::Ignored(end + 2),
    }
}

/// The key of a final letter, which ESC O shares.
pub(super) fn letter_key(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(letter - b'P' + 1),
        _ => return None,
    })
}

fn csi_event(parameters: &[u8], last: u8) -> Option<Event> {
    let text = std::str::from_utf8(parameters).ok()?;
    if let Some(rest) = text.strip_prefix('<') {
        let [button, x, y] = parse_numbers(rest)[..] else {
            return None;
        };
        return match last {
            b'M' | b'm' => mouse_event(button, x, y, last == b'm'),
            _ => None,
        };
    }
    let numbers = parse_numbers(text);
    match (last, numbers.as_slice()) {
        (b'Z', _) => Some(key_event(KeyCode::BackTab, KeyModifiers::SHIFT)),
        // The mouse as rxvt encodes it.
        (b'M', [button, x, y]) => {
            let button = button.saturating_sub(32);
            mouse_event(button, *x, *y, button & 3 == 3 && button & 64 == 0)
        }
        // Any key with modifiers, as xterm encodes it on request.
        (b'~', [27, modifiers, code]) => any_key(u32::from(*code), *modifiers, text),
        (b'u', [code, rest @ ..]) => any_key(u32::from(*code), rest.first().copied().unwrap_or(1), text),
        // rxvt has a letter for each modifier.
        (b'~' | b'^' | b'$' | b'@', [number, rest @ ..]) => {
            let modifiers = match last {
                b'^' => KeyModifiers::CONTROL,
                b'$' => KeyModifiers::SHIFT,
                b'@' => KeyModifiers::CONTROL | KeyModifiers::SHIFT,
                _ => parse_modifiers(rest.first().copied().unwrap_or(1)),
            };
            Some(press_event(number_key(*number)?, modifiers, text))
        }
        (letter, numbers) => {
            let held = parse_modifiers(numbers.get(1).copied().unwrap_or(1));
            Some(press_event(letter_key(letter)?, held, text))
        }
    }
}

/// The numbers between semicolons; of those with parts the first one.
fn parse_numbers(text: &str) -> Vec<u16> {
    let number = |part: &str| part.split(':').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    text.split(';').map(number).collect()
}

/// Modifiers as terminals count them: bits, plus one.
fn parse_modifiers(number: u16) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    let mut held = KeyModifiers::NONE;
    for (bit, modifier) in [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
    ] {
        if bits & bit != 0 {
            held |= modifier;
        }
    }
    held
}

/// A key press; a release (`:3` behind the modifiers) is said as one.
fn press_event(code: KeyCode, modifiers: KeyModifiers, parameters: &str) -> Event {
    let kind = match parameters
        .split(';')
        .nth(1)
        .and_then(|part| part.split(':').nth(1))
    {
        Some("2") => KeyEventKind::Repeat,
        Some("3") => KeyEventKind::Release,
        _ => KeyEventKind::Press,
    };
    Event::Key(KeyEvent::new_with_kind(code, modifiers, kind))
}

fn any_key(code: u32, held: u16, parameters: &str) -> Option<Event> {
    let code = match code {
        9 => KeyCode::Tab,
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        127 => KeyCode::Backspace,
        other => KeyCode::Char(char::from_u32(other).filter(|c| !c.is_control())?),
    };
    let held = parse_modifiers(held);
    if code == KeyCode::Tab && held.contains(KeyModifiers::SHIFT) {
        return Some(press_event(KeyCode::BackTab, held, parameters));
    }
    Some(press_event(code, held, parameters))
}

fn number_key(number: u16) -> Option<KeyCode> {
    let function = |number: u16| u8::try_from(number).ok().map(KeyCode::F);
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => function(number - 10)?,
        17..=21 => function(number - 11)?,
        23 | 24 => function(number - 12)?,
        _ => return None,
    })
}

/// A mouse event: the button with its bits for modifiers, motion and the wheel, and the cell from 1 on.
fn mouse_event(button: u16, x: u16, y: u16, released: bool) -> Option<Event> {
    let pressed = match button & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let moves = button & 32 != 0;
    let kind = match (button & 64 != 0, button & 3) {
        (true, 0) => MouseEventKind::ScrollUp,
        (true, 1) => MouseEventKind::ScrollDown,
        (true, 2) => MouseEventKind::ScrollLeft,
        (true, _) => MouseEventKind::ScrollRight,
        (false, 3) if moves => MouseEventKind::Moved,
        (false, 3) => MouseEventKind::Up(MouseButton::Left),
        (false, _) if released => MouseEventKind::Up(pressed),
        (false, _) if moves => MouseEventKind::Drag(pressed),
        (false, _) => MouseEventKind::Down(pressed),
    };
    let mut held = KeyModifiers::NONE;
    for (bit, modifier) in [
        (4, KeyModifiers::SHIFT),
        (8, KeyModifiers::ALT),
        (16, KeyModifiers::CONTROL),
    ] {
        if button & bit != 0 {
            held |= modifier;
        }
    }
    Some(Event::Mouse(MouseEvent {
        kind,
        column: x.checked_sub(1)?,
        row: y.checked_sub(1)?,
        modifiers: held,
    }))
}
