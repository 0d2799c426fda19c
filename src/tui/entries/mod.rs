//! What the menus list, made from the model: actions, formats, pages of the console, commands.

mod actions;
mod commands;
mod console;
mod formats;

use super::menu::{Entry, Menu, MenuOf};
use super::model::Model;

pub use actions::target_text;
pub use formats::preview;

/// All entries of a menu.
#[must_use]
pub fn entries(model: &Model, of: &MenuOf) -> Vec<Entry> {
    match of {
        MenuOf::Actions(target) => actions::entries(model, target),
        MenuOf::PermissionSets(target) => actions::permission_sets(model, target),
        MenuOf::Formats(target) => formats::entries(model, target),
        MenuOf::Services(target) => console::services(target),
        MenuOf::Regions(target, service) => console::regions(model, target, service),
        MenuOf::Commands => commands::entries(model),
    }
}

/// The entries that match what is typed.
#[must_use]
pub fn matching(model: &Model, menu: &Menu) -> Vec<Entry> {
    menu.matching(entries(model, &menu.of))
}

/// The title of a menu.
#[must_use]
pub fn title(of: &MenuOf) -> String {
    match of {
        MenuOf::Actions(target) => target.to_string(),
        MenuOf::PermissionSets(target) => target.account_name.to_string(),
        MenuOf::Formats(target) => format!("Export {target}"),
        MenuOf::Services(target) => format!("Console: {target}"),
        MenuOf::Regions(target, service) => format!("Console at {service}: {target}"),
        MenuOf::Commands => "Keys and commands".to_owned(),
    }
}
