//! What a running listing finds, and how it ends.

use jiff::Timestamp;

use super::operations::begin_sign_in_because;
use crate::domain::{SignInState, SyncEvent};
use crate::tui::effect::{Effect, RequestId};
use crate::tui::input::keymap::Action as Key;
use crate::tui::model::{Model, PendingAction, Place, Retry, Scope, Sync, Why};
use crate::tui::msg::{Listed, Problem, SyncMsg};
use crate::tui::notice::{Notice, NoticeKind, Truth};

/// A listing goes on.
pub(super) fn handle_event(model: &mut Model, request: RequestId, event: SyncMsg) -> Vec<Effect> {
    let now = model.now;
    let Some(Place {
        session,
        sync,
        catalog,
        of_earlier_sign_in,
        ..
    }) = model.place_of_listing(request)
    else {
        return Vec::new();
    };
    let Sync::Running {
        scope,
        waiting,
        accounts,
        complete,
        done,
        since,
        answered,
        throttled_at,
        ..
    } = sync
    else {
        return Vec::new();
    };
    match event {
        SyncMsg::Event(SyncEvent::Waiting) => {
            *waiting = true;
            return Vec::new();
        }
        SyncMsg::Event(SyncEvent::Known(known)) => {
            *catalog = known;
            *of_earlier_sign_in = false;
        }
        SyncMsg::Event(SyncEvent::BegunAgain) => {
            *of_earlier_sign_in = true;
            *scope = Scope::Everything;
            *waiting = false;
            *complete = false;
            *done = 0;
            *answered = 0;
            *since = now;
            accounts.clear();
        }
        SyncMsg::Event(SyncEvent::Accounts {
            accounts: more,
            complete: all,
            settled,
        }) => {
            *waiting = false;
            accounts.extend(more.iter().map(|a| a.id.clone()));
            *complete = all;
            *done += settled;
            catalog.add_accounts(more);
        }
        SyncMsg::Event(SyncEvent::Throttled) => {
            *throttled_at = Some(now);
            return Vec::new();
        }
        SyncMsg::Event(SyncEvent::PermissionSets { account, names, at }) => {
            *done += 1;
            *answered += 1;
            catalog.set_permission_sets(&account, names, at);
        }
        SyncMsg::Event(SyncEvent::Problem { account, sentence }) => {
            *done += 1;
            *answered += 1;
            catalog.set_problem(&account, sentence);
        }
        SyncMsg::Ended(Ok(listed)) => {
            let (scope, session) = (*scope, session.name.clone());
            listed_all(model, &session, scope, listed);
            return Vec::new();
        }
        SyncMsg::Ended(Err(problem)) => {
            let session = session.name.clone();
            return not_listed(model, &session, problem);
        }
    }
    model.browse.mark_stale(now);
    Vec::new()
}

/// A listing has ended: say what is different and what failed.
fn listed_all(model: &mut Model, session: &str, scope: Scope, listed: Listed) {
    let now = model.now;
    let Some(place) = model.place_of_mut(session) else {
        return;
    };
    let Listed { catalog, changes } = listed;
    // What was looked at stays in sight while there is nothing newer.
    let has_unseen = !changes.is_empty() && changes != place.changes;
    let counted = changes.counted().filter(|_| has_unseen);
    place.sync = Sync::Idle;
    place.catalog = catalog;
    place.profiles_asked = false;
    place.of_earlier_sign_in = false;
    if has_unseen || place.changes.is_empty() {
        place.set_changes(changes);
    }
    let failed: Vec<String> = place
        .catalog
        .failed()
        .map(|e| e.account.name.to_string())
        .collect();
    if failed.is_empty() {
        place.retry = Retry::default();
    } else {
        place.retry.schedule(now);
    }
    let since = place.changes.since;
    model.rebuild();
    if counted.is_none() && (failed.is_empty() || scope != Scope::Everything) {
        return;
    }
    let kind = if failed.is_empty() {
        NoticeKind::Good
    } else {
        NoticeKind::Warning
    };
    let mut notice = Notice::new(kind, "");
    if let (Some(counted), Some(since)) = (&counted, since) {
        notice = add_changes(model, notice, counted, since);
    }
    // What was said once and fails again stays marked on its row.
    if let (Some(first), Scope::Everything) = (failed.first(), scope) {
        let key = model.keymap.key_for(Key::Refresh);
        let rest = match failed.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        let between = if counted.is_some() { " · " } else { "" };
        notice = notice
            .and(format!(
                "{between}{first}{rest} failed to load · {key} tries again"
            ))
            .while_true(Truth::AccountsFailed);
    }
    model.notice = Some(notice);
}

/// Adds how much changed.
pub(super) fn add_changes(model: &Model, notice: Notice, counted: &str, since: Timestamp) -> Notice {
    let key = model.keymap.key_for(Key::Changes);
    notice
        .and(format!("{counted} since last refresh ("))
        .ago(since)
        .and(format!(") · {key} to review"))
}

fn not_listed(model: &mut Model, session: &str, problem: Problem) -> Vec<Effect> {
    let now = model.now;
    if let Some(place) = model.place_of_mut(session) {
        place.sync = Sync::Failed;
        if problem.sign_in.is_none() {
            place.retry.schedule(now);
        }
    }
    model.rebuild();
    if let Some(why) = &problem.sign_in {
        return ended_session(model, session, why, None);
    }
    model.fail(problem);
    model.notice = model
        .notice
        .take()
        .map(|notice| notice.while_true(Truth::NotListed));
    Vec::new()
}

/// The portal session has ended: what was shown stays, signing in is offered, or done at once where
/// a user waits for something.
pub(super) fn ended_session(
    model: &mut Model,
    session: &str,
    why: &str,
    then: Option<PendingAction>,
) -> Vec<Effect> {
    let is_one_of_all = model.shows_all_sessions();
    let Some(place) = model.place_of_mut(session) else {
        return Vec::new();
    };
    // What chains begin with has no sign-in that could end: one of its roles wants a code.
    if place.session.source_credentials().is_some() {
        model.bring_to_front(session);
        return begin_sign_in_because(model, Why::Code, then);
    }
    place.sign_in = SignInState::SignedOut;
    if then.is_some() || (place.catalog.is_empty() && !is_one_of_all) {
        model.bring_to_front(session);
        return begin_sign_in_because(model, Why::Ended(why.to_owned()), then);
    }
    let key = model.keymap.key_for(Key::SignIn);
    model.notice = Some(if is_one_of_all {
        let words = format!("{session}: {why}; {key} on one of its targets signs in");
        Notice::new(NoticeKind::Warning, words)
    } else {
        let notice = Notice::new(NoticeKind::Warning, format!("{why}; {key} signs in"));
        notice.while_true(Truth::SignedOut)
    });
    Vec::new()
}
