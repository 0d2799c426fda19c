//! The lists that commands work on: cached where they are, else asked for, session by session.

use super::sign_in_here::signed_in;
use crate::app::{App, Listed, LockScope};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::progress::Listing;
use crate::cli::suspension::{run_suspendable, wait_for_interrupt};
use crate::domain::SyncEvent;
use crate::domain::values::count::format_count;
use crate::domain::values::duration;
use crate::domain::values::time::seconds_since;
use crate::domain::{Catalog, Changes, SsoSession};

/// The catalogs of sessions. One that can't be listed is told and left out, as long as another can.
pub(in crate::cli::commands) async fn of_sessions(
    sessions: &[SsoSession],
    refresh: bool,
    app: &App,
    output: &Output,
) -> Result<Vec<Listed>, Failure> {
    let mut listed = Vec::new();
    let mut failures = Vec::new();
    // Which one to sign in to is clear where there is one.
    let may_sign_in = sessions.iter().filter(|session| session.is_listed()).count() == 1;
    for session in sessions {
        let cached = if refresh {
            None
        } else {
            load_cached_catalog(app, session, output)
                .filter(|c| c.synced_at.is_some() && nothing_listed(session, c).is_none())
        };
        let catalog = match cached {
            Some(catalog) => {
                tell_failed_before(session, &catalog, output);
                Ok(catalog)
            }
            None => sync_catalog(app, session, may_sign_in, output).await,
        };
        match catalog.and_then(|catalog| nothing_listed(session, &catalog).map_or(Ok(catalog), Err)) {
            Ok(catalog) => listed.push(Listed {
                session: session.clone(),
                catalog,
            }),
            Err(failure) if failure.code == Ended::CANCELLED => return Err(failure),
            Err(failure) => failures.push((session, failure)),
        }
    }
    // Roles of profiles are known without asking anyone: a script must not take them for the whole list.
    let is_answered = listed
        .iter()
        .any(|listed| listed.session.source_credentials().is_none());
    if !is_answered && !failures.is_empty() {
        return Err(failures.swap_remove(0).1);
    }
    for (session, failure) in failures {
        output.notice(&format!("skipped {}: {}", session.name, failure.sentence));
    }
    Ok(listed)
}

/// The catalog that is cached. That of another sign-in, which may be another user's, is refreshed first.
fn load_cached_catalog(app: &App, session: &SsoSession, output: &Output) -> Option<Catalog> {
    let catalog = app.catalogs.cached_catalog(session)?;
    if app.catalogs.is_current(session, &catalog) {
        return Some(catalog);
    }
    output.notice(&format!(
        "the cached list of {} is from an earlier sign-in; refreshing it",
        session.name
    ));
    None
}

/// The failure of a listing that knows nothing because its accounts failed: that is no empty list.
fn nothing_listed(session: &SsoSession, catalog: &Catalog) -> Option<Failure> {
    let problem = catalog.failed().next()?.problem.as_deref().unwrap_or_default();
    if catalog.assignments().next().is_some() {
        return None;
    }
    let failed = format_count(catalog.failed().count(), "account");
    Some(Failure::new(
        format!(
            "no account of {} could be loaded; {failed} failed: {problem}",
            session.name
        ),
        &["try again: `genkan list --refresh`"],
    ))
}

/// Names how much of a cached list is missing.
fn tell_failed_before(session: &SsoSession, catalog: &Catalog, output: &Output) {
    let failed = catalog.failed().count();
    if failed > 0 {
        let failed = format_count(failed, "account");
        output.notice(&format!(
            "{failed} of {} failed to load last time; use --refresh to try again",
            session.name
        ));
    }
}

async fn sync_catalog(
    app: &App,
    session: &SsoSession,
    may_sign_in: bool,
    output: &Output,
) -> Result<Catalog, Failure> {
    let list = async || {
        let mut progress = Listing::of(&session.name);
        app.listings
            .sync_catalog(session, &[], |event| {
                progress.heard(&event);
                if event == SyncEvent::Waiting {
                    output.notice(LockScope::List.waiting_message());
                }
            })
            .await
    };
    let listing = async {
        if may_sign_in {
            signed_in(app, output, list).await
        } else {
            Ok(run_suspendable(app, Box::pin(list())).await??)
        }
    };
    let report = tokio::select! {
        report = Box::pin(listing) => report?,
        () = wait_for_interrupt() => return Err(Failure::cancelled()),
    };
    tell_changes(&report.changes, app, output);
    for entry in report.catalog.failed().take(MOST_NAMES) {
        let problem = entry.problem.as_deref().unwrap_or_default();
        output.notice(&format!(
            "{} ({}) failed to load: {problem}",
            entry.account.name, entry.account.id
        ));
    }
    let failed = report.catalog.failed().count();
    if let Some(rest) = failed.checked_sub(MOST_NAMES).filter(|n| *n > 0) {
        output.notice(&format!("{} more failed to load", format_count(rest, "account")));
    }
    Ok(report.catalog)
}

/// How many names of accounts that failed, came or went are printed.
const MOST_NAMES: usize = 10;

/// Says what is different from the list before.
fn tell_changes(changes: &Changes, app: &App, output: &Output) {
    let (Some(counted), Some(since)) = (changes.counted(), changes.since) else {
        return;
    };
    let age = duration::format_age(seconds_since(since, app.context.now()));
    output.notice(&format!("{counted} since the last refresh ({age})"));
    for (word, list) in [("new", &changes.new), ("removed", &changes.gone)] {
        for change in list.iter().take(MOST_NAMES) {
            output.notice(&format!("{word}: {change}"));
        }
        if let Some(rest) = list.len().checked_sub(MOST_NAMES).filter(|n| *n > 0) {
            output.notice(&format!("{word}: {rest} more"));
        }
    }
}
