//! How many keys it takes from the open portal to a shell in each target of the demo, typed as a user would: the
//! first letters of words of the account's name, then, where that is not enough, of the permission set's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::records::history::{Action, History, TargetKey};
use genkan::domain::{Target, text};
use genkan::sandbox::Organisation;
use genkan::tui::effect::Effect;

use crate::support::driver::{Driver, later, options, target};

/// The whole list is on a screen of this size.
const TALL: (u16, u16) = (120, 150);
/// More keys than this are worth no try.
const MOST: usize = 6;
/// So many letters of a word.
const LETTERS: usize = 3;

/// The targets that a search finds, in the order in which Down reaches them.
fn found(driver: &mut Driver, query: &str) -> Vec<Target> {
    driver.control('u');
    driver.type_text(query);
    let lines = driver.model.browse.visible();
    lines
        .iter()
        .filter_map(|line| line.row.as_ref()?.target())
        .collect()
}

fn first_letters(word: &str) -> impl Iterator<Item = String> {
    let most = word.chars().count().min(LETTERS);
    (1..=most).map(|count| word.chars().take(count).collect())
}

/// What one might type for a name: the beginning of one of its words, or of two of them.
fn beginnings(name: &str) -> BTreeSet<String> {
    let words: Vec<String> = name.split(['-', ' ']).map(str::to_lowercase).collect();
    let mut out: BTreeSet<String> = words.iter().flat_map(|word| first_letters(word)).collect();
    for (at, first) in words.iter().enumerate() {
        for second in &words[at + 1..] {
            for (a, b) in
                first_letters(first).flat_map(|a| first_letters(second).map(move |b| (a.clone(), b)))
            {
                // Letters that follow each other are a fuzzy match of the name.
                out.extend([format!("{a}{b}"), format!("{a} {b}")]);
            }
        }
    }
    out
}

/// The words of a permission set: `ReadOnlyAccess` is read, only, access.
fn words_of_set(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if !c.is_uppercase() => word.extend(c.to_lowercase()),
            _ => words.push(c.to_lowercase().collect()),
        }
    }
    words
}

fn queries(account: &str, set: &str) -> BTreeSet<String> {
    let names = beginnings(account);
    let sets: BTreeSet<String> = words_of_set(set)
        .iter()
        .flat_map(|word| first_letters(word))
        .collect();
    let both = names
        .iter()
        .flat_map(|name| sets.iter().map(move |set| format!("{name} {set}")));
    let all = names.iter().cloned().chain(both);
    all.filter(|query| query.chars().count() < MOST).collect()
}

#[test]
fn every_target_of_the_demo_is_a_few_keys_away() {
    let organisation = Organisation::sample();
    let mut answers: BTreeMap<String, Vec<Target>> = BTreeMap::new();
    let mut driver = Driver::signed_in();
    driver.send(genkan::tui::msg::Msg::Resize(TALL.0, TALL.1));
    let mut counts = Vec::new();
    let mut table = String::new();
    for account in &organisation.accounts {
        for set in &account.permission_sets {
            let wanted = target(&account.name, set);
            let mut queries: Vec<String> = queries(&account.name, set).into_iter().collect();
            queries.sort_by_key(|query| query.chars().count());
            let mut best: Option<(usize, String)> = None;
            for query in queries {
                let typed = query.chars().count();
                // Enter is one more; a longer query can't be better than what is known.
                if best.as_ref().is_some_and(|(keys, _)| typed + 1 >= *keys) {
                    break;
                }
                let rows = answers
                    .entry(query.clone())
                    .or_insert_with_key(|query| found(&mut driver, query));
                let Some(downs) = rows.iter().position(|row| *row == wanted) else {
                    continue;
                };
                let keys = typed + downs + 1;
                if best.as_ref().is_none_or(|(known, _)| keys < *known) {
                    best = Some((keys, format!("{query}{} ⏎", " ↓".repeat(downs))));
                }
            }
            let (keys, typed) = best.unwrap_or_else(|| panic!("{wanted} is not found"));
            counts.push(keys);
            let _ = writeln!(
                table,
                "{} {keys}  {typed}",
                text::pad_text(&wanted.to_string(), 45)
            );
        }
    }
    counts.sort_unstable();
    let (median, most) = (counts[counts.len() / 2], counts[counts.len() - 1]);
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let table = format!(
        "{} targets, median {median} keys, most {most}\n{table}",
        counts.len()
    );
    settings.bind(|| insta::assert_snapshot!("keys to a shell", table));
    assert!(median <= 4 && most <= 6, "{table}");
}

#[test]
fn a_recent_target_is_one_key_away() {
    let recent = [
        ("payments-dev", "AdministratorAccess"),
        ("data-lake-prod", "DataScientist"),
        ("決済-本番", "ReadOnlyAccess"),
    ];
    let mut history = History::default();
    for ((account, set), age) in recent.into_iter().zip([-60, -3_600, -7_200]) {
        history.record(TargetKey::from(&target(account, set)), Action::Shell, later(age));
    }
    let entered = |effects: &[Effect]| match effects {
        [Effect::Enter { target, .. }] => target.clone(),
        effects => panic!("{effects:?}"),
    };
    let mut driver = Driver::signed_in_with(options(), history.clone());
    let first = entered(driver.key(KeyCode::Enter));
    assert_eq!(first, target(recent[0].0, recent[0].1), "the cursor begins there");
    for (number, (account, set)) in ('1'..).zip(recent) {
        let mut driver = Driver::signed_in_with(options(), history.clone());
        let effects = driver.press(KeyCode::Char(number), KeyModifiers::ALT);
        assert_eq!(entered(effects), target(account, set));
    }
}
