//! What is in front of a screen: the notice or what is being waited for, and how much room it leaves.
//!
//! The list gets shorter where a notice needs more than the bottom rule, so that it never covers a row.

use crate::domain::text::{fit_text, sanitize_line, wrap_text};
use crate::tui::drawing::columns;
use crate::tui::drawing::layout;
use crate::tui::drawing::layout::BrowseAreas;
use crate::tui::model::Model;
use crate::tui::notice::NoticeKind;

/// Columns of the sign in front of a notice, and of the blank behind it.
const SIGN: usize = 4;

/// Lines to show, with the notice's kind; without one they say what is being waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Front {
    pub kind: Option<NoticeKind>,
    pub lines: Vec<String>,
}

/// What is in front now, on a screen of this size.
#[must_use]
pub fn lay_out_front(model: &Model, size: (u16, u16)) -> Option<Front> {
    let (kind, text) = match (model.front_notice(), &model.busy) {
        (Some(notice), _) => {
            let sentence = std::iter::once(notice.text(model.now));
            let words: Vec<String> = sentence.chain(notice.hints.iter().cloned()).collect();
            (Some(notice.kind), words.join(" · "))
        }
        (None, Some(busy)) => (None, format!("{} · Esc cancels", busy.what)),
        (None, None) => return None,
    };
    let columns = usize::from(size.0).saturating_sub(SIGN);
    let mut lines = wrap_text(&sanitize_line(&text), columns);
    let most = layout::most_notice_rows(size);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            let kept = fit_text(last, columns.saturating_sub(1));
            *last = format!("{}…", kept.trim_end_matches('…'));
        }
    }
    Some(Front { kind, lines })
}

/// How many rows above the footer are taken: the bottom rule at least.
#[must_use]
pub fn rows_taken(model: &Model, size: (u16, u16)) -> u16 {
    lay_out_front(model, size).map_or(1, |front| u16::try_from(front.lines.len()).unwrap_or(1).max(1))
}

/// Where the details of the selected row are when they are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetailsPlace {
    /// Beside the list: there is room, and no name is cut for it.
    Beside,
    Below,
    /// In a box over a list that has no row to spare.
    Over,
}

/// Where the details are on a screen of this size, open or not.
#[must_use]
pub fn details_place(model: &Model, size: (u16, u16)) -> DetailsPlace {
    let beside = layout::lay_out_browse(size, rows_taken(model, size));
    if beside.details.is_some() && !columns::cuts_any(model, beside.list.width) {
        DetailsPlace::Beside
    } else if layout::has_room_below(size) {
        DetailsPlace::Below
    } else {
        DetailsPlace::Over
    }
}

/// The list's screen as it is now; the details pane gives way where it would have names cut.
#[must_use]
pub fn browse_areas(model: &Model, size: (u16, u16)) -> BrowseAreas {
    let areas = layout::lay_out_browse(size, rows_taken(model, size));
    match details_place(model, size) {
        DetailsPlace::Beside if model.view.details_beside => areas,
        DetailsPlace::Below if model.view.details_below => areas.with_details_below(),
        _ => areas.without_details(),
    }
}
