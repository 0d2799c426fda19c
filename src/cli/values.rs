//! Values of arguments: how those that are more than text are read, and what completion offers.
//!
//! One rule for reading: case is normalised, anything else that is not known is refused with the nearest that
//! is. Completion reads the config and the caches, never a network, and is silent where anything is amiss.

use std::ffi::OsStr;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::app::App;
use crate::domain::Region;
use crate::domain::completion::{self, Known};
use crate::domain::console_pages::{self, ConsolePage};
use crate::domain::region;
use crate::settings::{Environment, Settings};

/// Targets of the cached catalogs.
pub(super) fn targets() -> ArgValueCompleter {
    completer(|word, app| {
        let catalogs = app.targets.catalogs_at_hand();
        let known: Vec<Known<'_>> = catalogs
            .iter()
            .flat_map(|(session, catalog)| {
                catalog.entries().iter().map(|entry| Known {
                    session: &session.name,
                    account: &entry.account,
                    permission_sets: &entry.permission_sets,
                })
            })
            .collect();
        completion::targets(word, &known)
            .into_iter()
            .map(|c| CompletionCandidate::new(c.word).help(Some(c.help.into())))
            .collect()
    })
}

/// SSO sessions of the config.
pub(super) fn sessions() -> ArgValueCompleter {
    completer(|word, app| {
        let (sessions, _) = app.sessions.sessions().unwrap_or_default();
        sessions
            .into_iter()
            .filter(|session| session.name.starts_with(word))
            .map(|session| {
                let help = session.start_url.to_string();
                CompletionCandidate::new(session.name).help(Some(help.into()))
            })
            .collect()
    })
}

/// Profiles of the config that name a target.
pub(super) fn profiles() -> ArgValueCompleter {
    completer(|word, app| {
        let names = app.targets.profiles_at_hand();
        let fitting = names.into_iter().filter(|name| name.starts_with(word));
        fitting.map(CompletionCandidate::new).collect()
    })
}

/// Regions, those of all partitions.
pub(super) fn regions() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| beginning(word, region::known().map(|(_, code)| code)))
}

/// Services of the console.
pub(super) fn services() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| beginning(word, console_pages::names().map(|(name, _)| name)))
}

fn beginning(word: &OsStr, names: impl Iterator<Item = &'static str>) -> Vec<CompletionCandidate> {
    let word = word.to_string_lossy().to_lowercase();
    names
        .filter(|name| name.starts_with(&word))
        .map(CompletionCandidate::new)
        .collect()
}

/// Reads a Region to work in.
pub(super) fn region(text: &str) -> Result<Region, String> {
    Region::chosen(text).map_err(|error| error.to_string())
}

/// Reads a service of the console, or a path of it.
pub(super) fn service(text: &str) -> Result<ConsolePage, String> {
    console_pages::page(text).map_err(|error| error.to_string())
}

fn completer(find: fn(&str, &App) -> Vec<CompletionCandidate>) -> ArgValueCompleter {
    ArgValueCompleter::new(move |word: &OsStr| {
        let settings = Settings::resolve(Environment::capture()).ok();
        match (settings, word.to_str()) {
            (Some(settings), Some(word)) => find(word, &App::new(settings)),
            _ => Vec::new(),
        }
    })
}
