//! How many people one portal can serve that admits 20 requests a second: the table of the page on performance.

use std::fmt::Write as _;
use std::path::Path;

use super::super::constants::{FASTEST, POLITE};
use super::super::rate::Rate;
use super::clock::{Client, run};
use super::portals::{Portal, Random, bucket};

const PAGE: &str = "docs/src/performance.md";
const BEGIN: &str = "<!-- crowds begin: GENKAN_UPDATE_DOCS=1 cargo test --lib crowds -->\n";
const END: &str = "<!-- crowds end -->\n";

/// People who use one portal.
struct Crowd {
    what: &'static str,
    /// How many list, how many requests each, and within how many seconds they begin.
    listings: (u32, u32, f64),
    /// How many single requests for credentials, within the same time.
    credentials: u32,
    /// How often it is drawn who begins when: what happens between a few depends on that.
    draws: u64,
}

const CROWDS: [Crowd; 7] = [
    Crowd {
        what: "2 people list 1,000 accounts at the same moment",
        listings: (2, 1_010, 0.1),
        credentials: 0,
        draws: 20,
    },
    Crowd {
        what: "10 people list 200 accounts within a minute",
        listings: (10, 202, 60.0),
        credentials: 0,
        draws: 20,
    },
    Crowd {
        what: "100 people on one host list 40 accounts within a minute",
        listings: (100, 41, 60.0),
        credentials: 0,
        draws: 1,
    },
    Crowd {
        what: "100 people on one host list 40 accounts within 10 minutes, and get 5 credentials each",
        listings: (100, 41, 600.0),
        credentials: 500,
        draws: 1,
    },
    Crowd {
        what: "10,000 people list 30 accounts within a working day of 8 hours",
        listings: (10_000, 31, 28_800.0),
        credentials: 0,
        draws: 1,
    },
    Crowd {
        what: "10,000 people get one credential each within an hour",
        listings: (0, 0, 3_600.0),
        credentials: 10_000,
        draws: 1,
    },
    Crowd {
        what: "10,000 people get 5 credentials each within an hour",
        listings: (0, 0, 3_600.0),
        credentials: 50_000,
        draws: 1,
    },
];

impl Crowd {
    fn clients(&self, draw: u64) -> Vec<Client> {
        let mut random = Random(0x9E37_79B9_7F4A_7C15 + draw);
        let (listings, requests, within) = self.listings;
        let lists = (0..listings)
            .map(|_| (true, random.next() * within))
            .collect::<Vec<_>>();
        let singles = (0..self.credentials).map(|_| (false, random.next() * within));
        lists
            .into_iter()
            .chain(singles)
            .map(|(lists, at)| {
                if lists {
                    Client::new(Rate::new(POLITE, FASTEST), requests, at)
                } else {
                    Client::urgent(at)
                }
            })
            .collect()
    }

    /// A row of the table.
    fn row(&self, portal: &Portal) -> String {
        let (mut clients, mut ended) = (Vec::new(), 0.0);
        for draw in 0..self.draws {
            let mut drawn = self.clients(draw);
            ended += run(&mut drawn, portal, 1);
            clients.extend(drawn);
        }
        let (singles, lists): (Vec<&Client>, Vec<&Client>) = clients.iter().partition(|c| c.is_urgent());
        assert!(
            lists.iter().all(|client| client.took().is_finite()),
            "{}: one is lost",
            self.what
        );
        let asked: u32 = clients.iter().map(|client| client.asked).sum();
        let refused: u32 = clients.iter().map(|client| client.refused).sum();
        let admitted = asked - refused;
        let mut row = format!("| {} | ", self.what);
        row += &times(&lists).map_or("–".to_owned(), |(median, most)| {
            format!("{} s, at most {} s", rounded(median), rounded(most))
        });
        row += " | ";
        row += &times(&singles).map_or("–".to_owned(), |(median, _)| {
            let given_up = singles
                .iter()
                .filter(|client| client.took().is_infinite())
                .count();
            format!("{median:.2} s, {} given up", thousands(given_up))
        });
        let least = f64::from(admitted) / 20.0;
        let _ = write!(
            row,
            " | {:.1} % | {} % |",
            f64::from(refused) * 100.0 / f64::from(asked),
            rounded(least * 100.0 / ended.max(least))
        );
        row
    }
}

/// Median and greatest time of clients that are done.
fn times(clients: &[&Client]) -> Option<(f64, f64)> {
    let mut times: Vec<f64> = clients
        .iter()
        .map(|client| client.took())
        .filter(|time| time.is_finite())
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    Some((*times.get(times.len() / 2)?, *times.last()?))
}

fn rounded(number: f64) -> String {
    if number < 10.0 {
        format!("{number:.1}")
    } else {
        format!("{number:.0}")
    }
}

fn thousands(number: usize) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands},{rest:03}"),
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn table_of_crowds() -> String {
    let portal = bucket(20.0, 1.0);
    let mut table =
        "| who | a listing, median and longest | a credential, median | refused | of the limit used |\n\
                     | --- | --- | --- | --- | --- |\n"
            .to_owned();
    for crowd in &CROWDS {
        let _ = writeln!(table, "{}", crowd.row(&portal));
    }
    println!("{table}");
    table
}

/// Sums of fractions differ between C libraries, and a table that is checked must not.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn page_on_performance_has_the_table_of_crowds() {
    let table = table_of_crowds();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PAGE);
    let page = std::fs::read_to_string(&path).expect("reads");
    let (before, rest) = page.split_once(BEGIN).expect("the beginning of the table");
    let (old, after) = rest.split_once(END).expect("the end of the table");
    #[expect(clippy::disallowed_methods, reason = "asks the developer who runs the tests")]
    let is_update = std::env::var_os("GENKAN_UPDATE_DOCS").is_some();
    if is_update {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).expect("writes");
    } else {
        assert_eq!(old, table, "GENKAN_UPDATE_DOCS=1 cargo test --lib crowds");
    }
}
