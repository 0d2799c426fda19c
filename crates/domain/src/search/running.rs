//! A search that goes on in parts: as much at a time as there is time for.
//!
//! Its work is counted, not timed, so that it is the same on every machine and on a busy one.

use super::hit::Hit;
use super::index::{Found, SearchIndex, rank_hits};
use super::query::Term;
use super::scores::{TermScores, WordScores};

/// How much work may be done, in units of looking at one row: some 10 nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    left: usize,
    spent: usize,
}

impl Work {
    pub const UNLIMITED: Self = Self::of(usize::MAX);
    /// What comparing a text with a word costs.
    pub(in crate::search) const COMPARISON: usize = 40;
    /// What adding an account to an index costs. It is more where rules give labels: each rule is held against the account.
    pub const ACCOUNT: usize = 120;

    #[must_use]
    pub const fn of(units: usize) -> Self {
        Self {
            left: units,
            spent: 0,
        }
    }

    #[must_use]
    pub fn left(self) -> usize {
        self.left
    }

    /// How much was done.
    #[must_use]
    pub fn spent(self) -> usize {
        self.spent
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_done(self) -> bool {
        self.left == 0
    }

    /// Notes what was done. The last of it may be more than what was left.
    pub fn spend(&mut self, units: usize) {
        self.left = self.left.saturating_sub(units);
        self.spent += units;
    }
}

/// A search under way.
pub struct RunningSearch {
    terms: Vec<Term>,
    /// What is known of each term's words.
    words: Vec<Vec<WordScores>>,
    /// How many rows were looked at.
    next: usize,
    found: Vec<(Hit, u32)>,
}

impl std::fmt::Debug for RunningSearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningSearch")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl RunningSearch {
    /// Whether a row that was looked at matches.
    #[must_use]
    pub fn finds_any(&self) -> bool {
        self.found.iter().any(|(hit, _)| is_result(*hit))
    }

    /// What it costs to put in order what was found.
    #[must_use]
    pub fn cost_of_order(&self) -> usize {
        self.found.len()
    }
}

/// Every account whose permission sets are not known may have any: something else must match, too.
fn is_result(hit: Hit) -> bool {
    hit.is_certain || hit.is_found
}

impl SearchIndex {
    /// Row numbers that match, best first; equally good ones stay in the order of `order`, which
    /// lists all rows as they stand without a query.
    pub fn find_rows(&mut self, query: &str, order: &[usize]) -> Vec<usize> {
        let order: Vec<u32> = order.iter().filter_map(|row| u32::try_from(*row).ok()).collect();
        let ranked = self.find_among(query, &order).ranked;
        ranked.into_iter().map(|row| row as usize).collect()
    }

    /// The same among some rows, which are listed in their order.
    pub fn find_among(&mut self, query: &str, among: &[u32]) -> Found {
        let (mut search, mut work) = (self.begin(query), Work::UNLIMITED);
        self.go_on(&mut search, Some(among), &mut work);
        self.finish(search, &[])
    }

    /// Begins a search. Accounts may be added to the index while it runs.
    pub fn begin(&mut self, query: &str) -> RunningSearch {
        let terms = self.terms(query);
        let mut known = |term: &Term| {
            let at = self.known.iter().position(|(text, _)| *text == term.text)?;
            Some(self.known.remove(at).1)
        };
        let words = terms.iter().map(|term| known(term).unwrap_or_default());
        // Kept from one search to the next: memory that is new each time takes longer than what is done with it.
        let words = words.collect();
        let mut found = std::mem::take(&mut self.hits);
        found.clear();
        RunningSearch {
            terms,
            words,
            next: 0,
            found,
        }
    }

    /// Looks at more rows: of some, in their order, or of all that the index has. True once it has looked at all of them.
    pub fn go_on(&mut self, search: &mut RunningSearch, among: Option<&[u32]>, work: &mut Work) -> bool {
        let count = among.map_or(self.rows.all.len(), <[u32]>::len);
        let words = std::mem::take(&mut search.words);
        let terms = search.terms.iter().zip(words);
        let mut scores: Vec<TermScores<'_>> = terms
            .map(|(term, known)| TermScores::new(&self.rows, term, known))
            .collect();
        while search.next < count && !work.is_done() {
            let row = among.map_or(u32::try_from(search.next).ok(), |among| {
                among.get(search.next).copied()
            });
            search.next += 1;
            let Some((number, row)) = row.and_then(|row| Some((row, *self.rows.all.get(row as usize)?)))
            else {
                continue;
            };
            let (mut sum, mut units) = (Some(Hit::default()), 0);
            for term in &mut scores {
                let before = term.compared;
                let hit = term.hit(row, &mut self.scratch);
                units += 1 + (term.compared - before) * Work::COMPARISON;
                sum = sum.zip(hit).map(|(sum, hit)| sum.and(hit));
                if sum.is_none() {
                    break;
                }
            }
            work.spend(units.max(1));
            search.found.extend(sum.map(|hit| (hit, number)));
        }
        #[cfg(test)]
        {
            self.compared += scores.iter().map(|term| term.compared).sum::<usize>();
        }
        search.words = scores.into_iter().map(TermScores::into_words).collect();
        search.next >= count
    }

    /// The rows that match of those that were looked at so far, best first.
    #[must_use]
    pub fn found_so_far(&self, search: &RunningSearch, first: &[u32]) -> Vec<u32> {
        let mut found = search.found.clone();
        put_first(&mut found, first);
        found.retain(|(hit, _)| is_result(*hit));
        rank_hits(&found)
    }

    /// Ends a search that has looked at all rows. Where it looked at all of the index, some rows come before equally good ones.
    pub fn finish(&mut self, mut search: RunningSearch, first: &[u32]) -> Found {
        put_first(&mut search.found, first);
        let matched = search.found.iter().map(|(_, row)| *row).collect();
        search.found.retain(|(hit, _)| is_result(*hit));
        let ranked = rank_hits(&search.found);
        self.end(search);
        Found { matched, ranked }
    }

    /// Ends a search. What it learned of its words is kept for the next one.
    pub fn end(&mut self, search: RunningSearch) {
        for (term, words) in search.terms.into_iter().zip(search.words) {
            self.remember(term.text, words);
        }
        self.hits = search.found;
    }
}

/// Brings the hits of some rows before the others, which are ordered by their numbers.
fn put_first(found: &mut Vec<(Hit, u32)>, first: &[u32]) {
    let place = |row: &u32| found.binary_search_by_key(row, |(_, row)| *row).ok();
    let places: Vec<usize> = first.iter().filter_map(place).collect();
    if places.is_empty() {
        return;
    }
    let hits: Vec<(Hit, u32)> = places.iter().filter_map(|at| found.get(*at).copied()).collect();
    let mut in_order = places;
    in_order.sort_unstable();
    let (mut next, mut at) = (in_order.into_iter().peekable(), 0);
    found.retain(|_| {
        at += 1;
        next.next_if_eq(&(at - 1)).is_none()
    });
    found.splice(0..0, hits);
}
