//! The profile of each target: one that is in the file, or the name that `genkan profiles` would give it.

use std::collections::HashMap;

use super::owner::find_owner;
use super::profile_plan::{ProfilePlan, ProfileState};
use crate::domain::SsoSession;
use crate::domain::records::history::TargetKey;
use crate::domain::targets::profile::ProfileName;
use crate::domain::text::clean_text;
use crate::store::ConfigFile;

/// The names of a plan for one session, and before them the profiles that the user has written.
pub(super) fn name_profiles(
    plan: &ProfilePlan,
    config: &ConfigFile,
    sessions: &[SsoSession],
    session: &str,
) -> HashMap<TargetKey, ProfileName> {
    let planned = plan.profiles.iter().filter(|p| p.state != ProfileState::Stale);
    let mut names: HashMap<TargetKey, ProfileName> = planned
        .map(|profile| {
            let named = ProfileName {
                is_written: profile.state != ProfileState::New,
                name: profile.name.clone(),
            };
            (TargetKey::from(&profile.target), named)
        })
        .collect();
    // A damaged file has made no plan.
    for profile in config.own_profiles().unwrap_or_default() {
        let theirs = find_owner(sessions, &profile).filter(|owner| owner.session == session);
        let Some(owner) = theirs else { continue };
        if names.get(&owner.key).is_none_or(|known| !known.is_written) {
            let name = clean_text(&profile.name);
            let is_written = true;
            names.insert(owner.key, ProfileName { name, is_written });
        }
    }
    names
}

/// Adds the profiles whose roles are targets, where no other profile is written for them.
pub(super) fn add_roles(names: &mut HashMap<TargetKey, ProfileName>, roles: Vec<(String, TargetKey)>) {
    for (name, key) in roles {
        if names.get(&key).is_none_or(|known| !known.is_written) {
            let (name, is_written) = (clean_text(&name), true);
            names.insert(key, ProfileName { name, is_written });
        }
    }
}
