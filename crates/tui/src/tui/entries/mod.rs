//! What the menus list, made from the model: actions, formats, pages of the console, commands.

mod actions;
mod activity;
mod commands;
mod console;
mod formats;
mod marked;
mod open;
mod own;
mod sessions;

use super::model::Model;
use crate::domain::rules::PRODUCTION;
use crate::domain::values::count::format_count;
use crate::domain::{SsoSession, Target};
use crate::tui::screens::menu::{Entry, Menu, MenuOf};

pub use actions::target_text;
pub use formats::preview_export;

/// All entries of a menu.
#[must_use]
pub fn menu_entries(model: &Model, of: &MenuOf) -> Vec<Entry> {
    match of {
        MenuOf::Actions(target) => actions::action_entries(model, target),
        MenuOf::PermissionSets(target) => actions::permission_sets(model, target),
        MenuOf::AccountSets(targets) => actions::account_sets(model, targets),
        MenuOf::Formats(target) => formats::format_entries(model, target),
        MenuOf::Services(target) => console::service_entries(target),
        MenuOf::ConsoleWays(target) => console::way_entries(model, target),
        MenuOf::Browsers(target) => console::browser_entries(model, target),
        MenuOf::BrowserRules(target) => console::browser_rules(model, target),
        MenuOf::Regions(target, service) => console::region_entries(model, target, service),
        MenuOf::Marked(targets) => marked::marked_entries(model, targets),
        MenuOf::Commands => commands::command_entries(model),
        MenuOf::Activity => activity::activity_entries(model),
        MenuOf::Open => open::open_entries(model),
        MenuOf::Running(running) => open::running_entries(running),
        MenuOf::CachedCredentials(target) => open::cached_credentials_entries(target),
        MenuOf::Sessions => sessions::session_entries(model),
        MenuOf::SignOut(name) => sessions::sign_out(model, name),
    }
}

/// The entries that match what is typed.
#[must_use]
pub fn matching_entries(model: &Model, menu: &Menu) -> Vec<Entry> {
    menu.matching(menu_entries(model, &menu.of))
}

/// What the sources are called that there are.
fn title_of_sessions(model: &Model) -> &'static str {
    let any = |is: fn(&SsoSession) -> bool| model.sessions.iter().any(is);
    match (
        any(|it| it.source_credentials().is_some()),
        any(SsoSession::is_iam_user),
    ) {
        (true, _) => "Sources of access",
        (false, true) => "SSO sessions and IAM users",
        (false, false) => "SSO sessions",
    }
}

/// The title of a menu.
#[must_use]
pub fn menu_title(model: &Model, of: &MenuOf) -> String {
    let title = match of {
        MenuOf::Actions(target) => target.to_string(),
        MenuOf::PermissionSets(target) => target.account_name.to_string(),
        MenuOf::AccountSets(targets) => {
            (targets.first()).map_or_else(String::new, |target| target.account_name.to_string())
        }
        MenuOf::Formats(target) => format!("Export {target}"),
        MenuOf::Services(target) | MenuOf::ConsoleWays(target) => format!("Console: {target}"),
        MenuOf::Browsers(target) => format!("Console in a browser: {target}"),
        MenuOf::BrowserRules(target) => format!("Usual browser of {}", target.account_name),
        MenuOf::Regions(target, service) => format!("Console at {service}: {target}"),
        MenuOf::Marked(targets) => format_count(targets.len(), "marked target"),
        MenuOf::Commands => "Keys and commands".to_owned(),
        MenuOf::Activity => "What genkan did".to_owned(),
        MenuOf::Open => "What is open".to_owned(),
        MenuOf::Running(running) => running.target.to_string(),
        MenuOf::CachedCredentials(target) => format!("Credentials for {target}"),
        MenuOf::Sessions => title_of_sessions(model).to_owned(),
        MenuOf::SignOut(name) => format!("Sign out of {name}?"),
    };
    if is_of_production(model, of) {
        format!("{title} {PRODUCTION}")
    } else {
        title
    }
}

/// Whether a menu acts on a target of production.
#[must_use]
pub fn is_of_production(model: &Model, of: &MenuOf) -> bool {
    let is_production = |target: &Target| model.rules_of(target).production;
    match of {
        MenuOf::Actions(target)
        | MenuOf::PermissionSets(target)
        | MenuOf::Formats(target)
        | MenuOf::Services(target)
        | MenuOf::ConsoleWays(target)
        | MenuOf::Browsers(target)
        | MenuOf::BrowserRules(target)
        | MenuOf::CachedCredentials(target)
        | MenuOf::Regions(target, _) => is_production(target),
        MenuOf::Marked(targets) | MenuOf::AccountSets(targets) => targets.iter().any(is_production),
        MenuOf::Running(running) => is_production(&running.target),
        MenuOf::Commands | MenuOf::Activity | MenuOf::Open | MenuOf::Sessions | MenuOf::SignOut(_) => false,
    }
}
