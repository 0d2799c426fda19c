//! Temporary credentials that were handed out, by the portal or by STS, and what holds for their session.
//! Plain values; who may have them is decided where they are given.

use super::millis::Millis;
use super::principal::Principal;
use super::secrets::Secrets;

/// Credentials that end by themselves.
#[derive(Clone)]
pub(super) struct IssuedCredentials {
    pub(super) principal: Principal,
    pub(super) secret_access_key: String,
    pub(super) session_token: String,
    pub(super) expires: Millis,
    pub(super) session: Session,
}

/// What a session carries beside its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Session {
    /// An MFA code opened it. AWS tells this of users' sessions only, not of roles'.
    pub(super) mfa: bool,
    /// A role's session that another role's session opened.
    pub(super) chained: bool,
    /// Set once, kept along the chain.
    pub(super) source_identity: Option<String>,
    /// The keys of tags that a later session inherits and can't set.
    pub(super) transitive_tags: Vec<String>,
}

/// Fresh credentials with their key's ID.
pub(super) fn issue(
    secrets: &Secrets,
    principal: Principal,
    session: Session,
    expires: Millis,
) -> (String, IssuedCredentials) {
    let access_key_id = secrets.access_key_id(principal.account_id());
    let issued = IssuedCredentials {
        principal,
        secret_access_key: secrets.secret_base64(40),
        session_token: format!("IQoJb3JpZ2luX2Vj{}", secrets.secret_base64(700)),
        expires,
        session,
    };
    (access_key_id, issued)
}
