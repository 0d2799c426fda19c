//! The sign-in screen: begins, follows and ends a device authorization.

use super::browse::{refresh, wish};
use super::leave;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::hints;
use crate::tui::keymap::Action;
use crate::tui::model::{Model, Screen, SignIn, SignInStep, Wish};
use crate::tui::msg::{Problem, SignInEnd, SignInMsg};
use crate::tui::notice::{Notice, NoticeKind, Truth};
use crate::tui::offers::Escape;

/// Shows the sign-in screen and asks for a code. `then` is done once signed in.
pub(super) fn begin(model: &mut Model, then: Option<Wish>) -> Vec<Effect> {
    let Some(session) = model.place.as_ref().map(|p| p.session.clone()) else {
        return Vec::new();
    };
    let id = model.new_id();
    let anew = model.ends_soon().is_some();
    model.overlay = None;
    model.screen = Screen::SignIn(SignIn {
        id,
        step: SignInStep::Asking,
        trouble: None,
        then,
    });
    vec![Effect::SignIn { id, session, anew }]
}

pub(super) fn key(model: &mut Model, action: Option<Action>) -> Vec<Effect> {
    let Screen::SignIn(sign_in) = &mut model.screen else {
        return Vec::new();
    };
    let over = sign_in.is_over();
    match (action, sign_in.address()) {
        (Some(Action::Submit), _) if over => {
            let then = sign_in.then.take();
            begin(model, then)
        }
        (Some(Action::OpenPage), Some(address)) => vec![Effect::OpenPage {
            uri: address.to_owned(),
        }],
        (Some(Action::CopyAddress), Some(address)) => vec![Effect::CopyText {
            text: address.to_owned(),
            what: "the address",
        }],
        _ => Vec::new(),
    }
}

/// Esc: back to the list, or away where there is nothing to see in it.
pub(super) fn cancel(model: &mut Model, escape: Escape) -> Vec<Effect> {
    let Screen::SignIn(sign_in) = &model.screen else {
        return Vec::new();
    };
    let mut effects = vec![Effect::Cancel { id: sign_in.id }];
    if escape == Escape::Back {
        model.screen = Screen::Browse;
        let key = model.keymap.key_for(Action::SignIn);
        let notice = Notice::new(NoticeKind::Warning, format!("not signed in; {key} signs in"));
        model.notice = Some(notice.while_true(Truth::SignedOut));
    } else {
        effects.extend(leave(model));
    }
    effects
}

/// Follows what happens.
pub(super) fn take(model: &mut Model, id: RequestId, event: SignInMsg) -> Vec<Effect> {
    let Screen::SignIn(sign_in) = &mut model.screen else {
        return Vec::new();
    };
    if sign_in.id != id {
        return Vec::new();
    }
    match event {
        SignInMsg::Waiting => sign_in.step = SignInStep::Waiting { page: None },
        SignInMsg::Elsewhere(page) => sign_in.step = SignInStep::Waiting { page: Some(page) },
        SignInMsg::TakenOver => sign_in.step = SignInStep::Asking,
        SignInMsg::NotEnded(words) => model.say(NoticeKind::Warning, words),
        SignInMsg::Code {
            authorization,
            no_browser,
        } => {
            sign_in.step = SignInStep::Code {
                authorization,
                no_browser,
            };
        }
        SignInMsg::NoBrowser(why) => {
            if let SignInStep::Code { no_browser, .. } = &mut sign_in.step {
                *no_browser = Some(why);
            }
        }
        SignInMsg::Trouble(sentence) => sign_in.trouble = Some(sentence),
        SignInMsg::Pending => sign_in.trouble = None,
        SignInMsg::Ended(Ok(token)) => {
            let then = sign_in.then.take();
            model.screen = Screen::Browse;
            if let Some(place) = &mut model.place {
                place.token = token;
            }
            model.say(NoticeKind::Good, "signed in");
            let mut effects = refresh(model);
            if let Some(then) = then {
                effects.extend(wish(model, then));
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
