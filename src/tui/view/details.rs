//! The pane beside the list: all that is known of the row under the cursor.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::write;
use crate::domain::PermissionSetName;
use crate::domain::duration::{format_age, format_duration};
use crate::domain::text::pad;
use crate::domain::time::{seconds_since, seconds_until};
use crate::domain::work_region::work_region;
use crate::tui::model::Model;

/// Columns of the labels.
const LABEL: usize = 16;

pub(super) fn draw(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let theme = &model.options.theme;
    let Some(row) = model.browse.current() else { return };
    let account = row.account();
    let mut down = write::text(frame, area, 0, &account.name, theme.title);
    down = write::text(frame, area, down, account.id.as_str(), theme.text);
    down = write::text(frame, area, down, &account.email, theme.dim) + 1;
    if let Some(problem) = row.problem() {
        down = write::text(
            frame,
            area,
            down,
            &format!("! failed to load: {problem}"),
            theme.warning,
        ) + 1;
    }
    if let Some(key) = row.key() {
        if let Some(since) = model.place.as_ref().and_then(|p| p.new_since(&key)) {
            let words = format!("+ new since last refresh ({})", model.ago(since));
            down = write::text(frame, area, down, &words, theme.good) + 1;
        }
        let credentials = model.expiry(&key).map_or_else(
            || "not fetched".to_owned(),
            |until| format!("{} left", format_duration(seconds_until(until, model.now))),
        );
        let used = model.history.last_use(&key).map_or_else(
            || "never".to_owned(),
            |u| format!("{}, {}", format_age(seconds_since(u.at, model.now)), u.action),
        );
        let rules = model.options.rules.of(row.subject());
        let settings = || model.region_settings(&rules);
        let region = (model.place.as_ref())
            .and_then(|place| work_region(settings(), &place.session).ok())
            .map_or_else(String::new, |found| found.region.to_string());
        for (label, value) in [
            ("permission set", key.permission_set.as_str()),
            ("credentials", credentials.as_str()),
            ("last used", used.as_str()),
            ("region", region.as_str()),
        ] {
            let label = pad(label, LABEL);
            write::line(frame, write::row(area, down), &[(label.as_str(), theme.dim)]);
            down = beside(frame, area, down, LABEL, value, theme.text);
        }
    }
    let others: Vec<&str> = row
        .permission_sets()
        .iter()
        .filter(|name| Some(*name) != row.permission_set())
        .map(PermissionSetName::as_str)
        .collect();
    if !others.is_empty() {
        down = write::text(frame, area, down + 1, "other permission sets", theme.dim);
        for name in others {
            down = beside(frame, area, down, 2, name, theme.text);
        }
    }
}

/// Writes a text with so many columns free in front, on as many lines as it needs; answers the line after it.
fn beside(frame: &mut Frame<'_>, area: Rect, down: u16, columns: usize, text: &str, style: Style) -> u16 {
    let columns = u16::try_from(columns).unwrap_or(area.width).min(area.width);
    let beside = Rect::new(area.x + columns, area.y, area.width - columns, area.height);
    write::text(frame, beside, down, text, style)
}
