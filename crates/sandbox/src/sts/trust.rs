//! Whom a role trusts: the trust policy of the organisation's roles, applied to a caller.

use crate::organisation::{Role, Trust};
use crate::principal::Principal;

/// What a caller brings to the door beside their name.
pub(super) struct Offer<'a> {
    pub(super) external_id: Option<&'a str>,
    pub(super) mfa: bool,
}

/// Whether a role lets this caller in. AWS doesn't tell the caller which condition was missed; nor does this.
pub(super) fn admits_caller(role: &Role, caller: &Principal, offer: &Offer<'_>) -> bool {
    let has_external_id = role
        .external_id
        .as_deref()
        .is_none_or(|id| offer.external_id == Some(id));
    let has_mfa = !role.requires_mfa || offer.mfa;
    has_external_id && has_mfa && role.trust.iter().any(|trust| names_caller(trust, caller))
}

fn names_caller(trust: &Trust, caller: &Principal) -> bool {
    if trust.account_id != caller.account_id() {
        return false;
    }
    match (&trust.permission_set, &trust.role, &trust.user) {
        (None, None, None) => true,
        (permission_set, role, user) => {
            let named = match caller {
                Principal::PermissionSet { .. } => permission_set,
                Principal::Role { .. } => role,
                Principal::User { .. } => user,
            };
            named.as_deref() == Some(caller.name())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(trust: Trust) -> Role {
        Role {
            account_id: "000000000002".to_owned(),
            name: "Deploy".to_owned(),
            path: "/".to_owned(),
            max_session_seconds: 3_600,
            trust: vec![trust],
            external_id: Some("x-1".to_owned()),
            requires_mfa: true,
        }
    }

    #[test]
    fn every_condition_counts() {
        let account_id = "000000000001".to_owned();
        let user = Principal::User {
            account_id: account_id.clone(),
            path: "/".to_owned(),
            name: "ren".to_owned(),
        };
        let permission_set = Principal::PermissionSet {
            account_id: account_id.clone(),
            permission_set: "ren".to_owned(),
            user_name: "ren".to_owned(),
        };
        let trusted = |trust: Trust, caller: &Principal, external_id, mfa| {
            admits_caller(&role(trust), caller, &Offer { external_id, mfa })
        };
        let everyone = Trust {
            account_id: account_id.clone(),
            ..Trust::default()
        };
        let ren = Trust {
            user: Some("ren".to_owned()),
            ..everyone.clone()
        };
        assert!(trusted(everyone.clone(), &permission_set, Some("x-1"), true));
        assert!(trusted(ren.clone(), &user, Some("x-1"), true));
        assert!(!trusted(ren, &permission_set, Some("x-1"), true), "another kind");
        assert!(!trusted(everyone.clone(), &user, Some("x-2"), true));
        assert!(!trusted(everyone.clone(), &user, None, true));
        assert!(!trusted(everyone.clone(), &user, Some("x-1"), false));
        let elsewhere = Trust {
            account_id: "000000000009".to_owned(),
            ..Trust::default()
        };
        assert!(!trusted(elsewhere, &user, Some("x-1"), true));
    }
}
