//! Keys of the list, and the wishes they make.

use std::collections::HashSet;

use crossterm::event::KeyEvent;

use super::{rebuild, refuse_while_busy, sign_in, stop_sync};
use crate::domain::Target;
use crate::domain::history::TargetKey;
use crate::tui::browse::Row;
use crate::tui::effect::{Effect, Outcome};
use crate::tui::keymap::Action;
use crate::tui::model::{Busy, Model, Overlay, Retry, Scope, Sync, Wish};
use crate::tui::notice::{Notice, NoticeKind, Truth};
use crate::tui::progress;

pub(super) fn key(model: &mut Model, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    let Some(action) = action else {
        if !model.browse.is_moving() {
            model.browse.edit_query(|query| {
                query.key(key);
            });
        }
        return Vec::new();
    };
    match action {
        Action::Up => model.browse.step(-1),
        Action::Down => model.browse.step(1),
        Action::PageUp => model.browse.page(-1),
        Action::PageDown => model.browse.page(1),
        Action::Top => model.browse.top(),
        Action::Bottom => model.browse.bottom(),
        Action::Search => model.browse.set_typing(true),
        Action::Clear => model.browse.clear_query(),
        Action::Refresh => return refresh(model),
        Action::SignIn => return sign_in::begin(model, None),
        Action::Sessions => {
            let here = model.place.as_ref().map(|p| &p.session.name);
            let cursor = model.sessions.iter().position(|s| Some(&s.name) == here);
            model.overlay = Some(Overlay::Sessions {
                cursor: cursor.unwrap_or_default(),
            });
        }
        Action::Favourite => return favourite(model),
        Action::Changes => return changes(model),
        Action::Actions => {
            if let Some(target) = target(model) {
                model.overlay = Some(Overlay::Actions { target, cursor: 0 });
            }
        }
        Action::Enter | Action::Console | Action::Export | Action::Copy => return act(model, action),
        _ => {}
    }
    Vec::new()
}

/// Lists everything anew; what a person looks for first.
pub(super) fn refresh(model: &mut Model) -> Vec<Effect> {
    if !model.is_signed_in() {
        return sign_in::begin(model, None);
    }
    if let Some(place) = &mut model.place {
        place.retry = Retry::default();
    }
    list(model, Scope::Everything)
}

/// Lists again what failed, once its time has come.
pub(super) fn retry(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    let signed_in = model.is_signed_in();
    let Some(place) = &mut model.place else {
        return Vec::new();
    };
    if place.retry.at.take_if(|at| *at <= now).is_none() || !signed_in {
        return Vec::new();
    }
    match place.sync {
        Sync::Running { .. } => Vec::new(),
        Sync::Failed => list(model, Scope::Everything),
        Sync::Idle => list(model, Scope::Failed),
    }
}

fn list(model: &mut Model, scope: Scope) -> Vec<Effect> {
    let mut effects = stop_sync(model);
    let id = model.new_id();
    let first = model.browse.first_accounts();
    let wanted = model.browse.wanted_accounts();
    if let Some(place) = &mut model.place {
        place.retry.at = None;
        place.preferred = wanted;
        place.sync = Sync::Running {
            id,
            scope,
            waiting: false,
            accounts: HashSet::new(),
            complete: false,
            done: 0,
        };
        let session = place.session.clone();
        effects.push(match scope {
            Scope::Everything => Effect::Refresh { id, session, first },
            Scope::Failed => Effect::RetryFailed { id, session },
        });
    }
    effects
}

/// Tells a listing that runs what a person looks for meanwhile.
pub(super) fn prefer(model: &mut Model) -> Option<Effect> {
    let place = model.place.as_mut()?;
    let Sync::Running {
        scope: Scope::Everything,
        ..
    } = place.sync
    else {
        return None;
    };
    let accounts = model.browse.wanted_accounts();
    // Fewer rows on the screen, or the cursor on another: nothing that was not asked for already.
    let known = accounts.iter().all(|a| place.preferred.contains(a));
    let searches = !model.browse.query.is_empty();
    if accounts == place.preferred || known && !searches {
        return None;
    }
    place.preferred.clone_from(&accounts);
    let session = place.session.clone();
    Some(Effect::Prefer { session, accounts })
}

/// Shows what listings found different.
fn changes(model: &mut Model) -> Vec<Effect> {
    let Some(place) = &model.place else {
        return Vec::new();
    };
    if place.changes.is_empty() {
        let good = |text: &str| Notice::new(NoticeKind::Good, text);
        model.notice = Some(match (place.changes.since, place.catalog.synced_at) {
            (Some(since), _) => good("no changes since the list of ").ago(since),
            (None, Some(_)) => good("no changes since your last visit"),
            (None, None) => good("nothing has been listed yet").while_true(Truth::NothingFound),
        });
        return Vec::new();
    }
    let session = place.session.clone();
    model.overlay = Some(Overlay::Changes { scroll: 0 });
    vec![Effect::SeenNews { session }]
}

pub(super) fn favourite(model: &mut Model) -> Vec<Effect> {
    let Some(target) = target(model) else {
        return Vec::new();
    };
    let favourite = model.history.toggle_favourite(TargetKey::from(&target));
    rebuild(model);
    let words = if favourite {
        "is a favourite now"
    } else {
        "is no favourite any more"
    };
    model.say(NoticeKind::Good, format!("{target} {words}"));
    vec![Effect::SetFavourite { target, favourite }]
}

/// The target under the cursor, or a notice why there is none.
fn target(model: &mut Model) -> Option<Target> {
    let row = model.browse.current();
    if let Some(target) = row.and_then(Row::target) {
        return Some(target);
    }
    let (sentence, truth) = match row {
        Some(row) => {
            let account = row.account();
            let sentence = match row.problem() {
                Some(problem) => format!("{} could not be listed: {problem}", account.name),
                None => format!("{} has not been listed yet", account.name),
            };
            (sentence, Truth::Unlisted(account.id.clone()))
        }
        None if model.browse.query.is_empty() => ("nothing loaded yet".to_owned(), Truth::NothingFound),
        None => {
            let yet = if progress::is_growing(model) { " yet" } else { "" };
            let clear = model.keymap.key_for(Action::Clear);
            let query = model.browse.query.text();
            let sentence = format!("nothing matches “{query}”{yet} · {clear} clears the search");
            (sentence, Truth::NothingFound)
        }
    };
    model.notice = Some(Notice::new(NoticeKind::Warning, sentence).while_true(truth));
    None
}

/// Enter, console, export or copy, for the row under the cursor.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if refuse_while_busy(model) {
        return Vec::new();
    }
    let Some(target) = target(model) else {
        return Vec::new();
    };
    if let Some(pick_for) = model.options.pick_for {
        if action == Action::Enter {
            return vec![Effect::Finish(Outcome::Picked(target))];
        }
        let text = format!("picking a target for `genkan {}`; Enter selects", pick_for.word());
        model.say(NoticeKind::Warning, text);
        return Vec::new();
    }
    match action {
        Action::Console => wish(model, Wish::Console(target)),
        Action::Copy => {
            let format = model.options.export_format;
            model.overlay = Some(Overlay::Confirm {
                wish: Wish::Copy(target, format),
            });
            Vec::new()
        }
        Action::Enter if model.options.exports => {
            let format = model.options.export_format;
            wish(model, Wish::Print(target, format))
        }
        Action::Export => {
            let here = crate::domain::export::ExportFormat::ALL
                .iter()
                .position(|f| *f == model.options.export_format);
            model.overlay = Some(Overlay::Formats {
                target,
                cursor: here.unwrap_or_default(),
            });
            Vec::new()
        }
        _ => wish(model, Wish::Enter(target)),
    }
}

/// Does what a person wants, after signing in where that is missing.
pub(super) fn wish(model: &mut Model, wish: Wish) -> Vec<Effect> {
    let cached = model.expiry(&TargetKey::from(wish.target())).is_some();
    if !model.is_signed_in() && !cached {
        return sign_in::begin(model, Some(wish));
    }
    if let Wish::Print(target, format) = wish {
        return vec![Effect::Finish(Outcome::Print { target, format })];
    }
    let id = model.new_id();
    let (what, effect) = match wish {
        Wish::Enter(target) => (
            format!("getting credentials for {target}"),
            Effect::Enter { id, target },
        ),
        Wish::Console(target) => (
            format!("opening the console for {target}"),
            Effect::Console { id, target },
        ),
        Wish::Copy(target, format) | Wish::Print(target, format) => (
            format!("getting credentials for {target}"),
            Effect::CopyExport { id, target, format },
        ),
    };
    model.busy = Some(Busy { id, what });
    vec![effect]
}
