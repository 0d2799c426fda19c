//! The Regions of generated profiles: what was asked for, the preferences, the default profile, else the SSO
//! Region. What the environment sets is for now and not for a file.

use crate::domain::regions::work_region::work_region;
use crate::domain::{Region, RegionOrigin, RegionSetting, SsoSession, UnusableRegion, WorkRegion};
use crate::store::Profile;

/// What sets the Region of generated profiles.
#[derive(Debug)]
pub(in crate::app) struct ProfileRegions<'a> {
    pub(in crate::app) asked: Option<&'a Region>,
    pub(in crate::app) preferred: Option<RegionSetting>,
}

impl ProfileRegions<'_> {
    /// Refuses a Region that was asked for and can't be that of a session's profiles.
    pub(in crate::app) fn check(&self, session: &SsoSession) -> Result<(), UnusableRegion> {
        work_region(self.requested_setting(), session).map(drop)
    }

    /// The Region of a session's profiles, with the settings that can't be used.
    pub(in crate::app) fn of(&self, session: &SsoSession, default: Option<&RegionSetting>) -> WorkRegion {
        let others = || self.preferred.iter().chain(default).cloned();
        work_region(self.requested_setting().into_iter().chain(others()), session)
            // What was asked for is of another session's partition.
            .or_else(|_| work_region(others(), session))
            .unwrap_or_else(|unusable| WorkRegion {
                region: session.region.clone(),
                origin: RegionOrigin::SsoRegion,
                ignored: vec![unusable],
            })
    }

    /// The Region that a profile already has and keeps; an error where it can't be used.
    pub(in crate::app) fn existing_region(
        &self,
        profile: Option<&Profile>,
        session: &SsoSession,
    ) -> Result<Option<Region>, Vec<UnusableRegion>> {
        let profile = profile.filter(|_| self.asked.is_none());
        let Some((profile, text)) =
            profile.and_then(|p| Some((p, p.get("region").filter(|text| !text.is_empty())?)))
        else {
            return Ok(None);
        };
        let setting = RegionSetting::new(RegionOrigin::Profile(profile.name.clone()), text);
        match work_region([setting], session) {
            Ok(found) if found.ignored.is_empty() => Ok(Some(found.region)),
            Ok(found) => Err(found.ignored),
            Err(unusable) => Err(vec![unusable]),
        }
    }

    fn requested_setting(&self) -> Option<RegionSetting> {
        let region = self.asked?;
        Some(RegionSetting::new(RegionOrigin::Option, region.as_str()))
    }
}
