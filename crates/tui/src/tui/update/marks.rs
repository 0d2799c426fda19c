//! Marking targets, and what keys do with all marked ones.

use super::operations::{perform_pending, target_for, target_under_cursor};
use crate::domain::records::history::TargetKey;
use crate::tui::effect::Effect;
use crate::tui::input::keymap::Action;
use crate::tui::model::{Model, Overlay, PendingAction};
use crate::tui::notice::NoticeKind;
use crate::tui::screens::menu::{Menu, MenuOf};
use crate::tui::screens::offers;
use crate::tui::screens::prompt::{Prompt, PromptOf};

/// Marks the target under the cursor, or takes its mark away, and goes to the next row.
pub(super) fn toggle_mark(model: &mut Model) {
    if let Some(pick_for) = model.options.pick_for {
        let words = format!("`genkan {}` takes one target", pick_for.as_str());
        return model.say(NoticeKind::Warning, words);
    }
    let Some(target) = target_for(model, Action::Mark) else {
        return;
    };
    let key = TargetKey::from(&target);
    if model.is_marked(&key) {
        model.marked.retain(|marked| TargetKey::from(marked) != key);
    } else {
        model.marked.push(target);
    }
    model.browse.step(1);
}

/// What a key does with all marked targets; `None` where it acts on the one under the cursor.
pub(super) fn act_on_marked(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if !offers::acts_on_marked(model, action) {
        return None;
    }
    let targets = model.marked.clone();
    match action {
        Action::Enter => {
            let prompt = Prompt::new(PromptOf::Command(targets, 1), "");
            model.overlay = Some(Overlay::Prompt(prompt));
            Some(Vec::new())
        }
        Action::Actions => {
            model.overlay = Some(Overlay::Menu(Menu::new(MenuOf::Marked(targets))));
            Some(Vec::new())
        }
        Action::Console => Some(perform_pending(model, PendingAction::Consoles(targets))),
        Action::SaveProfile => Some(perform_pending(model, PendingAction::SaveProfiles(targets))),
        _ => None,
    }
}

/// Saves the target under the cursor as a profile.
pub(super) fn save_profile(model: &mut Model) -> Vec<Effect> {
    match target_under_cursor(model) {
        Some(target) => perform_pending(model, PendingAction::SaveProfiles(vec![target])),
        None => Vec::new(),
    }
}
