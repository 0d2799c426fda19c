//! The sign-in screen: follows and ends a device authorization.

use super::operations::{begin_sign_in_because, perform_pending, refresh_front};
use crossterm::event::KeyEvent;
use jiff::SignedDuration;

use crate::domain::SignInEvent;
use crate::tui::drawing::hints;
use crate::tui::effect::{Asked, Effect, RequestId, Typed};
use crate::tui::input::keymap::Action;
use crate::tui::input::secret_input::SecretInput;
use crate::tui::model::{Model, Screen, SignIn, SignInStep, Why};
use crate::tui::msg::{Problem, SignInEnd, SignInMsg};
use crate::tui::notice::{Notice, NoticeKind, Truth};
use crate::tui::screens::offers::Escape;

/// How long it is said that a sign-in has worked.
const MOMENT: SignedDuration = SignedDuration::from_millis(1_000);

/// The moment of success ends with its time, or where something else is in front.
pub(super) fn end_moment(model: &mut Model) {
    if let Screen::SignIn(SignIn {
        step: SignInStep::Done { until },
        ..
    }) = &model.screen
        && (*until <= model.now || model.overlay.is_some())
    {
        model.screen = Screen::Browse;
    }
}

/// Leaves the screen that says a sign-in has worked, for the list. Returns whether it was there.
pub(super) fn leave_success(model: &mut Model) -> bool {
    let is_success = matches!(&model.screen, Screen::SignIn(sign_in) if sign_in.is_done());
    if is_success {
        model.screen = Screen::Browse;
    }
    is_success
}

pub(super) fn handle_key(model: &mut Model, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    let Screen::SignIn(sign_in) = &mut model.screen else {
        return Vec::new();
    };
    if sign_in.asks() {
        return type_secret(model, action, key);
    }
    let over = sign_in.has_ended();
    match (action, sign_in.address()) {
        (Some(Action::Submit), _) if over => {
            let (then, why) = (sign_in.then.take(), sign_in.why.clone());
            begin_sign_in_because(model, why, then)
        }
        (Some(Action::OpenPage), Some(address)) => vec![Effect::OpenPage {
            uri: address.to_owned(),
        }],
        (Some(Action::CopyAddress), Some(address)) => vec![Effect::CopyText {
            text: address.to_owned(),
            what: "address".to_owned(),
        }],
        _ => Vec::new(),
    }
}

/// Types a code or a passphrase, and hands it on.
fn type_secret(model: &mut Model, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    let session = model.place.as_ref().map(|place| place.session.clone());
    let (Screen::SignIn(sign_in), Some(session)) = (&mut model.screen, session) else {
        return Vec::new();
    };
    let SignInStep::Asks {
        asked,
        input,
        refused,
    } = &mut sign_in.step
    else {
        return Vec::new();
    };
    match action {
        Some(Action::Submit) if !input.is_empty() => {
            let typed = match asked {
                Asked::Code { .. } => Typed::Code(input.code()),
                Asked::Passphrase { .. } => Typed::Passphrase(input.passphrase()),
            };
            sign_in.step = SignInStep::Checking(asked.clone());
            return vec![Effect::SignIn {
                id: sign_in.id,
                session,
                force: matches!(sign_in.why, Why::Asked | Why::EndsSoon(_)),
                typed: Some(typed),
            }];
        }
        Some(_) => {}
        None => {
            if input.line().key(key) {
                *refused = None;
            }
        }
    }
    Vec::new()
}

/// Esc: back to the list, or away where there is nothing to see in it.
pub(super) fn cancel_sign_in(model: &mut Model, escape: Escape) -> Vec<Effect> {
    let Screen::SignIn(sign_in) = &model.screen else {
        return Vec::new();
    };
    if sign_in.is_done() {
        model.screen = Screen::Browse;
        return Vec::new();
    }
    let mut effects = vec![Effect::Cancel { id: sign_in.id }];
    if escape == Escape::Back {
        model.screen = Screen::Browse;
        let key = model.keymap.key_for(Action::SignIn);
        let notice = Notice::new(NoticeKind::Warning, format!("not signed in; {key} signs in"));
        model.notice = Some(notice.while_true(Truth::SignedOut));
    } else {
        effects.extend(model.leave());
    }
    effects
}

/// Follows what happens.
pub(super) fn handle_event(model: &mut Model, id: RequestId, event: SignInMsg) -> Vec<Effect> {
    let Screen::SignIn(sign_in) = &mut model.screen else {
        return Vec::new();
    };
    if sign_in.id != id {
        return Vec::new();
    }
    match event {
        SignInMsg::Event(SignInEvent::Waiting) => sign_in.step = SignInStep::Waiting { page: None },
        SignInMsg::Event(SignInEvent::Elsewhere(page)) => {
            sign_in.step = SignInStep::Waiting { page: Some(page) }
        }
        SignInMsg::Event(SignInEvent::TakenOver { .. }) => sign_in.step = SignInStep::Asking,
        SignInMsg::Event(SignInEvent::NotEnded(words)) => model.say(NoticeKind::Warning, words),
        SignInMsg::Event(SignInEvent::Code(authorization)) => {
            sign_in.step = SignInStep::Code {
                authorization,
                no_browser: None,
            };
        }
        SignInMsg::Event(SignInEvent::Page(address)) => {
            sign_in.step = SignInStep::Page {
                address,
                no_browser: None,
            };
        }
        SignInMsg::Asks(asked, refused) => {
            sign_in.step = SignInStep::Asks {
                asked,
                refused,
                input: SecretInput::default(),
            };
        }
        SignInMsg::NoBrowser(why) => {
            if let SignInStep::Code { no_browser, .. } | SignInStep::Page { no_browser, .. } =
                &mut sign_in.step
            {
                *no_browser = Some(why);
            }
        }
        SignInMsg::Event(SignInEvent::Trouble(sentence)) => sign_in.trouble = Some(sentence),
        SignInMsg::Event(SignInEvent::Pending) => sign_in.trouble = None,
        SignInMsg::Ended(Ok(state)) => {
            let then = sign_in.then.clone();
            sign_in.trouble = None;
            let until = model.now.checked_add(MOMENT).unwrap_or(model.now);
            sign_in.step = SignInStep::Done { until };
            let now = model.now;
            if let Some(place) = &mut model.place {
                place.sign_in = state;
                place.signed_in_at = Some(now);
                place.of_earlier_sign_in = !place.catalog.is_empty();
            }
            let mut effects = refresh_front(model);
            if let Some(then) = then {
                effects.extend(perform_pending(model, then));
            }
            return effects;
        }
        SignInMsg::Ended(Err(end)) => {
            sign_in.trouble = None;
            sign_in.step = match end {
                SignInEnd::Expired => SignInStep::Expired,
                SignInEnd::Denied => SignInStep::Denied,
                SignInEnd::Failed(problem) => SignInStep::Failed(Problem {
                    hints: hints::for_screen(&problem.hints, &model.keymap, true),
                    ..problem
                }),
            };
        }
    }
    Vec::new()
}
