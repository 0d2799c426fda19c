//! Notices that are no longer true go.

use crate::tui::model::{Model, Sync};
use crate::tui::notice::{Notice, Truth};

/// Puts away what has stopped being true.
pub(super) fn drop_untrue(model: &mut Model) {
    let is_untrue = |notice: &Notice| {
        let is_over = notice.ends().is_some_and(|at| at <= model.now);
        is_over || !still_holds(model, &notice.truth)
    };
    if model.notice.as_ref().is_some_and(is_untrue) {
        model.notice = None;
    }
}

fn still_holds(model: &Model, truth: &Truth) -> bool {
    let mut places = model.places();
    match truth {
        Truth::Always | Truth::Until(_) => true,
        Truth::EndsSoon => model.ends_soon().is_some(),
        Truth::SignedOut => !model.is_signed_in(),
        Truth::Unread(session) => places.any(|p| p.session.name == *session && !p.known),
        Truth::Running(id) => model.running() == Some(*id),
        Truth::NotListed => places.any(|p| p.sync != Sync::Idle),
        Truth::AccountsFailed => places.any(|p| p.catalog.failed().next().is_some()),
        Truth::Unlisted(account) => places.any(|p| {
            let entries = p.catalog.entries();
            let same = entries.iter().find(|e| e.account.id == *account);
            same.is_some_and(|e| e.permission_sets.is_empty())
        }),
        Truth::NothingFound => model.browse.current().is_none(),
    }
}
