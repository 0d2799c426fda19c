//! Fuzzy search over targets: the only place that knows the matcher.
//!
//! A query is words; each must match within one field: letters in order in the account name or permission set, a
//! part of the account ID or email address. Capitals, accents and the width of letters make no difference.

mod correction;
mod hit;
mod index;
mod letters;
mod marks;
mod narrowing;
mod query;
mod rows;
mod running;
mod scores;
mod simple;
mod text;

pub use correction::RunningCorrection;
pub use index::{Found, SearchIndex};
pub use marks::Marks;
pub use narrowing::narrows_query;
pub use query::SYNTAX;
pub use rows::{Labels, SearchRow};
pub use running::{RunningSearch, Work};
