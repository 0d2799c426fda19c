//! Actions of the user's own, for a target, for all marked ones, and in the help.

use std::sync::Arc;

use crate::domain::Target;
use crate::tui::input::keymap::{key_name, short_name};
use crate::tui::model::{Model, Screen};
use crate::tui::screens::menu::{Choice, Entry};
use crate::tui::screens::offers::action_refusal;
use crate::tui::screens::pending_action::PendingAction;
use crate::tui::screens::user_actions::OfferedAction;

/// An entry for each action, which runs in these targets.
pub(super) fn user_action_entries<'m>(
    model: &'m Model,
    targets: &'m [Target],
) -> impl Iterator<Item = Entry> + 'm {
    model.options.actions.iter().map(move |offered| {
        let pending = PendingAction::Own(targets.to_vec(), Arc::clone(&offered.action));
        let choice = if offered.action.confirm {
            Choice::Confirm(pending)
        } else {
            Choice::Act(pending)
        };
        let label = match targets.len() {
            0 | 1 => offered.action.name.clone(),
            several => format!("{} in {several} targets", offered.action.name),
        };
        let label = if offered.action.confirm {
            format!("{label}…")
        } else {
            label
        };
        let keys = offered.key.map(short_name).unwrap_or_default();
        describe_entry(Entry::new(label, choice), offered)
            .keys(keys)
            .refused(action_refusal(model, &offered.action))
    })
}

/// The entries of the help, which act on the row under the cursor.
pub(super) fn in_help(model: &Model) -> impl Iterator<Item = Entry> {
    let elsewhere = (!matches!(model.screen, Screen::Browse)).then(|| "only on the list".to_owned());
    model.options.actions.iter().map(move |offered| {
        let choice = Choice::Own(Arc::clone(&offered.action));
        let keys = offered.key.map(key_name).unwrap_or_default();
        describe_entry(Entry::new(offered.action.name.clone(), choice), offered)
            .keys(keys)
            .section("Your actions")
            .refused(
                elsewhere
                    .clone()
                    .or_else(|| action_refusal(model, &offered.action)),
            )
    })
}

fn describe_entry(entry: Entry, offered: &OfferedAction) -> Entry {
    entry
        .detail(offered.action.command.text())
        .also("action own command")
}
