//! The index: rows held against the words of a query.
//!
//! Rows repeat their texts: an account appears in as many rows as it has permission sets, and these are few.
//! So each text is compared with each word once, whatever is typed or pasted.

use std::sync::Arc;

use super::hit::Hit;
use super::marks::Marks;
use super::query::{self, Field, Fields, Term, Word};
use super::rows::{Labels, Row, Rows, SearchRow};
use super::scores::{WordScores, combine_scores, score_text};
use super::text::{Scratch, StoredText};
use crate::AccountEntry;
use crate::rules::{AccountRules, RuleSet};

/// An index over rows, built once per catalog and searched once per keystroke.
pub struct SearchIndex {
    pub(super) rows: Rows,
    pub(super) scratch: Scratch,
    /// Some rows may have aliases or tags.
    has_labels: bool,
    /// What the last query found, for its room.
    pub(super) hits: Vec<(Hit, u32)>,
    /// What was learned of the latest terms: most letters change one word, and the others are searched for again.
    pub(super) known: Vec<(String, Vec<WordScores>)>,
    /// How many times a text was compared with a word.
    #[cfg(test)]
    pub(super) compared: usize,
}

/// What was learned is kept of so many terms.
const MOST_KNOWN: usize = 16;

/// What a query finds among some rows.
#[derive(Debug, Default)]
pub struct Found {
    /// Those that may match, in the order in which they were given: a query that narrows this one finds no others.
    pub matched: Vec<u32>,
    /// Those that match, best first.
    pub ranked: Vec<u32>,
}

impl std::fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchIndex")
            .field("rows", &self.rows.all.len())
            .finish_non_exhaustive()
    }
}

impl SearchIndex {
    #[must_use]
    pub fn new<'a>(rows: impl IntoIterator<Item = SearchRow<'a>>) -> Self {
        Self::with_rules(rows, &RuleSet::default())
    }

    /// The same with the aliases and tags that rules give.
    #[must_use]
    pub fn with_rules<'a>(rows: impl IntoIterator<Item = SearchRow<'a>>, rules: &RuleSet) -> Self {
        let (has_labels, by_set) = (rules.gives_labels(), rules.labels_permission_sets());
        // Most rows have the account of the one before.
        let mut account: Option<(SearchRow<'_>, AccountRules<'_>)> = None;
        let rows = rows.into_iter().map(|row| {
            if !has_labels {
                return (row, None);
            }
            let of_account = match account.take() {
                Some((last, of_account)) if last.is_of_account(&row) => {
                    if !by_set {
                        account = Some((last, of_account));
                        return (row, None);
                    }
                    of_account
                }
                _ => rules.of_account(row.session, row.account),
            };
            let (alias, tags) = of_account.labels(Some(row.set_name()).filter(|set| !set.is_empty()));
            account = Some((row, of_account));
            (row, Some(Labels { alias, tags }))
        });
        Self::labelled(rows, has_labels)
    }

    /// The same with what rules give each row, where that is known. A row without it has the labels of the row before,
    /// if that is of the same account.
    #[must_use]
    pub fn labelled<'a>(
        rows: impl IntoIterator<Item = (SearchRow<'a>, Option<Labels>)>,
        has_labels: bool,
    ) -> Self {
        let mut index = Self::empty(has_labels);
        for (row, given) in rows {
            index.rows.add(row, given.filter(|_| has_labels));
        }
        index
    }

    /// An index to which accounts are added with [`Self::add_account`]: as many at a time as there is time for.
    #[must_use]
    pub fn empty(has_labels: bool) -> Self {
        Self {
            rows: Rows::new(),
            scratch: Scratch::new(),
            has_labels,
            hits: Vec::new(),
            known: Vec::new(),
            #[cfg(test)]
            compared: 0,
        }
    }

    /// Makes room for so many accounts with so many rows.
    pub fn reserve(&mut self, accounts: usize, rows: usize) {
        self.rows.of_accounts.reserve(accounts);
        self.rows.all.reserve_exact(rows);
    }

    /// Adds the rows of an account: one for each permission set, or one where none is known. The index shares the
    /// account's texts.
    pub fn add_account(&mut self, session: &str, entry: &Arc<AccountEntry>, rules: &RuleSet) {
        if !self.has_labels {
            return self.rows.add_entry(session, entry, |_| None);
        }
        let (of_account, by_set) = (
            rules.of_account(session, &entry.account),
            rules.labels_permission_sets(),
        );
        let mut is_labelled = false;
        self.rows.add_entry(session, entry, |set| {
            let is_same = std::mem::replace(&mut is_labelled, true) && !by_set;
            (!is_same).then(|| {
                let (alias, tags) = of_account.labels(set);
                Labels { alias, tags }
            })
        });
    }

    /// How many accounts it has.
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.rows.accounts()
    }

    /// The number of a row's account.
    #[must_use]
    pub fn account(&self, row: u32) -> Option<usize> {
        Some(self.rows.all.get(row as usize)?.account as usize)
    }

    /// Which of an account's permission sets a row is, where these are known.
    #[must_use]
    pub fn set(&self, row: u32) -> Option<usize> {
        let account = self.rows.all.get(row as usize)?.account;
        let first = self.rows.of_accounts.first_row_of_known(account)?;
        row.checked_sub(first).map(|set| set as usize)
    }

    /// The row of an account's permission set.
    #[must_use]
    pub fn row(&self, account: usize, set: usize) -> Option<u32> {
        let account = u32::try_from(account).ok()?;
        let first = self.rows.of_accounts.first_row_of_known(account)?;
        first.checked_add(u32::try_from(set).ok()?)
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.all.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.all.is_empty()
    }

    /// The terms of a query. Fields that no row will ever have are not looked into.
    pub(super) fn terms(&self, query: &str) -> Vec<Term> {
        let mut terms = query::parse_query(query);
        if self.has_labels {
            return terms;
        }
        let absent = Fields::of(&[Field::Alias, Field::Tag]);
        let words = terms.iter_mut().flat_map(|term| &mut term.alternatives).flatten();
        words.for_each(|word| word.fields = word.fields.without(absent));
        terms
    }

    /// Keeps what was learned of a term's words.
    pub(super) fn remember(&mut self, term: String, words: Vec<WordScores>) {
        if self.known.len() >= MOST_KNOWN {
            self.known.remove(0);
        }
        self.known.push((term, words));
    }

    /// Which graphemes of a row the query matched.
    pub fn marks(&mut self, query: &str, row: usize) -> Marks {
        let mut marks = Marks::default();
        let Some(row) = self.rows.all.get(row).copied() else {
            return marks;
        };
        for term in &self.terms(query) {
            // The alternative that gave the row its score is the one that is marked.
            let scored = term.alternatives.iter().filter_map(|words| {
                let mut sum = 0;
                for word in words {
                    sum += self.score_word(word, row)?;
                }
                Some((sum, words))
            });
            let scored: Vec<(u32, &Vec<Word>)> = scored.collect();
            let Some((_, words)) = scored.into_iter().rev().max_by_key(|(score, _)| *score) else {
                continue;
            };
            for word in words.iter().filter(|word| !word.is_negative()) {
                self.mark_word(word, row, &mut marks);
            }
        }
        marks.put_in_order();
        marks
    }

    /// The best field's score; a word with `!` must be absent from all of them.
    fn score_word(&mut self, word: &Word, row: Row) -> Option<u32> {
        let Self { rows, scratch, .. } = self;
        let fields = rows.fields(row, word).into_iter();
        let scores = fields.map(|(field, text)| score_text(word, field, text, scratch));
        combine_scores(word, scores)
    }

    /// Marks a word in the field that gave it its score, and wherever else it stands as it was typed: letters that are apart
    /// say nothing where the row is there for another reason.
    fn mark_word(&mut self, word: &Word, row: Row, marks: &mut Marks) {
        let Self { rows, scratch, .. } = self;
        let fields = rows.fields(row, word).into_iter();
        let scored =
            fields.filter_map(|(field, text)| Some((score_text(word, field, text, scratch)?, field, text)));
        let scored: Vec<(u32, Field, StoredText<'_>)> = scored.collect();
        let Some(best) = scored
            .iter()
            .rev()
            .max_by_key(|(score, ..)| *score)
            .map(|(_, field, _)| *field)
        else {
            return;
        };
        marks.note_best(best);
        for (_, field, text) in scored {
            let atom = if field == best {
                word.atom(field)
            } else {
                word.strict_atom()
            };
            marks.of_field(field).extend(text.matched(atom, scratch));
        }
    }
}

/// Rows with the best hits first. Scores are small numbers, so that each has a place of its own: sorting a hundred
/// thousand rows by comparing them takes longer than finding them.
pub(super) fn rank_hits(found: &[(Hit, u32)]) -> Vec<u32> {
    const MOST: u32 = 1 << 16;
    let best = found.iter().map(|(hit, _)| hit.score).max().unwrap_or_default();
    if best >= MOST {
        let mut found = found.to_vec();
        found.sort_by_key(|(hit, _)| std::cmp::Reverse((hit.is_certain, hit.score)));
        return found.into_iter().map(|(_, row)| row).collect();
    }
    // Certain hits first, of each kind the best score first.
    let rank = |hit: &Hit| (best - hit.score + if hit.is_certain { 0 } else { best + 1 }) as usize;
    let mut next = vec![0_usize; 2 * best as usize + 3];
    for (hit, _) in found {
        if let Some(count) = next.get_mut(rank(hit) + 1) {
            *count += 1;
        }
    }
    let mut before = 0;
    for place in &mut next {
        before += *place;
        *place = before;
    }
    let mut ranked = vec![0; found.len()];
    for (hit, row) in found {
        if let Some(place) = next.get_mut(rank(hit)) {
            if let Some(its) = ranked.get_mut(*place) {
                *its = *row;
            }
            *place += 1;
        }
    }
    ranked
}

#[cfg(test)]
mod tests;
