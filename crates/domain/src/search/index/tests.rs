//! What queries find.

use super::super::correction::RunningCorrection;
use super::super::narrowing::narrows_query;
use super::super::running::Work;
use super::*;
use crate::{Account, PermissionSetName};

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
        assert_eq!(index.find_rows(query, &[0, 1]), found, "{query}");
    }
    assert_eq!(index.marks("audit", 0).permission_set, [23, 24, 25, 26, 27]);
}

#[test]
fn chained_role_that_is_added_while_a_search_runs_is_found_by_its_way() {
    let mut index = SearchIndex::empty(false);
    let mut search = index.begin("zy");
    let chained = entry(account("000000000001", "logs"), &["X via 000000000002/Zy"]);
    index.add_account("tanuki", &chained, &RuleSet::default());
    index.go_on(&mut search, None, &mut Work::of(usize::MAX));
    assert_eq!(index.finish(search, &[]).ranked, [0]);
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
        ("ＤＥＶ", vec![1]),
        ("PAY ADM", vec![0]),
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
        assert_eq!(index().find_rows(query, &order), expected, "{query}");
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
        // Of a longer word that one begins to type; a whole word counts before that.
        ("amdin", Some("admin")),
        ("adimn", Some("admin")),
        ("pay amdin", Some("pay admin")),
        ("PAYMWNTS", Some("payments")),
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
            assert!(
                !index().find_rows(&corrected, &[0, 1, 2, 3]).is_empty(),
                "{query}"
            );
        }
    }
}

#[test]
fn account_name_counts_before_an_equal_permission_set() {
    let rows = [
        (account("000000000001", "ledger-prod"), "SecurityAudit"),
        (account("000000000002", "security-audit"), "ViewOnly"),
    ];
    assert_eq!(index_of(&rows).find_rows("security", &[0, 1]), [1, 0]);
}

#[test]
fn capitals_make_no_difference() {
    let order = [0, 1, 2, 3];
    for (query, expected) in [
        ("^Admin", vec![0, 2, 3]),
        ("^Payments", vec![0, 1]),
        ("^Zür", vec![2]),
        ("Access$", vec![0, 2, 3]),
        ("access$", vec![0, 2, 3]),
        ("Only$", vec![1]),
        ("ONLY$", vec![1]),
        ("!Access$", vec![1]),
        ("^ReadOnly$", vec![1]),
    ] {
        assert_eq!(index().find_rows(query, &order), expected, "{query}");
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
    let order: Vec<usize> = (0..rows.len()).collect();
    let texts = 3 * rows.len() / sets.len() + sets.len();
    let asked = |index: &mut SearchIndex, query: &str| {
        let before = index.compared;
        let found = index.find_rows(query, &order);
        (found.len(), index.compared - before)
    };
    for (query, words) in [
        ("c", 1),
        ("c o", 2),
        (&"c ".repeat(10_000), 1),
        (&"co cc ".repeat(5_000), 2),
    ] {
        let (found, compared) = asked(&mut index_of(&rows), query);
        assert_eq!(found, rows.len());
        // An ID or email address can't be better than a name that matches.
        assert!(compared <= words * texts, "{compared} for {}", query.len());
    }
    // What a word has left out no later word is asked about.
    let (none, of_first) = asked(&mut index_of(&rows), "x-y-z c o");
    assert_eq!((none, of_first), (0, texts));
    let names = rows.len() / sets.len() + sets.len();
    // What was learned of a word is known when another one is typed or erased.
    let mut index = index_of(&rows);
    let compared = ["c", "c o", "c", "o"].map(|query| asked(&mut index, query).1);
    assert_eq!(compared, [names, names, 0, 0]);
}

fn entry(account: Account, sets: &[&str]) -> Arc<AccountEntry> {
    Arc::new(AccountEntry {
        account,
        permission_sets: sets.iter().map(PermissionSetName::new).collect(),
        listed_at: None,
        problem: None,
    })
}

#[test]
fn rows_of_added_accounts_are_known_by_account_and_permission_set() {
    let mut index = SearchIndex::empty(false);
    let sets: [&[&str]; 3] = [&["Admin", "View"], &[], &["View"]];
    for (number, sets) in (1..).zip(sets) {
        let account = account(&format!("{number:012}"), &format!("account-{number}"));
        index.add_account("tanuki", &entry(account, sets), &RuleSet::default());
    }
    assert_eq!((index.accounts(), index.len()), (3, 4));
    let places: Vec<_> = (0..5).map(|row| (index.account(row), index.set(row))).collect();
    let known = [
        (Some(0), Some(0)),
        (Some(0), Some(1)),
        (Some(1), None),
        (Some(2), Some(0)),
        (None, None),
    ];
    assert_eq!(places, known);
    assert_eq!(
        (index.row(0, 1), index.row(1, 0), index.row(2, 0)),
        (Some(1), None, Some(3))
    );
    // A permission set that isn't known may be any.
    assert_eq!(index.find_rows("2 view", &[0, 1, 2, 3]), [2]);
}

proptest::proptest! {
    /// Accounts that share their lists, or have the same ones, are found as rows are that were added one by one.
    #[test]
    fn accounts_and_their_rows_are_found_alike(
        accounts in proptest::collection::vec(("[aApüß決 é]{0,4}", 0_usize..6), 1..12),
        query in "[aApu決s!^$'e|:/ ]{0,8}",
    ) {
        let lists: [&[&str]; 4] = [&["Admin", "Pass"], &["Pass"], &[], &["Admin via 000000000001/Pass", "Éa"]];
        let shared: Vec<Arc<[PermissionSetName]>> = lists.iter().map(|list| list.iter().map(PermissionSetName::new).collect()).collect();
        let mut whole = SearchIndex::empty(false);
        let mut entries = Vec::new();
        for (number, (name, list)) in (1..).zip(&accounts) {
            let mut entry = AccountEntry::clone(&entry(account(&format!("{number:012}"), name), lists[list % lists.len()]));
            if *list < lists.len() {
                entry.permission_sets = Arc::clone(&shared[*list]);
            }
            let entry = Arc::new(entry);
            whole.add_account("tanuki", &entry, &RuleSet::default());
            entries.push(entry);
        }
        let rows: Vec<SearchRow<'_>> = entries.iter().flat_map(|entry| {
            let row = |permission_set| SearchRow { session: "tanuki", account: &entry.account, permission_set };
            let unknown = entry.permission_sets.is_empty().then(|| row(""));
            entry.permission_sets.iter().map(move |set| row(set.shown())).chain(unknown)
        }).collect();
        let mut one_by_one = SearchIndex::new(rows.iter().copied());
        let order: Vec<usize> = (0..rows.len()).collect();
        let found = whole.find_rows(&query, &order);
        proptest::prop_assert_eq!(&found, &one_by_one.find_rows(&query, &order));
        for row in found {
            proptest::prop_assert_eq!(whole.marks(&query, row), one_by_one.marks(&query, row));
        }
    }

    /// A name that matches well is not compared further: nothing else may be better.
    #[test]
    fn no_strict_field_has_a_better_score_than_its_bound(text in "[ -~]{0,16}", word in "[ -~]{1,6}", at in 0_usize..12) {
        let mut scratch = Scratch::new();
        // Mostly one that the text has.
        let word = text.get(at..).and_then(|rest| rest.get(..3)).map_or(word.clone(), |part| format!("{part}{}", word.get(1..).unwrap_or_default()));
        for term in query::parse_query(&word) {
            for word in term.alternatives.into_iter().flatten().filter(|word| !word.is_negative()) {
                let mut rows = Rows::new();
                rows.add(SearchRow { session: "", account: &account("000000000001", &text), permission_set: &text }, None);
                for (_, stored) in rows.fields(rows.all[0], &word) {
                    let score = stored.score(word.strict_atom(), &mut scratch);
                    proptest::prop_assert!(score <= Some(word.most_in_strict_field()), "{:?}", score);
                }
            }
        }
    }

    /// A text that lacks a word's letters is not compared: it must not be one that matches.
    #[test]
    fn no_match_is_refused_for_its_letters(text in "[ -~üéßİſKЯ決ﾊﾟＡ\u{301}]{0,8}", word in "[ -~üéßKя決ハA\u{301}]{1,3}") {
        let mut scratch = Scratch::new();
        for term in query::parse_query(&word) {
            for word in term.alternatives.into_iter().flatten().filter(|word| !word.is_negative()) {
                let mut rows = Rows::new();
                rows.add(SearchRow { session: "", account: &account("000000000001", &text), permission_set: &text }, None);
                for (field, stored) in rows.fields(rows.all[0], &word) {
                    let refused = !stored.letters().contain(word.letters);
                    proptest::prop_assert!(!refused || stored.score(word.atom(field), &mut scratch).is_none(), "{:?}", field);
                }
            }
        }
    }

    /// What is typed letter by letter, and erased again, finds what the whole query finds among all rows.
    #[test]
    fn rows_that_a_narrower_query_finds_were_found_before(query in "[pPaAyz!^$' 0|/:ü決\\\\]{1,12}", sets in "[aA]{0,2}") {
        let mut rows = rows();
        rows.push((account("000000000005", "pay-a/z"), ""));
        rows.push((account("000000000006", "Pa決ü"), &sets));
        let mut index = index_of(&rows);
        let order: Vec<u32> = vec![5, 0, 1, 2, 3, 4];
        let typed: Vec<&str> = query.char_indices().filter_map(|(at, c)| query.get(..at + c.len_utf8())).collect();
        for (at, before) in typed.iter().enumerate() {
            let matched = index.find_among(before, &order).matched;
            for after in &typed[at..] {
                if narrows_query(before, after) {
                    let (all, among) = (index.find_among(after, &order), index.find_among(after, &matched));
                    proptest::prop_assert_eq!(&all.ranked, &index_of(&rows).find_among(after, &order).ranked, "{}", after);
                    proptest::prop_assert_eq!(all.ranked, among.ranked, "{} {}", before, after);
                    proptest::prop_assert_eq!(all.matched, among.matched);
                }
            }
        }
    }

    /// In parts of any size, with accounts that are added meanwhile, and some rows that come before equally good ones.
    #[test]
    fn search_in_parts_finds_what_it_finds_at_once(
        query in "[pPaAyz!^$' 0|/:ü決d]{0,8}",
        parts in proptest::collection::vec(1_usize..200, 1..20),
        first in proptest::sample::subsequence(vec![0_u32, 2, 3], 0..=3),
        correct: bool,
    ) {
        let mut entries: Vec<_> = rows().into_iter().map(|(account, set)| entry(account, &[set])).collect();
        entries.push(entry(account("000000000005", "b"), &["X via 000000000001/Zy"]));
        let mut whole = SearchIndex::empty(false);
        for entry in &entries {
            whole.add_account("tanuki", entry, &RuleSet::default());
        }
        let mut order = first.clone();
        order.extend((0..5).filter(|row| !first.contains(row)));
        let expected = whole.find_among(&query, &order);

        let (mut index, mut parts) = (SearchIndex::empty(false), parts.into_iter().cycle());
        let mut search = index.begin(&query);
        loop {
            let mut work = Work::of(parts.next().unwrap_or(1));
            let has_looked_at_all = index.go_on(&mut search, None, &mut work);
            match entries.get(index.accounts()) {
                Some(entry) if has_looked_at_all => index.add_account("tanuki", entry, &RuleSet::default()),
                None if has_looked_at_all => break,
                _ => {}
            }
        }
        let found = index.finish(search, &first);
        proptest::prop_assert_eq!((&found.matched, &found.ranked), (&expected.matched, &expected.ranked));
        // What was learned on the way is still right when it is used again.
        let again = index.find_among(&query, &order);
        proptest::prop_assert_eq!(again.ranked, expected.ranked);
        if correct {
            let mut correction = RunningCorrection::of(&query);
            while !index.go_on_correcting(&mut correction, &mut Work::of(parts.next().unwrap_or(1))) {}
            proptest::prop_assert_eq!(correction.into_result(), whole.corrected(&query));
        }
    }

    #[test]
    fn ranking_by_place_is_sorting(hits in proptest::collection::vec((0_u32..70_000, proptest::bool::ANY), 0..50), large: bool) {
        let hit = |(row, (score, is_certain)): (u32, (u32, bool))| {
            let score = if large { score } else { score % 300 };
            (Hit { is_certain, score, is_found: true }, row)
        };
        let found: Vec<(Hit, u32)> = (0..).zip(hits).map(hit).collect();
        let mut sorted = found.clone();
        sorted.sort_by_key(|(hit, _)| std::cmp::Reverse((hit.is_certain, hit.score)));
        let sorted: Vec<u32> = sorted.into_iter().map(|(_, row)| row).collect();
        proptest::prop_assert_eq!(rank_hits(&found), sorted);
    }

    #[test]
    fn a_row_is_found_whatever_stands_beside_it(query in "[pPaA z!^$' 0|/:]{0,12}") {
        let (rows, order) = (rows(), [0, 1, 2, 3]);
        let mut found = index().find_rows(&query, &order);
        found.sort_unstable();
        let alone: Vec<usize> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| !index_of(std::slice::from_ref(row)).find_rows(&query, &[0]).is_empty())
            .map(|(at, _)| at)
            .collect();
        proptest::prop_assert_eq!(found, alone);
    }

    #[test]
    fn no_query_panics(query in ".{0,30}") {
        let mut index = index();
        let found = index.find_rows(&query, &[0, 1, 2, 3]);
        for row in found {
            index.marks(&query, row);
        }
        let _ = index.corrected(&query);
    }
}
