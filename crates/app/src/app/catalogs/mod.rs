//! What each SSO session gives access to, as it was last listed, and what was different then.

pub(super) mod listing;
pub(super) mod sync;

use std::cell::OnceCell;
use std::sync::Arc;

use crate::app::chained_roles::{ChainedRoles, Listed};
use crate::app::context::Context;
use crate::app::tokens::Tokens;
use crate::domain::text::CleanText;
use crate::domain::{
    Account, AccountId, Catalog, ChainedRole, Changes, PermissionSetName, SignInId, SsoSession, Target,
    TargetKey,
};
use crate::store::{BegunListing, CatalogCache, StoreError, SyncJournal};

/// The catalogs of SSO sessions.
pub struct Catalogs {
    context: Arc<Context>,
    tokens: Arc<Tokens>,
    roles: Arc<ChainedRoles>,
    cache: CatalogCache,
}

impl Catalogs {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        tokens: &Arc<Tokens>,
        roles: &Arc<ChainedRoles>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            tokens: Arc::clone(tokens),
            roles: Arc::clone(roles),
            cache: CatalogCache::new(&context.settings.paths),
        }
    }

    /// The catalog as it was last known, whichever sign-in has listed it, with chained roles.
    #[must_use]
    pub fn cached_catalog(&self, session: &SsoSession) -> Option<Catalog> {
        let listed = self.listed_catalog(session)?;
        Some(self.with_roles(session, listed))
    }

    /// The same as it was listed, or as it is known of a source that isn't listed.
    pub(in crate::app) fn listed_catalog(&self, session: &SsoSession) -> Option<Catalog> {
        let own = session.own_catalog(self.context.now());
        own.or_else(|| self.context.take_value(self.cache.load(session)))
    }

    /// A catalog that was listed, with the chained roles that are reached from what is in it.
    pub(in crate::app) fn with_roles(&self, session: &SsoSession, listed: Catalog) -> Catalog {
        self.roles
            .add_to(session, listed, &|id| self.account_elsewhere(session, id))
    }

    /// The profiles whose roles are targets of a session, and which targets these are.
    pub(in crate::app) fn role_profiles(
        &self,
        session: &SsoSession,
        catalog: &Catalog,
    ) -> Vec<(String, TargetKey)> {
        self.roles.profiles_of(session, catalog)
    }

    /// An account as the catalogs of SSO sessions have it, for a source that knows no names itself.
    fn account_elsewhere(&self, session: &SsoSession, id: &AccountId) -> Option<Account> {
        if session.is_listed() {
            return None;
        }
        let config = self.context.aws_files.config().ok()?;
        self.cache.find_account(config.sso_sessions(), id)
    }

    /// The target of a role that is reached from another target, and what its request says from now on.
    pub(in crate::app) fn ask_for(&self, session: &SsoSession, role: ChainedRole, via: &Target) -> Target {
        let listed = self.listed_catalog(session).unwrap_or_default();
        let via = Target {
            account_name: match session.own_target() {
                Some(own) if own.account.id == via.account_id => own.account.name.clone(),
                _ => listed.target(&via.into()).account_name,
            },
            ..via.clone()
        };
        let mut target = self.roles.ask_for(role, &via, &listed);
        if let Some(account) = self.account_elsewhere(session, &target.account_id) {
            target.account_name = account.name;
        }
        target
    }

    /// The request for a chained role.
    pub(in crate::app) fn request_for(&self, session: &SsoSession, target: &Target) -> Option<ChainedRole> {
        let listed = Listed {
            catalog: OnceCell::new(),
            load: &|| self.listed_catalog(session).unwrap_or_default(),
            name_of: &|id| match self.cache.open_finished(session) {
                Some(file) => Some(file.account(id)?.account.name),
                None => Some(self.listed_catalog(session)?.entry(id)?.account.name.clone()),
            },
        };
        self.roles.request_for(session, &listed, target)
    }

    /// A target as people read it, with the names of the accounts on the way to it.
    pub(in crate::app) fn named_target(&self, session: &SsoSession, key: &TargetKey) -> Target {
        let name_of = |id: &AccountId| self.account_name(session, id);
        let mut target = key.named(name_of(&key.account_id).as_ref());
        target.permission_set = target.permission_set.with_names(&name_of);
        target
    }

    /// The catalog as it was last known, if the sign-in that is there now has listed it. Another one may be
    /// another user's, who has access to other accounts.
    #[must_use]
    pub fn current_catalog(&self, session: &SsoSession) -> Option<Catalog> {
        self.cached_catalog(session)
            .filter(|catalog| self.is_current(session, catalog))
    }

    /// Whether the sign-in that is there now has listed this catalog.
    #[must_use]
    pub fn is_current(&self, session: &SsoSession, catalog: &Catalog) -> bool {
        // What isn't listed is the same in every sign-in.
        if !session.is_listed() {
            return true;
        }
        self.is_of_now(session, catalog.sign_in.as_ref())
    }

    /// Whether a sign-in is the one that is there now.
    fn is_of_now(&self, session: &SsoSession, sign_in: Option<&SignInId>) -> bool {
        let tokens = self.tokens.known_token(session).ok().flatten();
        let now = tokens.map(|tokens| self.tokens.sign_in_of(session, &tokens));
        sign_in.is_some() && sign_in == now.as_ref()
    }

    /// The targets of the current catalog that are of an account, by its ID or by its name exactly as it is, without chained
    /// roles. Where that takes the whole catalog, more of it may be among them.
    pub(in crate::app) fn targets_of_account(&self, session: &SsoSession, account: &str) -> Vec<Target> {
        self.looked_up(session, account).unwrap_or_else(|| {
            let catalog = self.current_catalog(session);
            catalog.map_or_else(Vec::new, |catalog| catalog.targets(&session.name))
        })
    }

    /// The same from the file of a finished listing, of which only these accounts are read; `None` where it can't tell.
    fn looked_up(&self, session: &SsoSession, account: &str) -> Option<Vec<Target>> {
        if self.cache.is_unfinished(session) {
            return None;
        }
        let file = self.cache.open_finished(session)?;
        if !self.is_of_now(session, file.sign_in.as_ref()) {
            return Some(Vec::new());
        }
        let found = match account.parse() {
            Ok(id) => vec![file.account(&id)?],
            Err(_) => file.accounts_named(account)?,
        };
        let found = found.into_iter().map(Arc::new).collect();
        Some(Catalog::of_saved(found, file.synced_at).targets(&session.name))
    }

    /// Deletes what was listed.
    pub(in crate::app) fn forget_catalog(&self, session: &SsoSession) -> Result<(), StoreError> {
        self.cache.remove(session)
    }

    /// Whether a session's catalog has this permission set anywhere.
    pub(in crate::app) fn has_permission_set(&self, session: &SsoSession, name: &PermissionSetName) -> bool {
        match session.own_target() {
            Some(own) => own.name == *name,
            None => self.cache.has_permission_set(session, name),
        }
    }

    /// An account as it was last known. Of a finished listing only this one is read.
    pub(in crate::app) fn account(&self, session: &SsoSession, id: &AccountId) -> Option<Account> {
        if let Some(own) = session.own_target().filter(|own| own.account.id == *id) {
            return Some(own.account.clone());
        }
        let finished = self.cache.open_finished(session);
        let found = finished.as_ref().and_then(|file| file.account(id));
        found.map(|entry| entry.account).or_else(|| {
            // A listing that did not finish may know it before the file does, and a damaged file is one to be told of.
            let knows_more = finished.is_none() || self.cache.is_unfinished(session);
            let catalog = knows_more.then(|| self.cached_catalog(session)).flatten()?;
            Some(catalog.entry(id)?.account.clone())
        })
    }

    /// The name of an account.
    pub(in crate::app) fn account_name(&self, session: &SsoSession, id: &AccountId) -> Option<CleanText> {
        Some(self.account(session, id)?.name)
    }

    /// What this sign-in has learned before; what another one has left unfinished is dropped.
    pub(in crate::app) fn begin_listing(&self, session: &SsoSession, sign_in: &SignInId) -> BegunListing {
        let mut begun = self.cache.begin_listing(session, sign_in);
        self.context.notices.add(begun.notice.take());
        begun
    }

    /// The catalog that the last complete listing left.
    pub(in crate::app) fn finished_catalog(&self, session: &SsoSession) -> Option<Catalog> {
        self.context.take_value(self.cache.load_finished(session))
    }

    /// Saves what a listing found. A cache that can't be written costs time, not the list.
    pub(in crate::app) fn finish_listing(
        &self,
        session: &SsoSession,
        catalog: &Catalog,
        journal: SyncJournal,
    ) {
        self.context
            .report_unsaved(self.cache.finish(session, catalog, journal));
    }

    /// What changed since the user last looked at the changes, of the sign-in that the catalog is of.
    #[must_use]
    pub fn unseen_changes(&self, session: &SsoSession, catalog: &Catalog) -> Changes {
        self.context
            .take_value(self.cache.load_changes(session))
            .filter(|unseen| unseen.sign_in == catalog.sign_in)
            .unwrap_or_default()
    }

    /// Adds what a listing found different. What was found in another sign-in is deleted.
    pub(in crate::app) fn add_changes(&self, session: &SsoSession, changes: &Changes) -> Changes {
        let before = self
            .context
            .take_value(self.cache.load_changes(session))
            .unwrap_or_default();
        let of_another_sign_in = before.sign_in != changes.sign_in;
        let unseen = before.followed_by(changes.clone());
        if of_another_sign_in || !changes.is_empty() {
            self.context
                .report_unsaved(self.cache.save_changes(session, &unseen));
        }
        unseen
    }

    /// Records that the user has looked at the changes.
    pub fn mark_changes_seen(&self, session: &SsoSession) -> Result<(), StoreError> {
        self.cache.save_changes(session, &Changes::default())
    }
}

#[cfg(test)]
mod listing_pace;
