//! What a query that finds nothing was probably meant to be: one wrong letter per word corrected.

use std::collections::BTreeMap;

use nucleo_matcher::pattern::AtomKind;
use unicode_segmentation::UnicodeSegmentation as _;

use super::index::SearchIndex;
use super::letters::Letters;
use super::query::{self, Word};
use super::scores::score_text;
use crate::domain::text::fold::fold_text;

/// Shorter words are one letter away from too many others.
const SHORTEST: usize = 4;

impl SearchIndex {
    /// The query with each word that no row has replaced by the nearest one that rows have: one wrong, missing,
    /// additional or swapped letter away. `None` where nothing can be replaced, or the result finds nothing either.
    #[must_use]
    pub fn corrected(&mut self, query: &str) -> Option<String> {
        let mut changed = false;
        let mut pieces = Vec::new();
        for piece in query::split_pieces(query) {
            match self.unknown_word(piece) {
                None => pieces.push(piece.to_owned()),
                Some(needle) => {
                    let nearest = self.nearest(&needle)?;
                    pieces.push(piece.replacen(find_original(piece, &needle)?, &nearest, 1));
                    changed = true;
                }
            }
        }
        let corrected = changed.then(|| pieces.join(" "))?;
        self.finds_any(&corrected).then_some(corrected)
    }

    /// The letters of a plain word that matches no text at all.
    fn unknown_word(&mut self, piece: &str) -> Option<String> {
        let terms = query::parse_query(piece);
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
        let Self { rows, scratch, .. } = self;
        let accounts = u32::try_from(rows.accounts()).unwrap_or(u32::MAX);
        let of_accounts = (0..accounts).flat_map(|account| rows.account_fields(account, word));
        let mut seen = vec![false; rows.shared.len()];
        let shared = rows.kinds.iter().flat_map(|kind| kind.fields(word));
        let shared = shared.filter(|(_, place)| {
            let seen = seen.get_mut(*place as usize);
            seen.is_some_and(|seen| !std::mem::replace(seen, true))
        });
        let shared = shared.filter_map(|(field, place)| Some((field, rows.shared.get(place)?)));
        shared
            .chain(of_accounts)
            .any(|(field, text)| score_text(word, field, text, scratch).is_some())
    }

    /// The most frequent word of the rows that is one letter away, else the most frequent beginning of one. Of thousands of
    /// names, those are read that have all letters of the word but one.
    fn nearest(&self, needle: &str) -> Option<String> {
        let letters = Letters::of_needle(needle);
        let mut counts: BTreeMap<String, (bool, usize)> = BTreeMap::new();
        let texts = self.rows.of_accounts.iter().chain(self.rows.shared.iter());
        for text in texts.filter(|text| text.is_loose() && text.letters().lack(letters) <= 1) {
            let mut words = words_like(text.original, needle);
            words.sort_unstable();
            words.dedup_by(|(word, _), (before, _)| word == before);
            for (word, is_beginning) in words {
                let (is_whole, count) = counts.entry(word).or_default();
                *is_whole |= !is_beginning;
                *count += 1;
            }
        }
        counts
            .into_iter()
            .filter(|(word, _)| strsim::osa_distance(word, needle) == 1)
            .max_by_key(|(_, likely)| *likely)
            .map(|(word, _)| word)
    }
}

/// Whether a word may be one letter away from another one: nearly as long, and the same at one end at least.
fn is_like(word: &str, needle: &str) -> bool {
    let lower = |c: Option<char>| c.map(|c| c.to_ascii_lowercase());
    word.len().abs_diff(needle.len()) <= char::MAX.len_utf8()
        && (lower(word.chars().next()) == needle.chars().next()
            || lower(word.chars().next_back()) == needle.chars().next_back())
}

/// The letters of a piece that became the needle: they may have accents, or be in full width or capitals.
fn find_original<'p>(piece: &'p str, needle: &str) -> Option<&'p str> {
    let begins = piece.char_indices().map(|(at, _)| at);
    begins
        .filter_map(|at| piece.get(at..))
        .find(|rest| fold_text(rest).to_lowercase() == needle)
}

/// Words of a text that may be one letter away from another one: the whole text, its parts between signs, and those parts'
/// words with a capital; then beginnings of these, which say that they are. Folded, in lower case.
fn words_like(text: &str, needle: &str) -> Vec<(String, bool)> {
    let folded = fold_text(text);
    let parts = || folded.split(|c: char| !c.is_alphanumeric());
    let words = [&*folded]
        .into_iter()
        .chain(parts())
        .chain(parts().flat_map(split_capitalized))
        .map(|word| (word, false));
    let begun = parts().chain(parts().flat_map(split_capitalized));
    let begun = begun
        .flat_map(|part| typed_beginnings(part, needle))
        .map(|word| (word, true));
    let mut words: Vec<(String, bool)> = words
        .chain(begun)
        .filter(|(word, _)| !word.is_ascii() || is_like(word, needle))
        .map(|(word, is_beginning)| (word.to_lowercase(), is_beginning))
        .collect();
    words.retain(|(word, _)| is_like(word, needle) && word.graphemes(true).count() >= SHORTEST - 1);
    words
}

/// What one types of `Administrator` to find it: its beginnings that are as long as a word, with a letter more or less.
fn typed_beginnings<'p>(part: &'p str, needle: &str) -> impl Iterator<Item = &'p str> {
    let letter = |text: &str| text.bytes().next().map(|byte| byte.to_ascii_lowercase());
    // Names that nothing is read of are most of them.
    let may_be = part.len() >= needle.len() && letter(part) == letter(needle);
    let letters = if may_be { needle.graphemes(true).count() } else { 0 };
    (letters.saturating_sub(1)..=letters + 1)
        .filter(move |_| may_be)
        .filter_map(move |count| {
            let (at, last) = part.grapheme_indices(true).nth(count.checked_sub(1)?)?;
            part.get(..at + last.len())
        })
}

/// `AdministratorAccess` as `Administrator` and `Access`.
fn split_capitalized(part: &str) -> impl Iterator<Item = &str> {
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
