//! Temporary credentials that were handed out, by the portal or by STS, and what holds for their session.
//! Plain values; who may have them is decided where they are given.

use crate::controls::millis::Millis;
use crate::principal::Principal;
use crate::signing::secrets::Secrets;

/// Credentials that end by themselves.
#[derive(Clone)]
pub(crate) struct IssuedCredentials {
    pub(crate) principal: Principal,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
    pub(crate) expires: Millis,
    pub(crate) session: Session,
}

/// What a session carries beside its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Session {
    /// An MFA code opened it. AWS tells this of users' sessions only, not of roles'.
    pub(crate) mfa: bool,
    /// A role's session that another role's session opened.
    pub(crate) chained: bool,
    /// Set once, kept along the chain.
    pub(crate) source_identity: Option<String>,
    /// The keys of tags that a later session inherits and can't set.
    pub(crate) transitive_tags: Vec<String>,
}

/// Fresh credentials with their key's ID.
pub(crate) fn issue_credentials(
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
