//! What the first bytes of the input are.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// The longest sequence of a key or the mouse, in bytes.
pub(super) const LONGEST_SEQUENCE: usize = 64;

/// What the first bytes are.
pub(super) enum Parsed {
    Event(Event, usize),
    /// Nothing of ours; how many bytes it has.
    Ignored(usize),
    Incomplete,
}

/// A key that was pressed.
pub(super) fn key_event(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}
