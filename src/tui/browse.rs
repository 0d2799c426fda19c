//! The list of targets: rows, search, cursor and what of it is on the screen.

use std::collections::HashSet;

use jiff::Timestamp;

use super::text_input::TextInput;
use crate::domain::history::{History, TargetKey};
use crate::domain::search::{Marks, SearchIndex};
use crate::domain::{AccountId, Catalog, PermissionSetName, Target};

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// With an empty permission set where the account's are not known.
    pub target: Target,
    pub email: String,
    /// Why the account could not be listed the last time.
    pub problem: Option<String>,
}

impl Row {
    /// Whether there is something to enter.
    #[must_use]
    pub fn is_target(&self) -> bool {
        !self.target.permission_set.as_str().is_empty()
    }
}

/// The list.
#[derive(Debug)]
pub struct Browse {
    pub query: TextInput,
    /// In vim mode letters move until `/`.
    vim: bool,
    typing: bool,
    rows: Vec<Row>,
    /// Made by the first search: most looks at the list need none.
    index: Option<SearchIndex>,
    /// Row numbers as they stand without a query.
    order: Vec<usize>,
    /// Row numbers that match, best first.
    found: Vec<usize>,
    cursor: usize,
    offset: usize,
    height: usize,
    marks: Vec<Marks>,
    stale_since: Option<Timestamp>,
}

impl Browse {
    /// How long rows may lag behind a running listing: sorting and indexing 20 000 of them for
    /// each account that comes in would cost more than drawing.
    pub const REBUILD_MILLISECONDS: i64 = 400;

    #[must_use]
    pub fn new(vim: bool) -> Self {
        Self {
            query: TextInput::default(),
            vim,
            typing: false,
            rows: Vec::new(),
            index: None,
            order: Vec::new(),
            found: Vec::new(),
            cursor: 0,
            offset: 0,
            height: 1,
            marks: Vec::new(),
            stale_since: None,
        }
    }

    /// Whether letters move in place of searching.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.vim && !self.typing
    }

    /// `/` of vim mode, and its end.
    pub fn set_typing(&mut self, typing: bool) {
        self.typing = typing;
    }

    #[must_use]
    pub fn is_typing(&self) -> bool {
        self.typing
    }

    /// Notes that the catalog has more than the rows show.
    pub fn mark_stale(&mut self, now: Timestamp) {
        self.stale_since.get_or_insert(now);
    }

    #[must_use]
    pub fn stale_since(&self) -> Option<Timestamp> {
        self.stale_since
    }

    /// Makes the rows anew; the cursor stays on its target.
    pub fn rebuild(&mut self, session: &str, catalog: &Catalog, history: &History) {
        let here = self.current().map(|row| TargetKey::from(&row.target));
        self.stale_since = None;
        self.rows = rows(session, catalog);
        self.index = None;
        self.order = history.order(self.rows.iter().map(|row| &row.target));
        self.search();
        let find = |fits: &dyn Fn(&Row) -> bool| {
            let fits = |i: &usize| self.rows.get(*i).is_some_and(fits);
            self.found.iter().position(fits)
        };
        // An account whose permission sets came in has its rows in place of the one before.
        let again = here.and_then(|key| {
            find(&|row| TargetKey::from(&row.target) == key)
                .or_else(|| find(&|row| row.target.account_id == key.account_id))
        });
        // A person who has not moved wants the top, whatever stands there now.
        if self.cursor > 0 || !self.query.is_empty() {
            self.cursor = again.unwrap_or(self.cursor);
        }
        self.settle();
    }

    /// Searches anew and goes to the best row.
    pub fn query_changed(&mut self) {
        self.search();
        self.cursor = 0;
        self.offset = 0;
        self.settle();
    }

    fn search(&mut self) {
        self.found = if self.query.is_empty() {
            self.order.clone()
        } else {
            let rows = self.rows.iter().map(|row| (&row.target, row.email.as_str()));
            let index = self.index.get_or_insert_with(|| SearchIndex::new(rows));
            index.find(&self.query.text(), &self.order)
        };
    }

    /// Moves by rows; stops at both ends.
    pub fn step(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by);
        self.settle();
    }

    pub fn page(&mut self, pages: isize) {
        self.step(pages.saturating_mul(isize::try_from(self.height.max(2) - 1).unwrap_or(1)));
    }

    pub fn top(&mut self) {
        self.cursor = 0;
        self.settle();
    }

    pub fn bottom(&mut self) {
        self.cursor = usize::MAX;
        self.settle();
    }

    /// Goes to the line of the screen that was clicked.
    pub fn click(&mut self, line: usize) {
        if self.offset + line < self.found.len() {
            self.cursor = self.offset + line;
            self.settle();
        }
    }

    pub fn set_height(&mut self, height: usize) {
        self.height = height.max(1);
        self.settle();
    }

    /// Brings cursor, offset and marks in line with each other.
    fn settle(&mut self) {
        self.cursor = self.cursor.min(self.found.len().saturating_sub(1));
        let most = self.found.len().saturating_sub(self.height);
        self.offset = self
            .offset
            .min(self.cursor)
            .max((self.cursor + 1).saturating_sub(self.height))
            .min(most);
        let query = self.query.text();
        let visible = self.found.iter().skip(self.offset).take(self.height);
        self.marks = match &mut self.index {
            Some(index) if !query.is_empty() => visible.map(|i| index.marks(&query, *i)).collect(),
            _ => visible.map(|_| Marks::default()).collect(),
        };
    }

    /// The rows on the screen with their marks; the one with the cursor first named `true`.
    pub fn visible(&self) -> impl Iterator<Item = (&Row, &Marks, bool)> {
        self.found
            .iter()
            .enumerate()
            .skip(self.offset)
            .zip(&self.marks)
            .filter_map(|((at, i), marks)| Some((self.rows.get(*i)?, marks, at == self.cursor)))
    }

    /// The row under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&Row> {
        self.rows.get(*self.found.get(self.cursor)?)
    }

    /// How many rows match, and how many there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.found.len(), self.rows.len())
    }

    /// Offset, height and number of rows, for a scroll mark.
    #[must_use]
    pub fn window(&self) -> (usize, usize, usize) {
        (self.offset, self.height, self.found.len())
    }

    /// Every row that stands for an account, in its order.
    pub fn rows_of<'a>(&'a self, target: &'a Target) -> impl Iterator<Item = &'a Row> {
        self.rows
            .iter()
            .filter(|row| row.target.account_id == target.account_id && row.is_target())
    }

    /// The accounts that a person looks at or searches for now.
    #[must_use]
    pub fn wanted_accounts(&self) -> Vec<AccountId> {
        let on_screen = self.found.iter().skip(self.offset).take(self.height);
        let searched = if self.query.is_empty() {
            &[]
        } else {
            self.found.as_slice()
        };
        let mut seen = HashSet::new();
        on_screen
            .chain(searched)
            .filter_map(|i| self.rows.get(*i))
            .map(|row| &row.target.account_id)
            .filter(|id| seen.insert(*id))
            .take(MOST_WANTED)
            .cloned()
            .collect()
    }

    /// The accounts that are to be listed first: those on the screen, then what else was found by
    /// a search, then favourites, recents and the rest in their order.
    #[must_use]
    pub fn first_accounts(&self) -> Vec<AccountId> {
        let on_screen = self.found.iter().skip(self.offset).take(self.height);
        let mut seen = HashSet::new();
        on_screen
            .chain(&self.found)
            .chain(&self.order)
            .filter_map(|i| self.rows.get(*i))
            .map(|row| &row.target.account_id)
            .filter(|id| seen.insert(*id))
            .cloned()
            .collect()
    }
}

/// How many accounts are asked for before others while a listing runs.
const MOST_WANTED: usize = 100;

fn rows(session: &str, catalog: &Catalog) -> Vec<Row> {
    let nothing = [PermissionSetName::new("")];
    let mut rows = Vec::with_capacity(catalog.len());
    for entry in catalog.entries() {
        let unknown = entry.problem.is_some() || entry.listed_at.is_none();
        let names: &[PermissionSetName] = if entry.permission_sets.is_empty() && unknown {
            &nothing
        } else {
            &entry.permission_sets
        };
        rows.extend(names.iter().map(|name| Row {
            target: Target {
                session: session.to_owned(),
                account_id: entry.account.id.clone(),
                account_name: entry.account.name.clone(),
                permission_set: name.clone(),
            },
            email: entry.account.email.clone(),
            problem: entry.problem.clone(),
        }));
    }
    rows
}
