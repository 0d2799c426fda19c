//! What a profile of the config file enters.

use crate::domain::records::history::TargetKey;
use crate::domain::targets::profile;
use crate::domain::{PermissionSetName, SsoSession};
use crate::store::{Profile, ProfileSource};

/// Whose a profile in the file is: the session's name, and what it enters there.
pub(super) struct Owner {
    pub(super) session: String,
    pub(super) key: TargetKey,
}

/// What a profile enters, where it is one of SSO or of genkan's own process.
pub(super) fn find_owner(sessions: &[SsoSession], profile: &Profile) -> Option<Owner> {
    let (session, account_id, permission_set) = match profile.source() {
        ProfileSource::Sso(keys) => {
            let known = profile.session_among(sessions).map(|s| s.name.clone());
            let session = known.or_else(|| keys.session.map(str::to_owned))?;
            (
                session,
                keys.account_id?.to_owned(),
                keys.permission_set?.to_owned(),
            )
        }
        ProfileSource::Process(command) => {
            let written = profile::target_of_command(command)?;
            let key: TargetKey = written.parse().ok()?;
            let session = key.session.clone();
            return Some(Owner { session, key });
        }
        _ => return None,
    };
    Some(Owner {
        key: TargetKey {
            session: session.clone(),
            account_id: account_id.parse().ok()?,
            permission_set: PermissionSetName::new(permission_set),
        },
        session,
    })
}
