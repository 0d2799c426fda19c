//! Chained roles: which ones the preferences and profiles give, and what the request for one says.
//!
//! They are found among the targets of a catalog each time that one is read, and never saved with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::app::context::Context;
use crate::domain::chained_roles::entry::{account_of, name_of};
use crate::domain::chained_roles::{FoundRole, RoleArn};
use crate::domain::profile::target_of_command;
use crate::domain::reference::as_target;
use crate::domain::target::{Resolution, resolve};
use crate::domain::{AccountId, Catalog, ChainedRole, PermissionSetName, SsoSession, Target, TargetKey};
use crate::store::{Profile, ProfileGraph, ProfileSource, RoleProfile, RoleVia, SharedFile};

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
    pub(in crate::app) fn add_to(&self, session: &SsoSession, mut catalog: Catalog) -> Catalog {
        let mut names: HashMap<AccountId, (FoundRole, Vec<PermissionSetName>)> = HashMap::new();
        for found in self.found(session, &catalog) {
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
        catalog: &Catalog,
        target: &Target,
    ) -> Option<ChainedRole> {
        let asked = self.asked.lock().ok();
        if let Some(role) = asked.and_then(|asked| asked.get(&TargetKey::from(target)).cloned()) {
            return Some(role);
        }
        let is_it =
            |found: &FoundRole| found.account.id == target.account_id && found.name == target.permission_set;
        let found = self.found(session, catalog).into_iter().rev().find(is_it);
        found.map(|found| found.role).or_else(|| {
            let partition = session.region.partition();
            let arn = RoleArn::new(
                partition,
                target.account_id.clone(),
                target.permission_set.role()?,
            );
            arn.ok().map(ChainedRole::of)
        })
    }

    /// All of a session: those of profiles, then those of the preferences in the order of entries. Of two that give the
    /// same role by the same way the later counts.
    fn found(&self, session: &SsoSession, catalog: &Catalog) -> Vec<FoundRole> {
        let mut all = self.of_profiles(session, catalog);
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
        targets.extend(all.iter().map(target));
        for entry in entries.iter() {
            let roles = entry.roles(&targets, catalog, session.region.partition());
            targets.extend(roles.iter().map(target));
            all.extend(roles);
        }
        all
    }

    /// The roles of profiles whose chains begin in a session.
    fn of_profiles(&self, session: &SsoSession, catalog: &Catalog) -> Vec<FoundRole> {
        let Ok(config) = self.context.aws_files.config() else {
            return Vec::new();
        };
        if !config.profiles().iter().any(|profile| profile.has("role_arn")) {
            return Vec::new();
        }
        let credentials = self.context.aws_files.credentials();
        let credentials = credentials.map_or_else(|_| Vec::new(), |file| file.credentials_profiles());
        let graph = ProfileGraph::new(config.profiles(), &credentials);
        let (roles, _) = graph.roles();
        let chains = Chains {
            config: &config,
            session,
            catalog,
            roles: roles.iter().map(|role| (role.name.as_str(), role)).collect(),
        };
        roles.iter().filter_map(|role| chains.found(role)).collect()
    }
}

/// Profiles that are roles, and where their chains begin.
struct Chains<'a> {
    config: &'a SharedFile,
    session: &'a SsoSession,
    catalog: &'a Catalog,
    roles: HashMap<&'a str, &'a RoleProfile>,
}

impl Chains<'_> {
    /// A role whose chain begins in the session. Chains of profiles have an end.
    fn found(&self, profile: &RoleProfile) -> Option<FoundRole> {
        let via = match &profile.via {
            RoleVia::Role(name) => {
                let before = self.found(self.roles.get(name.as_str())?)?;
                Target {
                    session: self.session.name.clone(),
                    account_id: before.account.id,
                    account_name: before.account.name,
                    permission_set: before.name,
                }
            }
            RoleVia::Profile(name) => {
                self.target_of(self.config.profiles().iter().find(|p| p.name == *name)?)?
            }
            RoleVia::Elsewhere(_) => return None,
        };
        let role = profile.role.clone();
        Some(FoundRole {
            account: account_of(&role.arn.account_id, None, self.catalog),
            name: name_of(role.arn.role(), &via),
            role,
        })
    }

    /// The target of a profile with SSO settings, or of one that runs genkan, where it is of the session.
    fn target_of(&self, profile: &Profile) -> Option<Target> {
        match profile.source() {
            ProfileSource::Sso(keys) => {
                let session = self.config.session_of(profile)?;
                let key = TargetKey {
                    session: session.name,
                    account_id: keys.account_id?.parse().ok()?,
                    permission_set: PermissionSetName::new(keys.permission_set?),
                };
                (key.session == self.session.name).then(|| self.catalog.target(&key))
            }
            ProfileSource::Process(command) => {
                let text = target_of_command(command)?;
                if let Ok(key) = text.parse::<TargetKey>() {
                    return (key.session == self.session.name).then(|| self.catalog.target(&key));
                }
                match resolve(&as_target(&text), &self.catalog.targets(&self.session.name)) {
                    Resolution::One(target) => Some(target),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
