//! The list itself: the search, the row that the cursor stays on whatever happens to the lines around it, and what of
//! it is on the screen.
//!
//! Must not know how lines are drawn.

mod asked;

use std::sync::Arc;

use jiff::Timestamp;

use super::content::Content;
use super::lines::{LineKind, Style};
use super::row::Row;
use super::unsettled::{Budget, Unsettled};
use crate::domain::Catalog;
use crate::domain::records::history::History;
use crate::domain::rules::RuleSet;
use crate::domain::search::{Marks, Work};
use crate::tui::input::text_input::TextInput;

/// A line on the screen.
#[derive(Clone, Debug)]
pub struct VisibleLine {
    pub kind: LineKind,
    /// `None` for headings and blank lines.
    pub row: Option<Row>,
    pub marks: Marks,
    /// The cursor is on it.
    pub is_current: bool,
}

/// What the next key is likely to be for: screen readers and input methods follow the hardware cursor there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    #[default]
    Query,
    Line,
}

/// The list.
#[derive(Debug, Default)]
pub struct Browse {
    pub query: TextInput,
    /// In vim mode letters move until `/`.
    vim: bool,
    typing: bool,
    focus: Focus,
    content: Content,
    /// The last search that was cleared or acted on.
    last_query: Option<String>,
    cursor: usize,
    /// The cursor was put where it is.
    was_moved: bool,
    offset: usize,
    height: usize,
    visible: Vec<VisibleLine>,
    stale_since: Option<Timestamp>,
    /// What the screen shows of `content`: how many targets match, how many there are, and how many lines.
    counts: (usize, usize),
    len: usize,
    unsettled: Option<Unsettled>,
    budget: Budget,
    /// How much work was done for searches.
    spent: usize,
}

impl Browse {
    /// How long rows may lag behind a running listing: sorting and indexing 20 000 of them for
    /// each account that comes in would cost more than drawing.
    pub const REBUILD_MILLISECONDS: i64 = 400;

    #[must_use]
    pub fn new(vim: bool) -> Self {
        Self {
            vim,
            height: 1,
            ..Self::default()
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
        self.focus = if typing { Focus::Query } else { Focus::Line };
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

    /// Where the hardware cursor belongs.
    #[must_use]
    pub fn focus(&self) -> Focus {
        if self.is_moving() { Focus::Line } else { self.focus }
    }

    /// Notes that the catalog has more than the rows show.
    pub fn mark_stale(&mut self, now: Timestamp) {
        self.stale_since.get_or_insert(now);
    }

    #[must_use]
    pub fn stale_since(&self) -> Option<Timestamp> {
        self.stale_since
    }

    /// Begins with another session's list.
    pub fn start_over(&mut self) {
        self.query.clear();
        self.unsettled = None;
        self.was_moved = false;
        self.focus = Focus::Query;
        self.cursor = 0;
        self.offset = 0;
    }

    /// Makes the rows of these sessions' catalogs again; the cursor stays on its row.
    ///
    /// With a search, what was found before stays on the screen until the new results are complete.
    pub fn rebuild(&mut self, listed: &[(&str, &Catalog)], history: &History, rules: &Arc<RuleSet>) {
        self.stale_since = None;
        self.content.load(listed, history, rules);
        self.refresh();
    }

    /// Shows a line for each target in place of the tree, or the tree again.
    pub fn set_flat(&mut self, is_flat: bool) {
        let style = self.content.style();
        self.content.set_style(Style { is_flat, ..style });
        self.refresh();
    }

    /// Folds or unfolds the account of the row under the cursor.
    pub fn fold(&mut self, folded: bool) {
        self.complete_search();
        let here = self.current_line();
        match &here {
            Some((LineKind::Account { is_folded }, row)) if *is_folded != folded => {
                self.content.fold(row, folded);
            }
            Some((LineKind::Child, row)) if folded => self.content.fold(row, folded),
            _ => return,
        }
        self.go_to(here);
    }

    /// Whether the account under the cursor is folded; `None` where the cursor is on a target.
    #[must_use]
    pub fn is_folded(&self) -> Option<bool> {
        match self.current_visible()?.kind {
            LineKind::Account { is_folded } => Some(is_folded),
            _ => None,
        }
    }

    /// Folds all accounts, or unfolds all where all are folded.
    pub fn fold_all(&mut self) {
        self.complete_search();
        let here = self.current_line();
        self.content.fold_all();
        self.go_to(here);
    }

    /// Edits the search. One that asks for something else goes to the best row; keys that edit nothing, or
    /// only blanks around words, move nothing.
    pub fn edit_query(&mut self, edit: impl FnOnce(&mut TextInput)) {
        let before = self.query.text();
        edit(&mut self.query);
        self.focus = Focus::Query;
        let after = self.query.text();
        if before.split_whitespace().eq(after.split_whitespace()) {
            return;
        }
        if after.trim().is_empty() {
            // The cursor stays on the first row that was found.
            self.complete_search();
            self.last_query = Some(before);
            return self.refresh();
        }
        self.unsettled = None;
        if !self.find(&after) {
            self.unsettled = Some(Unsettled::Typed);
            self.content.take_found_so_far();
        }
        self.cursor = 0;
        self.offset = 0;
        self.was_moved = true;
        self.align_cursor_and_offset();
    }

    /// Clears the search; the cursor stays on its row.
    pub fn clear_query(&mut self) {
        self.edit_query(TextInput::clear);
    }

    /// Waits for the results of a search. True where there was something to wait for.
    pub fn complete_search(&mut self) -> bool {
        if self.unsettled.is_none() {
            return false;
        }
        let mut work = Work::UNLIMITED;
        while !self.content.go_on(&mut work) {}
        self.spent += work.spent();
        self.settle();
        true
    }

    /// Whether the screen shows what a search that was typed has found so far.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        matches!(self.unsettled, Some(Unsettled::Typed))
    }

    /// Begins a search; true where its results are complete.
    fn find(&mut self, query: &str) -> bool {
        let mut work = self.budget.key;
        let is_complete = self.content.find(query, &mut work);
        self.spent += work.spent();
        is_complete
    }

    /// The results are complete.
    fn settle(&mut self) {
        match self.unsettled.take() {
            Some(Unsettled::Again(here)) => self.arrive(here),
            Some(Unsettled::Typed) => self.align_cursor_and_offset(),
            None => {}
        }
    }

    /// Makes the lines again, with the cursor on the same row.
    fn refresh(&mut self) {
        // Where the cursor was not moved it stays at the top, whatever is there now.
        let here = match self.unsettled.take() {
            None => self.current_line().filter(|_| self.was_moved),
            Some(Unsettled::Again(here)) => here,
            Some(Unsettled::Typed) => None,
        };
        self.content.arrange();
        if self.find(&self.query.text()) {
            self.arrive(here);
        } else if here.is_some() {
            self.unsettled = Some(Unsettled::Again(here));
        } else {
            self.unsettled = Some(Unsettled::Typed);
            self.content.take_found_so_far();
            self.align_cursor_and_offset();
        }
    }

    /// Goes to a row that may have had no line until now.
    fn arrive(&mut self, here: Option<(LineKind, Row)>) {
        if let Some((_, row)) = &here {
            self.content.reveal(row);
        }
        self.go_to(here);
    }

    fn go_to(&mut self, here: Option<(LineKind, Row)>) {
        if let Some((kind, row)) = here {
            self.cursor = self.content.position(kind, &row).unwrap_or(self.cursor);
        } else if !self.was_moved {
            self.cursor = 0;
        }
        self.align_cursor_and_offset();
    }

    /// Moves by rows; stops at both ends.
    pub fn step(&mut self, by: isize) {
        self.complete_search();
        let has_row = |at: &usize| self.content.has_row(*at);
        for _ in 0..by.unsigned_abs() {
            let next = if by < 0 {
                (0..self.cursor).rev().find(has_row)
            } else {
                (self.cursor + 1..self.content.len()).find(has_row)
            };
            match next {
                Some(next) => self.cursor = next,
                None => break,
            }
        }
        self.has_moved();
    }

    /// Moves by what is on the screen.
    pub fn page(&mut self, pages: isize) {
        self.complete_search();
        let lines = pages.saturating_mul(isize::try_from(self.height.max(2) - 1).unwrap_or(1));
        self.cursor = self.cursor.saturating_add_signed(lines);
        self.has_moved();
    }

    pub fn top(&mut self) {
        self.complete_search();
        self.cursor = 0;
        self.has_moved();
    }

    pub fn bottom(&mut self) {
        self.complete_search();
        self.cursor = usize::MAX;
        self.has_moved();
    }

    /// Whether there is no row above the cursor.
    fn is_at_top(&self) -> bool {
        !(0..self.cursor).rev().any(|at| self.content.has_row(at))
    }

    /// Goes to the line of the screen that was clicked.
    pub fn click(&mut self, line: usize) {
        let clicked = self.visible.get(line).filter(|_| !self.is_partial());
        let clicked = clicked.and_then(|line| Some((line.kind, line.row.clone()?)));
        let was_unsettled = self.complete_search();
        let Some((kind, row)) = clicked else { return };
        let mut at = Some(self.offset + line);
        if was_unsettled {
            // It may be elsewhere now, or nowhere.
            let is_clicked = |at: &usize| self.row(*at).is_some_and(|now| now.is_same_target(&row));
            at = self.content.position(kind, &row).filter(is_clicked);
        }
        if let Some(at) = at {
            self.cursor = at;
            self.has_moved();
        }
    }

    /// Goes to the favourite or recent target of a number; false where there is none.
    pub fn go_to_number(&mut self, number: u8) -> bool {
        let at = self.content.numbered(number);
        if let Some(at) = at {
            self.cursor = at;
            self.has_moved();
        }
        at.is_some()
    }

    fn has_moved(&mut self) {
        self.was_moved = true;
        self.focus = Focus::Line;
        self.align_cursor_and_offset();
    }

    /// So many lines are on the screen; sections have blank lines between them where that is roomy.
    pub fn set_height(&mut self, height: usize, is_roomy: bool) {
        let height = height.max(1);
        let style = self.content.style();
        let is_other = style.is_roomy != is_roomy || self.height != height;
        // There are no lines until the results of a list that has changed are complete. A search that was typed shows what it
        // has found so far.
        if is_other && matches!(self.unsettled, Some(Unsettled::Again(_))) {
            self.complete_search();
        }
        if style.is_roomy != is_roomy {
            self.height = height;
            self.content.set_style(Style { is_roomy, ..style });
            self.refresh();
        } else if self.height != height {
            self.height = height;
            self.align_cursor_and_offset();
        }
    }

    /// Brings cursor, offset and the visible lines in line with each other.
    fn align_cursor_and_offset(&mut self) {
        let len = self.content.len();
        (self.counts, self.len) = (self.content.counts(), len);
        let has_row = |at: &usize| self.content.has_row(*at);
        self.cursor = self.cursor.min(len.saturating_sub(1));
        if !has_row(&self.cursor) {
            let below = (self.cursor..len).find(has_row);
            self.cursor = below
                .or_else(|| (0..self.cursor).rev().find(has_row))
                .unwrap_or(0);
        }
        let most = len.saturating_sub(self.height);
        // The headings above the row are seen with it.
        let headings = (0..self.cursor).rev().take_while(|at| !has_row(at)).count();
        let first = self.cursor - headings.min(self.height - 1);
        self.offset = self
            .offset
            .min(first)
            .max((self.cursor + 1).saturating_sub(self.height))
            .min(most);
        self.visible.clear();
        for at in self.on_screen() {
            let Some(line) = self.content.line(at) else {
                continue;
            };
            self.visible.push(VisibleLine {
                kind: line.kind,
                row: self.content.row(line),
                marks: self.content.marks(at),
                is_current: at == self.cursor && !self.is_partial(),
            });
        }
    }

    fn row(&self, at: usize) -> Option<Row> {
        self.content.row(self.content.line(at)?)
    }

    fn on_screen(&self) -> std::ops::Range<usize> {
        self.offset..self.content.len().min(self.offset + self.height)
    }

    /// The lines on the screen.
    #[must_use]
    pub fn visible(&self) -> &[VisibleLine] {
        &self.visible
    }

    fn current_visible(&self) -> Option<&VisibleLine> {
        let line = self.visible.get(self.cursor.checked_sub(self.offset)?)?;
        line.is_current.then_some(line)
    }

    /// The row under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&Row> {
        self.current_visible()?.row.as_ref()
    }

    fn current_line(&self) -> Option<(LineKind, Row)> {
        let line = self.current_visible()?;
        Some((line.kind, line.row.clone()?))
    }

    /// Columns of the longest account name of all rows, on the screen or not.
    #[must_use]
    pub fn widest_name(&self) -> usize {
        self.content.widest_name()
    }

    /// Shows what rules hide with the next rows, or hides it again.
    pub fn toggle_hidden(&mut self) {
        *self.content.with_hidden() ^= true;
    }

    /// Whether what rules hide is shown, and how many targets that is.
    #[must_use]
    pub fn hidden(&self) -> (bool, usize) {
        self.content.hidden()
    }

    /// The last search that was cleared or acted on.
    #[must_use]
    pub fn last_query(&self) -> Option<&str> {
        self.last_query.as_deref()
    }

    /// Begins with the last search of an earlier portal.
    pub fn set_last_query(&mut self, query: Option<String>) {
        self.last_query = query;
    }

    /// How many targets match, and how many there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        self.counts
    }

    /// Offset, height and number of lines, for a scroll mark.
    #[must_use]
    pub fn window(&self) -> (usize, usize, usize) {
        (self.offset, self.height, self.len)
    }
}
