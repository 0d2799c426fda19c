//! The index: rows held against the words of a query, once for each different text.
//!
//! Rows repeat their texts: an account appears in as many rows as it has permission sets, and these are few.
//! So each text is compared with each word once, whatever is typed or pasted.

use nucleo_matcher::{Config, Matcher};

use super::hit::Hit;
use super::marks::Marks;
use super::query::{self, Field, Fields, Term, Word};
use super::rows::{Labels, Row, SearchRow, Texts};
use super::text::Text;
use crate::domain::rules::{AccountRules, RuleSet};

/// An index over rows, built once per catalog and searched once per keystroke.
pub struct SearchIndex {
    pub(super) texts: Vec<Text>,
    pub(super) rows: Vec<Row>,
    pub(super) matcher: Matcher,
    /// The words of names and permission sets, in lower case, each with the number of texts that have it. Made by
    /// the first query that finds nothing.
    pub(super) vocabulary: Option<Vec<(String, usize)>>,
    /// The fields that no row has.
    absent: Fields,
    /// How many times a text was compared with a word.
    #[cfg(test)]
    compared: usize,
}

/// A hit in the name or permission set outweighs the same hit in an ID or email address.
const NAME_BONUS: u32 = 20;

/// The scores of each text for one word, as far as they are known.
type Scores = Vec<Option<Option<u32>>>;

impl std::fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchIndex")
            .field("rows", &self.rows.len())
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
        let mut texts = Texts::default();
        // Most rows have the account of the one before.
        let mut last: Option<(SearchRow<'_>, Row)> = None;
        let mut places = Vec::new();
        let mut has_ways = false;
        for (row, given) in rows {
            let set = texts.place(Field::PermissionSet, row.set_name());
            let way = texts.place(Field::Way, row.way());
            let before = last.filter(|(last, _)| last.is_of_account(&row));
            let mut place = before.map_or_else(|| texts.row(&row), |(_, place)| place);
            place.set(Field::PermissionSet, set);
            place.set(Field::Way, way);
            has_ways |= !row.way().is_empty();
            if let Some(given) = given.filter(|_| has_labels) {
                texts.label(&mut place, given);
            }
            last = Some((row, place));
            places.push(place);
        }
        let mut absent = Fields::of(&[]);
        if !has_labels {
            absent = absent.with(Field::Alias).with(Field::Tag);
        }
        if !has_ways {
            absent = absent.with(Field::Way);
        }
        Self {
            texts: texts.all,
            rows: places,
            matcher: Matcher::new(Config::DEFAULT),
            vocabulary: None,
            absent,
            #[cfg(test)]
            compared: 0,
        }
    }

    /// The terms of a query. Fields that no row has are not looked into.
    fn terms(&self, query: &str) -> Vec<Term> {
        let mut terms = query::parse(query);
        let words = terms.iter_mut().flat_map(|term| &mut term.alternatives).flatten();
        words.for_each(|word| word.fields = word.fields.without(self.absent));
        terms
    }

    /// Row numbers that match, best first; equally good ones stay in the order of `order`, which
    /// lists all rows as they stand without a query.
    pub fn find(&mut self, query: &str, order: &[usize]) -> Vec<usize> {
        let terms = self.terms(query);
        if terms.is_empty() {
            return order.to_vec();
        }
        let mut found: Vec<(Hit, usize)> = order.iter().map(|row| (Hit::default(), *row)).collect();
        for term in &terms {
            let words = term.alternatives.iter().map(Vec::len).sum();
            let mut scores: Vec<Scores> = vec![vec![None; self.texts.len()]; words];
            found.retain_mut(|(sum, row)| {
                let Some(row) = self.rows.get(*row).copied() else {
                    return false;
                };
                let hit = self.score_term(term, row, &mut scores);
                *sum = sum.and(hit.unwrap_or_default());
                hit.is_some()
            });
        }
        // Every account whose permission sets are not known may have any: something else must match, too.
        found.retain(|(hit, _)| hit.is_certain || hit.is_found);
        found.sort_by_key(|(hit, _)| std::cmp::Reverse((hit.is_certain, hit.score)));
        found.into_iter().map(|(_, row)| row).collect()
    }

    /// The best alternative's hit.
    fn score_term(&mut self, term: &Term, row: Row, scores: &mut [Scores]) -> Option<Hit> {
        let mut scores = scores.iter_mut();
        let mut best = None;
        for words in &term.alternatives {
            let mut sum = Some(Hit::default());
            for word in words {
                let known = scores.next()?;
                if let Some(before) = sum {
                    sum = self.hit_word(word, row, known).map(|hit| before.and(hit));
                }
            }
            best = best.max(sum);
        }
        best
    }

    /// Whether the permission set of a row is not known.
    fn is_unknown(&self, row: Row) -> bool {
        let place = row.0.get(Field::PermissionSet as usize);
        let text = place.and_then(|place| self.texts.get(*place));
        text.is_some_and(|text| text.original.is_empty())
    }

    /// How a word matches a row. A permission set that is not known may be what is searched for.
    fn hit_word(&mut self, word: &Word, row: Row, known: &mut Scores) -> Option<Hit> {
        if let Some(score) = self.score_word(word, row, Some(known)) {
            return Some(Hit {
                score,
                is_found: !word.is_negative(),
                ..Hit::default()
            });
        }
        let may_match =
            self.is_unknown(row) && !word.is_negative() && word.fields.contains(Field::PermissionSet);
        may_match.then_some(Hit::POSSIBLE)
    }

    /// The best field's score; a word with `!` must be absent from all of them.
    fn score_word(&mut self, word: &Word, row: Row, mut known: Option<&mut Scores>) -> Option<u32> {
        let Self { texts, matcher, .. } = self;
        #[cfg(test)]
        let compared = &mut self.compared;
        let mut scores = row.fields(word).map(|(field, place)| {
            let text = texts.get(place)?;
            let mut compare = || {
                #[cfg(test)]
                {
                    *compared += 1;
                }
                score_text(word, field, text, matcher)
            };
            match &mut known {
                Some(known) => *known.get_mut(place)?.get_or_insert_with(compare),
                None => compare(),
            }
        });
        if word.is_negative() {
            scores.all(|score| score.is_some()).then_some(0)
        } else {
            scores.flatten().max()
        }
    }

    /// Which graphemes of a row the query matched.
    pub fn marks(&mut self, query: &str, row: usize) -> Marks {
        let mut marks = Marks::default();
        let Some(row) = self.rows.get(row).copied() else {
            return marks;
        };
        for term in &self.terms(query) {
            // The alternative that gave the row its score is the one that is marked.
            let scored = term.alternatives.iter().filter_map(|words| {
                let mut sum = 0;
                for word in words {
                    sum += self.score_word(word, row, None)?;
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

    /// Marks the field that gave a word its score.
    fn mark_word(&mut self, word: &Word, row: Row, marks: &mut Marks) {
        let Self { texts, matcher, .. } = self;
        let best = row.fields(word).filter_map(|(field, place)| {
            let text = texts.get(place)?;
            Some((score_text(word, field, text, matcher)?, field, text))
        });
        let best: Vec<(u32, Field, &Text)> = best.collect();
        let Some((_, field, text)) = best.into_iter().rev().max_by_key(|(score, ..)| *score) else {
            return;
        };
        let Some(list) = marks.of_field(field) else {
            return;
        };
        list.extend(text.matched(word.atom(field), matcher));
    }
}

fn score_text(word: &Word, field: Field, text: &Text, matcher: &mut Matcher) -> Option<u32> {
    let score = text.score(word.atom(field), matcher)?;
    Some(if field.is_loose() {
        score + NAME_BONUS
    } else {
        score
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Account;

    fn account(id: &str, name: &str) -> Account {
        Account {
            id: id.parse().unwrap_or_else(|e| panic!("{e}")),
            name: name.into(),
            email: format!("{id}@corp.example").into(),
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
        SearchIndex::new(rows.iter().map(|(account, set)| SearchRow {
            session: "tanuki",
            account,
            permission_set: set,
        }))
    }

    #[test]
    fn chained_roles_are_found_by_name_and_by_whole_words_of_their_way() {
        let logs = account("000000000001", "log-archive");
        let rows = [
            (logs, "LogReader via security-audit/Admin"),
            (account("000000000002", "security-audit"), "Admin"),
        ];
        let mut index = index_of(&rows);
        for (query, found) in [
            ("security-audit", vec![1, 0]),
            ("lrdr", vec![0]),
            ("via", vec![0]),
            ("set:admin", vec![1]),
            // Scattered over the way.
            ("ldit", vec![]),
        ] {
            assert_eq!(index.find(query, &[0, 1]), found, "{query}");
        }
        assert_eq!(index.marks("audit", 0).permission_set, [23, 24, 25, 26, 27]);
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
            // Fields, alternatives, accents and widths.
            ("set:read", vec![1]),
            ("acct:read", vec![]),
            ("!set:read prod", vec![0]),
            ("id:0003", vec![2]),
            ("email:0003@", vec![2]),
            ("session:tan 本番", vec![3]),
            ("session:other", vec![]),
            ("set:", vec![0, 1, 2, 3]),
            ("dev | 本番", vec![1, 3]),
            ("adm dev | zurich", vec![2]),
            ("| dev |", vec![1]),
            ("zürich", vec![2]),
            ("ｚｕｒｉｃｈ", vec![2]),
            ("ＤＥＶ", vec![]),
            // Pasted texts.
            ("payments-dev/ReadOnly", vec![1]),
            ("pay/adm", vec![0]),
            ("000000000003/adm", vec![2]),
            ("0000-0000-0003", vec![2]),
            ("0000-0000-0003/adm", vec![2]),
            (
                "arn:aws:iam::000000000001:role/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
                vec![0],
            ),
            (
                "arn:aws:iam::000000000001:role/AWSReservedSSO_ReadOnly_0123456789abcdef",
                vec![],
            ),
            (
                "https://x.awsapps.com/start/#/console?account_id=000000000002&role_name=ReadOnly",
                vec![1],
            ),
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
        assert_eq!(index().marks("corp", 0).email, [13, 14, 15, 16]);
        let marks = index().marks("pay/adm", 0);
        assert_eq!(
            (marks.account_name, marks.permission_set),
            (vec![0, 1, 2], vec![0, 1, 2])
        );
        // Letters that folding made two or one of are marked where they stand.
        let german = [(account("000000000005", "Straße-ﾊﾟﾘ"), "Admin")];
        assert_eq!(index_of(&german).marks("'sse", 0).account_name, [4, 5]);
        assert_eq!(index_of(&german).marks("パリ", 0).account_name, [7, 8]);
    }

    #[test]
    fn one_wrong_letter_is_corrected() {
        for (query, expected) in [
            ("paymwnts", Some("payments")),
            // Letters in order match as they are.
            ("paymets", None),
            ("paymenst adm", Some("payments adm")),
            ("Payemnts-Prod", Some("payments-prod")),
            ("acct:paymenst", Some("acct:payments")),
            ("zürixh", Some("zurich")),
            ("pay", None),
            ("payments", None),
            ("xyz", None),
            ("something-else", None),
            ("!paymets", None),
            ("'paymets", None),
        ] {
            let corrected = index().corrected(query);
            assert_eq!(corrected.as_deref(), expected, "{query}");
            if let Some(corrected) = corrected {
                assert!(!index().find(&corrected, &[0, 1, 2, 3]).is_empty(), "{query}");
            }
        }
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
    fn each_text_is_compared_with_each_word_once() {
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
            let before = index.compared;
            let found = index.find(query, &order);
            (found.len(), index.compared - before)
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
        fn a_row_is_found_whatever_stands_beside_it(query in "[pPaA z!^$' 0|/:]{0,12}") {
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
            let _ = index.corrected(&query);
        }
    }
}
