//! What is in front of a screen: the notice or what is being waited for, and how much room it leaves.
//!
//! The list gets shorter where a notice needs more than the bottom rule, so that it never covers a row.

use super::columns;
use super::layout::{self, BrowseAreas};
use super::model::Model;
use super::notice::NoticeKind;
use crate::domain::text::{fit, shown, wrap};

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
pub fn front(model: &Model, size: (u16, u16)) -> Option<Front> {
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
    let mut lines = wrap(&shown(&text), columns);
    let most = layout::most_notice_rows(size);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            let kept = fit(last, columns.saturating_sub(1));
            *last = format!("{}…", kept.trim_end_matches('…'));
        }
    }
    Some(Front { kind, lines })
}

/// How many rows above the footer are taken: the bottom rule at least.
#[must_use]
pub fn rows(model: &Model, size: (u16, u16)) -> u16 {
    front(model, size).map_or(1, |front| u16::try_from(front.lines.len()).unwrap_or(1).max(1))
}

/// The list's screen as it is now; the details pane gives way where it would have names cut.
#[must_use]
pub fn areas(model: &Model, size: (u16, u16)) -> BrowseAreas {
    let areas = layout::browse(size, rows(model, size));
    if areas.details.is_some() && columns::cuts_any(model, areas.list.width) {
        return areas.without_details();
    }
    areas
}
