//! What lies over a screen and is no menu to type into: changes, sessions, a question, a link.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::write::{self, fit_exactly};
use crate::domain::Target;
use crate::domain::text::text_width;
use crate::settings::{RunIn, UserAction};
use crate::tui::model::{Model, PendingAction};
use crate::tui::msg::ConsoleAddress;
use crate::tui::screens::details;
use crate::tui::screens::front;
use crate::tui::screens::pending_action::name_targets;
use crate::tui::screens::prompt::{Prompt, PromptOf};
use crate::tui::widgets::qr;

/// How many targets a question names.
const NAMES: usize = 8;

/// A box of at most this inner size in the middle; answers its inside.
pub(super) fn draw_box(
    frame: &mut Frame<'_>,
    model: &Model,
    title: &str,
    columns: usize,
    rows: usize,
) -> Rect {
    let theme = &model.options.theme;
    boxed_in(frame, model, title, (theme.rule, theme.title), columns, rows)
}

/// The same in styles of its border and title.
pub(super) fn boxed_in(
    frame: &mut Frame<'_>,
    model: &Model,
    title: &str,
    (border, title_style): (Style, Style),
    columns: usize,
    rows: usize,
) -> Rect {
    let area = frame.area();
    let columns = u16::try_from(columns + 4).unwrap_or(u16::MAX).min(area.width);
    // The footer stays in sight: it has the keys. So does a notice.
    let size = write::screen_size(frame);
    let notice = front::lay_out_front(model, size).map_or(0, |_| front::rows_taken(model, size));
    let free = area.height.saturating_sub(1 + notice).max(3);
    let rows = u16::try_from(rows + 2).unwrap_or(u16::MAX).min(free);
    let outer = Rect::new((area.width - columns) / 2, (free - rows) / 2, columns, rows);
    write::draw_bordered(frame, outer, border, title, title_style);
    Rect::new(
        outer.x + 2,
        outer.y + 1,
        columns.saturating_sub(4),
        rows.saturating_sub(2),
    )
}

/// Says on the border of a box that there is more than it shows.
pub(super) fn scroll_sign(frame: &mut Frame<'_>, model: &Model, inside: Rect, is_more: bool) {
    if !is_more {
        return;
    }
    let more = " ↑ ↓ scroll ";
    let columns = u16::try_from(text_width(more)).unwrap_or(0);
    let at = Rect::new(
        inside.right().saturating_sub(columns),
        inside.bottom(),
        columns,
        1,
    );
    write::write_line(frame, at, &[(more, model.options.theme.dim)]);
}

pub(super) fn draw_details(frame: &mut Frame<'_>, model: &Model, scroll: usize) {
    let size = write::screen_size(frame);
    let lines = details::boxed_lines(model, size);
    let row = model.browse.current();
    let title = if row.is_some_and(|row| details::is_production(model, row)) {
        format!("Details · {}", details::PRODUCTION_WORD)
    } else {
        "Details".to_owned()
    };
    let inside = draw_box(frame, model, &title, details::box_columns(size), lines.len());
    let scroll = scroll.min(lines.len().saturating_sub(usize::from(inside.height)));
    super::details::draw_lines(frame, model, inside, lines.iter().skip(scroll));
    scroll_sign(frame, model, inside, lines.len() > usize::from(inside.height));
}

pub(super) fn draw_changes(frame: &mut Frame<'_>, model: &Model, scroll: usize) {
    let theme = &model.options.theme;
    let Some(place) = &model.place else { return };
    let changes = &place.changes;
    let since = changes.since.map_or_else(String::new, |at| model.ago(at));
    let title = format!("Changes since last refresh ({since})");
    let lines = (changes.new.iter().map(|c| ("+ ", theme.good, c)))
        .chain(changes.gone.iter().map(|c| ("− ", theme.warning, c)));
    let count = changes.new.len() + changes.gone.len();
    let inside = draw_box(frame, model, &title, 66, count);
    // The screen may have grown since.
    let scroll = scroll.min(count.saturating_sub(usize::from(inside.height)));
    for (down, (sign, style, change)) in (0..inside.height).zip(lines.skip(scroll)) {
        let mut id = format!("  {}", change.account.id);
        let name = change.to_string();
        // The name before the number.
        if 2 + text_width(&name) + text_width(&id) > usize::from(inside.width) {
            id.clear();
        }
        let room = usize::from(inside.width).saturating_sub(2 + text_width(&id));
        let name = fit_exactly(&name, room);
        write::write_line(
            frame,
            write::row_below(inside, down),
            &[(sign, style), (&name, theme.text), (&id, theme.dim)],
        );
    }
}

/// Title and words of the question whether secrets go to the clipboard, and what Enter does.
fn copy_question(names: &[String], format: &str) -> (String, String, &'static str) {
    let title = format!("Copy credentials for {}?", names.join(", "));
    let words = format!(
        "Puts the secret access key and the session token on the clipboard ({format}). Any program on this machine and \
         any clipboard history can read them until they expire."
    );
    (title, words, " copies   ")
}

/// The same for an action of the user's own.
fn own_action(action: &UserAction, targets: &[Target]) -> (String, String, &'static str) {
    let title = format!("Run {} in {}?", action.name, name_targets(targets));
    let place = match action.run {
        RunIn::Foreground => "",
        RunIn::Background => " in the background",
        RunIn::Tmux => " in a window of tmux",
    };
    let mut words = format!("Runs `{}`{place} with its credentials.", action.command.text());
    if targets.len() > 1 {
        let names: Vec<String> = targets.iter().take(NAMES).map(ToString::to_string).collect();
        let more = targets.len() - names.len();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        words = format!("{words} In {}{more}.", names.join(", "));
    }
    (title, words, " runs   ")
}

/// Asks before secrets go to the clipboard, or before an action of the user's own runs.
pub(super) fn draw_confirmation(frame: &mut Frame<'_>, model: &Model, pending: &PendingAction) {
    let theme = &model.options.theme;
    let names: Vec<String> = pending.targets().iter().map(ToString::to_string).collect();
    let (title, words, does) = match pending {
        PendingAction::Own(targets, action) => own_action(action, targets),
        PendingAction::Copy(_, format) | PendingAction::Print(_, format) => {
            copy_question(&names, format.name())
        }
        _ => copy_question(&names, ""),
    };
    let columns = text_width(&title)
        .max(60)
        .min(usize::from(frame.area().width).saturating_sub(4));
    let lines = write::wrap_text(&words, columns);
    let inside = draw_box(frame, model, &title, columns, lines.len() + 2);
    let down = write::write_text(frame, inside, 0, &words, theme.text);
    // Where there is little room the keys go before the words.
    let last = inside.height.saturating_sub(1);
    let keys = write::row_below(inside, (down + 1).min(last));
    write::clear_area(frame, keys);
    write::write_line(
        frame,
        keys,
        &[
            ("Enter", theme.accent),
            (does, theme.text),
            ("Esc", theme.accent),
            (" cancels", theme.text),
        ],
    );
}

/// A question with the line that is typed.
pub(super) fn draw_prompt(frame: &mut Frame<'_>, model: &Model, prompt: &Prompt) {
    let theme = &model.options.theme;
    let title = prompt.of.title();
    let columns = text_width(&title)
        .max(64)
        .min(usize::from(frame.area().width).saturating_sub(4));
    let (words, style) = match prompt.problem {
        Some(problem) => (problem, theme.error),
        None => (prompt.of.words(), theme.dim),
    };
    let mut names: Vec<String> = match &prompt.of {
        PromptOf::Command(targets, _) if targets.len() > 1 => {
            targets.iter().map(ToString::to_string).collect()
        }
        _ => Vec::new(),
    };
    if names.len() > NAMES {
        let more = names.len() - (NAMES - 1);
        names.truncate(NAMES - 1);
        names.push(format!("and {more} more"));
    }
    let lines = write::wrap_text(words, columns);
    let inside = draw_box(frame, model, &title, columns, lines.len() + 1 + names.len());
    write::draw_input(
        frame,
        write::row_below(inside, 0),
        theme,
        &prompt.input,
        prompt.of.hint(),
    );
    let down = write::write_text(frame, inside, 1, words, style);
    for (down, name) in (down..inside.height).zip(&names) {
        let name = write::fit_name(name, usize::from(inside.width));
        write::write_line(frame, write::row_below(inside, down), &[(&name, theme.text)]);
    }
}

/// An address to open elsewhere, with its QR code where there is room for all of it.
pub(super) fn draw_link(frame: &mut Frame<'_>, model: &Model, title: &str, link: &ConsoleAddress) {
    let theme = &model.options.theme;
    let address = link.address.expose();
    let words = if link.is_secret {
        "Open this page in any browser within 15 minutes. Anyone who has the address can sign in:"
    } else {
        "Open this page in any browser:"
    };
    let forward = link
        .forward
        .as_deref()
        .map(|line| format!("It is on this machine: run this on yours first: {line}"));
    let area = frame.area();
    let picture = qr::encode_qr_code(address).unwrap_or_default();
    let (qr_columns, qr_rows) = qr::picture_size(&picture);
    let most = usize::from(area.width).saturating_sub(8);
    let columns = most.min(text_width(address).max(40));
    let lines = |text: &str| write::wrap_text(text, columns).len();
    let rows = lines(words) + lines(address) + forward.as_deref().map_or(0, |line| 1 + lines(line)) + 2;
    let has_room = qr_rows > 0
        && usize::from(qr_columns) <= columns
        && rows + usize::from(qr_rows) + 4 <= usize::from(area.height);
    let qr_rows = if has_room { qr_rows } else { 0 };
    let inside = draw_box(frame, model, title, columns, rows + usize::from(qr_rows));
    let mut down = write::write_text(frame, inside, 0, words, theme.text) + 1;
    down = write::write_text(frame, inside, down, address, theme.accent) + 1;
    if let Some(forward) = &forward {
        down = write::write_text(frame, inside, down, forward, theme.warning) + 1;
    }
    if qr_rows > 0 {
        let left = inside.x + inside.width.saturating_sub(qr_columns) / 2;
        qr::draw_qr_code(
            frame,
            Rect::new(left, inside.y + down, qr_columns, qr_rows),
            &picture,
        );
    }
}
