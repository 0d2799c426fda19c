//! What a search finds: ranked, with the targets of one account together where its best one is.

use std::collections::HashSet;

use super::lines::{Line, LineKind, Shortlist};
use super::targets::{Place, Targets};
use crate::domain::rules::RuleSet;
use crate::domain::search::{Marks, SearchIndex, narrows_query};

/// The targets as they are searched. They are added some at a time; what is searched for is found among all of them.
#[derive(Debug)]
pub(super) struct Search {
    index: SearchIndex,
    /// Row numbers as equally good ones are ordered; made by the first search.
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
    /// No targets yet.
    pub(super) fn begin(targets: &Targets, rules: &RuleSet) -> Self {
        let mut index = SearchIndex::empty(rules.gives_labels());
        index.reserve(targets.entries().len(), targets.len());
        Self {
            index,
            order: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Whether all targets are in it.
    pub(super) fn is_complete(&self, targets: &Targets) -> bool {
        self.index.accounts() == targets.entries().len()
    }

    /// Adds the targets of so many accounts more.
    pub(super) fn add(&mut self, targets: &Targets, rules: &RuleSet, most: usize) {
        let entries = targets.entries().iter().enumerate();
        for (account, entry) in entries.skip(self.index.accounts()).take(most) {
            let session = targets.session(account).map_or("", |session| session);
            self.index.add_account(session, entry, rules);
        }
    }

    /// Adds those that are not in it yet, and puts them in order.
    pub(super) fn complete(&mut self, targets: &Targets, shortlist: &Shortlist, rules: &RuleSet) {
        if !self.is_complete(targets) {
            self.add(targets, rules, usize::MAX);
        }
        if self.order.is_empty() {
            self.order = order_rows(&self.index, shortlist);
        }
    }

    /// Row numbers that match.
    pub(super) fn find(&mut self, query: &str) -> Vec<u32> {
        let leads_here = |step: &Step| step.query == query || narrows_query(&step.query, query);
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
        Some(Place::new(self.index.account(row)?, self.index.set(row)))
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
        let account = |row: &u32| self.index.account(*row).unwrap_or_default();
        let accounts = self.index.accounts();
        // How many rows an account has, then where the next of them goes.
        let mut next = vec![0_u32; accounts];
        for row in ranked {
            if let Some(count) = next.get_mut(account(row)) {
                *count += 1;
            }
        }
        let (mut seen, mut free) = (vec![false; accounts], 0_u32);
        let mut found = vec![0; ranked.len()];
        for row in ranked {
            let account = account(row);
            let (Some(seen), Some(next)) = (seen.get_mut(account), next.get_mut(account)) else {
                continue;
            };
            if !std::mem::replace(seen, true) {
                free += std::mem::replace(next, free);
            }
            if let Some(place) = found.get_mut(*next as usize) {
                *place = *row;
            }
            *next += 1;
        }
        found
    }
}

/// Row numbers with favourites and recents before the others.
fn order_rows(index: &SearchIndex, shortlist: &Shortlist) -> Vec<u32> {
    let first = [&shortlist.favourites, &shortlist.recents].into_iter().flatten();
    let number = |place: &Place| index.row(place.account(), place.set()?);
    let mut order: Vec<u32> = Vec::with_capacity(index.len());
    order.extend(first.filter_map(number));
    let first: HashSet<u32> = order.iter().copied().collect();
    let all = (0..).take(index.len());
    order.extend(all.filter(|row| first.is_empty() || !first.contains(row)));
    order
}
