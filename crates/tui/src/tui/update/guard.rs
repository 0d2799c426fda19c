//! Keys of a guard: typing the name, and going on once it is right.

use crossterm::event::KeyEvent;

use super::operations::perform_pending;
use crate::tui::effect::Effect;
use crate::tui::input::keymap::Action;
use crate::tui::model::{Model, Overlay};
use crate::tui::screens::guard::Guard;

pub(super) fn handle_key(
    model: &mut Model,
    mut guard: Guard,
    action: Option<Action>,
    key: KeyEvent,
) -> Vec<Effect> {
    if action == Some(Action::Submit) {
        let rules = model.rules_of(&guard.target);
        if guard.is_confirmed(&rules) {
            let targets = guard.targets();
            for target in &targets {
                model.options.confirmations.add(target.into(), model.now);
            }
            let mut effects = vec![Effect::Confirm { targets }];
            effects.extend(perform_pending(model, guard.pending));
            return effects;
        }
        guard.is_wrong = !guard.input.is_empty();
        guard.input.clear();
    } else if guard.input.key(key) {
        guard.is_wrong = false;
    }
    model.overlay = Some(Overlay::Guard(guard));
    Vec::new()
}
