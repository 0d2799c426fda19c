//! How well each row matches a term: an account's texts are compared with a word once, whatever number of permission sets
//! it has, and so is each text that many rows share.

use super::hit::Hit;
use super::query::{Field, Term, Word};
use super::rows::{Row, Rows};
use super::text::{Scratch, StoredText};

/// A hit in the name or permission set outweighs the same hit in an ID or email address.
const NAME_BONUS: u32 = 20;

/// Of equal hits, one in the account's name counts before one in a permission set: that many accounts have.
const ACCOUNT_BONUS: u32 = 2;

/// A score as far as it is known. A number, because there are tens of thousands of them.
#[derive(Clone, Copy, Default)]
struct Known(u32);

impl Known {
    const NOTHING: u32 = 0;
    const NO_MATCH: u32 = 1;

    fn or_learn(&mut self, learn: impl FnOnce() -> Option<u32>) -> Option<u32> {
        if self.0 == Self::NOTHING {
            self.0 = learn().map_or(Self::NO_MATCH, |score| score.saturating_add(2));
        }
        self.0.checked_sub(2)
    }
}

/// The scores of one word.
#[derive(Default)]
pub(super) struct WordScores {
    accounts: Vec<Known>,
    kinds: Vec<Known>,
    shared: Vec<Known>,
}

/// Compares the words of one term with rows.
pub(super) struct TermScores<'a> {
    rows: &'a Rows,
    term: &'a Term,
    words: Vec<WordScores>,
    /// How many texts were looked at.
    pub(super) compared: usize,
}

impl<'a> TermScores<'a> {
    /// `words`: what was learned of this term's words before, of these rows or the first of them; nothing at first.
    pub(super) fn new(rows: &'a Rows, term: &'a Term, mut words: Vec<WordScores>) -> Self {
        let count = term.alternatives.iter().flatten().count();
        words.resize_with(count, WordScores::default);
        for known in words.iter_mut().filter(|known| !known.is_new()) {
            known.make_room(rows);
        }
        Self {
            words,
            rows,
            term,
            compared: 0,
        }
    }

    /// What was learned of the term's words.
    pub(super) fn into_words(self) -> Vec<WordScores> {
        self.words
    }

    /// The best alternative's hit.
    pub(super) fn hit(&mut self, row: Row, scratch: &mut Scratch) -> Option<Hit> {
        let Self {
            rows,
            term,
            words,
            compared,
        } = self;
        // Nearly all terms are one word.
        if let ([known], [words]) = (words.as_mut_slice(), term.alternatives.as_slice())
            && let [word] = words.as_slice()
        {
            let score = known.score(word, row, rows, scratch, compared);
            return to_hit(score, word, row, rows);
        }
        let mut scores = words.iter_mut();
        let mut best = None;
        for words in &term.alternatives {
            let mut sum = Some(Hit::default());
            for word in words {
                let known = scores.next()?;
                if let Some(before) = sum {
                    let score = known.score(word, row, rows, scratch, compared);
                    sum = to_hit(score, word, row, rows).map(|hit| before.and(hit));
                }
            }
            best = best.max(sum);
        }
        best
    }
}

/// What a word's score in a row says. A permission set that is not known may be what is searched for.
fn to_hit(score: Option<u32>, word: &Word, row: Row, rows: &Rows) -> Option<Hit> {
    if let Some(score) = score {
        return Some(Hit {
            score,
            is_found: !word.is_negative(),
            ..Hit::default()
        });
    }
    if word.is_negative() || !word.fields.contains(Field::PermissionSet) {
        return None;
    }
    (!rows.kind(row).has_set()).then_some(Hit::POSSIBLE)
}

impl WordScores {
    /// Whether no row was held against the word yet. It has no room then: the words before it may leave no row.
    fn is_new(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Nothing is known of rows that were added.
    fn make_room(&mut self, rows: &Rows) {
        let make_room = |known: &mut Vec<Known>, count: usize, most: usize| {
            known.reserve_exact(most.saturating_sub(known.len()));
            known.resize(count, Known::default());
        };
        make_room(&mut self.accounts, rows.accounts(), rows.of_accounts.room());
        make_room(&mut self.kinds, rows.kinds.len(), rows.kinds.len());
        make_room(&mut self.shared, rows.shared.len(), rows.shared.len());
    }

    /// A row's score.
    fn score(
        &mut self,
        word: &Word,
        row: Row,
        rows: &Rows,
        scratch: &mut Scratch,
        compared: &mut usize,
    ) -> Option<u32> {
        if self.is_new() {
            self.make_room(rows);
        }
        let Self {
            accounts,
            kinds,
            shared,
        } = self;
        let of_account = accounts.get_mut(row.account as usize)?.or_learn(|| {
            let fields = rows.account_fields(row.account, word);
            let (mut best, most) = (None, word.most_in_strict_field());
            let scores = fields.filter_map(|(field, text)| {
                // A name that matches outweighs nearly every ID and email address: that halves what is compared.
                if best >= Some(most) && !field.is_loose() && !word.is_negative() {
                    return None;
                }
                *compared += 1;
                let score = score_text(word, field, text, scratch);
                best = best.max(score);
                Some(score)
            });
            combine_scores(word, scores)
        });
        if word.is_negative() && of_account.is_none() {
            return None;
        }
        let of_kind = kinds.get_mut(row.kind as usize)?.or_learn(|| {
            let own = rows.kind(row).fields(word).map(|(field, place)| {
                shared.get_mut(place as usize)?.or_learn(|| {
                    *compared += 1;
                    score_text(word, field, rows.shared.get(place)?, scratch)
                })
            });
            combine_scores(word, own)
        });
        combine_scores(word, [of_kind, of_account].into_iter())
    }
}

/// The score of several fields: the best one; a word with `!` must be absent from all of them.
pub(super) fn combine_scores(word: &Word, mut scores: impl Iterator<Item = Option<u32>>) -> Option<u32> {
    if word.is_negative() {
        scores.all(|score| score.is_some()).then_some(0)
    } else {
        scores.flatten().max()
    }
}

/// The score of a word in one text of a field.
pub(super) fn score_text(
    word: &Word,
    field: Field,
    text: StoredText<'_>,
    scratch: &mut Scratch,
) -> Option<u32> {
    if !text.letters().contain(word.letters) {
        return word.is_negative().then_some(0);
    }
    let score = text.score(word.atom(field), scratch)?;
    Some(match field {
        Field::AccountName | Field::Alias => score + NAME_BONUS + ACCOUNT_BONUS,
        _ if field.is_loose() => score + NAME_BONUS,
        _ => score,
    })
}
