//! Draws the model. Pure: reads it and writes cells, nothing else.

mod chrome;
mod details;
mod frame_rules;
mod guard;
mod list;
mod menu;
mod overlay;
mod setup;
mod sign_in;
mod write;

use ratatui::Frame;

use super::model::{Model, Overlay, Screen};
use crate::tui::drawing::layout;
use crate::tui::screens::details::Arrangement;
use crate::tui::screens::front;

/// Draws everything.
pub fn draw_screen(frame: &mut Frame<'_>, model: &Model) {
    let area = frame.area();
    let size = (area.width, area.height);
    if layout::is_too_small(size) {
        let (columns, rows) = layout::SMALLEST;
        let text = format!("genkan needs {columns}×{rows} at least");
        write::write_line(frame, area, &[(text.as_str(), model.options.theme.text)]);
        return;
    }
    match &model.screen {
        Screen::Browse => draw_browse(frame, model),
        Screen::SignIn(sign_in) => sign_in::draw_sign_in(frame, model, sign_in),
        Screen::Setup(form) => setup::draw_setup(frame, model, form),
    }
    chrome::draw_footer(frame, model);
    match &model.overlay {
        Some(Overlay::Menu(open)) => menu::draw_menu(frame, model, open),
        Some(Overlay::Details { scroll }) => overlay::draw_details(frame, model, *scroll),
        Some(Overlay::Prompt(prompt)) => overlay::draw_prompt(frame, model, prompt),
        Some(Overlay::Changes { scroll }) => overlay::draw_changes(frame, model, *scroll),
        Some(Overlay::Link { title, link }) => overlay::draw_link(frame, model, title, link),
        Some(Overlay::Guard(open)) => guard::draw_guard(frame, model, open),
        Some(Overlay::Confirm { pending }) => overlay::draw_confirmation(frame, model, pending),
        None => {}
    }
    chrome::draw_notice(frame, model);
}

fn draw_browse(frame: &mut Frame<'_>, model: &Model) {
    let areas = front::browse_areas(model, write::screen_size(frame));
    chrome::draw_header(frame, model, areas.header);
    chrome::draw_query(frame, model, areas.query);
    frame_rules::draw_rules(frame, model, &areas);
    list::draw_list(frame, model, areas.list);
    if let Some(pane) = areas.details {
        let arrangement = match areas.details_rule {
            Some(_) => Arrangement::Flat,
            None => Arrangement::Tall,
        };
        details::draw_details(frame, model, pane, arrangement);
    }
}
