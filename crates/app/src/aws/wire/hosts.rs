//! What error messages call the services that a session talks to.

use crate::domain::SsoSession;

/// The access portal of a session.
pub(crate) fn portal_host(session: &SsoSession) -> String {
    format!("the AWS access portal in {}", session.region)
}

/// The token service of a session (`sso-oidc`).
pub(in crate::aws) fn oidc_host(session: &SsoSession) -> String {
    format!("Identity Center in {}", session.region)
}
