//! What can be done with all marked targets.

use super::actions::{first_key, target_text};
use crate::domain::Target;
use crate::domain::values::count::format_count;
use crate::tui::browse::Row;
use crate::tui::input::keymap::Action;
use crate::tui::model::Model;
use crate::tui::screens::menu::{Choice, Entry, MenuOf};
use crate::tui::screens::pending_action::{AT_ONCE, PendingAction};

pub(super) fn marked_entries(model: &Model, targets: &[Target]) -> Vec<Entry> {
    let of = |noun: &str| format_count(targets.len(), noun);
    let all = || targets.to_vec();
    let texts: Vec<String> = targets.iter().map(|target| target_text(model, target)).collect();
    let mut entries = vec![
        Entry::new(
            format!("Run a command in {}…", of("target")),
            Choice::Command(all(), 1),
        )
        .keys(first_key(model, Action::Enter))
        .detail("one after another")
        .also("exec shell")
        .refused(no_output(model)),
    ];
    // One target has no others to wait for.
    entries.extend((targets.len() > 1).then(|| {
        Entry::new(
            format!("Run a command in {}, {AT_ONCE} at once…", of("target")),
            Choice::Command(all(), AT_ONCE),
        )
        .also("exec parallel")
        .refused(no_output(model))
    }));
    entries.extend([
        Entry::new(
            format!("Save {}", of("profile")),
            Choice::Act(PendingAction::SaveProfiles(all())),
        )
        .keys(first_key(model, Action::SaveProfile)),
        Entry::new(
            format!("Open {}", of("console")),
            Choice::Act(PendingAction::Consoles(all())),
        )
        .keys(first_key(model, Action::Console))
        .also("browser"),
        Entry::new(
            format!("Copy {}", of("target")),
            Choice::Copy {
                text: texts.join("\n"),
                what: of("target"),
            },
        ),
        Entry::new("Take all marks away", Choice::Unmark).also("clear unmark"),
    ]);
    entries.extend(super::own::user_action_entries(model, targets));
    if let Some(target) = model.browse.current().and_then(Row::target) {
        let label = format!("Only {target}…");
        entries.push(Entry::new(label, Choice::Open(MenuOf::Actions(target))).also("this one"));
    }
    entries
}

/// Why no command can run here.
pub(super) fn no_output(model: &Model) -> Option<&'static str> {
    model.options.exports.then_some("a program reads the output")
}
