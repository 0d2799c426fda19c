//! A guard's question: what is guarded, what follows, and the name as it is typed.

use ratatui::Frame;

use super::overlay::boxed_in;
use super::write;
use crate::domain::text::{fit_both, text_width};
use crate::tui::model::{Model, PendingAction, PickFor};
use crate::tui::screens::guard::Guard;

/// Columns inside the box, where the screen has them.
const COLUMNS: usize = 54;

pub(super) fn draw_guard(frame: &mut Frame<'_>, model: &Model, guard: &Guard) {
    let theme = &model.options.theme;
    let rules = model.rules_of(&guard.target);
    let title = if rules.production { "Production" } else { "Guarded" };
    let target = &guard.target;
    let question = match &rules.alias {
        _ if guard.count() > 1 => format!("Type {} to continue:", guard.count()),
        Some(alias) => format!("Type “{alias}” or “{}” to continue:", target.account_name),
        None => format!("Type “{}” to continue:", target.account_name),
    };
    let room = usize::from(frame.area().width).saturating_sub(6);
    let columns = text_width(&question)
        .max(text_width(&target.account_name) + 3 + text_width(target.permission_set.shown()))
        .max(COLUMNS)
        .min(room);
    let note = rules.note.as_deref().map(|note| write::wrap_text(note, columns));
    let question = write::wrap_text(&question, columns);
    let rows = 1 + 1 + note.as_ref().map_or(0, Vec::len) + 1 + question.len() + 2;
    let inside = boxed_in(
        frame,
        model,
        title,
        (theme.production, theme.production),
        columns,
        rows,
    );
    // Where there is little room, blanks go first.
    let is_tight = usize::from(inside.height) < rows;
    let gap = u16::from(!is_tight);
    let room = usize::from(inside.width).saturating_sub(3);
    let (first, second) = match guard.count() {
        1 => fit_both(&target.account_name, target.permission_set.shown(), room),
        count => {
            let listed: Vec<String> = guard.targets().iter().map(ToString::to_string).collect();
            (format!("{count} guarded targets"), listed.join(", "))
        }
    };
    let names = [
        (first.as_str(), theme.title),
        (" · ", theme.dim),
        (second.as_str(), theme.text),
    ];
    write::write_line(frame, write::row_below(inside, 0), &names);
    let follows = what_follows(guard, model.options.pick_for);
    write::write_line(frame, write::row_below(inside, 1), &[(follows, theme.dim)]);
    let mut down = 2;
    for line in note.iter().flatten().filter(|_| !is_tight) {
        write::write_line(frame, write::row_below(inside, down), &[(line, theme.warning)]);
        down += 1;
    }
    down += gap;
    for line in &question {
        write::write_line(frame, write::row_below(inside, down), &[(line, theme.text)]);
        down += 1;
    }
    let (before, after) = guard.input.halves();
    let before = write::tail_of(before, usize::from(inside.width).saturating_sub(4));
    let row = write::row_below(inside, down);
    let hint = if guard.is_wrong { not_confirmed(guard) } else { "" };
    let typed = [
        ("› ", theme.accent),
        (before, theme.text),
        (after, theme.text),
        (hint, theme.error),
    ];
    write::write_line(frame, row, &typed);
    write::place_cursor(frame, row, 2 + text_width(before));
}

fn not_confirmed(guard: &Guard) -> &'static str {
    if guard.count() > 1 {
        "not their number; type it again"
    } else {
        "not its name; type it again"
    }
}

/// What is done once the name is right, in a few words.
fn what_follows(guard: &Guard, pick_for: Option<PickFor>) -> &'static str {
    match (&guard.pending, pick_for) {
        (PendingAction::Enter(_), _) | (PendingAction::Pick(_), Some(PickFor::Shell)) => {
            "Opens a shell with credentials"
        }
        (PendingAction::Pick(_), Some(PickFor::Exec)) => "Runs a command with credentials",
        (PendingAction::Copy(..), _) => "Copies credentials",
        (PendingAction::Pick(_) | PendingAction::Print(..), _) => "Exports credentials",
        (PendingAction::WriteCredentials(..), _) => "Writes credentials",
        (PendingAction::Run(..) | PendingAction::Own(..), _) => "Runs the command",
        (PendingAction::CopyProfileName(_), _) => "Copies the profile name",
        (PendingAction::SaveProfiles(_), _) => "Saves profiles",
        (PendingAction::Consoles(_), _) => "Opens consoles",
        (PendingAction::Console(..), _) => "Opens the console",
    }
}
