//! Fuzzy search over targets: the only place that knows the matcher.
//!
//! A query is words; each must match within one field: letters in order in the account name or
//! permission set, a piece of the account id or email. Case matters only where the query has
//! capitals, and `zurich` finds `Zürich`. The signs of fzf work: `'exact ^start end$ !without`.
//!
//! Rows repeat their texts: an account stands in as many rows as it has permission sets, and these are
//! few. Each text is held against each word once, whatever is typed or pasted.

use std::collections::{HashMap, HashSet};

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str, Utf32String};

use super::Account;

/// Graphemes of one row that a query matched: offsets into each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub account_name: Vec<usize>,
    pub account_id: Vec<usize>,
    pub permission_set: Vec<usize>,
}

/// An index over rows, built once per catalog and asked once per keystroke.
pub struct SearchIndex {
    texts: Vec<Text>,
    rows: Vec<Row>,
    matcher: Matcher,
    /// How many times a text was held against a word.
    #[cfg(test)]
    asked: usize,
}

/// What stands in the fields of rows, once however many rows it stands in.
struct Text {
    text: Utf32String,
    /// Letters may be apart: a name. Scattered digits and letters of an id or email would match nearly
    /// everything.
    loose: bool,
}

/// Places in the index's texts.
#[derive(Clone, Copy)]
struct Row {
    account_name: usize,
    permission_set: usize,
    account_id: usize,
    email: usize,
}

/// One word of a query, for names and for ids and emails.
struct Word {
    loose: Atom,
    strict: Atom,
}

/// A hit in the name or permission set outweighs the same hit in an id or email.
const NAME_BONUS: u32 = 20;

impl std::fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchIndex")
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl SearchIndex {
    /// Indexes rows: accounts, each with the name of a permission set.
    pub fn new<'a>(rows: impl IntoIterator<Item = (&'a Account, &'a str)>) -> Self {
        let mut texts = Vec::new();
        let mut places = HashMap::new();
        let mut place = |text: &'a str, loose| {
            *places.entry((text, loose)).or_insert_with(|| {
                texts.push(Text {
                    text: text.into(),
                    loose,
                });
                texts.len() - 1
            })
        };
        // Most rows have the account of the one before.
        let mut last: Option<(&Account, Row)> = None;
        let rows = rows
            .into_iter()
            .map(|(account, permission_set)| {
                let permission_set = place(permission_set, true);
                let row = match last {
                    Some((same, row)) if same == account => Row {
                        permission_set,
                        ..row
                    },
                    _ => Row {
                        account_name: place(&account.name, true),
                        permission_set,
                        account_id: place(account.id.as_str(), false),
                        email: place(&account.email, false),
                    },
                };
                last = Some((account, row));
                row
            })
            .collect();
        Self {
            texts,
            rows,
            matcher: Matcher::new(Config::DEFAULT),
            #[cfg(test)]
            asked: 0,
        }
    }

    /// Row numbers that match, best first; equally good ones stay in the order of `order`, which
    /// lists all rows as they stand without a query.
    pub fn find(&mut self, query: &str, order: &[usize]) -> Vec<usize> {
        let mut words = words(query);
        if words.is_empty() {
            return order.to_vec();
        }
        // A word said twice says nothing more.
        let mut said = HashSet::new();
        words.retain(|word| said.insert(format!("{:?}", word.loose)));
        let mut found: Vec<(u32, usize)> = order.iter().map(|row| (0, *row)).collect();
        let mut scores: Vec<Option<Option<u32>>> = Vec::new();
        for word in &words {
            scores.clear();
            scores.resize(self.texts.len(), None);
            found.retain_mut(|(sum, row)| {
                let Some(row) = self.rows.get(*row) else {
                    return false;
                };
                let its = row.places().map(|place| {
                    let (text, score) = (self.texts.get(place)?, scores.get_mut(place)?);
                    *score.get_or_insert_with(|| {
                        #[cfg(test)]
                        {
                            self.asked += 1;
                        }
                        word.score(text, &mut self.matcher)
                    })
                });
                let score = word.of_row(its);
                *sum += score.unwrap_or_default();
                score.is_some()
            });
        }
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        found.into_iter().map(|(_, row)| row).collect()
    }

    /// Which graphemes of a row the query matched.
    pub fn marks(&mut self, query: &str, row: usize) -> Marks {
        let Self {
            texts, rows, matcher, ..
        } = self;
        let mut marks = Marks::default();
        let Some(row) = rows.get(row) else { return marks };
        for word in words(query).iter().filter(|w| !w.loose.negative) {
            // The same field that gave the word its score is the one that is marked.
            let best = row.places().into_iter().filter_map(|place| {
                let text = texts.get(place)?;
                Some((word.score(text, matcher)?, place, text))
            });
            let Some((_, place, text)) = best.rev().max_by_key(|(score, ..)| *score) else {
                continue;
            };
            let into = if place == row.account_name {
                &mut marks.account_name
            } else if place == row.permission_set {
                &mut marks.permission_set
            } else if place == row.account_id {
                &mut marks.account_id
            } else {
                continue;
            };
            let (atom, mut indices) = (word.atom(text), Vec::new());
            let (piece, begin) = piece(atom, &text.text);
            atom.indices(piece, matcher, &mut indices);
            into.extend(indices.into_iter().map(|i| begin + i as usize));
        }
        for list in [
            &mut marks.account_name,
            &mut marks.account_id,
            &mut marks.permission_set,
        ] {
            list.sort_unstable();
            list.dedup();
        }
        marks
    }
}

impl Row {
    fn places(self) -> [usize; 4] {
        [
            self.account_name,
            self.permission_set,
            self.account_id,
            self.email,
        ]
    }
}

impl Word {
    fn atom(&self, text: &Text) -> &Atom {
        if text.loose { &self.loose } else { &self.strict }
    }

    fn score(&self, text: &Text, matcher: &mut Matcher) -> Option<u32> {
        let atom = self.atom(text);
        let score = u32::from(atom.score(piece(atom, &text.text).0, matcher)?);
        Some(if text.loose { score + NAME_BONUS } else { score })
    }

    /// The best field's score; a word with `!` must be absent from all of them.
    fn of_row(&self, scores: [Option<u32>; 4]) -> Option<u32> {
        if self.loose.negative {
            scores.iter().all(Option::is_some).then_some(0)
        } else {
            scores.into_iter().flatten().max()
        }
    }
}

/// The piece of a text that an atom is held against, and where it begins. Where case matters, the matcher
/// holds `^start` and `end$` against a whole text: it gets no more than what may be equal.
fn piece<'t>(atom: &Atom, text: &'t Utf32String) -> (Utf32Str<'t>, usize) {
    let (needle, whole) = (atom.needle_text(), text.slice(..));
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

fn words(query: &str) -> Vec<Word> {
    Pattern::parse(query, CaseMatching::Smart, Normalization::Smart)
        .atoms
        .into_iter()
        .map(|loose| {
            let mut strict = loose.clone();
            if strict.kind == AtomKind::Fuzzy {
                strict.kind = AtomKind::Substring;
            }
            Word { loose, strict }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str, name: &str) -> Account {
        Account {
            id: id.parse().unwrap_or_else(|e| panic!("{e}")),
            name: name.into(),
            email: format!("{id}@corp.example"),
        }
    }

    fn rows() -> Vec<(Account, &'static str)> {
        [
            ("000000000001", "payments-prod", "AdministratorAccess"),
            ("000000000002", "payments-dev", "ReadOnly"),
            ("000000000003", "Zürich-Rechenzentrum", "AdministratorAccess"),
            ("000000000004", "決済-本番", "AdministratorAccess"),
        ]
        .map(|(id, name, set)| (account(id, name), set))
        .into()
    }

    fn index() -> SearchIndex {
        index_of(&rows())
    }

    fn index_of(rows: &[(Account, &str)]) -> SearchIndex {
        SearchIndex::new(rows.iter().map(|(account, set)| (account, *set)))
    }

    #[test]
    fn words_match_anywhere_and_accents_do_not_matter() {
        let order = [0, 1, 2, 3];
        for (query, expected) in [
            ("", vec![0, 1, 2, 3]),
            ("pay adm", vec![0]),
            ("zurich", vec![2]),
            ("決済", vec![3]),
            ("0002", vec![1]),
            ("dev", vec![1]),
            ("nothing-such", vec![]),
            ("!administrator", vec![1]),
            ("adm !zurich", vec![0, 3]),
        ] {
            assert_eq!(index().find(query, &order), expected, "{query}");
        }
    }

    #[test]
    fn marks_fall_on_the_field_that_matched() {
        let marks = index().marks("prod adm", 0);
        assert_eq!(marks.account_name, [9, 10, 11, 12]);
        assert_eq!(marks.permission_set, [0, 1, 2]);
        assert_eq!(index().marks("本番", 3).account_name, [3, 4]);
        assert_eq!(index().marks("x", 99), Marks::default());
    }

    #[test]
    fn capitals_are_told_apart_at_either_end() {
        let order = [0, 1, 2, 3];
        for (query, expected) in [
            ("^Admin", vec![0, 2, 3]),
            ("^Payments", vec![]),
            ("^Zür", vec![2]),
            ("Access$", vec![0, 2, 3]),
            ("access$", vec![0, 2, 3]),
            ("Only$", vec![1]),
            ("ONLY$", vec![]),
            ("!Access$", vec![1]),
            ("^ReadOnly$", vec![1]),
        ] {
            assert_eq!(index().find(query, &order), expected, "{query}");
        }
        assert_eq!(
            index().marks("Access$", 0).permission_set,
            [13, 14, 15, 16, 17, 18]
        );
        assert_eq!(index().marks("^Zürich", 2).account_name, [0, 1, 2, 3, 4, 5]);
    }

    /// A pasted text must not keep the keys waiting: what is done for it grows with what is different,
    /// in it and in the rows.
    #[test]
    fn each_text_is_held_against_each_word_once() {
        let sets = ["AdministratorAccess", "ReadOnlyAccess", "BillingAccess"];
        let rows: Vec<(Account, &str)> = (0..600)
            .map(|number: usize| {
                let (number, set) = (number / sets.len(), sets[number % sets.len()]);
                (
                    account(&format!("{number:012}"), &format!("account-{number}")),
                    set,
                )
            })
            .collect();
        let mut index = index_of(&rows);
        let order: Vec<usize> = (0..rows.len()).collect();
        let texts = 3 * rows.len() / sets.len() + sets.len();
        let mut asked = |query: &str| {
            let before = index.asked;
            let found = index.find(query, &order);
            (found.len(), index.asked - before)
        };
        for (query, words) in [
            ("c", 1),
            ("c o", 2),
            (&"c ".repeat(10_000), 1),
            (&"co cc ".repeat(5_000), 2),
        ] {
            assert_eq!(asked(query), (rows.len(), words * texts), "{}", query.len());
        }
        // What a word has left out no later word is asked about.
        let (none, of_first) = asked("x-y-z c o");
        assert_eq!((none, of_first), (0, texts));
    }

    proptest::proptest! {
        #[test]
        fn a_row_is_found_whatever_stands_beside_it(query in "[pPaA z!^$' 0]{0,12}") {
            let (rows, order) = (rows(), [0, 1, 2, 3]);
            let mut found = index().find(&query, &order);
            found.sort_unstable();
            let alone: Vec<usize> = rows
                .iter()
                .enumerate()
                .filter(|(_, row)| !index_of(std::slice::from_ref(row)).find(&query, &[0]).is_empty())
                .map(|(at, _)| at)
                .collect();
            proptest::prop_assert_eq!(found, alone);
        }

        #[test]
        fn no_query_panics(query in ".{0,30}") {
            let mut index = index();
            let found = index.find(&query, &[0, 1, 2, 3]);
            for row in found {
                index.marks(&query, row);
            }
        }
    }
}
