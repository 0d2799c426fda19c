//! From a key to the frame that shows it, of the portal in this process, as its loop runs it where no listing runs: after the first
//! frame, and between keys, it makes parts of what a search needs until a key comes.

use std::time::{Duration, Instant};

use genkan::domain::{Catalog, SignInId};
use genkan::platform::files::paths::{PathVariables, Paths};
use genkan::store::CatalogCache;
use genkan::tui::model::Model;

use super::Table;
use super::organisation::{catalog_of, draw, erase, portal, prepare, session, type_text};
use super::processes::{median, milliseconds};

/// What is typed and erased, letter by letter: words that rows have, and two that none has, of which one has a near word.
const SEARCHES: [&str; 6] = ["prod", "payments", "adm", "prod adm", "zzzz", "paymwnts"];

/// The first letters that are typed, each into a portal of its own.
const FIRST: [&str; 6] = ["p", "a", "e", "z", "1", "-"];

/// What was measured, in milliseconds.
pub(crate) struct Keys {
    /// From a key to its frame.
    pub(crate) median: f64,
    pub(crate) longest: f64,
    /// The same of the first letter, without a pause after the first frame.
    pub(crate) first: f64,
    /// From a key to the frame with all results, where no other key comes: the longest one.
    pub(crate) settled: f64,
}

/// Types into portals with so many accounts.
pub(crate) fn measure(accounts: usize, times: usize) -> Keys {
    let catalog = saved(&catalog_of(accounts));
    let mut keys: Vec<Duration> = Vec::new();
    let mut settled = Duration::ZERO;
    let mut press = |model: &mut Model, edit: &dyn Fn(&mut Model)| {
        let begun = Instant::now();
        edit(model);
        draw(model);
        keys.push(begun.elapsed());
        if prepare(model) {
            draw(model);
        }
        settled = settled.max(begun.elapsed());
        keys.last().copied().unwrap_or_default()
    };
    let mut first = Duration::ZERO;
    for letter in FIRST.repeat(times) {
        let mut model = open(&catalog);
        first = first.max(press(&mut model, &|model| type_text(model, letter)));
    }
    for _ in 0..times {
        let mut model = open(&catalog);
        prepare(&mut model);
        for text in SEARCHES {
            for letter in text.split_inclusive(|_: char| true) {
                press(&mut model, &|model| type_text(model, letter));
            }
            for _ in text.chars() {
                press(&mut model, &erase);
            }
        }
    }
    let median = milliseconds(median(&mut keys));
    Keys {
        median,
        longest: milliseconds(*keys.last().unwrap()),
        first: milliseconds(first),
        settled: milliseconds(settled),
    }
}

/// A catalog as the portal reads it from its file.
fn saved(catalog: &Catalog) -> Catalog {
    let home = tempfile::tempdir().unwrap();
    let variables = PathVariables {
        home: Some(home.path().to_owned()),
        ..PathVariables::default()
    };
    let cache = CatalogCache::new(&Paths::resolve(&variables).unwrap());
    let journal = cache.begin_listing(&session(), &SignInId::new("first")).journal;
    cache.finish(&session(), catalog, journal).unwrap();
    cache.load(&session()).value.unwrap()
}

/// The portal after its first frame.
fn open(catalog: &Catalog) -> Model {
    let (model, _) = portal(catalog.clone());
    draw(&model);
    model
}

pub(crate) fn add(table: &mut Table<'_>) {
    let keys = measure(25_000, 5);
    let what = "a key in the search and its frame, 100,000 rows";
    table.row(&format!("{what}, median"), keys.median, " ms", Some(3.0), "");
    table.row(&format!("{what}, longest"), keys.longest, " ms", Some(8.0), "");
    let first = format!("{what}, the first letter right after the first frame");
    table.row(&first, keys.first, " ms", Some(8.0), "");
    let settled = format!("{what} with all results, longest");
    table.row(&settled, keys.settled, " ms", None, "");
}
