//! What keys do now, in words: labels of the footer and sentences of the help.
//!
//! One place for what a key does in a picker or with its output captured, so that footer and help agree.

use std::sync::Arc;

use crossterm::event::KeyEvent;

use super::menu::{Menu, MenuOf};
use super::pending_action::PendingAction;
use crate::domain::rules::EnterAction;
use crate::settings::{RunIn, UserAction};
use crate::tui::input::keymap::{Action, Binding, Context, normalize_key};
use crate::tui::model::{Model, Overlay, PickFor, Screen};
use crate::tui::progress;

/// What Esc does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Puts an error or a warning away.
    Dismiss,
    Close,
    /// Stops what runs.
    Cancel,
    /// Ends the typing of a search in vim mode.
    StopTyping,
    /// Clears the search.
    Clear,
    /// Takes all marks away.
    Unmark,
    /// Goes to the list.
    Back,
    Quit,
}

impl Escape {
    /// The footer's word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Dismiss => "dismiss",
            Self::Close => "close",
            Self::Cancel => "cancel",
            Self::StopTyping => "done",
            Self::Clear => "clear",
            Self::Unmark => "unmark",
            Self::Back => "back",
            Self::Quit => "quit",
        }
    }
}

/// What Esc does on this screen: the nearest thing that can be taken back.
#[must_use]
pub fn escape_action(model: &Model) -> Escape {
    if model
        .front_notice()
        .is_some_and(|notice| notice.kind.needs_a_look())
    {
        return Escape::Dismiss;
    }
    match &model.overlay {
        Some(Overlay::Menu(menu)) if menu.behind.is_some() => return Escape::Back,
        Some(Overlay::Prompt(prompt)) if prompt.behind.is_some() => return Escape::Back,
        Some(_) => return Escape::Close,
        None => {}
    }
    match &model.screen {
        Screen::SignIn(sign_in) if sign_in.has_ended() || sign_in.is_done() || model.has_another_screen() => {
            Escape::Back
        }
        Screen::Browse | Screen::Setup(_) if model.busy.is_some() => Escape::Cancel,
        Screen::Setup(_) if model.place.is_some() => Escape::Back,
        Screen::Browse if model.browse.is_typing() => Escape::StopTyping,
        Screen::Browse if !model.browse.query.is_empty() => Escape::Clear,
        Screen::Browse if !model.marked.is_empty() => Escape::Unmark,
        Screen::SignIn(_) | Screen::Setup(_) | Screen::Browse => Escape::Quit,
    }
}

/// Whether an action on a target can be done here: a picker only picks, and what holds no secret is copied anywhere.
fn is_possible(model: &Model, action: Action) -> bool {
    !matches!(action, Action::Console | Action::Export) || model.options.pick_for.is_none()
}

/// Whether the formats of an export are in front.
fn is_export(model: &Model) -> bool {
    matches!(
        &model.overlay,
        Some(Overlay::Menu(Menu {
            of: MenuOf::Formats(_),
            ..
        }))
    )
}

/// Whether the sign-in screen asks for a code or a passphrase.
fn asks_for_a_secret(model: &Model) -> bool {
    matches!(&model.screen, Screen::SignIn(sign_in) if sign_in.asks())
}

/// Whether an action of the user's own waits for a confirmation.
fn is_own_to_confirm(model: &Model) -> bool {
    matches!(&model.overlay, Some(Overlay::Confirm { pending }) if matches!(pending, PendingAction::Own(..)))
}

/// Whether a key of the list acts on all marked targets. Enter does what it does to the row or the search before that.
#[must_use]
pub fn acts_on_marked(model: &Model, action: Action) -> bool {
    let browse = &model.browse;
    let is_possible = match action {
        Action::Enter => {
            !model.options.exports
                && browse.is_folded().is_none()
                && !browse.enter_ends_typing()
                && progress::search_correction(model).is_none()
        }
        Action::Actions | Action::Console | Action::SaveProfile => true,
        _ => false,
    };
    is_possible && !model.marked.is_empty() && model.options.pick_for.is_none()
}

/// Whether a binding does something on this screen.
#[must_use]
pub fn is_offered(model: &Model, binding: &Binding) -> bool {
    let on_sign_in = match &model.screen {
        Screen::SignIn(sign_in) if model.overlay.is_none() => Some(sign_in),
        _ => None,
    };
    // With marks the footer has what acts on all of them.
    let acts_on_one = matches!(binding.action, Action::Export | Action::Copy | Action::Favourite);
    if !model.marked.is_empty() && binding.context == Context::Browse && acts_on_one {
        return false;
    }
    match binding.action {
        Action::Enter
            if binding.context == Context::Browse && progress::search_correction(model).is_some() =>
        {
            true
        }
        action if binding.context == Context::Browse && acts_on_marked(model, action) => true,
        action if action.is_on_target() && binding.context == Context::Browse && model.has_no_row() => false,
        Action::Console | Action::Export | Action::Copy if binding.context == Context::Browse => {
            is_possible(model, binding.action)
        }
        // In menus.
        Action::Copy => is_export(model),
        Action::Submit => on_sign_in.is_none_or(|it| it.has_ended() || it.asks()),
        Action::OpenPage | Action::CopyAddress => on_sign_in.is_none_or(|s| s.address().is_some()),
        Action::Hidden => model.browse.hidden().1 > 0,
        Action::Sessions => model.sessions.len() > 1,
        Action::SignIn if model.options.no_sign_in.is_some() => false,
        Action::SignIn => !model.is_signed_in() || model.ends_soon().is_some(),
        _ => true,
    }
}

/// Whether the help names a binding: not what a picker can't do.
#[must_use]
pub fn is_in_help(model: &Model, binding: &Binding) -> bool {
    match binding.action {
        Action::Console | Action::Export => is_possible(model, binding.action),
        _ => true,
    }
}

/// The word for what a binding does.
#[must_use]
pub fn binding_label<'m>(model: &Model, binding: &'m Binding) -> &'m str {
    match (binding.action, model.options.pick_for) {
        (Action::Enter, _) if progress::search_correction(model).is_some() => "search",
        (Action::Enter, _) if model.overlay.is_none() && model.browse.enter_ends_typing() => "to the list",
        (Action::Enter, _) if model.overlay.is_none() && model.browse.is_folded().is_some() => {
            if model.browse.is_folded() == Some(true) {
                "unfold"
            } else {
                "fold"
            }
        }
        (Action::Enter, Some(pick_for)) => pick_for.as_str(),
        (Action::Enter, _) if acts_on_marked(model, Action::Enter) => "run…",
        (Action::Hidden, _) => {
            if model.browse.hidden().0 {
                "hide"
            } else {
                "show hidden"
            }
        }
        (Action::SaveProfile, _) if model.marked.len() > 1 => "profiles",
        (Action::Enter, None) if model.options.exports => "export",
        (Action::Enter, None) => match model.enter_here() {
            EnterAction::Shell => binding.label,
            EnterAction::Console => "console",
            EnterAction::Export => "export",
        },
        (Action::Export, None) if model.options.exports => "format",
        (Action::Back, _) => escape_action(model).label(),
        (Action::Submit, _) if is_own_to_confirm(model) => "run",
        (Action::Submit, _) if model.overlay.is_none() && asks_for_a_secret(model) => "sign in",
        (Action::Submit, _) if matches!(model.overlay, Some(Overlay::Confirm { .. })) => "copy",
        (Action::Submit, _) if matches!(model.overlay, Some(Overlay::Guard(_))) => "continue",
        (Action::Submit, _) => match &model.overlay {
            Some(Overlay::Prompt(prompt)) => prompt.of.verb(),
            _ => binding.label,
        },
        _ => binding.label,
    }
}

/// The sentence for what a binding does.
#[must_use]
pub fn binding_help(model: &Model, binding: &Binding) -> String {
    match (binding.action, model.options.pick_for) {
        (Action::Enter, Some(PickFor::Shell)) => "open a subshell with credentials".to_owned(),
        (Action::Enter, Some(pick_for)) => format!("select it for `genkan {}`", pick_for.as_str()),
        (Action::Enter, _) if acts_on_marked(model, Action::Enter) => {
            "run a command in each marked target".to_owned()
        }
        (Action::Enter, None) if model.options.exports => {
            format!("quit and print {} lines", model.options.export_format)
        }
        (Action::Enter, None) => match model.enter_here() {
            EnterAction::Shell => binding.help.to_owned(),
            EnterAction::Console => "open the AWS console in the browser".to_owned(),
            EnterAction::Export => "choose a format, quit and print credentials".to_owned(),
        },
        _ => binding.help.to_owned(),
    }
}

/// The action that has a key.
#[must_use]
pub fn action_of_key(model: &Model, event: KeyEvent) -> Option<Arc<UserAction>> {
    let key = normalize_key(event);
    let offered = model
        .options
        .actions
        .iter()
        .find(|offered| offered.key == Some(key))?;
    Some(Arc::clone(&offered.action))
}

/// Why an action can't be done here.
#[must_use]
pub fn action_refusal(model: &Model, action: &UserAction) -> Option<String> {
    if let Some(pick_for) = model.options.pick_for {
        return Some(format!("not while picking for {}", pick_for.as_str()));
    }
    match action.run {
        RunIn::Foreground if model.options.exports => Some("a program reads the output".to_owned()),
        RunIn::Tmux => model.options.no_tmux.map(str::to_owned),
        _ => None,
    }
}
