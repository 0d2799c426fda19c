//! What keys do now, in words: labels of the footer, entries of the menu of actions, sentences of the help.
//!
//! One place for what a key does in a picker or with its output captured, so that footer, menu and help agree.

use super::keymap::{Action, Binding, Context, short_name};
use super::model::{Model, Overlay, PickFor, Screen};
use super::progress;

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
            Self::Back => "back",
            Self::Quit => "quit",
        }
    }
}

/// What Esc does on this screen: the nearest thing that can be taken back.
#[must_use]
pub fn escape(model: &Model) -> Escape {
    if model
        .front_notice()
        .is_some_and(|notice| notice.kind.needs_a_look())
    {
        return Escape::Dismiss;
    }
    if model.overlay.is_some() {
        return Escape::Close;
    }
    match &model.screen {
        Screen::SignIn(sign_in) if sign_in.is_over() || model.has_another_screen() => Escape::Back,
        Screen::Browse | Screen::Setup(_) if model.busy.is_some() => Escape::Cancel,
        Screen::Setup(_) if model.place.is_some() => Escape::Back,
        Screen::Browse if model.browse.is_typing() => Escape::StopTyping,
        Screen::Browse if !model.browse.query.is_empty() => Escape::Clear,
        Screen::SignIn(_) | Screen::Setup(_) | Screen::Browse => Escape::Quit,
    }
}

/// The entries of the menu of actions: what can be done here.
#[must_use]
pub fn menu(model: &Model) -> &'static [Action] {
    match model.options.pick_for {
        Some(_) => &[Action::Enter, Action::Favourite],
        None => &[
            Action::Enter,
            Action::Console,
            Action::Export,
            Action::Copy,
            Action::Favourite,
        ],
    }
}

/// Whether a binding does something on this screen.
#[must_use]
pub fn is_offered(model: &Model, binding: &Binding) -> bool {
    let on_sign_in = match &model.screen {
        Screen::SignIn(sign_in) if model.overlay.is_none() => Some(sign_in),
        _ => None,
    };
    match binding.action {
        Action::Enter if binding.context == Context::Browse && progress::correction(model).is_some() => true,
        action if action.is_on_target() && binding.context == Context::Browse && model.has_no_match() => {
            false
        }
        Action::Console | Action::Export | Action::Copy if binding.context == Context::Browse => {
            menu(model).contains(&binding.action)
        }
        // In menus.
        Action::Copy => matches!(model.overlay, Some(Overlay::Formats { .. })),
        Action::Submit => on_sign_in.is_none_or(super::model::SignIn::is_over),
        Action::OpenPage | Action::CopyAddress => on_sign_in.is_none_or(|s| s.address().is_some()),
        Action::Sessions => model.sessions.len() > 1,
        Action::SignIn => !model.is_signed_in() || model.ends_soon().is_some(),
        _ => true,
    }
}

/// Whether the help names a binding: not what a picker can't do.
#[must_use]
pub fn is_in_help(model: &Model, binding: &Binding) -> bool {
    match binding.action {
        Action::Console | Action::Export | Action::Copy => menu(model).contains(&binding.action),
        _ => true,
    }
}

/// The word for what a binding does.
#[must_use]
pub fn label<'m>(model: &Model, binding: &'m Binding) -> &'m str {
    match (binding.action, model.options.pick_for) {
        (Action::Enter, _) if progress::correction(model).is_some() => "search",
        (Action::Enter, _) if model.overlay.is_none() && model.browse.enter_ends_typing() => "to the list",
        (Action::Enter, Some(pick_for)) => pick_for.as_str(),
        (Action::Enter, None) if model.options.exports => "export",
        (Action::Export, None) if model.options.exports => "format",
        (Action::Back, _) => escape(model).label(),
        (Action::Submit, _) if matches!(model.overlay, Some(Overlay::Confirm { .. })) => "copy",
        _ => &binding.label,
    }
}

/// The sentence for what a binding does.
#[must_use]
pub fn help(model: &Model, binding: &Binding) -> String {
    match (binding.action, model.options.pick_for) {
        (Action::Enter, Some(PickFor::Shell)) => "open a subshell with credentials".to_owned(),
        (Action::Enter, Some(pick_for)) => format!("select it for `genkan {}`", pick_for.as_str()),
        (Action::Enter, None) if model.options.exports => {
            format!("quit and print {} lines", model.options.export_format)
        }
        _ => binding.help.clone(),
    }
}

/// Label, key and sentence of the menu's entries.
#[must_use]
pub fn menu_entries(model: &Model) -> Vec<(String, String)> {
    let bindings = model.keymap.bindings();
    menu(model)
        .iter()
        .filter_map(|action| {
            bindings
                .iter()
                .find(|b| b.action == *action && b.context == Context::Browse)
        })
        .map(|binding| {
            let key = binding
                .keys
                .first()
                .map(|key| short_name(*key))
                .unwrap_or_default();
            let label = label(model, binding);
            (format!("{label:<10} {key:<5}"), help(model, binding))
        })
        .collect()
}
