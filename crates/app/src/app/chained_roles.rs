//! Chained roles: which ones the preferences and profiles give, and what the request for one says.
//!
//! They are found among the targets of a catalog each time that one is read, and never saved with it.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::app::context::Context;
use crate::domain::targets::chained_roles::entry::{account_of, name_of};
use crate::domain::targets::chained_roles::{FoundRole, RoleArn};
use crate::domain::targets::profile::{OwnCommand, own_command};
use crate::domain::targets::reference::as_target;
use crate::domain::targets::target::{Resolution, resolve_target};
use crate::domain::text::CleanText;
use crate::domain::{
    Account, AccountId, Catalog, ChainedRole, PermissionSetName, SsoSession, Target, TargetKey,
};
use crate::store::{Profile, ProfileGraph, ProfileSource, RoleProfile, RoleVia, SharedFile};

/// What a session gives, read where it is needed: what a request for one role says rarely needs all of it, and that takes
/// longer the more there is.
pub(in crate::app) struct Listed<'a> {
    pub(in crate::app) catalog: OnceCell<Catalog>,
    pub(in crate::app) load: &'a dyn Fn() -> Catalog,
    /// The name of one account.
    pub(in crate::app) name_of: &'a dyn Fn(&AccountId) -> Option<CleanText>,
}

impl Listed<'_> {
    fn catalog(&self) -> &Catalog {
        self.catalog.get_or_init(self.load)
    }
}

/// An account as another source knows it.
pub(in crate::app) type KnownElsewhere<'a> = &'a dyn Fn(&AccountId) -> Option<Account>;

/// Finds chained roles.
pub(in crate::app) struct ChainedRoles {
    context: Arc<Context>,
    /// What was asked for by its ARN or by its profile in this process. It counts before what entries say.
    asked: Mutex<HashMap<TargetKey, ChainedRole>>,
}

impl ChainedRoles {
    pub(in crate::app) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            asked: Mutex::default(),
        }
    }

    /// A catalog with the chained roles that are reached from what is in it.
    pub(in crate::app) fn add_to(
        &self,
        session: &SsoSession,
        mut catalog: Catalog,
        elsewhere: KnownElsewhere<'_>,
    ) -> Catalog {
        let mut names: HashMap<AccountId, (FoundRole, Vec<PermissionSetName>)> = HashMap::new();
        for found in self.found(session, &catalog, elsewhere) {
            let (_, of_account) = names
                .entry(found.account.id.clone())
                .or_insert_with(|| (found.clone(), Vec::new()));
            of_account.push(found.name);
        }
        catalog.add_chained_roles(names.into_values().map(|(found, names)| (found.account, names)));
        catalog
    }

    /// The target of a role that is reached from another target, and what its request says from now on.
    pub(in crate::app) fn ask_for(&self, role: ChainedRole, via: &Target, catalog: &Catalog) -> Target {
        let account = account_of(&role.arn.account_id, None, catalog);
        let target = Target {
            session: via.session.clone(),
            account_id: account.id,
            account_name: account.name,
            permission_set: name_of(role.arn.role(), via),
        };
        if let Ok(mut asked) = self.asked.lock() {
            asked.insert(TargetKey::from(&target), role);
        }
        target
    }

    /// The request for a chained role: as it was asked for, as an entry or a profile says it, else by its ARN alone.
    pub(in crate::app) fn request_for(
        &self,
        session: &SsoSession,
        listed: &Listed<'_>,
        target: &Target,
    ) -> Option<ChainedRole> {
        let asked = self.asked.lock().ok();
        if let Some(role) = asked.and_then(|asked| asked.get(&TargetKey::from(target)).cloned()) {
            return Some(role);
        }
        let role = target.permission_set.role()?;
        let arn = RoleArn::new(session.region.partition(), target.account_id.clone(), role).ok()?;
        let said = self.said_by_an_entry(session, listed, (role, target));
        said.or_else(|| self.said_by_a_profile(session, listed, target))
            .or_else(|| Some(ChainedRole::of(arn)))
    }

    /// What the last entry says that gives a role, whatever else the entries give.
    fn said_by_an_entry(
        &self,
        session: &SsoSession,
        listed: &Listed<'_>,
        (role, target): (&str, &Target),
    ) -> Option<ChainedRole> {
        let entries = &self.context.settings.roles;
        if entries.is_empty() {
            return None;
        }
        let named = |mut target: Target| {
            let name = (listed.name_of)(&target.account_id);
            let is_listed = name.is_some();
            let of_an_entry = || entries.iter().find_map(|entry| entry.name_of(&target.account_id));
            if let Some(name) = name.or_else(|| of_an_entry().map(Into::into)) {
                target.account_name = name;
            }
            (target, is_listed)
        };
        let ((via, _), (target, is_listed)) = (named(target.via()?), named(target.clone()));
        let partition = session.region.partition();
        entries
            .iter()
            .rev()
            .find_map(|entry| entry.request_for((role, &target), &via, partition, is_listed))
    }

    /// What the last profile says whose role a target is.
    fn said_by_a_profile(
        &self,
        session: &SsoSession,
        listed: &Listed<'_>,
        target: &Target,
    ) -> Option<ChainedRole> {
        let key = TargetKey::from(target);
        let is_it = |role: &RoleProfile| {
            role.role.arn.account_id == key.account_id
                && Some(role.role.arn.role()) == key.permission_set.role()
        };
        self.with_profiles(|config, graph| {
            let chains = ProfileChains {
                config,
                graph,
                session,
                listed,
            };
            let (roles, _) = graph.roles();
            let found = roles
                .into_iter()
                .rev()
                .find(|role| is_it(role) && chains.key(role).as_ref() == Some(&key));
            found.map(|found| found.role)
        })
        .flatten()
    }

    /// Looks at the profiles of both files, where one of them is a role.
    fn with_profiles<T>(&self, look: impl FnOnce(&SharedFile, &ProfileGraph<'_>) -> T) -> Option<T> {
        let config = self.context.aws_files.config().ok()?;
        let has_role = |profile: &Profile| profile.has("role_arn");
        config.profiles().iter().any(has_role).then_some(())?;
        let credentials = self.context.aws_files.credentials();
        let credentials = credentials.map_or_else(|_| Vec::new(), |file| file.credentials_profiles());
        Some(look(&config, &ProfileGraph::new(config.profiles(), &credentials)))
    }

    /// All of a session: those of profiles, then those of the preferences in the order of entries. Of two that give the
    /// same role by the same way the later counts.
    fn found(
        &self,
        session: &SsoSession,
        catalog: &Catalog,
        elsewhere: KnownElsewhere<'_>,
    ) -> Vec<FoundRole> {
        let profiles = self.of_profiles(session, catalog, elsewhere).into_iter();
        let mut all: Vec<FoundRole> = profiles.map(|(_, found)| found).collect();
        let entries = &self.context.settings.roles;
        if entries.is_empty() {
            return all;
        }
        let target = |found: &FoundRole| Target {
            session: session.name.clone(),
            account_id: found.account.id.clone(),
            account_name: found.account.name.clone(),
            permission_set: found.name.clone(),
        };
        let mut targets = catalog.targets(&session.name);
        if session.source_credentials().is_some() {
            targets.extend(session.own_as_target());
        }
        targets.extend(all.iter().map(target));
        for entry in entries.iter() {
            let mut roles = entry.roles(&targets, catalog, session.region.partition());
            for found in &mut roles {
                name_account(&mut found.account, elsewhere);
            }
            targets.extend(roles.iter().map(target));
            all.extend(roles);
        }
        all
    }

    /// The profiles whose roles are targets of a session, and which targets these are.
    pub(in crate::app) fn profiles_of(
        &self,
        session: &SsoSession,
        catalog: &Catalog,
    ) -> Vec<(String, TargetKey)> {
        let profiles = self.of_profiles(session, catalog, &|_| None).into_iter();
        let key = |found: FoundRole| TargetKey {
            session: session.name.clone(),
            account_id: found.account.id,
            permission_set: found.name,
        };
        profiles.map(|(name, found)| (name, key(found))).collect()
    }

    /// The roles of profiles whose chains begin in a session, with the names of the profiles.
    fn of_profiles(
        &self,
        session: &SsoSession,
        catalog: &Catalog,
        elsewhere: KnownElsewhere<'_>,
    ) -> Vec<(String, FoundRole)> {
        let own = session.own_target();
        let name_of = |id: &AccountId| match (own, catalog.entry(id)) {
            (Some(own), _) if own.account.id == *id => Some(own.account.name.clone()),
            (_, Some(entry)) => Some(entry.account.name.clone()),
            _ => Some(elsewhere(id)?.name),
        };
        let listed = Listed {
            catalog: OnceCell::new(),
            load: &|| catalog.clone(),
            name_of: &name_of,
        };
        let found = self.with_profiles(|config, graph| {
            let chains = ProfileChains {
                config,
                graph,
                session,
                listed: &listed,
            };
            let (roles, _) = graph.roles();
            let found = roles.into_iter().filter_map(|role| {
                let key = chains.key(&role)?;
                let mut account = account_of(&key.account_id, None, catalog);
                name_account(&mut account, elsewhere);
                let found = FoundRole {
                    account,
                    name: key.permission_set.with_names(&name_of),
                    role: role.role,
                };
                Some((role.name, found))
            });
            found.collect()
        });
        found.unwrap_or_default()
    }
}

/// Gives an account that has only its ID the name that it has elsewhere.
fn name_account(account: &mut Account, elsewhere: KnownElsewhere<'_>) {
    if account.name == account.id.as_str()
        && let Some(known) = elsewhere(&account.id)
    {
        *account = known;
    }
}

/// Profiles that are roles, and where their chains begin.
struct ProfileChains<'a> {
    config: &'a SharedFile,
    graph: &'a ProfileGraph<'a>,
    session: &'a SsoSession,
    listed: &'a Listed<'a>,
}

impl ProfileChains<'_> {
    /// The target of a role whose chain begins in the session. ProfileChains of profiles have an end.
    fn key(&self, profile: &RoleProfile) -> Option<TargetKey> {
        let via = match &profile.via {
            RoleVia::Role(name) => self.key(&self.graph.role(name).ok()?)?,
            RoleVia::Profile(name) => {
                self.key_of(self.config.profiles().iter().find(|p| p.name == *name)?)?
            }
            RoleVia::SourceCredentials(source_credentials) => {
                let is_its = self.session.source_credentials() == Some(source_credentials);
                TargetKey::from(&self.session.own_as_target().filter(|_| is_its)?)
            }
            RoleVia::Unusable(_) => return None,
        };
        let arn = &profile.role.arn;
        let way = (&via.account_id, via.account_id.as_str());
        Some(TargetKey {
            session: via.session,
            account_id: arn.account_id.clone(),
            permission_set: PermissionSetName::chained(arn.role(), way, &via.permission_set),
        })
    }

    /// The target of a profile with SSO settings, or of one that runs genkan, where it is of the session.
    fn key_of(&self, profile: &Profile) -> Option<TargetKey> {
        let is_ours = |key: &TargetKey| key.session == self.session.name;
        match profile.source() {
            ProfileSource::Sso(keys) => {
                let session = self.config.session_of(profile)?;
                let key = TargetKey {
                    session: session.name,
                    account_id: keys.account_id?.parse().ok()?,
                    permission_set: PermissionSetName::new(keys.permission_set?),
                };
                Some(key).filter(is_ours)
            }
            ProfileSource::Process(command) => {
                let text = match own_command(command)? {
                    OwnCommand::Target(text) => text,
                    OwnCommand::IamUser(name) => {
                        let is_its = self.session.is_iam_user() && self.session.name == name;
                        return self
                            .session
                            .own_as_target()
                            .filter(|_| is_its)
                            .map(|own| (&own).into());
                    }
                };
                if let Ok(key) = text.parse::<TargetKey>() {
                    return Some(key).filter(is_ours);
                }
                let known = self.listed.catalog().targets(&self.session.name);
                match resolve_target(&as_target(&text), &known) {
                    Resolution::One(target) => Some(TargetKey::from(&target)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
