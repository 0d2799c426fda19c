//! What the portal asks of the list, and the work on a search, some of it between keys.

use super::{Browse, Focus, VisibleLine};
use crate::domain::AccountId;
use crate::domain::search::Work;
use crate::tui::browse::lines::LineKind;
use crate::tui::browse::unsettled::Budget;
use crate::tui::input::text_input::TextInput;

/// How many accounts are asked for before others while a listing runs.
const MOST_WANTED: usize = 100;

impl Browse {
    /// Whether something is left to be made of what the first letter of a search needs.
    #[must_use]
    pub fn has_unprepared(&self) -> bool {
        self.content.has_unprepared()
    }

    /// How much work is done for a search at a time.
    pub fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// Goes on with the search that runs, else makes a part of what the next one needs: so little that a key hardly waits for
    /// it. True where a search is complete now.
    pub fn work_on_search(&mut self) -> bool {
        let mut work = self.budget.part;
        if self.unsettled.is_none() {
            self.content.prepare_search(work.left() / Work::ACCOUNT);
            return false;
        }
        let is_complete = self.content.go_on(&mut work);
        self.spent += work.spent();
        if is_complete {
            self.settle();
        }
        is_complete
    }

    /// Whether the results of a search aren't complete yet.
    #[must_use]
    pub fn is_unsettled(&self) -> bool {
        self.unsettled.is_some()
    }

    /// How much work was done for searches so far, besides what was made before they began.
    #[must_use]
    pub fn work_done(&self) -> usize {
        self.spent
    }

    /// Whether the account of the row under the cursor is named on the screen.
    #[must_use]
    pub fn names_current_account(&self) -> bool {
        let Some(current) = self.current_visible().filter(|line| line.kind == LineKind::Child) else {
            return true;
        };
        let id = |line: &VisibleLine| {
            let row = line.row.as_ref()?;
            Some((row.session().to_owned(), row.account().id.clone()))
        };
        let names = |line: &&VisibleLine| matches!(line.kind, LineKind::Account { .. });
        self.visible
            .iter()
            .filter(names)
            .any(|line| id(line) == id(current))
    }

    /// The accounts of a session that a user looks at or searches for now.
    #[must_use]
    pub fn wanted_accounts(&self, session: &str) -> Vec<AccountId> {
        let wanted = self.content.wanted(session, self.on_screen());
        wanted.take(MOST_WANTED).collect()
    }

    /// The accounts of a session that are to be listed first: those on the screen, then what else was found by
    /// a search, then favourites, recents and the rest in their order.
    #[must_use]
    pub fn first_accounts(&self, session: &str) -> Vec<AccountId> {
        self.content.all_wanted_first(session, self.on_screen()).collect()
    }

    /// What Up searches for again: the last search, while one is about to type. Not where Up is held to get to the
    /// first row.
    #[must_use]
    pub fn recalls(&self) -> Option<&str> {
        let is_ready = self.query.is_empty() && self.focus() == Focus::Query && self.is_at_top();
        self.last_query.as_deref().filter(|_| is_ready)
    }

    /// Searches for what was searched for last.
    pub fn recall_query(&mut self) {
        if let Some(last) = self.last_query.clone() {
            self.edit_query(|query| *query = TextInput::new(&last));
        }
    }

    /// What a search that finds nothing was probably meant to be.
    #[must_use]
    pub fn correction(&self) -> Option<&str> {
        self.content.correction()
    }

    /// Searches for that instead.
    pub fn accept_correction(&mut self) {
        if let Some(correction) = self.content.correction().map(TextInput::new) {
            self.edit_query(|query| *query = correction);
        }
    }

    /// The search is what found the target that is acted on.
    pub fn keep_query(&mut self) {
        if self.content.is_searched() {
            self.last_query = Some(self.query.text());
        }
    }
}
