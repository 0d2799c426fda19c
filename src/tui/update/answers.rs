//! Answers to effects. Every answer names its request; late ones are dropped here.

use jiff::Timestamp;

use super::operations::{begin_sign_in, begin_sign_in_because, refresh};
use super::{open, setup, sign_in};
use crate::domain::count::count;
use crate::domain::export::ExportFormat;
use crate::domain::history::{Action, TargetKey};
use crate::domain::time::seconds_since;
use crate::domain::{SignInState, SyncEvent, Target};
use crate::tui::effect::{Effect, RequestId};
use crate::tui::keymap::Action as Key;
use crate::tui::model::{Model, Overlay, PendingAction, Place, Retry, Scope, Screen, Sync, Why};
use crate::tui::msg::{ConsoleAddress, Listed, Msg, Problem, SyncMsg};
use crate::tui::notice::{Notice, NoticeKind, Truth};

/// A list that is younger than this is not asked for again at the start, in seconds.
const YOUNG: i64 = 60;

pub(super) fn handle_answer(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Loaded { session, .. } if model.place.as_ref().is_none_or(|p| p.session.name != session) => {
            Vec::new()
        }
        Msg::Loaded {
            catalog,
            of_earlier_sign_in,
            changes,
            expiries,
            sign_in,
            notices,
            ..
        } => {
            if let Some(place) = &mut model.place {
                place.known = true;
                place.catalog = catalog.unwrap_or_default();
                place.of_earlier_sign_in = of_earlier_sign_in;
                place.expiries = expiries.into_iter().collect();
                place.sign_in = sign_in;
                place.set_changes(changes);
                place.profiles_asked = false;
            }
            if let Some(notice) = notices.first() {
                model.say(NoticeKind::Warning, notice.clone());
            }
            loaded(model)
        }
        Msg::Sync { id, event } => sync(model, id, event),
        Msg::SignIn { id, event } => sign_in::handle_event(model, id, event),
        Msg::SessionCreated { id, result } => setup::created(model, id, result),
        Msg::CredentialsFetched { target, validity } => {
            if let Some(place) = &mut model.place {
                place.expiries.insert(target, validity);
            }
            Vec::new()
        }
        Msg::Open(open) => {
            model.open = open;
            Vec::new()
        }
        Msg::SessionStates(states) => {
            model.session_states = states;
            Vec::new()
        }
        Msg::OpenChanged { id, result } => open::changed(model, id, result),
        Msg::SignedOut { id, session, result } => open::signed_out(model, id, &session, result),
        Msg::Colors(colors) => {
            model.colors = colors;
            Vec::new()
        }
        Msg::Activity(entries) => {
            model.activity = entries;
            Vec::new()
        }
        Msg::ProfilesNamed { session, names } => {
            let place = model.place.as_mut().filter(|place| place.session.name == session);
            if let Some(place) = place {
                place.profiles = names;
            }
            Vec::new()
        }
        Msg::Entered { id, target, result } => entered(model, id, &target, result),
        Msg::Console { id, target, result } => console(model, id, &target, result),
        Msg::Exported {
            id,
            target,
            format,
            result,
        } => exported(model, id, &target, format, result),
        Msg::Acted { id, result } => acted(model, id, result),
        Msg::Ran { id, results } => ran(model, id, results),
        Msg::PageOpened { result } => {
            page_opened(model, result);
            Vec::new()
        }
        Msg::Copied { what, result } => {
            match result {
                Ok(how) => model.say(NoticeKind::Good, format!("{what} {how}")),
                Err(problem) => model.fail(problem),
            }
            Vec::new()
        }
        Msg::ClockSkew(words) => {
            model.clock_skew = words.map(|words| Notice::new(NoticeKind::Warning, words));
            Vec::new()
        }
        Msg::Waits(sentence) => {
            // What nothing here waits for has ended already.
            if let Some(id) = model.running() {
                let notice = Notice::new(NoticeKind::Warning, sentence);
                model.notice = Some(notice.while_true(Truth::Running(id)));
            }
            Vec::new()
        }
        Msg::Failed(problem) => {
            model.fail(problem);
            Vec::new()
        }
        // Keys and time are no answers.
        Msg::Key(_) | Msg::Paste(_) | Msg::Mouse(_) | Msg::Resize(..) | Msg::Tick(_) => Vec::new(),
    }
}

fn entered(model: &mut Model, id: RequestId, target: &Target, result: Result<u8, Problem>) -> Vec<Effect> {
    match result {
        Ok(code) if done(model, id) => {
            used(model, target, Action::Shell);
            let ended = if code == 0 {
                String::new()
            } else {
                format!(" (exit code {code})")
            };
            model.say(NoticeKind::Good, format!("back from {target}{ended}"));
            Vec::new()
        }
        result => failed(model, id, result.err()),
    }
}

fn console(
    model: &mut Model,
    id: RequestId,
    target: &Target,
    result: Result<Option<ConsoleAddress>, Problem>,
) -> Vec<Effect> {
    match result {
        Ok(link) if done(model, id) => {
            used(model, target, Action::Console);
            match link {
                None => model.say(NoticeKind::Good, format!("opened the console for {target}")),
                Some(link) => {
                    model.overlay = Some(Overlay::Link {
                        title: format!("Console: {target}"),
                        link,
                    });
                }
            }
            Vec::new()
        }
        result => failed(model, id, result.err()),
    }
}

fn exported(
    model: &mut Model,
    id: RequestId,
    target: &Target,
    format: ExportFormat,
    result: Result<String, Problem>,
) -> Vec<Effect> {
    match result {
        Ok(how) if done(model, id) => {
            used(model, target, Action::Copy);
            let notice = Notice::new(
                NoticeKind::Good,
                format!("{format} credentials for {target} {how}"),
            );
            model.notice = Some(match model.expiry(&TargetKey::from(target)) {
                Some(until) => notice.and(" (expire in ").left(until).and(")"),
                None => notice,
            });
            Vec::new()
        }
        result => failed(model, id, result.err()),
    }
}

/// Something was done: say so, and remember what was used.
fn acted(model: &mut Model, id: RequestId, result: Result<String, Problem>) -> Vec<Effect> {
    let pending = model.busy.as_ref().and_then(|busy| busy.pending.clone());
    match result {
        Ok(words) if done(model, id) => {
            match &pending {
                Some(PendingAction::WriteCredentials(target, _)) => used(model, target, Action::Export),
                Some(PendingAction::Consoles(targets)) => {
                    for target in targets {
                        used(model, target, Action::Console);
                    }
                }
                _ => {}
            }
            model.say(NoticeKind::Good, words);
            Vec::new()
        }
        result => failed(model, id, result.err()),
    }
}

/// A command has run in several targets: how many of them it failed in.
fn ran(model: &mut Model, id: RequestId, results: Vec<(Target, Result<u8, Problem>)>) -> Vec<Effect> {
    if !done(model, id) {
        return Vec::new();
    }
    let (mut failures, all) = (Vec::new(), results.len());
    for (target, result) in results {
        match result {
            Ok(0) => {}
            Ok(code) => failures.push(format!("{target} (exit code {code})")),
            Err(problem) => failures.push(format!("{target} ({})", problem.sentence)),
        }
        used(model, &target, Action::Exec);
    }
    let ran = format!("ran it in {}", count(all, "target"));
    match failures.first() {
        None => model.say(NoticeKind::Good, ran),
        Some(first) => {
            let more = match failures.len() {
                1 => String::new(),
                failed => format!(" and {} more", failed - 1),
            };
            model.say(NoticeKind::Error, format!("{ran}; failed in {first}{more}"));
        }
    }
    Vec::new()
}

fn page_opened(model: &mut Model, result: Result<(), Problem>) {
    match result {
        Ok(()) => model.say(NoticeKind::Good, "opened the page in the browser"),
        Err(problem) => {
            let key = model.keymap.key_for(Key::CopyAddress);
            let hint = format!("open the address yourself; {key} copies it");
            model.fail(Problem {
                hints: vec![hint],
                ..problem
            });
        }
    }
}

/// Disk has told what it knows: show it, and ask Identity Center for what is new.
fn loaded(model: &mut Model) -> Vec<Effect> {
    model.rebuild();
    // Someone is signing in already, and the list comes after it.
    if matches!(model.screen, Screen::SignIn(_)) {
        return Vec::new();
    }
    let Some(place) = &model.place else {
        return Vec::new();
    };
    if !model.is_signed_in() {
        if place.catalog.is_empty() {
            return begin_sign_in(model, None);
        }
        if model.notice.is_none() {
            let key = model.keymap.key_for(Key::SignIn);
            let notice = Notice::new(NoticeKind::Warning, format!("signed out; {key} signs in"));
            model.notice = Some(notice.while_true(Truth::SignedOut));
        }
        return Vec::new();
    }
    if let (None, Some(counted), Some(since)) = (&model.notice, place.changes.counted(), place.changes.since)
    {
        let notice = Notice::new(NoticeKind::Good, "");
        model.notice = Some(add_changes(model, notice, &counted, since));
    }
    let Some(place) = &model.place else {
        return Vec::new();
    };
    let young = |at: Timestamp| seconds_since(at, model.now) < YOUNG;
    if place.catalog.synced_at.is_some_and(young) && !place.of_earlier_sign_in {
        Vec::new()
    } else {
        refresh(model)
    }
}

fn sync(model: &mut Model, request: RequestId, event: SyncMsg) -> Vec<Effect> {
    let now = model.now;
    let Some(Place {
        sync,
        catalog,
        of_earlier_sign_in,
        ..
    }) = &mut model.place
    else {
        return Vec::new();
    };
    let Sync::Running {
        id,
        scope,
        waiting,
        accounts,
        complete,
        done,
        since,
        answered,
        throttled_at,
    } = sync
    else {
        return Vec::new();
    };
    if *id != request {
        return Vec::new();
    }
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
            let scope = *scope;
            listed_all(model, scope, listed);
            return Vec::new();
        }
        SyncMsg::Ended(Err(problem)) => return not_listed(model, problem),
    }
    model.browse.mark_stale(now);
    Vec::new()
}

/// A listing has ended: say what is different and what failed.
fn listed_all(model: &mut Model, scope: Scope, listed: Listed) {
    let now = model.now;
    let Some(place) = &mut model.place else { return };
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
fn add_changes(model: &Model, notice: Notice, counted: &str, since: Timestamp) -> Notice {
    let key = model.keymap.key_for(Key::Changes);
    notice
        .and(format!("{counted} since last refresh ("))
        .ago(since)
        .and(format!(") · {key} to review"))
}

fn not_listed(model: &mut Model, problem: Problem) -> Vec<Effect> {
    let now = model.now;
    if let Some(place) = &mut model.place {
        place.sync = Sync::Failed;
        if problem.sign_in.is_none() {
            place.retry.schedule(now);
        }
    }
    model.rebuild();
    if let Some(why) = &problem.sign_in {
        return ended_session(model, why, None);
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
fn ended_session(model: &mut Model, why: &str, then: Option<PendingAction>) -> Vec<Effect> {
    let Some(place) = &mut model.place else {
        return Vec::new();
    };
    place.sign_in = SignInState::SignedOut;
    if then.is_some() || place.catalog.is_empty() {
        return begin_sign_in_because(model, Why::Ended(why.to_owned()), then);
    }
    let key = model.keymap.key_for(Key::SignIn);
    let notice = Notice::new(NoticeKind::Warning, format!("{why}; {key} signs in"));
    model.notice = Some(notice.while_true(Truth::SignedOut));
    Vec::new()
}

/// Ends the wait for a request; false for a late answer.
fn done(model: &mut Model, id: RequestId) -> bool {
    model.busy.take_if(|busy| busy.id == id).is_some()
}

/// A request has failed. Where signing in is what helps, it is done again after that.
fn failed(model: &mut Model, id: RequestId, problem: Option<Problem>) -> Vec<Effect> {
    let Some(problem) = problem else {
        return Vec::new();
    };
    let Some(busy) = model.busy.take_if(|busy| busy.id == id) else {
        return Vec::new();
    };
    if let (Some(why), Screen::Browse, Some(pending)) = (&problem.sign_in, &model.screen, busy.pending) {
        return ended_session(model, why, Some(pending));
    }
    model.fail(problem);
    Vec::new()
}

fn used(model: &mut Model, target: &Target, action: Action) {
    let now = model.now;
    model.history.record(TargetKey::from(target), action, now);
    model.rebuild();
}
