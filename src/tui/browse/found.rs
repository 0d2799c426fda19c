//! What a search finds: ranked, with the targets of one account together where its best one is.

use std::collections::HashSet;

use super::lines::{Line, LineKind, Shortlist};
use super::targets::{Place, Targets};
use crate::domain::rules::RuleSet;
use crate::domain::search::{Marks, SearchIndex, narrows};

/// The targets as they are searched. Made by the first search: most looks at the list need none.
#[derive(Debug)]
pub(super) struct Search {
    index: SearchIndex,
    places: Vec<Place>,
    /// Row numbers as equally good ones are ordered.
    order: Vec<u32>,
    /// The searches that led to the last one, each of which found no more than the one before it.
    steps: Vec<Step>,
}

/// A search, and the rows that may match it, in their order.
#[derive(Debug)]
struct Step {
    query: String,
    matched: Vec<u32>,
}

/// So many steps are kept: what is typed after them is held against what the last of them found.
const STEPS: usize = 16;

impl Search {
    pub(super) fn new(targets: &Targets, shortlist: &Shortlist, rules: &RuleSet) -> Self {
        let places = targets.all();
        let rows = places.iter().filter_map(|place| targets.search_row(*place));
        let index = SearchIndex::with_rules(rows, rules);
        Self {
            index,
            order: order(&places, shortlist),
            places,
            steps: Vec::new(),
        }
    }

    /// Row numbers that match.
    pub(super) fn find(&mut self, query: &str) -> Vec<u32> {
        let leads_here = |step: &Step| step.query == query || narrows(&step.query, query);
        while self.steps.pop_if(|step| !leads_here(step)).is_some() {}
        let among = self.steps.last().map_or(&self.order, |step| &step.matched);
        let found = self.index.find_among(query, among);
        if self.steps.len() < STEPS && self.steps.last().is_none_or(|step| step.query != query) {
            self.steps.push(Step {
                query: query.to_owned(),
                matched: found.matched,
            });
        }
        self.by_account(&found.ranked)
    }

    pub(super) fn corrected(&mut self, query: &str) -> Option<String> {
        self.index.corrected(query)
    }

    pub(super) fn marks(&mut self, query: &str, row: u32) -> Marks {
        self.index.marks(query, row as usize)
    }

    pub(super) fn place(&self, row: u32) -> Option<Place> {
        self.places.get(row as usize).copied()
    }

    /// The line of a result; an account is named on the first of its lines.
    pub(super) fn line(&self, found: &[u32], at: usize) -> Option<Line> {
        let place = self.place(*found.get(at)?)?;
        let before = at.checked_sub(1).and_then(|at| self.place(*found.get(at)?));
        let kind = if before.is_some_and(|before| before.account() == place.account()) {
            LineKind::Repeated
        } else {
            LineKind::Whole
        };
        Some(Line::new(kind, place))
    }

    /// Brings the rows of each account together where its first one is. A pass for counting and one for placing:
    /// this is done for tens of thousands of rows at each key.
    fn by_account(&self, ranked: &[u32]) -> Vec<u32> {
        let account = |row: &u32| self.places.get(*row as usize).map_or(0, |place| place.account());
        let accounts = self.places.last().map_or(0, |place| place.account() + 1);
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
fn order(places: &[Place], shortlist: &Shortlist) -> Vec<u32> {
    let first = [&shortlist.favourites, &shortlist.recents].into_iter().flatten();
    let number = |place: &Place| u32::try_from(places.binary_search(place).ok()?).ok();
    let mut order: Vec<u32> = Vec::with_capacity(places.len());
    order.extend(first.filter_map(number));
    let first: HashSet<u32> = order.iter().copied().collect();
    let all = (0..).take(places.len());
    order.extend(all.filter(|row| first.is_empty() || !first.contains(row)));
    order
}
