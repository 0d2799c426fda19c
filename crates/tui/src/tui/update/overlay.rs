//! Keys of what lies over a screen and is no menu to type into: changes, sessions, a question, a link.

use super::menu::cursor_after;
use super::operations::perform_pending;
use crate::tui::effect::Effect;
use crate::tui::input::keymap::Action;
use crate::tui::model::{Model, Overlay};
use crate::tui::screens::details;

pub(super) fn handle_key(model: &mut Model, mut overlay: Overlay, action: Option<Action>) -> Vec<Effect> {
    let rows = usize::from(model.size.1);
    match (&mut overlay, action) {
        (Overlay::Details { .. }, Some(Action::Details)) => return Vec::new(),
        (Overlay::Details { scroll }, Some(action)) => {
            let lines = details::boxed_lines(model, model.size).len();
            let last = lines.saturating_sub(rows.saturating_sub(3));
            *scroll = cursor_after(*scroll, last + 1, rows, action);
        }
        (Overlay::Changes { scroll }, Some(action)) => {
            let changes = model.place.as_ref().map(|p| &p.changes);
            let lines = changes.map_or(0, |c| c.new.len() + c.gone.len());
            let last = lines.saturating_sub(rows.saturating_sub(3));
            *scroll = cursor_after(*scroll, last + 1, rows, action);
        }
        (Overlay::Confirm { pending: confirmed }, Some(Action::Submit)) => {
            return perform_pending(model, confirmed.clone());
        }
        (Overlay::Link { link, .. }, Some(Action::CopyAddress)) => {
            let link = link.clone();
            model.overlay = Some(overlay);
            let what = "address".to_owned();
            return vec![if link.is_secret {
                Effect::CopySecret {
                    text: link.address,
                    what,
                }
            } else {
                Effect::CopyText {
                    text: link.address.expose().to_owned(),
                    what,
                }
            }];
        }
        _ => {}
    }
    model.overlay = Some(overlay);
    Vec::new()
}
