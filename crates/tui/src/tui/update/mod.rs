//! What each message changes, and what is to be done about it. Pure: no clock, no I/O, no waiting.

mod answers;
mod browse;
mod details;
mod guard;
mod listing;
mod marks;
mod menu;
mod notices;
mod open;
mod operations;
mod overlay;
mod own;
mod prompt;
mod setup;
mod sign_in;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent, MouseEventKind};
use jiff::Timestamp;

use super::effect::Effect;
use super::model::{Model, Overlay, Screen};
use super::msg::Msg;
use super::notice::{Notice, NoticeKind, Truth};
use crate::tui::drawing::layout;
use crate::tui::input::keymap::Action;
use crate::tui::screens::front;
use crate::tui::screens::menu::{Menu, MenuOf};
use crate::tui::screens::offers;
use crate::tui::screens::offers::Escape;

use menu::Next;
use operations::{prefer_search, retry_failed};

/// Takes one message in.
pub fn update_model(model: &mut Model, msg: Msg) -> Vec<Effect> {
    // The messages that change what is on the screen.
    let looks_elsewhere = matches!(
        msg,
        Msg::Key(_) | Msg::Paste(_) | Msg::Mouse(_) | Msg::Resize(..) | Msg::Tick(_)
    );
    let mut effects = match msg {
        Msg::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
        Msg::Key(key) => handle_key(model, key),
        Msg::Paste(text) => paste_text(model, &text),
        Msg::Mouse(event) => handle_mouse(model, event),
        Msg::Resize(columns, rows) => {
            model.size = (columns, rows);
            Vec::new()
        }
        Msg::Tick(now) => handle_tick(model, now),
        other => answers::handle_answer(model, other),
    };
    sign_in::end_moment(model);
    notices::drop_untrue(model);
    let height = front::browse_areas(model, model.size).list.height;
    model
        .browse
        .set_height(usize::from(height), layout::is_roomy(model.size));
    model.follow_cursor();
    effects.extend(details::name_profiles(model));
    if looks_elsewhere {
        effects.extend(prefer_search(model));
    }
    effects
}

fn handle_key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    // What is typed is for the list already. Enter and Esc were meant for the screen that was there.
    if sign_in::leave_success(model) && !matches!(key.code, KeyCode::Char(_)) {
        return Vec::new();
    }
    let action = model.keymap.action(model.contexts(), key);
    if action == Some(Action::Back) {
        return go_back(model);
    }
    // An error stays until Esc, or until the next thing is done.
    let error = model.notice.take_if(|notice| notice.kind == NoticeKind::Error);
    if error.is_none() && model.notice.take().is_none() {
        model.clock_skew = None;
    }
    let overlaid = model.overlay.is_some();
    let effects = act_on_key(model, action, key);
    if model.notice.is_none() && effects.is_empty() && model.overlay.is_some() == overlaid {
        model.notice = error;
    }
    effects
}

fn act_on_key(model: &mut Model, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    match action {
        Some(Action::Quit) => return model.leave(),
        Some(Action::Suspend) => return vec![Effect::Suspend],
        Some(Action::Redraw) => return vec![Effect::Redraw],
        Some(Action::Activity) => {
            let is_open = matches!(&model.overlay, Some(Overlay::Menu(menu)) if menu.of == MenuOf::Activity);
            model.overlay = (!is_open).then(|| Overlay::Menu(Menu::new(MenuOf::Activity)));
            return Vec::new();
        }
        Some(Action::Help) => {
            let is_open = matches!(&model.overlay, Some(Overlay::Menu(menu)) if menu.of == MenuOf::Commands);
            model.overlay = (!is_open).then(|| Overlay::Menu(Menu::new(MenuOf::Commands)));
            return Vec::new();
        }
        _ => {}
    }
    match model.overlay.take() {
        Some(Overlay::Menu(open)) => match menu::handle_key(model, open, action, key) {
            Next::Done(effects) => return effects,
            Next::Press(Action::Back) => return go_back(model),
            Next::Press(action) => return act_on_key(model, Some(action), NO_KEY),
        },
        Some(Overlay::Guard(open)) => return guard::handle_key(model, open, action, key),
        Some(Overlay::Prompt(open)) => return prompt::handle_key(model, open, action, key),
        Some(other) => return overlay::handle_key(model, other, action),
        None => {}
    }
    match model.screen {
        Screen::Setup(_) => setup::handle_key(model, action, key),
        Screen::SignIn(_) => sign_in::handle_key(model, action, key),
        Screen::Browse => browse::handle_key(model, action, key),
    }
}

/// In place of the key of an action that was chosen from a menu.
const NO_KEY: KeyEvent = KeyEvent::new(KeyCode::Null, KeyModifiers::NONE);

/// Esc: takes back the nearest thing that can be.
fn go_back(model: &mut Model) -> Vec<Effect> {
    let escape = offers::escape_action(model);
    if escape == Escape::Dismiss {
        if model.notice.take().is_none() {
            model.clock_skew = None;
        }
        return Vec::new();
    }
    model.notice = None;
    match escape {
        Escape::Dismiss => {}
        Escape::Close => model.overlay = None,
        Escape::Cancel => {
            if let Some(busy) = model.busy.take() {
                model.say(NoticeKind::Good, "cancelled");
                return vec![Effect::Cancel { id: busy.id }];
            }
        }
        Escape::StopTyping => model.browse.set_typing(false),
        Escape::Clear => model.browse.clear_query(),
        Escape::Unmark => model.marked.clear(),
        Escape::Back if model.overlay.is_some() => {
            let behind = match model.overlay.take() {
                Some(Overlay::Menu(menu)) => menu.behind,
                Some(Overlay::Prompt(prompt)) => prompt.behind,
                _ => None,
            };
            model.overlay = behind.map(|menu| Overlay::Menu(*menu));
        }
        Escape::Back | Escape::Quit if matches!(model.screen, Screen::SignIn(_)) => {
            return sign_in::cancel_sign_in(model, escape);
        }
        Escape::Back => model.screen = Screen::Browse,
        Escape::Quit => return model.leave(),
    }
    Vec::new()
}

/// Whether a character ends a line, or a cell of a table.
fn is_break(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn paste_text(model: &mut Model, text: &str) -> Vec<Effect> {
    sign_in::leave_success(model);
    if let Some(Overlay::Menu(menu)) = &mut model.overlay {
        menu.edit(|query| query.insert(text.trim()));
    }
    if let Some(Overlay::Prompt(prompt)) = &mut model.overlay {
        prompt.edit(|input| input.insert(text.trim()));
    }
    if model.overlay.is_none() {
        match &mut model.screen {
            Screen::Setup(setup) => {
                setup.edit(|input| {
                    input.insert(text.trim());
                    true
                });
            }
            // Lines, and cells of a table, are words of the search.
            Screen::Browse => {
                let words: Vec<&str> = text.split(is_break).filter(|line| !line.is_empty()).collect();
                model
                    .browse
                    .edit_query(|query| query.insert(words.join(" ").trim()));
            }
            Screen::SignIn(sign_in) => {
                if let Some(input) = sign_in.input() {
                    input.insert(text.trim());
                }
            }
        }
    }
    Vec::new()
}

fn handle_mouse(model: &mut Model, event: MouseEvent) -> Vec<Effect> {
    if model.overlay.is_some() || !matches!(model.screen, Screen::Browse) {
        return Vec::new();
    }
    match event.kind {
        MouseEventKind::ScrollDown => model.browse.step(3),
        MouseEventKind::ScrollUp => model.browse.step(-3),
        MouseEventKind::Down(_) => {
            let list = front::browse_areas(model, model.size).list;
            if let Some(line) = event.row.checked_sub(list.y).filter(|l| *l < list.height)
                && event.column < list.right()
            {
                model.browse.click(usize::from(line));
            }
        }
        _ => {}
    }
    Vec::new()
}

fn handle_tick(model: &mut Model, now: Timestamp) -> Vec<Effect> {
    model.now = now;
    let due = model.browse.stale_since().is_some_and(|at| {
        now.as_millisecond() - at.as_millisecond() >= super::browse::Browse::REBUILD_MILLISECONDS
    });
    if due {
        model.rebuild();
    }
    warn_of_the_end(model);
    let mut effects = retry_failed(model);
    effects.extend(notify_of_the_end(model));
    effects.extend(title_of_the_end(model));
    effects
}

/// Notifies once of an end that is near, whatever is on the screen: the user may not be looking at it.
fn notify_of_the_end(model: &mut Model) -> Option<Effect> {
    model.ends_soon()?;
    let end = model.sign_in_ends()?;
    let session = model.place.as_ref()?.session.name.clone();
    (model.notified.replace(end) != Some(end)).then_some(Effect::NotifyOfEnd { session, end })
}

/// Says in the title of the window, minute by minute, that the sign-in ends soon.
fn title_of_the_end(model: &mut Model) -> Option<Effect> {
    let text = |left: i64| format!("sign-in ends in {} min, genkan", left / 60);
    let title = model.ends_soon().map(text);
    if title == model.title {
        return None;
    }
    model.title.clone_from(&title);
    Some(Effect::ShowTitle(title))
}

/// Says once that the sign-in ends soon, when nothing else is being said.
fn warn_of_the_end(model: &mut Model) {
    let Some(end) = model.sign_in_ends().filter(|_| model.ends_soon().is_some()) else {
        model.warned = false;
        return;
    };
    if model.warned || model.notice.is_some() || !matches!(model.screen, Screen::Browse) {
        return;
    }
    model.warned = true;
    let key = model.keymap.key_for(Action::SignIn);
    let notice = Notice::new(NoticeKind::Warning, "sign-in expires in about ")
        .left(end)
        .and(format!(" · {key} renews"))
        .while_true(Truth::EndsSoon);
    model.notice = Some(notice);
}
