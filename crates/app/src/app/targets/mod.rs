//! From what a user wrote to the one target that is meant.
//!
//! A session that can't be asked never blocks a target that another one knows.

pub(super) mod default_target;
pub(super) mod error;
pub(super) mod history;
pub(super) mod notes;
pub(super) mod of_profiles;
pub(super) mod settings;

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::catalogs::Catalogs;
use crate::app::catalogs::listing::Listings;
use crate::app::context::Context;
use crate::app::context::notices::{Notice, Notices};
use crate::app::error::AppError;
use crate::app::rules::Aliases;
use crate::app::sessions::{SessionError, Sessions, find_session};
use crate::app::shells::shell_change::ShellState;
use crate::app::sources::Sources;
use crate::app::targets::error::TargetError;
use crate::app::targets::history::UsageHistory;
use crate::domain::records::hand_out::HandOut;
use crate::domain::records::history::{TargetKey, Use};
use crate::domain::targets::account::VIA;
use crate::domain::targets::chained_roles::RoleArn;
use crate::domain::targets::chained_roles::source_credentials::may_be_of_a_chain;
use crate::domain::targets::reference::as_target;
use crate::domain::targets::target::{Resolution, resolve_with, split_session};
use crate::domain::values::time::seconds_since;
use crate::domain::{
    Account, AccountId, Catalog, ChainedRole, PermissionSetName, SessionKind, SsoSession, SyncEvent, Target,
};

/// A catalog younger than this is believed when it doesn't know a target.
const BELIEVED_SECONDS: i64 = 60;

/// Finds the target that is meant.
pub struct Targets {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    sources: Arc<Sources>,
    catalogs: Arc<Catalogs>,
    listings: Arc<Listings>,
    history: Arc<UsageHistory>,
}

impl Targets {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        sessions: &Arc<Sessions>,
        sources: &Arc<Sources>,
        catalogs: &Arc<Catalogs>,
        listings: &Arc<Listings>,
        history: &Arc<UsageHistory>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            sources: Arc::clone(sources),
            catalogs: Arc::clone(catalogs),
            listings: Arc::clone(listings),
            history: Arc::clone(history),
        }
    }

    /// The catalogs that are cached, each with its session, whichever sign-ins have listed them: for completion,
    /// which must not wait.
    #[must_use]
    pub fn catalogs_at_hand(&self) -> Vec<(SsoSession, Catalog)> {
        let (sessions, _) = self.sessions.sessions().unwrap_or_default();
        let with_catalog = |session: SsoSession| {
            let catalog = self.catalogs.cached_catalog(&session)?;
            Some((session, catalog))
        };
        sessions.into_iter().filter_map(with_catalog).collect()
    }

    /// The target that `text` means, looked up in the cached catalogs; where none is cached, or the
    /// cached one doesn't know it, Identity Center is asked.
    ///
    /// A role that no one has written down is meant by its ARN, or its account and name, and the way to it.
    pub fn resolve_target<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<Target, AppError>> {
        Box::pin(async move {
            let typed = text;
            let text = &*as_target(text);
            let sessions = self.sessions_meant(text)?;
            let in_full = self.spelled_out(text, &sessions);
            if let Some(target) = in_full.or_else(|| self.named_in_full(text, &sessions)) {
                return Ok(target);
            }
            let mut known = Vec::new();
            let mut aliases = Aliases::default();
            let rules = &*self.context.settings.rules;
            let mut stale = Vec::new();
            for session in &sessions {
                let cached = self.catalogs.current_catalog(session);
                let age = cached
                    .as_ref()
                    .and_then(|c| c.synced_at)
                    .map(|at| seconds_since(at, self.context.now()));
                if let Some(catalog) = &cached {
                    known.extend(catalog.targets(&session.name));
                    aliases.add(session, catalog, rules);
                }
                if age.is_none_or(|a| a > BELIEVED_SECONDS) {
                    stale.push(session);
                }
            }
            match self.meant_by(text, &known, &aliases, &sessions) {
                Resolution::One(target) => return Ok(target),
                Resolution::Ambiguous(list) => return Err(ambiguous_target(text, &list).into()),
                Resolution::Unknown(_) => {}
            }
            if let Some((role, way)) = typed.split_once(VIA) {
                return Box::pin(self.role_by_hand(role, way)).await;
            }
            // An id and a permission set need no catalog: the answer to the request will tell.
            if let Some(target) = find_written_target(text, &sessions, &known) {
                return Ok(target);
            }
            let believed = sessions.len() - stale.len();
            stale.sort_by_key(|session| !self.is_signed_in(session));
            let mut failures = Vec::new();
            let asked = stale.len();
            for session in stale {
                let reporting = ReportedListing::begin(&self.context.notices, session);
                let report = self
                    .listings
                    .sync_catalog(session, &[], |event| reporting.tell(event))
                    .await;
                drop(reporting);
                match report {
                    Ok(report) => {
                        known.retain(|t| t.session != session.name);
                        known.extend(report.catalog.targets(&session.name));
                        aliases.add(session, &report.catalog, rules);
                        // Others need not be asked for what this one knows.
                        if let Resolution::One(target) = self.meant_by(text, &known, &aliases, &sessions) {
                            return Ok(target);
                        }
                    }
                    Err(error) => failures.push((session, error)),
                }
            }
            match self.meant_by(text, &known, &aliases, &sessions) {
                Resolution::One(target) => Ok(target),
                Resolution::Ambiguous(list) => Err(ambiguous_target(text, &list).into()),
                Resolution::Unknown(_) if believed == 0 && failures.len() == asked && asked > 0 => {
                    Err(none_listed(failures))
                }
                Resolution::Unknown(nearest) => Err(TargetError::Unknown {
                    text: text.to_owned(),
                    nearest: names_of(&nearest),
                    unasked: failures.into_iter().map(|(_, error)| error.to_string()).collect(),
                }
                .into()),
            }
        })
    }

    /// A role by its ARN, or by its account and name, that is reached by a way.
    async fn role_by_hand(&self, role: &str, way: &str) -> Result<Target, AppError> {
        let (sessions, _) = self.sessions.sessions()?;
        let sessions = sessions.iter().map(|session| session.name.as_str());
        let (named, role) = split_session(role, sessions);
        // A session in front of the role is that of the way.
        let via = match named {
            Some(session) => self.resolve_target(&format!("{session}:{way}")).await?,
            None => self.resolve_target(way).await?,
        };
        let session = self.sessions.session(Some(&via.session))?;
        let not_a_role = || TargetError::NotARole {
            text: role.to_owned(),
        };
        let arn = if role.starts_with("arn:") {
            role.parse().map_err(|_| not_a_role())?
        } else {
            let (account, name) = role.split_once('/').ok_or_else(not_a_role)?;
            let named = || {
                let catalog = self.catalogs.cached_catalog(&session).unwrap_or_default();
                let known = Account::named(catalog.entries().iter().map(|e| &e.account), account);
                known.map(|account| account.id.clone())
            };
            let id = account.parse().ok().or_else(named).ok_or_else(not_a_role)?;
            RoleArn::new(session.region.partition(), id, name).map_err(|_| not_a_role())?
        };
        Ok(self.catalogs.ask_for(&session, ChainedRole::of(arn), &via))
    }

    /// The target of an account ID and a permission set that its session is known to have: nothing of it
    /// is an abbreviation, so that the accounts need not be read, which takes longer the more there are.
    fn spelled_out(&self, text: &str, sessions: &[SsoSession]) -> Option<Target> {
        let target = find_written_target(text, sessions, &[])?;
        let session = sessions.iter().find(|session| session.name == target.session)?;
        let set = &target.permission_set;
        let known = set.is_chained() || self.catalogs.has_permission_set(session, set);
        known.then_some(target)
    }

    /// The target of an account and a permission set whose names are written exactly as they are, in the current catalogs.
    /// No reading of the text is stricter, so that other accounts need not be read.
    fn named_in_full(&self, text: &str, sessions: &[SsoSession]) -> Option<Target> {
        if text.contains(VIA) {
            return None;
        }
        let (_, rest) = split_session(text, sessions.iter().map(|s| s.name.as_str()));
        let (account, set) = rest.rsplit_once('/').unwrap_or((rest, ""));
        let of_account = |session| self.catalogs.targets_of_account(session, account);
        let known: Vec<Target> = sessions.iter().flat_map(of_account).collect();
        let Resolution::One(target) = self.meant_by(text, &known, &Aliases::default(), sessions) else {
            return None;
        };
        target.is_exactly(account, set).then_some(target)
    }

    /// The target with its account's name, where it has only the ID and the name is cached.
    #[must_use]
    pub fn named(&self, mut target: Target) -> Target {
        if target.account_name == target.account_id.as_str()
            && let Ok(session) = self.sessions.session(Some(&target.session))
            && let Some(name) = self.catalogs.account_name(&session, &target.account_id)
        {
            target.account_name = name;
        }
        target
    }

    /// What was handed out, the latest first, with the names of accounts as far as they are known.
    #[must_use]
    pub fn handed_out(&self) -> Vec<HandOut> {
        let mut found = self.history.hand_outs();
        let mut catalogs: HashMap<String, Option<Catalog>> = HashMap::new();
        for hand_out in &mut found {
            let target = &mut hand_out.target;
            if target.account_name.as_str() != target.account_id.as_str() {
                continue;
            }
            let catalog = catalogs.entry(target.session.clone()).or_insert_with(|| {
                let session = self.sessions.session(Some(&target.session)).ok()?;
                self.catalogs.cached_catalog(&session)
            });
            if let Some(catalog) = catalog {
                *target = catalog.target(&TargetKey::from(&*target));
            }
        }
        found
    }

    /// The targets that were used, as the file has them, newest first, with the names of their accounts as far as they
    /// are known.
    #[must_use]
    pub fn used_targets(&self, session: Option<&str>) -> Vec<(Target, Use)> {
        let (sessions, _) = self.sessions.sessions().unwrap_or_default();
        let catalogs: HashMap<&str, Catalog> = sessions
            .iter()
            .filter_map(|known| Some((known.name.as_str(), self.catalogs.cached_catalog(known)?)))
            .collect();
        let unknown = Catalog::default();
        let uses = self.history.stored().uses.into_iter();
        uses.filter(|used| session.is_none_or(|name| used.target.session == name))
            .map(|used| {
                let catalog = catalogs.get(used.target.session.as_str());
                (catalog.unwrap_or(&unknown).target(&used.target), used)
            })
            .collect()
    }

    /// The target before the one that the shell is in: as the shell remembers it, else the one that
    /// was used last anywhere.
    pub fn target_before(&self, state: &ShellState) -> Result<Target, AppError> {
        let used = || {
            let uses = self.history.history().uses.into_iter();
            uses.map(|u| u.target).find(|t| Some(t) != state.current.as_ref())
        };
        let key = state
            .previous
            .clone()
            .or_else(used)
            .ok_or(TargetError::NoneBefore)?;
        Ok(self.target_of_key(&key)?)
    }

    /// A target with its account's name, as far as that is known.
    pub(in crate::app) fn target_of_key(&self, key: &TargetKey) -> Result<Target, SessionError> {
        let session = self.sessions.session(Some(&key.session))?;
        if key.permission_set.is_chained() {
            // The catalog's own says the way in names.
            let catalog = self.catalogs.cached_catalog(&session).unwrap_or_default();
            return Ok(catalog.target(key));
        }
        let name = self.catalogs.account_name(&session, &key.account_id);
        Ok(key.named(name.as_ref()))
    }

    /// What a text means. Where only sessions of one portal differ, it means the one that is signed in,
    /// and an `[sso-session]` before the start URL of a profile.
    fn meant_by(
        &self,
        text: &str,
        known: &[Target],
        aliases: &Aliases,
        sessions: &[SsoSession],
    ) -> Resolution {
        let list = match resolve_with(text, known, &|target| aliases.of(target)) {
            Resolution::Ambiguous(list) => list,
            other => return other,
        };
        let found: Vec<(&Target, &SsoSession)> = list
            .iter()
            .filter_map(|t| Some((t, sessions.iter().find(|s| s.name == t.session)?)))
            .collect();
        let Some((first, app)) = found.first() else {
            return Resolution::Ambiguous(list);
        };
        let same = found.iter().all(|(target, session)| {
            target.account_id == first.account_id
                && target.permission_set == first.permission_set
                && session.region == app.region
                && session.start_url.same_portal(&app.start_url)
        });
        let rank = |session: &SsoSession| (!self.is_signed_in(session), session.kind == SessionKind::Legacy);
        let best = found.iter().map(|(_, session)| rank(session)).min();
        let mut best = found.iter().filter(|(_, session)| Some(rank(session)) == best);
        match (same, best.next(), best.next()) {
            (true, Some((target, _)), None) => Resolution::One((*target).clone()),
            _ => Resolution::Ambiguous(list),
        }
    }

    fn is_signed_in(&self, session: &SsoSession) -> bool {
        self.sources.state(session).is_signed_in()
    }

    /// What `text` can mean without network calls: as it is written, and by the cached catalogs.
    pub fn cached_targets(&self, text: &str) -> impl Iterator<Item = (SsoSession, Target)> {
        let text = as_target(text);
        let sessions = self.sessions_meant(&text).unwrap_or_default();
        let written = find_written_target(&text, &sessions, &[]).and_then(|target| {
            let session = sessions.iter().find(|session| session.name == target.session)?;
            Some((session.clone(), target))
        });
        let spelled_out = self.spelled_out(&text, &sessions).is_some();
        let looked_up = std::iter::once_with(move || {
            if spelled_out {
                return None;
            }
            if let Some(target) = self.named_in_full(&text, &sessions) {
                let session = sessions.iter().find(|s| s.name == target.session)?;
                return Some((session.clone(), target));
            }
            let cached = sessions
                .iter()
                .filter_map(|s| Some((s, self.catalogs.current_catalog(s)?)));
            let mut aliases = Aliases::default();
            let known: Vec<Target> = cached
                .flat_map(|(session, catalog)| {
                    aliases.add(session, &catalog, &self.context.settings.rules);
                    catalog.targets(&session.name)
                })
                .collect();
            let Resolution::One(target) = self.meant_by(&text, &known, &aliases, &sessions) else {
                return None;
            };
            let session = sessions.iter().find(|s| s.name == target.session)?;
            Some((session.clone(), target))
        });
        written.into_iter().chain(looked_up.flatten())
    }

    /// The session in front of the text, or the preferred one, or all.
    fn sessions_meant(&self, text: &str) -> Result<Vec<SsoSession>, SessionError> {
        let config = self.context.aws_files.config()?;
        let (users, _) = self.sessions.users_beside(config.sso_sessions());
        let sessions = &*[config.sso_sessions(), &users].concat();
        if let Some(source) = self.chain_meant(text, sessions) {
            return Ok(vec![source]);
        }
        let (named, _) = split_session(text, sessions.iter().map(|s| s.name.as_str()));
        let named = named.and_then(|name| sessions.iter().find(|s| s.name == name));
        let preferred = self.context.settings().preferences.session.as_deref();
        let found = || {
            let of_chains = |name| self.sessions.chain(name);
            preferred.and_then(|name| find_session(sessions, name).cloned().or_else(|| of_chains(name)))
        };
        if let Some(one) = named.cloned().or_else(found) {
            return Ok(vec![one]);
        }
        self.sessions.note_unknown_session(preferred);
        let mut all = sessions.to_vec();
        self.sessions.add_listed_chains(&mut all);
        if all.is_empty() {
            return Err(self.sessions.no_session(&config));
        }
        Ok(all)
    }

    /// The source of a chain that begins elsewhere, where a text has it in front and no other source has its name.
    fn chain_meant(&self, text: &str, sessions: &[SsoSession]) -> Option<SsoSession> {
        may_be_of_a_chain(text).then_some(())?;
        let sources = self.sessions.chain_sources();
        let (name, _) = split_session(text, sources.iter().map(|source| source.name.as_str()));
        let source = sources.iter().find(|source| Some(source.name.as_str()) == name)?;
        let is_taken = sessions.iter().any(|session| session.name == source.name);
        (!is_taken).then(|| source.clone())
    }
}

/// Reports a listing that looks for a target, until it is dropped.
struct ReportedListing<'a>(&'a Notices);

impl<'a> ReportedListing<'a> {
    fn begin(notices: &'a Notices, session: &SsoSession) -> Self {
        notices.send(Notice::ListingBegins(session.name.clone()));
        Self(notices)
    }

    fn tell(&self, event: SyncEvent) {
        self.0.send(Notice::Listing(event));
    }
}

impl Drop for ReportedListing<'_> {
    fn drop(&mut self) {
        self.0.send(Notice::ListingEnds);
    }
}

/// Why nothing is known of any session: where all need a sign-in, which one is meant can't be told.
fn none_listed(mut failures: Vec<(&SsoSession, AppError)>) -> AppError {
    let signed_out = |(_, error): &(&SsoSession, AppError)| error.session_to_sign_in().is_some();
    if failures.len() > 1 && failures.iter().all(signed_out) {
        let sessions = failures.iter().map(|(session, _)| session.name.clone());
        return TargetError::NoneSignedIn {
            sessions: sessions.collect(),
        }
        .into();
    }
    failures.swap_remove(0).1
}

fn ambiguous_target(text: &str, list: &[Target]) -> TargetError {
    // Names may be what is ambiguous: ids never are.
    let candidates = list
        .iter()
        .map(|t| {
            let Target {
                session,
                account_id,
                account_name,
                permission_set,
            } = t;
            format!("`{session}:{account_id}/{permission_set}` ({account_name})")
        })
        .collect();
    TargetError::Ambiguous {
        text: text.to_owned(),
        candidates,
    }
}

/// The target of an account id and a permission set, where one session is meant: the only one, or the
/// only one that knows the account.
fn find_written_target(text: &str, sessions: &[SsoSession], known: &[Target]) -> Option<Target> {
    let (_, rest) = split_session(text, sessions.iter().map(|s| s.name.as_str()));
    // A role has a path, and the way to it has a slash.
    let (account, permission_set) = rest.split_once('/').filter(|(_, set)| !set.is_empty())?;
    let account_id: AccountId = account.parse().ok()?;
    let permission_set = PermissionSetName::new(permission_set);
    if permission_set.as_str().contains('/') && !permission_set.is_chained() {
        return None;
    }
    // An IAM user gives itself alone, so it is meant by nothing else, and where it is meant no one else is.
    let (owners, others): (Vec<&SsoSession>, Vec<_>) =
        (sessions.iter()).partition(|session| session.owns(&account_id, &permission_set));
    let listing: Vec<&SsoSession> = others.into_iter().filter(|s| s.is_listed()).collect();
    let is_owned = !owners.is_empty();
    let candidates = if is_owned { owners } else { listing };
    let mut having = candidates.iter().filter(|session| {
        candidates.len() == 1
            || known
                .iter()
                .any(|t| t.session == session.name && t.account_id == account_id)
    });
    let (Some(session), None) = (having.next(), having.next()) else {
        return None;
    };
    let named = known.iter().find(|t| t.account_id == account_id);
    Some(Target {
        session: session.name.clone(),
        account_name: named.map_or_else(|| account.into(), |t| t.account_name.clone()),
        account_id,
        permission_set,
    })
}

/// Targets as they can be written again, with the session where they are of several, and the account's ID.
fn names_of(targets: &[Target]) -> Vec<String> {
    let one_session = targets.windows(2).all(|pair| match pair {
        [a, b] => a.session == b.session,
        _ => true,
    });
    targets
        .iter()
        .map(|t| {
            if one_session {
                format!("`{t}` ({})", t.account_id)
            } else {
                format!("`{}:{t}` ({})", t.session, t.account_id)
            }
        })
        .collect()
}
