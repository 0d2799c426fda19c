//! Learns the colours that accounts have in the console, aside from what the user waits for.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::event::Event;
use crate::app::App;
use crate::domain::Target;
use crate::tui::msg::Msg;

/// Learns the colour of an account that was entered. Nothing waits for it.
pub(super) fn learn_color(app: &Arc<App>, target: &Target, send: &UnboundedSender<Event>) {
    let (app, target, send) = (Arc::clone(app), target.clone(), send.clone());
    tokio::spawn(async move {
        if let Some(colors) = app.account_colors.learn(&target).await {
            let _ = send.send(Event::Msg(Msg::Colors(colors)));
        }
    });
}
