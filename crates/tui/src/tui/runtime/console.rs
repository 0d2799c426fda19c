//! Opens a console as the user chose it, or hands its address to the screen.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::colors::learn_color;
use super::event::Event;
use super::problems::to_problem;
use crate::app::{App, ConsoleRequest, OpenedConsole, PageChoice};
use crate::domain::records::history::Action;
use crate::domain::web::console_pages;
use crate::domain::web::console_pages::LAST;
use crate::domain::{Secret, Target};
use crate::platform::log;
use crate::tui::effect::RequestId;
use crate::tui::model::ConsoleAt;
use crate::tui::msg::{ConsoleAddress, Msg};

/// Where the console opens.
fn console_request(at: &ConsoleAt) -> ConsoleRequest {
    let page = at.service.as_deref().and_then(|name| {
        if name == LAST {
            return Some(PageChoice::Last);
        }
        // Chosen from the table.
        console_pages::find_page(name).ok().map(PageChoice::Page)
    });
    ConsoleRequest {
        page,
        region: at.region.clone(),
        via: at.via,
        sign_out_first: at.sign_out_first.then_some(true),
        ..ConsoleRequest::default()
    }
}

pub(super) async fn open_console(
    app: Arc<App>,
    id: RequestId,
    target: Target,
    at: ConsoleAt,
    send: UnboundedSender<Event>,
) {
    let answer = |result| {
        let _ = send.send(Event::Msg(Msg::Console {
            id,
            target: target.clone(),
            result,
        }));
    };
    let by_hand = |address: &str, is_secret| ConsoleAddress {
        address: Secret::new(address),
        is_secret,
        forward: app.pages.forward_line(address),
    };
    let link = match app.console.console_link(&target, &console_request(&at)).await {
        Ok(link) => link,
        Err(error) => return answer(Err(to_problem(error))),
    };
    if link.is_secret() {
        app.history.record_hand_out(&target, "console", "browser");
    }
    let opened = match app.console.open_console(&target, link, at.browser.as_ref()).await {
        Ok(opened) => opened,
        Err(error) => return answer(Err(to_problem(error))),
    };
    let _ = app.history.record_use(&target, Action::Console).await;
    learn_color(&app, &target, &send);
    match opened {
        OpenedConsole::Browser(address, opening, waiting) => {
            let came_up = async {
                match opening.came_up().await {
                    Ok(()) => answer(Ok(None)),
                    // The link still works, by hand.
                    Err(error) => {
                        log::warning!("the browser did not start error={error}");
                        answer(Ok(Some(by_hand(&address, false))));
                    }
                }
            };
            tokio::join!(came_up, waiting.wait_until_opened());
        }
        OpenedConsole::Elsewhere(link) => {
            answer(Ok(Some(by_hand(link.expose(), link.is_secret()))));
        }
    }
}
