//! What a search finds: ranked, with the targets of one account together where its best one is.

use std::collections::HashSet;

use super::lines::{Line, LineKind, Shortlist};
use super::targets::{Place, Targets};
use crate::domain::rules::RuleSet;
use crate::domain::search::{Marks, SearchIndex};

/// The targets as they are searched. Made by the first search: most looks at the list need none.
#[derive(Debug)]
pub(super) struct Search {
    index: SearchIndex,
    places: Vec<Place>,
    /// Row numbers as equally good ones are ordered.
    order: Vec<usize>,
}

impl Search {
    pub(super) fn new(targets: &Targets, shortlist: &Shortlist, rules: &RuleSet) -> Self {
        let places = targets.all();
        let rows = places.iter().filter_map(|place| targets.search_row(*place));
        let index = SearchIndex::with_rules(rows, rules);
        Self {
            index,
            order: order(&places, shortlist),
            places,
        }
    }

    /// Row numbers that match.
    pub(super) fn find(&mut self, query: &str) -> Vec<usize> {
        let ranked = self.index.find(query, &self.order);
        self.by_account(&ranked)
    }

    pub(super) fn corrected(&mut self, query: &str) -> Option<String> {
        self.index.corrected(query)
    }

    pub(super) fn marks(&mut self, query: &str, row: usize) -> Marks {
        self.index.marks(query, row)
    }

    pub(super) fn place(&self, row: usize) -> Option<Place> {
        self.places.get(row).copied()
    }

    /// The line of a result; an account is named on the first of its lines.
    pub(super) fn line(&self, found: &[usize], at: usize) -> Option<Line> {
        let place = self.place(*found.get(at)?)?;
        let before = at.checked_sub(1).and_then(|at| self.place(*found.get(at)?));
        let kind = if before.is_some_and(|before| before.account == place.account) {
            LineKind::Repeated
        } else {
            LineKind::Whole
        };
        Some(Line::new(kind, place))
    }

    /// Brings the rows of each account together where its first one is. A pass for counting and one for placing:
    /// this is done for tens of thousands of rows at each key.
    fn by_account(&self, ranked: &[usize]) -> Vec<usize> {
        let account = |row: &usize| self.places.get(*row).map_or(0, |place| place.account);
        let accounts = self.places.last().map_or(0, |place| place.account + 1);
        // How many rows an account has, then where the next of them goes.
        let mut next = vec![0_usize; accounts];
        for row in ranked {
            if let Some(count) = next.get_mut(account(row)) {
                *count += 1;
            }
        }
        let (mut seen, mut free) = (vec![false; accounts], 0);
        let mut found = vec![0; ranked.len()];
        for row in ranked {
            let account = account(row);
            let (Some(seen), Some(next)) = (seen.get_mut(account), next.get_mut(account)) else {
                continue;
            };
            if !std::mem::replace(seen, true) {
                free += std::mem::replace(next, free);
            }
            if let Some(place) = found.get_mut(*next) {
                *place = *row;
            }
            *next += 1;
        }
        found
    }
}

/// Row numbers with favourites and recents before the others.
fn order(places: &[Place], shortlist: &Shortlist) -> Vec<usize> {
    let first: Vec<Place> = [&shortlist.favourites, &shortlist.recents]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    let mut order: Vec<usize> = Vec::with_capacity(places.len());
    for place in &first {
        order.extend(places.binary_search_by_key(&key(place), key).ok());
    }
    let first: HashSet<usize> = order.iter().copied().collect();
    order.extend((0..places.len()).filter(|row| first.is_empty() || !first.contains(row)));
    order
}

/// The order of `Targets::all`.
fn key(place: &Place) -> (usize, Option<usize>) {
    (place.account, place.set)
}
