//! How far the list is known, in words: what is not loaded yet may still match a search.

use jiff::Timestamp;

use super::model::{Model, Place, Scope, Sync};
use crate::domain::values::count::group_digits;
use crate::domain::values::pace::Pace;
use crate::tui::input::keymap::Action;

/// Whether more rows may come.
#[must_use]
pub fn is_growing(model: &Model) -> bool {
    let running = |place: &Place| matches!(place.sync, Sync::Running { .. });
    model.listed_places().any(running) || model.browse.stale_since().is_some()
}

/// How many accounts a running listing has done, and of how many; `None` where not even their number is known.
/// Until all pages of accounts are in there are as many as the catalog has, at least.
#[must_use]
pub fn accounts_listed(place: &Place) -> Option<(String, String)> {
    let Sync::Running {
        scope,
        accounts,
        complete,
        done,
        ..
    } = &place.sync
    else {
        return None;
    };
    let known = match scope {
        Scope::Everything if !complete => place.catalog.len(),
        _ => 0,
    };
    let all = accounts.len().max(known).max(*done);
    let open = if *complete { "" } else { "+" };
    (all > 0).then(|| (group_digits(*done), format!("{}{open}", group_digits(all))))
}

/// What there is to say of a running listing's pace: that AWS limits it, or how long it will take.
#[must_use]
pub fn describe_pace(place: &Place, now: Timestamp) -> Option<String> {
    let Sync::Running {
        accounts,
        complete,
        done,
        since,
        answered,
        throttled_at,
        ..
    } = &place.sync
    else {
        return None;
    };
    let known = Pace {
        since: *since,
        answered: *answered,
        throttled_at: *throttled_at,
    };
    let missing = complete.then(|| accounts.len().saturating_sub(*done));
    known.describe(missing, now)
}

/// What Enter searches for instead, where a search that finds nothing has a near word. Not while more rows may come:
/// they may match the search as it is.
#[must_use]
pub fn search_correction(model: &Model) -> Option<&str> {
    model.browse.correction().filter(|_| !is_growing(model))
}

/// Says why the list is empty.
#[must_use]
pub fn no_accounts(model: &Model) -> String {
    let Some(place) = model.place_in_progress().filter(|place| place.known) else {
        return String::new();
    };
    match place.sync {
        Sync::Running { .. } => "loading your accounts …".to_owned(),
        Sync::Failed => {
            let again = model.keymap.key_for(Action::Refresh);
            format!("failed to load your accounts · {again} tries again")
        }
        Sync::Idle if model.browse.hidden().1 > 0 => {
            let key = model.keymap.key_for(Action::Hidden);
            format!("rules hide all targets · {key} shows them")
        }
        Sync::Idle if model.is_signed_in() => "no accounts are assigned to you".to_owned(),
        Sync::Idle => {
            let sign_in = model.keymap.key_for(Action::SignIn);
            format!("not signed in · {sign_in} signs in")
        }
    }
}

/// Says that a search finds nothing, and in how much of the list.
#[must_use]
pub fn no_match(model: &Model) -> String {
    if model.browse.is_partial() {
        return "searching …".to_owned();
    }
    let query = model.browse.query.text();
    let Some(place) = model.place_in_progress() else {
        return format!("no match for “{query}”");
    };
    let again = model.keymap.key_for(Action::Refresh);
    if let Some(nearest) = search_correction(model) {
        let enter = model.keymap.key_for(Action::Enter);
        return format!("no match for “{query}” · {enter} searches for “{nearest}”");
    }
    let entries = place.catalog.entries();
    let known = entries
        .iter()
        .filter(|e| e.listed_at.is_some() && e.problem.is_none());
    let (known, all) = (known.count(), entries.len());
    match &place.sync {
        Sync::Running { waiting: true, .. } => {
            "no match yet · another genkan is loading the accounts".to_owned()
        }
        Sync::Running { .. } => match accounts_listed(place) {
            None => "no match yet · the accounts are being loaded".to_owned(),
            Some((done, all)) => format!("no match yet · {done} of {all} accounts loaded"),
        },
        Sync::Failed if all == 0 => format!("no match, the accounts failed to load · {again} tries again"),
        Sync::Failed | Sync::Idle if known < all => {
            format!(
                "no match in {} of {} accounts; the others failed to load · {again} tries again",
                group_digits(known),
                group_digits(all)
            )
        }
        Sync::Failed | Sync::Idle => {
            let clear = model.keymap.key_for(Action::Clear);
            format!("no match for “{query}” · {clear} clears the search")
        }
    }
}
