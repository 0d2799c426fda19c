//! What an answer that is no success means, and who wrote it.

pub(super) mod classify;
pub(super) mod origin;
pub(super) mod origin_filter;
pub(super) mod reason;
pub(super) mod unanswered;
