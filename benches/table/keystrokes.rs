//! From a key to the frame that shows it, of the portal in this process.

use std::time::{Duration, Instant};

use super::Table;
use super::organisation::{catalog_of, draw, erase, portal, type_text};
use super::processes::{median, milliseconds};

/// What is typed and erased, letter by letter.
const SEARCHES: [&str; 5] = ["prod", "payments", "adm", "prod adm", "zzzz"];

/// The median and the longest time of a key, in milliseconds, in a portal with so many accounts.
pub(crate) fn measure(accounts: usize, times: usize) -> (f64, f64) {
    let (mut model, _) = portal(catalog_of(accounts));
    let mut keys: Vec<Duration> = Vec::new();
    for _ in 0..times {
        for text in SEARCHES {
            for letter in text.split_inclusive(|_: char| true) {
                let begun = Instant::now();
                type_text(&mut model, letter);
                draw(&model);
                keys.push(begun.elapsed());
            }
            for _ in text.chars() {
                let begun = Instant::now();
                erase(&mut model);
                draw(&model);
                keys.push(begun.elapsed());
            }
        }
    }
    let median = milliseconds(median(&mut keys));
    (median, milliseconds(*keys.last().unwrap()))
}

pub(crate) fn add(table: &mut Table<'_>) {
    let (median, longest) = measure(25_000, 5);
    table.row(
        "a key in the search and its frame, 100,000 rows, median",
        median,
        " ms",
        Some(3.0),
        "",
    );
    table.row(
        "a key in the search and its frame, 100,000 rows, longest",
        longest,
        " ms",
        Some(8.0),
        "",
    );
}
