//! What the list holds: its lines without a query, and the results of one.
//!
//! Must not know where the cursor is.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::found::{Results, Search, Searched};
use super::lines::{Arranged, Folds, Line, LineKind, Section, Shortlist, Style};
use super::row::Row;
use super::targets::{Place, Targets};
use crate::domain::records::history::History;
use crate::domain::rules::RuleSet;
use crate::domain::search::{Marks, Work};
use crate::domain::{AccountId, Catalog};

#[derive(Debug, Default)]
pub(super) struct Content {
    targets: Targets,
    /// What rules hide is shown, too.
    with_hidden: bool,
    rules: Arc<RuleSet>,
    shortlist: Shortlist,
    folds: Folds,
    style: Style,
    /// The lines without a query.
    arranged: Arranged,
    search: Option<Search>,
    query: String,
    /// Those of `search`.
    results: Results,
}

impl Content {
    /// Takes in what is known now. [`Self::arrange`] and [`Self::find`] make lines of it.
    pub(super) fn load(&mut self, listed: &[(&str, &Catalog)], history: &History, rules: &Arc<RuleSet>) {
        self.rules = Arc::clone(rules);
        self.targets = Targets::new(listed, rules, self.with_hidden);
        let sessions: Vec<&str> = listed.iter().map(|(session, _)| *session).collect();
        let mut favourites = self.targets.find_all(&history.favourites_of(&sessions));
        favourites.sort_unstable();
        self.shortlist = Shortlist {
            favourites,
            recents: self.targets.find_all(&history.recents_of(&sessions)),
        };
        self.folds.adapt(&self.targets);
        self.search = None;
        self.results = Results::default();
    }

    pub(super) fn style(&self) -> Style {
        self.style
    }

    pub(super) fn set_style(&mut self, style: Style) {
        self.style = style;
    }

    /// Whether what rules hide is shown. [`Self::load`] acts on it.
    pub(super) fn with_hidden(&mut self) -> &mut bool {
        &mut self.with_hidden
    }

    /// Whether what rules hide is shown, and how many targets that is.
    pub(super) fn hidden(&self) -> (bool, usize) {
        (self.with_hidden, self.targets.hidden())
    }

    /// Makes the lines without a query.
    pub(super) fn arrange(&mut self) {
        self.arranged = Arranged::new(&self.targets, &self.shortlist, &self.folds, self.style);
    }

    /// Whether something is left to be made of what a search needs.
    pub(super) fn has_unprepared(&self) -> bool {
        !self
            .search
            .as_ref()
            .is_some_and(|search| search.is_complete(&self.targets))
    }

    /// Makes what a search needs of so many accounts more.
    pub(super) fn prepare_search(&mut self, accounts: usize) {
        let begin = || Search::begin(&self.targets, &self.rules);
        let search = self.search.get_or_insert_with(begin);
        search.add(&self.targets, &self.rules, accounts);
    }

    /// Begins to make the results of a query; one that is blank has none. True where they are complete, else
    /// [`Self::go_on`] makes them.
    pub(super) fn find(&mut self, query: &str, work: &mut Work) -> bool {
        query.clone_into(&mut self.query);
        self.results = Results::default();
        if !self.is_searched() {
            return true;
        }
        let begin = || Search::begin(&self.targets, &self.rules);
        self.search.get_or_insert_with(begin).begin_query(query);
        self.go_on(work)
    }

    /// Takes what was found so far for the results.
    pub(super) fn take_found_so_far(&mut self) {
        let of = self.searched();
        if let Some(search) = &self.search {
            self.results.found = search.found_so_far(of);
        }
    }

    /// Goes on with the search; true once its results are complete, or where none runs.
    pub(super) fn go_on(&mut self, work: &mut Work) -> bool {
        let of = Searched {
            targets: &self.targets,
            rules: &self.rules,
            shortlist: &self.shortlist,
        };
        let Some(search) = self.search.as_mut().filter(|search| search.is_running()) else {
            return true;
        };
        let Some(results) = search.go_on(of, work) else {
            return false;
        };
        self.results = results;
        true
    }

    fn searched(&self) -> Searched<'_> {
        Searched {
            targets: &self.targets,
            rules: &self.rules,
            shortlist: &self.shortlist,
        }
    }

    /// What a search that finds nothing was probably meant to be.
    pub(super) fn correction(&self) -> Option<&str> {
        self.results.correction.as_deref()
    }

    /// Whether the lines are results.
    pub(super) fn is_searched(&self) -> bool {
        !self.query.trim().is_empty()
    }

    pub(super) fn fold(&mut self, row: &Row, folded: bool) {
        self.folds.set(row.session(), &row.account().id, folded);
        self.arrange();
    }

    /// Folds all accounts, or unfolds all where all are folded; one that is revealed counts as folded.
    pub(super) fn fold_all(&mut self) {
        let is_revealed = |account: usize| {
            let id = self.targets.id(account);
            id.zip(self.targets.session(account))
                .is_some_and(|(id, session)| self.folds.is_revealed(session, id))
        };
        let unfolds_any = self.arranged.unfolded().any(|account| !is_revealed(account));
        self.folds.set_all(unfolds_any);
        self.arrange();
    }

    /// Unfolds the account of a target that has no other line, in place of the one that was unfolded so before.
    pub(super) fn reveal(&mut self, row: &Row) {
        let place = self.targets.find(row).filter(|place| place.set().is_some());
        let Some(place) = place.filter(|_| !self.is_searched()) else {
            return;
        };
        if !self.arranged.has(place, &self.targets) {
            self.folds.reveal(row.session(), &row.account().id);
            self.arrange();
        }
    }

    /// How many lines there are.
    pub(super) fn len(&self) -> usize {
        if self.is_searched() {
            self.results.found.len()
        } else {
            self.arranged.len()
        }
    }

    pub(super) fn line(&self, at: usize) -> Option<Line> {
        if self.is_searched() {
            self.search.as_ref()?.line(&self.results.found, at)
        } else {
            self.arranged.get(at, &self.targets)
        }
    }

    pub(super) fn has_row(&self, at: usize) -> bool {
        self.line(at).is_some_and(|line| line.kind.has_row())
    }

    pub(super) fn row(&self, line: Line) -> Option<Row> {
        self.targets.row(line.place?)
    }

    /// Which graphemes of a line's row the query matched.
    pub(super) fn marks(&mut self, at: usize) -> Marks {
        if !self.is_searched() {
            return Marks::default();
        }
        match (&mut self.search, self.results.found.get(at)) {
            (Some(search), Some(row)) => search.marks(&self.query, *row),
            _ => Marks::default(),
        }
    }

    /// The line of a row: of the same section if it has one, else of the same target, else of its account.
    pub(super) fn position(&self, kind: LineKind, row: &Row) -> Option<usize> {
        let place = self.targets.find(row)?;
        let position =
            |fits: &dyn Fn(Line) -> bool| (0..self.len()).find(|at| self.line(*at).is_some_and(fits));
        let is_same = |line: Line| line.place == Some(place);
        // An account whose permission sets came in, or were folded away.
        let is_account = |line: Line| {
            let is_its = line.place.is_some_and(|other| other.account() == place.account());
            is_its && line.kind.section() == Section::Accounts
        };
        position(&|line| is_same(line) && line.kind.section() == kind.section())
            .or_else(|| position(&is_same))
            .or_else(|| position(&is_account))
    }

    /// The line of the favourite or recent target with a number.
    pub(super) fn numbered(&self, number: u8) -> Option<usize> {
        let at = self.arranged.numbered(number);
        at.filter(|_| !self.is_searched())
    }

    /// Columns of the longest account name of all rows.
    pub(super) fn widest_name(&self) -> usize {
        self.targets.widest_name()
    }

    /// How many targets match, and how many there are.
    pub(super) fn counts(&self) -> (usize, usize) {
        let all = self.targets.len();
        let found = if self.is_searched() {
            self.results.found.len()
        } else {
            all
        };
        (found, all)
    }

    /// The accounts of a session on some lines, then those of all results, each once.
    pub(super) fn wanted<'a>(
        &'a self,
        session: &'a str,
        lines: Range<usize>,
    ) -> impl Iterator<Item = AccountId> + 'a {
        self.ids(session, self.accounts_of(lines).chain(self.found_accounts()))
    }

    /// The same, then the accounts of favourites and recents, then all.
    pub(super) fn all_wanted_first<'a>(
        &'a self,
        session: &'a str,
        lines: Range<usize>,
    ) -> impl Iterator<Item = AccountId> + 'a {
        let shortlist = [&self.shortlist.favourites, &self.shortlist.recents];
        let shortlist = shortlist.into_iter().flatten().map(|place| place.account());
        let rest = shortlist.chain(0..self.targets.entries().len());
        let first = self.accounts_of(lines).chain(self.found_accounts());
        self.ids(session, first.chain(rest))
    }

    fn accounts_of(&self, lines: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        lines.filter_map(|at| Some(self.line(at)?.place?.account()))
    }

    fn found_accounts(&self) -> impl Iterator<Item = usize> + '_ {
        let place = |row: &u32| self.search.as_ref()?.place(*row);
        self.results.found.iter().filter_map(place).map(Place::account)
    }

    fn ids<'a>(
        &'a self,
        session: &'a str,
        accounts: impl Iterator<Item = usize> + 'a,
    ) -> impl Iterator<Item = AccountId> + 'a {
        let mut seen = HashSet::new();
        let mut before = None;
        accounts
            // Most rows have the account of the one before.
            .filter(move |account| before.replace(*account) != Some(*account) && seen.insert(*account))
            .filter(move |account| {
                self.targets
                    .session(*account)
                    .is_some_and(|its| **its == *session)
            })
            .filter_map(|account| self.targets.id(account).cloned())
    }
}
