//! What a query that finds nothing was probably meant to be: one wrong letter per word corrected.

use std::collections::HashMap;

use nucleo_matcher::pattern::AtomKind;
use unicode_segmentation::UnicodeSegmentation as _;

use super::index::SearchIndex;
use super::query::{self, Word};
use crate::domain::text::fold::fold;

/// Shorter words are one letter away from too many others.
const SHORTEST: usize = 4;

impl SearchIndex {
    /// The query with each word that no row has replaced by the nearest one that rows have: one wrong, missing,
    /// additional or swapped letter away. `None` where nothing can be replaced, or the result finds nothing either.
    #[must_use]
    pub fn corrected(&mut self, query: &str) -> Option<String> {
        let mut changed = false;
        let mut pieces = Vec::new();
        for piece in query::pieces(query) {
            match self.unknown_word(piece) {
                None => pieces.push(piece.to_owned()),
                Some(needle) => {
                    let nearest = self.nearest(&needle)?;
                    pieces.push(piece.replacen(original(piece, &needle)?, &nearest, 1));
                    changed = true;
                }
            }
        }
        let corrected = changed.then(|| pieces.join(" "))?;
        let all: Vec<usize> = (0..self.rows.len()).collect();
        (!self.find(&corrected, &all).is_empty()).then_some(corrected)
    }

    /// The letters of a plain word that matches no text at all.
    fn unknown_word(&mut self, piece: &str) -> Option<String> {
        let terms = query::parse(piece);
        let [term] = terms.as_slice() else { return None };
        let [words] = term.alternatives.as_slice() else {
            return None;
        };
        let [word] = words.as_slice() else { return None };
        let plain = word.loose.kind == AtomKind::Fuzzy && !word.is_negative();
        let long = || word.loose.needle_text().len() >= SHORTEST;
        (plain && long() && !self.is_known(word)).then(|| word.loose.needle_text().to_string().to_lowercase())
    }

    /// Whether a word matches some text of its fields.
    fn is_known(&mut self, word: &Word) -> bool {
        let Self {
            rows, texts, matcher, ..
        } = self;
        let mut seen = vec![false; texts.len()];
        rows.iter()
            .flat_map(|row| row.fields(word))
            .filter(|(_, place)| {
                seen.get_mut(*place)
                    .is_some_and(|seen| !std::mem::replace(seen, true))
            })
            .any(|(field, place)| {
                let text = texts.get(place);
                text.is_some_and(|text| text.score(word.atom(field), matcher).is_some())
            })
    }

    /// The most frequent word of the rows that is one letter away.
    fn nearest(&mut self, needle: &str) -> Option<String> {
        let texts = &self.texts;
        let vocabulary = self.vocabulary.get_or_insert_with(|| {
            let mut counts: HashMap<String, usize> = HashMap::new();
            for text in texts.iter().filter(|text| text.is_loose) {
                for word in words_of(&text.original) {
                    *counts.entry(word).or_default() += 1;
                }
            }
            let mut words: Vec<_> = counts.into_iter().collect();
            words.sort_unstable();
            words
        });
        let ends = |text: &str| (text.chars().next(), text.chars().next_back());
        let (first, last) = ends(needle);
        vocabulary
            .iter()
            .filter(|(word, _)| {
                // One letter away: nearly as long, and the same at one end at least.
                let (begins, closes) = ends(word);
                word.len().abs_diff(needle.len()) <= char::MAX.len_utf8()
                    && (begins == first || closes == last)
                    && strsim::osa_distance(word, needle) == 1
            })
            .max_by_key(|(_, count)| *count)
            .map(|(word, _)| word.clone())
    }
}

/// The letters of a piece that became the needle: they may have accents, or be in full width or capitals.
fn original<'p>(piece: &'p str, needle: &str) -> Option<&'p str> {
    let begins = piece.char_indices().map(|(at, _)| at);
    begins
        .filter_map(|at| piece.get(at..))
        .find(|rest| fold(rest).to_lowercase() == needle)
}

/// The whole text, its parts between signs, and those parts' words with a capital; folded, in lower case.
fn words_of(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words = vec![folded.to_lowercase()];
    for part in folded.split(|c: char| !c.is_alphanumeric()) {
        words.push(part.to_lowercase());
        words.extend(capitalized(part).map(str::to_lowercase));
    }
    words.retain(|word| word.graphemes(true).count() >= SHORTEST - 1);
    words.sort_unstable();
    words.dedup();
    words
}

/// `AdministratorAccess` as `Administrator` and `Access`.
fn capitalized(part: &str) -> impl Iterator<Item = &str> {
    let mut before = false;
    let begins = part.char_indices().filter(move |(at, c)| {
        let begins = *at == 0 || (c.is_uppercase() && before);
        before = c.is_lowercase();
        begins
    });
    let begins: Vec<usize> = begins.map(|(at, _)| at).collect();
    let ends: Vec<usize> = begins.iter().copied().skip(1).chain([part.len()]).collect();
    begins
        .into_iter()
        .zip(ends)
        .filter_map(move |(begin, end)| part.get(begin..end))
}
