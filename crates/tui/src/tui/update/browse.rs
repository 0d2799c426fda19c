//! Keys of the list.

use crossterm::event::{KeyCode, KeyEvent};

use super::details;
use super::marks::{act_on_marked, save_profile, toggle_mark};
use super::open;
use super::operations::{
    begin_sign_in, complete_search, refresh_all, start_action, target_under_cursor, toggle_favourite,
};
use super::own;
use crate::tui::browse::Row;
use crate::tui::effect::Effect;
use crate::tui::input::keymap::Action;
use crate::tui::model::{Model, Overlay};
use crate::tui::notice::{Notice, NoticeKind, Truth};
use crate::tui::screens::menu::{Menu, MenuOf};
use crate::tui::screens::offers::action_of_key;

pub(super) fn handle_key(model: &mut Model, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    let Some(action) = action else {
        if let Some(own) = action_of_key(model, key) {
            let is_seen = complete_search(model);
            if !is_seen && model.marked.is_empty() {
                return Vec::new();
            }
            return own::run(model, own);
        }
        if !model.browse.is_moving() {
            model.browse.edit_query(|query| {
                query.key(key);
            });
        }
        return Vec::new();
    };
    let is_seen = complete_search(model);
    if model.busy.is_none()
        && let Some(effects) = act_on_marked(model, action)
    {
        return effects;
    }
    if !is_seen && action.is_on_target() {
        return Vec::new();
    }
    match action {
        Action::Mark => toggle_mark(model),
        Action::SaveProfile if model.busy.is_none() => return save_profile(model),
        // There is no row above: the last search is.
        Action::Up if key.code == KeyCode::Up && model.browse.recalls().is_some() => {
            model.browse.recall_query();
        }
        Action::Up => model.browse.step(-1),
        Action::Down => model.browse.step(1),
        Action::PageUp => model.browse.page(-1),
        Action::PageDown => model.browse.page(1),
        Action::Top => model.browse.top(),
        Action::Bottom => model.browse.bottom(),
        Action::Search => model.browse.set_typing(true),
        Action::Clear => model.browse.clear_query(),
        Action::Fold | Action::Unfold => model.browse.fold(action == Action::Fold),
        // The results of a search don't fold.
        Action::FoldAll if model.browse.query.is_blank() => model.browse.fold_all(),
        Action::Hidden => show_hidden(model),
        Action::Tree => {
            model.view.flat ^= true;
            model.browse.set_flat(model.view.flat);
            return vec![Effect::SaveView { view: model.view }];
        }
        Action::Number if go_to_number(model, key) => return start_action(model, Action::Enter),
        Action::Enter if model.browse.is_folded().is_some() && model.busy.is_none() => {
            let is_folded = model.browse.is_folded() == Some(true);
            model.browse.fold(!is_folded);
        }
        Action::Refresh => return refresh_all(model),
        Action::SignIn => return begin_sign_in(model, None),
        Action::Sessions => return open::show_sessions(model),
        Action::Open => return open::show_open(model),
        Action::Details => return details::toggle_details(model),
        Action::Favourite => {
            return target_under_cursor(model)
                .map_or_else(Vec::new, |target| toggle_favourite(model, target));
        }
        Action::Changes => return show_changes(model),
        Action::Actions => open_actions(model),
        Action::Enter | Action::Console | Action::Export | Action::Copy => {
            return start_action(model, action);
        }
        _ => {}
    }
    Vec::new()
}

/// Lists what can be done with the target under the cursor; on an account, its permission sets.
fn open_actions(model: &mut Model) {
    let sets = model.browse.current().filter(|row| row.is_account());
    let menu = match sets.map(Row::targets) {
        Some(sets) => Some(MenuOf::AccountSets(sets)),
        None => target_under_cursor(model).map(MenuOf::Actions),
    };
    if let Some(of) = menu {
        model.overlay = Some(Overlay::Menu(Menu::new(of)));
    }
}

/// Shows what rules hide, or hides it again.
fn show_hidden(model: &mut Model) {
    if model.browse.hidden().1 == 0 {
        return model.say(NoticeKind::Good, "no rule hides a target");
    }
    model.browse.toggle_hidden();
    model.rebuild();
}

/// Goes to the favourite or recent target whose number a key has; false where there is none.
fn go_to_number(model: &mut Model, key: KeyEvent) -> bool {
    let digit = match key.code {
        KeyCode::Char(c) => c.to_digit(10).and_then(|digit| u8::try_from(digit).ok()),
        _ => None,
    };
    digit.is_some_and(|number| model.browse.go_to_number(number))
}

/// Shows what listings found different.
fn show_changes(model: &mut Model) -> Vec<Effect> {
    let Some(place) = &model.place else {
        return Vec::new();
    };
    if place.changes.is_empty() {
        let good = |text: &str| Notice::new(NoticeKind::Good, text);
        model.notice = Some(match (place.changes.since, place.catalog.synced_at) {
            (Some(since), _) => good("no changes since last refresh (").ago(since).and(")"),
            (None, Some(_)) => good("no changes since your last visit"),
            (None, None) => good("nothing loaded yet").while_true(Truth::NothingFound),
        });
        return Vec::new();
    }
    let session = place.session.clone();
    model.overlay = Some(Overlay::Changes { scroll: 0 });
    vec![Effect::MarkChangesSeen { session }]
}
