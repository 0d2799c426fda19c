//! Keys of a menu: typing, moving, choosing.

use crossterm::event::KeyEvent;

use super::open;
use super::operations::{perform_pending, toggle_favourite, usual_format};
use super::own;
use crate::domain::records::history::TargetKey;
use crate::tui::drawing::theme::Theme;
use crate::tui::effect::Effect;
use crate::tui::entries;
use crate::tui::input::keymap::Action;
use crate::tui::model::{Model, Overlay, PendingAction};
use crate::tui::notice::NoticeKind;
use crate::tui::screens::menu::{Choice, Entry, Menu, MenuOf};
use crate::tui::screens::prompt::{Prompt, PromptOf};

/// What follows a key of a menu.
pub(super) enum Next {
    Done(Vec<Effect>),
    /// What the key of this action does on the screen behind.
    Press(Action),
}

pub(super) fn handle_key(model: &mut Model, mut menu: Menu, action: Option<Action>, key: KeyEvent) -> Next {
    let entries = entries::matching_entries(model, &menu);
    let page = usize::from(model.size.1);
    match action {
        Some(Action::Submit) => {
            if let Some(entry) = entries.into_iter().nth(menu.cursor) {
                return choose_entry(model, menu, entry);
            }
        }
        Some(Action::Copy) => {
            if let (MenuOf::Formats(_), Some(entry)) = (&menu.of, entries.get(menu.cursor))
                && let Choice::Act(PendingAction::Print(target, format)) = &entry.choice
            {
                let pending = PendingAction::Copy(target.clone(), *format);
                model.overlay = Some(Overlay::Confirm { pending });
                return Next::Done(Vec::new());
            }
        }
        Some(action) => menu.cursor = cursor_after(menu.cursor, entries.len(), page, action),
        None => menu.edit(|query| {
            query.key(key);
        }),
    }
    model.overlay = Some(Overlay::Menu(menu));
    Next::Done(Vec::new())
}

/// Does what an entry says; one that can't be done says why and stays.
fn choose_entry(model: &mut Model, menu: Menu, entry: Entry) -> Next {
    if let Some(why) = &entry.refused {
        model.say(
            NoticeKind::Warning,
            format!("{}: {why}", entry.label.trim_end_matches('…')),
        );
        model.overlay = Some(Overlay::Menu(menu));
        return Next::Done(Vec::new());
    }
    let effects = match entry.choice {
        Choice::Nothing => {
            model.overlay = Some(Overlay::Menu(menu));
            Vec::new()
        }
        Choice::Press(action) => return Next::Press(action),
        // One thing at a time; the screen says which.
        Choice::Act(_) | Choice::Renew(_) if model.busy.is_some() => Vec::new(),
        Choice::Act(pending) => perform_pending(model, pending),
        Choice::Confirm(pending) => {
            model.overlay = Some(Overlay::Confirm { pending });
            Vec::new()
        }
        Choice::Copy { text, what } => vec![Effect::CopyText { text, what }],
        Choice::Open(of) => {
            let first = first_cursor(model, &of);
            // They are looked for each time: profiles come and go.
            let looks = matches!(of, MenuOf::Browsers(_)).then_some(Effect::ReadBrowsers);
            model.overlay = Some(Overlay::Menu(menu.open(of).at(first)));
            looks.into_iter().collect()
        }
        Choice::Favourite(target) => toggle_favourite(model, target),
        Choice::Note(target) => {
            let before = model
                .notes
                .get(&TargetKey::from(&target))
                .cloned()
                .unwrap_or_default();
            ask_prompt(
                model,
                Prompt::new(PromptOf::Note(target), &before).behind(Some(menu)),
            )
        }
        Choice::CredentialsProfile(target) => {
            let name = format!("{}-{}", target.permission_set.name(), target.account_id);
            let of = PromptOf::CredentialsProfile(target);
            ask_prompt(model, Prompt::new(of, &name).behind(Some(menu)))
        }
        Choice::Command(targets, at_once) => ask_prompt(
            model,
            Prompt::new(PromptOf::Command(targets, at_once), "").behind(Some(menu)),
        ),
        Choice::Own(action) => own::run(model, action),
        Choice::Unmark => {
            model.marked.clear();
            Vec::new()
        }
        Choice::Theme(name) => {
            model.options.theme = Theme::named(name, model.options.colour);
            Vec::new()
        }
        Choice::VimKeys(vim) => {
            model.options.vim = vim;
            model.browse.set_vim(vim);
            Vec::new()
        }
        Choice::Session(name) => {
            let session = model.sessions.iter().find(|s| s.name == name).cloned();
            open::show_session(model, session)
        }
        Choice::AllSessions => {
            let mut effects = model.show_all_sessions();
            effects.push(Effect::SaveView { view: model.view });
            effects
        }
        Choice::AddSession => open::show_session(model, None),
        Choice::Back => return Next::Press(Action::Back),
        Choice::SignIn(name) => open::sign_in(model, &name),
        Choice::SignOut(name) => open::sign_out(model, &name),
        Choice::End(running) => vec![Effect::EndRunning { running }],
        Choice::Renew(target) => open::renew_open(model, target),
        Choice::Forget(target) => vec![Effect::Forget { target }],
    };
    Next::Done(effects)
}

fn ask_prompt(model: &mut Model, prompt: Prompt) -> Vec<Effect> {
    model.overlay = Some(Overlay::Prompt(prompt));
    Vec::new()
}

/// Where the cursor of a menu begins: on the format of the user's own shell.
fn first_cursor(model: &Model, of: &MenuOf) -> usize {
    match of {
        MenuOf::Formats(_) => usual_format(model),
        _ => 0,
    }
}

/// Where a cursor among `len` entries goes.
pub(super) fn cursor_after(cursor: usize, len: usize, page: usize, action: Action) -> usize {
    let to = match action {
        Action::Up => cursor.saturating_sub(1),
        Action::Down => cursor + 1,
        Action::PageUp => cursor.saturating_sub(page),
        Action::PageDown => cursor + page,
        Action::Top => 0,
        Action::Bottom => usize::MAX,
        _ => cursor,
    };
    to.min(len.saturating_sub(1))
}
