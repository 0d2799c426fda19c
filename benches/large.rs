//! What a large organisation costs: 5 000 accounts with 4 permission sets each. Compare the
//! figures of one run with each other, never with those of another machine.
//!
//! `cargo bench --bench large`
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement may stop")]

#[path = "support/organisation.rs"]
mod organisation;

use std::cell::RefCell;

use divan::{Bencher, black_box};
use genkan::domain::SignInId;
use genkan::domain::records::history::History;
use genkan::domain::rules::RuleSet;
use genkan::platform::files::paths::{PathVariables, Paths};
use genkan::store::{CatalogCache, SyncJournal};
use organisation::{catalog, draw, erase, now, portal, prepare, session, type_text};
use tempfile::TempDir;

fn main() {
    divan::main();
}

fn journal(cache: &CatalogCache) -> SyncJournal {
    cache.begin_listing(&session(), &SignInId::new("first")).journal
}

/// A cache that holds the catalog: as a finished file, or as the journal of a listing.
fn cache(finished: bool) -> (TempDir, CatalogCache) {
    let home = tempfile::tempdir().unwrap();
    let variables = PathVariables {
        home: Some(home.path().to_owned()),
        ..PathVariables::default()
    };
    let cache = CatalogCache::new(&Paths::resolve(&variables).unwrap());
    let mut journal = journal(&cache);
    let catalog = catalog();
    if finished {
        cache.finish(&session(), &catalog, journal).unwrap();
    } else {
        for entry in catalog.entries() {
            journal.accounts(std::slice::from_ref(&entry.account));
            journal.listed(&entry.account.id, &entry.permission_sets, now());
        }
    }
    (home, cache)
}

#[divan::bench(sample_count = 20)]
fn first_frame(bencher: Bencher<'_, '_>) {
    let (_home, cache) = cache(true);
    bencher.bench(|| {
        let catalog = cache.load(&session()).value.unwrap();
        let (model, _) = portal(catalog);
        draw(&model);
    });
}

#[divan::bench(sample_count = 20)]
fn load_the_catalog(bencher: Bencher<'_, '_>) {
    let (_home, cache) = cache(true);
    bencher.bench(|| cache.load(&session()));
}

#[divan::bench(sample_count = 20)]
fn load_the_journal_of_a_listing(bencher: Bencher<'_, '_>) {
    let (_home, cache) = cache(false);
    bencher.bench(|| cache.load(&session()));
}

#[divan::bench(sample_count = 20)]
fn save_the_catalog(bencher: Bencher<'_, '_>) {
    let (_home, cache) = cache(true);
    let catalog = catalog();
    bencher
        .with_inputs(|| journal(&cache))
        .bench_values(|journal| cache.finish(&session(), &catalog, journal));
}

#[divan::bench(sample_count = 20)]
fn write_one_account_to_the_journal(bencher: Bencher<'_, '_>) {
    let (_home, cache) = cache(true);
    let mut journal = journal(&cache);
    let catalog = catalog();
    let entry = catalog.entries().first().unwrap();
    bencher.bench_local(|| journal.listed(&entry.account.id, &entry.permission_sets, now()));
}

/// Words that nearly every row has, as a text that was pasted holds them.
const PASTED: &str = "a c d e i m n o p r s t ac ad at cc ce co dm es in is mi ni or ra ss st to tr";

/// Typing the first letter of a search right after the first frame, and the frame that shows it.
#[divan::bench(sample_count = 50, sample_size = 1, args = ["p", "z", PASTED])]
fn type_the_first_letter(bencher: Bencher<'_, '_>, text: &str) {
    let catalog = catalog();
    bencher
        .with_inputs(|| {
            let (model, _) = portal(catalog.clone());
            draw(&model);
            model
        })
        .bench_local_values(|mut model| {
            model.browse.edit_query(|query| query.insert(text));
            draw(&model);
            model
        });
}

/// Typing the last letter of a search, and the frame that shows it. Between keys the portal goes on with the search.
#[divan::bench(sample_count = 100, sample_size = 1, args = ["p", "pay", "prod adm", "zzzz", PASTED])]
fn type_a_letter(bencher: Bencher<'_, '_>, text: &str) {
    let (mut model, _) = portal(catalog());
    type_text(&mut model, text);
    prepare(&mut model);
    let model = RefCell::new(model);
    let letter = text.get(text.len() - 1..).unwrap();
    bencher
        .with_inputs(|| {
            let model = &mut model.borrow_mut();
            prepare(model);
            erase(model);
            prepare(model);
        })
        .bench_local_values(|()| {
            type_text(&mut model.borrow_mut(), letter);
            draw(&model.borrow());
        });
}

/// Taking it away again.
#[divan::bench(sample_count = 100, sample_size = 1, args = ["p", "pay", "prod adm", "zzzz", PASTED])]
fn erase_a_letter(bencher: Bencher<'_, '_>, text: &str) {
    let (mut model, _) = portal(catalog());
    type_text(&mut model, text);
    erase(&mut model);
    let model = RefCell::new(model);
    let letter = text.get(text.len() - 1..).unwrap();
    bencher
        .with_inputs(|| {
            let model = &mut model.borrow_mut();
            prepare(model);
            type_text(model, letter);
            prepare(model);
        })
        .bench_local_values(|()| {
            erase(&mut model.borrow_mut());
            draw(&model.borrow());
        });
}

#[divan::bench(sample_count = 50)]
fn draw_a_frame(bencher: Bencher<'_, '_>) {
    let (model, _) = portal(catalog());
    bencher.bench(|| draw(&model));
}

#[divan::bench(sample_count = 10, args = ["", "prod adm"])]
fn take_in_a_listing(bencher: Bencher<'_, '_>, query: &str) {
    let catalog = catalog();
    bencher
        .with_inputs(|| {
            let (mut model, id) = portal(catalog.clone());
            type_text(&mut model, query);
            (model, id)
        })
        .bench_local_values(|(mut model, id)| {
            organisation::take_in_a_listing(&mut model, id, &catalog);
            black_box(model.browse.counts())
        });
}

#[divan::bench(sample_count = 20)]
fn rebuild_the_rows(bencher: Bencher<'_, '_>) {
    let rules = std::sync::Arc::new(RuleSet::default());
    let catalog = catalog();
    let (mut model, _) = portal(catalog.clone());
    bencher.bench_local(|| {
        model
            .browse
            .rebuild(&[("tanuki", &catalog)], &History::default(), &rules);
    });
}
