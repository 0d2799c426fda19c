//! Answers to effects. Every answer names its request; late ones are dropped here.

use jiff::Timestamp;

use super::listing::{self, add_changes, ended_session};
use super::operations::{begin_sign_in, refresh_all, refresh_session};
use super::{open, own, setup, sign_in};
use crate::domain::Target;
use crate::domain::records::history::{Action, TargetKey};
use crate::domain::shells::export::ExportFormat;
use crate::domain::values::count::format_count;
use crate::domain::values::time::seconds_since;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::input::keymap::Action as Key;
use crate::tui::model::{Model, Overlay, PendingAction, Place, Screen};
use crate::tui::msg::{ConsoleAddress, Msg, Problem};
use crate::tui::notice::{Notice, NoticeKind, Truth};
use crate::tui::screens::pending_action::name_targets;

/// A list that is younger than this is not asked for again at the start, in seconds.
const YOUNG: i64 = 60;

pub(super) fn handle_answer(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Loaded { session, .. } if model.place_of(&session).is_none() => Vec::new(),
        Msg::Loaded {
            session,
            catalog,
            of_earlier_sign_in,
            changes,
            expiries,
            sign_in,
            notices,
        } => {
            let now = model.now;
            if let Some(place) = model.place_of_mut(&session) {
                place.known = true;
                place.signed_in_at = sign_in.at(now).is_signed_in().then_some(now);
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
            if model.shows_all_sessions() {
                loaded_one_of_all(model, &session)
            } else {
                session_loaded(model)
            }
        }
        Msg::Sync { id, event } => listing::handle_event(model, id, event),
        Msg::SignIn { id, event } => sign_in::handle_event(model, id, event),
        Msg::SessionCreated { id, result } => setup::session_created(model, id, result),
        Msg::CredentialsFetched { target, validity } => {
            if let Some(place) = model.place_of_mut(&target.session) {
                place.expiries.insert(target, validity);
            }
            Vec::new()
        }
        Msg::OpenChanged { id, result } => open::open_changed(model, id, result),
        Msg::SignedOut { id, session, result } => open::signed_out(model, id, &session, result),
        Msg::Open(_) | Msg::Browsers(_) | Msg::SessionStates(_) | Msg::Colors(_) | Msg::Activity(_) => {
            keep_found(model, msg);
            Vec::new()
        }
        Msg::ProfilesNamed { session, names } => {
            if let Some(place) = model.place_of_mut(&session) {
                place.profiles = names;
            }
            Vec::new()
        }
        Msg::Entered { id, target, result } => shell_ended(model, id, &target, result),
        Msg::Console { id, target, result } => console_answered(model, id, &target, result),
        Msg::Exported {
            id,
            target,
            format,
            result,
        } => export_done(model, id, &target, format, result),
        Msg::Acted { id, result } => action_done(model, id, result),
        Msg::Ran { id, results } => batch_done(model, id, results),
        Msg::ActionEnded { name, results } => own::action_ended(model, &name, &results),
        Msg::PageOpened { result } => {
            page_opened(model, result);
            Vec::new()
        }
        Msg::Copied { what, result } => copy_done(model, &what, result),
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

/// What was looked up for the screen to show, and nothing else changes.
fn keep_found(model: &mut Model, found: Msg) {
    match found {
        Msg::Open(open) => model.open = open,
        Msg::Browsers(choices) => model.browsers = Some(choices),
        Msg::SessionStates(states) => model.session_states = states,
        Msg::Colors(colors) => model.colors = colors,
        Msg::Activity(entries) => model.activity = entries,
        _ => {}
    }
}

fn shell_ended(
    model: &mut Model,
    id: RequestId,
    target: &Target,
    result: Result<u8, Problem>,
) -> Vec<Effect> {
    match result {
        Ok(code) if finish_request(model, id) => {
            record_use(model, target, Action::Shell);
            let ended = if code == 0 {
                String::new()
            } else {
                format!(" (exit code {code})")
            };
            model.say(NoticeKind::Good, format!("back from {target}{ended}"));
            Vec::new()
        }
        result => request_failed(model, id, result.err()),
    }
}

fn console_answered(
    model: &mut Model,
    id: RequestId,
    target: &Target,
    result: Result<Option<ConsoleAddress>, Problem>,
) -> Vec<Effect> {
    match result {
        Ok(link) if finish_request(model, id) => {
            record_use(model, target, Action::Console);
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
        result => request_failed(model, id, result.err()),
    }
}

fn export_done(
    model: &mut Model,
    id: RequestId,
    target: &Target,
    format: ExportFormat,
    result: Result<String, Problem>,
) -> Vec<Effect> {
    match result {
        Ok(how) if finish_request(model, id) => {
            record_use(model, target, Action::Copy);
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
        result => request_failed(model, id, result.err()),
    }
}

fn copy_done(model: &mut Model, what: &str, result: Result<String, Problem>) -> Vec<Effect> {
    match result {
        Ok(how) => model.say(NoticeKind::Good, format!("{what} {how}")),
        Err(problem) => model.fail(problem),
    }
    Vec::new()
}

/// Something was done: say so, and remember what was used.
fn action_done(model: &mut Model, id: RequestId, result: Result<String, Problem>) -> Vec<Effect> {
    let pending = model.busy.as_ref().and_then(|busy| busy.pending.clone());
    match result {
        Ok(words) if finish_request(model, id) => {
            match &pending {
                Some(PendingAction::WriteCredentials(target, _)) => record_use(model, target, Action::Export),
                Some(PendingAction::Consoles(targets)) => {
                    for target in targets {
                        record_use(model, target, Action::Console);
                    }
                }
                Some(PendingAction::Own(targets, _)) => {
                    for target in targets {
                        record_use(model, target, Action::Exec);
                    }
                }
                _ => {}
            }
            model.say(NoticeKind::Good, words);
            Vec::new()
        }
        result => request_failed(model, id, result.err()),
    }
}

/// A command has run in several targets: how many of them it failed in.
fn batch_done(model: &mut Model, id: RequestId, results: Vec<(Target, Result<u8, Problem>)>) -> Vec<Effect> {
    let pending = model.busy.as_ref().and_then(|busy| busy.pending.clone());
    if !finish_request(model, id) {
        return Vec::new();
    }
    let (mut failures, all) = (Vec::new(), results.len());
    for (target, result) in results {
        match result {
            Ok(0) => {}
            Ok(code) => failures.push(format!("{target} (exit code {code})")),
            Err(problem) => failures.push(format!("{target} ({})", problem.sentence)),
        }
        record_use(model, &target, Action::Exec);
    }
    let ran = match pending {
        Some(PendingAction::Own(targets, action)) => {
            format!("ran {} in {}", action.name, name_targets(&targets))
        }
        _ => format!("ran it in {}", format_count(all, "target")),
    };
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
fn session_loaded(model: &mut Model) -> Vec<Effect> {
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
            let words = match &model.options.no_sign_in {
                Some(variable) => format!("signed out, and no sign-in is started: {variable} is set"),
                None => format!("signed out; {} signs in", model.keymap.key_for(Key::SignIn)),
            };
            let notice = Notice::new(NoticeKind::Warning, words);
            model.notice = Some(notice.while_true(Truth::SignedOut));
        }
        return Vec::new();
    }
    if let (None, Some(counted), Some(since)) = (&model.notice, place.changes.counted(), place.changes.since)
    {
        let notice = Notice::new(NoticeKind::Good, "");
        model.notice = Some(add_changes(model, notice, &counted, since));
    }
    if model
        .place
        .as_ref()
        .is_none_or(|place| is_young(place, model.now))
    {
        Vec::new()
    } else {
        refresh_all(model)
    }
}

/// Whether what disk knows of a session need not be asked for again.
fn is_young(place: &Place, now: Timestamp) -> bool {
    let young = |at: Timestamp| seconds_since(at, now) < YOUNG;
    place.catalog.synced_at.is_some_and(young) && !place.of_earlier_sign_in
}

/// The same for a session that is shown with all others: one that is not signed in is left out.
fn loaded_one_of_all(model: &mut Model, session: &str) -> Vec<Effect> {
    model.rebuild();
    let now = model.now;
    let is_stale = |place: &Place| place.signed_in_at.is_some() && !is_young(place, now);
    if model.place_of(session).is_some_and(is_stale) {
        refresh_session(model, session)
    } else {
        Vec::new()
    }
}

/// Ends the wait for a request; false for a late answer.
fn finish_request(model: &mut Model, id: RequestId) -> bool {
    model.busy.take_if(|busy| busy.id == id).is_some()
}

/// A request has failed. Where signing in is what helps, it is done again after that.
fn request_failed(model: &mut Model, id: RequestId, problem: Option<Problem>) -> Vec<Effect> {
    let Some(problem) = problem else {
        return Vec::new();
    };
    let Some(busy) = model.busy.take_if(|busy| busy.id == id) else {
        return Vec::new();
    };
    if let (Some(why), Screen::Browse, Some(pending)) = (&problem.sign_in, &model.screen, busy.pending) {
        let session = pending.targets().first().map(|target| target.session.clone());
        let shown = session.filter(|session| model.place_of(session).is_some());
        let front = || model.place.as_ref().map(|place| place.session.name.clone());
        let session = shown.or_else(front).unwrap_or_default();
        return ended_session(model, &session, why, Some(pending));
    }
    model.fail(problem);
    Vec::new()
}

fn record_use(model: &mut Model, target: &Target, action: Action) {
    let now = model.now;
    model.history.record(TargetKey::from(target), action, now);
    model.rebuild();
}
