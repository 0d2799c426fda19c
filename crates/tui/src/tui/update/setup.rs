//! Keys of the first run.

use crossterm::event::KeyEvent;

use crate::domain::SsoSession;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::input::keymap::Action;
use crate::tui::model::{Busy, Model, Screen};
use crate::tui::msg::Problem;

pub(super) fn handle_key(model: &mut Model, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    // One thing at a time; the screen says which.
    if model.busy.is_some() {
        return Vec::new();
    }
    let Screen::Setup(setup) = &mut model.screen else {
        return Vec::new();
    };
    match action {
        Some(Action::NextField) => setup.next(),
        Some(Action::PreviousField) => setup.previous(),
        Some(Action::Submit) => match setup.session() {
            Ok(session) => {
                let id = model.new_id();
                model.busy = Some(Busy {
                    id,
                    what: "checking the start URL".to_owned(),
                    pending: None,
                });
                return vec![Effect::CreateSession { id, session }];
            }
            Err((field, sentence)) => {
                // Behind the focus nothing was typed yet: going on is what Enter means.
                let first_look = setup.focus != field && setup.input(field).is_empty();
                setup.focus = field;
                setup.problem = (!first_look).then_some((field, sentence));
            }
        },
        _ => {
            setup.edit(|input| input.key(key));
        }
    }
    Vec::new()
}

/// Identity Center has answered: on to the sign-in, or back to the form.
pub(super) fn session_created(
    model: &mut Model,
    id: RequestId,
    result: Result<SsoSession, Problem>,
) -> Vec<Effect> {
    if model.busy.take_if(|busy| busy.id == id).is_none() {
        return Vec::new();
    }
    match result {
        Ok(session) => {
            model.sessions.push(session.clone());
            model.show_session(session)
        }
        Err(problem) => {
            model.fail(problem);
            Vec::new()
        }
    }
}
