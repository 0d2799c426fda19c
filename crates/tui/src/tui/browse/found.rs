//! What a search finds: ranked, with the targets of one account together where its best one is.

use std::collections::HashSet;

use super::lines::{Line, LineKind, Shortlist};
use super::targets::{Place, Targets};
use crate::domain::rules::RuleSet;
use crate::domain::search::{Marks, RunningCorrection, RunningSearch, SearchIndex, Work, narrows_query};

/// The targets as they are searched, and the search that runs.
///
/// Both are made in parts: targets are added some at a time, and a search looks at those that are there.
#[derive(Debug)]
pub(super) struct Search {
    index: SearchIndex,
    /// The searches that led to the last one, each of which found no more than the one before it.
    steps: Vec<Step>,
    running: Option<Running>,
}

/// A search, and the rows that may match it, in their order.
#[derive(Debug)]
struct Step {
    query: String,
    matched: Vec<u32>,
}

#[derive(Debug)]
struct Running {
    query: String,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Rows(RunningSearch),
    /// No row matches: what was probably meant is looked for.
    Correction(RunningCorrection),
}

/// What a search came to.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// Row numbers.
    pub(super) found: Vec<u32>,
    /// What a search that finds nothing was probably meant to be.
    pub(super) correction: Option<String>,
}

/// What is searched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Searched<'a> {
    pub(super) targets: &'a Targets,
    pub(super) rules: &'a RuleSet,
    pub(super) shortlist: &'a Shortlist,
}

/// So many steps are kept: what is typed after them is held against what the last of them found.
const STEPS: usize = 16;

/// So many accounts are added before their rows are looked at.
const ACCOUNTS: usize = 64;

impl Search {
    /// No targets yet.
    pub(super) fn begin(targets: &Targets, rules: &RuleSet) -> Self {
        let mut index = SearchIndex::empty(rules.gives_labels());
        index.reserve(targets.entries().len(), targets.len());
        Self {
            index,
            steps: Vec::new(),
            running: None,
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

    /// Whether a search is under way.
    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Begins another search in place of the one that runs.
    pub(super) fn begin_query(&mut self, query: &str) {
        if let Some(Running {
            stage: Stage::Rows(search),
            ..
        }) = self.running.take()
        {
            self.index.end(search);
        }
        let leads_here = |step: &Step| step.query == query || narrows_query(&step.query, query);
        while self.steps.pop_if(|step| !leads_here(step)).is_some() {}
        self.running = Some(Running {
            query: query.to_owned(),
            stage: Stage::Rows(self.index.begin(query)),
        });
    }

    /// Goes on with the search that runs; what it came to, once it is complete.
    pub(super) fn go_on(&mut self, of: Searched<'_>, work: &mut Work) -> Option<Results> {
        let before = work.spent();
        let Running { query, stage } = self.running.take()?;
        let stage = match stage {
            Stage::Rows(mut search) => {
                let has_looked_at_all = self.look_at_rows(&mut search, of, work);
                // The next part puts in order what was found, unless this one has done nothing else.
                let is_for_later = work.spent() > before && work.left() < search.cost_of_order();
                if !has_looked_at_all || is_for_later {
                    Stage::Rows(search)
                } else {
                    work.spend(search.cost_of_order());
                    let found = self.finish(&query, search, of);
                    if !found.is_empty() {
                        let correction = None;
                        return Some(Results { found, correction });
                    }
                    Stage::Correction(RunningCorrection::of(&query))
                }
            }
            correction @ Stage::Correction(_) => correction,
        };
        let stage = match stage {
            Stage::Correction(mut correction) => {
                if self.index.go_on_correcting(&mut correction, work) {
                    let (found, correction) = (Vec::new(), correction.into_result());
                    return Some(Results { found, correction });
                }
                Stage::Correction(correction)
            }
            rows @ Stage::Rows(_) => rows,
        };
        self.running = Some(Running { query, stage });
        None
    }

    /// Looks at rows of what the last step found, else of all targets: true once it has looked at all of them.
    fn look_at_rows(&mut self, search: &mut RunningSearch, of: Searched<'_>, work: &mut Work) -> bool {
        if let Some(step) = self.steps.last() {
            return self.index.go_on(search, Some(&step.matched), work);
        }
        loop {
            let has_looked_at_all = self.index.go_on(search, None, work);
            let is_complete = self.is_complete(of.targets);
            if is_complete || work.is_done() {
                return has_looked_at_all && is_complete;
            }
            self.add(of.targets, of.rules, ACCOUNTS);
            work.spend(ACCOUNTS * Work::ACCOUNT);
        }
    }

    fn finish(&mut self, query: &str, search: RunningSearch, of: Searched<'_>) -> Vec<u32> {
        let first = self.first(of.shortlist);
        let found = self.index.finish(search, &first);
        if self.steps.len() < STEPS && self.steps.last().is_none_or(|step| step.query != query) {
            self.steps.push(Step {
                query: query.to_owned(),
                matched: found.matched,
            });
        }
        self.by_account(&found.ranked)
    }

    /// What the search that runs has found so far.
    pub(super) fn found_so_far(&self, of: Searched<'_>) -> Vec<u32> {
        match &self.running {
            Some(Running {
                stage: Stage::Rows(search),
                ..
            }) => self.by_account(&self.index.found_so_far(search, &self.first(of.shortlist))),
            _ => Vec::new(),
        }
    }

    /// The rows of favourites and recents, which come before others. None where what is searched has that order already.
    fn first(&self, shortlist: &Shortlist) -> Vec<u32> {
        if !self.steps.is_empty() {
            return Vec::new();
        }
        let (mut first, mut seen) = (Vec::new(), HashSet::new());
        for place in [&shortlist.favourites, &shortlist.recents].into_iter().flatten() {
            let row = place.set().and_then(|set| self.index.row(place.account(), set));
            first.extend(row.filter(|row| seen.insert(*row)));
        }
        first
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
