//! The Region of the user's work, gathered from everything that may set it.

use std::sync::{Arc, OnceLock};

use crate::app::context::Context;
use crate::app::rules::Rules;
use crate::domain::regions::work_region::{with_rule, work_region};
use crate::domain::{Region, RegionOrigin, RegionSetting, SsoSession, Target, UnusableRegion, WorkRegion};

/// Decides the Region to work in.
pub struct Regions {
    context: Arc<Context>,
    rules: Arc<Rules>,
    /// The Region that was typed for this command.
    asked: OnceLock<Region>,
    /// The Region of the profile or project file that the target comes from.
    of_profile: OnceLock<RegionSetting>,
}

impl Regions {
    pub(in crate::app) fn new(context: &Arc<Context>, rules: &Arc<Rules>) -> Self {
        Self {
            context: Arc::clone(context),
            rules: Arc::clone(rules),
            asked: OnceLock::new(),
            of_profile: OnceLock::new(),
        }
    }

    /// Takes the Region that was typed for this command, which counts before all others.
    pub fn ask_for_region(&self, region: Option<&Region>) {
        if let Some(region) = region {
            // One process runs one command.
            let _ = self.asked.set(region.clone());
        }
    }

    /// Takes the Region of the profile or project file that the target comes from. Only the first one counts, and there is
    /// only one in a process.
    pub(in crate::app) fn take_source_region(&self, region: RegionSetting) {
        let _ = self.of_profile.set(region);
    }

    /// The AWS Region to use with a target of a session: `--region`, the environment, the profile or project file that
    /// was named, a rule, the preferences, the default profile, else the SSO Region. Settings that can't be used are noticed.
    pub fn work_region(&self, session: &SsoSession, target: &Target) -> Result<WorkRegion, UnusableRegion> {
        let rule = self.rules.of_target(target).region;
        let found = work_region(with_rule(self.region_settings(), rule.as_ref()), session)?;
        for unusable in &found.ignored {
            self.context.notices.add_warning(&format!("ignored {unusable}"));
        }
        Ok(found)
    }

    /// The settings of a Region outside of profiles that no SSO session can use, one sentence each.
    pub(in crate::app) fn unusable_regions(&self, sessions: &[SsoSession]) -> Vec<(RegionOrigin, String)> {
        let settings = self.context.settings.region_variables();
        settings
            .chain(self.context.settings.preferred_region())
            .filter_map(|setting| {
                let mut reasons = sessions.iter().map(|session| {
                    let found = work_region([setting.clone()], session).ok()?;
                    found.ignored.first().map(ToString::to_string)
                });
                let first = reasons.next().flatten()?;
                let every = reasons.all(|reason| reason.is_some());
                every.then(|| (setting.origin, format!("ignored {first}")))
            })
            .collect()
    }

    /// Every setting of a Region that is for all targets, in the order in which they count.
    pub fn region_settings(&self) -> impl Iterator<Item = RegionSetting> {
        let asked = self.asked.get();
        let asked = asked.map(|region| RegionSetting::new(RegionOrigin::Option, region.as_str()));
        let profile = self.of_profile.get().cloned();
        asked
            .into_iter()
            .chain(self.context.settings.region_variables())
            .chain(profile)
            .chain(self.context.settings.preferred_region())
            // Read only where nothing before it counts.
            .chain(std::iter::once_with(|| self.default_profile_region()).flatten())
    }

    fn default_profile_region(&self) -> Option<RegionSetting> {
        self.context.aws_files.config().ok()?.default_region()
    }
}
