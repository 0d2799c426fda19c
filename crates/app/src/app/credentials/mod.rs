//! Role credentials of a target: from the cache while they live long enough, else from AWS.
//!
//! One process asks AWS, all others of the same target read what it saved. Credentials belong to the sign-in
//! that they came from: with any other they are neither given out nor kept. Those of a chained role are of the sign-in
//! of the target that it is reached from.

pub(super) mod assumed_roles;
pub(super) mod credential_server;
mod known;
pub(super) mod refresher;
pub(super) mod role_error;
mod shared_look;

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::agents::Agents;
use crate::app::agents::error::NotAllowed;
use crate::app::context::Context;
use crate::app::credentials::assumed_roles::{AssumedRoles, Refused, Step};
use crate::app::credentials::known::KnownCredentials;
use crate::app::error::AppError;
use crate::app::locks::scope::Busy;
use crate::app::locks::scope::LockScope;
use crate::app::locks::single_flight::WaitOutcome;
use crate::app::sources::Sources;
use crate::app::sources::source::{Haste, Issued, WillDo};
use crate::app::tokens::{Tokens, not_signed_in};
use crate::domain::records::history::TargetKey;
use crate::domain::targets::credentials::Validity;
use crate::domain::{RoleCredentials, SignInId, SsoSession, Target};
use crate::platform::log;
use crate::store::{FileLock, StoreError};

/// Role credentials of targets.
pub struct Credentials {
    context: Arc<Context>,
    agents: Arc<Agents>,
    tokens: Arc<Tokens>,
    sources: Arc<Sources>,
    roles: AssumedRoles,
    known: KnownCredentials,
}

impl Credentials {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        agents: &Arc<Agents>,
        tokens: &Arc<Tokens>,
        sources: &Arc<Sources>,
        roles: AssumedRoles,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            agents: Arc::clone(agents),
            tokens: Arc::clone(tokens),
            sources: Arc::clone(sources),
            roles,
            known: KnownCredentials::new(&context.settings.paths),
        }
    }

    /// Credentials for a target, with at least 15 minutes left where the permission set allows. Their
    /// expiration is what programs on this machine are to be given: see [`crate::domain::values::time`].
    pub fn role_credentials<'a>(
        &'a self,
        target: &'a Target,
    ) -> BoxFuture<'a, Result<RoleCredentials, AppError>> {
        Box::pin(async move {
            self.credentials_where(target, Haste::SomeoneWaits, |_| true)
                .await
        })
    }

    /// The same for one of many targets: requests wait for their turn within the portal's limit.
    pub fn role_credentials_in_turn<'a>(
        &'a self,
        target: &'a Target,
    ) -> BoxFuture<'a, Result<RoleCredentials, AppError>> {
        Box::pin(async move { self.credentials_where(target, Haste::InTurn, |_| true).await })
    }

    /// Other credentials than those with this access key: another process's, or new ones.
    pub(in crate::app) async fn role_credentials_besides(
        &self,
        target: &Target,
        access_key_id: Option<&str>,
    ) -> Result<RoleCredentials, AppError> {
        self.credentials_where(target, Haste::SomeoneWaits, |known| {
            Some(known.access_key_id.as_str()) != access_key_id
        })
        .await
    }

    /// Whether credentials of a target may be handed out here.
    pub fn check_allowed(&self, target: &Target) -> Result<(), NotAllowed> {
        self.agents.check(target)
    }

    /// New credentials, in place of those that are cached.
    pub fn renewed_credentials<'a>(
        &'a self,
        target: &'a Target,
    ) -> BoxFuture<'a, Result<RoleCredentials, AppError>> {
        Box::pin(async move {
            let session = self.agents.session_of(target)?;
            let known = self.cached_credentials(&session, target);
            let key = known.as_ref().map(|known| known.access_key_id.as_str());
            self.role_credentials_besides(target, key).await
        })
    }

    /// Removes the cached credentials of a target. AWS keeps them valid until they expire.
    pub fn forget_target<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<(), AppError>> {
        Box::pin(async move {
            let session = self.agents.any_session_of(target)?;
            let _locked = self.tokens.lock_tokens(&session).await;
            Ok(self.known.remove(&session, target)?)
        })
    }

    /// Cached credentials of a target that may be handed out and will do, else new ones.
    async fn credentials_where(
        &self,
        target: &Target,
        haste: Haste,
        will_do: impl Fn(&RoleCredentials) -> bool + Sync,
    ) -> Result<RoleCredentials, AppError> {
        let session = self.agents.session_of(target)?;
        // Who isn't signed in need not queue up, nor start TLS, to hear of it.
        if self.sign_in_of(&session)?.is_none() {
            return Err(not_signed_in(&session));
        }
        self.usable(&session, target, haste, &will_do).await
    }

    /// The same, no matter who asks: a chained role needs those of the target that it is reached from.
    async fn usable(
        &self,
        session: &SsoSession,
        target: &Target,
        haste: Haste,
        will_do: WillDo<'_>,
    ) -> Result<RoleCredentials, AppError> {
        let key = format!(
            "{}\n{}\n{}",
            session.token_key(),
            target.account_id,
            target.permission_set
        );
        let find_result = || self.cached(session, target).filter(will_do);
        let _lock = match self
            .context
            .lock_or_find(LockScope::Credentials, &key, find_result)
            .await
        {
            WaitOutcome::Found(known) => {
                log::debug!(
                    "credentials from the cache target={target} until={}",
                    known.expires_at
                );
                let what = format!("role credentials for {target}");
                self.context.activity.cached(what, self.context.now());
                return Ok(known);
            }
            WaitOutcome::Acquired(lock) => lock,
            WaitOutcome::TimedOut => return Err(Busy(LockScope::Credentials).into()),
        };
        let Issued { credentials, sign_in } = if let Some(via) = target.via() {
            Box::pin(self.assume(session, target, &via, haste)).await?
        } else {
            let source = self.sources.of(session);
            source.issue(session, target, haste, will_do).await?
        };
        log::info!(
            "credentials issued target={target} until={}",
            credentials.expires_at
        );
        self.cache_credentials(session, target, &credentials, &sign_in)
            .await;
        self.known.note_origin(&credentials, sign_in);
        self.for_local_clock(session, credentials).await
    }

    /// Assumes a chained role with the credentials of the target before it, which are got as any others are: a chain
    /// costs one request for each hop that is due. Cached ones may have been revoked: new ones are tried once.
    async fn assume(
        &self,
        session: &SsoSession,
        target: &Target,
        via: &Target,
        haste: Haste,
    ) -> Result<Issued, AppError> {
        let step = self.roles.step(session, target, via)?;
        if session.source_credentials().is_some() && !step.via.permission_set.is_chained() {
            return self.assume_first(session, &step).await;
        }
        let mut with = self.usable(session, &step.via, haste, &|_| true).await?;
        let mut answer = self.roles.assume(session, &step, &(&with).into()).await;
        if let Err(Refused::HopRejected(_)) = answer {
            let rejected = with.access_key_id.clone();
            let other = |known: &RoleCredentials| known.access_key_id != rejected;
            with = self.usable(session, &step.via, haste, &other).await?;
            answer = self.roles.assume(session, &step, &(&with).into()).await;
        }
        let credentials = answer.map_err(|(Refused::HopRejected(error) | Refused::Finally(error))| error)?;
        let sign_in = self.origin_of(&with).ok_or_else(|| not_signed_in(session))?;
        Ok(Issued { credentials, sign_in })
    }

    /// Assumes the first role of a chain that begins elsewhere.
    async fn assume_first(&self, session: &SsoSession, step: &Step) -> Result<Issued, AppError> {
        let base = self.sources.chains().base(session, step.mfa_serial()).await?;
        let answer = self.roles.assume(session, step, &base.credentials).await;
        let credentials = answer.map_err(|(Refused::HopRejected(error) | Refused::Finally(error))| error)?;
        Ok(Issued {
            credentials,
            sign_in: base.sign_in,
        })
    }

    /// New credentials for programs on this machine. Where its clock calls them expired, it is ahead of
    /// AWS's: how far, a second answer must confirm.
    async fn for_local_clock(
        &self,
        session: &SsoSession,
        credentials: RoleCredentials,
    ) -> Result<RoleCredentials, AppError> {
        if let Ok(given) = credentials.clone().for_local_clock(self.context.clocks()) {
            return Ok(given);
        }
        self.sources.of(session).confirm_clock(session).await;
        let clocks = self.context.clocks();
        Ok(credentials.for_local_clock(clocks)?)
    }

    /// Cached credentials that may be given out without asking AWS: they live long enough by both clocks, and
    /// came from the sign-in that is there now.
    #[must_use]
    pub fn cached_credentials(&self, session: &SsoSession, target: &Target) -> Option<RoleCredentials> {
        self.agents.check(target).ok()?;
        self.cached(session, target)
    }

    /// The same, no matter who asks.
    fn cached(&self, session: &SsoSession, target: &Target) -> Option<RoleCredentials> {
        let sign_in = self.sign_in_now(session)?;
        let clocks = self.context.clocks();
        let request = self.roles.distinction(session, target);
        let loaded = self.known.load((session, target), &request, &sign_in, clocks);
        let known = self.context.take_value(loaded)?;
        let given = known.usable_by(clocks)?;
        self.known.note_origin(&given, sign_in);
        Some(given)
    }

    /// The sign-in that is there now. Where someone has signed out, with whatever tool, what its sign-in
    /// brought is removed.
    pub(in crate::app) fn sign_in_now(&self, session: &SsoSession) -> Option<SignInId> {
        let Some(sign_in) = self.sign_in_of(session).ok()? else {
            // The holder of the lock is changing the sign-in: the next look removes what is left then.
            if self.known.has_any(session)
                && let Some(lock) = self.tokens.try_lock_tokens(session)
            {
                let _ = self.forget_credentials(session, &lock);
            }
            return None;
        };
        Some(sign_in)
    }

    /// The sign-in that is there now, by its source.
    pub(in crate::app) fn sign_in_of(&self, session: &SsoSession) -> Result<Option<SignInId>, StoreError> {
        self.sources.of(session).sign_in(session)
    }

    /// Which sign-in credentials came from that this process has given out.
    pub(in crate::app) fn origin_of(&self, credentials: &RoleCredentials) -> Option<SignInId> {
        self.known.origin_of(credentials)
    }

    /// A cache that can't be written costs a request, not the credentials.
    async fn cache_credentials(
        &self,
        session: &SsoSession,
        target: &Target,
        credentials: &RoleCredentials,
        sign_in: &SignInId,
    ) {
        let _shared = self.tokens.share_lock_on_tokens(session).await;
        // Someone may have signed out since these were asked for, or signed in. What a sign-out of another
        // tool left is for the next look: removing it takes this lock alone.
        if self.sign_in_of(session).ok().flatten().as_ref() == Some(sign_in) {
            let request = self.roles.distinction(session, target);
            self.context.report_unsaved(self.known.save(
                (session, target),
                &request,
                credentials,
                sign_in,
                self.context.clocks().aws(),
            ));
        }
    }

    /// Forgets what a session's sign-in has brought, under the lock on its tokens: they are changed in the same
    /// breath, so that no one keeps credentials of a sign-in that is gone.
    pub(in crate::app) fn forget_credentials(
        &self,
        session: &SsoSession,
        _locked: &FileLock,
    ) -> Result<(), StoreError> {
        self.known.remove_session(session)
    }

    /// How long credentials that this process has been given are good.
    #[must_use]
    pub fn validity(&self, target: &Target, credentials: &RoleCredentials) -> Validity {
        let life_seconds = || {
            let session = self.agents.any_session_of(target).ok()?;
            let sign_in = self.sign_in_now(&session)?;
            let clocks = self.context.clocks();
            let request = self.roles.distinction(&session, target);
            let kept = self
                .known
                .load((&session, target), &request, &sign_in, clocks)
                .value?;
            (kept.credentials.access_key_id == credentials.access_key_id).then(|| kept.life_seconds())?
        };
        Validity {
            until: credentials.expires_at,
            life_seconds: life_seconds(),
        }
    }

    /// When the cached credentials of a session's targets expire, by this machine's clock.
    #[must_use]
    pub fn credential_expiries(&self, session: &SsoSession) -> Vec<(TargetKey, Validity)> {
        let sign_in = self.sign_in_now(session);
        sign_in.map_or_else(Vec::new, |sign_in| {
            self.known.expiries(session, &sign_in, self.context.clocks())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::app::catalogs::Catalogs;
    use crate::app::chained_roles::ChainedRoles;
    use crate::app::connection::Connection;
    use crate::app::iam_users::IamUsers;
    use crate::app::iam_users::user_sessions::UserSessions;
    use crate::app::pacer::Pacers;
    use crate::app::rules::Rules;
    use crate::app::sessions::Sessions;
    use crate::app::sources::chain::Chains;
    use crate::app::tokens::access_tokens::AccessTokens;
    use crate::app::tokens::sign_in_records::SignInRecords;
    use crate::domain::fixtures;
    use crate::domain::{AccountId, PermissionSetName, Secret};
    use crate::settings::{Environment, Settings};

    fn credentials(home: &str) -> Credentials {
        let settings = Settings::resolve(Environment::from_pairs([("HOME", home)]));
        let context = &Arc::new(Context::new(settings.expect("settings")));
        let connection = &Arc::new(Connection::new(context));
        let records = Arc::new(SignInRecords::new(context));
        let tokens = Arc::new(Tokens::new(context, &records));
        let access = Arc::new(AccessTokens::new(context, connection, &records, &tokens));
        let sessions = Arc::new(Sessions::new(context));
        let chained = Arc::new(ChainedRoles::new(context));
        let catalogs = Arc::new(Catalogs::new(context, &tokens, &chained));
        let rules = Arc::new(Rules::new(context, &sessions, &catalogs));
        let pacers = Arc::new(Pacers::new(context));
        let users = Arc::new(IamUsers::new(context, connection, &sessions));
        let user_sessions = Arc::new(UserSessions::new(context, connection, &users));
        let chains = Arc::new(Chains::new(context, connection));
        Credentials::new(
            context,
            &Arc::new(Agents::new(context, &sessions, &rules)),
            &tokens,
            &Arc::new(Sources::new(
                connection,
                &records,
                &tokens,
                &access,
                &pacers,
                &user_sessions,
                &chains,
            )),
            AssumedRoles::new(context, connection, &catalogs),
        )
    }

    /// Credentials that arrive after a sign-out of another tool, which leaves the cached ones.
    #[tokio::test(start_paused = true)]
    async fn credentials_of_a_sign_in_that_is_gone_are_dropped_without_a_wait() {
        let home = tempfile::tempdir().expect("a folder");
        let home = home.path().to_str().expect("UTF-8");
        let service = credentials(home);
        let session = fixtures::sample_session("demo");
        let account: AccountId = "000000000001".parse().expect("an id");
        let target = Target {
            session: "demo".into(),
            account_id: account,
            account_name: "demo".into(),
            permission_set: PermissionSetName::new("Admin"),
        };
        let credentials = RoleCredentials {
            access_key_id: "AKID".into(),
            secret_access_key: Secret::new("secret"),
            session_token: Secret::new("token"),
            expires_at: jiff::Timestamp::MAX,
        };
        let tokens = fixtures::sample_tokens("access");
        let sign_in = service.tokens.sign_in_of(&session, &tokens);
        service.tokens.save_tokens(&session, &tokens).expect("saves");
        service
            .cache_credentials(&session, &target, &credentials, &sign_in)
            .await;
        assert!(service.cached_credentials(&session, &target).is_some());
        service
            .tokens
            .forget_tokens(&session)
            .expect("another tool signs out");
        let begun = tokio::time::Instant::now();
        service
            .cache_credentials(&session, &target, &credentials, &sign_in)
            .await;
        assert_eq!(begun.elapsed(), Duration::ZERO, "it waited for its own lock");
        service
            .tokens
            .save_tokens(&session, &fixtures::sample_tokens("another"))
            .expect("saves");
        assert_eq!(service.cached_credentials(&session, &target), None);
    }
}
