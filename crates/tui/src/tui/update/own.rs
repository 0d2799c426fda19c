//! Actions of the user's own: running one where the cursor is, and what came of it.

use std::sync::Arc;

use super::operations::{perform_pending, target_under_cursor};
use crate::settings::UserAction;
use crate::tui::effect::Effect;
use crate::tui::model::{Model, Overlay, PendingAction};
use crate::tui::msg::ActionResult;
use crate::tui::notice::NoticeKind;
use crate::tui::screens::offers::action_refusal;

/// Runs an action in the target under the cursor, or in all marked ones.
pub(super) fn run(model: &mut Model, action: Arc<UserAction>) -> Vec<Effect> {
    // One thing at a time; the screen says which.
    if model.busy.is_some() {
        return Vec::new();
    }
    if let Some(why) = action_refusal(model, &action) {
        model.say(NoticeKind::Warning, format!("{}: {why}", action.name));
        return Vec::new();
    }
    let targets = if model.marked.is_empty() {
        target_under_cursor(model).into_iter().collect()
    } else {
        model.marked.clone()
    };
    if targets.is_empty() {
        return Vec::new();
    }
    model.browse.keep_query();
    let confirms = action.confirm;
    let pending = PendingAction::Own(targets, action);
    if confirms {
        model.overlay = Some(Overlay::Confirm { pending });
        return Vec::new();
    }
    perform_pending(model, pending)
}

/// A command in the background has ended: says how.
pub(super) fn action_ended(model: &mut Model, name: &str, results: &[ActionResult]) -> Vec<Effect> {
    let failures: Vec<String> = results.iter().filter_map(ActionResult::failure).collect();
    match (failures.first(), results) {
        (None, [one]) => model.say(NoticeKind::Good, format!("{name} has ended in {}", one.target)),
        (None, all) => model.say(
            NoticeKind::Good,
            format!("{name} has ended in {} targets", all.len()),
        ),
        (Some(first), _) => {
            let more = match failures.len() {
                1 => String::new(),
                failed => format!(" and {} more", failed - 1),
            };
            model.say(NoticeKind::Error, format!("{name} failed in {first}{more}"));
        }
    }
    Vec::new()
}
