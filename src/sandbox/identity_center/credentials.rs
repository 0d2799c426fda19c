//! Temporary credentials that were handed out, by the portal or by STS, and what holds for their session.
//! Plain values; who may have them is decided where they are given.

use crate::sandbox::controls::millis::Millis;
use crate::sandbox::principal::Principal;
use crate::sandbox::signing::secrets::Secrets;

/// Credentials that end by themselves.
#[derive(Clone)]
pub(in crate::sandbox) struct IssuedCredentials {
    pub(in crate::sandbox) principal: Principal,
    pub(in crate::sandbox) secret_access_key: String,
    pub(in crate::sandbox) session_token: String,
    pub(in crate::sandbox) expires: Millis,
    pub(in crate::sandbox) session: Session,
}

/// What a session carries beside its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Session {
    /// An MFA code opened it. AWS tells this of users' sessions only, not of roles'.
    pub(in crate::sandbox) mfa: bool,
    /// A role's session that another role's session opened.
    pub(in crate::sandbox) chained: bool,
    /// Set once, kept along the chain.
    pub(in crate::sandbox) source_identity: Option<String>,
    /// The keys of tags that a later session inherits and can't set.
    pub(in crate::sandbox) transitive_tags: Vec<String>,
}

/// Fresh credentials with their key's ID.
pub(in crate::sandbox) fn issue_credentials(
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
