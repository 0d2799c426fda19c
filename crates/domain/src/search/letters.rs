//! Which letters a text has: one that lacks a letter of a word need not be compared with it.

use nucleo_matcher::pattern::Atom;

/// The ASCII letters of a text once it is folded, in any case, each a bit; some signs share one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Letters(u64);

/// The bit of each ASCII character.
#[allow(clippy::indexing_slicing, reason = "the index is the loop's")]
const BITS: [u64; 128] = {
    let mut bits = [0; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        let bit = match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            digit @ b'0'..=b'9' => 26 + digit - b'0',
            other => 36 + other % 28,
        };
        bits[byte as usize] = 1 << bit;
        byte += 1;
    }
    bits
};

impl Letters {
    /// All that an account ID may have.
    pub(super) const DIGITS: Self = Self(0b11_1111_1111 << 26);

    /// Those of the letters of a word, as far as they are ASCII.
    pub(super) fn of_needle(needle: &str) -> Self {
        Self::of_characters(needle.chars())
    }

    /// Those of a word, as far as they are ASCII.
    pub(super) fn of_word(atom: &Atom) -> Self {
        Self::of_characters(atom.needle_text().chars())
    }

    /// Those of an ASCII text.
    pub(super) fn of_ascii(bytes: impl Iterator<Item = u8>) -> Self {
        let bit = |byte: u8| BITS.get(byte as usize).copied().unwrap_or_default();
        Self(bytes.fold(0, |bits, byte| bits | bit(byte)))
    }

    /// Those of characters that were folded. What isn't ASCII is compared with nothing that is.
    pub(super) fn of_characters(characters: impl Iterator<Item = char>) -> Self {
        Self::of_ascii(characters.filter_map(|c| u8::try_from(c).ok()))
    }

    /// Those of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// How many of some others are not among them.
    pub(super) fn lack(self, others: Self) -> u32 {
        (others.0 & !self.0).count_ones()
    }

    /// Whether all of some others are among them.
    pub(super) fn contain(self, others: Self) -> bool {
        self.lack(others) == 0
    }
}
