//! One text of a row, in the form in which the matcher reads it.

use nucleo_matcher::pattern::{Atom, AtomKind};
use nucleo_matcher::{Matcher, Utf32Str, Utf32String};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::text::fold::fold;

/// A text, once however many rows contain it.
pub(super) struct Text {
    /// One character per grapheme, folded.
    folded: Utf32String,
    /// Which grapheme of the text each of them comes from; empty where that is its own number.
    origins: Vec<usize>,
    pub(super) original: Box<str>,
    /// Whether it is a name, whose letters may be apart.
    pub(super) is_loose: bool,
    /// More texts of the same field, such as tags.
    others: Vec<Text>,
}

impl Text {
    pub(super) fn new(text: &str, is_loose: bool) -> Self {
        let original = text.into();
        if text.is_ascii() {
            return Self {
                folded: text.into(),
                origins: Vec::new(),
                original,
                is_loose,
                others: Vec::new(),
            };
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
        Self {
            folded: Utf32String::Unicode(chars.into()),
            origins,
            original,
            is_loose,
            others: Vec::new(),
        }
    }

    /// Several texts of one field, each of which may match.
    pub(super) fn several(texts: impl IntoIterator<Item = String>) -> Self {
        let mut texts = texts.into_iter().map(|text| Self::new(&text, false));
        let mut first = texts.next().unwrap_or_else(|| Self::new("", false));
        first.others = texts.collect();
        first
    }

    pub(super) fn score(&self, atom: &Atom, matcher: &mut Matcher) -> Option<u32> {
        let own = atom.score(self.piece(atom).0, matcher).map(u32::from);
        let mut others = self.others.iter().map(|text| text.score(atom, matcher));
        if atom.negative {
            // What must be absent is absent from all of them.
            return own.filter(|_| others.all(|score| score.is_some()));
        }
        others.flatten().chain(own).max()
    }

    /// The graphemes that an atom matches.
    pub(super) fn matched(&self, atom: &Atom, matcher: &mut Matcher) -> Vec<usize> {
        let (piece, begin) = self.piece(atom);
        let mut indices = Vec::new();
        atom.indices(piece, matcher, &mut indices);
        let origin = |at: usize| self.origins.get(at).copied().unwrap_or(at);
        indices
            .into_iter()
            .map(|at| origin(begin + at as usize))
            .collect()
    }

    /// The piece of the text that an atom is compared with, and where it begins. Where case matters, the matcher
    /// compares `^start` and `end$` with a whole text: it gets no more than what may be equal.
    fn piece(&self, atom: &Atom) -> (Utf32Str<'_>, usize) {
        let (needle, whole) = (atom.needle_text(), self.folded.slice(..));
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
