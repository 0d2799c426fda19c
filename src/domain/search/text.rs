//! The texts of rows, in the form in which the matcher reads them. There are hundreds of thousands, so that most of them
//! are a few numbers and their letters.

use nucleo_matcher::pattern::{Atom, AtomKind};
use nucleo_matcher::{Matcher, Utf32Str, Utf32String};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::text::fold::fold;

/// A text of the fields of rows; its letters are in the store.
#[derive(Debug)]
pub(super) struct Text {
    start: u32,
    length: u32,
    letters: Letters,
    /// Whether it is a name, whose letters may be apart.
    is_loose: bool,
    folded: Option<Box<Folded>>,
}

/// What is compared in place of a text that isn't ASCII.
#[derive(Debug)]
struct Folded {
    /// One character per grapheme, folded.
    characters: Utf32String,
    /// Which grapheme of the text each of them comes from; empty where that is its own number.
    origins: Vec<usize>,
    /// More texts of the same field, such as tags.
    others: Vec<u32>,
}

/// Which letters a text has, as far as that is known: a text that lacks one of a word's letters need not be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Letters(u64);

impl Letters {
    /// Those of a text, in any case. One with other scripts may have all.
    fn of_text(text: &str) -> Self {
        if text.is_ascii() {
            Self::of_ascii(text.bytes())
        } else {
            Self(u64::MAX)
        }
    }

    /// Those of the letters of a word, as far as they are ASCII.
    pub(super) fn of_needle(needle: &str) -> Self {
        Self::of_ascii(needle.bytes().filter(u8::is_ascii))
    }

    /// How many of some others are not among them.
    pub(super) fn lack(self, others: Self) -> u32 {
        (others.0 & !self.0).count_ones()
    }

    /// Those of a word, as far as they are ASCII.
    pub(super) fn of_word(atom: &Atom) -> Self {
        let characters = atom.needle_text().chars();
        Self::of_ascii(characters.filter_map(|c| u8::try_from(c).ok().filter(u8::is_ascii)))
    }

    fn of_ascii(bytes: impl Iterator<Item = u8>) -> Self {
        let bit = |byte: u8| match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            digit @ b'0'..=b'9' => 26 + digit - b'0',
            other => 36 + other % 28,
        };
        Self(bytes.fold(0, |bits, byte| bits | 1 << bit(byte)))
    }

    /// Whether all of some others are among them.
    pub(super) fn contain(self, others: Self) -> bool {
        self.lack(others) == 0
    }
}

/// Texts, all of their letters in one.
#[derive(Debug, Default)]
pub(super) struct TextStore {
    all: Vec<Text>,
    letters: String,
}

impl TextStore {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Adds a text; returns its place.
    pub(super) fn add(&mut self, text: &str, is_loose: bool) -> u32 {
        let folded = (!text.is_ascii()).then(|| {
            let (characters, origins) = folded(text);
            Box::new(Folded {
                characters,
                origins,
                others: Vec::new(),
            })
        });
        self.push(text, Letters::of_text(text), is_loose, folded)
    }

    /// Adds several texts of one field, each of which may match.
    pub(super) fn add_several(&mut self, texts: &[String]) -> u32 {
        let (first, others) = texts
            .split_first()
            .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        if others.is_empty() {
            return self.add(first, false);
        }
        let letters = texts
            .iter()
            .fold(0, |letters, text| letters | Letters::of_text(text).0);
        let others = others.iter().map(|text| self.add(text, false)).collect();
        let (characters, origins) = folded(first);
        let folded = Folded {
            characters,
            origins,
            others,
        };
        self.push(first, Letters(letters), false, Some(Box::new(folded)))
    }

    fn push(&mut self, text: &str, letters: Letters, is_loose: bool, folded: Option<Box<Folded>>) -> u32 {
        let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        let (start, length) = (number(self.letters.len()), number(text.len()));
        self.letters.push_str(text);
        self.all.push(Text {
            start,
            length,
            letters,
            is_loose,
            folded,
        });
        number(self.all.len() - 1)
    }

    pub(super) fn get(&self, place: u32) -> Option<StoredText<'_>> {
        let text = self.all.get(place as usize)?;
        let start = text.start as usize;
        Some(StoredText {
            store: self,
            text,
            original: self.letters.get(start..start + text.length as usize)?,
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = StoredText<'_>> {
        (0..).map_while(|place| self.get(place))
    }
}

/// One character per grapheme, folded, and which grapheme each of them comes from.
fn folded(text: &str) -> (Utf32String, Vec<usize>) {
    if text.is_ascii() {
        return (text.into(), Vec::new());
    }
    let mut chars = Vec::new();
    let mut origins = Vec::new();
    for (number, grapheme) in text.graphemes(true).enumerate() {
        // One grapheme may become several: ß, ㌔.
        for folded in fold(grapheme).graphemes(true) {
            chars.extend(folded.chars().next());
            origins.push(number);
        }
    }
    if origins.iter().enumerate().all(|(at, origin)| at == *origin) {
        origins.clear();
    }
    (Utf32String::Unicode(chars.into()), origins)
}

/// A text with its letters.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoredText<'a> {
    store: &'a TextStore,
    text: &'a Text,
    pub(super) original: &'a str,
}

impl<'a> StoredText<'a> {
    pub(super) fn is_loose(self) -> bool {
        self.text.is_loose
    }

    pub(super) fn letters(self) -> Letters {
        self.text.letters
    }

    /// What is compared.
    fn whole(self) -> Utf32Str<'a> {
        match &self.text.folded {
            Some(folded) => folded.characters.slice(..),
            None => Utf32Str::Ascii(self.original.as_bytes()),
        }
    }

    pub(super) fn score(self, atom: &Atom, matcher: &mut Matcher) -> Option<u32> {
        let own = atom.score(self.piece(atom).0, matcher).map(u32::from);
        let Some(folded) = &self.text.folded else {
            return own;
        };
        let others = folded.others.iter().filter_map(|place| self.store.get(*place));
        let mut others = others.map(|text| text.score(atom, matcher));
        if atom.negative {
            // What must be absent is absent from all of them.
            return own.filter(|_| others.all(|score| score.is_some()));
        }
        others.flatten().chain(own).max()
    }

    /// The graphemes that an atom matches.
    pub(super) fn matched(self, atom: &Atom, matcher: &mut Matcher) -> Vec<usize> {
        let (piece, begin) = self.piece(atom);
        let mut indices = Vec::new();
        atom.indices(piece, matcher, &mut indices);
        let origins = self
            .text
            .folded
            .as_ref()
            .map_or(&[][..], |folded| &folded.origins);
        let origin = |at: usize| origins.get(at).copied().unwrap_or(at);
        indices
            .into_iter()
            .map(|at| origin(begin + at as usize))
            .collect()
    }

    /// The piece of the text that an atom is compared with, and where it begins. Where case matters, the matcher
    /// compares `^start` and `end$` with a whole text: it gets no more than what may be equal.
    fn piece(self, atom: &Atom) -> (Utf32Str<'a>, usize) {
        let (needle, whole) = (atom.needle_text(), self.whole());
        if !needle.chars().any(char::is_uppercase) {
            return (whole, 0);
        }
        let (length, all) = (needle.len(), whole.len());
        // As the matcher does, unless blanks are what is looked for.
        let blanks = |count: usize, first: Option<char>| {
            let wanted = first.is_some_and(char::is_whitespace);
            if wanted { 0 } else { count }
        };
        match atom.kind {
            AtomKind::Prefix => {
                let count = whole.chars().take_while(|c| c.is_whitespace()).count();
                let begin = blanks(count, needle.chars().next());
                (whole.slice(begin..all.min(begin + length)), begin)
            }
            AtomKind::Postfix => {
                let count = whole.chars().rev().take_while(|c| c.is_whitespace()).count();
                let end = all - blanks(count, needle.chars().next_back());
                let begin = end.saturating_sub(length);
                (whole.slice(begin..end), begin)
            }
            _ => (whole, 0),
        }
    }
}
