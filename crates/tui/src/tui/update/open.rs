//! What is open, and the SSO sessions: reading it, ending and renewing, signing in and out.

use super::operations::begin_sign_in;
use crate::domain::{Catalog, SignInState, SsoSession, Target};
use crate::tui::effect::{Effect, RequestId};
use crate::tui::model::{Busy, Model, Overlay, Screen};
use crate::tui::msg::Problem;
use crate::tui::notice::NoticeKind;
use crate::tui::screens::menu::{Menu, MenuOf};
use crate::tui::screens::setup::Setup;

/// Shows what is open, which is read each time: other processes change it.
pub(super) fn show_open(model: &mut Model) -> Vec<Effect> {
    model.overlay = Some(Overlay::Menu(Menu::new(MenuOf::Open)));
    vec![Effect::ReadOpen]
}

pub(super) fn show_sessions(model: &mut Model) -> Vec<Effect> {
    let here = model.place.as_ref().map(|place| &place.session.name);
    let place = model.sessions.iter().position(|s| Some(&s.name) == here);
    // Where there are several, all of them are the first entry.
    let cursor = match place {
        _ if model.shows_all_sessions() => 0,
        Some(at) if model.sessions.len() > 1 => at + 1,
        _ => 0,
    };
    let menu = Menu::new(MenuOf::Sessions).at(cursor);
    model.overlay = Some(Overlay::Menu(menu));
    vec![Effect::ReadSessions]
}

/// Shows a session; without one the form that adds one.
pub(super) fn show_session(model: &mut Model, session: Option<SsoSession>) -> Vec<Effect> {
    if let Some(session) = session {
        return model.show_session(session);
    }
    model.screen = Screen::Setup(Setup::new(&model.sessions));
    Vec::new()
}

/// Signs in to a session, which is shown then.
pub(super) fn sign_in(model: &mut Model, name: &str) -> Vec<Effect> {
    let is_here = model.place_of(name).is_some();
    model.bring_to_front(name);
    let mut effects = Vec::new();
    if !is_here {
        let session = model.sessions.iter().find(|s| s.name == name).cloned();
        effects = show_session(model, session);
    }
    effects.extend(begin_sign_in(model, None));
    effects
}

pub(super) fn sign_out(model: &mut Model, name: &str) -> Vec<Effect> {
    let session = model.sessions.iter().find(|s| s.name == name).cloned();
    let Some(session) = session.filter(|_| model.busy.is_none()) else {
        return Vec::new();
    };
    let id = model.new_id();
    model.busy = Some(Busy {
        id,
        what: format!("signing out of {name}"),
        pending: None,
    });
    vec![Effect::SignOut { id, session }]
}

/// A sign-out has ended. The list of the session that is shown went with it.
pub(super) fn signed_out(
    model: &mut Model,
    id: RequestId,
    session: &str,
    result: Result<(), Problem>,
) -> Vec<Effect> {
    if model.busy.take_if(|busy| busy.id == id).is_none() {
        return Vec::new();
    }
    let mut effects: Vec<Effect> = Vec::new();
    if model.place_of(session).is_some() {
        effects.extend(model.stop_listing(session));
        if let Some(place) = model.place_of_mut(session) {
            place.signed_in_at = None;
            place.sign_in = SignInState::SignedOut;
            place.catalog = Catalog::default();
            place.expiries.clear();
        }
        model.rebuild();
    }
    match result {
        Ok(()) => model.say(NoticeKind::Good, format!("signed out of {session}")),
        Err(problem) => model.fail(problem),
    }
    effects
}

pub(super) fn renew_open(model: &mut Model, target: Target) -> Vec<Effect> {
    let id = model.new_id();
    model.busy = Some(Busy {
        id,
        what: format!("getting new credentials for {target}"),
        pending: None,
    });
    vec![Effect::Renew { id, target }]
}

/// Something that was open has ended or changed: says so, and looks again.
pub(super) fn open_changed(
    model: &mut Model,
    id: Option<RequestId>,
    result: Result<String, Problem>,
) -> Vec<Effect> {
    if id.is_some() && model.busy.take_if(|busy| Some(busy.id) == id).is_none() {
        return Vec::new();
    }
    match result {
        Ok(words) => model.say(NoticeKind::Good, words),
        Err(problem) => model.fail(problem),
    }
    if model.overlay.is_none() {
        return show_open(model);
    }
    Vec::new()
}
