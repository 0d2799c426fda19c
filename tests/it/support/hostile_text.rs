//! Texts that would do harm on a terminal, and checks that nothing of them came through.

use crate::support::env::CommandResult;

/// Texts of which nothing reaches a terminal, a table or a file as it is: each ends with a character
/// that is to become a mark. Nothing here is told by the program itself what it takes for hidden.
pub const PAYLOADS: &[&str] = &[
    // Escape sequences: the clipboard, the window's title, a link, the screen, a question to the terminal.
    "\u{1b}]52;c;eA==\u{7}",
    "\u{1b}]0;t\u{7}",
    "\u{1b}]8;;h\u{7}",
    "\u{1b}[2J\u{1b}",
    "\u{1b}P+q\u{1b}",
    // The same in one character each.
    "\u{9b}2J\u{9b}",
    "\u{9d}52;c;eA==\u{9c}",
    // Lines, columns and nothing.
    "\r\n\u{85}\u{2028}\u{2029}",
    "\t\u{b}\u{c}\u{8}\u{7f}",
    // Another order.
    "\u{202e}dorp\u{202c}",
    "\u{202a}\u{202b}\u{202d}",
    "\u{2066}\u{2067}\u{2068}\u{2069}",
    "\u{200e}\u{200f}\u{61c}",
    "\u{206a}\u{206f}\u{fff9}\u{fffb}",
    // Nothing to see.
    "p\u{200b}\u{2060}\u{feff}\u{ad}\u{180e}\u{34f}",
    "\u{115f}\u{1160}\u{3164}\u{ffa0}\u{17b4}",
    "p\u{200d}r\u{200c}",
    "p\u{fe0f}q\u{e0101}r\u{180b}",
    "\u{1f3f4}\u{e0067}\u{e007f}",
    "\u{fffe}\u{fdd0}\u{10ffff}",
    // On the letter before, and over other lines.
    "\u{301}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
];

/// The one name of the hostile organisation with joiners that are spelling.
const FAMILY: &str = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}";

/// What must never be shown raw, but in [`FAMILY`].
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
        )
        || matches!(u32::from(c), 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfdd0..=0xfdef
            | 0xfe00..=0xfe0f | 0xfff0..=0xfffb | 0xfffe | 0xe0000..=0xe0fff | 0x0010_ffff)
}

#[track_caller]
pub fn assert_clean(what: &str, text: &str) {
    let known = text.replace(FAMILY, "");
    let found: Vec<char> = known.chars().filter(|c| is_hidden(*c) && *c != '\n').collect();
    assert!(found.is_empty(), "{what}: {found:?} in {text:?}");
}

/// What is hidden in what a terminal was sent, its escape sequences apart.
pub fn hidden_drawn(raw: &str) -> Vec<char> {
    let ours = |c: &char| matches!(c, '\u{1b}' | '\r' | '\n' | '\u{8}' | '\u{f}');
    let raw = raw.replace(FAMILY, "");
    raw.chars().filter(|c| is_hidden(*c) && !ours(c)).collect()
}

#[track_caller]
pub fn assert_result_is_clean(what: &str, result: &CommandResult) {
    assert_clean(what, &result.stdout);
    assert_clean(what, &result.stderr);
    assert!(!result.stderr.contains("panicked"), "{what}: {result:?}");
}
