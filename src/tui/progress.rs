//! How far the list is known, in words: what is not loaded yet may still match a search.

use super::keymap::Action;
use super::model::{Model, Place, Sync};
use crate::domain::count::grouped;

/// Whether more rows may come.
#[must_use]
pub fn is_growing(model: &Model) -> bool {
    let running = |place: &Place| matches!(place.sync, Sync::Running { .. });
    model.place.as_ref().is_some_and(running) || model.browse.stale_since().is_some()
}

/// Says that a search finds nothing, and in how much of the list.
#[must_use]
pub fn no_match(model: &Model) -> String {
    let query = model.browse.query.text();
    let Some(place) = &model.place else {
        return format!("nothing matches “{query}”");
    };
    let again = model.keymap.key_for(Action::Refresh);
    let entries = place.catalog.entries();
    let known = entries
        .iter()
        .filter(|e| e.listed_at.is_some() && e.problem.is_none());
    let (known, all) = (known.count(), entries.len());
    match &place.sync {
        Sync::Running { waiting: true, .. } => {
            "no match yet, another genkan is loading the accounts".to_owned()
        }
        Sync::Running { accounts, .. } if accounts.is_empty() => {
            "no match yet, the accounts are being loaded".to_owned()
        }
        Sync::Running {
            accounts,
            complete,
            done,
            ..
        } => {
            let open = if *complete { "" } else { "+" };
            format!(
                "no match yet, {} of {}{open} accounts loaded",
                grouped(*done),
                grouped(accounts.len())
            )
        }
        Sync::Failed if all == 0 => format!("no match, the accounts failed to load · {again} tries again"),
        Sync::Failed | Sync::Idle if known < all => {
            format!(
                "no match in {} of {} accounts; the others failed to load · {again} tries again",
                grouped(known),
                grouped(all)
            )
        }
        Sync::Failed | Sync::Idle => {
            let clear = model.keymap.key_for(Action::Clear);
            format!("nothing matches “{query}” · {clear} clears the search")
        }
    }
}
