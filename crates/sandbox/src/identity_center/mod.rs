//! The services of Identity Center: sign-in, the access portal, role credentials.

pub(super) mod access_portal;
pub(super) mod authorize;
pub(super) mod credentials;
pub(super) mod device_pages;
pub(super) mod oidc;
