//! What frames every screen: header, search line, rules, footer, notice.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::write;
use crate::domain::SignInState;
use crate::domain::text::text_width;
use crate::domain::values::count::{format_count, group_digits};
use crate::domain::values::duration::{format_age, format_duration};
use crate::domain::values::time::{seconds_since, seconds_until};
use crate::tui::browse::Focus;
use crate::tui::input::keymap::{Action, Binding, short_name};
use crate::tui::model::{Model, Place, Screen, Sync};
use crate::tui::notice::NoticeKind;
use crate::tui::progress;
use crate::tui::screens::front;
use crate::tui::screens::offers;

pub(super) fn draw_header(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let theme = &model.options.theme;
    let name = &name_sessions(model);
    let (state, style) = sign_in(model);
    let right = right_side(model, area.width);
    let left_pieces = [
        (" genkan  ", theme.title),
        (name.as_str(), theme.text),
        ("   ", theme.text),
        (state.as_str(), style),
    ];
    let mut room = area;
    room.width = area
        .width
        .saturating_sub(u16::try_from(text_width(&right)).unwrap_or(0) + 2);
    // On a narrow screen the program's name is what is missed least.
    let needed: usize = left_pieces.iter().map(|(t, _)| text_width(t)).sum();
    let pieces = if needed > usize::from(room.width) {
        &[
            (" ", theme.text),
            (name.as_str(), theme.title),
            ("  ", theme.text),
            (state.as_str(), style),
        ]
    } else {
        &left_pieces
    };
    let narrow: usize = pieces.iter().map(|(t, _)| text_width(t)).sum();
    if narrow > usize::from(room.width) {
        // A list that may be another user's says so before anything else.
        let (state, style) = if is_of_earlier_sign_in(model) {
            (EARLIER.to_owned(), theme.warning)
        } else {
            (state, style)
        };
        // The sign says that one is signed in; the name says where.
        let is_cut = text_width(name) + text_width(&state) + 3 > usize::from(area.width);
        let state = if is_cut {
            state.replacen("● signed in · ", "● ", 1)
        } else {
            state
        };
        let narrow: usize = text_width(name) + text_width(&state) + 3;
        let rest = narrow - text_width(name);
        let name = write::fit_name(name, usize::from(area.width).saturating_sub(rest));
        let pieces = [
            (" ", theme.text),
            (name.as_str(), theme.title),
            ("  ", theme.text),
            (state.as_str(), style),
        ];
        write::write_line(frame, area, &pieces);
        return;
    }
    write::write_line(frame, room, pieces);
    let start = area
        .right()
        .saturating_sub(u16::try_from(text_width(&right)).unwrap_or(0) + 1);
    let right_area = Rect::new(start, area.y, area.right().saturating_sub(start), 1);
    let right_style = if is_of_earlier_sign_in(model) {
        theme.warning
    } else {
        theme.dim
    };
    write::write_line(frame, right_area, &[(&right, right_style)]);
}

/// The session that is shown; that all are, and the one of the row under the cursor.
fn name_sessions(model: &Model) -> String {
    let name = model.place.as_ref().map_or("", |p| p.session.name.as_str());
    if model.shows_all_sessions() {
        format!("all sessions · {name}")
    } else {
        name.to_owned()
    }
}

/// The header while one signs in: to what, how that stands, and what follows.
pub(super) fn sign_in_header(frame: &mut Frame<'_>, model: &Model, area: Rect, follows: &str) {
    let theme = &model.options.theme;
    let name = model.place.as_ref().map_or("", |p| p.session.name.as_str());
    let (state, style) = sign_in(model);
    let pieces = [
        (" genkan  ", theme.title),
        (name, theme.text),
        ("   ", theme.text),
        (state.as_str(), style),
    ];
    let taken = write::write_line(frame, area, &pieces);
    let room = usize::from(area.width.saturating_sub(taken + 4));
    let follows = write::fit_name(&format!("then {follows}"), room);
    // A few letters of it say nothing.
    if room >= 18 {
        let columns = u16::try_from(text_width(&follows)).unwrap_or(0);
        let start = area.right().saturating_sub(columns + 1);
        write::write_line(
            frame,
            Rect::new(start, area.y, columns, 1),
            &[(&follows, theme.dim)],
        );
    }
}

fn is_of_earlier_sign_in(model: &Model) -> bool {
    model.place.as_ref().is_some_and(|place| place.of_earlier_sign_in)
}

fn sign_in(model: &Model) -> (String, Style) {
    let theme = &model.options.theme;
    if !model.place.as_ref().is_some_and(|place| place.known) {
        return (String::new(), theme.dim);
    }
    let state = model.sign_in();
    if model
        .place
        .as_ref()
        .is_some_and(|place| place.session.source_credentials().is_some())
    {
        // On the screen that asks for a code something is needed.
        let is_asked = matches!(model.screen, Screen::SignIn(_));
        let words = if is_asked { "" } else { "no sign-in needed" };
        return (words.to_owned(), theme.dim);
    }
    if !state.is_signed_in() {
        return ("○ signed out".to_owned(), theme.warning);
    }
    let ends_soon = model.ends_soon();
    let style = if ends_soon.is_some() {
        theme.warning
    } else {
        theme.good
    };
    let words = match (state, ends_soon) {
        (
            SignInState::SignedIn {
                until, renews: false, ..
            },
            _,
        ) => {
            format!(
                "● signed in · {} left",
                format_duration(seconds_until(until, model.now))
            )
        }
        (_, Some(left)) => format!("● signed in · about {} left", format_duration(left)),
        (_, None) => match state.ends().map(|end| seconds_until(end, model.now)) {
            Some(left @ 1..) => format!("● signed in · about {}", format_duration(left)),
            _ => "● signed in".to_owned(),
        },
    };
    (words, style)
}

fn right_side(model: &Model, columns: u16) -> String {
    let Some(place) = model.place_in_progress() else {
        return String::new();
    };
    let places = || model.listed_places();
    let accounts = places().map(|place| place.catalog.entries().len()).sum();
    let counted = format_count(accounts, "account");
    if place.of_earlier_sign_in {
        return earlier_sign_in(place, columns);
    }
    let long = match &place.sync {
        Sync::Running { waiting: true, .. } => format!("{counted} · loading in another genkan"),
        Sync::Running { .. } => {
            let progress = match progress::accounts_listed(place) {
                Some((done, all)) => format!("loading {done} of {all}"),
                None => "loading".to_owned(),
            };
            let age = place
                .catalog
                .synced_at
                .map(|at| format_age(seconds_since(at, model.now)));
            let age = age.as_deref().and_then(|age| age.strip_suffix(" ago"));
            let more = progress::describe_pace(place, model.now).or_else(|| Some(format!("{} old", age?)));
            match more {
                Some(more) => format!("{progress} · {more}"),
                None => progress,
            }
        }
        Sync::Failed => format!("{counted} · out of date"),
        Sync::Idle => match places().filter_map(|place| place.catalog.synced_at).min() {
            Some(at) => format!("{counted} · updated {}", format_age(seconds_since(at, model.now))),
            None if place.known && accounts > 0 => counted.clone(),
            None => String::new(),
        },
    };
    let progress = match (&place.sync, progress::accounts_listed(place)) {
        (Sync::Running { waiting: false, .. }, Some((done, all))) => format!("loading {done} of {all}"),
        _ => String::new(),
    };
    [long, progress]
        .into_iter()
        .find(|text| !text.is_empty() && text_width(text) * 2 <= usize::from(columns))
        .unwrap_or(counted)
}

/// The label where there is little room.
const EARLIER: &str = "earlier sign-in";

/// The label of a list that may be another user's: as much of it as there is room for.
fn earlier_sign_in(place: &Place, columns: u16) -> String {
    let refreshing = match (&place.sync, progress::accounts_listed(place)) {
        (Sync::Running { .. }, Some((done, all))) => format!(" · refreshing {done} of {all}"),
        (Sync::Running { .. }, None) => " · refreshing".to_owned(),
        (Sync::Failed, _) => " · out of date".to_owned(),
        (Sync::Idle, _) => String::new(),
    };
    let fits = |text: &String| text_width(text) * 2 <= usize::from(columns);
    [
        format!("list from an earlier sign-in{refreshing}"),
        format!("{EARLIER}{refreshing}"),
    ]
    .into_iter()
    .find(fits)
    .unwrap_or_else(|| EARLIER.to_owned())
}

pub(super) fn draw_query(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let theme = &model.options.theme;
    let browse = &model.browse;
    let (found, all) = browse.counts();
    let more = if progress::is_growing(model) { "+" } else { "" };
    let is_narrow = area.width < 60;
    // The header may have no room for it.
    let loading = match model.place_in_progress() {
        Some(place) if area.width < 66 && !matches!(place.sync, Sync::Running { waiting: true, .. }) => {
            progress::accounts_listed(place)
        }
        _ => None,
    };
    let count = match (browse.query.is_blank(), is_narrow) {
        (true, _) if let Some((done, all)) = &loading => format!("loading {done}/{all} "),
        (true, true) => format!("{}{more} ", group_digits(all)),
        (true, false) => format!(
            "{}{more} {} ",
            group_digits(all),
            if all == 1 { "target" } else { "targets" }
        ),
        (false, _) => {
            let more_found = if browse.is_partial() { "+" } else { more };
            format!(
                "{}{more_found} of {}{more} ",
                group_digits(found),
                group_digits(all)
            )
        }
    };
    let count = match browse.hidden() {
        (_, 0) => count,
        _ if is_narrow => count,
        (is_shown, hidden) => {
            let key = model.keymap.key_for(Action::Hidden);
            let of_them = if is_shown { " of them" } else { "" };
            format!("{count}· {}{of_them} hidden ({key}) ", group_digits(hidden))
        }
    };
    let count_width = u16::try_from(text_width(&count)).unwrap_or(0);
    let mut room = area;
    room.width = area.width.saturating_sub(count_width + 1);
    let (before, after) = browse.query.halves();
    // The cursor stays in sight: what doesn't fit is cut at the beginning.
    let before = write::tail_of(before, usize::from(room.width).saturating_sub(5));
    let hint = match (browse.query.is_empty(), browse.is_moving()) {
        (true, true) => "/ searches accounts and permission sets".to_owned(),
        (true, false) => match browse.recalls() {
            Some(last) => {
                let last = write::fit_name(last, 30);
                let fits = |hint: &String| text_width(hint) + 3 <= usize::from(room.width);
                [
                    format!("type to search · ↑ searches for “{last}” again"),
                    format!("type to search · ↑ “{last}”"),
                ]
                .into_iter()
                .find(fits)
                .unwrap_or_else(|| "type to search".to_owned())
            }
            None => "type to search accounts and permission sets".to_owned(),
        },
        _ => String::new(),
    };
    let pieces = [
        (" › ", theme.accent),
        (before, theme.text),
        (after, theme.text),
        (hint.as_str(), theme.dim),
    ];
    write::write_line(frame, room, &pieces);
    if browse.focus() == Focus::Query {
        write::place_cursor(frame, room, 3 + text_width(before));
    }
    let count_area = Rect::new(area.right().saturating_sub(count_width), area.y, count_width, 1);
    write::write_line(frame, count_area, &[(&count, theme.dim)]);
}

pub(super) fn draw_rule(frame: &mut Frame<'_>, area: Rect, style: Style) {
    let line = "─".repeat(usize::from(area.width));
    write::write_line(frame, area, &[(&line, style)]);
}

/// The keys that count now, as many as fit; help and Esc are always among them. Only what Enter does with marked targets
/// comes before the help.
pub(super) fn draw_footer(frame: &mut Frame<'_>, model: &Model) {
    let theme = &model.options.theme;
    let area = front::browse_areas(model, write::screen_size(frame)).footer;
    let mut bindings = model.keymap.footer(model.contexts());
    if !model.marked.is_empty() && model.overlay.is_none() {
        // What is done with all of them comes first.
        bindings.sort_by_key(|binding| match binding.action {
            Action::Enter => 0,
            Action::SaveProfile => 1,
            Action::Console => 2,
            _ => 3,
        });
    }
    let mut entries: Vec<Entry<'_>> = bindings
        .into_iter()
        .filter(|binding| offers::is_offered(model, binding))
        .filter_map(|binding| footer_entry(model, binding))
        .collect();
    let marked = match model.marked.len() {
        0 => String::new(),
        _ if model.overlay.is_some() => String::new(),
        number => format!("{} marked  ", group_digits(number)),
    };
    let columns = |entries: &[Entry<'_>]| -> usize {
        let kept = entries.iter().filter(|e| e.is_kept).map(Entry::columns);
        kept.sum::<usize>() + text_width(&marked)
    };
    // A blank at the beginning, none of two at the end.
    if columns(&entries) > usize::from(area.width) + 1 {
        entries.retain(|entry| entry.action != Action::Help);
    }
    let mut room = usize::from(area.width).saturating_sub(columns(&entries));
    let mut full = false;
    let mut pieces: Vec<(&str, Style)> = vec![(" ", theme.text), (marked.as_str(), theme.title)];
    for entry in &entries {
        if !entry.is_kept {
            full |= entry.columns() > room;
            if full {
                continue;
            }
            room -= entry.columns();
        }
        let (key, label) = if entry.is_possible {
            (theme.accent, theme.text)
        } else {
            (theme.dim, theme.dim)
        };
        pieces.extend([
            (entry.key.as_str(), key),
            (" ", label),
            (entry.label, label),
            ("  ", theme.text),
        ]);
    }
    pieces.pop();
    write::write_line(frame, area, &pieces);
}

/// A key of the footer.
struct Entry<'m> {
    action: Action,
    key: String,
    label: &'m str,
    /// Whether it can be done for the row under the cursor.
    is_possible: bool,
    /// However little room there is.
    is_kept: bool,
}

impl Entry<'_> {
    fn columns(&self) -> usize {
        text_width(&self.key) + 1 + text_width(self.label) + 2
    }
}

fn footer_entry<'m>(model: &Model, binding: &'m Binding) -> Option<Entry<'m>> {
    let on_target = binding.action.is_on_target();
    let on_list = matches!(model.screen, Screen::Browse) && model.overlay.is_none();
    let has_target = || {
        model
            .browse
            .current()
            .is_some_and(|row| row.permission_set().is_some())
    };
    let on_account = matches!(binding.action, Action::Enter | Action::Actions);
    let folds = on_account && model.browse.is_folded().is_some();
    let acts_on_marked = on_list && offers::acts_on_marked(model, binding.action);
    Some(Entry {
        action: binding.action,
        key: binding.keys.first().map(|key| short_name(*key))?,
        label: offers::binding_label(model, binding),
        is_possible: !(on_target && on_list) || folds || acts_on_marked || has_target(),
        is_kept: matches!(binding.action, Action::Help | Action::Back)
            || (acts_on_marked && binding.action == Action::Enter),
    })
}

/// The notice, or what is being waited for, in place of the bottom rule.
pub(super) fn draw_notice(frame: &mut Frame<'_>, model: &Model) {
    let theme = &model.options.theme;
    let Some(front) = front::lay_out_front(model, write::screen_size(frame)) else {
        return;
    };
    let (sign, style) = match front.kind {
        Some(NoticeKind::Good) => ("✓", theme.good),
        Some(NoticeKind::Warning) => ("!", theme.warning),
        Some(NoticeKind::Error) => ("✗", theme.error),
        None => ("…", theme.accent),
    };
    let rule = front::browse_areas(model, write::screen_size(frame)).bottom_rule;
    let height = u16::try_from(front.lines.len()).unwrap_or(1);
    let area = Rect::new(rule.x, rule.y, rule.width, height);
    write::clear_area(frame, area);
    for (down, text) in (0..height).zip(&front.lines) {
        let sign = if down == 0 { sign } else { " " };
        let pieces = [
            (" ", theme.text),
            (sign, style),
            (" ", theme.text),
            (text.as_str(), theme.text),
        ];
        write::write_line(frame, write::row_below(area, down), &pieces);
    }
}
