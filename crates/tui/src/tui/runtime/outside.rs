//! What reaches the user outside the screen: the clipboard, the browser, a notification, the title of the window.
//!
//! Sequences for the terminal go through the loop that owns it, never beside it.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::event::Event;
use super::problems::to_problem;
use crate::app::{App, Pages};
use crate::platform::clipboard;
use crate::platform::log;
use crate::settings::{env, private_variables, secret_variables};
use crate::tui::effect::Effect;
use crate::tui::msg::{Msg, Problem};

/// The effects of this kind.
pub(super) async fn perform_outside(app: Arc<App>, effect: Effect, send: UnboundedSender<Event>) {
    match effect {
        Effect::CopyText { text, what } => {
            let result = copy_text(&app, text, &send).await;
            let _ = send.send(Event::Msg(Msg::Copied { what, result }));
        }
        Effect::CopySecret { text, what } => {
            let result = copy_secret(&app, text.expose().to_owned(), &send).await;
            let _ = send.send(Event::Msg(Msg::Copied { what, result }));
        }
        Effect::OpenPage { uri } => open_page(app, uri, send).await,
        Effect::NotifyOfEnd { session, end } => app.notifications.notify_of_end(&session, end, |sequence| {
            let _ = send.send(Event::Send(sequence.to_owned()));
        }),
        // A console of Linux has no title, and shows what sets one.
        Effect::ShowTitle(text) if app.context.settings().environment.get(env::TERM) != Some("linux") => {
            let _ = send.send(Event::Title(text));
        }
        _ => {}
    }
}

async fn open_page(app: Arc<App>, uri: String, send: UnboundedSender<Event>) {
    let opened = match app.pages.open_page(&uri) {
        Ok(opening) => Pages::page_came_up(opening).await,
        Err(error) => Err(error),
    };
    let result = opened.map_err(to_problem);
    let _ = send.send(Event::Msg(Msg::PageOpened { result }));
}

/// Copies credentials, and has them cleared from the clipboard after a while where the tool can tell that they are
/// still there.
pub(super) async fn copy_secret(
    app: &App,
    text: String,
    send: &UnboundedSender<Event>,
) -> Result<String, Problem> {
    let digest = clipboard::digest_text(&text);
    let how = copy_text(app, text, send).await?;
    let tool = how.strip_prefix("copied with ").unwrap_or_default();
    let remove = [secret_variables(), private_variables()].concat();
    Ok(match clipboard::clear_later(tool, &digest, &remove) {
        Ok(()) => format!("{how}, cleared in {} s", clipboard::CLEARED_AFTER.as_secs()),
        Err(error) => {
            log::debug!("the clipboard is not cleared error={error} tool={tool:?}");
            how
        }
    })
}

/// Copies a text: by the desktop's tool, or by the terminal where that is elsewhere or there is none.
pub(super) async fn copy_text(
    app: &App,
    text: String,
    send: &UnboundedSender<Event>,
) -> Result<String, Problem> {
    let settings = app.context.settings();
    let wayland = settings.environment.get(env::WAYLAND_DISPLAY).is_some();
    if !settings.over_ssh() && settings.has_display() {
        let own = text.clone();
        let remove = [secret_variables(), private_variables()].concat();
        let copied =
            tokio::task::spawn_blocking(move || clipboard::copy_with_tool(&own, wayland, &remove)).await;
        if let Ok(Ok(clipboard::Copied::Tool(tool))) = copied {
            return Ok(format!("copied with {tool}"));
        }
    }
    let in_tmux = settings.environment.get(env::TMUX).is_some();
    match clipboard::osc52_sequence(&text, in_tmux) {
        Some(sequence) => {
            let _ = send.send(Event::Send(sequence));
            Ok("copied via terminal clipboard".to_owned())
        }
        None => Err(Problem {
            sentence: "the text is too long for the terminal clipboard".to_owned(),
            hints: vec!["print it instead".to_owned()],
            sign_in: None,
        }),
    }
}
