//! Fuzzy search over targets: the only place that knows the matcher.
//!
//! A query is words; each must match within one field: letters in order in the account name or
//! permission set, a piece of the account id or email. Case matters only where the query has
//! capitals, and `zurich` finds `Zürich`. The signs of fzf work: `'exact ^start end$ !without`.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32String};

use super::Target;

/// Graphemes of one row that a query matched: offsets into each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub account_name: Vec<usize>,
    pub account_id: Vec<usize>,
    pub permission_set: Vec<usize>,
}

/// An index over rows, built once per catalog and asked once per keystroke.
pub struct SearchIndex {
    rows: Vec<Row>,
    matcher: Matcher,
}

struct Row {
    account_name: Utf32String,
    account_id: Utf32String,
    permission_set: Utf32String,
    email: Utf32String,
}

/// One word of a query, for the fields where letters may be apart and those where not: scattered
/// digits and letters of an id or email would match nearly everything.
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
    /// Indexes targets, each with the email of its account.
    pub fn new<'a>(rows: impl IntoIterator<Item = (&'a Target, &'a str)>) -> Self {
        let rows = rows
            .into_iter()
            .map(|(target, email)| Row {
                account_name: target.account_name.as_str().into(),
                account_id: target.account_id.as_str().into(),
                permission_set: target.permission_set.as_str().into(),
                email: email.into(),
            })
            .collect();
        Self {
            rows,
            matcher: Matcher::new(Config::DEFAULT),
        }
    }

    /// Row numbers that match, best first; equally good ones stay in the order of `order`, which
    /// lists all rows as they stand without a query.
    pub fn find(&mut self, query: &str, order: &[usize]) -> Vec<usize> {
        let words = words(query);
        if words.is_empty() {
            return order.to_vec();
        }
        let Self { rows, matcher } = self;
        let mut found: Vec<(u32, usize)> = order
            .iter()
            .filter_map(|&i| {
                let row = rows.get(i)?;
                let score = words
                    .iter()
                    .try_fold(0, |sum, w| Some(sum + w.score(row, matcher)?))?;
                Some((score, i))
            })
            .collect();
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        found.into_iter().map(|(_, i)| i).collect()
    }

    /// Which graphemes of a row the query matched.
    pub fn marks(&mut self, query: &str, row: usize) -> Marks {
        let Self { rows, matcher } = self;
        let mut marks = Marks::default();
        let Some(row) = rows.get(row) else { return marks };
        for word in words(query).iter().filter(|w| !w.loose.negative) {
            // The same field that gave the word its score is the one that is marked.
            let best = row
                .fields()
                .into_iter()
                .filter_map(|f| Some((word.in_field(&f, matcher)?, f)));
            let Some((_, field)) = best.rev().max_by_key(|(score, _)| *score) else {
                continue;
            };
            let into = match field {
                Field::AccountName(_) => &mut marks.account_name,
                Field::PermissionSet(_) => &mut marks.permission_set,
                Field::AccountId(_) => &mut marks.account_id,
                Field::Email(_) => continue,
            };
            let mut indices = Vec::new();
            field
                .atom(word)
                .indices(field.text().slice(..), matcher, &mut indices);
            into.extend(indices.into_iter().map(|i| i as usize));
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

enum Field<'a> {
    AccountName(&'a Utf32String),
    PermissionSet(&'a Utf32String),
    AccountId(&'a Utf32String),
    Email(&'a Utf32String),
}

impl<'a> Field<'a> {
    fn text(&self) -> &'a Utf32String {
        match self {
            Self::AccountName(t) | Self::PermissionSet(t) | Self::AccountId(t) | Self::Email(t) => t,
        }
    }

    fn atom<'w>(&self, word: &'w Word) -> &'w Atom {
        match self {
            Self::AccountName(_) | Self::PermissionSet(_) => &word.loose,
            Self::AccountId(_) | Self::Email(_) => &word.strict,
        }
    }
}

impl Row {
    fn fields(&self) -> [Field<'_>; 4] {
        [
            Field::AccountName(&self.account_name),
            Field::PermissionSet(&self.permission_set),
            Field::AccountId(&self.account_id),
            Field::Email(&self.email),
        ]
    }
}

impl Word {
    fn in_field(&self, field: &Field<'_>, matcher: &mut Matcher) -> Option<u32> {
        let score = u32::from(field.atom(self).score(field.text().slice(..), matcher)?);
        let bonus = if matches!(field, Field::AccountName(_) | Field::PermissionSet(_)) {
            NAME_BONUS
        } else {
            0
        };
        Some(score + bonus)
    }

    /// The best field's score; a word with `!` must be absent from all of them.
    fn score(&self, row: &Row, matcher: &mut Matcher) -> Option<u32> {
        let mut scores = row.fields().into_iter().map(|f| self.in_field(&f, matcher));
        if self.loose.negative {
            scores.all(|s| s.is_some()).then_some(0)
        } else {
            scores.flatten().max()
        }
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
    use crate::domain::PermissionSetName;

    fn rows() -> Vec<(Target, String)> {
        [
            ("000000000001", "payments-prod", "AdministratorAccess"),
            ("000000000002", "payments-dev", "ReadOnly"),
            ("000000000003", "Zürich-Rechenzentrum", "AdministratorAccess"),
            ("000000000004", "決済-本番", "AdministratorAccess"),
        ]
        .into_iter()
        .map(|(id, name, set)| {
            let target = Target {
                session: "org".into(),
                account_id: id.parse().unwrap_or_else(|e| panic!("{e}")),
                account_name: name.into(),
                permission_set: PermissionSetName::new(set),
            };
            (target, format!("{id}@corp.example"))
        })
        .collect()
    }

    fn index() -> SearchIndex {
        let rows = rows();
        SearchIndex::new(rows.iter().map(|(t, e)| (t, e.as_str())))
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

    proptest::proptest! {
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
