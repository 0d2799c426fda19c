//! Keys of what lies over a screen: help, menus, a link.

use super::operations::{act, favourite, perform};
use crate::domain::export::ExportFormat;
use crate::tui::effect::Effect;
use crate::tui::help;
use crate::tui::keymap::Action;
use crate::tui::model::{Model, Overlay, PendingAction, Screen};
use crate::tui::offers;
use crate::tui::setup::Setup;

pub(super) fn key(model: &mut Model, action: Option<Action>) -> Vec<Effect> {
    let Some(mut overlay) = model.overlay.take() else {
        return Vec::new();
    };
    let rows = usize::from(model.size.1);
    match (&mut overlay, action) {
        (Overlay::Help { .. }, Some(Action::Help)) => return Vec::new(),
        (Overlay::Help { scroll }, Some(action)) => {
            let last = help::lines(model).len().saturating_sub(rows.saturating_sub(4));
            *scroll = moved(*scroll, last + 1, rows, action);
        }
        (Overlay::Changes { scroll }, Some(action)) => {
            let changes = model.place.as_ref().map(|p| &p.changes);
            let lines = changes.map_or(0, |c| c.new.len() + c.gone.len());
            let last = lines.saturating_sub(rows.saturating_sub(3));
            *scroll = moved(*scroll, last + 1, rows, action);
        }
        (Overlay::Actions { cursor, .. }, Some(action)) => {
            let menu = offers::menu(model);
            if action == Action::Submit {
                return match menu.get(*cursor) {
                    Some(Action::Favourite) => favourite(model),
                    Some(action) => act(model, *action),
                    None => Vec::new(),
                };
            }
            *cursor = moved(*cursor, menu.len(), rows, action);
        }
        (Overlay::Formats { target, cursor }, Some(action)) => {
            let format = ExportFormat::ALL
                .get(*cursor)
                .copied()
                .unwrap_or(ExportFormat::Bash);
            match action {
                Action::Submit => return perform(model, PendingAction::Print(target.clone(), format)),
                Action::Copy => {
                    model.overlay = Some(Overlay::Confirm {
                        pending: PendingAction::Copy(target.clone(), format),
                    });
                    return Vec::new();
                }
                _ => *cursor = moved(*cursor, ExportFormat::ALL.len(), rows, action),
            }
        }
        (Overlay::Sessions { cursor }, Some(action)) => {
            if action == Action::Submit {
                return chosen(model, *cursor);
            }
            *cursor = moved(*cursor, model.sessions.len() + 1, rows, action);
        }
        (Overlay::Confirm { pending: confirmed }, Some(Action::Submit)) => {
            return perform(model, confirmed.clone());
        }
        (Overlay::Link { address, .. }, Some(Action::CopyAddress)) => {
            let text = address.clone();
            model.overlay = Some(overlay);
            return vec![Effect::CopyText {
                text,
                what: "address",
            }];
        }
        _ => {}
    }
    model.overlay = Some(overlay);
    Vec::new()
}

fn chosen(model: &mut Model, cursor: usize) -> Vec<Effect> {
    if let Some(session) = model.sessions.get(cursor).cloned() {
        model.show_session(session)
    } else {
        model.screen = Screen::Setup(Setup::new(&model.sessions));
        Vec::new()
    }
}

/// Where a cursor among `len` entries goes.
fn moved(cursor: usize, len: usize, page: usize, action: Action) -> usize {
    let to = match action {
        Action::Up => cursor.saturating_sub(1),
        Action::Down => cursor + 1,
        Action::PageUp => cursor.saturating_sub(page),
        Action::PageDown => cursor + page,
        Action::Top => 0,
        Action::Bottom => usize::MAX,
        _ => cursor,
    };
    to.min(len.saturating_sub(1))
}
