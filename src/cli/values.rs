//! What completion offers for arguments whose values are known on this machine only: read from the
//! config and the caches, never from a network, and silent where anything is amiss.

use std::ffi::OsStr;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::domain::completion::{self, Known};
use crate::portal::Portal;
use crate::settings::{Environment, Settings};

/// Targets of the cached catalogs.
pub(super) fn targets() -> ArgValueCompleter {
    completer(|word, portal| {
        let catalogs = portal.catalogs_at_hand();
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
    completer(|word, portal| {
        let (sessions, _) = portal.sessions().unwrap_or_default();
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
    completer(|word, portal| {
        let names = portal.profiles_at_hand();
        let fitting = names.into_iter().filter(|name| name.starts_with(word));
        fitting.map(CompletionCandidate::new).collect()
    })
}

fn completer(find: fn(&str, &Portal) -> Vec<CompletionCandidate>) -> ArgValueCompleter {
    ArgValueCompleter::new(move |word: &OsStr| {
        let settings = Settings::resolve(Environment::capture()).ok();
        match (settings, word.to_str()) {
            (Some(settings), Some(word)) => find(word, &Portal::new(settings)),
            _ => Vec::new(),
        }
    })
}
