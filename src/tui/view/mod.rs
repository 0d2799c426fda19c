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
pub fn draw(frame: &mut Frame<'_>, model: &Model) {
    let area = frame.area();
    let size = (area.width, area.height);
    if layout::is_too_small(size) {
        let (columns, rows) = layout::SMALLEST;
        let text = format!("genkan needs {columns}×{rows} at least");
        write::line(frame, area, &[(text.as_str(), model.options.theme.text)]);
        return;
    }
    match &model.screen {
        Screen::Browse => browse(frame, model),
        Screen::SignIn(sign_in) => sign_in::draw(frame, model, sign_in),
        Screen::Setup(form) => setup::draw(frame, model, form),
    }
    chrome::footer(frame, model);
    match &model.overlay {
        Some(Overlay::Menu(open)) => menu::draw(frame, model, open),
        Some(Overlay::Details { scroll }) => overlay::details(frame, model, *scroll),
        Some(Overlay::Prompt(prompt)) => overlay::prompt(frame, model, prompt),
        Some(Overlay::Changes { scroll }) => overlay::changes(frame, model, *scroll),
        Some(Overlay::Link { title, link }) => overlay::link(frame, model, title, link),
        Some(Overlay::Guard(open)) => guard::draw(frame, model, open),
        Some(Overlay::Confirm { pending }) => overlay::confirm(frame, model, pending),
        None => {}
    }
    chrome::notice(frame, model);
}

fn browse(frame: &mut Frame<'_>, model: &Model) {
    let areas = front::areas(model, write::size(frame));
    chrome::header(frame, model, areas.header);
    chrome::query(frame, model, areas.query);
    frame_rules::draw(frame, model, &areas);
    list::draw(frame, model, areas.list);
    if let Some(pane) = areas.details {
        let arrangement = match areas.details_rule {
            Some(_) => Arrangement::Flat,
            None => Arrangement::Tall,
        };
        details::draw(frame, model, pane, arrangement);
    }
}
