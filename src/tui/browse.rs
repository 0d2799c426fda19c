//! The list of targets: rows, search, cursor and what of it is on the screen.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::text_input::TextInput;
use crate::domain::history::{History, TargetKey};
use crate::domain::rules::Subject;
use crate::domain::search::{Marks, SearchIndex, SearchRow};
use crate::domain::text::width;
use crate::domain::{Account, AccountEntry, AccountId, Catalog, PermissionSetName, Target};

/// One line of the list. There are tens of thousands, so it shares what it shows with the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    session: Arc<str>,
    entry: Arc<AccountEntry>,
    /// Which of the entry's; `None` where they are not known.
    permission_set: Option<usize>,
}

impl Row {
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.entry.account
    }

    /// `None` where the account's permission sets are not known: there is nothing to enter.
    #[must_use]
    pub fn permission_set(&self) -> Option<&PermissionSetName> {
        self.entry.permission_sets.get(self.permission_set?)
    }

    /// Every permission set of the row's account.
    #[must_use]
    pub fn permission_sets(&self) -> &[PermissionSetName] {
        &self.entry.permission_sets
    }

    /// Why the account could not be listed the last time.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.entry.problem.as_deref()
    }

    /// The permission set, or why there is none.
    #[must_use]
    pub fn in_second_column(&self) -> &str {
        match (self.permission_set(), self.problem()) {
            (Some(set), _) => set.as_str(),
            (None, Some(_)) => "failed to load",
            (None, None) => "loading…",
        }
    }

    /// What an action on this line acts on.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        Some(Target {
            session: self.session.as_ref().to_owned(),
            account_id: self.account().id.clone(),
            account_name: self.account().name.clone(),
            permission_set: self.permission_set()?.clone(),
        })
    }

    /// What rules are compared with; the account as a whole where no permission set is known.
    #[must_use]
    pub fn subject(&self) -> Subject<'_> {
        Subject::new(&self.session, self.account(), self.permission_set())
    }

    #[must_use]
    pub fn key(&self) -> Option<TargetKey> {
        Some(TargetKey {
            session: self.session.as_ref().to_owned(),
            account_id: self.account().id.clone(),
            permission_set: self.permission_set()?.clone(),
        })
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
    /// What a search that finds nothing was probably meant to be.
    correction: Option<String>,
    /// Row numbers as they stand without a query.
    order: Vec<usize>,
    /// Row numbers that match, best first.
    found: Vec<usize>,
    cursor: usize,
    offset: usize,
    height: usize,
    marks: Vec<Marks>,
    stale_since: Option<Timestamp>,
    widest_name: usize,
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
            correction: None,
            order: Vec::new(),
            found: Vec::new(),
            cursor: 0,
            offset: 0,
            height: 1,
            marks: Vec::new(),
            stale_since: None,
            widest_name: 0,
        }
    }

    /// Whether letters move in place of searching.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.vim && !self.typing
    }

    /// Whether letters move from now on until `/`.
    pub fn set_vim(&mut self, vim: bool) {
        self.vim = vim;
        self.typing = false;
    }

    /// `/` of vim mode, and its end.
    pub fn set_typing(&mut self, typing: bool) {
        self.typing = typing;
    }

    #[must_use]
    pub fn is_typing(&self) -> bool {
        self.typing
    }

    /// Whether Enter ends the search in place of entering what it found, as in vim.
    #[must_use]
    pub fn enter_ends_typing(&self) -> bool {
        self.vim && self.typing
    }

    /// Notes that the catalog has more than the rows show.
    pub fn mark_stale(&mut self, now: Timestamp) {
        self.stale_since.get_or_insert(now);
    }

    #[must_use]
    pub fn stale_since(&self) -> Option<Timestamp> {
        self.stale_since
    }

    /// Makes the rows again; the cursor stays on its target.
    pub fn rebuild(&mut self, session: &str, catalog: &Catalog, history: &History) {
        let here = self.current().cloned();
        self.stale_since = None;
        self.rows = rows(session, catalog);
        let names = catalog.entries().iter().map(|entry| width(&entry.account.name));
        self.widest_name = names.max().unwrap_or_default();
        self.index = None;
        self.order = history.order(
            session,
            self.rows
                .iter()
                .map(|row| (&row.account().id, row.permission_set())),
        );
        // Where the cursor was not moved it stays at the top, whatever is there now.
        let here = here.filter(|_| self.cursor > 0 || !self.query.is_empty());
        self.search_from(here);
    }

    /// Edits the search. One that asks for something else goes to the best row; keys that edit nothing, or
    /// only blanks around words, move nothing.
    pub fn edit_query(&mut self, edit: impl FnOnce(&mut TextInput)) {
        let before = self.query.text();
        edit(&mut self.query);
        let after = self.query.text();
        if before.split_whitespace().eq(after.split_whitespace()) {
            return;
        }
        if after.trim().is_empty() {
            return self.search_from(self.current().cloned());
        }
        self.search();
        self.cursor = 0;
        self.offset = 0;
        self.settle();
    }

    /// Clears the search; the cursor stays on its target.
    pub fn clear_query(&mut self) {
        self.edit_query(TextInput::clear);
    }

    /// Searches again, with the cursor on the same target, or else on its account.
    fn search_from(&mut self, here: Option<Row>) {
        self.search();
        let find = |fits: &dyn Fn(&Row) -> bool| {
            let fits = |i: &usize| self.rows.get(*i).is_some_and(fits);
            self.found.iter().position(fits)
        };
        // An account whose permission sets came in has its rows in place of the one before.
        let again = here.and_then(|before| {
            let same = |row: &Row| row.session == before.session && row.account().id == before.account().id;
            find(&|row| same(row) && row.permission_set() == before.permission_set()).or_else(|| find(&same))
        });
        self.cursor = again.unwrap_or(self.cursor);
        self.settle();
    }

    fn search(&mut self) {
        self.correction = None;
        let query = self.query.text();
        if query.trim().is_empty() {
            self.found = self.order.clone();
            return;
        }
        let rows = self.rows.iter().map(|row| SearchRow {
            session: &row.session,
            account: row.account(),
            permission_set: row.permission_set().map_or("", PermissionSetName::as_str),
        });
        let index = self.index.get_or_insert_with(|| SearchIndex::new(rows));
        self.found = index.find(&query, &self.order);
        if self.found.is_empty() {
            self.correction = index.corrected(&query);
        }
    }

    /// What a search that finds nothing was probably meant to be.
    #[must_use]
    pub fn correction(&self) -> Option<&str> {
        self.correction.as_deref()
    }

    /// Searches for that instead.
    pub fn accept_correction(&mut self) {
        if let Some(correction) = self.correction.take() {
            self.edit_query(|query| *query = TextInput::new(&correction));
        }
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

    /// Columns of the longest account name of all rows, on the screen or not.
    #[must_use]
    pub fn widest_name(&self) -> usize {
        self.widest_name
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

    /// The accounts that a user looks at or searches for now.
    #[must_use]
    pub fn wanted_accounts(&self) -> Vec<AccountId> {
        let on_screen = self.found.iter().skip(self.offset).take(self.height);
        let mut seen = HashSet::new();
        on_screen
            .chain(self.searched())
            .filter_map(|i| self.rows.get(*i))
            .map(|row| &row.account().id)
            .filter(|id| seen.insert(*id))
            .take(MOST_WANTED)
            .cloned()
            .collect()
    }

    /// The rows that a user searches for.
    fn searched(&self) -> &[usize] {
        if self.query.is_empty() { &[] } else { &self.found }
    }

    /// The accounts that are to be listed first: those on the screen, then what else was found by
    /// a search, then favourites, recents and the rest in their order.
    #[must_use]
    pub fn first_accounts(&self) -> Vec<AccountId> {
        let on_screen = self.found.iter().skip(self.offset).take(self.height);
        let mut seen = HashSet::new();
        let mut before = None;
        on_screen
            .chain(self.searched())
            .chain(&self.order)
            .filter_map(|i| self.rows.get(*i))
            .map(|row| &row.account().id)
            // Most rows have the account of the one before.
            .filter(|id| before.replace(*id) != Some(*id) && seen.insert(*id))
            .cloned()
            .collect()
    }
}

/// How many accounts are asked for before others while a listing runs.
const MOST_WANTED: usize = 100;

fn rows(session: &str, catalog: &Catalog) -> Vec<Row> {
    let session: Arc<str> = session.into();
    let mut rows = Vec::with_capacity(catalog.len());
    for entry in catalog.entries() {
        let row = |permission_set| Row {
            session: Arc::clone(&session),
            entry: Arc::clone(entry),
            permission_set,
        };
        if entry.permission_sets.is_empty() {
            let unknown = entry.problem.is_some() || entry.listed_at.is_none();
            rows.extend(unknown.then(|| row(None)));
        } else {
            rows.extend((0..entry.permission_sets.len()).map(|place| row(Some(place))));
        }
    }
    rows
}
