//! The target of a command that was given none: the profile of `AWS_PROFILE`, else the genkan shell that the
//! command runs in.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::sessions::SessionError;
use crate::app::shells::shell_change::current_target;
use crate::app::targets::Targets;
use crate::app::targets::error::TargetError;
use crate::app::targets::of_profiles::ProfileTargets;
use crate::domain::Target;
use crate::settings::env;

/// A target that no one typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultTarget {
    pub target: Target,
    /// Where it comes from: `AWS_PROFILE=work`, `the current genkan shell`.
    pub from: String,
}

/// What was found in place of a typed target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DefaultTargets {
    pub found: Option<DefaultTarget>,
    /// Why something that was set names no target.
    pub unusable: Vec<String>,
}

/// Finds the target that is meant where none was typed.
pub struct DefaultTargetFinder {
    context: Arc<Context>,
    targets: Arc<Targets>,
    profiles: Arc<ProfileTargets>,
}

impl DefaultTargetFinder {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        targets: &Arc<Targets>,
        profiles: &Arc<ProfileTargets>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            targets: Arc::clone(targets),
            profiles: Arc::clone(profiles),
        }
    }

    /// The target that is meant where none was typed. A profile that names none is no failure: it may be
    /// there for other tools.
    pub fn default_target(&self) -> BoxFuture<'_, Result<DefaultTargets, AppError>> {
        Box::pin(async move {
            let mut targets = DefaultTargets::default();
            if let Some(profile) = self.context.settings.environment.get(env::AWS_PROFILE) {
                let from = format!("AWS_PROFILE={profile}");
                match self
                    .profiles
                    .target_of_profile(profile)
                    .await
                    .map(|target| self.targets.named(target))
                {
                    Ok(target) => {
                        targets.found = Some(DefaultTarget { target, from });
                        return Ok(targets);
                    }
                    Err(
                        error @ AppError::Target(
                            TargetError::UnknownProfile { .. }
                            | TargetError::UnusableProfile { .. }
                            | TargetError::BrokenRole { .. }
                            | TargetError::Unknown { .. }
                            | TargetError::Ambiguous { .. },
                        ),
                    ) => targets.unusable.push(format!("{from}: {error}")),
                    Err(error) => return Err(error),
                }
            }
            if let Some(key) = current_target(&self.context.settings.environment) {
                let from = "the current genkan shell".to_owned();
                match self.targets.target_of_key(&key) {
                    Ok(target) => targets.found = Some(DefaultTarget { target, from }),
                    Err(error @ SessionError::Unknown { .. }) => {
                        targets.unusable.push(format!("{from}: {error}"));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(targets)
        })
    }
}
