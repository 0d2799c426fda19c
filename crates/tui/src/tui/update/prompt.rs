//! Keys of a question, and what is done with the answer.

use crossterm::event::KeyEvent;

use super::operations::perform_pending;
use crate::domain::Target;
use crate::domain::records::history::TargetKey;
use crate::domain::targets::profile::is_plain_name;
use crate::tui::effect::Effect;
use crate::tui::input::keymap::Action;
use crate::tui::model::{Model, Overlay, PendingAction};
use crate::tui::notice::NoticeKind;
use crate::tui::screens::prompt::{Prompt, PromptOf};

pub(super) fn handle_key(
    model: &mut Model,
    mut prompt: Prompt,
    action: Option<Action>,
    key: KeyEvent,
) -> Vec<Effect> {
    match action {
        Some(Action::Submit) => return answer_prompt(model, prompt),
        Some(_) => {}
        None => prompt.edit(|input| {
            input.key(key);
        }),
    }
    model.overlay = Some(Overlay::Prompt(prompt));
    Vec::new()
}

fn answer_prompt(model: &mut Model, mut prompt: Prompt) -> Vec<Effect> {
    let text = prompt.input.text().trim().to_owned();
    prompt.problem = match &prompt.of {
        PromptOf::CredentialsProfile(_) if !is_plain_name(&text) => {
            Some("a profile name has letters, digits, `-`, `_`, `.` or `@`")
        }
        PromptOf::Command(..) if text.is_empty() => Some("type a command"),
        _ => None,
    };
    if prompt.problem.is_some() {
        model.overlay = Some(Overlay::Prompt(prompt));
        return Vec::new();
    }
    match prompt.of {
        PromptOf::Note(target) => keep_note(model, target, text),
        PromptOf::CredentialsProfile(target) => {
            perform_pending(model, PendingAction::WriteCredentials(target, text))
        }
        PromptOf::Command(targets, at_once) => {
            perform_pending(model, PendingAction::Run(targets, text, at_once))
        }
    }
}

fn keep_note(model: &mut Model, target: Target, text: String) -> Vec<Effect> {
    let key = TargetKey::from(&target);
    let words = match (text.is_empty(), model.notes.contains_key(&key)) {
        (true, false) => return Vec::new(),
        (true, true) => "removed the note to",
        (false, _) => "saved the note to",
    };
    if text.is_empty() {
        model.notes.remove(&key);
    } else {
        model.notes.insert(key, text.clone());
    }
    model.say(NoticeKind::Good, format!("{words} {target}"));
    vec![Effect::SetNote { target, note: text }]
}
