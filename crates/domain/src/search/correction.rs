//! What a query that finds nothing was probably meant to be: one wrong letter per word corrected.

use std::collections::BTreeMap;

use nucleo_matcher::pattern::AtomKind;
use unicode_segmentation::UnicodeSegmentation as _;

use super::index::SearchIndex;
use super::letters::Letters;
use super::query::{self, Word};
use super::running::{RunningSearch, Work};
use super::scores::score_text;
use crate::text::fold::fold_text;

/// Shorter words are one letter away from too many others.
const SHORTEST: usize = 4;

/// The search for a correction, which goes on in parts.
#[derive(Debug)]
pub struct RunningCorrection {
    pieces: std::vec::IntoIter<String>,
    corrected: Vec<String>,
    is_changed: bool,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The next piece is to be looked at.
    Next,
    /// Whether a text has a word of a piece: as many accounts, then kinds of rows, were looked at.
    Known(Unknown, usize),
    /// Which words of the texts are near: as many of them were read.
    Near(Unknown, usize, BTreeMap<String, (bool, usize)>),
    /// Whether what came of it finds any row.
    Check(String, RunningSearch),
    Done(Option<String>),
}

/// A word that no row may have.
#[derive(Debug)]
struct Unknown {
    piece: String,
    word: Box<Word>,
    /// Its letters.
    needle: String,
    /// Which of the texts that rows share were looked at.
    seen: Vec<bool>,
}

impl Unknown {
    /// The letters of a plain word.
    fn of(piece: &str) -> Option<Self> {
        let mut terms = query::parse_query(piece);
        let [term] = terms.as_mut_slice() else { return None };
        let [words] = term.alternatives.as_mut_slice() else {
            return None;
        };
        if words.len() != 1 {
            return None;
        }
        let word = words.pop()?;
        let is_plain = word.loose.kind == AtomKind::Fuzzy && !word.is_negative();
        let is_long = word.loose.needle_text().len() >= SHORTEST;
        (is_plain && is_long).then(|| Self {
            piece: piece.to_owned(),
            needle: word.loose.needle_text().to_string().to_lowercase(),
            word: Box::new(word),
            seen: Vec::new(),
        })
    }
}

impl RunningCorrection {
    #[must_use]
    pub fn of(query: &str) -> Self {
        let pieces: Vec<String> = query::split_pieces(query).map(str::to_owned).collect();
        Self {
            pieces: pieces.into_iter(),
            corrected: Vec::new(),
            is_changed: false,
            stage: Stage::Next,
        }
    }

    /// What was found once it is done.
    #[must_use]
    pub fn into_result(self) -> Option<String> {
        match self.stage {
            Stage::Done(result) => result,
            _ => None,
        }
    }
}

/// What reading the words of a text costs.
const READING: usize = 150;

impl SearchIndex {
    /// The query with each word that no row has replaced by the nearest one that rows have: one wrong, missing,
    /// additional or swapped letter away. `None` where nothing can be replaced, or the result finds nothing either.
    #[must_use]
    pub fn corrected(&mut self, query: &str) -> Option<String> {
        let (mut correction, mut work) = (RunningCorrection::of(query), Work::UNLIMITED);
        self.go_on_correcting(&mut correction, &mut work);
        correction.into_result()
    }

    /// Goes on with it; true once it is done.
    pub fn go_on_correcting(&mut self, correction: &mut RunningCorrection, work: &mut Work) -> bool {
        while !matches!(correction.stage, Stage::Done(_)) && !work.is_done() {
            let stage = std::mem::replace(&mut correction.stage, Stage::Next);
            correction.stage = match stage {
                Stage::Next => self.next_piece(correction, work),
                Stage::Known(unknown, at) => self.look_for_word(correction, unknown, at, work),
                Stage::Near(unknown, at, counts) => self.correct_word(correction, unknown, at, counts, work),
                Stage::Check(corrected, mut search) => {
                    let is_done = self.go_on(&mut search, None, work);
                    if is_done || search.finds_any() {
                        let finds_any = search.finds_any();
                        self.end(search);
                        Stage::Done(finds_any.then_some(corrected))
                    } else {
                        Stage::Check(corrected, search)
                    }
                }
                Stage::Done(result) => Stage::Done(result),
            };
        }
        matches!(correction.stage, Stage::Done(_))
    }

    fn next_piece(&mut self, correction: &mut RunningCorrection, work: &mut Work) -> Stage {
        work.spend(1);
        let Some(piece) = correction.pieces.next() else {
            if !correction.is_changed {
                return Stage::Done(None);
            }
            let corrected = correction.corrected.join(" ");
            let search = self.begin(&corrected);
            return Stage::Check(corrected, search);
        };
        if let Some(unknown) = Unknown::of(&piece) {
            return Stage::Known(unknown, 0);
        }
        correction.corrected.push(piece);
        Stage::Next
    }

    /// Whether a word matches some text of its fields.
    fn look_for_word(
        &mut self,
        correction: &mut RunningCorrection,
        mut unknown: Unknown,
        mut at: usize,
        work: &mut Work,
    ) -> Stage {
        let Self { rows, scratch, .. } = self;
        let Unknown { word, seen, .. } = &mut unknown;
        seen.resize(rows.shared.len(), false);
        let (accounts, all) = (rows.accounts(), rows.accounts() + rows.kinds.len());
        let mut is_known = false;
        while at < all && !work.is_done() && !is_known {
            work.spend(1);
            let mut has_word = |field, text| score_text(word, field, text, scratch).is_some();
            let kind = at.checked_sub(accounts).and_then(|kind| rows.kinds.get(kind));
            is_known = if let Some(kind) = kind {
                kind.fields(word).any(|(field, place)| {
                    let seen = seen.get_mut(place as usize);
                    if seen.is_none_or(|seen| std::mem::replace(seen, true)) {
                        return false;
                    }
                    work.spend(Work::COMPARISON);
                    rows.shared.get(place).is_some_and(|text| has_word(field, text))
                })
            } else {
                work.spend(Work::COMPARISON);
                let account = u32::try_from(at).unwrap_or(u32::MAX);
                let mut fields = rows.account_fields(account, word);
                fields.any(|(field, text)| has_word(field, text))
            };
            at += 1;
        }
        if !is_known && at < all {
            return Stage::Known(unknown, at);
        }
        if is_known {
            correction.corrected.push(unknown.piece);
            return Stage::Next;
        }
        Stage::Near(unknown, 0, BTreeMap::new())
    }

    /// The most frequent word of the rows that is one letter away, else the most frequent beginning of one. Of thousands of
    /// names, those are read that have all letters of the word but one.
    fn correct_word(
        &mut self,
        correction: &mut RunningCorrection,
        unknown: Unknown,
        mut at: usize,
        mut counts: BTreeMap<String, (bool, usize)>,
        work: &mut Work,
    ) -> Stage {
        let needle = &*unknown.needle;
        let letters = Letters::of_needle(needle);
        let (accounts, rows) = (self.rows.accounts(), &self.rows);
        let text_at = |at: usize| match at.checked_sub(accounts) {
            None => rows.of_accounts.name(u32::try_from(at).ok()?),
            Some(shared) => rows.shared.get(u32::try_from(shared).ok()?),
        };
        while at < accounts + rows.shared.len() && !work.is_done() {
            let text = text_at(at).filter(|text| text.is_loose() && text.letters().lack(letters) <= 1);
            at += 1;
            work.spend(1);
            let Some(text) = text else { continue };
            work.spend(READING);
            count_words(text.original, needle, &mut counts);
        }
        if at < accounts + rows.shared.len() {
            return Stage::Near(unknown, at, counts);
        }
        let near = counts
            .into_iter()
            .filter(|(word, _)| strsim::osa_distance(word, needle) == 1)
            .max_by_key(|(_, likely)| *likely)
            .map(|(word, _)| word);
        let original = find_original(&unknown.piece, needle);
        let (Some(near), Some(original)) = (near, original) else {
            return Stage::Done(None);
        };
        correction.is_changed = true;
        correction
            .corrected
            .push(unknown.piece.replacen(original, &near, 1));
        Stage::Next
    }
}

/// Counts the words of a text that may be one letter away from another one.
fn count_words(text: &str, needle: &str, counts: &mut BTreeMap<String, (bool, usize)>) {
    let mut words = words_like(text, needle);
    words.sort_unstable();
    words.dedup_by(|(word, _), (before, _)| word == before);
    for (word, is_beginning) in words {
        let (is_whole, count) = counts.entry(word).or_default();
        *is_whole |= !is_beginning;
        *count += 1;
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
