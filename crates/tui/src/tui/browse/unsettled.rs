//! Searches whose results take longer than a key may: what is shown meanwhile, and how much is done at a time.
//!
//! A key that edits the search does a bounded amount of work, and the portal goes on between keys. Every other key waits for
//! the results, and so does one that empties the search, whose first result the cursor stays on: Enter means the row that comes first of all, never the first of those that were found so far.

use super::lines::LineKind;
use super::row::Row;
use crate::domain::search::Work;

/// A search whose results aren't complete yet.
#[derive(Debug)]
pub(super) enum Unsettled {
    /// It was typed: what was found so far is on the screen, and no row is the current one. Whatever needs one waits for
    /// the results, whose first row that is.
    Typed,
    /// The targets have changed: what was on the screen stays there until the results are complete, and the cursor is on
    /// the same row then.
    Again(Option<(LineKind, Row)>),
}

/// How much work is done for a search at a time. What is left of it is done in parts while no key comes.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// By a key: some 3 ms.
    pub key: Work,
    /// By a part, which the next key may have to wait for: some 1 ms.
    pub part: Work,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            key: Work::of(250_000),
            part: Work::of(80_000),
        }
    }
}
