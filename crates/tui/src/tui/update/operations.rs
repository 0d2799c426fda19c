//! What keys of several screens, and answers, ask for: list, sign in, act on a target.

use std::collections::HashSet;

use crate::domain::records::history::TargetKey;
use crate::domain::rules::EnterAction;
use crate::domain::shells::export::ExportFormat;
use crate::domain::targets::account::count_names;
use crate::domain::{SignInState, Target};
use crate::tui::browse::Row;
use crate::tui::effect::{Effect, Outcome};
use crate::tui::entries;
use crate::tui::input::keymap::Action;
use crate::tui::model::{
    Busy, ConsoleAt, Model, Overlay, PendingAction, Place, Retry, Scope, Screen, SignIn, SignInStep, Sync,
    Why,
};
use crate::tui::msg::Problem;
use crate::tui::notice::{Notice, NoticeKind, Truth};
use crate::tui::progress;
use crate::tui::screens::menu::{Menu, MenuOf};
use crate::tui::screens::pending_action::name_targets;

/// Shows the sign-in screen and asks for a code. `then` is done once signed in.
pub(super) fn begin_sign_in(model: &mut Model, then: Option<PendingAction>) -> Vec<Effect> {
    let end = model.sign_in_ends().filter(|_| model.ends_soon().is_some());
    let why = match end {
        Some(end) => Why::EndsSoon(end),
        None if model.is_signed_in() => Why::Asked,
        None => match model.place.as_ref().map(|place| place.sign_in.at(model.now)) {
            Some(SignInState::Ended { since }) => Why::EndedAt(since),
            _ => Why::NotSignedIn,
        },
    };
    begin_sign_in_because(model, why, then)
}

/// The same, with a reason that the caller knows.
pub(super) fn begin_sign_in_because(model: &mut Model, why: Why, then: Option<PendingAction>) -> Vec<Effect> {
    if let Some(variable) = &model.options.no_sign_in {
        model.overlay = None;
        model.fail(Problem {
            sentence: format!("no sign-in is started: {variable} is set"),
            hints: vec!["sign in from a terminal of your own".to_owned()],
            sign_in: None,
        });
        return Vec::new();
    }
    let Some(session) = model.place.as_ref().map(|p| p.session.clone()) else {
        return Vec::new();
    };
    let id = model.new_id();
    let force = model.ends_soon().is_some();
    model.overlay = None;
    model.screen = Screen::SignIn(SignIn {
        id,
        step: SignInStep::Asking,
        trouble: None,
        why,
        then,
    });
    vec![Effect::SignIn {
        id,
        session,
        force,
        typed: None,
    }]
}

/// Lists everything again, of all sessions that are shown; what a user looks for first.
pub(super) fn refresh_all(model: &mut Model) -> Vec<Effect> {
    if !model.shows_all_sessions() {
        return refresh_front(model);
    }
    let signed_in: Vec<String> = (model.listed_places())
        .map(|place| place.session.name.clone())
        .filter(|session| model.is_signed_in_to(session))
        .collect();
    if signed_in.is_empty() {
        return begin_sign_in(model, None);
    }
    let list = |session: &String| refresh_session(model, session);
    signed_in.iter().flat_map(list).collect()
}

/// The same for the session in front alone.
pub(super) fn refresh_front(model: &mut Model) -> Vec<Effect> {
    if !model.is_signed_in() {
        return begin_sign_in(model, None);
    }
    match model.place.as_ref().map(|place| place.session.name.clone()) {
        Some(session) => refresh_session(model, &session),
        None => Vec::new(),
    }
}

/// The same for a session that is signed in.
pub(super) fn refresh_session(model: &mut Model, session: &str) -> Vec<Effect> {
    if let Some(place) = model.place_of_mut(session) {
        place.retry = Retry::default();
    }
    list_session(model, session, Scope::Everything)
}

/// Lists again what failed, once its time has come.
pub(super) fn retry_failed(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    let mut due = Vec::new();
    for place in model.places_mut() {
        let signed_in = place.sign_in.at(now).is_signed_in();
        if place.retry.at.take_if(|at| *at <= now).is_none() || !signed_in {
            continue;
        }
        let scope = match place.sync {
            Sync::Running { .. } => continue,
            Sync::Failed => Scope::Everything,
            Sync::Idle => Scope::Failed,
        };
        due.push((place.session.name.clone(), scope));
    }
    let list = |(session, scope): (String, Scope)| list_session(model, &session, scope);
    due.into_iter().flat_map(list).collect()
}

fn list_session(model: &mut Model, session: &str, scope: Scope) -> Vec<Effect> {
    let now = model.now;
    let mut effects = model.stop_listing(session).into_iter().collect::<Vec<_>>();
    let id = model.new_id();
    let first = model.browse.first_accounts(session);
    let wanted = model.browse.wanted_accounts(session);
    if let Some(place) = model.place_of_mut(session) {
        place.retry.at = None;
        place.preferred = wanted;
        place.sync = Sync::Running {
            id,
            scope,
            waiting: false,
            accounts: HashSet::new(),
            complete: false,
            done: 0,
            since: now,
            answered: 0,
            throttled_at: None,
        };
        let session = place.session.clone();
        effects.push(match scope {
            Scope::Everything => Effect::Refresh { id, session, first },
            Scope::Failed => Effect::RetryFailed { id, session },
        });
    }
    effects
}

/// Tells the listings that run what a user looks for meanwhile.
pub(super) fn prefer_search(model: &mut Model) -> Vec<Effect> {
    // What is looked for isn't known before it is found.
    if model.browse.is_unsettled() {
        return Vec::new();
    }
    let searches = !model.browse.query.is_empty();
    let (browse, place, others) = (&model.browse, &mut model.place, &mut model.others);
    let prefer = |place: &mut Place| {
        let Sync::Running {
            scope: Scope::Everything,
            ..
        } = place.sync
        else {
            return None;
        };
        let accounts = browse.wanted_accounts(&place.session.name);
        // Fewer rows on the screen, or the cursor on another: nothing that was not asked for already.
        let known = accounts.iter().all(|a| place.preferred.contains(a));
        if accounts == place.preferred || known && !searches {
            return None;
        }
        place.preferred.clone_from(&accounts);
        let session = place.session.clone();
        Some(Effect::Prefer { session, accounts })
    };
    place.iter_mut().chain(others).filter_map(prefer).collect()
}

pub(super) fn toggle_favourite(model: &mut Model, target: Target) -> Vec<Effect> {
    let favourite = model.history.toggle_favourite(TargetKey::from(&target));
    model.rebuild();
    let words = if favourite {
        "added to favourites"
    } else {
        "removed from favourites"
    };
    model.say(NoticeKind::Good, format!("{target} {words}"));
    vec![Effect::SetFavourite { target, favourite }]
}

/// Waits for the results of a search: where it was typed just now, the row that comes first of all is meant, not of those that
/// were found so far. False where another row is under the cursor than was on the screen: nothing acts on it before it was
/// seen.
pub(super) fn complete_search(model: &mut Model) -> bool {
    let seen = model.browse.current().cloned();
    model.browse.complete_search();
    model.follow_cursor();
    let now = model.browse.current();
    seen.is_none_or(|seen| now.is_some_and(|now| now.is_same_target(&seen)))
}

/// The target under the cursor, or a notice why there is none.
pub(super) fn target_under_cursor(model: &mut Model) -> Option<Target> {
    target_for(model, Action::Enter)
}

/// The target under the cursor for an action, or a notice why there is none.
pub(super) fn target_for(model: &mut Model, action: Action) -> Option<Target> {
    if !complete_search(model) {
        return None;
    }
    let row = model.browse.current();
    if let Some(target) = row.and_then(Row::target) {
        return Some(target);
    }
    let (sentence, truth) = match row {
        Some(row) => {
            let account = row.account();
            let sentence = match row.problem() {
                Some(problem) => format!("{} failed to load: {problem}", account.name),
                None if row.is_account() => {
                    let sets = count_names(row.permission_sets(), false);
                    let key = model.keymap.key_for(Action::Actions);
                    let then = match action {
                        Action::Mark => "unfold it and mark one of them".to_owned(),
                        // The key lists what can be done with the marked ones.
                        _ if !model.marked.is_empty() => "unfold it and select one of them".to_owned(),
                        _ => format!("select one of them; {key} lists them"),
                    };
                    let notice = format!("{} has {sets}: {then}", account.name);
                    model.say(NoticeKind::Warning, notice);
                    return None;
                }
                None => format!("{} is still loading", account.name),
            };
            (sentence, Truth::Unlisted(account.id.clone()))
        }
        // The list says why it is empty.
        None if model.browse.query.is_empty() => return None,
        None => {
            let yet = if progress::is_growing(model) { " yet" } else { "" };
            let clear = model.keymap.key_for(Action::Clear);
            let query = model.browse.query.text();
            let sentence = format!("no match for “{query}”{yet} · {clear} clears the search");
            (sentence, Truth::NothingFound)
        }
    };
    model.notice = Some(Notice::new(NoticeKind::Warning, sentence).while_true(truth));
    None
}

/// Enter, console, export or copy, for the row under the cursor.
pub(super) fn start_action(model: &mut Model, action: Action) -> Vec<Effect> {
    // One thing at a time; the screen says which.
    if model.busy.is_some() {
        return Vec::new();
    }
    if action == Action::Enter
        && model.browse.enter_ends_typing()
        && progress::search_correction(model).is_none()
    {
        model.browse.set_typing(false);
        return Vec::new();
    }
    if action == Action::Enter && progress::search_correction(model).is_some() {
        model.browse.accept_correction();
        return Vec::new();
    }
    let Some(target) = target_under_cursor(model) else {
        return Vec::new();
    };
    model.browse.keep_query();
    if let Some(pick_for) = model.options.pick_for {
        match action {
            Action::Enter => return perform_pending(model, PendingAction::Pick(target)),
            Action::Copy => return copy_target(model, &target),
            _ => {}
        }
        let text = format!(
            "picking a target for `genkan {}`; Enter selects",
            pick_for.as_str()
        );
        model.say(NoticeKind::Warning, text);
        return Vec::new();
    }
    match (action, model.enter_of(&target)) {
        (Action::Copy, _) => copy_target(model, &target),
        (Action::Enter, _) if model.options.exports => {
            let format = model.options.export_format;
            perform_pending(model, PendingAction::Print(target, format))
        }
        (Action::Console, _) | (Action::Enter, EnterAction::Console) => {
            perform_pending(model, PendingAction::Console(target, ConsoleAt::default()))
        }
        (Action::Export, _) | (Action::Enter, EnterAction::Export) => {
            let menu = Menu::new(MenuOf::Formats(target)).at(usual_format(model));
            model.overlay = Some(Overlay::Menu(menu));
            Vec::new()
        }
        _ => perform_pending(model, PendingAction::Enter(target)),
    }
}

/// The place of the format for the user's own shell.
pub(super) fn usual_format(model: &Model) -> usize {
    let usual = |format: &ExportFormat| *format == model.options.export_format;
    ExportFormat::ALL.iter().position(usual).unwrap_or_default()
}

/// Copies what means the target everywhere; no secret.
fn copy_target(model: &Model, target: &Target) -> Vec<Effect> {
    vec![Effect::CopyText {
        text: entries::target_text(model, target),
        what: "target".to_owned(),
    }]
}

/// What is being done, while it is waited for.
fn describe_doing(action: &PendingAction) -> String {
    let targets = name_targets(action.targets());
    match action {
        PendingAction::CopyProfileName(_) => format!("looking for the profile of {targets}"),
        PendingAction::SaveProfiles(_) => format!("saving profiles for {targets}"),
        PendingAction::Consoles(_) => format!("opening the consoles of {targets}"),
        _ => format!("getting credentials for {targets}"),
    }
}

/// Does what a user wants, after signing in where that is missing. Everything that hands out credentials goes
/// through here.
pub(super) fn perform_pending(model: &mut Model, pending: PendingAction) -> Vec<Effect> {
    if let Some(guard) = model.guard_of(&pending) {
        model.overlay = Some(Overlay::Guard(guard));
        return Vec::new();
    }
    let needs_sign_in = |target: &&Target| {
        !model.is_signed_in_to(&target.session) && model.expiry(&TargetKey::from(*target)).is_none()
    };
    let missing = pending.targets().iter().find(needs_sign_in);
    if let Some(session) = missing.map(|target| target.session.clone())
        && pending.needs_credentials()
    {
        model.bring_to_front(&session);
        return begin_sign_in(model, Some(pending));
    }
    let id = model.new_id();
    let remembered = Some(pending.clone());
    let (what, effect) = match pending {
        PendingAction::Pick(target) => return vec![Effect::Finish(Outcome::Picked(target))],
        PendingAction::Print(target, format) => {
            return vec![Effect::Finish(Outcome::Print { target, format })];
        }
        PendingAction::Enter(target) => (
            format!("getting credentials for {target}"),
            Effect::Enter { id, target },
        ),
        PendingAction::Console(target, at) => (
            format!("opening the console for {target}"),
            Effect::Console { id, target, at },
        ),
        PendingAction::Copy(target, format) => (
            format!("getting credentials for {target}"),
            Effect::CopyExport { id, target, format },
        ),
        action => (describe_doing(&action), Effect::Act { id, action }),
    };
    model.busy = Some(Busy {
        id,
        what,
        pending: remembered,
    });
    vec![effect]
}
