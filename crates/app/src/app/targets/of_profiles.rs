//! From a profile of `~/.aws/config` to the target that it means.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::catalogs::Catalogs;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::sessions::Sessions;
use crate::app::targets::Targets;
use crate::app::targets::error::TargetError;
use crate::app::work_region::Regions;
use crate::domain::targets::profile::{OwnCommand, own_command};
use crate::domain::targets::target::NEAREST;
use crate::domain::values::nearest::nearest_names;
use crate::domain::{AccountId, PermissionSetName, RegionOrigin, RegionSetting, Target};
use crate::store::{Profile, ProfileGraph, ProfileSource, RoleVia};

/// Finds the targets of profiles.
pub struct ProfileTargets {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    regions: Arc<Regions>,
    catalogs: Arc<Catalogs>,
    targets: Arc<Targets>,
}

impl ProfileTargets {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        sessions: &Arc<Sessions>,
        regions: &Arc<Regions>,
        catalogs: &Arc<Catalogs>,
        targets: &Arc<Targets>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            regions: Arc::clone(regions),
            catalogs: Arc::clone(catalogs),
            targets: Arc::clone(targets),
        }
    }

    /// The profiles that may name a target.
    #[must_use]
    pub fn profiles_at_hand(&self) -> Vec<String> {
        let Ok(config) = self.context.aws_files.config() else {
            return Vec::new();
        };
        let profiles = config.profiles().iter();
        let own = profiles.clone().filter(|profile| match profile.source() {
            ProfileSource::Sso(keys) => keys.account_id.is_some(),
            ProfileSource::Process(command) => own_command(command).is_some(),
            _ => false,
        });
        let mut names: Vec<String> = own.map(|profile| profile.name.clone()).collect();
        if profiles.clone().any(|profile| profile.has("role_arn")) {
            let credentials = self.context.aws_files.credentials();
            let credentials = credentials.map_or_else(|_| Vec::new(), |file| file.credentials_profiles());
            let (roles, _) = ProfileGraph::new(config.profiles(), &credentials).roles();
            let is_ours = |via: &RoleVia| !matches!(via, RoleVia::Unusable(_));
            names.extend(
                roles
                    .into_iter()
                    .filter(|role| is_ours(&role.via))
                    .map(|role| role.name),
            );
        }
        names
    }

    /// The target of a profile of `~/.aws/config`: one with SSO keys of either form, one that runs
    /// `genkan credential-process` or `genkan iam-user session`, or one whose role is reached from such a profile. Its Region becomes that of the work.
    pub fn target_of_profile<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Target, AppError>> {
        Box::pin(async move {
            let config = self.context.aws_files.config()?;
            let profile = self.profile(config.profiles(), name)?;
            let target = match profile.source() {
                ProfileSource::AssumeRole { .. } => Box::pin(self.target_of_role(name)).await?,
                _ => self.own_target_of_profile(name).await?,
            };
            if let Some(text) = profile.get("region").filter(|text| !text.is_empty()) {
                let origin = RegionOrigin::Profile(name.to_owned());
                self.regions.take_source_region(RegionSetting::new(origin, text));
            }
            Ok(target)
        })
    }

    fn profile<'p>(&self, profiles: &'p [Profile], name: &str) -> Result<&'p Profile, TargetError> {
        profiles.iter().find(|p| p.name == name).ok_or_else(|| {
            let names = profiles.iter().map(|p| p.name.as_str());
            let nearest = nearest_names(name, names, NEAREST).into_iter().map(str::to_owned);
            TargetError::UnknownProfile {
                name: name.to_owned(),
                config: self.context.settings.paths.aws_config.clone(),
                nearest: nearest.collect(),
            }
        })
    }

    /// The target of a profile whatever role it has besides.
    async fn own_target_of_profile(&self, name: &str) -> Result<Target, AppError> {
        let config = self.context.aws_files.config()?;
        let profile = self.profile(config.profiles(), name)?;
        let unusable = |reason: String| TargetError::UnusableProfile {
            name: name.to_owned(),
            reason,
        };
        match profile.source() {
            ProfileSource::Sso(keys) => {
                let (Some(id), Some(permission_set)) = (keys.account_id, keys.permission_set) else {
                    return Err(unusable("`sso_account_id` or `sso_role_name` is missing".to_owned()).into());
                };
                let account_id: AccountId = id.parse().map_err(|e| unusable(format!("{e}")))?;
                let Some(session) = config.session_of(profile) else {
                    let name = keys.session.unwrap_or(name);
                    return Err(unusable(match config.broken_session(name) {
                        Some(broken) => {
                            format!("its SSO session is missing or incomplete: {}", broken.reason)
                        }
                        None => format!("SSO session `{name}` not found"),
                    })
                    .into());
                };
                Ok(Target {
                    session: session.name,
                    account_name: id.into(),
                    account_id,
                    permission_set: PermissionSetName::new(permission_set),
                })
            }
            ProfileSource::Process(command) => match own_command(command) {
                Some(OwnCommand::Target(text)) => self.targets.resolve_target(&text).await,
                Some(OwnCommand::IamUser(user)) => {
                    let source = self.sessions.session(Some(&user))?;
                    let own = source.own_as_target().filter(|_| source.is_iam_user());
                    own.ok_or_else(|| unusable(format!("genkan has no key for IAM user `{user}`")).into())
                }
                None => Err(unusable("it gets credentials from another program".to_owned()).into()),
            },
            _ => Err(unusable("it has no SSO settings".to_owned()).into()),
        }
    }

    /// The target of a profile with `role_arn`, as SDKs read it.
    async fn target_of_role(&self, name: &str) -> Result<Target, AppError> {
        let config = self.context.aws_files.config()?;
        let credentials = self.context.aws_files.credentials()?.credentials_profiles();
        let unusable = |reason: String| TargetError::UnusableProfile {
            name: name.to_owned(),
            reason,
        };
        let role = ProfileGraph::new(config.profiles(), &credentials).role(name);
        let role = role.map_err(|problem| TargetError::BrokenRole {
            name: problem.profile,
            line: problem.line,
            reason: problem.reason,
            hint: problem.hint,
        })?;
        let via = match &role.via {
            RoleVia::Role(source) => Box::pin(self.target_of_role(source)).await?,
            RoleVia::Profile(source) => Box::pin(self.own_target_of_profile(source)).await?,
            RoleVia::SourceCredentials(source_credentials) => {
                let source = self.sessions.session(Some(&source_credentials.source_name()))?;
                source
                    .own_as_target()
                    .ok_or_else(|| unusable("its chain begins nowhere".to_owned()))?
            }
            RoleVia::Unusable(words) => {
                let reason = format!("its role is assumed with {words}, which genkan can't use");
                return Err(unusable(reason).into());
            }
        };
        let session = self.sessions.session(Some(&via.session))?;
        Ok(self.catalogs.ask_for(&session, role.role, &via))
    }
}
