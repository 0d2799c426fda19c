//! Profiles for every SDK, made of what a user may enter and kept in a block of `~/.aws/config`.
//!
//! Owns which profiles there are to be, what they are called, and which have had their time; how the
//! file is changed is `store`'s knowledge. A profile that the user wrote is never touched, and what
//! couldn't be listed is never taken away.

pub(super) mod error;
mod owner;
mod profile_names;
pub(super) mod profile_plan;
pub(super) mod profile_regions;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::catalogs::Catalogs;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::profiles::error::ProfilesError;
use crate::app::profiles::owner::find_owner;
use crate::app::profiles::profile_plan::{
    HeldBack, Listed, PlannedProfile, ProfilePlan, ProfileState, ProfilesRequest,
};
use crate::app::profiles::profile_regions::ProfileRegions;
use crate::app::sessions::Sessions;
use crate::domain::records::history::TargetKey;
use crate::domain::rules::{RuleSet, Subject};
use crate::domain::targets::account::is_allowed_in_role_names;
use crate::domain::targets::profile;
use crate::domain::targets::profile::{DEFAULT_TEMPLATE, ProfileKind, ProfileName, Template};
use crate::domain::text::clean_text;
use crate::domain::values::count::format_count;
use crate::domain::{Assignment, PermissionSetName, Region, RegionSetting, SsoSession, Target};
use crate::platform::processes::program;
use crate::settings::env;
use crate::store::{AwsConfig, ConfigFile, Damage, ManagedProfile, Profile, StoreError};

/// How many notes of one kind are told.
const MOST_NOTES: usize = 5;

/// Writes profiles into `~/.aws/config`.
pub struct Profiles {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    catalogs: Arc<Catalogs>,
}

impl Profiles {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        sessions: &Arc<Sessions>,
        catalogs: &Arc<Catalogs>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            catalogs: Arc::clone(catalogs),
        }
    }

    /// The profiles, and the file as it would be with them.
    pub fn plan_profiles(
        &self,
        listed: &[Listed],
        request: &ProfilesRequest,
    ) -> Result<ProfilePlan, AppError> {
        let planner = self.planner(listed, request)?;
        let mut config = (**self.context.aws_files.config()?).clone();
        Ok(planner
            .change(&mut config)
            .map_err(|damage| StoreError::Damaged {
                path: self.context.settings.paths.aws_config.clone(),
                damage,
            })?)
    }

    /// The profile of each target of a session: the user's own, the one in the block, or the name that one would get.
    pub fn profile_names(&self, listed: Listed) -> Result<HashMap<TargetKey, ProfileName>, AppError> {
        let session = listed.session.name.clone();
        let request = ProfilesRequest {
            some_sessions: true,
            ..ProfilesRequest::default()
        };
        let roles = self.catalogs.role_profiles(&listed.session, &listed.catalog);
        let plan = self.plan_profiles(&[listed], &request)?;
        let config = self.context.aws_files.config()?;
        let sessions = [config.sso_sessions(), &self.users()?].concat();
        let mut names = profile_names::name_profiles(&plan, &config, &sessions, &session);
        profile_names::add_roles(&mut names, roles);
        Ok(names)
    }

    /// Writes the profiles into the file as it is now.
    pub fn write_profiles<'a>(
        &'a self,
        listed: &'a [Listed],
        request: &'a ProfilesRequest,
    ) -> BoxFuture<'a, Result<ProfilePlan, AppError>> {
        Box::pin(async move {
            let planner = self.planner(listed, request)?;
            let (mut plan, backup) =
                AwsConfig::change(&self.context.settings.paths, |config| planner.change(config)).await?;
            plan.backup = backup;
            Ok(plan)
        })
    }

    fn planner<'a>(
        &'a self,
        listed: &'a [Listed],
        request: &'a ProfilesRequest,
    ) -> Result<Planner<'a>, AppError> {
        let regions = ProfileRegions {
            asked: request.region.as_ref(),
            preferred: self.context.settings.preferred_region(),
        };
        for Listed { session, .. } in listed {
            regions.check(session)?;
        }
        let template = request
            .template
            .clone()
            .or_else(|| self.context.settings.preferences.profile_name.clone());
        let template = match template {
            Some(template) => template,
            None => DEFAULT_TEMPLATE
                .parse::<Template>()
                .map_err(ProfilesError::from)?,
        };
        // Names depend on all that is known, not on what this request asks for.
        let others = self
            .sessions
            .profile_sessions(None)?
            .into_iter()
            .filter(|s| !listed.iter().any(|l| l.session.name == s.name))
            .filter_map(|session| {
                let catalog = self.catalogs.cached_catalog(&session)?;
                Some(Listed { session, catalog })
            })
            .collect();
        let program = match request.kind {
            ProfileKind::Native => String::new(),
            ProfileKind::Process => self.program()?,
        };
        let credentials = self.context.aws_files.credentials()?;
        Ok(Planner {
            path: self.context.settings.paths.aws_config.clone(),
            listed,
            others,
            request,
            template,
            program,
            regions,
            rules: &self.context.settings.rules,
            users: self.users()?,
            with_keys: credentials
                .credentials_profiles()
                .into_iter()
                .map(|p| p.name)
                .collect(),
        })
    }

    fn users(&self) -> Result<Vec<SsoSession>, AppError> {
        let config = self.context.aws_files.config()?;
        Ok(self.sessions.users_beside(config.sso_sessions()).0)
    }

    fn program(&self) -> Result<String, AppError> {
        let unknown = AppError::system("can't determine the path of this program");
        let path =
            program::lasting_path(self.context.settings.environment.get(env::PATH)).map_err(unknown)?;
        let path = path.to_str().ok_or(std::io::ErrorKind::InvalidData.into());
        let text = path.map_err(AppError::system("the path of this program is not valid UTF-8"))?;
        // A path that no file can carry is told before the file is opened.
        profile::command_word(text).map_err(ProfilesError::from)?;
        Ok(text.to_owned())
    }
}

/// All that the profiles depend on beside the file itself.
struct Planner<'a> {
    path: PathBuf,
    listed: &'a [Listed],
    /// Sessions that were not asked for, as far as they are known.
    others: Vec<Listed>,
    request: &'a ProfilesRequest,
    template: Template,
    program: String,
    regions: ProfileRegions<'a>,
    rules: &'a RuleSet,
    /// IAM users, which are sources beside the file's sessions.
    users: Vec<SsoSession>,
    /// Profiles of the credentials file.
    with_keys: HashSet<String>,
}

impl Planner<'_> {
    fn change(&self, config: &mut ConfigFile) -> Result<ProfilePlan, Damage> {
        let before = config.to_bytes();
        let managed: HashMap<String, Profile> = by_name(config.managed_profiles()?);
        let own: HashMap<String, Profile> = by_name(config.own_profiles()?);
        let mut plan = ProfilePlan {
            path: self.path.clone(),
            profiles: Vec::new(),
            removed: 0,
            held_back: Vec::new(),
            notes: Vec::new(),
            before,
            after: Vec::new(),
            backup: None,
        };
        let sessions = [config.sso_sessions(), self.users.clone()].concat();
        let region = config.default_region();
        let wanted = self.wanted(&sessions, region.as_ref(), &managed, &own, &mut plan);
        let written: HashSet<&str> = plan.profiles.iter().map(|p| p.name.as_str()).collect();
        let stale: Vec<PlannedProfile> = managed
            .values()
            .filter(|p| !written.contains(p.name.as_str()) && !own.contains_key(&p.name))
            .filter_map(|profile| {
                Some(PlannedProfile {
                    name: profile.name.clone(),
                    region: profile.get("region").and_then(|r| r.parse().ok()),
                    target: self.stale(&sessions, profile)?,
                    state: ProfileState::Stale,
                })
            })
            .collect();
        if self.request.prune && !self.request.may_empty {
            plan.held_back = find_emptied_sessions(&plan.profiles, &stale, managed.values(), &sessions);
        }
        let (remove, kept): (Vec<_>, Vec<_>) = stale.into_iter().partition(|profile| {
            let held = plan.held_back.iter().any(|h| h.session == profile.target.session);
            self.request.prune && !held
        });
        let mut remove: BTreeSet<String> = remove.into_iter().map(|profile| profile.name).collect();
        // One that a user has written as well stands there twice, which no SDK likes.
        remove.extend(managed.keys().filter(|name| own.contains_key(*name)).cloned());
        plan.removed = remove.len();
        plan.profiles
            .extend(kept.into_iter().map(|profile| PlannedProfile {
                name: clean_text(&profile.name),
                ..profile
            }));
        plan.profiles.sort_by(|a, b| a.name.cmp(&b.name));
        config.set_managed_profiles(&wanted, &remove, &profile::KEYS)?;
        plan.after = config.to_bytes();
        Ok(plan)
    }

    /// The Region that a rule gives a target, unless one was asked for.
    fn region_of_rule(&self, session: &SsoSession, assignment: Assignment<'_>) -> Option<Region> {
        let Assignment {
            account,
            permission_set,
        } = assignment;
        let subject = Subject::new(&session.name, account, Some(permission_set));
        let given = self
            .rules
            .region(subject)
            .filter(|_| self.regions.asked.is_none());
        given.filter(|region| region.partition() == session.region.partition())
    }

    /// The profiles as they are to stand in the block; those that the user has are named only.
    fn wanted(
        &self,
        sessions: &[SsoSession],
        default_region: Option<&RegionSetting>,
        managed: &HashMap<String, Profile>,
        own: &HashMap<String, Profile>,
        plan: &mut ProfilePlan,
    ) -> Vec<ManagedProfile> {
        let everything: Vec<(&SsoSession, Target, Region)> = self
            .listed
            .iter()
            .chain(&self.others)
            .flat_map(|Listed { session, catalog }| {
                let found = self.regions.of(session, default_region);
                if self.listed.iter().any(|l| l.session.name == session.name) {
                    plan.notes
                        .extend(found.ignored.iter().map(|unusable| format!("ignored {unusable}")));
                }
                let targets = catalog.targets(&session.name).into_iter();
                targets
                    .zip(catalog.assignments())
                    .map(move |(target, assignment)| {
                        let region = self.region_of_rule(session, assignment);
                        (session, target, region.unwrap_or_else(|| found.region.clone()))
                    })
            })
            .collect();
        let pairs: Vec<(&Target, &Region)> = everything.iter().map(|(_, t, r)| (t, r)).collect();
        let theirs = |name: &str, target: &Target| own.get(name).is_some_and(|p| is_for(sessions, p, target));
        let taken = |name: &str, target: &Target| {
            (own.contains_key(name) && !theirs(name, target)) || self.with_keys.contains(name)
        };
        let names = profile::name_profiles(&self.template, &pairs, taken);
        let mut notes = Notes::default();
        let mut wanted = Vec::new();
        for ((session, target, region), name) in everything.iter().zip(names) {
            if !self.is_requested(target) {
                continue;
            }
            let Some(name) = name.filter(|_| is_role_name(&target.permission_set)) else {
                notes.add(
                    "skipped",
                    format!("skipped {target}: it can't be named in a profile"),
                );
                continue;
            };
            let usual = self.template.plain(target, region);
            if usual != name && taken(&usual, target) {
                notes.add(
                    "renamed",
                    format!("`{usual}` is one of your own profiles; genkan's is named `{name}`"),
                );
            }
            if theirs(&name, target) {
                plan.profiles.push(PlannedProfile {
                    name,
                    target: target.clone(),
                    region: None,
                    state: ProfileState::Yours,
                });
                continue;
            }
            let before = managed.get(&name);
            let region = match self.regions.existing_region(before, session) {
                Ok(kept) => kept.unwrap_or_else(|| region.clone()),
                Err(unusable) => {
                    for reason in unusable {
                        notes.add("given another Region", format!("{reason}; using {region}"));
                    }
                    region.clone()
                }
            };
            let keys = match self.request.kind {
                // What the request for a chained role says is known to genkan alone.
                ProfileKind::Native if !target.permission_set.is_chained() => {
                    profile::native_keys(session, target, &region)
                }
                ProfileKind::Native | ProfileKind::Process => None,
            };
            let keys = match keys {
                Some(keys) => keys,
                None => match profile::process_keys(&self.program, target, &region) {
                    Ok(keys) => keys,
                    Err(error) => {
                        notes.add("skipped", format!("skipped {target}: {error}"));
                        continue;
                    }
                },
            };
            plan.profiles.push(PlannedProfile {
                name: name.clone(),
                target: target.clone(),
                region: Some(region),
                state: before.map_or(ProfileState::New, |profile| profile_state(profile, &keys)),
            });
            wanted.push(ManagedProfile { name, keys });
        }
        plan.notes.extend(notes.into_lines());
        wanted
    }

    fn is_requested(&self, target: &Target) -> bool {
        self.listed.iter().any(|l| l.session.name == target.session)
            && self
                .request
                .chosen
                .as_ref()
                .is_none_or(|chosen| chosen.contains(&TargetKey::from(target)))
    }

    /// The target of a profile in the block that nothing speaks for any more. `None` where something
    /// does, or where it can't be told.
    fn stale(&self, sessions: &[SsoSession], profile: &Profile) -> Option<Target> {
        let owner = find_owner(sessions, profile)?;
        let target = |name: Option<&str>| Target {
            session: clean_text(&owner.session),
            account_name: name.unwrap_or(owner.key.account_id.as_str()).into(),
            account_id: owner.key.account_id.clone(),
            permission_set: owner.key.permission_set.clone(),
        };
        let Some(listed) = self.listed.iter().find(|l| l.session.name == owner.session) else {
            let gone = !sessions.iter().any(|s| s.name == owner.session);
            return (gone && !self.request.some_sessions).then(|| target(None));
        };
        let Some(entry) = listed.catalog.entry(&owner.key.account_id) else {
            return Some(target(None));
        };
        let known = entry.problem.is_none() && entry.listed_at.is_some();
        let assigned = entry.permission_sets.contains(&owner.key.permission_set);
        // Assigned and yet not written: its name is another now, or it was not asked for.
        let renamed = assigned && self.request.chosen.is_none();
        (known && (renamed || !assigned)).then(|| target(Some(&entry.account.name)))
    }
}

/// The sessions of which nothing would be left: all that the block has of them is stale, and nothing is
/// written.
fn find_emptied_sessions<'a>(
    written: &[PlannedProfile],
    stale: &[PlannedProfile],
    managed: impl Iterator<Item = &'a Profile>,
    sessions: &[SsoSession],
) -> Vec<HeldBack> {
    let mut left: HashSet<String> = written.iter().map(|p| p.target.session.clone()).collect();
    let stale_names: HashSet<&str> = stale.iter().map(|p| p.name.as_str()).collect();
    let stays = managed.filter(|p| !stale_names.contains(p.name.as_str()));
    left.extend(stays.filter_map(|p| Some(clean_text(&find_owner(sessions, p)?.session))));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for profile in stale {
        *counts.entry(profile.target.session.as_str()).or_default() += 1;
    }
    counts
        .into_iter()
        .filter(|(session, _)| !left.contains(*session))
        .map(|(session, profiles)| HeldBack {
            session: session.to_owned(),
            profiles,
        })
        .collect()
}

fn by_name(profiles: Vec<Profile>) -> HashMap<String, Profile> {
    profiles.into_iter().map(|p| (p.name.clone(), p)).collect()
}

fn profile_state(profile: &Profile, keys: &[(&'static str, String)]) -> ProfileState {
    let same = profile::KEYS.iter().all(|key| {
        let wanted = keys
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str());
        profile.get(key) == wanted
    });
    if same {
        ProfileState::Unchanged
    } else {
        ProfileState::Changed
    }
}

fn is_for(sessions: &[SsoSession], profile: &Profile, target: &Target) -> bool {
    find_owner(sessions, profile).is_some_and(|owner| owner.key == TargetKey::from(target))
}

/// What AWS allows in the name of a permission set, or of a role and the way to it. Anything else would break the file, or mean another role.
fn is_role_name(name: &PermissionSetName) -> bool {
    let more: &[u8] = if name.is_chained() { b"/ " } else { b"" };
    let name = name.as_str();
    !name.is_empty()
        && name
            .bytes()
            .all(|b| is_allowed_in_role_names(b) || more.contains(&b))
}

/// Notes by kind, of which the first few are printed.
#[derive(Default)]
struct Notes(Vec<(&'static str, Vec<String>)>);

impl Notes {
    fn add(&mut self, kind: &'static str, note: String) {
        match self.0.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, notes)) => notes.push(note),
            None => self.0.push((kind, vec![note])),
        }
    }

    fn into_lines(self) -> Vec<String> {
        self.0
            .into_iter()
            .flat_map(|(kind, notes)| {
                let more = notes.len().saturating_sub(MOST_NOTES);
                let rest = (more > 0).then(|| format!("{} {kind}", format_count(more, "more profile")));
                notes.into_iter().take(MOST_NOTES).chain(rest)
            })
            .collect()
    }
}
