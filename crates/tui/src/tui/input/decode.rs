//! Bytes from the terminal, decoded into keys, pastes and mouse events.
//!
//! A key may arrive in pieces: over SSH, and from terminal multiplexers, the ESC that an arrow key begins with
//! often comes alone. So a lone ESC is the Esc key only after [`LONE_ESCAPE`] without another byte. Pure: the
//! reader says when that time has passed.

mod csi;
mod parsed;

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyModifiers};

use parsed::{Parsed, key_event};

/// How long the start of a sequence that may also be a key of its own (Esc, Alt-[, Alt-O) waits for the rest.
/// Long enough for a split arrow key, too short to be noticed by someone who presses Esc.
pub const LONE_ESCAPE: Duration = Duration::from_millis(40);
/// How long the rest of a sequence is waited for that can't be anything else.
const REST: Duration = Duration::from_millis(500);
/// How long a paste may pause before what has come of it is shown. What follows is still text: a line end in it must
/// not be Enter.
const PASTE_PAUSE: Duration = Duration::from_secs(1);
/// How much of a paste is kept, in bytes. No field of the screen takes more.
const LONGEST_PASTE: usize = 64 * 1024;

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 0x03;
const PASTE_END: &[u8] = b"\x1b[201~";

/// Decodes a stream of bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The start of what is not complete yet.
    pending: Vec<u8>,
    /// A paste that has not ended yet.
    paste: Option<Paste>,
}

#[derive(Debug, Default)]
struct Paste {
    /// Its text, as far as that was not given out yet.
    text: Vec<u8>,
    /// It has paused for too long.
    paused: bool,
}

impl Decoder {
    /// Decodes more bytes.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.pending.extend_from_slice(bytes);
        let mut events = Vec::new();
        loop {
            if self.paste.is_some() {
                match self.take_paste() {
                    Some(event) => events.push(event),
                    None => return events,
                }
            }
            if self.pending.starts_with(b"\x1b[200~") {
                self.pending.drain(..PASTE_END.len());
                self.paste = Some(Paste::default());
                continue;
            }
            match parse_bytes(&self.pending) {
                Parsed::Event(event, length) => {
                    self.pending.drain(..length);
                    events.push(event);
                }
                Parsed::Ignored(length) => {
                    self.pending.drain(..length);
                }
                Parsed::Incomplete => return events,
            }
        }
    }

    /// How long to wait for the next byte before [`Decoder::give_up`]; `None` where nothing is incomplete.
    #[must_use]
    pub fn escape_timeout(&self) -> Option<Duration> {
        if let Some(paste) = &self.paste {
            let is_new = !paste.text.is_empty() || !matches!(self.pending.as_slice(), [] | [ESC, _, ..]);
            return (is_new || !paste.paused).then_some(PASTE_PAUSE);
        }
        match without_escapes(&self.pending) {
            b"" if self.pending.is_empty() => None,
            b"" | b"[" | b"O" => Some(LONE_ESCAPE),
            _ => Some(REST),
        }
    }

    /// The rest has not come: what there is, is all there is.
    pub fn give_up(&mut self) -> Vec<Event> {
        if let Some(event) = self.pause_paste() {
            return event;
        }
        let pending = std::mem::take(&mut self.pending);
        let rest = without_escapes(&pending);
        let escapes = pending.len() - rest.len();
        let (escapes, alt) = match rest {
            b"" => (escapes, None),
            b"[" | b"O" if escapes > 0 => {
                let letter = rest.first().copied().map_or('[', char::from);
                (
                    escapes - 1,
                    Some(key_event(KeyCode::Char(letter), KeyModifiers::ALT)),
                )
            }
            // Half a sequence, or half a character.
            _ => (0, None),
        };
        let escape = || key_event(KeyCode::Esc, KeyModifiers::NONE);
        std::iter::repeat_with(escape).take(escapes).chain(alt).collect()
    }

    /// The paste, once its end is there.
    fn take_paste(&mut self) -> Option<Event> {
        let text = &mut self.paste.as_mut()?.text;
        let end = self.pending.windows(PASTE_END.len()).position(|w| w == PASTE_END);
        // The end may have come in part.
        let whole = end.unwrap_or(self.pending.len().saturating_sub(PASTE_END.len() - 1));
        let taken = self.pending.drain(..whole);
        let room = LONGEST_PASTE.saturating_sub(text.len());
        text.extend(taken.take(room));
        end?;
        self.pending.drain(..PASTE_END.len());
        self.paste.take().map(|paste| paste_event(&paste.text))
    }

    /// What has come of a paste that pauses; `None` where there is none. Esc or Ctrl-C, alone after a pause, ends one
    /// whose end never comes.
    fn pause_paste(&mut self) -> Option<Vec<Event>> {
        let paste = self.paste.as_mut()?;
        if paste.paused && paste.text.is_empty() && matches!(self.pending.as_slice(), [ESC | CTRL_C]) {
            self.paste = None;
            return (self.pending == [CTRL_C]).then(|| self.feed(&[]));
        }
        paste.paused = true;
        // The end may have come in part.
        let is_end = |from: &usize| PASTE_END.starts_with(self.pending.get(*from..).unwrap_or_default());
        let kept = (0..self.pending.len()).find(is_end).unwrap_or(self.pending.len());
        paste.text.extend(self.pending.drain(..kept));
        let text = std::mem::take(&mut paste.text);
        Some(if text.is_empty() {
            Vec::new()
        } else {
            vec![paste_event(&text)]
        })
    }
}

fn paste_event(text: &[u8]) -> Event {
    Event::Paste(String::from_utf8_lossy(text).into_owned())
}

/// What follows the ESC bytes at the beginning.
fn without_escapes(bytes: &[u8]) -> &[u8] {
    let escapes = bytes.iter().take_while(|b| **b == ESC).count();
    bytes.get(escapes..).unwrap_or_default()
}

/// The same key with Alt.
fn with_alt(event: Event) -> Event {
    match event {
        Event::Key(mut key) => {
            key.modifiers |= KeyModifiers::ALT;
            Event::Key(key)
        }
        other => other,
    }
}

fn parse_bytes(bytes: &[u8]) -> Parsed {
    match bytes {
        [] | [ESC] | [ESC, ESC] => Parsed::Incomplete,
        // Alt with a function key, as rxvt and PuTTY send it.
        [ESC, rest @ ..] if matches!(rest, [ESC, b'[' | b'O', ..]) => match parse_bytes(rest) {
            Parsed::Event(event, length) => Parsed::Event(with_alt(event), length + 1),
            Parsed::Ignored(length) => Parsed::Ignored(length + 1),
            Parsed::Incomplete => Parsed::Incomplete,
        },
        [ESC, ESC, ..] => Parsed::Event(key_event(KeyCode::Esc, KeyModifiers::NONE), 1),
        [ESC, b'[', ..] => csi::parse_csi(bytes),
        [ESC, b'O', ..] => single_shift(bytes),
        [ESC, rest @ ..] => match parse_character(rest) {
            Parsed::Event(event, length) => Parsed::Event(with_alt(event), length + 1),
            Parsed::Ignored(length) => Parsed::Ignored(length + 1),
            Parsed::Incomplete => Parsed::Incomplete,
        },
        _ => parse_character(bytes),
    }
}

/// ESC O and a letter: arrows and function keys, and the keypad in its application mode.
fn single_shift(bytes: &[u8]) -> Parsed {
    let Some(letter) = bytes.get(2) else {
        return Parsed::Incomplete;
    };
    let code = match letter {
        b'M' => KeyCode::Enter,
        b'j'..=b'y' => KeyCode::Char(char::from(letter - b'j' + b'*')),
        letter => match csi::letter_key(*letter) {
            Some(code) => code,
            // Alt-O, and another key.
            None => return Parsed::Event(key_event(KeyCode::Char('O'), KeyModifiers::ALT), 2),
        },
    };
    Parsed::Event(key_event(code, KeyModifiers::NONE), 3)
}

/// A control character, or a character of text.
fn parse_character(bytes: &[u8]) -> Parsed {
    let Some(first) = bytes.first() else {
        return Parsed::Incomplete;
    };
    let control = |c: u8| key_event(KeyCode::Char(char::from(c)), KeyModifiers::CONTROL);
    let event = match first {
        b'\r' => key_event(KeyCode::Enter, KeyModifiers::NONE),
        b'\t' => key_event(KeyCode::Tab, KeyModifiers::NONE),
        0x7f => key_event(KeyCode::Backspace, KeyModifiers::NONE),
        0 => control(b' '),
        0x01..=0x1a => control(first - 1 + b'a'),
        0x1c..=0x1f => control(first - 0x1c + b'4'),
        _ => return text_character(bytes),
    };
    Parsed::Event(event, 1)
}

fn text_character(bytes: &[u8]) -> Parsed {
    let start = bytes.get(..bytes.len().min(4)).unwrap_or_default();
    let (valid, incomplete) = match std::str::from_utf8(start) {
        Ok(text) => (text, false),
        Err(error) => {
            let valid = start.get(..error.valid_up_to()).unwrap_or_default();
            let text = std::str::from_utf8(valid).unwrap_or_default();
            (text, error.error_len().is_none())
        }
    };
    match valid.chars().next() {
        Some(c) => {
            let modifiers = if c.is_uppercase() {
                KeyModifiers::SHIFT
            } else {
                KeyModifiers::NONE
            };
            Parsed::Event(key_event(KeyCode::Char(c), modifiers), c.len_utf8())
        }
        None if incomplete => Parsed::Incomplete,
        None => Parsed::Ignored(1),
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyEvent;

    use super::*;
    use proptest::prelude::*;

    fn decoded(bytes: &[u8]) -> Vec<Event> {
        let mut decoder = Decoder::default();
        let mut events = decoder.feed(bytes);
        events.extend(decoder.give_up());
        events
    }

    fn plain(code: KeyCode) -> Event {
        key_event(code, KeyModifiers::NONE)
    }

    fn keys() -> Vec<(&'static [u8], Event)> {
        let control = KeyModifiers::CONTROL;
        vec![
            (b"\x1b[A", plain(KeyCode::Up)),
            (b"\x1b[B", plain(KeyCode::Down)),
            (b"\x1bOC", plain(KeyCode::Right)),
            (b"\x1bOD", plain(KeyCode::Left)),
            (b"\x1b[H", plain(KeyCode::Home)),
            (b"\x1bOF", plain(KeyCode::End)),
            (b"\x1b[1~", plain(KeyCode::Home)),
            (b"\x1b[3~", plain(KeyCode::Delete)),
            (b"\x1b[5~", plain(KeyCode::PageUp)),
            (b"\x1b[6~", plain(KeyCode::PageDown)),
            (b"\x1bOP", plain(KeyCode::F(1))),
            (b"\x1b[11~", plain(KeyCode::F(1))),
            (b"\x1b[[A", plain(KeyCode::F(1))),
            (b"\x1b[15~", plain(KeyCode::F(5))),
            (b"\x1b[17~", plain(KeyCode::F(6))),
            (b"\x1b[24~", plain(KeyCode::F(12))),
            (b"\x1b[1;5H", key_event(KeyCode::Home, control)),
            (b"\x1b[1;5F", key_event(KeyCode::End, control)),
            (b"\x1b[7^", key_event(KeyCode::Home, control)),
            (b"\x1b[1;3B", key_event(KeyCode::Down, KeyModifiers::ALT)),
            (b"\x1b\x1b[B", key_event(KeyCode::Down, KeyModifiers::ALT)),
            (b"\x1b[Z", key_event(KeyCode::BackTab, KeyModifiers::SHIFT)),
            (b"\x1b[27;5;121~", key_event(KeyCode::Char('y'), control)),
            (b"\x1b[121;5u", key_event(KeyCode::Char('y'), control)),
            (b"\x1b[27u", plain(KeyCode::Esc)),
            (
                b"\x1b[200~two\nlines \x1b[B\x1b[201~",
                Event::Paste("two\nlines \u{1b}[B".into()),
            ),
            (b"\x1bf", key_event(KeyCode::Char('f'), KeyModifiers::ALT)),
            (b"\x1b\x7f", key_event(KeyCode::Backspace, KeyModifiers::ALT)),
            (b"\x19", key_event(KeyCode::Char('y'), control)),
            (b"\n", key_event(KeyCode::Char('j'), control)),
            (b"\x1c", key_event(KeyCode::Char('4'), control)),
            (b"\r", plain(KeyCode::Enter)),
            (b"\x7f", plain(KeyCode::Backspace)),
            ("決".as_bytes(), plain(KeyCode::Char('決'))),
            (b"A", key_event(KeyCode::Char('A'), KeyModifiers::SHIFT)),
        ]
    }

    #[test]
    fn keys_are_decoded_whole_and_in_any_pieces() {
        for (bytes, event) in keys() {
            assert_eq!(decoded(bytes), std::slice::from_ref(&event), "{bytes:?}");
            for at in 1..bytes.len() {
                let (first, second) = bytes.split_at(at);
                let mut decoder = Decoder::default();
                assert_eq!(decoder.feed(first), [], "{bytes:?} at {at}");
                assert!(decoder.escape_timeout().is_some(), "{bytes:?} at {at}");
                assert_eq!(
                    decoder.feed(second),
                    std::slice::from_ref(&event),
                    "{bytes:?} at {at}"
                );
                assert_eq!(decoder.escape_timeout(), None);
            }
        }
    }

    #[test]
    fn what_stays_incomplete_is_decided() {
        for (bytes, events) in [
            (&b"\x1b"[..], vec![plain(KeyCode::Esc)]),
            (b"\x1b\x1b", vec![plain(KeyCode::Esc), plain(KeyCode::Esc)]),
            (b"\x1b\x1b\x1b", vec![plain(KeyCode::Esc); 3]),
            (b"\x1b[", vec![key_event(KeyCode::Char('['), KeyModifiers::ALT)]),
            (b"\x1bO", vec![key_event(KeyCode::Char('O'), KeyModifiers::ALT)]),
            (b"\x1b[1;", vec![]),
            (b"\xe6\xb1", vec![]),
            (b"\x1b[200~half", vec![Event::Paste("half".into())]),
        ] {
            assert_eq!(decoded(bytes), events, "{bytes:?}");
        }
    }

    #[test]
    fn what_follows_a_pause_in_a_paste_is_still_text() {
        let paste = |text: &str| vec![Event::Paste(text.into())];
        let whole = b"one\rtwo\r";
        for at in 0..=whole.len() {
            let (first, second) = whole.split_at(at);
            // Between two pauses a lone ESC is the key.
            let cuts = (0..PASTE_END.len()).filter(|cut| *cut != 1 || !second.is_empty());
            for cut in cuts {
                let mut decoder = Decoder::default();
                decoder.feed(b"\x1b[200~");
                let mut events = decoder.feed(first);
                events.extend(decoder.give_up());
                events.extend(decoder.feed(second));
                let (end, rest) = PASTE_END.split_at(cut);
                events.extend(decoder.feed(end));
                events.extend(decoder.give_up());
                events.extend(decoder.feed(rest));
                let text: Vec<u8> = events
                    .iter()
                    .flat_map(|event| match event {
                        Event::Paste(text) => text.bytes().collect::<Vec<_>>(),
                        other => panic!("{other:?} at {at} and {cut}"),
                    })
                    .collect();
                assert_eq!(text, whole, "{at} and {cut}");
                assert_eq!(decoder.feed(b"\r"), [plain(KeyCode::Enter)], "{at} and {cut}");
            }
        }
        // One whose end never comes.
        let control_c = key_event(KeyCode::Char('c'), KeyModifiers::CONTROL);
        for (bytes, event) in [(&b"\x1b"[..], plain(KeyCode::Esc)), (b"\x03", control_c)] {
            let mut decoder = Decoder::default();
            assert_eq!(decoder.feed(b"\x1b[200~text"), []);
            assert_eq!(decoder.give_up(), paste("text"));
            assert_eq!(decoder.escape_timeout(), None);
            assert_eq!(decoder.feed(bytes), []);
            assert!(decoder.escape_timeout().is_some());
            assert_eq!(decoder.give_up(), [event]);
            assert_eq!(decoder.feed(b"\r"), [plain(KeyCode::Enter)]);
        }
    }

    #[test]
    fn a_lone_escape_waits_between_25_and_50_milliseconds() {
        let mut decoder = Decoder::default();
        for start in [&b"\x1b"[..], b"\x1b[", b"\x1bO", b"\x1b\x1b"] {
            decoder.feed(start);
            let wait = decoder.escape_timeout().unwrap().as_millis();
            assert!((25..=50).contains(&wait), "{start:?} waits {wait} ms");
            decoder.give_up();
        }
    }

    #[test]
    fn the_mouse_is_decoded() {
        use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
        let at = |kind| {
            [Event::Mouse(MouseEvent {
                kind,
                column: 4,
                row: 7,
                modifiers: KeyModifiers::NONE,
            })]
        };
        for (bytes, kind) in [
            (&b"\x1b[<0;5;8M"[..], MouseEventKind::Down(MouseButton::Left)),
            (b"\x1b[<0;5;8m", MouseEventKind::Up(MouseButton::Left)),
            (b"\x1b[<64;5;8M", MouseEventKind::ScrollUp),
            (b"\x1b[<65;5;8M", MouseEventKind::ScrollDown),
            (b"\x1b[<35;5;8M", MouseEventKind::Moved),
            (b"\x1b[32;5;8M", MouseEventKind::Down(MouseButton::Left)),
            (b"\x1b[M %(", MouseEventKind::Down(MouseButton::Left)),
        ] {
            assert_eq!(decoded(bytes), at(kind), "{bytes:?}");
        }
    }

    #[test]
    fn a_paste_is_limited_and_its_end_is_found() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.feed(b"\x1b[200~"), []);
        for _ in 0..100 {
            assert_eq!(decoder.feed(&[b'x'; 10_000]), []);
        }
        let events = decoder.feed(b"\x1b[201~z");
        let [Event::Paste(text), last] = events.as_slice() else {
            panic!("{events:?}")
        };
        assert_eq!(text.len(), LONGEST_PASTE);
        assert_eq!(*last, plain(KeyCode::Char('z')));
    }

    proptest! {
        /// Any bytes in any pieces: no panic, and a key that follows is decoded once all has been decided.
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..200) {
            let mut decoder = Decoder::default();
            let (first, second) = bytes.split_at(at.min(bytes.len()));
            decoder.feed(first);
            decoder.feed(second);
            decoder.give_up();
            prop_assert_eq!(decoder.escape_timeout(), None);
            prop_assert_eq!(decoder.feed(b"\r"), [plain(KeyCode::Enter)]);
        }

        /// Typed text comes out as it went in, wherever reads cut it.
        #[test]
        fn text_survives_any_cut(text in "[^\\x00-\\x1f\\x7f]{0,40}", size in 1usize..7) {
            let mut decoder = Decoder::default();
            let mut seen = String::new();
            for piece in text.as_bytes().chunks(size) {
                for event in decoder.feed(piece) {
                    if let Event::Key(KeyEvent { code: KeyCode::Char(c), .. }) = event {
                        seen.push(c);
                    }
                }
            }
            prop_assert_eq!(seen, text);
        }

        /// Keys one after another, in pieces of any size.
        #[test]
        fn keys_in_a_row(picks in proptest::collection::vec(0usize..35, 1..12), size in 1usize..9) {
            let table = keys();
            let mut bytes = Vec::new();
            let mut expected = Vec::new();
            for pick in picks {
                let (sequence, event) = &table[pick % table.len()];
                bytes.extend_from_slice(sequence);
                expected.push(event.clone());
            }
            let mut decoder = Decoder::default();
            let mut events = Vec::new();
            for piece in bytes.chunks(size) {
                events.extend(decoder.feed(piece));
            }
            events.extend(decoder.give_up());
            prop_assert_eq!(events, expected);
        }
    }
}
